//! The windows of one entity (or of all that share them), compiled into one
//! contiguous block that answers for every instant.
//!
//! A block is words, in this order:
//!
//! ```text
//! head       how many meters and calendars with bounds, where the spans
//!            begin, and when each calendar may matter (hours.rs): most
//!            questions end here
//! meters     what is alone with its period                     (meter.rs)
//! calendars  a few clock ranges on days, one by one, those
//!            that have bounds first                            (calendar.rs)
//! spans      one-time intervals, merged                        (spans.rs)
//! rest       if there is any. Of many calendars: circles, which are what
//!            repeats every day or week, merged (pattern.rs); days of the
//!            month, one by one or in tables (monthly.rs). Of any number:
//!            rings, which are what shares a period, merged (pattern.rs);
//!            windows that are asked themselves
//! list       every window, plain or asked by alert type
//! ```
//!
//! The list is for questions about windows; `is_active` ends before it. A block
//! begins with a cache line: that of an entity with ten windows takes about three,
//! and with its list about four.

mod builder;
mod calendar;
mod codec;
mod local_time;
mod lower;
mod month_table;
mod one_time;
mod periodic;
mod segment_tree;
mod segments;
#[cfg(test)]
mod test_util;

use std::ops::Range;

use crate::index::block::calendar::PackedCalendar;
use crate::index::block::codec::WordReader;
use crate::index::block::local_time::LocalTimeCache;
use crate::index::block::month_table::MonthTable;
use crate::index::block::periodic::{PeriodicRule, RangeLayout, residue};
use crate::index::prefilter::TimeOfWeekBits;
use crate::index::windows::WindowLookup;
use crate::limits::MAX_WINDOWS;
use crate::registry::Position;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

pub(super) use crate::index::block::builder::{Block, BlockWriter};
pub(super) use crate::index::block::segments::{may_have_timeline, near_state, near_timeline};

/// What the numbers in a block refer to.
#[derive(Clone, Copy)]
pub(in crate::index) struct Context<'a> {
    pub(in crate::index) zones: &'a [Zone],
    pub(in crate::index) windows: WindowLookup<'a>,
}

/// The first word of a circle: whether it is a week, the shape of its arcs,
/// its zone.
const IS_WEEK: u32 = 1;
const SHAPE_SHIFT: u32 = 1;
const ZONE_SHIFT: u32 = SHAPE_SHIFT + RangeLayout::BITS;

/// So many calendars are asked one by one; if there are more, all of them are in
/// the rest.
const MAX_INLINE_CALENDARS: usize = 7;

/// The bits of the first word of a head: how many calendars have bounds, how many
/// there are, and whether there is a rest; above them, how many meters.
const COUNT_BITS: u32 = 3;
const CALENDARS_SHIFT: u32 = COUNT_BITS;
const HAS_OVERFLOW: u32 = 1 << (2 * COUNT_BITS);
const PERIODIC_SHIFT: u32 = 2 * COUNT_BITS + 1;

const _: () = assert!(MAX_INLINE_CALENDARS < 1 << COUNT_BITS);
const _: () = assert!(MAX_WINDOWS < 1 << (u32::BITS - PERIODIC_SHIFT));

/// What a block begins with.
#[derive(Clone, Copy, Debug)]
struct Header<'a> {
    periodic: u32,
    /// How many calendars are asked one by one.
    calendars: u32,
    /// How many of these have bounds: the first ones.
    bounded: u32,
    has_overflow: bool,
    /// Where the spans begin. The word before them says where the list does.
    one_time: u32,
    /// When each calendar may matter, and then the rest, if there is one. What comes
    /// behind them is something else.
    prefilters: &'a [u32; MAX_INLINE_CALENDARS + 1],
}

impl<'a> Header<'a> {
    #[inline(always)]
    fn read(words: &mut WordReader<'a>) -> Self {
        let [counts, one_time] = *words.take_array();
        let count = |shift: u32| counts >> shift & bits(COUNT_BITS);
        let header = Self {
            periodic: counts >> PERIODIC_SHIFT,
            calendars: count(CALENDARS_SHIFT),
            bounded: count(0),
            has_overflow: counts & HAS_OVERFLOW != 0,
            one_time,
            prefilters: words.peek_at(0),
        };
        words.skip(header.prefilter_len());
        header
    }

