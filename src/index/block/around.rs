//! What a block says around the present, and not only at an instant: its parts,
//! each with the stretch in which its answer stays as it is.

use crate::index::block::{Context, Header, IS_WEEK, SHAPE_SHIFT, ZONE_SHIFT};
use crate::index::bounds::ALWAYS;
use crate::index::clock::ClockSegment;
use crate::index::pattern::{self, RangeLayout, residue};
use crate::index::stretch::{AnswerSpan, NearState};
use crate::index::words::WordReader;
use crate::index::{calendar, meter, monthly, spans};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// How far around the present a stretch is worth extending, in milliseconds.
pub(super) const NEAR_TARGET_MS: i64 = 600_000;
/// No further does it reach, so that its length fits into a slot.
const NEAR_LIMIT_MS: i64 = i32::MAX as i64;
/// In how many steps.
const MAX_EXTENSIONS: usize = 16;

/// A stretch of time around `t` in which the answer of the block stays as it
/// is: not the longest there is, but one that reaches ten minutes to either
/// side if the answer does; and where it does not, what was seen beside it.
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
    // After the end of time nothing is silenced.
    let span = if found.silenced { found.clamp(ALWAYS.0, ALWAYS.1) } else { found };
    NearState { span, before_ms, after_ms }
}

/// A stretch that ends where a window, a clock or a calendar does something.
fn span_at(words: &[u32], context: Context<'_>, t: i64) -> AnswerSpan {
    let mut at =
        PointVisitor { zones: context.zones, t, segment: None, span: AnswerSpan::always(false) };
    visit_rules(words, context, &mut at);
    at.span
}

/// Asks each part at the same instant.
struct PointVisitor<'a> {
    zones: &'a [Zone],
    t: i64,
    /// The last one that was looked at.
    segment: Option<ClockSegment>,
    /// Of those asked so far.
    span: AnswerSpan,
}

impl Visitor for PointVisitor<'_> {
    #[inline(always)]
    fn visit(&mut self, visit: Rule<'_>) {
        let (t, zones, last) = (self.t, self.zones, &mut self.segment);
        let own = visit.answer_span(t, |zone| {
            let known = last.filter(|known| known.zone == zone);
            *last.insert(known.unwrap_or_else(|| ClockSegment::at(zones, zone, t)))
        });
        self.span = self.span.or(own);
    }
}

/// Adds each silence of each part of the block, as far as it lies in `[from, until)`,
/// to `found`; false, if that takes more than `steps`, which become fewer.
pub(in crate::index) fn collect_silences(
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

/// Asks each part from an instant to another.
struct RangeVisitor<'a> {
    zones: &'a [Zone],
    from: i64,
    until: i64,
    steps: &'a mut usize,
    found: &'a mut Vec<(i64, i64)>,
}

impl Visitor for RangeVisitor<'_> {
    #[inline]
    fn visit(&mut self, visit: Rule<'_>) {
        let mut t = self.from;
        while t < self.until && *self.steps > 0 {
            let span = visit.answer_span(t, |zone| ClockSegment::at(self.zones, zone, t));
            if span.silenced {
                self.found.push((t, span.until.min(self.until)));
            }
            t = span.until;
            *self.steps -= 1;
        }
    }
}

/// What says by itself when it silences.
enum Rule<'a> {
    Periodic(&'a [u32; meter::WORDS]),
    Calendar(calendar::PackedCalendar),
    /// At its beginning.
    OneTime(WordReader<'a>),
    /// Its first words, and what follows them.
    CalendarCycle([u32; 2], WordReader<'a>),
    PeriodCycle([u32; 3], WordReader<'a>),
    MonthTable(monthly::MonthTable<'a>),
    Fallback(&'a Window),
}

trait Visitor {
    fn visit(&mut self, visit: Rule<'_>);
}

/// Shows each part of a block.
#[inline(always)]
fn visit_rules(words: &[u32], context: Context<'_>, visitor: &mut impl Visitor) {
    let mut reader = WordReader::new(words);
    let header = Header::read(&mut reader);
    for meter in reader.take_arrays(header.periodic as usize) {
        visitor.visit(Rule::Periodic(meter));
    }
    for number in 0..header.calendars {
        visitor.visit(Rule::Calendar(header.calendar(&reader, number)));
    }
    let mut words = WordReader::new(&words[header.one_time as usize..]);
    visitor.visit(Rule::OneTime(words));
    if !header.has_overflow {
        return;
    }
    spans::skip(&mut words);
    let [calendar_cycles, period_cycles, month_rules, month_tables, fallback] = *words.take_array();
    for _ in 0..calendar_cycles {
        let circle = *words.take_array();
        visitor.visit(Rule::CalendarCycle(circle, words));
        pattern::skip(&mut words, shape(circle));
    }
    for _ in 0..period_cycles {
        let ring = *words.take_array();
        visitor.visit(Rule::PeriodCycle(ring, words));
        let [_, header, count] = ring;
        pattern::skip(&mut words, shape([header, count]));
    }
    for rule in words.take_arrays(month_rules as usize) {
        visitor.visit(Rule::Calendar(calendar::PackedCalendar::read(rule, true)));
    }
    for _ in 0..month_tables {
        visitor.visit(Rule::MonthTable(monthly::MonthTable::read(&mut words)));
    }
    for number in words.take_slice(fallback as usize) {
        visitor.visit(Rule::Fallback(context.windows.get(*number)));
    }
}

fn shape([header, count]: [u32; 2]) -> (RangeLayout, u32) {
    (RangeLayout::of(header >> SHAPE_SHIFT), count)
}

impl Rule<'_> {
    /// Where around `t` its answer stays as it is; `clock` is that of a zone at `t`.
    #[inline(always)]
    fn answer_span(&self, t: i64, segment_at: impl FnOnce(u32) -> ClockSegment) -> AnswerSpan {
        match *self {
            Self::Periodic(meter) => meter::answer_span(meter, t),
            Self::Calendar(ref rule) => {
                let segment = segment_at(rule.zone);
                rule.answer_span(segment.local, t, segment.span_mapper())
            }
            Self::OneTime(words) => spans::answer_span(words, t),
            Self::CalendarCycle([header, count], words) => {
                let segment = segment_at(header >> ZONE_SHIFT);
                let (position, modulus) = segment.local.cycle_position(header & IS_WEEK);
                let place = (modulus, position);
                pattern::answer_span(words, shape([header, count]), place, t, segment.span_mapper())
            }
            Self::PeriodCycle([modulus, header, count], words) => {
                let to_span = |back, ahead| AnswerSpan::from_distances(t, back, ahead);
                let place = (modulus, residue(t, modulus));
                pattern::answer_span(words, shape([header, count]), place, t, to_span)
            }
            Self::MonthTable(ref table) => {
                let segment = segment_at(table.zone);
                table.answer_span(segment.local, segment.span_mapper())
            }
            Self::Fallback(window) => window_span(window, t),
        }
    }
}

/// Where around `t` the answer of a window stays as it is.
fn window_span(window: &Window, t: i64) -> AnswerSpan {
    let at = Timestamp::saturating(t);
    match window.occurrence_at(at) {
        Some(current) => AnswerSpan {
            from: current.start().as_millis(),
            until: current.end().as_millis(),
            silenced: true,
        },
        None => AnswerSpan {
            from: window
                .previous_occurrence(at)
                .map_or(i64::MIN, |previous| previous.end().as_millis()),
            until: window.next_occurrence(at).map_or(i64::MAX, |next| next.start().as_millis()),
            silenced: false,
        },
    }
}
