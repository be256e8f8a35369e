//! What a block says around the present, and not only at an instant: its parts,
//! each with the stretch in which its answer stays as it is.

use crate::index::block::{Context, Header, IS_WEEK, SHAPE_SHIFT, ZONE_SHIFT};
use crate::index::bounds::ALWAYS;
use crate::index::clock::ClockSegment;
use crate::index::pattern::{self, RangeLayout, position_of};
use crate::index::stretch::{NearState, AnswerSpan};
use crate::index::words::WordReader;
use crate::index::{calendar, meter, monthly, spans};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// How far around the present a stretch is worth extending, in milliseconds.
pub(super) const NEAR_MS: i64 = 600_000;
/// No further does it reach, so that its length fits into a slot.
const REACH_MS: i64 = i32::MAX as i64;
/// In how many steps.
const STEPS: usize = 16;

/// A stretch of time around `t` in which the answer of the block stays as it
/// is: not the longest there is, but one that reaches ten minutes to either
/// side if the answer does; and where it does not, what was seen beside it.
pub(in crate::index) fn around(words: &[u32], context: Context<'_>, t: i64) -> NearState {
    let mut found = stretch_at(words, context, t);
    let (mut before, mut after) = (0, 0);
    for _ in 0..STEPS {
        if found.until >= t + NEAR_MS || found.until >= ALWAYS.1 {
            break;
        }
        let next = stretch_at(words, context, found.until);
        if next.answer != found.answer {
            after = next.until.min(ALWAYS.1) - found.until;
            break;
        }
        found.until = next.until;
    }
    for _ in 0..STEPS {
        if found.from <= t - NEAR_MS || found.from <= ALWAYS.0 {
            break;
        }
        let previous = stretch_at(words, context, found.from - 1);
        if previous.answer != found.answer {
            before = found.from - previous.from.max(ALWAYS.0);
            break;
        }
        found.from = previous.from;
    }
    let found = found.within(t.saturating_sub(REACH_MS), t.saturating_add(REACH_MS));
    // After the end of time nothing is silenced.
    let stretch = if found.answer { found.within(ALWAYS.0, ALWAYS.1) } else { found };
    NearState { stretch, before, after }
}

/// A stretch that ends where a window, a clock or a calendar does something.
fn stretch_at(words: &[u32], context: Context<'_>, t: i64) -> AnswerSpan {
    let mut at = PointVisitor { zones: context.zones, t, clock: None, stretch: AnswerSpan::always(false) };
    visit_rules(words, context, &mut at);
    at.stretch
}

/// Asks each part at the same instant.
struct PointVisitor<'a> {
    zones: &'a [Zone],
    t: i64,
    /// The last one that was looked at.
    clock: Option<ClockSegment>,
    /// Of those asked so far.
    stretch: AnswerSpan,
}

impl Visitor for PointVisitor<'_> {
    #[inline(always)]
    fn visit(&mut self, visit: Rule<'_>) {
        let (t, zones, last) = (self.t, self.zones, &mut self.clock);
        let own = visit.stretch(t, |zone| {
            let known = last.filter(|known| known.zone == zone);
            *last.insert(known.unwrap_or_else(|| ClockSegment::at(zones, zone, t)))
        });
        self.stretch = self.stretch.or(own);
    }
}

/// Adds each silence of each part of the block, as far as it lies in `[from, until)`,
/// to `found`; false, if that takes more than `steps`, which become fewer.
pub(in crate::index) fn silences_between(
    words: &[u32],
    context: Context<'_>,
    (from, until): (i64, i64),
    steps: &mut usize,
    found: &mut Vec<(i64, i64)>,
) -> bool {
    let (from, until) = (from.max(ALWAYS.0), until.min(ALWAYS.1));
    visit_rules(words, context, &mut RangeVisitor { zones: context.zones, from, until, steps, found });
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
            let stretch = visit.stretch(t, |zone| ClockSegment::at(self.zones, zone, t));
            if stretch.answer {
                self.found.push((t, stretch.until.min(self.until)));
            }
            t = stretch.until;
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
    let head = Header::read(&mut reader);
    for meter in reader.records(head.meters as usize) {
        visitor.visit(Rule::Periodic(meter));
    }
    for number in 0..head.calendars {
        visitor.visit(Rule::Calendar(head.calendar(&reader, number)));
    }
    let mut words = WordReader::new(&words[head.spans as usize..]);
    visitor.visit(Rule::OneTime(words));
    if !head.has_rest {
        return;
    }
    spans::skip(&mut words);
    let [circles, rings, monthlies, tables, direct] = *words.words();
    for _ in 0..circles {
        let circle = *words.words();
        visitor.visit(Rule::CalendarCycle(circle, words));
        pattern::skip(&mut words, shape(circle));
    }
    for _ in 0..rings {
        let ring = *words.words();
        visitor.visit(Rule::PeriodCycle(ring, words));
        let [_, head, count] = ring;
        pattern::skip(&mut words, shape([head, count]));
    }
    for rule in words.records(monthlies as usize) {
        visitor.visit(Rule::Calendar(calendar::PackedCalendar::read(rule, true)));
    }
    for _ in 0..tables {
        visitor.visit(Rule::MonthTable(monthly::MonthTable::read(&mut words)));
    }
    for number in words.slice(direct as usize) {
        visitor.visit(Rule::Fallback(context.windows.get(*number)));
    }
}

fn shape([head, count]: [u32; 2]) -> (RangeLayout, u32) {
    (RangeLayout::of(head >> SHAPE_SHIFT), count)
}

impl Rule<'_> {
    /// Where around `t` its answer stays as it is; `clock` is that of a zone at `t`.
    #[inline(always)]
    fn stretch(&self, t: i64, clock: impl FnOnce(u32) -> ClockSegment) -> AnswerSpan {
        match *self {
            Self::Periodic(meter) => meter::stretch(meter, t),
            Self::Calendar(ref rule) => {
                let clock = clock(rule.zone);
                rule.stretch(clock.reading, t, clock.around())
            }
            Self::OneTime(words) => spans::stretch(words, t),
            Self::CalendarCycle([head, count], words) => {
                let clock = clock(head >> ZONE_SHIFT);
                let (position, modulus) = clock.reading.position(head & IS_WEEK);
                let place = (modulus, position);
                pattern::stretch(words, shape([head, count]), place, t, clock.around())
            }
            Self::PeriodCycle([modulus, head, count], words) => {
                let around = |back, ahead| AnswerSpan::around(t, back, ahead);
                let place = (modulus, position_of(t, modulus));
                pattern::stretch(words, shape([head, count]), place, t, around)
            }
            Self::MonthTable(ref table) => {
                let clock = clock(table.zone);
                table.stretch(clock.reading, clock.around())
            }
            Self::Fallback(window) => stretch_of(window, t),
        }
    }
}

/// Where around `t` the answer of a window stays as it is.
fn stretch_of(window: &Window, t: i64) -> AnswerSpan {
    let at = Timestamp::saturating(t);
    match window.occurrence_at(at) {
        Some(current) => AnswerSpan {
            from: current.start().as_millis(),
            until: current.end().as_millis(),
            answer: true,
        },
        None => AnswerSpan {
            from: window
                .previous_occurrence(at)
                .map_or(i64::MIN, |previous| previous.end().as_millis()),
            until: window.next_occurrence(at).map_or(i64::MAX, |next| next.start().as_millis()),
            answer: false,
        },
    }
}
