//! Blocks: the windows of one entity or class, compiled into contiguous 32-bit words
//! that answer for every instant.
//!
//! ```text
//! section            content                                          file
//! header             counts, start of the one-time section, masks     (drawn below)
//! periodic rules     recurrences that are alone with their period     periodic
//! calendars          up to 7 clock ranges on days, those with a       calendar
//!                    validity interval first
//! one-time section   merged one-time intervals                        one_time
//! overflow section   if there is one:
//!   5 counts         of each of the following
//!   calendar cycles  more than 7 daily or weekly rules, merged        periodic
//!   period cycles    recurrences with one period, merged              periodic
//!   month rules      ) more than 7 calendars: those on days of the    calendar
//!   month tables     ) month, one by one or in tables                 month_table
//!   fallback         windows that are evaluated directly, by id
//! window list        ids of all windows: untyped, then alert-typed
//!
//! header
//!   word 0    bits 0..3   calendars with a validity interval
//!             bits 3..6   calendars
//!             bit  6      HAS_OVERFLOW
//!             bits 7..32  periodic rules
//!   word 1    start of the one-time section; the word before it has the start of
//!             the window list
//!   word 2..  one time-of-week mask (prefilter) for each calendar, and one for the
//!             overflow section if there is one
//! ```
//!
//! [`is_active`] evaluates the header first: usually no mask matches, and that is the
//! answer. The sections after it are in the order in which they are needed; the window
//! list is only for queries about windows. A block starts at a cache line. A block of
//! ten windows takes about three lines, and four with its list.
//!
//! Over-reads are masked: the header always reads eight masks and the first periodic
//! rule, without a bounds check for each. What belongs to another section is masked
//! out. [`MIN_READABLE_WORDS`] and [`TAIL_PADDING`] guarantee that these words exist.

mod builder;
mod calendar;
mod codec;
mod local_time;
mod lower;
mod month_table;
mod one_clock;
mod one_time;
mod periodic;
mod segment_tree;
mod segments;
#[cfg(test)]
mod test_util;

use std::ops::Range;

use crate::index::alert_types::passes;
use crate::index::block::calendar::PackedCalendar;
use crate::index::block::codec::WordReader;
use crate::index::block::local_time::LocalTimeCache;
use crate::index::block::month_table::MonthTable;
use crate::index::block::periodic::{PeriodicRule, RangeLayout, residue};
use crate::index::prefilter::TimeOfWeekBits;
use crate::index::windows::WindowLookup;
use crate::limits::MAX_WINDOWS;
use crate::registry::WindowSeq;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

pub(super) use crate::index::block::builder::{Block, BlockWriter};
pub(super) use crate::index::block::segments::{may_have_timeline, near_state, near_timeline};

/// What the zone and window ids in a block refer to.
#[derive(Clone, Copy)]
pub(in crate::index) struct Context<'a> {
    pub(in crate::index) zones: &'a [Zone],
    pub(in crate::index) windows: WindowLookup<'a>,
}

/// First word of a cycle: whether it is a week; then the [`RangeLayout`]; then the
/// zone.
const IS_WEEK: u32 = 1;
const LAYOUT_SHIFT: u32 = 1;
const ZONE_SHIFT: u32 = LAYOUT_SHIFT + RangeLayout::BITS;

/// Maximum number of calendars outside of the overflow section. If there are more, all
/// of them are in the overflow section.
const MAX_INLINE_CALENDARS: usize = 7;

/// Layout of header word 0; the module documentation draws it.
const COUNT_BITS: u32 = 3;
const CALENDARS_SHIFT: u32 = COUNT_BITS;
const HAS_OVERFLOW: u32 = 1 << (2 * COUNT_BITS);
const PERIODIC_SHIFT: u32 = 2 * COUNT_BITS + 1;

const _: () = assert!(MAX_INLINE_CALENDARS < 1 << COUNT_BITS);
const _: () = assert!(MAX_WINDOWS < 1 << (u32::BITS - PERIODIC_SHIFT));

