//! Segments of a block: the spans of time in which its answer is constant, and the
//! near-now cache that is computed from them.
//!
//! Each rule of a block can return the span around an instant in which its own answer
//! does not change. The span of the block follows by combining these
//! ([`AnswerSpan::or`]).

use crate::index::block::codec::WordReader;
use crate::index::block::local_time::LocalClock;
use crate::index::block::month_table::MonthTable;
use crate::index::block::periodic::{self, PeriodicRule, RangeLayout, residue};
use crate::index::block::{Context, Header, IS_WEEK, LAYOUT_SHIFT, WindowList, ZONE_SHIFT};
use crate::index::block::{calendar, one_time};
use crate::index::near::{ALWAYS, AnswerSpan, NEAR_TIMELINE_MS, NearState, NearTimeline};
use crate::time::{Timestamp, Zone, coalesce};
use crate::window::Window;

/// A cached span need not reach further than this before and after `now`, in ms.
pub(super) const NEAR_TARGET_MS: i64 = 600_000;
/// A cached span is cut at this distance, so that its length fits into a slot.
const NEAR_LIMIT_MS: i64 = i32::MAX as i64;
/// Maximum number of spans that are joined on each side.
const MAX_EXTENSIONS: usize = 16;

/// A span around `t` in which the answer of the block is constant. It is not always
/// the longest one: it is extended until it reaches ten minutes to either side. Where
/// the answer changes earlier, the length of the neighbouring span is returned, too.
pub(in crate::index) fn near_state(words: &[u32], context: Context<'_>, t: i64) -> NearState {
    let mut found = span_at(words, context, t);
    let (mut before_ms, mut after_ms) = (0, 0);
    for _ in 0..MAX_EXTENSIONS {
        if found.until >= t + NEAR_TARGET_MS || found.until >= ALWAYS.1 {
            break;
        }
        let next = span_at(words, context, found.until);
        if next.silenced != found.silenced {
            after_ms = next.until.min(ALWAYS.1) - found.until;
            break;
        }
        found.until = next.until;
    }
    for _ in 0..MAX_EXTENSIONS {
        if found.from <= t - NEAR_TARGET_MS || found.from <= ALWAYS.0 {
            break;
        }
        let previous = span_at(words, context, found.from - 1);
        if previous.silenced != found.silenced {
            before_ms = found.from - previous.from.max(ALWAYS.0);
            break;
        }
        found.from = previous.from;
    }
    let found = found.clamp(t.saturating_sub(NEAR_LIMIT_MS), t.saturating_add(NEAR_LIMIT_MS));
    // Past `Timestamp::END` nothing is silenced.
    let span = if found.silenced { found.clamp(ALWAYS.0, ALWAYS.1) } else { found };
    NearState { span, before_ms, after_ms }
}

/// The span around `t` in which no rule and no zone offset changes.
fn span_at(words: &[u32], context: Context<'_>, t: i64) -> AnswerSpan {
    let mut visitor =
        PointVisitor { zones: context.zones, t, segment: None, span: AnswerSpan::always(false) };
    visit_rules(words, context, &mut visitor);
    visitor.span
}

/// Combines the spans of all rules around one instant.
struct PointVisitor<'a> {
    zones: &'a [Zone],
    t: i64,
    /// The last one that was computed.
    segment: Option<LocalClock>,
    /// The combined span of the rules so far.
    span: AnswerSpan,
}

impl Visitor for PointVisitor<'_> {
    #[inline(always)]
    fn visit(&mut self, rule: Rule<'_>) {
        let (t, zones, last) = (self.t, self.zones, &mut self.segment);
        let own = rule.answer_span(t, |zone| {
            let known = last.filter(|known| known.zone == zone);
            *last.insert(known.unwrap_or_else(|| LocalClock::at(zones, zone, t)))
        });
        self.span = self.span.or(own);
    }
}

/// Appends the silences of each rule in `[from, until)` to `found`. Each span of a rule
/// counts against `steps`; returns false if these are used up.
pub(super) fn collect_silences(
    words: &[u32],
    context: Context<'_>,
    (from, until): (i64, i64),
    steps: &mut usize,
    found: &mut Vec<(i64, i64)>,
) -> bool {
    let (from, until) = (from.max(ALWAYS.0), until.min(ALWAYS.1));
    visit_rules(
        words,
        context,
        &mut RangeVisitor { zones: context.zones, from, until, steps, found },
    );
    *steps > 0
}

