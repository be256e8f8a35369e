//! Generates calendars on sets of days, cron expressions and combinations.

use quietude::calendar::{Calendar, Cron, DayMatch, Days, Dst, Fold, Gap, Point, Unit};
use quietude::{ClockRange, Daily, Schedule, Weekly};

use crate::choices::Choices;
use crate::clock::MINUTE;
use crate::generate::{WEEK, ZonedInstant, clock_range, date, length};

/// A schedule of one of these kinds.
pub(crate) fn schedule(s: &mut Choices<'_>, center: ZonedInstant) -> Schedule {
    match s.below(4) {
        0 => cron(s, center),
        1 => combination(s, center, 2),
        _ => calendar(s, center),
    }
}

/// A set of days; `depth` is how deep it may be nested.
pub(crate) fn days(s: &mut Choices<'_>, base: i64, depth: usize) -> Days {
    let signed = |s: &mut Choices<'_>, most: i64| (s.within(1, most) * s.pick(&[1, -1])) as i32;
    if depth > 0 && s.once_in(3) {
        let nested = match s.below(5) {
            0 => Days::any(s.few(3, |s| days(s, base, depth - 1))),
            1 => Days::all(s.few(3, |s| days(s, base, depth - 1))),
            2 => days(s, base, depth - 1).complement(),
            3 => Days::offset(s.within(-366, 366) as i32, days(s, base, depth - 1)),
            _ => {
                let (unit, most) = s.pick(&[(Unit::Week, 7), (Unit::Month, 31), (Unit::Year, 366)]);
                Days::nth_of(signed(s, most), days(s, base, depth - 1), unit)
            }
        };
        return nested.expect("within the limits");
    }
    let day = match s.below(10) {
        0 => Ok(Days::weekday_range(s.pick(&WEEK), s.pick(&WEEK))),
        1 => Days::month_days(s.few(3, |s| signed(s, 31))),
        2 => Days::month_day_range(s.within(1, 31) as i32, -(s.within(1, 31) as i32)),
        3 => Days::nth_weekday(signed(s, 5), s.pick(&WEEK)),
        4 => Days::months(s.few(4, |s| s.within(1, 12) as u32)),
        5 => Days::easter(s.within(-366, 366) as i32),
        6 => Days::nearest_weekday(s.within(1, 31) as i32),
        7 => {
            let (a, b) = (date(s, base), date(s, base));
            Days::date_range(a.min(b), a.max(b))
        }
        8 => {
            let point = |s: &mut Choices<'_>| match s.once_in(2) {
                true => Point::month_day(s.within(1, 12) as u32, s.within(1, 28) as i32),
                false => Point::month_weekday(s.within(1, 12) as u32, signed(s, 5), s.pick(&WEEK)),
            };
            let (from, to) = (point(s).expect("a point"), point(s).expect("a point"));
            Days::span(from, to, s.within(1, 9) as u32)
        }
        _ => Days::dates(s.few(3, |s| date(s, base))),
    };
    day.expect("a set of days")
}

/// A clock range of up to some days.
fn long_range(s: &mut Choices<'_>, center: ZonedInstant) -> ClockRange {
    let range = clock_range(s, center);
    if s.once_in(3) {
        let most = if s.once_in(8) { 366 } else { 3 };
        let days = s.within(1, most) as u32;
        ClockRange::over_days(range.from_ms(), range.to_ms(), days).unwrap_or(range)
    } else {
        range
    }
}

fn calendar(s: &mut Choices<'_>, center: ZonedInstant) -> Schedule {
    let clocks = s.few(3, |s| long_range(s, center));
    let mut calendar = Calendar::new(clocks[0], center.zone);
    if !s.once_in(4) {
        calendar = calendar.with_days(days(s, center.base, 2));
    }
    calendar = calendar.with_clocks(clocks).expect("not empty");
    calendar = calendar.with_dst(s.pick(&[Dst::HighWater, Dst::Reading, Dst::Shift]));
    if s.once_in(3) {
        let unit = s.pick(&[Unit::Day, Unit::Week, Unit::Month]);
        let n = s.within(1, 9) as u32;
        calendar = calendar.with_interval(n, unit, date(s, center.base)).expect("a step");
        if s.once_in(3) {
            calendar = calendar.with_count(s.within(1, 40) as u32).expect("a count");
        } else if s.once_in(3) {
            calendar = calendar.starting_at_anchor().expect("it has an anchor");
        }
    }
    if s.once_in(4) {
        calendar = calendar.without_days(days(s, center.base, 1));
    }
    calendar.into()
}

fn cron(s: &mut Choices<'_>, center: ZonedInstant) -> Schedule {
    let field = |s: &mut Choices<'_>, low: i64, high: i64| match s.below(5) {
        0 | 1 => "*".to_owned(),
        2 => format!("*/{}", s.within(1, 20)),
        3 => s.within(low, high).to_string(),
        _ => {
            let (a, b) = (s.within(low, high), s.within(low, high));
            format!("{}-{}/{}", a.min(b), a.max(b), s.within(1, 9))
        }
    };
    let text = format!(
        "{} {} {} {} {}",
        field(s, 0, 59),
        field(s, 0, 23),
        if s.once_in(6) { s.pick(&["L", "LW", "15W", "L-3"]).to_owned() } else { field(s, 1, 31) },
        field(s, 1, 12),
        if s.once_in(6) { s.pick(&["5L", "TUE#3", "MON-FRI"]).to_owned() } else { field(s, 0, 6) },
    );
    let cron = Cron::new(&text, length(s), center.zone).unwrap_or_else(|e| panic!("{e}: {text}"));
    cron.with_day_match(s.pick(&[DayMatch::Or, DayMatch::And]))
        .with_fold(s.pick(&[Fold::First, Fold::Both]))
        .with_gap(s.pick(&[Gap::Skip, Gap::Shift]))
        .into()
}

/// A combination of calendars in one zone, so that searches end with a proof.
fn combination(s: &mut Choices<'_>, center: ZonedInstant, depth: usize) -> Schedule {
    if depth == 0 || s.once_in(4) {
        let clock = clock_range(s, center);
        return match s.once_in(2) {
            true => Daily::new(clock, center.zone).into(),
            false => {
                let weekdays = s.few(4, |s| s.pick(&WEEK));
                Weekly::new(weekdays, clock, center.zone).expect("weekdays").into()
            }
        };
    }
    let combined = match s.below(4) {
        0 => Schedule::any(s.few(3, |s| combination(s, center, depth - 1))),
        1 => Schedule::all(s.few(3, |s| combination(s, center, depth - 1))),
        2 => Schedule::not(combination(s, center, depth - 1)),
        _ => Ok(Schedule::named("a name", combination(s, center, depth - 1))),
    };
    combined.expect("within the limits")
}

/// Whether occurrences of a schedule may overlap.
pub(crate) fn overlaps(schedule: &Schedule) -> bool {
    match schedule {
        Schedule::Rule(_) | Schedule::Cron(_) => true,
        Schedule::Calendar(calendar) => {
            let clocks = calendar.clocks();
            let is_long = |range: &ClockRange| range.duration_ms() > 24 * 60 * MINUTE;
            clocks.len() > 1 || clocks.iter().any(is_long) || calendar.dst() != Dst::HighWater
        }
        Schedule::Combined(combination) => match (combination.name(), combination.parts()) {
            (Some(_), [part]) => overlaps(part),
            _ => false,
        },
        _ => false,
    }
}
