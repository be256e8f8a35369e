//! Zone tables have the same changes as jiff, and occurrences follow the clock rule.

use quietude::{Daily, Interval, Schedule, Zone};

use crate::choices::Choices;
use crate::clock::{
    DAY, END, FIRST, LAST, clamped, earliest, first_instant, offset, offset_ranges,
};
use crate::generate::{self, ZonedInstant};

/// A zone at some instants.
pub fn zone(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    let tz = s.pick(&chrono_tz::TZ_VARIANTS);
    let zone = Zone::from(tz);
    assert_eq!(zone, tz.name().parse().expect("a zone of the tz database"));
    let changes = zone.transitions(Interval::ALWAYS);
    let changes = changes.map(|change| (change.at.as_millis(), change.offset_after_ms));
    let expected = &offset_ranges(tz)[1..];
    assert!(changes.eq(expected.iter().copied()), "the changes of {tz}");
    for _ in 0..1 + s.below(6) {
        let base = match s.below(4) {
            0 => s.within(FIRST, END),
            1 => s.within(-5_364_662_400_000, 4_102_444_800_000),
            _ if expected.is_empty() => 0,
            _ => s.pick(expected).0,
        };
        let center = ZonedInstant { zone: tz, base };
        let t = generate::near(s, base).clamp(FIRST, LAST);
        assert_eq!(zone.offset_ms(clamped(t)), offset(tz, t), "{tz} at {t}");
        check_occurrence(s, center, t);
        check_round_trip(center, t);
    }
    true
}

/// Compares the occurrences near `t` with the clock rule.
fn check_occurrence(s: &mut Choices<'_>, center: ZonedInstant, t: i64) {
    let zone = center.zone;
    let clock = generate::clock_range(s, center);
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
            // Instants further away are not in the list.
            if !(FIRST..=LAST).contains(&t) || (t - today * DAY).abs() > 3 * DAY {
                continue;
            }
            let covering = occurrences.iter().find(|(start, end)| (*start..*end).contains(&t));
            let found = schedule.occurrence_at(clamped(t));
            let expected = covering.map(|(start, end)| ((*start).max(FIRST), (*end).min(END)));
            let found = found.map(|i| (i.start().as_millis(), i.end().as_millis()));
            // Whether an occurrence is clipped at the ends of the range is not tested.
            let found = found.map(|(start, end)| (start.max(FIRST), end.min(END)));
            assert_eq!(found, expected, "{clock} in {zone} at {t}");
            assert_eq!(schedule.contains(clamped(t)), expected.is_some(), "{clock} {zone} {t}");
        }
    }
}

/// From an instant to local time, and back with jiff.
fn check_round_trip(center: ZonedInstant, t: i64) {
    let zone = center.zone;
    let reading = t + offset(zone, t);
    let Some(earliest) = earliest(zone, reading) else {
        let near_end = !(FIRST + 3 * DAY..=END - 3 * DAY).contains(&t);
        assert!(near_end, "{zone} has read {reading} at {t}");
        return;
    };
    assert!((first_instant(zone, reading)..=t).contains(&earliest), "{zone} at {t}");
    if earliest >= FIRST {
        assert_eq!(Zone::from(zone).offset_ms(clamped(earliest)) + earliest, reading, "{zone} {t}");
    }
}
