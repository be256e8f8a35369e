//! Schedules in plain English.

use std::fmt;

use chrono::Weekday;

use crate::schedule::calendar::Calendar;
use crate::schedule::{Periodic, Schedule, english};
use crate::time::{ClockRange, MonthDay, ShortMonth, weekday_name};

/// One line in plain English, as [`Schedule::describe`].
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once(once) => {
                write!(f, "once, {} to {}", once.interval().start(), once.interval().end())
            }
            Self::Periodic(periodic) => periodic_line(*periodic, f),
            Self::Daily(daily) => calendar_line("day", daily.calendar(), f),
            Self::Weekly(weekly) => calendar_line("week", weekly.calendar(), f),
            Self::Monthly(monthly) => calendar_line("month", monthly.calendar(), f),
            #[cfg(feature = "rrule")]
            Self::Rule(rule) => f.write_str(&rule.describe()),
        }
    }
}

impl Schedule {
    /// Describes the schedule in one line of plain English, for people. The text is
    /// not stable.
    ///
    /// ```
    /// use quietude::{Monthly, MonthDay, Schedule, Weekday};
    ///
    /// let second_tuesday = MonthDay::nth(2, Weekday::Tue)?;
    /// let schedule: Schedule =
    ///     Monthly::new(second_tuesday, "22:00-02:00".parse()?, chrono_tz::Europe::Berlin).into();
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

fn periodic_line(periodic: Periodic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if periodic.is_always_on() {
        return write!(f, "always from {}", periodic.start());
    }
    write!(
        f,
        "every {} for {} from {}",
        english::period(periodic.period_ms()),
        english::duration(periodic.duration_ms()),
        periodic.start()
    )
}

fn calendar_line(unit: &str, calendar: &Calendar, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let dates = &calendar.dates;
    let stride = dates.interval().filter(|stride| stride.n > 1);
    let step = stride.map_or(1, |stride| i64::from(stride.n));
    let weekdays: Vec<&str> = match unit {
        "week" => dates.weekdays().map(weekday_name).collect(),
        _ => Vec::new(),
    };
    let by_weekday = weekdays.len() == 7 && step == 1;
    match (unit, dates.month_days()) {
        ("week", _) if by_weekday => f.write_str("every day")?,
        ("week", _) if step == 1 => write!(f, "every {}", english::join(weekdays))?,
        ("week", _) => {
            write!(f, "every {} on {}", english::units(step, unit), english::join(weekdays))?;
        }
        ("month", [day]) if step == 1 && day.nth_weekday().is_some() => {
            let (n, weekday) = day.nth_weekday().unwrap_or((1, Weekday::Mon));
            write!(f, "every {} of the month", english::nth_weekday(i64::from(n), weekday))?;
        }
        ("month", days) => {
            let days = english::join(days.iter().map(|day| month_day(*day)));
            write!(f, "every {} on {days}", english::units(step, unit))?;
        }
        _ => write!(f, "every {}", english::units(step, unit))?,
    }
    if dates.short_month() == ShortMonth::Clamp {
        f.write_str(" (the last day of a month that lacks it)")?;
    }
    if let Some(months) = dates.months() {
        write!(f, " in {}", english::join(months.map(english::month_name)))?;
    }
    write!(f, ", {}, {}", clock(calendar.clock), calendar.zone)?;
    match (dates.count(), dates.interval()) {
        (Some(count), Some(stride)) => {
            let times = english::units(i64::from(count), "time");
            let times = if count == 1 { "once" } else { &times };
            write!(f, ", {times} from {}", super::dates::date_of(stride.anchor))?;
        }
        _ => {
            if let Some(stride) = stride {
                write!(f, ", counted from {}", super::dates::date_of(stride.anchor))?;
            }
        }
    }
    let except: Vec<_> = dates.exceptions().collect();
    if except.is_empty() { Ok(()) } else { write!(f, ", except {}", english::few(&except, "date")) }
}

fn clock(clock: ClockRange) -> String {
    clock.to_string().replace('-', " to ")
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
                "every 3 days, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05",
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
                "every 2 weeks on Monday and Thursday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05",
            ),
            (
                Weekly::new(WEEK, night, berlin).unwrap().into(),
                "every day, 22:00 to 02:00, Europe/Berlin",
            ),
            (
                Weekly::new(WEEK, night, berlin).unwrap().with_interval(2, date(5)).unwrap().into(),
                "every 2 weeks on Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-05",
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
                "every 2 months on the second Tuesday, 22:00 to 02:00, Europe/Berlin, counted from 2026-01-01",
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
                "every 2 months on the 31st (the last day of a month that lacks it), 22:00 to 02:00, Europe/Berlin, counted from 2026-01-01",
            ),
        ];
        for (schedule, line) in schedules {
            assert_eq!(schedule.describe(), line);
        }
    }
}
