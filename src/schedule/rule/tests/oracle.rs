//! A slow reference generator: checks each candidate against the sentences of
//! RFC 5545, 3.3.10.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;

/// A rule as it is written, with the local time of DTSTART.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) start: NaiveDateTime,
    pub(super) parts: BTreeMap<&'static str, String>,
}

impl Written {
    pub(super) fn rrule(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|(k, v)| format!("{k}={v}")).collect();
        parts.join(";")
    }

    pub(super) fn text(&self, zone: Tz) -> String {
        let start = self.start.format("%Y%m%dT%H%M%S");
        format!("DTSTART;TZID={}:{start}\nRRULE:{}", zone.name(), self.rrule())
    }

    fn numbers(&self, part: &str) -> Option<Vec<i64>> {
        let list = self.parts.get(part)?;
        Some(list.split(',').map(|number| number.parse().unwrap()).collect())
    }

    fn number(&self, part: &str) -> Option<i64> {
        self.numbers(part).map(|numbers| numbers[0])
    }

    fn days(&self) -> Option<Vec<(i64, Weekday)>> {
        let list = self.parts.get("BYDAY")?;
        let day = |text: &str| {
            let (n, day) = text.split_at(text.len() - 2);
            (if n.is_empty() { 0 } else { n.parse().unwrap() }, weekday(day))
        };
        Some(list.split(',').map(day).collect())
    }

    fn freq(&self) -> &str {
        &self.parts["FREQ"]
    }

    fn week_start(&self) -> Weekday {
        self.parts.get("WKST").map_or(Weekday::Mon, |day| weekday(day))
    }

    /// The local times of all instances up to `until`, before the zone, UNTIL
    /// and COUNT are looked at.
    pub(super) fn local_times(&self, until: NaiveDateTime) -> Vec<NaiveDateTime> {
        let mut sets: BTreeMap<i64, Vec<NaiveDateTime>> = BTreeMap::new();
        // From the beginning of DTSTART's own interval on, and to the end of
        // the last one.
        let first = NaiveDate::from_ymd_opt(self.start.year(), 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(until.year(), 12, 31).unwrap();
        let (first, last) = match self.freq() {
            "YEARLY" | "MONTHLY" | "WEEKLY" => {
                (first - TimeDelta::days(7), last + TimeDelta::days(7))
            }
            _ => (self.start.date(), until.date()),
        };
        for date in first.iter_days().take_while(|date| *date <= last) {
            if self.is_on(date) {
                for time in self.times_on(date) {
                    sets.entry(self.interval_of(time)).or_default().push(time);
                }
            }
        }
        let interval = self.number("INTERVAL").unwrap_or(1);
        let own = self.interval_of(self.start);
        let mut all = Vec::new();
        for (number, set) in sets {
            if (number - own) % interval != 0 {
                continue;
            }
            match self.numbers("BYSETPOS") {
                None => all.extend(set),
                Some(positions) => {
                    let many = set.len() as i64;
                    all.extend((1..=many).filter_map(|n| {
                        let is = positions.contains(&n) || positions.contains(&(n - many - 1));
                        is.then(|| set[n as usize - 1])
                    }));
                }
            }
        }
        all.retain(|time| *time >= self.start && *time <= until);
        all
    }

    /// The number of the interval of FREQ that a time is in.
    fn interval_of(&self, time: NaiveDateTime) -> i64 {
        let date = time.date();
        let seconds = time.and_utc().timestamp();
        match self.freq() {
            "YEARLY" => i64::from(date.year()),
            "MONTHLY" => i64::from(date.year()) * 12 + i64::from(date.month0()),
            "WEEKLY" => {
                let first = date.week(self.week_start()).first_day();
                (first - NaiveDate::default()).num_days().div_euclid(7)
            }
            "DAILY" => seconds.div_euclid(86_400),
            "HOURLY" => seconds.div_euclid(3_600),
            "MINUTELY" => seconds.div_euclid(60),
            _ => seconds,
        }
    }

    fn is_on(&self, date: NaiveDate) -> bool {
        let start = self.start.date();
        let freq = self.freq();
        let either = |part: &str, a: i64, b: i64| {
            self.numbers(part).is_none_or(|list| list.contains(&a) || list.contains(&b))
        };
        let month = either("BYMONTH", i64::from(date.month()), 0);
        let year_length = if date.leap_year() { 366 } else { 365 };
        let ordinal = i64::from(date.ordinal());
        let year_day = either("BYYEARDAY", ordinal, ordinal - year_length - 1);
        let month_length = i64::from(date.num_days_in_month());
        let dom = i64::from(date.day());
        let month_day = either("BYMONTHDAY", dom, dom - month_length - 1);
        // Week 1 has four days or more in the year, so a week is of the year
        // that its fourth day is in.
        let fourth = date.week(self.week_start()).first_day() + TimeDelta::days(3);
        let week = i64::from(fourth.ordinal0() / 7) + 1;
        let weeks_left =
            i64::from(((if fourth.leap_year() { 366 } else { 365 }) - fourth.ordinal()) / 7);
        let week = either("BYWEEKNO", week, -weeks_left - 1);
        let day = self.days().is_none_or(|days| {
            days.iter().any(|(n, weekday)| {
                let numbered = match n {
                    0 => true,
                    n => {
                        let of_month = freq == "MONTHLY" || self.parts.contains_key("BYMONTH");
                        let (from_start, from_end) = if of_month {
                            ((dom - 1) / 7 + 1, -((month_length - dom) / 7 + 1))
                        } else {
                            ((ordinal - 1) / 7 + 1, -((year_length - ordinal) / 7 + 1))
                        };
                        *n == from_start || *n == from_end
                    }
                };
                numbered && date.weekday() == *weekday
            })
        });
        // What the rule does not say is DTSTART's.
        let says = |part: &str| self.parts.contains_key(part);
        let says_day = says("BYDAY") || says("BYMONTHDAY") || says("BYYEARDAY");
        let implied = match freq {
            _ if says_day => true,
            "YEARLY" if says("BYWEEKNO") => date.weekday() == start.weekday(),
            "YEARLY" => {
                date.day() == start.day() && (says("BYMONTH") || date.month() == start.month())
            }
            "MONTHLY" => date.day() == start.day(),
            "WEEKLY" => date.weekday() == start.weekday(),
            _ => true,
        };
        month && year_day && month_day && week && day && implied
    }

    fn times_on(&self, date: NaiveDate) -> Vec<NaiveDateTime> {
        let below = |freqs: &[&str]| freqs.contains(&self.freq());
        let all = |part: &str, every: bool, own: u32, most: i64| {
            self.numbers(part)
                .unwrap_or_else(|| if every { (0..most).collect() } else { vec![i64::from(own)] })
        };
        let hours =
            all("BYHOUR", below(&["HOURLY", "MINUTELY", "SECONDLY"]), self.start.hour(), 24);
        let minutes = all("BYMINUTE", below(&["MINUTELY", "SECONDLY"]), self.start.minute(), 60);
        let seconds = all("BYSECOND", below(&["SECONDLY"]), self.start.second(), 60);
        let mut times: Vec<NaiveDateTime> = Vec::new();
        for hour in &hours {
            for minute in &minutes {
                for second in &seconds {
                    let second = (*second).min(59) as u32;
                    times.push(date.and_hms_opt(*hour as u32, *minute as u32, second).unwrap());
                }
            }
        }
        times.sort_unstable();
        times.dedup();
        times
    }

    /// The instants up to `until`, in milliseconds, as 3.3.5 and 3.3.10 say.
    pub(super) fn instants(&self, zone: Tz, until: NaiveDateTime) -> Vec<i64> {
        let count = self.number("COUNT").map_or(usize::MAX, |count| count as usize);
        let last = self.parts.get("UNTIL").map(|until| {
            let until = NaiveDateTime::parse_from_str(until, "%Y%m%dT%H%M%SZ").unwrap();
            until.and_utc().timestamp_millis()
        });
        self.local_times(until)
            .into_iter()
            .filter_map(|time| zone.from_local_datetime(&time).earliest())
            .map(|time| time.timestamp_millis())
            .take(count)
            .filter(|time| last.is_none_or(|last| *time <= last))
            .collect()
    }
}

fn weekday(text: &str) -> Weekday {
    match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        _ => Weekday::Sun,
    }
}
