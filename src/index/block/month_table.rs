//! Month table: many rules on days of the month, merged for each day of each length of
//! month.
//!
//! ```text
//! zone
//! offsets      1 word for each (length 28..=31, day 1..=31), and one more
//! boundaries   those of cell i are offsets[i]..offsets[i + 1]: ms from midnight
//! ```
//!
//! A cell has the merged occurrences that start on its day. An occurrence may last into
//! the next day, so a query searches the cells of its day and of the day before.

use crate::index::block::codec::WordReader;
use crate::index::block::local_time::LocalTime;
use crate::index::block::{one_time, periodic};
use crate::index::near::AnswerSpan;
use crate::schedule::MonthDayMask;
use crate::time::civil::{self, DAY_MS, Day};
use crate::time::{ClockRange, coalesce};

/// Rules without a validity interval form a table if one zone has at least this many.
pub(super) const MIN_TABLE_RULES: usize = 16;

const DAY: u32 = DAY_MS as u32;

/// Days of the month, and the clock range that starts on them.
pub(super) type MonthRule = (MonthDayMask, ClockRange);

/// A month has 28 to 31 days.
const LENGTHS: u32 = 4;
const CELLS: usize = LENGTHS as usize * 31;

/// The index of the cell for a length of month and a day, from 1.
fn cell(length: u32, dom: u32) -> usize {
    ((length - 28) * 31 + dom - 1) as usize
}

/// Appends the table of rules that have one zone and no validity interval.
pub(super) fn write_table(words: &mut Vec<u32>, zone: u32, rules: impl Iterator<Item = MonthRule>) {
    let mut cells: Vec<Vec<(u32, u32)>> = vec![Vec::new(); CELLS];
    for (days, clock) in rules {
        let from = clock.from_ms();
        let span = (from, from + clock.duration_ms() as u32);
        for length in 28..28 + LENGTHS {
            for dom in (1..=length).filter(|dom| days.contains_in(length, *dom)) {
                cells[cell(length, dom)].push(span);
            }
        }
    }
    words.push(zone);
    let mut boundaries: Vec<u32> = Vec::new();
    for mut spans in cells {
        words.push(boundaries.len() as u32);
        let spans = coalesce(&mut spans).iter();
        boundaries.extend(spans.flat_map(|(start, end)| [*start, *end]));
    }
    words.push(boundaries.len() as u32);
    words.extend(boundaries);
}

/// A view of an encoded table.
pub(super) struct MonthTable<'a> {
    pub(super) zone: u32,
    offsets: &'a [u32],
    boundaries: &'a [u32],
}

impl<'a> MonthTable<'a> {
    /// Reads a table, and advances the reader past it.
    pub(super) fn read(words: &mut WordReader<'a>) -> Self {
        let zone = words.take_word();
        let offsets = words.take_slice(CELLS + 1);
        Self { zone, offsets, boundaries: words.take_slice(offsets[CELLS] as usize) }
    }

    /// The boundaries of the occurrences that start on a day.
    fn boundaries_on(&self, day: Day) -> &'a [u32] {
        let (length, dom) = civil::month_position(day);
        let cell = cell(length, dom);
        &self.boundaries[self.offsets[cell] as usize..self.offsets[cell + 1] as usize]
    }

    /// Whether a rule is active at a local time.
    pub(super) fn contains(&self, local: LocalTime) -> bool {
        let LocalTime { day, time, .. } = local;
        one_time::is_inside(self.boundaries_on(day), time)
            || one_time::is_inside(self.boundaries_on(day - 1), time + DAY)
    }

    /// The span around a local time in which the answer of the table is constant.
    pub(super) fn answer_span(
        &self,
        local: LocalTime,
        to_span: impl Fn(i64, i64) -> AnswerSpan,
    ) -> AnswerSpan {
        let LocalTime { day, time, .. } = local;
        // Boundaries of other days are not known: the span ends with the day.
        let whole = to_span(i64::from(time), i64::from(DAY - time));
        let today = periodic::boundary_span(self.boundaries_on(day), time, (0, DAY), &to_span);
        let begun = periodic::boundary_span(
            self.boundaries_on(day - 1),
            time + DAY,
            (DAY, 2 * DAY),
            &to_span,
        );
        today.or(begun).clamp(whole.from, whole.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::block::test_util::{hour, hours, utc_span};

    fn on(day: u32, clock: &str) -> MonthRule {
        let days = MonthDayMask { from_start: 1 << (day - 1), from_end: 0, clamp: false };
        (days, clock.parse().unwrap())
    }

    #[test]
    fn answer_span_ends_with_hours_or_day() {
        let mut words = Vec::new();
        let rules = [on(5, "22:00-02:00"), on(6, "09:00-11:00")];
        write_table(&mut words, 3, rules.into_iter());
        let table = MonthTable::read(&mut WordReader::new(&words));
        assert_eq!(table.zone, 3);
        let at = |t: i64| hours(table.answer_span(LocalTime::new(t), utc_span(t)));
        let day = |day: i64, hour: i64| (day - 1) * 24 + hour;
        assert_eq!(at(hour(5, 3)), (day(5, 0), day(5, 22), false));
        assert_eq!(at(hour(5, 23)), (day(5, 22), day(6, 0), true));
        assert_eq!(at(hour(6, 1)), (day(6, 0), day(6, 2), true));
        assert_eq!(at(hour(6, 2)), (day(6, 2), day(6, 9), false));
        assert_eq!(at(hour(6, 10)), (day(6, 9), day(6, 11), true));
        assert_eq!(at(hour(6, 12)), (day(6, 11), day(7, 0), false));
        assert_eq!(at(hour(20, 5)), (day(20, 0), day(21, 0), false));
        let silenced = [hour(5, 22), hour(6, 2) - 1, hour(6, 9), hour(6, 11) - 1];
        for t in silenced {
            assert!(table.contains(LocalTime::new(t)), "{t}");
        }
        for t in [hour(5, 22) - 1, hour(6, 2), hour(6, 9) - 1, hour(6, 11), hour(4, 23)] {
            assert!(!table.contains(LocalTime::new(t)), "{t}");
        }
    }
}
