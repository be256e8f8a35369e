//! Explanations: the verdict on each window that refers to a subject.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::limits::MAX_NEAR_MISSES;
use crate::scope::{AlertType, Ancestry, FailedTest, Subject};
use crate::silencer::{SilenceEnd, Silencer};
use crate::time::{Interval, Timestamp};
use crate::window::{Effect, Window, WindowState};

/// The explanations of all windows that refer to a subject, at an instant; see
/// [`Silencer::explain`](crate::Silencer::explain). `Display` gives one line for the
/// subject, one for each window, and one for the windows that were omitted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The entity of the query, or else the one that its entity label names; `None`
    /// without either.
    pub entity: Option<String>,
    /// The alert type of the query.
    pub alert_type: Option<String>,
    /// The groups of the query.
    pub groups: Vec<String>,
    /// The attributes of the query: the labels of an alert.
    pub attributes: Vec<(String, String)>,
    /// The instant of the query.
    pub at: Timestamp,
    /// The effect on the subject; `None` if it is not silenced.
    pub effect: Option<Effect>,
    /// The end of the silence; `None` if the subject is not silenced.
    pub until: Option<SilenceEnd>,
    /// The windows, in the order of the registry. All that cover the subject for some
    /// alert type, and at most [`MAX_NEAR_MISSES`] others: near misses before those that
    /// are out of scope, and active ones before those that are not.
    pub windows: Vec<WindowExplanation>,
    /// The number of windows that were left out because of that limit.
    pub omitted: usize,
}

/// The verdict on one window, with the occurrences around the instant of the query.
/// `Display` gives one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WindowExplanation {
    /// The window.
    pub window: Arc<Window>,
    /// Whether it silences the subject, or why it does not.
    pub verdict: Verdict,
    /// The occurrence that covers the instant, clipped to the validity.
    pub current: Option<Interval>,
    /// The previous occurrence.
    pub previous: Option<Interval>,
    /// The next occurrence.
    pub next: Option<Interval>,
    /// What a change of the clocks did to these occurrences, and which occurrence next to
    /// the instant does not happen as its local time does not exist; a sentence each.
    pub clock_changes: Vec<String>,
    /// The parts of a combination, each with whether it is active; see
    /// [`Schedule::explain_parts`](crate::Schedule::explain_parts).
    pub parts: Vec<String>,
}

/// Whether a window silences a subject, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It covers the subject and is active. `via` is the selected ancestor, if the
    /// subject is not selected itself.
    Silences {
        /// The ancestor through which the subject is covered.
        via: Option<String>,
    },
    /// It covers the subject and is not active.
    Inactive {
        /// The state of the window.
        state: WindowState,
    },
    /// It covers the subject for other alert types only.
    OtherAlertType {
        /// The alert types in its scope for which it covers the subject.
        covered: Vec<AlertType>,
    },
    /// It would cover the subject if one test of its scope had the other result; the
    /// subject passes another test that it must pass.
    NearMiss {
        /// The test that fails.
        failed: FailedTest,
    },
    /// Its scope refers to the subject, or to one of its ancestors or groups, but does
    /// not cover the subject, and it is no near miss. Not listed for a subject with
    /// groups or attributes of its own.
    OutOfScope,
}

impl Explanation {
    pub(crate) fn new(silencer: &Silencer, subject: &Subject<'_>, at: Timestamp) -> Self {
        let ancestry = Ancestry::of(subject, silencer.topology());
        let labelled = Some(silencer.topology().entity_of(subject)).filter(|id| !id.is_empty());
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        for (position, window) in silencer.index().candidate_windows(subject).iter().enumerate() {
            if let Some(verdict) = covering_verdict(window, &ancestry, subject, silencer, at) {
                listed.push((position, *window, verdict));
            } else if let Some(is_near) = is_near_miss(window, &ancestry, subject) {
                others.push((!is_near, !window.is_active(at), position, *window));
            }
        }
        others
            .sort_unstable_by_key(|(is_far, is_idle, position, _)| (*is_far, *is_idle, *position));
        let omitted = others.len().saturating_sub(MAX_NEAR_MISSES);
        for (_, _, position, window) in others.into_iter().take(MAX_NEAR_MISSES) {
            let descends = window.propagation().descends();
            let verdict = match ancestry.near_miss(window.scope(), descends) {
                Some(failed) => Verdict::NearMiss { failed },
                None => Verdict::OutOfScope,
            };
            listed.push((position, window, verdict));
        }
        listed.sort_unstable_by_key(|(position, ..)| *position);
        let explained =
            listed.into_iter().map(|(_, window, verdict)| explain_window(window, verdict, at));
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            entity: subject.entity_id().or(labelled).map(str::to_owned),
            alert_type: subject.alert_type().map(str::to_owned),
            groups: subject.groups().iter().map(|group| (*group).to_owned()).collect(),
            attributes: subject.attributes().iter().map(owned).collect(),
            at,
            effect: silencer.effect(subject, at),
            until: silencer.silenced_until(subject, at),
            windows: explained.collect(),
            omitted,
        }
    }
}

