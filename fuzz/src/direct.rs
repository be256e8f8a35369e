//! The answers without an index: each window is asked whether it covers the
//! subject, and its schedule whether it covers the instant.

use std::sync::Arc;

use quietude::{
    Effect, EntityState, Interval, NextSilence, Registry, SilenceEnd, Silencer, Subject, Timestamp,
    Topology, Window,
};

use crate::clock::{END, FIRST, LAST, clamped};
use crate::subjects::Asked;

/// How many occurrences are followed to the end of a silence.
const STEPS: usize = 100;

/// The windows that cover a subject.
pub(crate) struct Direct<'a> {
    windows: Vec<&'a Arc<Window>>,
}

/// The end of a silence, as far as it was followed.
#[derive(Clone, Copy, PartialEq)]
enum Followed {
    To(Timestamp),
    /// It goes on there.
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

impl<'a> Direct<'a> {
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

    fn until(&self, t: Timestamp) -> Option<Followed> {
        let mut end = t;
        for _ in 0..STEPS {
            let ends = self.active(end).map(|window| {
                window.occurrence_at(end).expect("an active window has an occurrence").end()
            });
            match ends.max() {
                Some(later) => end = later,
                None => return (end > t).then_some(Followed::To(end)),
            }
        }
        Some(Followed::Beyond(end))
    }

    /// Instants at which the answer may change, and one millisecond to either
    /// side; and the ends of time.
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

    /// Panics unless the silencer says of the instant what the windows do.
    pub(crate) fn check(&self, silencer: &Silencer, asked: &Asked, t: Timestamp) {
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

    /// Whether a silence at `t` and the next one end soon. Windows that take
    /// turns are followed to the end of time, which takes seconds: too long here.
    pub(crate) fn ends_soon(&self, t: Timestamp) -> bool {
        if self.windows.len() < 2 {
            return true;
        }
        let until = |t| match self.until(t) {
            None => Some(t),
            Some(Followed::To(end)) => Some(end),
            Some(Followed::Beyond(_)) => None,
        };
        until(t).is_some_and(|end| self.next_start(end).is_none_or(|next| until(next).is_some()))
    }

    fn next_start(&self, t: Timestamp) -> Option<Timestamp> {
        let next = self.windows.iter().filter_map(|window| window.next_occurrence(t));
        next.map(Interval::start).min()
    }

    /// The same for what takes walking: until when, what is next, and why.
    pub(crate) fn check_union(&self, silencer: &Silencer, asked: &Asked, t: Timestamp) {
        if !self.ends_soon(t) {
            return;
        }
        let subject = &asked.subject();
        let followed = self.until(t);
        let until = silencer.silenced_until(subject, t);
        check_end(until, followed, t);
        let next = silencer.next_silence(subject, t);
        let from = match followed {
            None => Some(t),
            Some(Followed::To(end)) => Some(end),
            Some(Followed::Beyond(_)) => None,
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
        assert_eq!(why.to_string().lines().count(), 1 + why.windows.len());
    }

    /// The segments tile the stretch, and each is what the windows say.
    pub(crate) fn check_timeline(&self, silencer: &Silencer, asked: &Asked, within: Interval) {
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

fn check_end(said: Option<SilenceEnd>, followed: Option<Followed>, t: Timestamp) {
    let right = match (said, followed) {
        (None, None) => true,
        (Some(SilenceEnd::Never), Some(Followed::To(end))) => end == Timestamp::END,
        (Some(SilenceEnd::At(said)), Some(Followed::To(end))) => {
            said == end && end < Timestamp::END
        }
        (Some(SilenceEnd::Never), Some(Followed::Beyond(_))) => true,
        (Some(SilenceEnd::At(said) | SilenceEnd::AtLeast(said)), Some(Followed::Beyond(end))) => {
            said > end
        }
        _ => false,
    };
    let text = match followed {
        None => "not silenced".to_owned(),
        Some(Followed::To(end)) => end.to_string(),
        Some(Followed::Beyond(end)) => format!("after {end}"),
    };
    assert!(right, "until from {t}: {said:?} is said, and it is {text}");
}