    /// The first word.
    fn counts(periodic: u32, calendars: usize, bounded: usize, has_overflow: bool) -> u32 {
        let overflow = if has_overflow { HAS_OVERFLOW } else { 0 };
        periodic << PERIODIC_SHIFT
            | overflow
            | (calendars as u32) << CALENDARS_SHIFT
            | bounded as u32
    }

    /// How many words of hours there are.
    #[inline(always)]
    fn prefilter_len(&self) -> usize {
        self.calendars as usize + usize::from(self.has_overflow)
    }

    /// Which of the calendars may matter then, a bit for each; the bit behind them is
    /// that of the rest.
    #[inline(always)]
    fn candidates(&self, time: TimeOfWeekBits) -> u32 {
        time.matching(self.prefilters) & bits(self.prefilter_len() as u32)
    }

    /// A calendar of those that follow the meters.
    #[inline(always)]
    fn calendar(&self, words: &WordReader<'_>, number: u32) -> PackedCalendar {
        let begin = (number + number.min(self.bounded)) as usize * calendar::WORDS;
        PackedCalendar::read(words.peek_at(begin), number < self.bounded)
    }
}

/// So many bits, less than those of a word.
#[inline(always)]
fn bits(count: u32) -> u32 {
    (1 << count) - 1
}

/// The words of a cache line.
pub(in crate::index) const WORDS_PER_LINE: usize = 16;
/// Most blocks have no more lines than these, but for the list.
const PREFETCH_LINES: usize = 3;
/// A block has so many words at least, with those that follow: what a question may
/// look at is loaded at once.
pub(in crate::index) const MIN_READABLE_WORDS: usize = PREFETCH_LINES * WORDS_PER_LINE;
/// And it is followed by so many: what is few is compared with what comes behind it.
pub(in crate::index) const TAIL_PADDING: usize = one_time::MAX_LANE;

/// Loads what a question may look at, all at the same time and not one after
/// the other.
#[inline(always)]
pub(in crate::index) fn prefetch(words: &[u32]) {
    prefetch_lines(words, 0..PREFETCH_LINES);
}

#[inline(always)]
fn prefetch_lines(words: &[u32], lines: Range<usize>) {
    let words: &[u32; MIN_READABLE_WORDS] = words.first_chunk().expect("there is always so much");
    for line in lines {
        std::hint::black_box(words[line * WORDS_PER_LINE]);
    }
}

/// Whether the block silences at `t`, which is in `hour`; `spans` is whether spans may
/// matter then. What its numbers refer to is looked up only where that is needed.
///
/// What a processor cannot foresee costs it more than a few sums, and much more
/// while memory is on its way: all that the head tells is summed up before it is
/// asked whether anything else is to be looked at.
#[inline(always)]
pub(in crate::index) fn is_active<'a>(
    words: &[u32],
    spans: bool,
    time: TimeOfWeekBits,
    context: impl Fn() -> Context<'a>,
    t: i64,
) -> bool {
    // The first one is looked at anyhow.
    prefetch_lines(words, 1..PREFETCH_LINES);
    let mut reader = WordReader::new(words);
    let header = Header::read(&mut reader);
    let candidates = header.candidates(time);
    // If there is no meter, it is something else, and does not count.
    let periodic_active =
        (header.periodic != 0) & PeriodicRule::read(reader.peek_at(0)).contains(t);
    if periodic_active | !((candidates != 0) | spans | (header.periodic > 1)) {
        return periodic_active;
    }
    let periodic = reader.take_arrays(header.periodic as usize);
    if header.periodic > 1 && periodic[1..].iter().any(|rule| PeriodicRule::read(rule).contains(t))
    {
        return true;
    }
    let mut local_times = LocalTimeCache::new(context().zones, t);
    let mut active = false;
    let mut left = candidates & bits(header.calendars);
    let overflow = candidates != left;
    while left != 0 {
        let number = left.trailing_zeros();
        left &= left - 1;
        let rule = header.calendar(&reader, number);
        active |= rule.contains(local_times.local_time(rule.zone), t);
    }
    if active | !(spans | overflow) {
        return active;
    }
    let mut reader = WordReader::new(&words[header.one_time as usize..]);
    one_time::contains(&mut reader, t) || (overflow && is_active_in_overflow(reader, context(), t))
}

