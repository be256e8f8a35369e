//! Schedules in plain English.

use std::fmt;

use chrono::Weekday;

use crate::schedule::clock_dates::ClockDates;
use crate::schedule::{
    Combination, Days, Dst, Kind, OnceEnd, Operator, Periodic, Schedule, Unit, english,
};
#[cfg(feature = "rrule")]
use crate::schedule::{Cron, rule::fold_and_gap};
use crate::time::{ClockRange, MonthDay, ShortMonth, TimeOfDay, Zone, weekday_name};

/// One line in plain English, as [`Schedule::describe`].
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // By itself a name says too little; in a combination it stands for the schedule.
            Schedule::Combined(named) if named.operator() == Operator::Named => {
                write!(f, "{}: ", named.name().unwrap_or_default())?;
                named.parts().iter().try_for_each(|part| f.write_str(&line(part, true)))
            }
            _ => f.write_str(&line(self, true)),
        }
    }
}

/// The line of a schedule, with or without the zone of its calendars.
fn line(schedule: &Schedule, with_zone: bool) -> String {
    match schedule {
        Schedule::Once(once) if once.is_endless() => {
            format!("from {} on", once.interval().start())
        }
        Schedule::LocalOnce(once) => {
            let (start, zone) = (once.start(), once.zone());
            match once.end() {
                OnceEnd::At(end) => format!("once, {start} to {end}, {zone}"),
                OnceEnd::After(ms) => {
                    format!("once, {start} for {}, {zone}", english::duration(*ms))
                }
                OnceEnd::Never => format!("from {start} on, {zone}"),
            }
        }
        Schedule::Once(once) => {
            format!("once, {} to {}", once.interval().start(), once.interval().end())
        }
        Schedule::Periodic(periodic) => periodic_line(*periodic),
        Schedule::Daily(daily) => calendar_line("day", daily.calendar(), with_zone),
        Schedule::Weekly(weekly) => calendar_line("week", weekly.calendar(), with_zone),
        Schedule::Monthly(monthly) => calendar_line("month", monthly.calendar(), with_zone),
        Schedule::Calendar(calendar) => {
            let days = calendar.days().map_or("every day".to_owned(), Days::to_string);
            let unit = calendar.calendar().dates.interval().filter(|stride| stride.n > 1);
            let every = unit.map_or(String::new(), |stride| {
                let unit = match stride.unit {
                    Unit::Day => "day",
                    Unit::Week => "week",
                    Unit::Month | Unit::Year => "month",
                };
                format!(" of every {}", english::units(stride.n.into(), unit))
            });
            days + &every + &clock_and_rules(calendar.calendar(), with_zone)
        }
        #[cfg(feature = "rrule")]
        Schedule::Rule(rule) => rule.describe(),
        #[cfg(feature = "rrule")]
        Schedule::Cron(cron) => cron_line(cron),
        Schedule::Combined(combination) => combined_line(combination, with_zone),
    }
}

#[cfg(feature = "rrule")]
fn cron_line(cron: &Cron) -> String {
    let times = match cron.few_times() {
        Some(times) => format!(" at {}", english::join(times.into_iter().map(TimeOfDay))),
        None => format!(" by cron \"{}\"", cron.text()),
    };
    let fold_and_gap = fold_and_gap(cron.fold(), cron.gap());
    let (length, zone) = (english::duration(cron.duration_ms()), cron.zone());
    format!("{}{times}, for {length}, {zone}{fold_and_gap}", cron.days())
}

/// The line of a combination. If all parts have one zone, it is at the end.
fn combined_line(combination: &Combination, with_zone: bool) -> String {
    let parts = combination.parts();
    let zones = parts.iter().map(calendar_zone);
    let common = zones.reduce(|a, b| if a == b { a } else { None }).flatten();
    let own_zones = with_zone && common.is_none();
    let named = |name: &str| if own_zones { format!("\"{name}\"") } else { name.to_owned() };
    let text = match combination.operator() {
        Operator::Named => return named(combination.name().unwrap_or_default()),
        Operator::Not => format!("always, except {}", nested(&parts[0], own_zones)),
        Operator::Any => {
            parts.iter().map(|part| nested(part, own_zones)).collect::<Vec<_>>().join("; or ")
        }
        Operator::All => {
            let (excluded, held): (Vec<_>, Vec<_>) =
                parts.iter().partition(|part| negated(part).is_some());
            let held: Vec<_> = held.into_iter().map(|part| nested(part, own_zones)).collect();
            let mut text =
                if held.is_empty() { "always".to_owned() } else { held.join("; and at once ") };
            for part in excluded.into_iter().filter_map(negated) {
                text.push_str(", except ");
                text.push_str(&nested(part, own_zones));
            }
            text
        }
    };
    match common {
        Some(zone) if with_zone => format!("{text}, {zone}"),
        _ => text,
    }
}

