//! Writes blocks.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::calendar::{CalendarRule, Days};
use crate::index::block::codec::WordReader;
use crate::index::block::lower::{ClockEnvelope, LoweredWindow};
use crate::index::block::month_table::{self, MIN_TABLE_RULES};
use crate::index::block::one_time;
use crate::index::block::periodic::{self, CycleKey, ModRange, PeriodicRule, Scratch, residue};
use crate::index::block::segments::near_state;
use crate::index::block::{
    BlockRef, Header, IS_WEEK, MAX_INLINE_CALENDARS, MIN_READABLE_WORDS, SHAPE_SHIFT, TAIL_PADDING,
    WindowList, ZONE_SHIFT,
};
use crate::index::intern::ZoneInterner;
use crate::index::near::AnswerSpan;
use crate::index::prefilter::{Prefilter, TimeOfWeekMask};
use crate::index::windows::{BuildInput, LocalWindow, WindowTable, local_id};
use crate::registry::Position;
use crate::schedule::{ALL_WEEKDAYS, MonthNumbers};
use crate::time::civil::DAY_MS;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// A block with a memory of its own, and its own windows.
#[derive(Clone, Debug)]
pub(in crate::index) struct Block {
    pub(in crate::index) words: Arc<[u32]>,
    local: LocalWindows,
}

/// Most blocks that changed have one, or two.
type LocalWindows = SmallVec<[LocalWindow; 2]>;

/// The numbers of so many windows need no memory from the heap.
type WindowIds = SmallVec<[u32; 16]>;

impl<'a> BlockRef<'a> {
    /// A unit of these windows with another one at a position, or none.
    pub(in crate::index) fn replace(
        self,
        position: Position,
        new: Option<(&Arc<Window>, AlertTypeFilter)>,
        zones: &mut ZoneInterner<'_>,
    ) -> Block {
        let is_plain = new.as_ref().is_none_or(|(_, filter)| filter.is_any());
        let window = new.as_ref().map(|(window, _)| *window);
        let patched = is_plain.then(|| self.patch(position, window, zones)).flatten();
        patched.unwrap_or_else(|| Block::compile(self.build_inputs(position, new), zones))
    }

