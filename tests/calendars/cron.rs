//! Random cron expressions against an expansion, date by date. The expansion works on the
//! values from which the text is made, so that it reads no cron.

use chrono::{Datelike, NaiveDate};
use quietude::calendar::{Cron, DayMatch};
use quietude::{Interval, Schedule, Timestamp, Zone};

use crate::random::Random;

/// The values of a field, and its text; `restricts` is whether it is not `*`.
struct Field {
    text: String,
    values: Vec<i64>,
    restricts: bool,
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

#[test]
fn thousand_expressions_equal_expansion() {
    let mut random = Random(7);
    for _ in 0..1_000 {
        let seconds = random.once_in(3).then(|| field(&mut random, 0, 59, &[]));
        let minutes = field(&mut random, 0, 59, &[]);
        let hours = field(&mut random, 0, 23, &[]);
        let month_days = field(&mut random, 1, 31, &[]);
        let months = field(&mut random, 1, 12, &MONTHS);
        let weekdays = field(&mut random, 0, 6, &WEEKDAYS);
        let mut years =
            (seconds.is_some() && random.once_in(2)).then(|| field(&mut random, 2020, 2030, &[]));
        // A step over all years begins with the year 1.
        years = years.filter(|years| !years.text.contains("*/"));
        let mut parts: Vec<&str> = seconds.iter().map(|field| field.text.as_str()).collect();
        parts.extend([&minutes, &hours, &month_days, &months, &weekdays].map(|f| f.text.as_str()));
        parts.extend(years.iter().map(|field| field.text.as_str()));
        let text = parts.join(" ");
        let day_match = *random.pick(&[DayMatch::Or, DayMatch::And]);
        let cron =
            Cron::new(&text, 1, Zone::utc()).unwrap_or_else(|error| panic!("{error}: {text}"));
        let schedule = Schedule::from(cron.with_day_match(day_match));

        let matches = |date: NaiveDate| {
            let has = |field: &Field, value: u32| field.values.contains(&i64::from(value));
            let by_month_day = has(&month_days, date.day());
            let by_weekday = has(&weekdays, date.weekday().num_days_from_sunday());
            let day = match (month_days.restricts, weekdays.restricts, day_match) {
                (true, true, DayMatch::Or) => by_month_day || by_weekday,
                _ => by_month_day && by_weekday,
            };
            let year = years.as_ref().is_none_or(|years| {
                !years.restricts || years.values.contains(&i64::from(date.year()))
            });
            day && year && has(&months, date.month())
        };
        let second_values = seconds.as_ref().map_or(vec![0], |field| field.values.clone());
        let mut times = Vec::new();
        for hour in &hours.values {
            for minute in &minutes.values {
                times.extend(second_values.iter().map(|s| ((hour * 60 + minute) * 60 + s) * 1000));
            }
        }
        let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()
            + chrono::TimeDelta::days(random.within(0, 800));
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let midnight = |date: NaiveDate| (date - epoch).num_days() * 86_400_000;
        const MOST: usize = 300;
        let dates = start.iter_days().take(400).filter(|date| matches(*date));
        let expected: Vec<i64> = dates
            .flat_map(|date| times.iter().map(move |time| midnight(date) + time))
            .take(MOST)
            .collect();
        let at = |ms: i64| Timestamp::from_millis(ms).unwrap();
        let end = start + chrono::TimeDelta::days(400);
        let within = Interval::new(at(midnight(start)), at(midnight(end))).unwrap();
        let found: Vec<i64> =
            schedule.occurrences(within).take(MOST).map(|o| o.start().as_millis()).collect();
        assert_eq!(found, expected, "{text} {day_match:?} from {start}");
        // Backwards.
        for pair in expected.windows(2).step_by(17) {
            let previous = schedule.previous_occurrence(at(pair[1])).unwrap();
            assert_eq!(previous.start().as_millis(), pair[0], "{text}");
        }
    }
}
