//! Block builder: encodes windows as a block, and patches a block that has changed.
//!
//! [`BlockWriter`] collects lowered windows and writes the sections of a block.
//! [`Block::compile`] builds an owned block from windows. [`BlockRef::replace`] builds
//! the block that follows from replacing one window. It decodes the rules of the old
//! block, removes that of the old window and adds that of the new one, so that the
//! windows that stay, and may not be in the cache, are not read. That works if each
//! window has a rule of its own; otherwise all windows are compiled again.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::calendar::{CalendarRule, Days};
use crate::index::block::codec::WordReader;
use crate::index::block::lower::LoweredWindow;
use crate::index::block::month_table::{self, MIN_TABLE_RULES};
use crate::index::block::one_time;
use crate::index::block::periodic::{self, CycleKey, ModRange, PeriodicRule, Scratch, residue};
use crate::index::block::segments::near_state;
use crate::index::block::{
    BlockRef, Header, IS_WEEK, LAYOUT_SHIFT, MAX_INLINE_CALENDARS, MIN_READABLE_WORDS,
    TAIL_PADDING, WindowList, ZONE_SHIFT,
};
use crate::index::intern::ZoneInterner;
use crate::index::near::AnswerSpan;
use crate::index::prefilter::{Prefilter, TimeOfWeekMask};
use crate::index::windows::{BuildInput, LocalWindow, WindowTable, local_id};
use crate::limits::MAX_COMPILED_WORDS;
use crate::registry::WindowSeq;
use crate::schedule::{ALL_WEEKDAYS, MonthDayMask};
use crate::time::civil::DAY_MS;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// An owned block, with the windows that only it has.
#[derive(Clone, Debug)]
pub(in crate::index) struct Block {
    pub(in crate::index) words: Arc<[u32]>,
    local: LocalWindows,
}

/// Most changed blocks have one or two local windows.
type LocalWindows = SmallVec<[LocalWindow; 2]>;

/// Inline capacity for the window ids of most entities.
type WindowIds = SmallVec<[u32; 16]>;

impl<'a> BlockRef<'a> {
    /// Builds the block with another window at a position, or none.
    pub(in crate::index) fn replace(
        self,
        position: WindowSeq,
        new: Option<(&Arc<Window>, AlertTypeFilter)>,
        zones: &mut ZoneInterner<'_>,
    ) -> Block {
        let is_untyped = new.as_ref().is_none_or(|(_, filter)| filter.is_any());
        let window = new.as_ref().map(|(window, _)| *window);
        let patched = is_untyped.then(|| self.patch(position, window, zones)).flatten();
        patched.unwrap_or_else(|| Block::compile(self.build_inputs(position, new), zones))
    }

    /// Fast path of [`replace`](Self::replace) by decoding the block. `None` if a window
    /// has no rule of its own.
    fn patch(
        self,
        position: WindowSeq,
        new: Option<&Arc<Window>>,
        zones: &mut ZoneInterner<'_>,
    ) -> Option<Block> {
        let mut builder = BlockBuilder::default();
        let list = builder.writer.decode_rules(self.words)?;
        for id in list {
            let known = self.windows.position(*id);
            if known == position {
                let removed =
                    LoweredWindow::lower(self.windows.get(*id), |zone| zones.intern(zone));
                builder.writer.remove(&removed).then_some(())?;
            } else {
                let stays = self.windows.local(*id).cloned();
                let id = stays.map_or(*id, |local| builder.add_local(local));
                builder.untyped.push(id);
            }
        }
        if let Some(window) = new {
            let id = builder.add_local((position, window.clone()));
            builder.writer.add_window(id, window, zones);
            let windows = self.windows.with_local(&builder.local);
            let at = builder.untyped.partition_point(|known| windows.position(*known) < position);
            builder.untyped.insert(at, id);
        }
        Some(builder.finish())
    }

