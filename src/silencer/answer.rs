//! One answer with everything about a silence at an instant.

use crate::registry::WindowSeq;
use crate::scope::Subject;
use crate::silencer::types::{SilenceEnd, SilencedBy};
use crate::silencer::{Silencer, union};
use crate::time::Timestamp;
use crate::window::{Effect, EntityState, Window};

/// The silence of a subject at an instant: by which windows, until when, with which effect
/// and state. See [`Silencer::answer`](crate::Silencer::answer).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The windows that silence the subject, in the order of insertion in the registry; at
    /// least one.
    pub by: SilencedBy<'a>,
    /// The end of the silence, across all contiguous windows of the subject.
    pub until: SilenceEnd,
    /// The greatest effect of these windows.
    pub effect: Effect,
    /// The lowest state of these windows; `None` if none of them has one.
    pub state: Option<EntityState>,
}

impl Silencer {
    /// The windows that silence the subject at `at`, the end of the silence, the effect and
    /// the state; `None` if the subject is not silenced.
    ///
    /// The windows of the subject are looked up once. The answer borrows the silencer, not
    /// the subject. One allocation, more only for a subject with labels; the time is that of
    /// [`silenced_until`](Self::silenced_until).
    ///
    /// ```
    /// use quietude::{Daily, Effect, Registry, Scope, SilenceEnd, Silencer, Window, Zone};
    ///
    /// let mut registry = Registry::new();
    /// registry.insert(
    ///     Window::builder("nightly")
    ///         .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///         .scope(Scope::entity("db-7"))
    ///         .build()?,
    /// )?;
    /// let silencer = Silencer::new(&registry)?;
    /// let answer = silencer.answer("db-7", "2026-11-26T22:15:00Z".parse()?).unwrap();
    /// assert!(answer.by.map(|window| window.id().as_str()).eq(["nightly"]));
    /// assert_eq!(answer.until, SilenceEnd::At("2026-11-27T02:00:00Z".parse()?));
    /// assert_eq!((answer.effect, answer.state), (Effect::Notifications, None));
    /// assert!(silencer.answer("db-8", "2026-11-26T22:15:00Z".parse()?).is_none());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn answer<'q>(&self, subject: impl Into<Subject<'q>>, at: Timestamp) -> Option<Answer<'_>> {
        let covering = self.index().covering_if_silenced(&subject.into(), at)?;
        let mut by: Vec<(WindowSeq, &Window)> =
            covering.positioned().filter(|(_, window)| window.is_active(at)).collect();
        by.sort_unstable_by_key(|(position, _)| *position);
        let effect = by.iter().map(|(_, window)| window.effect()).max()?;
        let state = by.iter().filter_map(|(_, window)| window.state_during()).min();
        let until = union::silenced_until(covering.iter(), at)?;
        Some(Answer { by: SilencedBy { windows: by.into_iter() }, until, effect, state })
    }
}
