//! Windows that were compiled together: a block, and what its numbers refer to.
//!
//! Most are on the roll. Those that came later belong to the block that was
//! compiled with them.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::AlertTypeFilter;
use crate::index::block::{self, BlockWriter, Context, WindowList};
use crate::index::item::LoweredWindow;
use crate::index::roll::{BuildInput, LocalWindow, WindowLookup, WindowTable, local_id};
use crate::index::stretch::AnswerSpan;
use crate::index::zones::ZoneInterner;
use crate::registry::Position;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Windows that were compiled together.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockRef<'a> {
    pub(super) words: &'a [u32],
    pub(super) windows: WindowLookup<'a>,
}

/// A block with a memory of its own, and its own windows.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) words: Arc<[u32]>,
    local: LocalWindows,
}

/// Most blocks that changed have one, or two.
type LocalWindows = SmallVec<[LocalWindow; 2]>;

/// The numbers of so many windows need no memory from the heap.
type WindowIds = SmallVec<[u32; 16]>;

impl<'a> BlockRef<'a> {
    /// Its block, and what the numbers in it refer to.
    pub(super) fn with_context(self, zones: &'a [Zone]) -> (&'a [u32], Context<'a>) {
        (self.words, Context { zones, windows: self.windows })
    }

    /// The windows that cover whoever the unit is for, asked with this type.
    pub(super) fn windows(
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
    pub(super) fn is_active_for(self, alert_type: Option<u32>, t: Timestamp) -> bool {
        WindowList::of(self.words).alert_typed().any(|(id, exceptions, default)| {
            alert_type.is_some_and(|filter| exceptions.contains(&filter)) != default
                && self.windows.get(id).is_active(t)
        })
    }

    /// A unit of these windows with another one at a position, or none.
    pub(super) fn replace(
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
            builder.add(id, window, zones);
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

    fn add(&mut self, id: u32, window: &Window, zones: &mut ZoneInterner<'_>) {
        let item = LoweredWindow::lower(window, |zone| zones.intern(zone));
        self.writer.add(id, &item, |zone| zones.get(zone));
    }

    fn finish(&mut self) -> Block {
        // About what a window takes.
        let mut words = Vec::with_capacity(block::MIN_READABLE_WORDS + 8 * self.untyped.len());
        self.writer.write(&mut words, &self.untyped, &self.alert_typed);
        words.extend([0; block::TAIL_PADDING]);
        words.resize(words.len().max(block::MIN_READABLE_WORDS), 0);
        Block { words: words.into(), local: std::mem::take(&mut self.local) }
    }
}

impl Block {
    /// Compiles windows, which are in the order of the registry, into a unit of
    /// their own.
    pub(super) fn compile<'a>(
        entries: impl IntoIterator<Item = BuildInput<'a>>,
        zones: &mut ZoneInterner<'_>,
    ) -> Block {
        let mut builder = BlockBuilder::default();
        for BuildInput { position, id, window, filter } in entries {
            let id = id.unwrap_or_else(|| builder.add_local((position, window.clone())));
            if filter.is_any() {
                builder.add(id, window, zones);
                builder.untyped.push(id);
            } else {
                builder.alert_typed.push((id, filter));
            }
        }
        builder.finish()
    }

    pub(super) fn view<'a>(&'a self, windows: &'a WindowTable) -> BlockRef<'a> {
        BlockRef { words: &self.words, windows: windows.lookup().with_local(&self.local) }
    }

    pub(super) fn answer_span(
        &self,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) -> AnswerSpan {
        now.map_or(AnswerSpan::EMPTY, |now| {
            let (words, context) = self.view(windows).with_context(zones);
            block::near_state(words, context, now.as_millis()).span
        })
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let own = if self.local.spilled() { size_of_val(&*self.local) } else { 0 };
        size_of_val(&*self.words) + own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::hours::TimeOfWeekBits;
    use crate::index::tests::{at, once, window};
    use crate::schedule::{Daily, Monthly, Periodic, Schedule, Weekly};
    use crate::scope::Scope;
    use crate::time::{MonthDay, ShortMonth};
    use chrono::Weekday;

    /// Windows of every kind, none of which touches another on the line of time.
    fn kinds() -> Vec<Schedule> {
        let clock = |text: &str| text.parse().unwrap();
        let berlin = chrono_tz::Europe::Berlin;
        let weekly = Weekly::new([Weekday::Sat, Weekday::Sun], clock("22:00-02:30"), berlin);
        let short = Periodic::new(at(-70_000_000_123), 1_234, 7_000).unwrap();
        vec![
            once(100_000, 200_000).into(),
            once(-3_000_000, -2_000_001).into(),
            short.into(),
            Periodic::new(at(5), 3_600_000, 86_400_000).unwrap().into(),
            Daily::new(clock("09:00-09:30"), chrono_tz::UTC).into(),
            weekly.unwrap().into(),
            Monthly::new(MonthDay::LAST, clock("00:00-24:00"), berlin).into(),
            Monthly::new(MonthDay::new(31).unwrap(), clock("23:00-01:00"), berlin)
                .short_month(ShortMonth::Clamp)
                .into(),
        ]
    }

    fn windows(schedules: impl IntoIterator<Item = Schedule>) -> Vec<Arc<Window>> {
        let scope = || Scope::entity("a");
        schedules.into_iter().map(|schedule| window("w", schedule, scope())).collect()
    }

    fn block_of_all(table: &WindowTable, zones: &mut ZoneInterner<'_>) -> Block {
        let entries = (0..table.len() as u32)
            .map(|id| table.lookup().build_input(id, AlertTypeFilter::any()));
        Block::compile(entries, zones)
    }

    /// What the unit says at many instants.
    fn answers(block: BlockRef<'_>, zones: &[Zone]) -> Vec<bool> {
        let instants = (-4_000_000..4_000_000).step_by(9_973);
        let days = (-400..400).map(|half_day| half_day * 43_199_999);
        let context = || Context { zones, windows: block.windows };
        let is_active =
            |t: i64| block::is_active(block.words, true, TimeOfWeekBits::of(t), context, t);
        instants.chain(days).map(is_active).collect()
    }

    #[test]
    fn what_is_patched_says_what_is_compiled() {
        let validity = crate::window::Validity::new(Some(at(-50_000_000)), Some(at(90_000_000)));
        let bounded = |schedule: Schedule| {
            let window = Window::builder("w").schedule(schedule).scope(Scope::entity("a"));
            Arc::new(window.valid(validity).build().unwrap())
        };
        let mut windows = windows(kinds());
        // It has begun long before it is valid.
        windows.push(bounded(Periodic::new(at(-70_000_000_123), 5_000, 13_000).unwrap().into()));
        let daily = Daily::new("10:00-22:00".parse().unwrap(), chrono_tz::Asia::Kolkata);
        let bounded = bounded(daily.into());
        let table = WindowTable::of(&windows);
        let mut zones = ZoneInterner::default();
        let whole = block_of_all(&table, &mut zones);
        let everything = zones.merged_if_changed().unwrap();
        for new in windows.iter().cloned().chain([bounded]).map(Some).chain([None]) {
            for position in 0..=windows.len() as Position {
                let mut zones = ZoneInterner::of(&everything);
                let block = whole.view(&table);
                let patched = block.patch(position, new.as_ref(), &mut zones);
                let entry = new.as_ref().map(|new| (new, AlertTypeFilter::any()));
                let entries = block.build_inputs(position, entry);
                let slow = Block::compile(entries, &mut zones);
                let patched = patched.expect("each has a piece of its own");
                let zones = zones.merged_if_changed().unwrap_or_else(|| everything.clone());
                let (a, b) = (patched.view(&table), slow.view(&table));
                assert_eq!(answers(a, &zones), answers(b, &zones), "{position} {new:?}");
                let listed = |block: BlockRef<'_>| -> Vec<(Position, *const Window)> {
                    let windows = block.windows(None);
                    windows
                        .map(|(position, window)| (position, std::ptr::from_ref(window)))
                        .collect()
                };
                assert_eq!(listed(a), listed(b), "{position} {new:?}");
            }
        }
    }

    #[test]
    fn a_patched_unit_is_patched_again() {
        let others = (7..10).map(|hour| once(hour * 3_600_000, hour * 3_600_000 + 60_000).into());
        let table = WindowTable::of(&windows(others));
        let windows = windows(kinds());
        let mut zones = ZoneInterner::default();
        let mut block = block_of_all(&table, &mut zones);
        // All of them come, at positions before, between and behind; then they go.
        let positions = [7, 1, 9, 3, 20, 0, 2, 8];
        for (position, window) in positions.into_iter().zip(&windows) {
            block = block.view(&table).patch(position, Some(window), &mut zones).unwrap();
        }
        let order: Vec<Position> = block.view(&table).windows(None).map(|(at, _)| at).collect();
        assert_eq!(order, [0, 1, 2, 3, 7, 8, 9, 20]);
        for position in positions {
            block = block.view(&table).patch(position, None, &mut zones).unwrap();
        }
        assert_eq!((block.view(&table).windows(None).count(), block.local.len()), (0, 0));
        let zones = zones.merged_if_changed().unwrap();
        assert!(answers(block.view(&table), &zones).iter().all(|active| !active));
    }

    #[test]
    fn what_has_no_piece_of_its_own_is_compiled() {
        let span = |from, until| Schedule::from(once(from, until));
        let period = |length| Schedule::from(Periodic::new(at(0), length, 1000).unwrap());
        let day = |text: &str| Schedule::from(Daily::new(text.parse().unwrap(), chrono_tz::UTC));
        let many = || (0..8).map(|hour| day(&format!("0{hour}:00-0{hour}:30"))).collect::<Vec<_>>();
        let together = [
            vec![span(0, 10), span(5, 15)],
            vec![span(0, 10), span(10, 20)],
            vec![span(0, 10), span(0, 10)],
            vec![period(10), period(20)],
            many(),
        ];
        for schedules in together {
            let table = WindowTable::of(&windows(schedules.clone()));
            let mut zones = ZoneInterner::default();
            let block = block_of_all(&table, &mut zones);
            assert!(block.view(&table).patch(0, None, &mut zones).is_none(), "{schedules:?}");
            let rest = block.view(&table).replace(0, None, &mut zones);
            assert_eq!(rest.view(&table).windows(None).count(), schedules.len() - 1);
            let alone = WindowTable::of(&windows(schedules[1..].iter().cloned()));
            let alone = block_of_all(&alone, &mut ZoneInterner::default()).words;
            let zones = zones.merged_if_changed().unwrap_or_default();
            let block = BlockRef { words: &alone, windows: table.lookup() };
            assert_eq!(answers(rest.view(&table), &zones), answers(block, &zones));
        }
        // Nor is what never silences, or is asked by alert type.
        let off = Window::builder("w").schedule(once(0, 10)).scope(Scope::entity("a"));
        let table = WindowTable::of(&[off.disabled().build().unwrap().into()]);
        let block = block_of_all(&table, &mut ZoneInterner::default());
        assert!(block.view(&table).patch(5, None, &mut ZoneInterner::default()).is_none());
        let table = WindowTable::of(&windows([span(0, 10)]));
        let alert_typed = AlertTypeFilter { exceptions: [0].into(), default: false };
        let block = Block::compile(
            [table.lookup().build_input(0, alert_typed)],
            &mut ZoneInterner::default(),
        );
        assert!(block.view(&table).patch(5, None, &mut ZoneInterner::default()).is_none());
    }

    #[test]
    fn a_unit_changes_at_one_position_and_keeps_its_order() {
        let windows = windows((0..4).map(|_| once(0, 10).into()));
        let each = [0, 10, 20, 30];
        let table = WindowTable::sparse(&windows, &each);
        let alert_typed = AlertTypeFilter { exceptions: [0].into(), default: false };
        let entries = (0..4).map(|id| {
            table
                .lookup()
                .build_input(id, if id == 1 { alert_typed.clone() } else { AlertTypeFilter::any() })
        });
        let block = Block::compile(entries, &mut ZoneInterner::default());
        let with = |position, new: Option<&Arc<Window>>| -> Vec<(Position, bool)> {
            let new = new.map(|window| (window, AlertTypeFilter::any()));
            let entries = block.view(&table).build_inputs(position, new);
            entries.iter().map(|entry| (entry.position, entry.filter.is_any())).collect()
        };
        let (untyped, filter) = (true, false);
        let new = window("new", once(5, 6), Scope::entity("a"));
        assert_eq!(with(20, None), [(0, untyped), (10, filter), (30, untyped)]);
        assert_eq!(
            with(10, Some(&new)),
            [(0, untyped), (10, untyped), (20, untyped), (30, untyped)]
        );
        let five = [(0, untyped), (5, untyped), (10, filter), (20, untyped), (30, untyped)];
        assert_eq!(with(5, Some(&new)), five);
    }

    #[test]
    fn the_bytes_of_a_unit_are_those_of_its_words_and_of_more_than_two_own_windows() {
        let mut zones = ZoneInterner::default();
        let own = windows(kinds());
        let bytes = |many: usize, zones: &mut ZoneInterner<'_>| {
            let entries = own[..many].iter().zip(0..).map(|(window, position)| BuildInput {
                position,
                id: None,
                window,
                filter: AlertTypeFilter::any(),
            });
            let block = Block::compile(entries, zones);
            block.heap_bytes() - size_of_val(&*block.words)
        };
        assert_eq!([0, 1, 2].map(|many| bytes(many, &mut zones)), [0; 3]);
        assert_eq!(bytes(3, &mut zones), 3 * size_of::<LocalWindow>());
    }
}