    /// The windows of the block with another one at a position, or none, in registry order.
    fn build_inputs<'b>(
        self,
        position: WindowSeq,
        new: Option<(&'b Arc<Window>, AlertTypeFilter)>,
    ) -> Vec<BuildInput<'b>>
    where
        'a: 'b,
    {
        let list = WindowList::of(self.words);
        self.windows.prefetch(list.untyped);
        let untyped = list.untyped.iter().map(|id| (*id, AlertTypeFilter::any()));
        let alert_typed = list.alert_typed().map(|(id, exceptions, default)| {
            (id, AlertTypeFilter { exceptions: exceptions.into(), default })
        });
        let mut inputs: Vec<BuildInput<'b>> = untyped
            .chain(alert_typed)
            .map(|(id, filter)| self.windows.build_input(id, filter))
            .filter(|input| input.position != position)
            .collect();
        // Alert-typed windows follow the untyped ones in the list.
        inputs.sort_unstable_by_key(|input| input.position);
        if let Some((window, filter)) = new {
            let at = inputs.partition_point(|input| input.position < position);
            inputs.insert(at, BuildInput { position, id: None, window, filter });
        }
        inputs
    }
}

/// An owned block under construction.
#[derive(Default)]
struct BlockBuilder {
    writer: BlockWriter,
    untyped: WindowIds,
    alert_typed: Vec<(u32, AlertTypeFilter)>,
    local: LocalWindows,
}

impl BlockBuilder {
    /// Adds a local window. Returns its id.
    fn add_local(&mut self, local: LocalWindow) -> u32 {
        self.local.push(local);
        local_id(self.local.len() - 1)
    }

    /// Encodes the block.
    fn finish(&mut self) -> Block {
        // 8 words are the size of a typical window.
        let mut words = Vec::with_capacity(MIN_READABLE_WORDS + 8 * self.untyped.len());
        self.writer.write(&mut words, &self.untyped, &self.alert_typed, MAX_COMPILED_WORDS);
        words.extend([0; TAIL_PADDING]);
        words.resize(words.len().max(MIN_READABLE_WORDS), 0);
        Block { words: words.into(), local: std::mem::take(&mut self.local) }
    }
}

impl Block {
    /// Compiles windows, given in registry order.
    pub(in crate::index) fn compile<'a>(
        inputs: impl IntoIterator<Item = BuildInput<'a>>,
        zones: &mut ZoneInterner<'_>,
    ) -> Block {
        let mut builder = BlockBuilder::default();
        for BuildInput { position, id, window, filter } in inputs {
            let id = id.unwrap_or_else(|| builder.add_local((position, window.clone())));
            if filter.is_any() {
                builder.writer.add_window(id, window, zones);
                builder.untyped.push(id);
            } else {
                builder.alert_typed.push((id, filter));
            }
        }
        builder.finish()
    }

    /// The block with a look-up for its window ids. `windows` is the table that it was
    /// compiled with.
    pub(in crate::index) fn view<'a>(&'a self, windows: &'a WindowTable) -> BlockRef<'a> {
        BlockRef { words: &self.words, windows: windows.lookup().with_local(&self.local) }
    }

    /// Whether the block has no windows.
    pub(in crate::index) fn is_empty(&self) -> bool {
        let list = WindowList::of(&self.words);
        list.untyped.is_empty() && list.alert_typed().next().is_none()
    }

    /// The near-now answer of the block; empty without a `now`.
    pub(in crate::index) fn near_span(
        &self,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) -> AnswerSpan {
        now.map_or(AnswerSpan::EMPTY, |now| {
            let (words, context) = self.view(windows).with_context(zones);
            near_state(words, context, now.as_millis()).span
        })
    }

    /// Heap memory in bytes.
    pub(in crate::index) fn heap_bytes(&self) -> usize {
        let local = if self.local.spilled() { size_of_val(&*self.local) } else { 0 };
        size_of_val(&*self.words) + local
    }
}

/// Inline capacity for the rules of most entities.
const INLINE_RULES: usize = 16;