/// The schedule that is negated, if this is a negation.
fn negated(schedule: &Schedule) -> Option<&Schedule> {
    match schedule {
        Schedule::Combined(combination) if combination.operator() == Operator::Not => {
            combination.parts().first()
        }
        _ => None,
    }
}

/// The line, in brackets if it is that of a combination.
fn nested(schedule: &Schedule, with_zone: bool) -> String {
    let text = line(schedule, with_zone);
    match schedule {
        Schedule::Combined(combination) if combination.operator() != Operator::Named => {
            format!("({text})")
        }
        _ => text,
    }
}

/// The zone of a schedule whose line has it at the end, so that it can be left out.
fn calendar_zone(schedule: &Schedule) -> Option<&Zone> {
    match schedule {
        // Only the name is in the line.
        Schedule::Combined(combination) if combination.name().is_some() => None,
        Schedule::Combined(combination) => {
            let zones = combination.parts().iter().map(calendar_zone);
            zones.reduce(|a, b| if a == b { a } else { None }).flatten()
        }
        _ => match schedule.kind() {
            Kind::Calendar(calendar) => Some(&calendar.zone),
            _ => None,
        },
    }
}

impl Schedule {
    /// Describes the schedule in one line of plain English, for people. The text is
    /// not stable.
    ///
    /// ```
    /// use quietude::{MonthDay, Monthly, Schedule, Weekday, Zone};
    ///
    /// let berlin: Zone = "Europe/Berlin".parse()?;
    /// let second_tuesday = MonthDay::nth(2, Weekday::Tue)?;
    /// let schedule: Schedule =
    ///     Monthly::new(second_tuesday, "22:00-02:00".parse()?, berlin).into();
    /// assert_eq!(
    ///     schedule.describe(),
    ///     "every second Tuesday of the month, 22:00 to 02:00, Europe/Berlin"
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> String {
        self.to_string()
    }
}

fn periodic_line(periodic: Periodic) -> String {
    if periodic.is_always_on() {
        return format!("always from {}", periodic.start());
    }
    format!(
        "every {} for {} from {}",
        english::period(periodic.period_ms()),
        english::duration(periodic.duration_ms()),
        periodic.start()
    )
}

fn calendar_line(unit: &str, calendar: &ClockDates, with_zone: bool) -> String {
    let dates = &calendar.dates;
    let step = dates.interval().map_or(1, |stride| i64::from(stride.n));
    let weekdays: Vec<&str> = match unit {
        "week" => dates.weekdays().map(weekday_name).collect(),
        _ => Vec::new(),
    };
    let by_weekday = weekdays.len() == 7 && step == 1;
    let mut text = match (unit, dates.month_days()) {
        ("week", _) if by_weekday => "every day".to_owned(),
        ("week", _) if step == 1 => format!("every {}", english::join(weekdays)),
        ("week", _) => {
            format!("every {} on {}", english::units(step, unit), english::join(weekdays))
        }
        ("month", [day]) if step == 1 && day.nth_weekday().is_some() => {
            let (n, weekday) = day.nth_weekday().unwrap_or((1, Weekday::Mon));
            format!("every {} of the month", english::nth_weekday(i64::from(n), weekday))
        }
        ("month", days) => {
            let days = english::join(days.iter().map(|day| month_day(*day)));
            format!("every {} on {days}", english::units(step, unit))
        }
        _ => format!("every {}", english::units(step, unit)),
    };
    if dates.short_month() == ShortMonth::Clamp {
        text.push_str(" (the last day of a month that lacks it)");
    }
    if let Some(months) = dates.months() {
        text.push_str(" in ");
        text.push_str(&english::join(months.map(english::month_name)));
    }
    text + &clock_and_rules(calendar, with_zone)
}

/// The clock ranges, the zone and the other rules of a calendar: `, 22:00 to 02:00, UTC`.
fn clock_and_rules(calendar: &ClockDates, with_zone: bool) -> String {
    let dates = &calendar.dates;
    let mut text =
        format!(", {}", english::join(calendar.clocks().iter().map(|range| clock(*range))));
    if with_zone {
        text.push_str(&format!(", {}", calendar.zone));
    }
    match calendar.dst() {
        Dst::HighWater => {}
        Dst::Reading => text.push_str(", whenever the clock is in it"),
        Dst::Shift => text.push_str(", moved forward by a gap of the clock"),
    }
    if let Some(stride) = dates.interval() {
        let anchor = super::dates::date_of(stride.anchor);
        match dates.count() {
            Some(1) => text.push_str(&format!(", once from {anchor}")),
            Some(count) => text.push_str(&format!(", {count} times from {anchor}")),
            None if dates.is_from_anchor() => text.push_str(&format!(", from {anchor} on")),
            None if stride.n > 1 => {
                text.push_str(&format!(", counted from {anchor}, and also before"));
            }
            None => {}
        }
    }
    let except: Vec<_> = dates.exceptions().collect();
    if !except.is_empty() {
        text.push_str(&format!(", except {}", english::few(&except, "date")));
    }
    if let Some(days) = dates.excepted_days() {
        text.push_str(&format!(", except {days}"));
    }
    text
}

