//! A reference implementation without an index: every window is tested whether it covers
//! the subject, and its schedule whether it contains the instant.

use std::sync::Arc;

use quietude::{
    Effect, EntityState, Interval, NextSilence, Registry, SilenceEnd, Silencer, Subject, Timestamp,
    Topology, Window,
};

use crate::clock::{END, FIRST, LAST, clamped};
use crate::subjects::OwnedSubject;

/// The maximum number of steps to find the end of a silence.
const STEPS: usize = 100;

/// The windows that cover a subject.
pub(crate) struct Reference<'a> {
    windows: Vec<&'a Arc<Window>>,
}

/// The end of a silence, as far as it was searched.
#[derive(Clone, Copy, PartialEq)]
enum FoundEnd {
    To(Timestamp),
    /// The silence continues there.
    Beyond(Timestamp),
}

fn is_active(window: &Window, t: Timestamp) -> bool {
    let validity = window.validity();
    window.is_enabled()
        && validity.start().is_none_or(|since| since <= t)
        && validity.end().is_none_or(|until| t < until)
        && window.closed_at().is_none_or(|closed| t < closed)
        && window.schedule().contains(t)
}

impl<'a> Reference<'a> {
    pub(crate) fn new(registry: &'a Registry, topology: &Topology, subject: &Subject<'_>) -> Self {
        let covering = |window: &&Arc<Window>| window.covers(subject, topology);
        Self { windows: registry.iter().filter(covering).collect() }
    }

    fn active(&self, t: Timestamp) -> impl Iterator<Item = &'a Window> + Clone + '_ {
        self.windows.iter().map(|window| &***window).filter(move |window| is_active(window, t))
    }

    fn effect(&self, t: Timestamp) -> Option<Effect> {
        self.active(t).map(Window::effect).max()
    }

    fn state(&self, t: Timestamp) -> Option<EntityState> {
        self.active(t).filter_map(Window::state_during).min()
    }

    fn until(&self, t: Timestamp) -> Option<FoundEnd> {
        let mut end = t;
        for _ in 0..STEPS {
            let ends = self.active(end).map(|window| {
                window.occurrence_at(end).expect("an active window has an occurrence").end()
            });
            match ends.max() {
                Some(later) => end = later,
                None => return (end > t).then_some(FoundEnd::To(end)),
            }
        }
        Some(FoundEnd::Beyond(end))
    }

