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

mod around;
mod compile;

use std::ops::Range;

pub(super) use crate::index::block::around::{around, silences_between};
pub(super) use crate::index::block::compile::BlockWriter;
use crate::index::clock::LocalTimeCache;
use crate::index::hours::TimeOfWeekBits;
use crate::index::pattern::{self, RangeLayout, position_of};
use crate::index::roll::WindowLookup;
use crate::index::words::WordReader;
use crate::index::{calendar, meter, monthly, rank, spans};
use crate::limits::MAX_WINDOWS;
use crate::time::{Timestamp, Zone};

/// What the numbers in a block refer to.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) zones: &'a [Zone],
    pub(super) windows: WindowLookup<'a>,
}

/// The first word of a circle: whether it is a week, the shape of its arcs,
/// its zone.
const IS_WEEK: u32 = 1;
const SHAPE_SHIFT: u32 = 1;
const ZONE_SHIFT: u32 = SHAPE_SHIFT + RangeLayout::BITS;

/// So many calendars are asked one by one; if there are more, all of them are in
/// the rest.
const FEW_CALENDARS: usize = 7;

/// The bits of the first word of a head: how many calendars have bounds, how many
/// there are, and whether there is a rest; above them, how many meters.
const COUNT_BITS: u32 = 3;
const CALENDARS_SHIFT: u32 = COUNT_BITS;
const REST: u32 = 1 << (2 * COUNT_BITS);
const METERS_SHIFT: u32 = 2 * COUNT_BITS + 1;

const _: () = assert!(FEW_CALENDARS < 1 << COUNT_BITS);
const _: () = assert!(MAX_WINDOWS < 1 << (u32::BITS - METERS_SHIFT));

/// What a block begins with.
#[derive(Clone, Copy, Debug)]
struct Header<'a> {
    meters: u32,
    /// How many calendars are asked one by one.
    calendars: u32,
    /// How many of these have bounds: the first ones.
    bounded: u32,
    has_rest: bool,
    /// Where the spans begin. The word before them says where the list does.
    spans: u32,
    /// When each calendar may matter, and then the rest, if there is one. What comes
    /// behind them is something else.
    hours: &'a [u32; FEW_CALENDARS + 1],
}

impl<'a> Header<'a> {
    #[inline(always)]
    fn read(words: &mut WordReader<'a>) -> Self {
        let [counts, spans] = *words.words();
        let count = |shift: u32| counts >> shift & bits(COUNT_BITS);
        let head = Self {
            meters: counts >> METERS_SHIFT,
            calendars: count(CALENDARS_SHIFT),
            bounded: count(0),
            has_rest: counts & REST != 0,
            spans,
            hours: words.at(0),
        };
        words.skip(head.timed());
        head
    }

    /// The first word.
    fn counts(meters: u32, calendars: usize, bounded: usize, has_rest: bool) -> u32 {
        let rest = if has_rest { REST } else { 0 };
        meters << METERS_SHIFT | rest | (calendars as u32) << CALENDARS_SHIFT | bounded as u32
    }

    /// How many words of hours there are.
    #[inline(always)]
    fn timed(&self) -> usize {
        self.calendars as usize + usize::from(self.has_rest)
    }

    /// Which of the calendars may matter then, a bit for each; the bit behind them is
    /// that of the rest.
    #[inline(always)]
    fn open_at(&self, hour: TimeOfWeekBits) -> u32 {
        hour.within(self.hours) & bits(self.timed() as u32)
    }

    /// A calendar of those that follow the meters.
    #[inline(always)]
    fn calendar(&self, words: &WordReader<'_>, number: u32) -> calendar::PackedCalendar {
        let begin = (number + number.min(self.bounded)) as usize * calendar::WORDS;
        calendar::PackedCalendar::read(words.at(begin), number < self.bounded)
    }
}

/// So many bits, less than those of a word.
#[inline(always)]
fn bits(count: u32) -> u32 {
    (1 << count) - 1
}

/// The words of a cache line.
pub(super) const LINE: usize = 16;
/// Most blocks have no more lines than these, but for the list.
const TOUCHED: usize = 3;
/// A block has so many words at least, with those that follow: what a question may
/// look at is loaded at once.
pub(super) const AHEAD: usize = TOUCHED * LINE;
/// And it is followed by so many: what is few is compared with what comes behind it.
pub(super) const BEHIND: usize = rank::WIDEST;

/// Loads what a question may look at, all at the same time and not one after
/// the other.
#[inline(always)]
pub(super) fn touch(words: &[u32]) {
    touch_lines(words, 0..TOUCHED);
}

