//! Intervals in which a schedule does not change, and searches that follow them.
//!
//! An occurrence of a combination is a maximal interval in which it is active. It is found
//! from runs: intervals, not always maximal ones, in which all parts that decide are
//! constant. A search follows runs until the state changes. So that it ends, it looks for a
//! proof that there is no change, after some runs:
//!
//! - Parts on one clock, by high water, are a pattern of local times that repeats with the
//!   dates, after a day or a week. The same combination is searched in UTC.
//! - All parts have a common period, and nothing changed for that long.
//!
//! If there is no proof within [`MAX_SEARCH_STEPS`], the result tells how far the search got.

use crate::limits::MAX_SEARCH_STEPS;
use crate::schedule::combine::Operator;
use crate::schedule::math::lcm;
use crate::schedule::ranges::{Dst, SLACK_MS};
use crate::schedule::{Kind, Schedule};
use crate::time::{Interval, Timestamp, Zone};

const FIRST: i64 = Timestamp::MIN.as_millis();
const END: i64 = Timestamp::END.as_millis();

/// After this number of runs a search looks for a proof.
const RUNS_BEFORE_PROOF: u64 = 48;

/// The result of a search for an occurrence.
///
/// Only searches in combinations may be incomplete; see
/// [`MAX_SEARCH_STEPS`](crate::limits::MAX_SEARCH_STEPS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The occurrence.
    At(Interval),
    /// There is none.
    Never,
    /// Unknown: the search got to this instant, and neither found the occurrence, or its
    /// start or end, nor that there is none.
    Beyond(Timestamp),
}

impl Search {
    /// The occurrence, if it was found.
    ///
    /// ```
    /// use quietude::calendar::Search;
    ///
    /// assert_eq!(Search::Never.found(), None);
    /// ```
    #[must_use]
    pub fn found(self) -> Option<Interval> {
        if let Self::At(occurrence) = self { Some(occurrence) } else { None }
    }

    pub(crate) fn of(found: Option<Interval>) -> Self {
        found.map_or(Self::Never, Self::At)
    }
}

/// How far a search got if it did not end.
pub(crate) type Reached = i64;

/// The state at an instant, and how long it lasts at least: until an instant, or from one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) active: bool,
    pub(crate) bound: i64,
}

impl Schedule {
    /// The state at `t`, and an instant until which it lasts.
    pub(crate) fn run_after(&self, t: i64) -> Run {
        if t >= END {
            return Run { active: false, bound: i64::MAX };
        }
        let Kind::Combined(operator, parts) = self.kind() else {
            let at = Timestamp::saturating(t);
            let covering = self.occurrence_at(at).map(|o| o.end().as_millis());
            let next = || self.next_occurrence(at).map_or(i64::MAX, |o| o.start().as_millis());
            return Run { active: covering.is_some(), bound: covering.unwrap_or_else(next) };
        };
        let run =
            combined(operator, parts.iter().map(|part| part.run_after(t)), i64::min, i64::max);
        if run.active { Run { bound: run.bound.min(END), ..run } } else { run }
    }

    /// The state at `t`, and an instant from which on it lasts, up to `t`.
    pub(crate) fn run_before(&self, t: i64) -> Run {
        let t = t.min(END - 1);
        let Kind::Combined(operator, parts) = self.kind() else {
            let at = Timestamp::saturating(t);
            let covering = self.first_occurrence_at(at).map(|o| o.start().as_millis());
            let before = || self.last_end(t).unwrap_or(i64::MIN);
            return Run { active: covering.is_some(), bound: covering.unwrap_or_else(before) };
        };
        combined(operator, parts.iter().map(|part| part.run_before(t)), i64::max, i64::min)
    }

    /// [`run_after`](Self::run_after) with what is known of the parts.
    fn known_run_after(&self, t: i64, known: &mut KnownRuns) -> Run {
        let Kind::Combined(operator, parts) = self.kind() else {
            let is_valid = |from: i64, run: Run| from <= t && t < run.bound;
            return known.next_part(t, is_valid, || self.run_after(t));
        };
        let runs = parts.iter().map(|part| part.known_run_after(t, known));
        let run = combined(operator, runs, i64::min, i64::max);
        if run.active { Run { bound: run.bound.min(END), ..run } } else { run }
    }

