//! What building a rule costs, counted in the months, periods and units that searches
//! look at.

use crate::schedule::rule::Rule;
use crate::schedule::visits;

fn visits(text: &str) -> u64 {
    visits::during(|| drop(Rule::parse(text, 1000).unwrap_or_else(|e| panic!("{text}\n{e}"))))
}

const STARTS: [&str; 3] = [
    "DTSTART:20260101T033300Z",
    "DTSTART;TZID=Europe/Berlin:20260101T033300",
    "DTSTART;TZID=Africa/Casablanca:20260101T033300",
];

/// The years up to 9999 are 95,000 months and 416,000 weeks.
#[test]
fn count_small_visits_few() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;INTERVAL=7;BYMONTH=1,2",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO,TU",
        "FREQ=HOURLY;INTERVAL=7;BYHOUR=14;BYDAY=MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TH;BYSETPOS=1,3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=1",
    ] {
        for start in STARTS {
            let without = visits(&format!("{start}\nRRULE:{rule}"));
            let with = visits(&format!("{start}\nRRULE:{rule};COUNT=3"));
            assert!(with <= without + 150, "{start} {rule}: {with}, {without}");
            assert!(with <= 1000, "{start} {rule}: {with}");
        }
    }
}

/// A thousand years are 12,000 months. BYSETPOS looks at these and at a thousand periods,
/// and twice at those years that a gap of the zone divides.
#[test]
fn count_thousand_yearly_visits_months_of_thousand_years() {
    for rule in [
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=365",
        "FREQ=WEEKLY;INTERVAL=52",
        "FREQ=MONTHLY;INTERVAL=12;BYDAY=MO;BYSETPOS=-1",
        "FREQ=WEEKLY;INTERVAL=52;BYDAY=MO,TU;BYSETPOS=-1",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=1",
        "FREQ=HOURLY;INTERVAL=5;BYYEARDAY=100",
        "FREQ=HOURLY;INTERVAL=23;BYHOUR=3;BYMONTH=1",
        "FREQ=MINUTELY;INTERVAL=361;BYDAY=MO,TU,WE,TH,FR,SA;BYHOUR=3;BYMINUTE=3",
        "FREQ=SECONDLY;INTERVAL=59;BYHOUR=3;BYMONTH=2;BYMONTHDAY=1",
    ] {
        for start in STARTS {
            let visits = visits(&format!("{start}\nRRULE:{rule};COUNT=1000"));
            assert!(visits <= 27_000, "{start} {rule}: {visits}");
        }
    }
}

#[test]
fn count_beyond_time_visits_all_months_once() {
    let visits = visits("DTSTART:20260101T033300Z\nRRULE:FREQ=DAILY;COUNT=4294967295");
    assert!(visits < 8000 * 12, "{visits}");
}

/// Dates that a rule does not generate are not searched for.
#[test]
fn exdate_many_dates_visits_few() {
    let dates: Vec<String> = (1..=28).map(|day| format!("209602{day:02}")).collect();
    let visits = visits(&format!(
        "DTSTART:20960229T120000Z\nRRULE:FREQ=DAILY;INTERVAL=32;BYMONTH=2;BYMONTHDAY=29\n\
         EXDATE;VALUE=DATE:{}",
        dates.join(",")
    ));
    assert!(visits < 1000, "{visits}");
}

/// The steps meet the days and hours once in some centuries, and every year has a gap.
#[test]
fn count_of_steps_centuries_apart_visits_days_once() {
    let visits = visits(
        "DTSTART;TZID=America/New_York:19991231T190000\n\
         RRULE:FREQ=SECONDLY;INTERVAL=76814;COUNT=14;BYDAY=TU;BYYEARDAY=229;BYHOUR=13,21;BYSECOND=7,42",
    );
    assert!(visits < 400_000, "{visits}");
}