/// The header of a block.
#[derive(Clone, Copy, Debug)]
struct Header<'a> {
    periodic: u32,
    /// The number of calendars outside of the overflow section.
    calendars: u32,
    /// The number of these that have a validity interval. They come first.
    bounded: u32,
    has_overflow: bool,
    /// Start of the one-time section. The word before it has the start of the window list.
    one_time: u32,
    /// The time-of-week masks. Those from `prefilter_len` on are over-reads.
    prefilters: &'a [u32; MAX_INLINE_CALENDARS + 1],
}

impl<'a> Header<'a> {
    /// Reads the header, and advances the reader past it.
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

    /// Encodes word 0.
    fn counts(periodic: u32, calendars: usize, bounded: usize, has_overflow: bool) -> u32 {
        let overflow = if has_overflow { HAS_OVERFLOW } else { 0 };
        periodic << PERIODIC_SHIFT
            | overflow
            | (calendars as u32) << CALENDARS_SHIFT
            | bounded as u32
    }

    /// The number of time-of-week masks.
    #[inline(always)]
    fn prefilter_len(&self) -> usize {
        self.calendars as usize + usize::from(self.has_overflow)
    }

    /// The calendars whose mask matches, a bit for each. The bit after them is that of the
    /// overflow section. Over-reads are masked out.
    #[inline(always)]
    fn candidates(&self, time: TimeOfWeekBits) -> u32 {
        time.matching(self.prefilters) & bits(self.prefilter_len() as u32)
    }

    /// Reads a calendar. `words` is behind the periodic rules.
    #[inline(always)]
    fn calendar(&self, words: &WordReader<'_>, index: u32) -> PackedCalendar {
        let begin = (index + index.min(self.bounded)) as usize * calendar::WORDS;
        PackedCalendar::read(words.peek_at(begin), index < self.bounded)
    }
}

/// A mask of the `count` lowest bits; `count` is less than 32.
#[inline(always)]
fn bits(count: u32) -> u32 {
    (1 << count) - 1
}

/// Words in a cache line.
pub(in crate::index) const WORDS_PER_LINE: usize = 16;
/// Number of cache lines to prefetch. Most blocks, without their list, have no more.
const PREFETCH_LINES: usize = 3;
/// At least this many words are readable from the start of every block, so that the
/// first `PREFETCH_LINES` cache lines can be loaded with a single bounds check.
pub(in crate::index) const MIN_READABLE_WORDS: usize = PREFETCH_LINES * WORDS_PER_LINE;
/// Padding behind the last block: short boundary lists are compared in fixed-width
/// lanes that may read past their end.
pub(in crate::index) const TAIL_PADDING: usize = one_time::MAX_LANE;

/// Prefetches the first lines of a block: independent loads, whose cache misses
/// overlap.
#[inline(always)]
pub(in crate::index) fn prefetch(words: &[u32]) {
    prefetch_lines(words, 0..PREFETCH_LINES);
}

/// Loads a word of each line. `black_box` keeps the loads.
#[inline(always)]
fn prefetch_lines(words: &[u32], lines: Range<usize>) {
    let words: &[u32; MIN_READABLE_WORDS] =
        words.first_chunk().expect("every block has this many readable words");
    for line in lines {
        std::hint::black_box(words[line * WORDS_PER_LINE]);
    }
}

/// Whether an untyped window of the block is active at `t`.
///
/// `spans` tells whether one-time intervals are candidates at `t`, and `time` has the
/// time-of-week bits of `t`. `context` is called only if it is needed.
///
/// Branch-free on purpose: a mispredicted branch costs more than these few instructions,
/// and far more while a load is outstanding. The whole header is evaluated before the
/// first branch.
#[inline(always)]
pub(in crate::index) fn is_active<'a>(
    words: &[u32],
    spans: bool,
    time: TimeOfWeekBits,
    context: impl Fn() -> Context<'a>,
    t: i64,
) -> bool {
    // The header loads the first line.
    prefetch_lines(words, 1..PREFETCH_LINES);
    let mut reader = WordReader::new(words);
    let header = Header::read(&mut reader);
    let candidates = header.candidates(time);
    // Without periodic rules this reads another section, and is masked out.
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
        let index = left.trailing_zeros();
        left &= left - 1;
        let rule = header.calendar(&reader, index);
        active |= rule.contains(local_times.local_time(rule.zone), t);
    }
    if active | !(spans | overflow) {
        return active;
    }
    let mut reader = WordReader::new(&words[header.one_time as usize..]);
    one_time::contains(&mut reader, t) || (overflow && is_active_in_overflow(reader, context(), t))
}