    /// [`run_before`](Self::run_before) with what is known of the parts.
    fn known_run_before(&self, t: i64, known: &mut KnownRuns) -> Run {
        let Kind::Combined(operator, parts) = self.kind() else {
            let is_valid = |from: i64, run: Run| run.bound <= t && t <= from;
            return known.next_part(t, is_valid, || self.run_before(t));
        };
        let runs = parts.iter().map(|part| part.known_run_before(t, known));
        combined(operator, runs, i64::max, i64::min)
    }

    /// The end of the maximal interval around `t` in which the state is that at `t`.
    pub(super) fn end_of_state(
        &self,
        t: i64,
        steps: &mut u64,
        in_zone: bool,
    ) -> Result<i64, Reached> {
        let nodes = self.nodes();
        let mut known = KnownRuns::default();
        let Run { active, bound: mut end } = self.known_run_after(t, &mut known);
        let mut proof = Proof::default();
        loop {
            if end >= END {
                return Ok(END);
            }
            known.restart();
            let next = self.known_run_after(end, &mut known);
            if next.active != active {
                return Ok(end);
            }
            end = next.bound.max(end + 1);
            if end >= END {
                return Ok(END);
            }
            *steps = steps.checked_sub(known.steps(nodes)).ok_or(end)?;
            proof.runs += 1;
            if proof.runs < RUNS_BEFORE_PROOF {
                continue;
            }
            let proof = proof.of(self, in_zone);
            if let Some((zone, in_utc)) = &proof.in_utc {
                // Changes that a gap of the zone hides are followed one by one.
                let reached = in_utc
                    .end_of_state(zone.high_water(end - 1), steps, false)
                    .map_err(|reached| zone.first_instant(reached))?;
                end = end.max(zone.first_instant(reached.min(END - SLACK_MS)));
            } else if let Some((from, period)) = proof.cycle
                && end.saturating_sub(t.max(from)) >= period
            {
                return Ok(END);
            }
        }
    }

    /// The start of the maximal interval around `t` in which the state is that at `t`.
    fn start_of_state(&self, t: i64, steps: &mut u64, in_zone: bool) -> Result<i64, Reached> {
        let nodes = self.nodes();
        let mut known = KnownRuns::default();
        let t = t.min(END - 1);
        let Run { active, bound: mut start } = self.known_run_before(t, &mut known);
        let mut proof = Proof::default();
        loop {
            if start <= FIRST {
                return Ok(FIRST);
            }
            known.restart();
            let before = self.known_run_before(start - 1, &mut known);
            if before.active != active {
                return Ok(start);
            }
            start = before.bound.min(start - 1);
            if start <= FIRST {
                return Ok(FIRST);
            }
            *steps = steps.checked_sub(known.steps(nodes)).ok_or(start)?;
            proof.runs += 1;
            if proof.runs < RUNS_BEFORE_PROOF {
                continue;
            }
            let proof = proof.of(self, in_zone);
            if let Some((zone, in_utc)) = &proof.in_utc {
                let reading = zone.high_water(start).max(FIRST);
                let reached = in_utc
                    .start_of_state(reading, steps, false)
                    .map_err(|reached| zone.first_instant(reached))?;
                start = start.min(zone.first_instant(reached.max(FIRST + SLACK_MS)));
            } else if let Some((from, period)) = proof.cycle
                && start > from
                && t.min(END - 1).saturating_sub(start) >= period
            {
                // The state is constant from the first periodic instant on.
                start = from.max(FIRST);
            }
        }
    }

    /// The first occurrence that begins after `after`, not at it, or how far it was
    /// searched for; see [`next_occurrence`](Self::next_occurrence).
    #[must_use]
    pub fn search_next(&self, after: Timestamp) -> Search {
        if !matches!(self.kind(), Kind::Combined(..)) {
            return Search::of(self.next_occurrence(after));
        }
        let mut steps = MAX_SEARCH_STEPS;
        let mut search = || {
            let Some(start) = self.next_start(after, &mut steps)? else { return Ok(None) };
            Ok(Interval::clipped(start, self.end_of_state(start, &mut steps, true)?))
        };
        result_of(search())
    }

