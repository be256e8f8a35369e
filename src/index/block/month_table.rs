//! Many calendars on days of the month: a table by the length of the month and
//! the day in it.

use crate::index::block::codec::WordReader;
use crate::index::block::local_time::LocalTime;
use crate::index::block::{one_time, periodic};
use crate::index::near::AnswerSpan;
use crate::schedule::MonthNumbers;
use crate::time::civil::{self, DAY_MS, Day};
use crate::time::{ClockRange, coalesce};

/// From so many without bounds in one zone on, a table is made.
pub(super) const MIN_TABLE_RULES: usize = 16;

const DAY: u32 = DAY_MS as u32;

/// What begins on days of the month.
pub(super) type MonthRule = (MonthNumbers, ClockRange);

/// A month has 28 to 31 days.
const LENGTHS: u32 = 4;
const CELLS: usize = LENGTHS as usize * 31;

fn cell(length: u32, dom: u32) -> usize {
    ((length - 28) * 31 + dom - 1) as usize
}

/// Writes a table of monthlies without bounds, all in one zone: the zone, for
/// each length of a month and each day in it where its boundaries begin, the
/// boundaries. A boundary is a time of the day or of the next, as an occurrence
/// may last into it.
pub(super) fn write_table(
    words: &mut Vec<u32>,
    zone: u32,
    monthlies: impl Iterator<Item = MonthRule>,
) {
    let mut cells: Vec<Vec<(u32, u32)>> = vec![Vec::new(); CELLS];
    for (days, clock) in monthlies {
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

/// A table as written.
pub(super) struct MonthTable<'a> {
    pub(super) zone: u32,
    offsets: &'a [u32],
    boundaries: &'a [u32],
}

impl<'a> MonthTable<'a> {
    pub(super) fn read(words: &mut WordReader<'a>) -> Self {
        let zone = words.take_word();
        let offsets = words.take_slice(CELLS + 1);
        Self { zone, offsets, boundaries: words.take_slice(offsets[CELLS] as usize) }
    }

    /// The boundaries of what begins on a day.
    fn boundaries_on(&self, day: Day) -> &'a [u32] {
        let (length, dom) = civil::place_in_month(day);
        let cell = cell(length, dom);
        &self.boundaries[self.offsets[cell] as usize..self.offsets[cell + 1] as usize]
    }

    pub(super) fn contains(&self, local: LocalTime) -> bool {
        let LocalTime { day, time, .. } = local;
        one_time::is_inside(self.boundaries_on(day), time)
            || one_time::is_inside(self.boundaries_on(day - 1), time + DAY)
    }

    pub(super) fn answer_span(
        &self,
        local: LocalTime,
        to_span: impl Fn(i64, i64) -> AnswerSpan,
    ) -> AnswerSpan {
        let LocalTime { day, time, .. } = local;
        // Where nothing begins on a day, that is so until the day is over.
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
        let days = MonthNumbers { from_start: 1 << (day - 1), from_end: 0, clamp: false };
        (days, clock.parse().unwrap())
    }

    #[test]
    fn a_table_ends_its_stretches_with_the_hours_of_a_day_and_the_day_before() {
        let mut words = Vec::new();
        let monthlies = [on(5, "22:00-02:00"), on(6, "09:00-11:00")];
        write_table(&mut words, 3, monthlies.into_iter());
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