/// Walks over the spans of each rule from one instant to another.
struct RangeVisitor<'a> {
    zones: &'a [Zone],
    from: i64,
    until: i64,
    steps: &'a mut usize,
    found: &'a mut Vec<(i64, i64)>,
}

impl Visitor for RangeVisitor<'_> {
    #[inline]
    fn visit(&mut self, rule: Rule<'_>) {
        let mut t = self.from;
        while t < self.until && *self.steps > 0 {
            let span = rule.answer_span(t, |zone| LocalClock::at(self.zones, zone, t));
            if span.silenced {
                self.found.push((t, span.until.min(self.until)));
            }
            t = span.until;
            *self.steps -= 1;
        }
    }
}

/// A rule of an encoded block.
enum Rule<'a> {
    Periodic(PeriodicRule),
    Calendar(calendar::PackedCalendar),
    /// The reader is at the start of the section.
    OneTime(WordReader<'a>),
    /// The first words, and a reader behind them.
    CalendarCycle([u32; 2], WordReader<'a>),
    PeriodCycle([u32; 3], WordReader<'a>),
    MonthTable(MonthTable<'a>),
    Fallback(&'a Window),
}

/// Visits the rules of a block.
trait Visitor {
    fn visit(&mut self, rule: Rule<'_>);
}

/// Calls the visitor with each rule of a block.
#[inline(always)]
fn visit_rules(words: &[u32], context: Context<'_>, visitor: &mut impl Visitor) {
    let mut reader = WordReader::new(words);
    let header = Header::read(&mut reader);
    for rule in reader.take_arrays(header.periodic as usize) {
        visitor.visit(Rule::Periodic(PeriodicRule::read(rule)));
    }
    for index in 0..header.calendars {
        visitor.visit(Rule::Calendar(header.calendar(&reader, index)));
    }
    let mut words = WordReader::new(&words[header.one_time as usize..]);
    visitor.visit(Rule::OneTime(words));
    if !header.has_overflow {
        return;
    }
    one_time::skip(&mut words);
    let [calendar_cycles, period_cycles, month_rules, month_tables, fallback] = *words.take_array();
    for _ in 0..calendar_cycles {
        let header = *words.take_array();
        visitor.visit(Rule::CalendarCycle(header, words));
        periodic::skip_ranges(&mut words, layout(header));
    }
    for _ in 0..period_cycles {
        let header = *words.take_array();
        visitor.visit(Rule::PeriodCycle(header, words));
        let [_, header, count] = header;
        periodic::skip_ranges(&mut words, layout([header, count]));
    }
    for rule in words.take_arrays(month_rules as usize) {
        visitor.visit(Rule::Calendar(calendar::PackedCalendar::read(rule, true)));
    }
    for _ in 0..month_tables {
        visitor.visit(Rule::MonthTable(MonthTable::read(&mut words)));
    }
    for id in words.take_slice(fallback as usize) {
        visitor.visit(Rule::Fallback(context.windows.get(*id)));
    }
}

/// Decodes the two words in front of the ranges of a cycle.
fn layout([header, count]: [u32; 2]) -> (RangeLayout, u32) {
    (RangeLayout::from_bits(header >> LAYOUT_SHIFT), count)
}

impl Rule<'_> {
    /// The span around `t` in which the rule's answer is constant. `segment_at` returns the
    /// clock segment of a zone at `t`.
    #[inline(always)]
    fn answer_span(&self, t: i64, segment_at: impl FnOnce(u32) -> LocalClock) -> AnswerSpan {
        match *self {
            Self::Periodic(ref rule) => rule.answer_span(t),
            Self::Calendar(ref rule) => {
                let segment = segment_at(rule.zone);
                rule.answer_span(segment.local, t, segment.span_mapper())
            }
            Self::OneTime(words) => one_time::answer_span(words, t),
            Self::CalendarCycle([header, count], words) => {
                let segment = segment_at(header >> ZONE_SHIFT);
                let (position, modulus) = segment.local.cycle_position(header & IS_WEEK);
                let place = (modulus, position);
                periodic::ranges_span(
                    words,
                    layout([header, count]),
                    place,
                    t,
                    segment.span_mapper(),
                )
            }
            Self::PeriodCycle([modulus, header, count], words) => {
                let to_span = |back, ahead| AnswerSpan::from_distances(t, back, ahead);
                let place = (modulus, residue(t, modulus));
                periodic::ranges_span(words, layout([header, count]), place, t, to_span)
            }
            Self::MonthTable(ref table) => {
                let segment = segment_at(table.zone);
                table.answer_span(segment.local, segment.span_mapper())
            }
            Self::Fallback(window) => window_span(window, t),
        }
    }
}

/// A span around `t` in which a window is active, or not.
fn window_span(window: &Window, t: i64) -> AnswerSpan {
    let (silenced, from, until) = window.runs(t);
    AnswerSpan { from, until, silenced }
}

/// With fewer windows, evaluating the block is as fast as searching a timeline.
const MIN_WINDOWS: usize = 17;

/// Limit of the spans that a timeline is built from, for each window. Windows that
/// exceed it change every few seconds, so that a timeline would be long and gain
/// little.
const MAX_STEPS_PER_WINDOW: usize = 4;

/// Whether a block has enough windows for a timeline.
pub(in crate::index) fn may_have_timeline(words: &[u32]) -> bool {
    WindowList::of(words).untyped.len() >= MIN_WINDOWS
}

/// Builds the timeline of the untyped windows of some blocks around `now`. `None` if
/// there are few windows, if `span`, the cached span of these blocks, covers the whole
/// timeline, or if it takes too many steps.
pub(in crate::index) fn near_timeline<'a>(
    blocks: impl Iterator<Item = (&'a [u32], Context<'a>)> + Clone,
    span: AnswerSpan,
    now: Timestamp,
) -> Option<NearTimeline> {
    let t = now.as_millis();
    let count: usize = blocks.clone().map(|(words, _)| WindowList::of(words).untyped.len()).sum();
    if count < MIN_WINDOWS || span.contains_margin(t, NEAR_TIMELINE_MS) {
        return None;
    }
    let (from, until) = (t - NEAR_TIMELINE_MS, t + NEAR_TIMELINE_MS);
    let mut steps = MAX_STEPS_PER_WINDOW * count;
    let mut found = Vec::new();
    for (words, context) in blocks {
        if !collect_silences(words, context, (from, until), &mut steps, &mut found) {
            return None;
        }
    }
    let since = |t: i64| (t - from) as u32;
    let silences = coalesce(&mut found).iter();
    Some(NearTimeline(silences.flat_map(|(start, end)| [since(*start), since(*end)]).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::alert_types::AlertTypeFilter;
    use crate::index::block::Block;
    use crate::index::intern::ZoneInterner;
    use crate::index::test_util::{at, once, window};
    use crate::index::windows::{BuildInput, WindowTable};
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
        near_timeline([(block.words, context)].into_iter(), span, at(NOW))
    }

    fn seconds(count: i64) -> impl Iterator<Item = Schedule> {
        let span = |second| NOW + 2_000 * second;
        (0..count).map(move |second| once(span(second), span(second) + 1_000).into())
    }

    #[test]
    fn near_timeline_needs_17_windows() {
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
    fn near_timeline_within_span_is_none() {
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
    fn near_timeline_matches_scan() {
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
    fn near_timeline_long_silence_is_cut() {
        let wrapped = NOW - NEAR_TIMELINE_MS + (1 << 32) + 200_000;
        let long = Schedule::from(once(NOW + 100_000, wrapped));
        let timeline = timeline(&block(seconds(17).chain([long])), AnswerSpan::EMPTY).unwrap();
        let answers =
            [99_999, 100_000, NEAR_TIMELINE_MS - 1].map(|t| timeline.answer(at(NOW), NOW + t));
        assert_eq!(answers, [false, true, true].map(Some));
    }

    #[test]
    fn near_timeline_too_many_steps_is_none() {
        let restless = Schedule::from(Periodic::new(at(0), 1, 2).unwrap());
        let with = |more: Schedule| timeline(&block(seconds(17).chain([more])), AnswerSpan::EMPTY);
        assert_eq!(with(restless), None);
        assert!(with(once(0, 1).into()).is_some());
    }
}