/// Collects the rules of untyped windows, and encodes a block. Can be reused; keeps its
/// buffers.
#[derive(Debug, Default)]
pub(in crate::index) struct BlockWriter {
    spans: SmallVec<[(i64, i64); INLINE_RULES]>,
    ranges: SmallVec<[(CycleKey, ModRange); INLINE_RULES]>,
    /// Each with its time-of-week mask.
    calendars: SmallVec<[(CalendarRule, TimeOfWeekMask); INLINE_RULES]>,
    fallback: Vec<u32>,
    /// The union of the time-of-week masks of `fallback`.
    fallback_prefilter: TimeOfWeekMask,
    /// A buffer for the overflow section.
    overflow: Vec<u32>,
    scratch: Scratch,
}

/// The counts at the start of the overflow section, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OverflowCounts {
    pub(super) calendar_cycles: u32,
    pub(super) period_cycles: u32,
    pub(super) month_rules: u32,
    pub(super) month_tables: u32,
    pub(super) fallback: u32,
}

impl OverflowCounts {
    fn words(self) -> [u32; 5] {
        [
            self.calendar_cycles,
            self.period_cycles,
            self.month_rules,
            self.month_tables,
            self.fallback,
        ]
    }
}

impl BlockWriter {
    /// Removes all rules.
    pub(in crate::index) fn clear(&mut self) {
        self.spans.clear();
        self.ranges.clear();
        self.calendars.clear();
        self.fallback.clear();
        self.fallback_prefilter = TimeOfWeekMask::default();
    }

    /// Lowers an untyped window and adds its rule.
    pub(in crate::index) fn add_window(
        &mut self,
        id: u32,
        window: &Window,
        zones: &mut ZoneInterner<'_>,
    ) {
        let lowered = LoweredWindow::lower(window, |zone| zones.intern(zone));
        self.add(id, &lowered, |zone| zones.get(zone));
    }

