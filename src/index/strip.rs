//! What many windows say right around the present, where that changes again and
//! again: all of it, written down.

use hashbrown::HashTable;

use crate::index::block::{self, Context, WindowList};
use crate::index::stretch::AnswerSpan;
use crate::time::{Timestamp, coalesce};

/// So long before the present and so long after it, in milliseconds: about two
/// minutes.
pub(super) const NEAR_TIMELINE_MS: i64 = 1 << 17;

/// So few windows are asked as quickly as what is written down.
const MIN_WINDOWS: usize = 16;

/// A strip takes so many steps for each window at most. Whoever needs more does
/// something every few seconds, which leaves little to be gained.
const MAX_STEPS_PER_WINDOW: usize = 4;

/// The silences from [`REACH`] before the present to as long after it: where they
/// begin and end, since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NearTimeline(Box<[u32]>);

/// Whether windows are many enough for a strip.
pub(super) fn may_have_timeline(words: &[u32]) -> bool {
    WindowList::of(words).untyped.len() > MIN_WINDOWS
}

impl NearTimeline {
    /// That of the plain windows of some blocks, if they are many and `stretch`, in
    /// which nothing changes, does not reach as far.
    pub(super) fn build<'a>(
        blocks: impl Iterator<Item = (&'a [u32], Context<'a>)> + Clone,
        span: AnswerSpan,
        now: Timestamp,
    ) -> Option<Self> {
        let t = now.as_millis();
        let count: usize =
            blocks.clone().map(|(words, _)| WindowList::of(words).untyped.len()).sum();
        if count <= MIN_WINDOWS || span.contains_margin(t, NEAR_TIMELINE_MS) {
            return None;
        }
        let (from, until) = (t - NEAR_TIMELINE_MS, t + NEAR_TIMELINE_MS);
        let mut steps = MAX_STEPS_PER_WINDOW * count;
        let mut found = Vec::new();
        for (words, context) in blocks {
            if !block::collect_silences(words, context, (from, until), &mut steps, &mut found) {
                return None;
            }
        }
        let since = |t: i64| (t - from) as u32;
        let silences = coalesce(&mut found).iter();
        Some(Self(silences.flat_map(|(start, end)| [since(*start), since(*end)]).collect()))
    }

    /// The answer at `t`, if that is around the present.
    pub(super) fn answer(&self, now: Timestamp, t: i64) -> Option<bool> {
        let since = t.wrapping_sub(now.as_millis() - NEAR_TIMELINE_MS) as u64;
        let rank = || self.0.partition_point(|bound| u64::from(*bound) <= since);
        (since < 2 * NEAR_TIMELINE_MS as u64).then(|| rank() & 1 != 0)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// The strips of entities, by where the block of an entity begins.
#[derive(Clone, Debug, Default)]
pub(super) struct NearTimelines(HashTable<(u32, NearTimeline)>);

fn hash_of(block: u32) -> u64 {
    u64::from(block).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl NearTimelines {
    pub(super) fn insert(&mut self, block: u32, timeline: NearTimeline) {
        self.0.insert_unique(hash_of(block), (block, timeline), |(block, _)| hash_of(*block));
    }

    pub(super) fn get(&self, block: u32) -> Option<&NearTimeline> {
        let found = self.0.find(hash_of(block), |(known, _)| *known == block);
        found.map(|(_, timeline)| timeline)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let strips = self.0.iter().map(|(_, timeline)| timeline.heap_bytes());
        self.0.allocation_size() + strips.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::AlertTypeFilter;
    use crate::index::roll::{BuildInput, WindowTable};
    use crate::index::tests::{at, once, window};
    use crate::index::unit::Block;
    use crate::index::zones::ZoneInterner;
    use crate::schedule::{Periodic, Schedule};
    use crate::scope::Scope;

    const NOW: i64 = 1_793_577_600_000;

    fn block(schedules: impl IntoIterator<Item = Schedule>) -> Block {
        let windows: Vec<_> = schedules
            .into_iter()
            .map(|schedule| window("w", schedule, Scope::entity("a")))
            .collect();
        let entries = (0..).zip(&windows).map(|(position, window)| BuildInput {
            position,
            id: None,
            window,
            filter: AlertTypeFilter::any(),
        });
        Block::compile(entries, &mut ZoneInterner::default())
    }

    fn timeline(block: &Block, span: AnswerSpan) -> Option<NearTimeline> {
        let table = WindowTable::of(&[]);
        let block = block.view(&table);
        let context = Context { zones: &[], windows: block.windows };
        NearTimeline::build([(block.words, context)].into_iter(), span, at(NOW))
    }

    fn seconds(count: i64) -> impl Iterator<Item = Schedule> {
        let span = |second| NOW + 2_000 * second;
        (0..count).map(move |second| once(span(second), span(second) + 1_000).into())
    }

    #[test]
    fn many_windows_are_written_down_and_few_are_asked() {
        assert_eq!(timeline(&block(seconds(16)), AnswerSpan::EMPTY), None);
        let of_more = timeline(&block(seconds(17)), AnswerSpan::EMPTY).unwrap();
        assert_eq!(of_more.0.len(), 2 * 17);
        assert_eq!(
            of_more.0[..3],
            [NEAR_TIMELINE_MS, NEAR_TIMELINE_MS + 1_000, NEAR_TIMELINE_MS + 2_000]
                .map(|at| at as u32)
        );
    }

    #[test]
    fn nothing_is_written_down_where_the_stretch_reaches_as_far() {
        let many = block(seconds(20));
        let span = |from, until| AnswerSpan { from, until, silenced: true };
        let of = |from, until| timeline(&many, span(NOW - from, NOW + until)).is_some();
        assert!(!of(NEAR_TIMELINE_MS, NEAR_TIMELINE_MS + 1));
        assert!(
            of(NEAR_TIMELINE_MS - 1, NEAR_TIMELINE_MS + 1)
                && of(NEAR_TIMELINE_MS, NEAR_TIMELINE_MS)
                && of(0, 0)
        );
    }

    #[test]
    fn a_strip_says_what_the_windows_say_and_nothing_further_off() {
        let periodic = |n: i64| {
            let period = 300_000 + 1_237 * n;
            Schedule::from(Periodic::new(at(7 * n), 2_000, period).unwrap())
        };
        let many: Vec<Schedule> = (0..40).map(periodic).chain(seconds(30)).collect();
        let timeline = timeline(&block(many.clone()), AnswerSpan::EMPTY).unwrap();
        let mut silenced = 0;
        for since in (-NEAR_TIMELINE_MS - 50..NEAR_TIMELINE_MS + 50).step_by(7).chain([
            -NEAR_TIMELINE_MS,
            NEAR_TIMELINE_MS - 1,
            NEAR_TIMELINE_MS,
        ]) {
            let t = NOW + since;
            let expected = many.iter().any(|schedule| schedule.contains(at(t)));
            let is_near = (-NEAR_TIMELINE_MS..NEAR_TIMELINE_MS).contains(&since);
            assert_eq!(timeline.answer(at(NOW), t), is_near.then_some(expected), "{since}");
            silenced += usize::from(is_near && expected);
        }
        assert!(silenced > 1_000, "{silenced}");
        assert_eq!([i64::MIN, i64::MAX].map(|t| timeline.answer(at(NOW), t)), [None; 2]);
    }

    #[test]
    fn a_silence_may_last_much_longer_than_a_strip() {
        let wrapped = NOW - NEAR_TIMELINE_MS + (1 << 32) + 200_000;
        let long = Schedule::from(once(NOW + 100_000, wrapped));
        let timeline = timeline(&block(seconds(17).chain([long])), AnswerSpan::EMPTY).unwrap();
        let answers =
            [99_999, 100_000, NEAR_TIMELINE_MS - 1].map(|t| timeline.answer(at(NOW), NOW + t));
        assert_eq!(answers, [false, true, true].map(Some));
    }

    #[test]
    fn what_changes_at_every_moment_is_not_written_down() {
        let restless = Schedule::from(Periodic::new(at(0), 1, 2).unwrap());
        let with = |more: Schedule| timeline(&block(seconds(17).chain([more])), AnswerSpan::EMPTY);
        assert_eq!(with(restless), None);
        assert!(with(once(0, 1).into()).is_some());
    }

    #[test]
    fn strips_are_found_by_block_and_count_their_bytes() {
        let mut strips = NearTimelines::default();
        assert_eq!(strips.heap_bytes(), 0);
        for block in 0..100 {
            strips.insert(block * 16, NearTimeline([block, block + 1].into()));
        }
        for block in 0..1_600 {
            let found = strips.get(block).map(|timeline| timeline.0[0]);
            assert_eq!(found, (block % 16 == 0).then_some(block / 16));
        }
        assert_eq!(strips.heap_bytes(), strips.0.allocation_size() + 100 * 8);
    }
}