    /// Instants at which the answer may change, with the milliseconds before and after, and
    /// the ends of the range.
    pub(crate) fn instants(&self, base: i64) -> Vec<Timestamp> {
        let at = clamped(base);
        let mut edges = vec![base];
        for window in self.windows.iter().take(4) {
            let near = [
                window.occurrence_at(at),
                window.next_occurrence(at),
                window.previous_occurrence(at),
            ];
            let bounds = [window.validity().start(), window.validity().end(), window.closed_at()];
            let ends = near.into_iter().flatten().flat_map(|i| [i.start(), i.end()]);
            edges.extend(ends.chain(bounds.into_iter().flatten()).map(Timestamp::as_millis));
        }
        let beside = edges.into_iter().flat_map(|t| [t - 1, t, t + 1]);
        let mut instants: Vec<_> =
            beside.chain([FIRST, FIRST + 1, LAST, END]).map(clamped).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// Panics unless the silencer agrees at the instant.
    pub(crate) fn check(&self, silencer: &Silencer, asked: &OwnedSubject, t: Timestamp) {
        let subject = &asked.subject();
        let effect = self.effect(t);
        assert_eq!(silencer.is_silenced(subject, t), effect.is_some(), "is_silenced at {t}");
        assert_eq!(silencer.effect(subject, t), effect, "effect at {t}");
        assert_eq!(silencer.entity_state(subject, t), self.state(t), "state at {t}");
        let by = silencer.silenced_by(subject, t).map(Window::id);
        assert!(by.eq(self.active(t).map(Window::id)), "silenced_by at {t}");
        if asked.is_plain() {
            let silenced = silencer.entity(&asked.entity).map(|entity| match asked.alert_type {
                Some(alert_type) => entity.is_silenced_for(alert_type, t),
                None => entity.is_silenced(t),
            });
            let everywhere = silenced.unwrap_or_else(|| effect.is_some());
            assert_eq!(everywhere, effect.is_some(), "the entity at {t}");
        }
    }

    /// Whether the silence at `t` and the next one end within the step limit. The silencer
    /// may take seconds to find the end for alternating windows, which is too long here.
    pub(crate) fn ends_soon(&self, t: Timestamp) -> bool {
        if self.windows.len() < 2 {
            return true;
        }
        let until = |t| match self.until(t) {
            None => Some(t),
            Some(FoundEnd::To(end)) => Some(end),
            Some(FoundEnd::Beyond(_)) => None,
        };
        until(t).is_some_and(|end| self.next_start(end).is_none_or(|next| until(next).is_some()))
    }

    fn next_start(&self, t: Timestamp) -> Option<Timestamp> {
        let next = self.windows.iter().filter_map(|window| window.next_occurrence(t));
        next.map(Interval::start).min()
    }

    /// Panics unless `silenced_until`, `next_silence` and `explain` agree. Does nothing if
    /// the silences do not end soon.
    pub(crate) fn check_union(&self, silencer: &Silencer, asked: &OwnedSubject, t: Timestamp) {
        if !self.ends_soon(t) {
            return;
        }
        let subject = &asked.subject();
        let found = self.until(t);
        let until = silencer.silenced_until(subject, t);
        check_end(until, found, t);
        let next = silencer.next_silence(subject, t);
        let from = match found {
            None => Some(t),
            Some(FoundEnd::To(end)) => Some(end),
            Some(FoundEnd::Beyond(_)) => None,
        };
        if let Some(from) = from {
            let start = self.next_start(from);
            assert_eq!(next.silence().map(|silence| silence.start), start, "next after {t}");
            assert!(start.is_some() || next == NextSilence::Never, "next after {t}: {next:?}");
            if let Some(silence) = next.silence() {
                check_end(Some(silence.end), self.until(silence.start), silence.start);
            }
        }
        let why = silencer.explain(subject, t);
        assert_eq!((why.effect, why.until), (self.effect(t), until), "explain at {t}");
        let rest = usize::from(why.omitted > 0);
        assert_eq!(why.to_string().lines().count(), 1 + why.windows.len() + rest);
    }

    /// Panics unless the segments cover the interval without gaps and have the effect of
    /// the instants in them.
    pub(crate) fn check_timeline(
        &self,
        silencer: &Silencer,
        asked: &OwnedSubject,
        within: Interval,
    ) {
        let mut at = within.start();
        for segment in silencer.timeline(asked.subject(), within).take(20) {
            assert_eq!(segment.interval.start(), at, "segments tile");
            at = segment.interval.end();
            let last = clamped(at.as_millis() - 1);
            for t in [segment.interval.start(), last] {
                assert_eq!(segment.effect, self.effect(t), "timeline at {t}");
            }
        }
        assert!(at <= within.end());
    }
}

fn check_end(actual: Option<SilenceEnd>, found: Option<FoundEnd>, t: Timestamp) {
    let is_correct = match (actual, found) {
        (None, None) => true,
        (Some(SilenceEnd::Never), Some(FoundEnd::To(end))) => end == Timestamp::END,
        (Some(SilenceEnd::At(actual)), Some(FoundEnd::To(end))) => {
            actual == end && end < Timestamp::END
        }
        (Some(SilenceEnd::Never), Some(FoundEnd::Beyond(_))) => true,
        (
            Some(SilenceEnd::At(actual) | SilenceEnd::AtLeast(actual)),
            Some(FoundEnd::Beyond(end)),
        ) => actual > end,
        _ => false,
    };
    let text = match found {
        None => "not silenced".to_owned(),
        Some(FoundEnd::To(end)) => end.to_string(),
        Some(FoundEnd::Beyond(end)) => format!("after {end}"),
    };
    assert!(is_correct, "until from {t}: {actual:?} is actual, and it is {text}");
}