    /// Adds a lowered window. `zone_of` returns the zone with an id.
    fn add<'z>(&mut self, id: u32, lowered: &LoweredWindow, zone_of: impl Fn(u32) -> &'z Zone) {
        match *lowered {
            LoweredWindow::Never => {}
            LoweredWindow::Span(start, end) => self.spans.push((start, end)),
            LoweredWindow::Periodic(modulus, range) => {
                self.ranges.push((CycleKey::Period(modulus), range))
            }
            LoweredWindow::Calendar(calendar) => {
                self.calendars.push((calendar, calendar.prefilter(zone_of(calendar.zone))));
            }
            LoweredWindow::Fallback(mask) => {
                self.fallback.push(id);
                self.fallback_prefilter = self.fallback_prefilter.union(mask);
            }
        }
    }

    /// Adds the rules of an encoded block, and returns the ids of its windows. `None` if
    /// not every window has a rule of its own.
    fn decode_rules<'a>(&mut self, words: &'a [u32]) -> Option<&'a [u32]> {
        let mut reader = WordReader::new(words);
        let header = Header::read(&mut reader);
        let list = WindowList::of(words);
        if header.has_overflow || !list.alert_typed.is_empty() {
            return None;
        }
        for rule in reader.take_arrays(header.periodic as usize) {
            let (period, range) = PeriodicRule::read(rule).decode();
            self.ranges.push((CycleKey::Period(period), range));
        }
        for (id, mask) in (0..header.calendars).zip(header.prefilters) {
            let calendar = header.calendar(&reader, id).unpack();
            self.calendars.push((calendar, TimeOfWeekMask::from_bits(*mask)));
        }
        one_time::for_each(&mut WordReader::new(&words[header.one_time as usize..]), |span| {
            self.spans.push(span)
        });
        let rules = self.ranges.len() + self.calendars.len() + self.spans.len();
        (rules == list.untyped.len()).then_some(list.untyped)
    }

    /// Removes the rule of a window. Returns whether it was found.
    fn remove(&mut self, lowered: &LoweredWindow) -> bool {
        fn take<T>(from: &mut SmallVec<[T; INLINE_RULES]>, is: impl Fn(&T) -> bool) -> bool {
            let at = from.iter().position(is);
            at.map(|at| from.swap_remove(at)).is_some()
        }
        match *lowered {
            LoweredWindow::Never | LoweredWindow::Fallback(_) => false,
            LoweredWindow::Span(start, end) => {
                take(&mut self.spans, |known| *known == (start, end))
            }
            LoweredWindow::Periodic(modulus, range) => {
                take(&mut self.ranges, |known| *known == (CycleKey::Period(modulus), range))
            }
            LoweredWindow::Calendar(calendar) => {
                take(&mut self.calendars, |(known, _)| *known == calendar)
            }
        }
    }

    /// Appends the block of the added rules, with the list of all windows. Returns the
    /// prefilter of the block.
    ///
    /// If `words` would be longer than `most`, every untyped window is a fallback: a block of
    /// these has two words for each window, and the same answers. The list of alert-typed
    /// windows has a word for each alert type of a scope, which itself takes ten times as
    /// much memory: no block of this kind comes near `u32::MAX` words.
    pub(in crate::index) fn write(
        &mut self,
        words: &mut Vec<u32>,
        untyped: &[u32],
        alert_typed: &[(u32, AlertTypeFilter)],
        most: usize,
    ) -> Prefilter {
        let start = words.len();
        let prefilter = self.write_rules(words, untyped, alert_typed);
        if words.len() <= most {
            return prefilter;
        }
        words.truncate(start);
        self.clear();
        self.fallback.extend_from_slice(untyped);
        self.fallback_prefilter = TimeOfWeekMask::ALWAYS;
        self.write_rules(words, untyped, alert_typed)
    }

    /// Appends the block of the added rules, whatever its length. Beyond `u32::MAX` words its
    /// offsets are wrong.
    fn write_rules(
        &mut self,
        words: &mut Vec<u32>,
        untyped: &[u32],
        alert_typed: &[(u32, AlertTypeFilter)],
    ) -> Prefilter {
        let start = words.len();
        let mut prefilter = Prefilter::default();
        self.calendars.iter().for_each(|(_, mask)| prefilter.add_time_of_week(*mask));
        prefilter.add_spans(&self.spans);

        let overflows = self.calendars.len() > MAX_INLINE_CALENDARS;
        if overflows {
            self.add_calendar_cycles();
        } else {
            // Those with a validity interval come first.
            self.calendars.sort_by_key(|(calendar, _)| !calendar.is_bounded());
        }
        self.ranges.sort_unstable_by_key(|(cycle, _)| *cycle);
        let has_period_cycles = self.ranges.windows(2).any(|two| two[0].0 == two[1].0);
        let has_overflow = overflows || has_period_cycles || !self.fallback.is_empty();
        let inline = if overflows { &[][..] } else { &self.calendars[..] };

        // Placeholders: these words are known only later.
        words.extend([0; 2]);
        words.extend(inline.iter().map(|(_, mask)| mask.bits()));
        let overflow_prefilter = words.len();
        words.extend(has_overflow.then_some(0));
        let (calendars, bounded) =
            (inline.len(), inline.partition_point(|(one, _)| one.is_bounded()));
        let mut counts = OverflowCounts::default();
        let periodic = self.write_ranges(words, &mut counts);
        if overflows {
            self.write_month_rules(&mut counts);
        } else {
            self.calendars.iter().for_each(|(calendar, _)| calendar.write(words));
        }
        counts.fallback = self.fallback.len() as u32;
        self.overflow.append(&mut self.fallback);

        words.push(0);
        let one_time_start = words.len();
        one_time::write(words, &mut self.spans);
        if has_overflow {
            let mut mask = if counts.period_cycles == 0 {
                self.fallback_prefilter
            } else {
                TimeOfWeekMask::ALWAYS
            };
            if overflows {
                mask = self.calendars.iter().fold(mask, |all, (_, mask)| all.union(*mask));
            }
            prefilter.add_time_of_week(mask);
            words[overflow_prefilter] = mask.bits();
            words.extend(counts.words());
            words.append(&mut self.overflow);
        }
        if periodic != 0 {
            prefilter.add_time_of_week(TimeOfWeekMask::ALWAYS);
        }
        words[one_time_start - 1] = (words.len() - start) as u32;
        words[start] = Header::counts(periodic, calendars, bounded, has_overflow);
        words[start + 1] = (one_time_start - start) as u32;

        words.push(untyped.len() as u32);
        let alert_typed_at = words.len();
        words.push(0);
        words.extend_from_slice(untyped);
        for (id, filter) in alert_typed {
            words.extend([*id, (filter.exceptions.len() as u32) << 1 | u32::from(filter.default)]);
            words.extend_from_slice(&filter.exceptions);
        }
        words[alert_typed_at] = (words.len() - alert_typed_at - 1 - untyped.len()) as u32;
        prefilter
    }

    /// Adds the calendars on days of the week as ranges of a day or week.
    fn add_calendar_cycles(&mut self) {
        for (calendar, _) in &self.calendars {
            let CalendarRule { zone, days: Days::Week(weekdays), clock, bounds: (from, until) } =
                *calendar
            else {
                continue;
            };
            let is_week = weekdays != ALL_WEEKDAYS;
            let days = if is_week { weekdays } else { 1 };
            let length = clock.duration_ms() as u32;
            for day in (0..7).filter(|day| days >> day & 1 != 0) {
                let start = day * DAY_MS as u32 + clock.from_ms();
                let range = ModRange { start, length, from, until };
                self.ranges.push((CycleKey::Clock { zone, is_week }, range));
            }
        }
    }

    /// Writes periodic rules to `words`, and cycles to the overflow section. Returns the
    /// number of periodic rules. The ranges are sorted by cycle.
    fn write_ranges(&mut self, words: &mut Vec<u32>, counts: &mut OverflowCounts) -> u32 {
        let (overflow, scratch) = (&mut self.overflow, &mut self.scratch);
        let mut periodic = 0;
        for group in self.ranges.chunk_by(|(a, _), (b, _)| a == b) {
            let modulus = group[0].0.modulus();
            match group {
                [(CycleKey::Clock { zone, is_week }, _), ..] => {
                    counts.calendar_cycles += 1;
                    let week = if *is_week { IS_WEEK } else { 0 };
                    let header = (week | zone << ZONE_SHIFT, LAYOUT_SHIFT);
                    periodic::write_ranges(overflow, group, header, modulus, scratch);
                }
                [(CycleKey::Period(_), range)] => {
                    periodic += 1;
                    PeriodicRule::write(words, range, modulus, residue(range.from, modulus));
                }
                [(CycleKey::Period(_), _), ..] => {
                    counts.period_cycles += 1;
                    overflow.push(modulus);
                    periodic::write_ranges(overflow, group, (0, LAYOUT_SHIFT), modulus, scratch);
                }
                [] => {}
            }
        }
        periodic
    }

    /// Writes the calendars on days of the month to the overflow section: one by one, then
    /// in tables.
    fn write_month_rules(&mut self, counts: &mut OverflowCounts) {
        let calendars = self.calendars.iter().map(|(calendar, _)| calendar);
        let mut month_rules: Vec<(&CalendarRule, MonthDayMask)> = calendars
            .filter_map(|calendar| match calendar.days {
                Days::Month(days) => Some((calendar, days)),
                Days::Week(_) => None,
            })
            .collect();
        month_rules.sort_by_key(|(rule, _)| (rule.zone, rule.is_bounded()));
        let groups = || month_rules.chunk_by(|(a, _), (b, _)| can_share_table(a, b));
        for (rule, _) in groups().filter(|group| group.len() < MIN_TABLE_RULES).flatten() {
            counts.month_rules += 1;
            rule.write_with_bounds(&mut self.overflow);
        }
        for group in groups().filter(|group| group.len() >= MIN_TABLE_RULES) {
            counts.month_tables += 1;
            let month_rules = group.iter().map(|(rule, days)| (*days, rule.clock));
            month_table::write_table(&mut self.overflow, group[0].0.zone, month_rules);
        }
    }
}

/// Whether two month rules can be in one table.
fn can_share_table(a: &CalendarRule, b: &CalendarRule) -> bool {
    a.zone == b.zone && !a.is_bounded() && !b.is_bounded()
}

#[cfg(test)]
mod tests;
