//! Explanations: the verdict on each window that refers to a subject.

use std::fmt;
use std::sync::Arc;

use crate::scope::{AlertType, Ancestry, Subject};
use crate::silencer::{SilenceEnd, Silencer};
use crate::time::{Interval, Timestamp};
use crate::window::{Effect, Window, WindowState};

/// The explanations of all windows that refer to a subject, at an instant; see
/// [`Silencer::explain`](crate::Silencer::explain). `Display` gives one line for the
/// subject and one for each window.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The entity of the query.
    pub entity: String,
    /// The alert type of the query.
    pub alert_type: Option<String>,
    /// The instant of the query.
    pub at: Timestamp,
    /// The effect on the subject; `None` if it is not silenced.
    pub effect: Option<Effect>,
    /// The end of the silence; `None` if the subject is not silenced.
    pub until: Option<SilenceEnd>,
    /// The windows, in the order of the registry.
    pub windows: Vec<WindowExplanation>,
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
    /// Its scope refers to the subject, or to one of its ancestors or groups, but does
    /// not cover the subject: it is excluded, or another test fails.
    OutOfScope,
}

impl Explanation {
    pub(crate) fn new(silencer: &Silencer, subject: &Subject<'_>, at: Timestamp) -> Self {
        let ancestry = Ancestry::of(subject, silencer.topology());
        let windows = silencer
            .index()
            .candidate_windows(subject)
            .into_iter()
            .filter_map(|window| explain_window(window, &ancestry, subject, silencer, at))
            .collect();
        Self {
            entity: subject.entity_id().to_owned(),
            alert_type: subject.alert_type().map(str::to_owned),
            at,
            effect: silencer.effect(subject, at),
            until: silencer.silenced_until(subject, at),
            windows,
        }
    }
}

fn explain_window(
    window: &Arc<Window>,
    ancestry: &Ancestry<'_>,
    subject: &Subject<'_>,
    silencer: &Silencer,
    at: Timestamp,
) -> Option<WindowExplanation> {
    let descends = window.propagation().descends();
    let verdict = match ancestry.covered_through(window.scope(), descends) {
        Some(through) if window.is_active(at) => {
            let via = (through != subject.entity_id()).then(|| through.to_owned());
            Verdict::Silences { via }
        }
        Some(_) => Verdict::Inactive { state: window.state_at(at) },
        None => {
            let mut covered = Vec::new();
            window.scope().alert_types(&mut |alert_type| {
                let other = subject.with_alert_type(alert_type.as_str());
                if !covered.contains(alert_type) && window.covers(&other, silencer.topology()) {
                    covered.push(alert_type.clone());
                }
            });
            if !covered.is_empty() {
                Verdict::OtherAlertType { covered }
            } else if ancestry.mentions(window.scope()) {
                Verdict::OutOfScope
            } else {
                return None;
            }
        }
    };
    let current = window.occurrence_at(at);
    let before = current.map_or(at, Interval::start);
    let previous = window.previous_occurrence(before);
    let next = window.next_occurrence(at);
    Some(WindowExplanation {
        window: window.clone(),
        verdict,
        current,
        previous,
        next,
        clock_changes: clock_changes(window, at, previous, current, next),
        parts: window.schedule().explain_parts(at),
    })
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
        occurrence.map(|o| schedule.describe_clock_changes(o)).unwrap_or_default()
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
    notes
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.entity)?;
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
            Self::OutOfScope => f.write_str("does not cover it: excluded, or more is asked for"),
        }
    }
}