/// The verdict on a window that covers the subject for some alert type.
fn covering_verdict(
    window: &Window,
    ancestry: &Ancestry<'_>,
    subject: &Subject<'_>,
    silencer: &Silencer,
    at: Timestamp,
) -> Option<Verdict> {
    let (scope, topology) = (window.scope(), silencer.topology());
    if let Some(through) = ancestry.covered_through(scope, window.propagation().descends()) {
        let via = (through != topology.entity_of(subject)).then(|| through.to_owned());
        return Some(match window.state_at(at) {
            WindowState::Active => Verdict::Silences { via },
            state => Verdict::Inactive { state },
        });
    }
    let mut covered = Vec::new();
    scope.alert_types(&mut |alert_type| {
        let other = subject.with_alert_type(alert_type.as_str());
        if !covered.contains(alert_type) && window.covers(&other, topology) {
            covered.push(alert_type.clone());
        }
    });
    (!covered.is_empty()).then_some(Verdict::OtherAlertType { covered })
}

/// Whether a window that does not cover the subject is a near miss. `None` if its scope
/// does not refer to the subject.
fn is_near_miss(window: &Window, ancestry: &Ancestry<'_>, subject: &Subject<'_>) -> Option<bool> {
    let is_near = ancestry.is_near_miss(window.scope(), window.propagation().descends());
    let is_plain = subject.groups().is_empty() && subject.attributes().is_empty();
    (is_near || (is_plain && ancestry.mentions(window.scope()))).then_some(is_near)
}

fn explain_window(window: &Arc<Window>, verdict: Verdict, at: Timestamp) -> WindowExplanation {
    let current = window.occurrence_at(at);
    let before = current.map_or(at, Interval::start);
    let previous = window.previous_occurrence(before);
    let next = window.next_occurrence(at);
    WindowExplanation {
        window: window.clone(),
        verdict,
        current,
        previous,
        next,
        clock_changes: clock_changes(window, at, previous, current, next),
        parts: window.schedule().explain_parts(at),
    }
}

/// How far an occurrence that does not happen is looked for, if there is none before or
/// after it: a year.
const REACH_MS: i64 = 366 * 86_400_000;

fn clock_changes(
    window: &Window,
    at: Timestamp,
    previous: Option<Interval>,
    current: Option<Interval>,
    next: Option<Interval>,
) -> Vec<String> {
    let (schedule, (valid_from, valid_until)) = (window.schedule(), window.bounds());
    let at = at.as_millis();
    let from = previous.map_or(at.saturating_sub(REACH_MS), |o| o.start().as_millis());
    let until = next.map_or(at.saturating_add(REACH_MS), |o| o.start().as_millis());
    let (from, until) = (from.max(valid_from), until.min(valid_until));
    let of = |occurrence: Option<Interval>| {
        let notes = occurrence.map(|o| schedule.describe_clock_changes(o)).unwrap_or_default();
        notes.into_iter().map(|note| note.text).collect::<Vec<_>>()
    };
    let mut notes = of(previous);
    if from < at {
        notes.extend(schedule.describe_dropped(from, at.min(until), true));
    }
    notes.extend(of(current));
    if at < until {
        notes.extend(schedule.describe_dropped(at.max(from), until, false));
    }
    notes.extend(of(next));
    let mut known = HashSet::new();
    notes.retain(|note| known.insert(note.clone()));
    notes
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entity {
            Some(entity) => f.write_str(entity)?,
            None => {
                f.write_str("{")?;
                for (index, (name, value)) in self.attributes.iter().enumerate() {
                    write!(f, "{}{name}={value:?}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")?;
                for (index, group) in self.groups.iter().enumerate() {
                    write!(f, "{}{group}", if index == 0 { " in " } else { ", " })?;
                }
            }
        }
        if let Some(alert_type) = &self.alert_type {
            write!(f, " ({alert_type})")?;
        }
        match (self.effect, self.until) {
            (Some(effect), Some(until)) => {
                writeln!(f, " is silenced ({effect}) at {} until {until}", self.at)?;
            }
            _ => writeln!(f, " is not silenced at {}", self.at)?,
        }
        for window in &self.windows {
            writeln!(f, "  {window}")?;
        }
        if self.omitted > 0 {
            writeln!(f, "  and {} more that do not cover it", self.omitted)?;
        }
        Ok(())
    }
}

impl fmt::Display for WindowExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.window.id(), self.verdict)?;
        for part in &self.parts {
            write!(f, "; {part}")?;
        }
        if let Some(current) = self.current {
            write!(f, "; occurs {current}")?;
        }
        if let Some(previous) = self.previous {
            write!(f, "; last ended {}", previous.end())?;
        }
        if let Some(next) = self.next {
            write!(f, "; next begins {}", next.start())?;
        }
        let validity = self.window.validity();
        if let Some(from) = validity.start() {
            write!(f, "; valid from {from}")?;
        }
        if let Some(until) = validity.end() {
            write!(f, "; valid until {until}")?;
        }
        for note in &self.clock_changes {
            write!(f, "; {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silences { via: None } => f.write_str("silences it"),
            Self::Silences { via: Some(ancestor) } => write!(f, "silences it through {ancestor}"),
            Self::Inactive { state } => write!(f, "covers it, and is {state}"),
            Self::OtherAlertType { covered } => {
                f.write_str("covers it for alert type ")?;
                for (index, alert_type) in covered.iter().enumerate() {
                    write!(f, "{}{alert_type}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::NearMiss { failed } => write!(f, "does not cover it: {failed}"),
            Self::OutOfScope => f.write_str("does not cover it: excluded, or more is asked for"),
        }
    }
}
