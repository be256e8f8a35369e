//! Describes rules in plain English.

use crate::schedule::rule::recur::{Freq, Recur, weekday_at};
use crate::schedule::rule::text::{self, Properties};
use crate::schedule::rule::value::{Form, Value};
use crate::schedule::rule::{Fold, Gap, Length, Rule};
use crate::schedule::{dates, english};
use crate::time::civil::split;
use crate::time::weekday_name;

impl Rule {
    pub(crate) fn describe(&self) -> String {
        // Only the text is stored; it is parsed again, because descriptions are
        // rare. Local times do not depend on the zone that is used here.
        let zone = |_: &str| Ok(self.zone().clone());
        let Ok(properties) = text::properties(self.text(), &zone) else {
            return self.text().to_owned();
        };
        let Properties { start, recur, exdates, rdates, periods, .. } = properties;
        let (day, time) = split(start.reading);
        let date = dates::date_of(day);
        let mut line = match &recur {
            None => format!("on {date}{}", at(&[clock(time)])),
            Some(recur) => {
                let dates = dates_of(recur);
                let times = times_of(recur, time, &start.form);
                let end = match (&recur.until, recur.count) {
                    (Some(until), _) if until.form == Form::Date && !recur.keeps_dates() => {
                        format!(" until {} 00:00", until_of(until))
                    }
                    (Some(until), _) => format!(" until {}", until_of(until)),
                    (None, Some(1)) => ", once".to_owned(),
                    (None, Some(count)) => format!(", {count} times"),
                    (None, None) => String::new(),
                };
                format!("{dates}{times}, from {date}{end}")
            }
        };
        line += &format!(", for {}, {}", length(self.recurrence().length()), self.zone());
        line += fold_and_gap(self.fold(), self.gap());
        if !periods.is_empty() {
            let starts: Vec<_> = periods.iter().map(|(start, _)| until_of(start)).collect();
            line += &format!(", also from {}", english::few(&starts, "time"));
        }
        for (values, word) in [(rdates, "also on"), (exdates, "except")] {
            if !values.is_empty() {
                let dates: Vec<_> = values.iter().map(until_of).collect();
                line += &format!(", {word} {}", english::few(&dates, "date"));
            }
        }
        line
    }
}

/// `2 h`, `1 day on the clock`, `1 day on the clock and 2 h`.
pub(crate) fn length(length: Length) -> String {
    let Length { days, exact_ms } = length;
    let unit = if days == 1 { "day" } else { "days" };
    match (days, exact_ms) {
        (0, _) => english::duration(exact_ms),
        (_, 0) => format!("{days} {unit} on the clock"),
        _ => format!("{days} {unit} on the clock and {}", english::duration(exact_ms)),
    }
}

/// What happens to local times that come twice or do not exist, if that is not the default.
pub(crate) fn fold_and_gap(fold: Fold, gap: Gap) -> &'static str {
    match (fold, gap) {
        (Fold::First, Gap::Skip) => "",
        (Fold::Both, Gap::Skip) => ", twice if the clock shows it twice",
        (Fold::First, Gap::Shift) => ", moved forward out of a gap",
        (Fold::Both, Gap::Shift) => {
            ", twice if the clock shows it twice, moved forward out of a gap"
        }
    }
}

fn at(times: &[String]) -> String {
    format!(" at {}", english::join(times))
}

/// `09:00`, or `09:00:30`.
fn clock(time_ms: i64) -> String {
    let second = time_ms / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    if second == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}

fn until_of(value: &Value) -> String {
    let (day, time) = split(value.reading);
    let date = dates::date_of(day);
    match &value.form {
        Form::Date => date.to_string(),
        Form::Utc => format!("{date} {} UTC", clock(time)),
        Form::Floating | Form::Zoned(_) => format!("{date} {}", clock(time)),
    }
}

fn numbers(bits: u64) -> Vec<i64> {
    (0..64).filter(|n| bits >> n & 1 != 0).collect()
}

/// `every 2 weeks on Monday`, `every second Tuesday of the month`.
fn dates_of(recur: &Recur) -> String {
    let unit = match recur.freq {
        Freq::Secondly => "second",
        Freq::Minutely => "minute",
        Freq::Hourly => "hour",
        Freq::Daily => "day",
        Freq::Weekly => "week",
        Freq::Monthly => "month",
        Freq::Yearly => "year",
    };
    let mut line = format!("every {}", english::units(i64::from(recur.interval), unit));
    let in_month = recur.freq == Freq::Monthly || recur.months != 0;
    let numbered = recur.days.iter().any(|(n, _)| *n != 0);
    if let ([(n, day)], Freq::Monthly, 1) = (&*recur.days, recur.freq, recur.interval)
        && numbered
    {
        let weekday = english::nth_weekday(i64::from(*n), weekday_at(*day));
        line = format!("every {weekday} of the month");
    } else if !recur.days.is_empty() {
        let days = recur.days.iter().map(|(n, day)| match n {
            0 if numbered => format!("every {}", weekday_name(weekday_at(*day))),
            0 => weekday_name(weekday_at(*day)).to_owned(),
            n => format!("the {}", english::nth_weekday(i64::from(*n), weekday_at(*day))),
        });
        line += &format!(" on {}", english::join(days));
        if numbered {
            line += if in_month { " of the month" } else { " of the year" };
        }
    }
    if !recur.month_days.is_empty() {
        let days = recur.month_days.iter().map(|day| english::day_of_month(i64::from(*day)));
        line += &format!(" on {} of the month", english::join(days));
    }
    if !recur.year_days.is_empty() {
        let days = recur.year_days.iter().map(|day| english::rank(i64::from(*day)));
        line += &format!(" on the {} day of the year", english::join(days));
    }
    if !recur.weeks.is_empty() {
        let weeks = recur.weeks.iter().map(|week| english::rank(i64::from(*week)));
        line += &format!(" in the {} week", english::join(weeks));
    }
    if recur.months != 0 {
        let months = numbers(recur.months).into_iter();
        line += &format!(" in {}", english::join(months.map(|m| english::month_name(m as u32))));
    }
    if !recur.positions.is_empty() {
        let positions = recur.positions.iter().map(|n| english::rank(i64::from(*n)));
        line += &format!(", only the {} time of each {unit}", english::join(positions));
    }
    line
}