    /// The same without a look at the windows that stay, most of which lie far
    /// away: if each has a piece of its own in the block, so that the piece of
    /// the one that goes can be taken out.
    fn patch(
        self,
        position: Position,
        new: Option<&Arc<Window>>,
        zones: &mut ZoneInterner<'_>,
    ) -> Option<Block> {
        let mut builder = BlockBuilder::default();
        let list = builder.writer.decode_rules(self.words)?;
        for id in list {
            let known = self.windows.position(*id);
            if known == position {
                let gone = LoweredWindow::lower(self.windows.get(*id), |zone| zones.intern(zone));
                builder.writer.remove(&gone).then_some(())?;
            } else {
                let stays = self.windows.local(*id).cloned();
                let id = stays.map_or(*id, |own| builder.add_local(own));
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

    /// The windows of the unit with another one at a position, or none, in the
    /// order of the registry.
    fn build_inputs<'b>(
        self,
        position: Position,
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
        let mut entries: Vec<BuildInput<'b>> = untyped
            .chain(alert_typed)
            .map(|(id, filter)| self.windows.build_input(id, filter))
            .filter(|entry| entry.position != position)
            .collect();
        // Those asked by alert type stood behind the others.
        entries.sort_unstable_by_key(|entry| entry.position);
        if let Some((window, filter)) = new {
            let at = entries.partition_point(|entry| entry.position < position);
            entries.insert(at, BuildInput { position, id: None, window, filter });
        }
        entries
    }
}

/// A unit that is being compiled.
#[derive(Default)]
struct BlockBuilder {
    writer: BlockWriter,
    untyped: WindowIds,
    alert_typed: Vec<(u32, AlertTypeFilter)>,
    local: LocalWindows,
}

impl BlockBuilder {
    /// The number of a window of its own.
    fn add_local(&mut self, own: LocalWindow) -> u32 {
        self.local.push(own);
        local_id(self.local.len() - 1)
    }

    fn finish(&mut self) -> Block {
        // About what a window takes.
        let mut words = Vec::with_capacity(MIN_READABLE_WORDS + 8 * self.untyped.len());
        self.writer.write(&mut words, &self.untyped, &self.alert_typed);
        words.extend([0; TAIL_PADDING]);
        words.resize(words.len().max(MIN_READABLE_WORDS), 0);
        Block { words: words.into(), local: std::mem::take(&mut self.local) }
    }
}

impl Block {
    /// Compiles windows, which are in the order of the registry, into a unit of
    /// their own.
    pub(in crate::index) fn compile<'a>(
        entries: impl IntoIterator<Item = BuildInput<'a>>,
        zones: &mut ZoneInterner<'_>,
    ) -> Block {
        let mut builder = BlockBuilder::default();
        for BuildInput { position, id, window, filter } in entries {
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

    pub(in crate::index) fn view<'a>(&'a self, windows: &'a WindowTable) -> BlockRef<'a> {
        BlockRef { words: &self.words, windows: windows.lookup().with_local(&self.local) }
    }

    pub(in crate::index) fn answer_span(
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

    pub(in crate::index) fn heap_bytes(&self) -> usize {
        let own = if self.local.spilled() { size_of_val(&*self.local) } else { 0 };
        size_of_val(&*self.words) + own
    }
}

/// So many of a kind are compiled without memory from the heap.
const INLINE_RULES: usize = 16;

/// Collects the windows of a block, and writes it.
#[derive(Debug, Default)]
pub(in crate::index) struct BlockWriter {
    spans: SmallVec<[(i64, i64); INLINE_RULES]>,
    ranges: SmallVec<[(CycleKey, ModRange); INLINE_RULES]>,
    /// With the hours in which each may matter.
    calendars: SmallVec<[(CalendarRule, TimeOfWeekMask); INLINE_RULES]>,
    fallback: Vec<u32>,
    /// When some of `direct` may matter.
    fallback_prefilter: TimeOfWeekMask,
    /// What is being written, and goes behind the spans.
    overflow: Vec<u32>,
    scratch: Scratch,
}

/// How many of each kind the rest has, in the order in which they are there.
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
    /// Empties it, keeping its memory.
    pub(in crate::index) fn clear(&mut self) {
        self.spans.clear();
        self.ranges.clear();
        self.calendars.clear();
        self.fallback.clear();
        self.fallback_prefilter = TimeOfWeekMask::default();
    }

    /// Adds a window.
    pub(in crate::index) fn add_window(
        &mut self,
        id: u32,
        window: &Window,
        zones: &mut ZoneInterner<'_>,
    ) {
        let lowered = LoweredWindow::lower(window, |zone| zones.intern(zone));
        self.add(id, &lowered, |zone| zones.get(zone));
    }

    /// Adds a window that silences whatever the alert type. `number` is its
    /// place in the context, `zone_of` finds a zone by its number there.
    fn add<'z>(&mut self, id: u32, item: &LoweredWindow, zone_of: impl Fn(u32) -> &'z Zone) {
        match *item {
            LoweredWindow::Never => {}
            LoweredWindow::Span(start, end) => self.spans.push((start, end)),
            LoweredWindow::Periodic(modulus, range) => {
                self.ranges.push((CycleKey::Period(modulus), range))
            }
            LoweredWindow::Calendar(calendar) => {
                self.calendars.push((calendar, calendar.prefilter(zone_of(calendar.zone))));
            }
            LoweredWindow::Fallback(kept) => {
                self.fallback.push(id);
                let hours = kept.map_or(TimeOfWeekMask::ALWAYS, |kept| {
                    let ClockEnvelope { zone, weekdays, from_ms, length_ms } = kept;
                    TimeOfWeekMask::for_clock(weekdays, from_ms, length_ms, zone_of(zone))
                });
                self.fallback_prefilter = self.fallback_prefilter.union(hours);
            }
        }
    }

    /// Adds what is in a block, if each of its windows has a piece of its own there;
    /// returns their numbers.
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
        for (id, hours) in (0..header.calendars).zip(header.prefilters) {
            let calendar = header.calendar(&reader, id).unpack();
            self.calendars.push((calendar, TimeOfWeekMask::from_bits(*hours)));
        }
        one_time::for_each(&mut WordReader::new(&words[header.one_time as usize..]), |span| {
            self.spans.push(span)
        });
        let pieces = self.ranges.len() + self.calendars.len() + self.spans.len();
        (pieces == list.untyped.len()).then_some(list.untyped)
    }

    /// Takes a window out again; whether it was there.
    fn remove(&mut self, item: &LoweredWindow) -> bool {
        fn take<T>(from: &mut SmallVec<[T; INLINE_RULES]>, is: impl Fn(&T) -> bool) -> bool {
            let at = from.iter().position(is);
            at.map(|at| from.swap_remove(at)).is_some()
        }
        match *item {
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

    /// Appends the block of what was added, with the list of all windows; returns
    /// when the plain ones may matter.
    pub(in crate::index) fn write(
        &mut self,
        words: &mut Vec<u32>,
        untyped: &[u32],
        alert_typed: &[(u32, AlertTypeFilter)],
    ) -> Prefilter {
        let start = words.len();
        let mut prefilter = Prefilter::default();
        self.calendars.iter().for_each(|(_, hours)| prefilter.add_time_of_week(*hours));
        prefilter.add_spans(&self.spans);

        let overflows = self.calendars.len() > MAX_INLINE_CALENDARS;
        if overflows {
            self.add_calendar_cycles();
        } else {
            // Those that have bounds go first.
            self.calendars.sort_by_key(|(calendar, _)| !calendar.is_bounded());
        }
        self.ranges.sort_unstable_by_key(|(cycle, _)| *cycle);
        let has_rings = self.ranges.windows(2).any(|two| two[0].0 == two[1].0);
        let has_overflow = overflows || has_rings || !self.fallback.is_empty();
        let inline = if overflows { &[][..] } else { &self.calendars[..] };

        // What is not known yet is written when it is.
        words.extend([0; 2]);
        words.extend(inline.iter().map(|(_, hours)| hours.bits()));
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
        let spans = words.len();
        one_time::write(words, &mut self.spans);
        if has_overflow {
            let mut hours = if counts.period_cycles == 0 {
                self.fallback_prefilter
            } else {
                TimeOfWeekMask::ALWAYS
            };
            if overflows {
                hours = self.calendars.iter().fold(hours, |all, (_, hours)| all.union(*hours));
            }
            prefilter.add_time_of_week(hours);
            words[overflow_prefilter] = hours.bits();
            words.extend(counts.words());
            words.append(&mut self.overflow);
        }
        if periodic != 0 {
            prefilter.add_time_of_week(TimeOfWeekMask::ALWAYS);
        }
        words[spans - 1] = (words.len() - start) as u32;
        words[start] = Header::counts(periodic, calendars, bounded, has_overflow);
        words[start + 1] = (spans - start) as u32;

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

    /// The calendars on days of the week, as arcs.
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

    /// Writes what is alone with its period, and behind the spans what is not;
    /// returns how many are alone. Arcs of one circle stand together.
    fn write_ranges(&mut self, words: &mut Vec<u32>, counts: &mut OverflowCounts) -> u32 {
        let (overflow, scratch) = (&mut self.overflow, &mut self.scratch);
        let mut periodic = 0;
        for group in self.ranges.chunk_by(|(a, _), (b, _)| a == b) {
            let modulus = group[0].0.modulus();
            match group {
                [(CycleKey::Clock { zone, is_week }, _), ..] => {
                    counts.calendar_cycles += 1;
                    let week = if *is_week { IS_WEEK } else { 0 };
                    let header = (week | zone << ZONE_SHIFT, SHAPE_SHIFT);
                    periodic::write_ranges(overflow, group, header, modulus, scratch);
                }
                [(CycleKey::Period(_), range)] => {
                    periodic += 1;
                    PeriodicRule::write(words, range, modulus, residue(range.from, modulus));
                }
                [(CycleKey::Period(_), _), ..] => {
                    counts.period_cycles += 1;
                    overflow.push(modulus);
                    periodic::write_ranges(overflow, group, (0, SHAPE_SHIFT), modulus, scratch);
                }
                [] => {}
            }
        }
        periodic
    }

    /// Writes the calendars on days of the month, those asked one by one and then
    /// those in tables.
    fn write_month_rules(&mut self, counts: &mut OverflowCounts) {
        let calendars = self.calendars.iter().map(|(calendar, _)| calendar);
        let mut month_rules: Vec<(&CalendarRule, MonthNumbers)> = calendars
            .filter_map(|calendar| match calendar.days {
                Days::Month(days) => Some((calendar, days)),
                Days::Week(_) => None,
            })
            .collect();
        month_rules.sort_by_key(|(monthly, _)| (monthly.zone, monthly.is_bounded()));
        let groups = || month_rules.chunk_by(|(a, _), (b, _)| can_share_table(a, b));
        for (monthly, _) in groups().filter(|group| group.len() < MIN_TABLE_RULES).flatten() {
            counts.month_rules += 1;
            monthly.write_with_bounds(&mut self.overflow);
        }
        for group in groups().filter(|group| group.len() >= MIN_TABLE_RULES) {
            counts.month_tables += 1;
            let month_rules = group.iter().map(|(monthly, days)| (*days, monthly.clock));
            month_table::write_table(&mut self.overflow, group[0].0.zone, month_rules);
        }
    }
}

/// Whether two monthlies can be in one table.
fn can_share_table(a: &CalendarRule, b: &CalendarRule) -> bool {
    a.zone == b.zone && !a.is_bounded() && !b.is_bounded()
}

#[cfg(test)]
mod tests;
