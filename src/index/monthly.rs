//! Days of the month by number: one by one while they are few, and a table by
//! the length of the month and the day in it when they are many.

use crate::index::Stretch;
use crate::index::block::Reading;
use crate::index::pattern;
use crate::index::rank;
use crate::index::words::{Reader, push_i64, wide};
use crate::schedule::MonthNumbers;
use crate::time::civil::{self, DAY_MS, Day};
use crate::time::{ClockRange, coalesce};

/// A clock range on days of the month, in the zone with this number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Monthly {
    pub(super) zone: u32,
    pub(super) days: MonthNumbers,
    pub(super) clock: ClockRange,
    pub(super) bounds: (i64, i64),
}

/// How many words one takes that is asked by itself.
pub(super) const WORDS: usize = 9;

/// From so many without bounds in one zone on, a table is made.
pub(super) const MANY: usize = 16;

const DAY: u32 = DAY_MS as u32;

impl Monthly {
    pub(super) fn write(&self, words: &mut Vec<u32>) {
        words.push(self.zone << 1 | u32::from(self.days.clamp));
        words.extend([self.days.from_start, self.days.from_end]);
        words.extend([self.clock.from_ms(), self.clock.duration_ms() as u32]);
        push_i64(words, self.bounds.0);
        push_i64(words, self.bounds.1.wrapping_sub(self.bounds.0));
    }
}

/// A monthly as written.
pub(super) struct Rule {
    pub(super) zone: u32,
    days: MonthNumbers,
    from_ms: u32,
    duration_ms: u32,
    /// It exists from here on, for so long.
    from: i64,
    span: u64,
}

impl Rule {
    #[inline(always)]
    pub(super) fn read(words: &[u32; WORDS]) -> Self {
        let [head, from_start, from_end, from_ms, duration_ms, a, b, c, d] = *words;
        Self {
            zone: head >> 1,
            days: MonthNumbers { from_start, from_end, clamp: head & 1 != 0 },
            from_ms,
            duration_ms,
            from: wide([a, b]),
            span: wide([c, d]) as u64,
        }
    }

    #[inline(always)]
    pub(super) fn exists(&self, t: i64) -> bool {
        (t.wrapping_sub(self.from) as u64) < self.span
    }

    fn bounds(&self) -> (i64, i64) {
        (self.from, self.from.wrapping_add(self.span as i64))
    }

    #[inline(always)]
    pub(super) fn contains(&self, reading: Reading) -> bool {
        let (date, since) = reading.since(self.from_ms);
        since < self.duration_ms && self.days.contains(date)
    }

    pub(super) fn stretch(
        &self,
        reading: Reading,
        t: i64,
        around: impl Fn(i64, i64) -> Stretch,
    ) -> Stretch {
        pattern::bounded(self.bounds(), t, || {
            let (date, since) = reading.since(self.from_ms);
            let (since, duration_ms) = (i64::from(since), i64::from(self.duration_ms));
            if !self.days.contains(date) {
                around(since, DAY_MS - since).answering(false)
            } else if since < duration_ms {
                around(since, duration_ms - since).answering(true)
            } else {
                around(since - duration_ms, DAY_MS - since).answering(false)
            }
        })
    }
}

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
pub(super) fn write_table(words: &mut Vec<u32>, monthlies: &[Monthly]) {
    let mut cells: Vec<Vec<(u32, u32)>> = vec![Vec::new(); CELLS];
    for monthly in monthlies {
        let from = monthly.clock.from_ms();
        let span = (from, from + monthly.clock.duration_ms() as u32);
        for length in 28..28 + LENGTHS {
            for dom in (1..=length).filter(|dom| monthly.days.contains_in(length, *dom)) {
                cells[cell(length, dom)].push(span);
            }
        }
    }
    words.push(monthlies.first().map_or(0, |monthly| monthly.zone));
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
pub(super) struct Table<'a> {
    pub(super) zone: u32,
    offsets: &'a [u32],
    boundaries: &'a [u32],
}

impl<'a> Table<'a> {
    pub(super) fn read(words: &mut Reader<'a>) -> Self {
        let zone = words.word();
        let offsets = words.slice(CELLS + 1);
        Self { zone, offsets, boundaries: words.slice(offsets[CELLS] as usize) }
    }

    /// The boundaries of what begins on a day.
    fn of(&self, day: Day) -> &'a [u32] {
        let (month, dom) = civil::month_of(day);
        let cell = cell(civil::days_in(month), dom);
        &self.boundaries[self.offsets[cell] as usize..self.offsets[cell + 1] as usize]
    }

    pub(super) fn contains(&self, reading: Reading) -> bool {
        let Reading { day, time, .. } = reading;
        rank::many(self.of(day), time) || rank::many(self.of(day - 1), time + DAY)
    }

    pub(super) fn stretch(
        &self,
        reading: Reading,
        around: impl Fn(i64, i64) -> Stretch,
    ) -> Stretch {
        let Reading { day, time, .. } = reading;
        // Where nothing begins on a day, that is so until the day is over.
        let whole = around(i64::from(time), i64::from(DAY - time));
        let today = pattern::between(self.of(day), time, (0, DAY), &around);
        let begun = pattern::between(self.of(day - 1), time + DAY, (DAY, 2 * DAY), &around);
        today.or(begun).within(whole.from, whole.until)
    }
}