    /// The start of the first occurrence that begins after `after`; an error if it was not
    /// found within a number of steps, which are counted down.
    pub(crate) fn next_start(
        &self,
        after: Timestamp,
        steps: &mut u64,
    ) -> Result<Option<i64>, Reached> {
        if !matches!(self.kind(), Kind::Combined(..)) {
            return Ok(self.next_occurrence(after).map(|next| next.start().as_millis()));
        }
        let mut start = after.as_millis();
        if self.contains(after) {
            start = self.end_of_state(start, steps, true)?;
        }
        let start = self.end_of_state(start, steps, true)?;
        Ok((start < END).then_some(start))
    }

    /// The last occurrence that begins before `before`, not at it, or how far back it was
    /// searched for; see [`previous_occurrence`](Self::previous_occurrence).
    #[must_use]
    pub fn search_previous(&self, before: Timestamp) -> Search {
        if !matches!(self.kind(), Kind::Combined(..)) {
            return Search::of(self.previous_occurrence(before));
        }
        let mut steps = MAX_SEARCH_STEPS;
        let mut search = || {
            if before <= Timestamp::MIN {
                return Ok(None);
            }
            let mut last = before.as_millis() - 1;
            if !self.contains(Timestamp::saturating(last)) {
                let start = self.start_of_state(last, &mut steps, true)?;
                if start <= FIRST {
                    return Ok(None);
                }
                last = start - 1;
            }
            let end = self.end_of_state(last, &mut steps, true)?;
            Ok(Interval::clipped(self.start_of_state(last, &mut steps, true)?, end))
        };
        result_of(search())
    }

    /// The occurrence that covers `t`, or how far its start or end was searched for; see
    /// [`occurrence_at`](Self::occurrence_at).
    #[must_use]
    pub fn search_at(&self, t: Timestamp) -> Search {
        if !self.contains(t) {
            return Search::Never;
        }
        match self.bounds_at(t) {
            (Ok(start), Ok(end)) => Search::of(Interval::clipped(start, end)),
            (Err(t), _) | (_, Err(t)) => Search::Beyond(Timestamp::saturating(t)),
        }
    }

    /// The start and the end of the occurrence that covers `t`, which one does, or how far
    /// they were searched for.
    pub(crate) fn bounds_at(&self, t: Timestamp) -> (Result<i64, Reached>, Result<i64, Reached>) {
        if !matches!(self.kind(), Kind::Combined(..)) {
            let found = self.occurrence_at(t);
            let bound = |bound: fn(Interval) -> Timestamp| {
                Ok(found.map_or(t.as_millis(), |found| bound(found).as_millis()))
            };
            return (bound(Interval::start), bound(Interval::end));
        }
        let mut steps = MAX_SEARCH_STEPS;
        let end = self.end_of_state(t.as_millis(), &mut steps, true);
        let mut steps = MAX_SEARCH_STEPS;
        (self.start_of_state(t.as_millis(), &mut steps, true), end)
    }

    /// An instant until which a combination that is active at `t` stays so.
    pub(super) fn combined_until(&self, t: i64) -> i64 {
        let mut steps = 64 * self.nodes();
        self.end_of_state(t, &mut steps, true).unwrap_or_else(|reached| reached)
    }

    /// The instant from which on a combination is periodic, and the period.
    pub(super) fn combined_cycle(&self) -> (Option<i64>, Option<i64>) {
        let Kind::Combined(_, parts) = self.kind() else { return self.cycle() };
        let (mut from, mut period) = (i64::MIN, Some(1));
        for part in parts {
            match part.cycle() {
                (Some(part_from), own) => {
                    from = from.max(part_from);
                    period = period.zip(own).and_then(|(period, own)| lcm(period, own));
                }
                (None, _) => from = from.max(part.last_end(END).unwrap_or(i64::MIN)),
            }
        }
        (Some(from), period)
    }