/// The times of day if they are few, otherwise the BY parts.
fn times_of(recur: &Recur, start_ms: i64, form: &Form) -> String {
    const MOST: usize = 6;
    let second = start_ms / 1000;
    let or = |bits: u64, own: i64| if bits == 0 { vec![own] } else { numbers(bits) };
    if recur.freq >= Freq::Daily {
        if *form == Form::Date {
            return String::new();
        }
        let (hours, minutes, seconds) = (
            or(recur.hours, second / 3600),
            or(recur.minutes, second / 60 % 60),
            or(recur.seconds, second % 60),
        );
        if hours.len() * minutes.len() * seconds.len() <= MOST {
            let mut times = Vec::new();
            for hour in &hours {
                for minute in &minutes {
                    for second in &seconds {
                        times.push(clock((hour * 3600 + minute * 60 + second) * 1000));
                    }
                }
            }
            return at(&times);
        }
    }
    let parts = [(recur.hours, "hour"), (recur.minutes, "minute"), (recur.seconds, "second")];
    let said = parts.into_iter().filter(|(bits, _)| *bits != 0).map(|(bits, unit)| {
        let numbers = numbers(bits);
        let unit = if numbers.len() == 1 { unit.to_owned() } else { format!("{unit}s") };
        format!(" at {unit} {}", english::join(numbers))
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_describe_in_english() {
        for (rule, line) in [
            (
                "RRULE:FREQ=MONTHLY;BYDAY=2TU",
                "every second Tuesday of the month at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,MO;COUNT=10",
                "every 2 weeks on Monday and Thursday at 22:00, from 2026-01-01, 10 times, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=DAILY;BYHOUR=9,21;BYMINUTE=30;UNTIL=20261231T220000Z",
                "every day at 09:30 and 21:30, from 2026-01-01 until 2026-12-31 22:00 UTC, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=1,-1",
                "every year on the last day and the 1st of the month in February and March at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=MONTHLY;BYDAY=MO,-1FR",
                "every month on the last Friday and every Monday of the month at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
                "every month on Monday and Tuesday, only the last time of each month at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=YEARLY;BYWEEKNO=20",
                "every year in the 20th week at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=YEARLY;BYDAY=20MO",
                "every year on the 20th Monday of the year at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=YEARLY;BYYEARDAY=100",
                "every year on the 100th day of the year at 22:00, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=MINUTELY;INTERVAL=15;BYHOUR=9,10",
                "every 15 minutes at hours 9 and 10, from 2026-01-01, for 2 h, Europe/Berlin",
            ),
            (
                "RRULE:FREQ=DAILY\nEXDATE:20260102T210000Z\nRDATE:20260102T220000Z",
                "every day at 22:00, from 2026-01-01, for 2 h, Europe/Berlin, also on 2026-01-02 22:00 UTC, except 2026-01-02 21:00 UTC",
            ),
            (
                "RDATE:20260102T220000Z",
                "on 2026-01-01 at 22:00, for 2 h, Europe/Berlin, also on 2026-01-02 22:00 UTC",
            ),
        ] {
            let text = format!("DTSTART;TZID=Europe/Berlin:20260101T220000\n{rule}");
            assert_eq!(Rule::parse(&text, 7_200_000).unwrap().describe(), line);
        }
        let text = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY";
        let dates = Rule::parse_in(text, chrono_tz::Asia::Tokyo, 1000).unwrap();
        assert_eq!(dates.describe(), "every day, from 2026-01-01, for 1 s, Asia/Tokyo");
        let text = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=HOURLY;BYHOUR=9;UNTIL=20260103\n\
                    EXDATE:20260101T010000";
        let hours = Rule::parse_in(text, chrono_tz::Asia::Tokyo, 1000).unwrap();
        assert_eq!(
            hours.describe(),
            "every hour, from 2026-01-01 until 2026-01-03 00:00, for 1 s, Asia/Tokyo, \
             except 2026-01-01 01:00"
        );
    }
}