#[inline(always)]
fn touch_lines(words: &[u32], lines: Range<usize>) {
    let words: &[u32; AHEAD] = words.first_chunk().expect("there is always so much");
    for line in lines {
        std::hint::black_box(words[line * LINE]);
    }
}

/// Whether the block silences at `t`, which is in `hour`; `spans` is whether spans may
/// matter then. What its numbers refer to is looked up only where that is needed.
///
/// What a processor cannot foresee costs it more than a few sums, and much more
/// while memory is on its way: all that the head tells is summed up before it is
/// asked whether anything else is to be looked at.
#[inline(always)]
pub(super) fn is_active<'a>(
    words: &[u32],
    spans: bool,
    hour: TimeOfWeekBits,
    context: impl Fn() -> Context<'a>,
    t: i64,
) -> bool {
    // The first one is looked at anyhow.
    touch_lines(words, 1..TOUCHED);
    let mut reader = WordReader::new(words);
    let head = Header::read(&mut reader);
    let timed = head.open_at(hour);
    // If there is no meter, it is something else, and does not count.
    let metered = (head.meters != 0) & meter::contains(reader.at(0), t);
    if metered | !((timed != 0) | spans | (head.meters > 1)) {
        return metered;
    }
    let meters = reader.records(head.meters as usize);
    if head.meters > 1 && meters[1..].iter().any(|meter| meter::contains(meter, t)) {
        return true;
    }
    let mut clocks = LocalTimeCache::new(context().zones, t);
    let mut active = false;
    let mut left = timed & bits(head.calendars);
    let rest = timed != left;
    while left != 0 {
        let number = left.trailing_zeros();
        left &= left - 1;
        let rule = head.calendar(&reader, number);
        active |= rule.contains(clocks.reading(rule.zone), t);
    }
    if active | !(spans | rest) {
        return active;
    }
    let mut reader = WordReader::new(&words[head.spans as usize..]);
    spans::contains(&mut reader, t) || (rest && is_active_in_rest(reader, context(), t))
}

#[inline(never)]
fn is_active_in_rest(mut words: WordReader<'_>, context: Context<'_>, t: i64) -> bool {
    let at = Timestamp::saturating(t);
    if at >= Timestamp::END {
        return false;
    }
    let mut clocks = LocalTimeCache::new(context.zones, t);
    let [circles, rings, monthlies, tables, direct] = *words.words();
    let mut active = false;
    for _ in 0..circles {
        let [head, count] = *words.words();
        let (position, modulus) = clocks.reading(head >> ZONE_SHIFT).position(head & IS_WEEK);
        let shape = (RangeLayout::of(head >> SHAPE_SHIFT), count);
        active |= pattern::contains(&mut words, shape, modulus, position, t);
    }
    for _ in 0..rings {
        let [modulus, head, count] = *words.words();
        let shape = (RangeLayout::of(head >> SHAPE_SHIFT), count);
        active |= pattern::contains(&mut words, shape, modulus, position_of(t, modulus), t);
    }
    for rule in words.records(monthlies as usize) {
        let rule = calendar::PackedCalendar::read(rule, true);
        active |= rule.contains(clocks.reading(rule.zone), t);
    }
    for _ in 0..tables {
        let table = monthly::MonthTable::read(&mut words);
        active |= table.contains(clocks.reading(table.zone));
    }
    let direct = words.slice(direct as usize);
    active || direct.iter().any(|number| context.windows.get(*number).is_active(at))
}

/// The windows of a block: the plain ones, and those asked by alert type.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowList<'a> {
    pub(super) plain: &'a [u32],
    typed: &'a [u32],
}

impl<'a> WindowList<'a> {
    pub(super) fn of(words: &'a [u32]) -> Self {
        let [_, spans] = *WordReader::new(words).words();
        let list = words[spans as usize - 1];
        let mut words = WordReader::new(&words[list as usize..]);
        let (plain, typed) = (words.word() as usize, words.word() as usize);
        Self { plain: words.slice(plain), typed: words.slice(typed) }
    }

    /// The windows asked by alert type: number, types named, and whether those
    /// are the exceptions from "yes" or from "no".
    pub(super) fn typed(self) -> impl Iterator<Item = (u32, &'a [u32], bool)> + Clone + use<'a> {
        let mut words = self.typed;
        std::iter::from_fn(move || {
            let ([number, head], rest) = words.split_first_chunk()?;
            let (named, rest) = rest.split_at((head >> 1) as usize);
            words = rest;
            Some((*number, named, head & 1 != 0))
        })
    }
}

#[cfg(test)]
pub(super) mod tests;
