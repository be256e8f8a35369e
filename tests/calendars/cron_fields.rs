//! Random cron expressions, and what they mean: the values from which the text is made, so
//! that no cron is read.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use quietude::calendar::DayMatch;

use crate::random::Random;

/// The values of a field, and its text; `restricts` is whether it is not `*`.
#[derive(Clone)]
struct Field {
    text: String,
    values: Vec<i64>,
    restricts: bool,
}

/// A random expression.
#[derive(Clone)]
pub(crate) struct CronFields {
    pub(crate) text: String,
    /// Times of the day in milliseconds, ascending.
    pub(crate) times: Vec<i64>,
    pub(crate) day_match: DayMatch,
    month_days: Field,
    months: Field,
    weekdays: Field,
    years: Option<Field>,
}

fn field(random: &mut Random, low: i64, high: i64, names: &[&str]) -> Field {
    let name = |value: i64, random: &mut Random| match names.get((value - low) as usize) {
        Some(name) if random.once_in(2) => (*name).to_owned(),
        _ => value.to_string(),
    };
    if random.once_in(3) {
        return Field { text: "*".to_owned(), values: (low..=high).collect(), restricts: false };
    }
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut restricts = true;
    for _ in 0..random.within(1, 3) {
        let (a, b) = (random.within(low, high), random.within(low, high));
        let (a, b) = (a.min(b), a.max(b));
        let step = random.within(1, 12);
        match random.below(5) {
            0 => {
                texts.push(name(a, random));
                values.push(a);
            }
            1 => {
                texts.push(format!("{}-{}", name(a, random), name(b, random)));
                values.extend(a..=b);
            }
            2 => {
                texts.push(format!("{a}-{b}/{step}"));
                values.extend((a..=b).step_by(step as usize));
            }
            3 => {
                texts.push(format!("{a}/{step}"));
                values.extend((a..=high).step_by(step as usize));
            }
            _ => {
                texts.push(format!("*/{step}"));
                values.extend((low..=high).step_by(step as usize));
            }
        }
    }
    if texts.len() == 1 && texts[0] == "*/1" {
        restricts = false;
    }
    values.sort_unstable();
    values.dedup();
    Field { text: texts.join(","), values, restricts }
}

const MONTHS: [&str; 12] =
    ["jan", "FEB", "mar", "APR", "may", "JUN", "jul", "AUG", "sep", "OCT", "nov", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "mon", "TUE", "wed", "THU", "fri", "SAT"];

impl CronFields {
    pub(crate) fn random(random: &mut Random) -> Self {
        let seconds = random.once_in(3).then(|| field(random, 0, 59, &[]));
        let minutes = field(random, 0, 59, &[]);
        let hours = field(random, 0, 23, &[]);
        let month_days = field(random, 1, 31, &[]);
        let months = field(random, 1, 12, &MONTHS);
        let weekdays = field(random, 0, 6, &WEEKDAYS);
        let mut years =
            (seconds.is_some() && random.once_in(2)).then(|| field(random, 2020, 2030, &[]));
        // A step over all years begins with the year 1.
        years = years.filter(|years| !years.text.contains("*/"));
        let mut parts: Vec<&str> = seconds.iter().map(|field| field.text.as_str()).collect();
        parts.extend([&minutes, &hours, &month_days, &months, &weekdays].map(|f| f.text.as_str()));
        parts.extend(years.iter().map(|field| field.text.as_str()));
        let text = parts.join(" ");
        let day_match = *random.pick(&[DayMatch::Or, DayMatch::And]);
        let second_values = seconds.as_ref().map_or(vec![0], |field| field.values.clone());
        let mut times = Vec::new();
        for hour in &hours.values {
            for minute in &minutes.values {
                times.extend(second_values.iter().map(|s| ((hour * 60 + minute) * 60 + s) * 1000));
            }
        }
        Self { text, times, day_match, month_days, months, weekdays, years }
    }

    /// The same days at some times; `fields` are the fields of the time.
    pub(crate) fn at_times(mut self, fields: &str, times: Vec<i64>) -> Self {
        let days: Vec<&str> = self.text.split(' ').collect();
        let has_seconds = days.len() > 5;
        self.text = [&[fields], &days[2 + usize::from(has_seconds)..]].concat().join(" ");
        if has_seconds {
            self.text = format!("0 {}", self.text);
        }
        self.times = times;
        self
    }

    /// Whether the expression begins on a date.
    pub(crate) fn matches(&self, date: NaiveDate) -> bool {
        let has = |field: &Field, value: u32| field.values.contains(&i64::from(value));
        let by_month_day = has(&self.month_days, date.day());
        let by_weekday = has(&self.weekdays, date.weekday().num_days_from_sunday());
        let day = match (self.month_days.restricts, self.weekdays.restricts, self.day_match) {
            (true, true, DayMatch::Or) => by_month_day || by_weekday,
            _ => by_month_day && by_weekday,
        };
        let year = self
            .years
            .as_ref()
            .is_none_or(|years| !years.restricts || years.values.contains(&i64::from(date.year())));
        day && year && has(&self.months, date.month())
    }
}

impl fmt::Debug for CronFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.text, self.day_match)
    }
}
