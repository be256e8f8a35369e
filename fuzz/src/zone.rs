//! Zone tables have the changes that a second reader of the same data finds, and
//! occurrences begin and end by the clock rule on them.

use quietude::{Daily, Interval, Schedule, Zone};

use crate::clock::{DAY, END, FIRST, LAST, clamped, earliest, first_instant, offset, stretches};
use crate::make::{self, Place};
use crate::source::Source;

/// A zone at some instants.
pub fn zone(data: &[u8]) -> bool {
    let s = &mut Source::new(data);
    let tz = s.pick(&chrono_tz::TZ_VARIANTS);
    let zone = Zone::from(tz);
    assert_eq!(zone, tz.name().parse().expect("a zone of the tz database"));
    let changes = zone.transitions(Interval::ALWAYS);
    let changes = changes.map(|change| (change.at.as_millis(), change.offset_after_ms));
    let expected = &stretches(tz)[1..];
    assert!(changes.eq(expected.iter().copied()), "the changes of {tz}");
    for _ in 0..1 + s.below(6) {
        let base = match s.below(4) {
            0 => s.within(FIRST, END),
            1 => s.within(-5_364_662_400_000, 4_102_444_800_000),
            _ if expected.is_empty() => 0,
            _ => s.pick(expected).0,
        };
        let place = Place { zone: tz, base };
        let t = make::near(s, base).clamp(FIRST, LAST);
        assert_eq!(zone.offset_ms(clamped(t)), offset(tz, t), "{tz} at {t}");
        check_occurrence(s, place, t);
        check_round_trip(place, t);
    }
    true
}

/// The occurrences of the dates about `t` are what the clock rule says.
fn check_occurrence(s: &mut Source<'_>, place: Place, t: i64) {
    let zone = place.zone;
    let clock = make::clock_range(s, place);
    let schedule = Schedule::from(Daily::new(clock, zone));
    let today = (t + offset(zone, t)).div_euclid(DAY);
    let begins = |day: i64| day * DAY + i64::from(clock.from_ms());
    let occurrences: Vec<(i64, i64)> = (today - 5..=today + 5)
        .map(|day| {
            let begins = begins(day);
            (first_instant(zone, begins), first_instant(zone, begins + clock.duration_ms()))
        })
        .filter(|(start, end)| start < end)
        .collect();
    for t in occurrences.iter().flat_map(|(start, end)| [*start, *end]).chain([t]) {
        for t in [t - 1, t, t + 1] {
            // What is further away is not in the list.
            if !(FIRST..=LAST).contains(&t) || (t - today * DAY).abs() > 3 * DAY {
                continue;
            }
            let covering = occurrences.iter().find(|(start, end)| (*start..*end).contains(&t));
            let found = schedule.occurrence_at(clamped(t));
            let expected = covering.map(|(start, end)| ((*start).max(FIRST), (*end).min(END)));
            let found = found.map(|i| (i.start().as_millis(), i.end().as_millis()));
            // Whether one that time cuts off is told whole is not of interest.
            let found = found.map(|(start, end)| (start.max(FIRST), end.min(END)));
            assert_eq!(found, expected, "{clock} in {zone} at {t}");
            assert_eq!(schedule.contains(clamped(t)), expected.is_some(), "{clock} {zone} {t}");
        }
    }
}

/// From an instant to what the clock reads, and back by the second reader.
fn check_round_trip(place: Place, t: i64) {
    let zone = place.zone;
    let reading = t + offset(zone, t);
    let Some(earliest) = earliest(zone, reading) else {
        assert!(t > END - 3 * DAY || t < FIRST + 3 * DAY, "{zone} has read {reading} at {t}");
        return;
    };
    assert!(earliest <= t && earliest >= first_instant(zone, reading), "{zone} at {t}");
    if earliest >= FIRST {
        assert_eq!(Zone::from(zone).offset_ms(clamped(earliest)) + earliest, reading, "{zone} {t}");
    }
}