#[inline(never)]
fn is_active_in_overflow(mut words: WordReader<'_>, context: Context<'_>, t: i64) -> bool {
    let at = Timestamp::saturating(t);
    if at >= Timestamp::END {
        return false;
    }
    let mut local_times = LocalTimeCache::new(context.zones, t);
    let [calendar_cycles, period_cycles, month_rules, month_tables, fallback] = *words.take_array();
    let mut active = false;
    for _ in 0..calendar_cycles {
        let [header, count] = *words.take_array();
        let (position, modulus) =
            local_times.local_time(header >> ZONE_SHIFT).cycle_position(header & IS_WEEK);
        let shape = (RangeLayout::from_bits(header >> SHAPE_SHIFT), count);
        active |= periodic::ranges_contain(&mut words, shape, modulus, position, t);
    }
    for _ in 0..period_cycles {
        let [modulus, header, count] = *words.take_array();
        let shape = (RangeLayout::from_bits(header >> SHAPE_SHIFT), count);
        active |= periodic::ranges_contain(&mut words, shape, modulus, residue(t, modulus), t);
    }
    for rule in words.take_arrays(month_rules as usize) {
        let rule = PackedCalendar::read(rule, true);
        active |= rule.contains(local_times.local_time(rule.zone), t);
    }
    for _ in 0..month_tables {
        let table = MonthTable::read(&mut words);
        active |= table.contains(local_times.local_time(table.zone));
    }
    let fallback = words.take_slice(fallback as usize);
    active || fallback.iter().any(|number| context.windows.get(*number).is_active(at))
}

/// The windows of a block: the plain ones, and those asked by alert type.
#[derive(Clone, Copy, Debug)]
pub(in crate::index) struct WindowList<'a> {
    pub(in crate::index) untyped: &'a [u32],
    alert_typed: &'a [u32],
}

impl<'a> WindowList<'a> {
    pub(in crate::index) fn of(words: &'a [u32]) -> Self {
        let [_, one_time] = *WordReader::new(words).take_array();
        let list = words[one_time as usize - 1];
        let mut words = WordReader::new(&words[list as usize..]);
        let (untyped, alert_typed) = (words.take_word() as usize, words.take_word() as usize);
        Self { untyped: words.take_slice(untyped), alert_typed: words.take_slice(alert_typed) }
    }

    /// The windows asked by alert type: number, types named, and whether those
    /// are the exceptions from "yes" or from "no".
    pub(in crate::index) fn alert_typed(
        self,
    ) -> impl Iterator<Item = (u32, &'a [u32], bool)> + Clone + use<'a> {
        let mut words = self.alert_typed;
        std::iter::from_fn(move || {
            let ([number, head], overflow) = words.split_first_chunk()?;
            let (named, overflow) = overflow.split_at((head >> 1) as usize);
            words = overflow;
            Some((*number, named, head & 1 != 0))
        })
    }
}

/// Windows that were compiled together.
#[derive(Clone, Copy, Debug)]
pub(in crate::index) struct BlockRef<'a> {
    pub(in crate::index) words: &'a [u32],
    pub(in crate::index) windows: WindowLookup<'a>,
}

impl<'a> BlockRef<'a> {
    /// Its block, and what the numbers in it refer to.
    pub(in crate::index) fn with_context(self, zones: &'a [Zone]) -> (&'a [u32], Context<'a>) {
        (self.words, Context { zones, windows: self.windows })
    }

    /// The windows that cover whoever the unit is for, asked with this type.
    pub(in crate::index) fn windows(
        self,
        alert_type: Option<u32>,
    ) -> impl Iterator<Item = (Position, &'a Window)> + Clone + use<'a> {
        let list = WindowList::of(self.words);
        let untyped = list.untyped.iter().copied();
        let alert_typed = list.alert_typed().filter(move |(_, exceptions, default)| {
            alert_type.is_some_and(|id| exceptions.contains(&id)) != *default
        });
        untyped
            .chain(alert_typed.map(|(id, ..)| id))
            .map(move |id| (self.windows.position(id), &**self.windows.get(id)))
    }

    /// Whether a window that is asked by alert type silences at `t`.
    pub(in crate::index) fn is_active_for(self, alert_type: Option<u32>, t: Timestamp) -> bool {
        WindowList::of(self.words).alert_typed().any(|(id, exceptions, default)| {
            alert_type.is_some_and(|filter| exceptions.contains(&filter)) != default
                && self.windows.get(id).is_active(t)
        })
    }
}

#[cfg(test)]
mod tests;
