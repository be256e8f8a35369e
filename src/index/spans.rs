//! One-time intervals, merged: sorted boundaries, of which an odd number at or
//! before an instant means "inside".
//!
//! Most fleets state their windows on the minute or the second, so boundaries
//! are held in 32 bits, counted in the coarsest unit that is exact; spans that
//! are too far apart for that take 64.

use crate::index::Stretch;
use crate::index::pattern::rank;
use crate::index::words::{Reader, push_i64, wide};
use crate::time::coalesce;

/// Units in which boundaries are counted, coarsest first, in milliseconds.
const UNITS_MS: [i64; 3] = [60_000, 1000, 1];
/// The index of no unit: boundaries of 64 bits.
const WIDE: u32 = 3;

/// Writes the merged spans behind one word: `boundaries * 4 + unit`.
pub(super) fn write(words: &mut Vec<u32>, spans: &mut Vec<(i64, i64)>) {
    coalesce(spans);
    let boundaries = || spans.iter().flat_map(|(start, end)| [*start, *end]);
    let count = spans.len() as u32 * 2;
    let Some((first, _)) = spans.first().copied() else {
        words.push(0);
        return;
    };
    let fits = |unit: &i64| {
        boundaries().all(|bound| {
            let distance = bound - first;
            distance % unit == 0 && distance / unit < i64::from(u32::MAX)
        })
    };
    match UNITS_MS.iter().position(fits) {
        Some(unit) => {
            words.push(count << 2 | unit as u32);
            push_i64(words, first);
            words.extend(boundaries().map(|bound| ((bound - first) / UNITS_MS[unit]) as u32));
        }
        None => {
            words.push(count << 2 | WIDE);
            boundaries().for_each(|bound| push_i64(words, bound));
        }
    }
}

/// The spans as written, and what is asked of them.
enum Spans<'a> {
    None,
    /// The first boundary, the unit, and the distances from the first.
    Narrow(i64, i64, &'a [u32]),
    Wide(&'a [[u32; 2]]),
}

impl<'a> Spans<'a> {
    #[inline(always)]
    fn read(words: &mut Reader<'a>) -> Self {
        let head = words.word();
        let (count, unit) = ((head >> 2) as usize, head & 3);
        if count == 0 {
            Self::None
        } else if unit == WIDE {
            Self::Wide(words.records(count))
        } else {
            let first = words.i64();
            Self::Narrow(first, UNITS_MS[unit as usize], words.slice(count))
        }
    }
}

/// How many units have passed, or as many as there can be; `distance >= 0`.
#[inline]
fn units(distance: i64, unit_ms: i64) -> u32 {
    let distance = distance as u64;
    // Division by each constant is a multiplication.
    let units = match unit_ms {
        60_000 => distance / 60_000,
        1000 => distance / 1000,
        _ => distance,
    };
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// Whether a span covers `t`; moves past them.
#[inline]
pub(super) fn contains(words: &mut Reader<'_>, t: i64) -> bool {
    match Spans::read(words) {
        Spans::None => false,
        Spans::Narrow(first, unit_ms, boundaries) => {
            t >= first && rank(boundaries, units(t - first, unit_ms)) & 1 != 0
        }
        Spans::Wide(bounds) => bounds.partition_point(|bound| wide(*bound) <= t) & 1 != 0,
    }
}

/// Where around `t` the answer stays as it is; moves past them.
pub(super) fn stretch(words: &mut Reader<'_>, t: i64) -> Stretch {
    let (rank, bound): (usize, Box<dyn Fn(usize) -> Option<i64> + '_>) = match Spans::read(words) {
        Spans::None => return Stretch::always(false),
        Spans::Narrow(first, unit_ms, boundaries) => {
            let rank = if t < first { 0 } else { rank(boundaries, units(t - first, unit_ms)) };
            let bound = move |index: usize| {
                boundaries.get(index).map(|bound| first + i64::from(*bound) * unit_ms)
            };
            (rank, Box::new(bound))
        }
        Spans::Wide(bounds) => (
            bounds.partition_point(|bound| wide(*bound) <= t),
            Box::new(|index| bounds.get(index).map(|bound| wide(*bound))),
        ),
    };
    Stretch {
        from: rank.checked_sub(1).and_then(&bound).unwrap_or(i64::MIN),
        until: bound(rank).unwrap_or(i64::MAX),
        answer: rank & 1 != 0,
    }
}
