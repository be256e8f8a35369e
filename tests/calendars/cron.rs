//! Random cron expressions against an expansion, date by date.

use chrono::NaiveDate;
use quietude::calendar::Cron;
use quietude::{Interval, Schedule, Timestamp, Zone};

use crate::cron_fields::CronFields;
use crate::random::Random;

#[test]
fn thousand_expressions_equal_expansion() {
    let mut random = Random(7);
    for _ in 0..1_000 {
        let fields = CronFields::random(&mut random);
        let CronFields { text, times, day_match, .. } = &fields;
        let cron =
            Cron::new(text, 1, Zone::utc()).unwrap_or_else(|error| panic!("{error}: {text}"));
        let schedule = Schedule::from(cron.with_day_match(*day_match));
        let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()
            + chrono::TimeDelta::days(random.within(0, 800));
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let midnight = |date: NaiveDate| (date - epoch).num_days() * 86_400_000;
        const MOST: usize = 300;
        let dates = start.iter_days().take(400).filter(|date| fields.matches(*date));
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
