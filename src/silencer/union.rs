//! The union of windows: where overlapping and touching silences become one.
//!
//! Everything here takes the windows that cover a subject and asks each for
//! its own occurrences; nothing walks further than it must.

use crate::silencer::{End, Next, Silence};
use crate::time::Timestamp;
use crate::window::Window;

/// How many times a window is asked for the end of its own silence before the
/// end of the union is given up on, and reported as "at least". Two windows
/// that take turns all day reach the year 9999 with less.
pub(crate) const MAX_VISITS: u64 = 20_000_000;

/// From how many visits on it is asked whether all repeats.
const BEFORE_CYCLES: u64 = 256;

/// The windows that cover a subject; cheap to go through again.
pub(crate) trait Windows<'a>: Iterator<Item = &'a Window> + Clone {}
impl<'a, I: Iterator<Item = &'a Window> + Clone> Windows<'a> for I {}

/// The end of the silence that covers `t`; `None` if none does.
pub(crate) fn silenced_until<'a>(windows: impl Windows<'a>, t: Timestamp) -> Option<End> {
    silenced_within(windows, t, Timestamp::END)
}

/// [`silenced_until`], but followed no further than it takes to know that it
/// reaches `horizon`: at least to there, then.
pub(crate) fn silenced_within<'a>(
    windows: impl Windows<'a>,
    t: Timestamp,
    horizon: Timestamp,
) -> Option<End> {
    let mut end = t;
    let mut visits = 0;
    let mut cycle = None;
    loop {
        let before = end;
        for window in windows.clone() {
            let until = window.covered_until(end);
            visits += 1;
            end = end.max(until);
        }
        if end == before {
            return (end > t).then_some(End::At(end));
        }
        if end >= Timestamp::END {
            return Some(End::Never);
        }
        if end >= horizon {
            return Some(End::AtLeast(end));
        }
        if visits > BEFORE_CYCLES {
            // Where all repeats, a whole cycle without a gap goes on for ever.
            let cycle = *cycle.get_or_insert_with(|| Cycle::of(windows.clone(), end));
            if cycle.is_some_and(|cycle| end.as_millis() >= cycle.complete) {
                return Some(End::Never);
            }
        }
        if visits > MAX_VISITS {
            return Some(End::AtLeast(end));
        }
    }
}

/// The first silence that begins after `after`.
pub(crate) fn next_silence<'a>(windows: impl Windows<'a>, after: Timestamp) -> Next {
    let from = match silenced_until(windows.clone(), after) {
        None => after,
        Some(End::At(end)) => end,
        Some(End::Never) => return Next::Never,
        Some(End::AtLeast(end)) => return Next::NotBefore(end),
    };
    match next_start(windows.clone(), from) {
        None => Next::Never,
        Some(start) => {
            let end = silenced_until(windows, start).unwrap_or(End::At(start));
            Next::At(Silence { start, end })
        }
    }
}

/// When the first silence after `t` begins; none covers `t`.
pub(crate) fn next_start<'a>(windows: impl Windows<'a>, t: Timestamp) -> Option<Timestamp> {
    let next = windows.filter_map(|window| window.next_occurrence(t));
    next.map(|occurrence| occurrence.start()).min()
}

/// When a silence must have shown all it ever will.
#[derive(Clone, Copy)]
struct Cycle {
    complete: i64,
}

impl Cycle {
    /// From `from` on, until everything that ends has ended and everything
    /// that repeats has repeated.
    fn of<'a>(windows: impl Windows<'a>, from: Timestamp) -> Option<Self> {
        let (mut settled, mut period) = (from.as_millis(), 1i64);
        for window in windows {
            match window.cycle() {
                (Some(steady), own) => {
                    settled = settled.max(steady);
                    period = least_common_multiple(period, own?)?;
                }
                (None, _) => {
                    let last = window.previous_occurrence(Timestamp::END);
                    settled = settled.max(last.map_or(i64::MIN, |last| last.end().as_millis()));
                }
            }
        }
        Some(Self { complete: settled.checked_add(period)? })
    }
}

fn least_common_multiple(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}
