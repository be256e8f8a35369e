//! Tests of schedules of all kinds: zone, occurrences and periods.

use chrono::{NaiveDate, Weekday};

use super::*;
use crate::limits::MAX_OCCURRENCES;
use crate::testing::HOUR;
use crate::time::civil::{CYCLE_DAYS, DAY_MS, FIRST_DAY};
use crate::time::{ClockRange, MonthDay};

fn night() -> ClockRange {
    "22:00-02:00".parse().unwrap()
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millis()
}

fn date(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn cycle(schedule: impl Into<Schedule>) -> (Option<i64>, Option<i64>) {
    schedule.into().cycle()
}

#[test]
fn contains_endless_until_timestamp_end() {
    let whole = ClockRange::WHOLE_DAY;
    let zones = [chrono_tz::UTC, chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Honolulu];
    for zone in zones {
        let all = || (-31..=31).filter(|day| *day != 0).map(|day| MonthDay::new(day).unwrap());
        let for_ever: [Schedule; 3] = [
            Periodic::new(Timestamp::MIN, 1, 1).unwrap().into(),
            Daily::new(whole, zone).into(),
            Monthly::on_days(all(), whole, zone).unwrap().into(),
        ];
        for schedule in for_ever {
            let covers =
                [Timestamp::MIN, Timestamp::MAX, Timestamp::END].map(|t| schedule.contains(t));
            assert_eq!(covers, [true, true, false], "{schedule:?}");
            assert_eq!(schedule.occurrence_at(Timestamp::END), None, "{schedule:?}");
        }
    }
}

#[test]
fn cycle_of_once_and_periodic() {
    let (start, end) = (Timestamp::saturating(5), Timestamp::saturating(70));
    assert_eq!(cycle(Once::new(start, end).unwrap()), (None, Some(1)));
    assert_eq!(cycle(Periodic::new(start, 10, 60).unwrap()), (Some(5), Some(60)));
}

#[test]
fn cycle_of_calendar_after_zone_and_exceptions() {
    let utc = chrono_tz::UTC;
    let since_ever = Some(i64::from(FIRST_DAY) * DAY_MS + 22 * HOUR);
    let days = |days: i64| Some(days * DAY_MS);
    let whole = i64::from(CYCLE_DAYS);

    let daily = Daily::new(night(), utc);
    assert_eq!(cycle(daily.clone()), (since_ever, days(1)));
    assert_eq!(cycle(daily.clone().with_interval(10, date(1, 5)).unwrap()), (since_ever, days(10)));
    let counted = daily.clone().with_interval(2, date(1, 5)).unwrap().with_count(3).unwrap();
    assert_eq!(cycle(counted), (None, days(2)));
    let excepted = daily.without_dates([date(3, 1), date(2, 1)]).unwrap();
    assert_eq!(cycle(excepted), (Some(at("2026-03-02T22:00:00Z")), days(1)));

    let weekly = |weekdays: &[Weekday]| Weekly::new(weekdays.iter().copied(), night(), utc);
    let monday = weekly(&[Weekday::Mon]).unwrap();
    assert_eq!(cycle(monday.clone()), (since_ever, days(7)));
    assert_eq!(cycle(monday.with_interval(3, date(1, 5)).unwrap()), (since_ever, days(21)));

    let monthly = Monthly::new(MonthDay::LAST, night(), utc);
    let every = |n| cycle(monthly.clone().with_interval(n, date(1, 5)).unwrap());
    assert_eq!(cycle(monthly.clone()), (since_ever, days(whole)));
    // 4800 months are 400 years, after which days and weekdays are the same.
    assert_eq!(every(3), (since_ever, days(whole)));
    assert_eq!(every(7), (since_ever, days(7 * whole)));
    // That would be 11,600 years.
    assert_eq!(every(29), (since_ever, None));

    // The clocks went back for the last time on 2022-09-22, from 00:00 to 23:00,
    // and show what they never showed from the second midnight on.
    let tehran = Daily::new(night(), chrono_tz::Asia::Tehran);
    assert_eq!(cycle(tehran), (Some(at("2022-09-21T20:30:00Z")), days(1)));
    // A rule without an end repeats with the Gregorian calendar.
    let berlin = Daily::new(night(), chrono_tz::Europe::Berlin);
    let expected = match cfg!(feature = "tzdb") {
        true => (Some(at("2000-01-01T00:00:00Z")), days(whole)),
        false => (Some(at("2099-10-25T02:00:00Z")), days(1)),
    };
    assert_eq!(cycle(berlin), expected);
}

#[test]
fn zone_of_each_kind() {
    let berlin = Zone::from(chrono_tz::Europe::Berlin);
    let daily = Schedule::from(Daily::new(night(), berlin.clone()));
    assert_eq!(daily.zone(), Some(&berlin));
    let (start, end) = (Timestamp::saturating(0), Timestamp::saturating(9));
    assert_eq!(Schedule::from(Once::new(start, end).unwrap()).zone(), None);
    assert_eq!(Schedule::from(Periodic::new(start, 1, 2).unwrap()).zone(), None);
}

#[test]
fn into_vec_limit() {
    let interval = |start, end| Interval::clipped(start, end).unwrap();
    let periodic = Periodic::new(Timestamp::saturating(100), 10, 50).unwrap();
    let schedule = Schedule::from(periodic);
    let list = schedule.occurrences(interval(155, 250)).into_vec().unwrap();
    assert_eq!(list, [interval(150, 160), interval(200, 210)]);

    // One that begins with the end is not among them.
    let last = 100 + 50 * MAX_OCCURRENCES as i64;
    let most = schedule.occurrences(interval(0, last)).into_vec().unwrap();
    assert_eq!(most.len(), MAX_OCCURRENCES);
    let error = schedule.occurrences(interval(0, last + 1)).into_vec().unwrap_err();
    assert_eq!(error.to_string(), "1000001 occurrences are more than 1000000");
}

#[cfg(feature = "rrule")]
mod rules {
    use super::*;

    fn rule(lines: &str) -> Rule {
        Rule::parse(lines, HOUR).unwrap()
    }

    #[test]
    fn cycle_of_rule_after_first_span() {
        let days = |days: i64| Some(days * DAY_MS);
        let daily = "DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY";
        let from = |text| Some(at(text));
        assert_eq!(cycle(rule(daily)), (from("2026-01-01T11:00:00Z"), days(1)));
        let counted = format!("{daily};COUNT=3");
        assert_eq!(cycle(rule(&counted)), (None, None));
        let excluded = format!("{daily}\nEXDATE:20260105T100000Z");
        assert_eq!(cycle(rule(&excluded)), (from("2026-01-05T11:00:00.001Z"), days(1)));
        let added = format!("{daily}\nRDATE:20270101T000000Z");
        assert_eq!(cycle(rule(&added)), (from("2027-01-01T01:00:00.001Z"), days(1)));
        let weekly = "DTSTART:20260101T100000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2";
        assert_eq!(cycle(rule(weekly)), (from("2026-01-01T11:00:00Z"), days(14)));
        let hourly = "DTSTART:20260101T100000Z\nRRULE:FREQ=HOURLY;INTERVAL=5";
        assert_eq!(cycle(rule(hourly)), (from("2026-01-01T11:00:00Z"), Some(5 * HOUR)));
    }

    #[test]
    fn clock_envelope_first_to_last_time_of_day() {
        let text = "DTSTART;TZID=Europe/Berlin:20260105T093000\n\
                    RRULE:FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9,14";
        let rule = rule(text);
        let reach = rule.recurrence().clock_envelope().expect("it has the same times every day");
        assert_eq!(reach.weekdays, 0b000_0101);
        assert_eq!(i64::from(reach.from_ms), 9 * HOUR + HOUR / 2);
        // From 09:30 to 15:30.
        assert_eq!(reach.length_ms, 6 * HOUR);
        assert_eq!(reach.zone, &Zone::from(chrono_tz::Europe::Berlin));
    }

    #[test]
    fn rule_local_until_compares_local_time() {
        // 02:30 is skipped, and 03:00 is later although it is the next instant.
        let text = "DTSTART:20260329T000000\nRRULE:FREQ=HOURLY;UNTIL=20260329T023000";
        let rule = Rule::parse_in(text, chrono_tz::Europe::Berlin, 1000).unwrap();
        let schedule = Schedule::from(rule);
        let starts: Vec<_> = schedule
            .occurrences(Interval::ALWAYS)
            .map(|occurrence| occurrence.start().to_string())
            .collect();
        assert_eq!(starts, ["2026-03-28T23:00:00Z", "2026-03-29T00:00:00Z"]);
    }

    #[test]
    fn rule_debug_text_zone_duration() {
        let rule = rule("DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY");
        let text = r#""DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY""#;
        let expected = format!("Rule {{ text: {text}, zone: Zone(UTC), duration_ms: 3600000 }}");
        assert_eq!(format!("{rule:?}"), expected);
    }
}