    /// The zone of all parts, if they are calendars by high water in one zone.
    fn common_clock(&self) -> Option<&Zone> {
        match self.kind() {
            Kind::Calendar(calendar) if calendar.dst() == Dst::HighWater => Some(&calendar.zone),
            Kind::Combined(_, parts) => {
                let mut zones = parts.iter().map(Self::common_clock);
                let first = zones.next().flatten()?;
                zones.all(|zone| zone == Some(first)).then_some(first)
            }
            _ => None,
        }
    }
}

/// The last run of each part of a combination that is no combination itself, in a search in
/// one direction. A part is evaluated again only when its run is over, so that a search for
/// the next of rare days is not repeated with every run of the others.
#[derive(Default)]
struct KnownRuns {
    /// The instant at which the part was evaluated, and its run from there on.
    runs: Vec<(i64, Run)>,
    next: usize,
    /// The evaluations since the last count of steps.
    evaluated: u64,
}

impl KnownRuns {
    /// Begins with the first part again.
    fn restart(&mut self) {
        self.next = 0;
    }

    /// The steps since the last count, in a combination with a number of nodes: the
    /// evaluations, and the visits of the nodes, which take a small part of their time.
    fn steps(&mut self, nodes: u64) -> u64 {
        (std::mem::take(&mut self.evaluated) + nodes / 16).max(1)
    }

    /// The run of the next part at `t`, evaluated unless the known one is valid there.
    fn next_part(
        &mut self,
        t: i64,
        is_valid: impl Fn(i64, Run) -> bool,
        evaluate: impl FnOnce() -> Run,
    ) -> Run {
        let index = self.next;
        self.next += 1;
        match self.runs.get_mut(index) {
            Some((from, run)) if is_valid(*from, *run) => *run,
            Some(known) => {
                self.evaluated += 1;
                *known = (t, evaluate());
                known.1
            }
            None => {
                self.evaluated += 1;
                let run = evaluate();
                self.runs.push((t, run));
                run
            }
        }
    }
}

/// What a search may use to prove that there is no change.
#[derive(Default)]
struct Proof {
    runs: u64,
    is_known: bool,
    /// The zone of all parts, and the combination in UTC.
    in_utc: Option<(Zone, Schedule)>,
    /// The instant from which on the combination is periodic, and the period.
    cycle: Option<(i64, i64)>,
}

impl Proof {
    fn of(&mut self, schedule: &Schedule, in_zone: bool) -> &Self {
        if !self.is_known {
            self.is_known = true;
            let zone = if in_zone { schedule.common_clock() } else { None };
            self.in_utc = zone
                .filter(|zone| **zone != Zone::utc())
                .and_then(|zone| Some((zone.clone(), schedule.in_utc()?)));
            let (from, period) = schedule.cycle();
            self.cycle = from.zip(period);
        }
        self
    }
}

/// The run of a combination. `shorter` selects of two bounds the one that is closer, and
/// `longer` the other one.
fn combined(
    operator: Operator,
    runs: impl Iterator<Item = Run>,
    shorter: fn(i64, i64) -> i64,
    longer: fn(i64, i64) -> i64,
) -> Run {
    // The state of one part that decides the state of the whole.
    let decisive = operator != Operator::All;
    let (mut decided, mut others): (Option<i64>, Option<i64>) = (None, None);
    for run in runs {
        if run.active == decisive {
            decided = Some(decided.map_or(run.bound, |bound| longer(bound, run.bound)));
        } else {
            others = Some(others.map_or(run.bound, |bound| shorter(bound, run.bound)));
        }
    }
    let run = match (decided, others) {
        (Some(bound), _) => Run { active: decisive, bound },
        (None, bound) => Run { active: !decisive, bound: bound.unwrap_or_default() },
    };
    if operator == Operator::Not { Run { active: !run.active, ..run } } else { run }
}

fn result_of(found: Result<Option<Interval>, Reached>) -> Search {
    match found {
        Ok(found) => Search::of(found),
        Err(reached) => Search::Beyond(Timestamp::saturating(reached)),
    }
}
