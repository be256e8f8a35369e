//! The silences of one window within an interval, of bounded number.

use quietude::{Interval, NextSilence, SilenceEnd, Timestamp, Window};

use super::saturating;
use crate::alone::Alone;

/// The bar has several silences, too short and too close to show each.
pub(super) const MERGED: u8 = 1;
/// The silence begins earlier than the bar.
const BEGAN_EARLIER: u8 = 2;
/// The silence may end later than the bar.
const MAY_GO_ON: u8 = 4;
/// The silence does not end.
const NEVER_ENDS: u8 = 8;

/// A silence, or several that are merged.
pub(super) struct Bar {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) flags: u8,
}

/// The silences of a window that have a part in `within`, in order; occurrences that touch
/// are one. They are exact if there are at most `most`. Otherwise those that are shorter
/// than one part in `most` / 2 of the interval, and close together, are merged.
pub(super) fn bars(window: &Window, alone: &Alone, within: Interval, most: usize) -> Vec<Bar> {
    if let Some(bars) = collect(window, alone, within, 1, most) {
        return bars;
    }
    let grain_ms = within.duration_ms() / (most as i64 / 2).max(1);
    collect(window, alone, within, grain_ms.max(1), usize::MAX).unwrap_or_default()
}

/// The bars, or `None` if there are more than `most`. With a grain, each step takes the
/// search forward by it at least, or by a gap or a silence that is longer.
fn collect(
    window: &Window,
    alone: &Alone,
    within: Interval,
    grain_ms: i64,
    most: usize,
) -> Option<Vec<Bar>> {
    // A silence at or after an instant: its first known instant, and its end.
    let silence = |t: Timestamp| match alone.until(window, t) {
        Some(end) => Some((t, end)),
        None => match alone.next(window, t) {
            NextSilence::At(silence) => Some((silence.start, silence.end)),
            _ => None,
        },
    };
    let mut bars: Vec<Bar> = Vec::new();
    let mut t = within.start();
    while let Some((start, end)) = silence(t).filter(|(start, _)| *start < within.end()) {
        if bars.len() >= most {
            return None;
        }
        let (end, mut flags) = match end {
            SilenceEnd::At(end) => (end, 0),
            SilenceEnd::AtLeast(end) => (end, MAY_GO_ON),
            _ => (Timestamp::END, NEVER_ENDS),
        };
        let next = saturating(start.as_millis() + grain_ms);
        if end < next && silence(end).is_some_and(|(other, _)| other < next) {
            t = next;
            match bars.last_mut() {
                Some(last)
                    if last.flags & MERGED != 0
                        && start.as_millis() - last.end.as_millis() <= grain_ms =>
                {
                    last.end = next;
                }
                _ => bars.push(Bar { start, end: next, flags: MERGED }),
            }
            continue;
        }
        let mut start = start;
        if start == within.start() {
            match window.occurrence_at(start) {
                Some(occurrence) => {
                    start = occurrence.start();
                    let before = saturating(start.as_millis() - 1);
                    if before < start && window.is_active(before) {
                        flags |= BEGAN_EARLIER;
                    }
                }
                None => flags |= BEGAN_EARLIER,
            }
        }
        bars.push(Bar { start, end, flags });
        t = end;
        if flags & NEVER_ENDS != 0 || t == Timestamp::END {
            break;
        }
    }
    Some(bars)
}
