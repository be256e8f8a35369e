//! Random rules over all parts, DTSTART from 1970 to 2050, in ten zones.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

use super::oracle::Written;
use crate::error::ErrorKind;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::time::{Interval, Timestamp, Zone};

const ZONES: [Tz; 10] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Apia,
    Tz::America__Sao_Paulo,
    Tz::America__Havana,
    Tz::Asia__Kolkata,
    Tz::Antarctica__Troll,
    Tz::America__St_Johns,
];

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn list<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

/// One or a few of these, as a list.
fn some(values: impl IntoIterator<Item = i64>) -> impl Strategy<Value = String> {
    let values: Vec<i64> = values.into_iter().collect();
    let most = values.len().min(4);
    subsequence(values, 1..=most).prop_map(|values| list(&values))
}

fn signed(most: i64) -> impl Iterator<Item = i64> {
    (-most..=most).filter(|n| *n != 0)
}

fn maybe(
    probability: f64,
    part: impl Strategy<Value = String>,
) -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(probability, part)
}

/// A transition of the zone, a month's end, or any time.
fn a_start(zone: Tz) -> impl Strategy<Value = NaiveDateTime> {
    let year = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
        Timestamp::from_millis(first.and_utc().timestamp_millis()).unwrap()
    };
    let transitions: Vec<i64> = Zone::from(zone)
        .transitions(Interval::new(year(1970), year(2050)).unwrap())
        .map(|transition| transition.at.as_millis() / 1000 + transition.offset_before_ms / 1000)
        .chain([0])
        .collect();
    let near = (select(transitions), -3_i64..=1, select(vec![0, 900, 1800, 3600, -1800, -3600, 7]))
        .prop_map(|(at, days, seconds)| at + days * 86_400 + seconds);
    let month_end =
        (0..80_i32, 1..=12_u32, 0..=3_i64, 0..24_i64).prop_map(|(years, month, back, hours)| {
            let first = NaiveDate::from_ymd_opt(1970 + years, month, 1).unwrap();
            let time = first.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
            time - back * 86_400 + hours * 3600
        });
    prop_oneof![near, month_end, 0..2_524_608_000_i64]
        .prop_map(|seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc())
}

pub(super) fn a_rule(freqs: &'static [&'static str]) -> impl Strategy<Value = (Tz, Written)> {
    let by_day =
        (subsequence(WEEKDAYS.to_vec(), 1..=3), prop::bool::ANY, select(vec![1, -1, 2, 5, -5, 53]));
    let dates = (
        maybe(0.33, some(1..=12)),
        maybe(0.17, some(signed(53).filter(|n| n.abs() < 3 || n.abs() > 50))),
        maybe(0.17, some(signed(366).filter(|n| n.abs() % 60 < 3 || n.abs() > 364))),
        maybe(0.25, some(signed(31).filter(|n| n.abs() < 4 || n.abs() > 27))),
        prop::option::weighted(0.35, by_day),
    );
    let times = (
        maybe(0.25, some(0..=23)),
        maybe(0.25, some((0..=59).step_by(15))),
        maybe(0.2, some((0..=60).step_by(20))),
        maybe(0.2, some([1, 2, 3, -1, -2, 7, 60])),
    );
    let others = (
        select(vec![1, 1, 1, 1, 2, 3, 4, 5, 7, 11, 24, 25, 30, 61, 90]),
        prop::option::weighted(0.3, 1..=12_u32),
        prop::option::weighted(0.2, 0..800_i64),
        select(WEEKDAYS.to_vec()),
    );
    let zone_and_start = select(ZONES.to_vec()).prop_flat_map(|zone| (Just(zone), a_start(zone)));
    (zone_and_start, select(freqs), dates, times, others).prop_map(
        |((zone, start), freq, dates, times, others)| {
            let (months, weeks, year_days, month_days, by_day) = dates;
            let (hours, minutes, seconds, positions) = times;
            let (interval, count, until, week_start) = others;
            let mut parts = BTreeMap::from([("FREQ", freq.to_owned())]);
            let mut put = |part: &'static str, value: Option<String>, allowed: bool| {
                if let Some(value) = value.filter(|_| allowed) {
                    parts.insert(part, value);
                }
            };
            let is = |list: &[&str]| list.contains(&freq);
            let numbered = is(&["MONTHLY", "YEARLY"]) && (weeks.is_none() || freq == "MONTHLY");
            put(
                "BYDAY",
                by_day.map(|(days, with_number, n)| {
                    let mut days: Vec<String> = days.into_iter().map(str::to_owned).collect();
                    if with_number && numbered {
                        days[0].insert_str(0, &n.to_string());
                    }
                    days.join(",")
                }),
                true,
            );
            put("BYMONTH", months, true);
            put("BYWEEKNO", weeks, freq == "YEARLY");
            put("BYYEARDAY", year_days, !is(&["DAILY", "WEEKLY", "MONTHLY"]));
            put("BYMONTHDAY", month_days, freq != "WEEKLY");
            put("BYHOUR", hours, true);
            put("BYMINUTE", minutes, true);
            put("BYSECOND", seconds, true);
            put("WKST", Some(week_start.to_owned()), true);
            put("INTERVAL", Some(interval.to_string()), interval != 1);
            put("COUNT", count.map(|count| count.to_string()), true);
            let until = until.map(|days| {
                let until = start + TimeDelta::days(days);
                until.format("%Y%m%dT%H%M%SZ").to_string()
            });
            put("UNTIL", until, count.is_none());
            let by = parts.keys().any(|part| part.starts_with("BY"));
            if let Some(positions) = positions.filter(|_| by) {
                parts.insert("BYSETPOS", positions);
            }
            (zone, Written { start, parts })
        },
    )
}