/// Evaluates the overflow section. The reader is at its start.
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
        let layout = (RangeLayout::from_bits(header >> LAYOUT_SHIFT), count);
        active |= periodic::ranges_contain(&mut words, layout, modulus, position, t);
    }
    for _ in 0..period_cycles {
        let [modulus, header, count] = *words.take_array();
        let layout = (RangeLayout::from_bits(header >> LAYOUT_SHIFT), count);
        active |= periodic::ranges_contain(&mut words, layout, modulus, residue(t, modulus), t);
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
    active || fallback.iter().any(|id| context.windows.get(*id).is_active(at))
}

/// The windows of a block by id: untyped windows, and alert-typed windows with their
/// filters.
#[derive(Clone, Copy, Debug)]
pub(in crate::index) struct WindowList<'a> {
    pub(in crate::index) untyped: &'a [u32],
    alert_typed: &'a [u32],
}

impl<'a> WindowList<'a> {
    /// Reads the window list of a block.
    pub(in crate::index) fn of(words: &'a [u32]) -> Self {
        let [_, one_time] = *WordReader::new(words).take_array();
        let list = words[one_time as usize - 1];
        let mut words = WordReader::new(&words[list as usize..]);
        let (untyped, alert_typed) = (words.take_word() as usize, words.take_word() as usize);
        Self { untyped: words.take_slice(untyped), alert_typed: words.take_slice(alert_typed) }
    }

    /// The alert-typed windows: the id, and the exceptions and the default of the
    /// [`AlertTypeFilter`](crate::index::alert_types::AlertTypeFilter).
    pub(in crate::index) fn alert_typed(
        self,
    ) -> impl Iterator<Item = (u32, &'a [u32], bool)> + Clone + use<'a> {
        let mut words = self.alert_typed;
        std::iter::from_fn(move || {
            let ([id, header], rest) = words.split_first_chunk()?;
            let (exceptions, rest) = rest.split_at((header >> 1) as usize);
            words = rest;
            Some((*id, exceptions, header & 1 != 0))
        })
    }
}

/// A block and the look-up for its window ids.
#[derive(Clone, Copy, Debug)]
pub(in crate::index) struct BlockRef<'a> {
    pub(in crate::index) words: &'a [u32],
    pub(in crate::index) windows: WindowLookup<'a>,
}

impl<'a> BlockRef<'a> {
    /// The words, and the context to evaluate them.
    pub(in crate::index) fn with_context(self, zones: &'a [Zone]) -> (&'a [u32], Context<'a>) {
        (self.words, Context { zones, windows: self.windows })
    }

    /// The windows that apply for an alert type.
    pub(in crate::index) fn windows(
        self,
        alert_type: Option<u32>,
    ) -> impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a> {
        let list = WindowList::of(self.words);
        let untyped = list.untyped.iter().copied();
        let alert_typed = list
            .alert_typed()
            .filter(move |(_, exceptions, default)| passes(exceptions, *default, alert_type));
        untyped
            .chain(alert_typed.map(|(id, ..)| id))
            .map(move |id| (self.windows.position(id), &**self.windows.get(id)))
    }

    /// Whether an alert-typed window of the block is active at `t` for an alert type.
    pub(in crate::index) fn is_active_for(self, alert_type: Option<u32>, t: Timestamp) -> bool {
        WindowList::of(self.words).alert_typed().any(|(id, exceptions, default)| {
            passes(exceptions, default, alert_type) && self.windows.get(id).is_active(t)
        })
    }
}

#[cfg(test)]
mod tests;