fn clock(clock: ClockRange) -> String {
    let (from, to, days) = (TimeOfDay(clock.from_ms()), TimeOfDay(clock.to_ms()), clock.days());
    // The next day goes without saying if the end is before the start.
    let later = match days {
        0 => String::new(),
        1 if clock.to_ms() < clock.from_ms() => String::new(),
        1 => " of the next day".to_owned(),
        _ => format!(" {days} days later"),
    };
    format!("{from} to {to}{later}")
}

fn month_day(day: MonthDay) -> String {
    match (day.number(), day.nth_weekday()) {
        (Some(n), _) => english::day_of_month(i64::from(n)),
        (_, Some((n, weekday))) => format!("the {}", english::nth_weekday(i64::from(n), weekday)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::schedule::dates::WEEK;
    use crate::schedule::{Daily, Monthly, Once, Weekly};

    #[test]
    fn describe_all_kinds() {
        let night: ClockRange = "22:00-02:00".parse().unwrap();
        let berlin = chrono_tz::Europe::Berlin;
        let date = |day| NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        let at = |text: &str| text.parse().unwrap();
        let start = at("2026-06-06T19:48:51Z");
        let days =
            |days: &[i32]| days.iter().map(|d| MonthDay::new(*d).unwrap()).collect::<Vec<_>>();
        let schedules: [(Schedule, &str); 19] = [
            (
                Once::new(start, at("2026-06-06T20:48:51Z")).unwrap().into(),
                "once, 2026-06-06T19:48:51Z to 2026-06-06T20:48:51Z",
            ),
            (
                Periodic::new(start, 90_000, 900_000).unwrap().into(),
                "every 15 minutes for 90 s from 2026-06-06T19:48:51Z",
            ),
            (Periodic::new(start, 5, 5).unwrap().into(), "always from 2026-06-06T19:48:51Z"),
            (Daily::new(night, berlin).into(), "every day, 22:00 to 02:00, Europe/Berlin"),
            (
                Daily::new(night, berlin).with_interval(3, date(5)).unwrap().into(),
                "every 3 days, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05, and also before",
            ),
            (
                Daily::new(night, berlin).with_interval(1, date(5)).unwrap().into(),
                "every day, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Daily::new(night, berlin)
                    .with_interval(1, date(5))
                    .unwrap()
                    .with_count(10)
                    .unwrap()
                    .into(),
                "every day, 22:00 to 02:00, Europe/Berlin, 10 times from 2026-01-05",
            ),
            (
                Daily::new(night, berlin).without_dates([date(5), date(6)]).unwrap().into(),
                "every day, 22:00 to 02:00, Europe/Berlin, except 2026-01-05 and 2026-01-06",
            ),
            (
                Daily::new(night, berlin).without_dates((5..20).map(date)).unwrap().into(),
                "every day, 22:00 to 02:00, Europe/Berlin, except 15 dates",
            ),
            (
                Weekly::new([Weekday::Thu, Weekday::Mon], night, berlin).unwrap().into(),
                "every Monday and Thursday, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Weekly::new([Weekday::Thu, Weekday::Mon], night, berlin)
                    .unwrap()
                    .with_interval(2, date(5))
                    .unwrap()
                    .into(),
                "every 2 weeks on Monday and Thursday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05, and also before",
            ),
            (
                Weekly::new(WEEK, night, berlin).unwrap().into(),
                "every day, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Weekly::new(WEEK, night, berlin).unwrap().with_interval(2, date(5)).unwrap().into(),
                "every 2 weeks on Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05, and also before",
            ),
            (
                Monthly::new(MonthDay::new(15).unwrap(), night, berlin).into(),
                "every month on the 15th, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Monthly::new(MonthDay::nth(2, Weekday::Tue).unwrap(), night, berlin)
                    .with_interval(2, date(1))
                    .unwrap()
                    .into(),
                "every 2 months on the second Tuesday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-01, and also before",
            ),
            (
                Monthly::new(MonthDay::nth(2, Weekday::Tue).unwrap(), night, berlin).into(),
                "every second Tuesday of the month, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Monthly::new(MonthDay::nth(-1, Weekday::Fri).unwrap(), night, berlin)
                    .with_months([3, 6])
                    .unwrap()
                    .into(),
                "every last Friday of the month in March and June, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Monthly::on_days(days(&[1, 22, -1, -3]), night, berlin).unwrap().into(),
                "every month on the 1st, the 22nd, the last day and the third-last day, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Monthly::new(MonthDay::new(31).unwrap(), night, berlin)
                    .with_short_month(ShortMonth::Clamp)
                    .with_interval(2, date(1))
                    .unwrap()
                    .into(),
                "every 2 months on the 31st (the last day of a month that lacks it), 22:00 to 02:00, Europe/Berlin, counted from 2026-01-01, and also before",
            ),
        ];
        for (schedule, line) in schedules {
            assert_eq!(schedule.describe(), line);
        }
    }
}