/// How many days of a rule are compared.
fn span_days(written: &Written) -> i64 {
    match written.parts["FREQ"].as_str() {
        "YEARLY" => 3000,
        "MONTHLY" => 1000,
        "WEEKLY" => 500,
        "DAILY" => 300,
        "HOURLY" => 40,
        "MINUTELY" => 3,
        _ => 2,
    }
}

/// All queries agree with the list of starts.
fn agrees(
    schedule: &Schedule,
    expected: &[i64],
    from: i64,
    until: i64,
) -> Result<(), TestCaseError> {
    let at = |t: i64| Timestamp::from_millis(t).unwrap();
    let within = Interval::new(at(from), at(until)).unwrap();
    // A dense rule has more starts than it is worth to list.
    const MOST: usize = 400;
    let found: Vec<i64> =
        schedule.occurrences(within).map(|o| o.start().as_millis()).take(MOST).collect();
    let listed: Vec<i64> = expected.iter().copied().filter(|t| *t < until).take(MOST).collect();
    prop_assert_eq!(&found, &listed);
    for (index, start) in listed.iter().copied().enumerate().take(60) {
        prop_assert!(schedule.contains(at(start)), "contains {}", at(start));
        prop_assert!(schedule.contains(at(start + 999)));
        let next = expected.get(index + 1).copied();
        prop_assert_eq!(schedule.contains(at(start + 1000)), next == Some(start + 1000));
        let previous = index.checked_sub(1).map(|index| expected[index]);
        prop_assert_eq!(schedule.contains(at(start - 1)), previous == Some(start - 1000));
        prop_assert_eq!(
            schedule.previous_occurrence(at(start)).map(|o| o.start().as_millis()),
            previous
        );
        let occurrence = schedule.occurrence_at(at(start + 500)).map(|o| o.start().as_millis());
        prop_assert_eq!(occurrence, Some(start));
    }
    Ok(())
}

fn compare(zone: Tz, written: &Written) -> Result<(), TestCaseError> {
    let text = written.text(zone);
    let rule = match Rule::parse(&text, 1000) {
        Ok(rule) => rule,
        Err(error) => {
            prop_assert_eq!(error.kind(), ErrorKind::Limit, "{}", error);
            return Ok(());
        }
    };
    let until = written.start + TimeDelta::days(span_days(written));
    let expected = written.instants(zone, until);
    let from = rule.start().as_millis() - 2 * 86_400_000;
    // The list ends on the clock: all zones are past this instant by then.
    let until = until.and_utc().timestamp_millis() - 15 * 3_600_000;
    agrees(&rule.into(), &expected, from, until)
}

pub(super) const COARSE: &[&str] = &["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"];
const FINE: &[&str] = &["MINUTELY", "SECONDLY"];

pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(5545),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn rule_daily_to_yearly_agrees_with_oracle((zone, written) in a_rule(COARSE)) {
        compare(zone, &written)?;
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn rule_hourly_to_secondly_agrees_with_oracle((zone, written) in a_rule(FINE)) {
        compare(zone, &written)?;
    }
}
