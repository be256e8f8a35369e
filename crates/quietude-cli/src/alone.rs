//! Each window by itself: when it silences, as if there were no other and it covered
//! everybody. The answers are those that a union of windows has, to the same limits.

use quietude::{
    NextSilence, Propagation, Registry, Scope, SilenceEnd, Silencer, Subject, Timestamp, Window,
};

use crate::Error;

/// Windows that are compiled together, each for an entity of its own with the id of the window.
pub(crate) struct Alone(Silencer);

impl Alone {
    pub(crate) fn new<'a>(windows: impl IntoIterator<Item = &'a Window>) -> Result<Self, Error> {
        let mut registry = Registry::new();
        for window in windows {
            let own = window.to_builder().scope(Scope::entity(window.id().as_str()));
            registry.insert(own.propagation(Propagation::Entity).build()?)?;
        }
        Ok(Self(Silencer::new(&registry)?))
    }

    /// The end of the silence at an instant; `None` if the window is not active then.
    pub(crate) fn until(&self, window: &Window, t: Timestamp) -> Option<SilenceEnd> {
        self.0.silenced_until(subject(window), t)
    }

    /// The first silence after an instant.
    pub(crate) fn next(&self, window: &Window, t: Timestamp) -> NextSilence {
        self.0.next_silence(subject(window), t)
    }
}

fn subject(window: &Window) -> Subject<'_> {
    Subject::entity(window.id().as_str())
}
