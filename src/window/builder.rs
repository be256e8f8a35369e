//! The builder of a window.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::schedule::Schedule;
use crate::scope::{Scope, WindowId, check_id};
use crate::time::{Interval, Timestamp};
use crate::window::tags::Tags;
use crate::window::{Effect, EntityState, LocalValidity, Metadata, Propagation, Validity, Window};

/// Builds a [`Window`]; the schedule and the scope are required.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct WindowBuilder {
    pub(super) id: WindowId,
    pub(super) schedule: Option<Schedule>,
    pub(super) scope: Option<Scope>,
    pub(super) name: Option<String>,
    pub(super) enabled: bool,
    pub(super) effect: Effect,
    pub(super) propagation: Propagation,
    pub(super) validity: Validity,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) state_during: Option<EntityState>,
    pub(super) state_after: Option<EntityState>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) local_validity: Option<LocalValidity>,
}

impl WindowBuilder {
    pub(super) fn new(id: WindowId) -> Self {
        Self {
            id,
            schedule: None,
            scope: None,
            name: None,
            enabled: true,
            effect: Effect::default(),
            propagation: Propagation::default(),
            validity: Validity::ALWAYS,
            closed_at: None,
            state_during: None,
            state_after: None,
            tags: BTreeMap::new(),
            local_validity: None,
        }
    }

    /// Sets the id.
    pub fn id(mut self, id: impl Into<WindowId>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the schedule. Required.
    pub fn schedule(mut self, schedule: impl Into<Schedule>) -> Self {
        self.schedule = Some(schedule.into());
        self
    }

    /// Sets the scope. Required.
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Sets the display name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Enables the window. This is the default; see [`disable`](Self::disable).
    pub fn enable(mut self) -> Self {
        self.enabled = true;
        self
    }

    /// Disables the window: it silences nothing.
    pub fn disable(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// Sets the effect. The default is [`Effect::Notifications`].
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Sets whether the window includes descendants. The default is
    /// [`Propagation::Descendants`].
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = propagation;
        self
    }

    /// Sets the validity. The default is [`Validity::ALWAYS`].
    pub fn validity(mut self, validity: impl Into<Validity>) -> Self {
        self.validity = validity.into();
        self.local_validity = None;
        self
    }

    /// Sets the validity to one that has local times. The window keeps them as they are
    /// given.
    pub fn local_validity(mut self, validity: LocalValidity) -> Self {
        self.validity = validity.validity();
        self.local_validity = Some(validity);
        self
    }

    /// Closes the window: from `at` on it silences nothing. Before `at` nothing
    /// changes.
    pub fn closed_at(mut self, at: Timestamp) -> Self {
        self.closed_at = Some(at);
        self
    }

    /// Takes back the instant of closing: the window is open again, and silences what its
    /// schedule and its validity say.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window, Zone};
    ///
    /// let closed = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, Zone::utc()))
    ///     .scope(Scope::entity("db-7"))
    ///     .closed_at("2026-11-26T22:10:00Z".parse()?)
    ///     .build()?;
    /// let open = closed.to_builder().reopened().build()?;
    /// let at = "2026-11-26T22:30:00Z".parse()?;
    /// assert!(open.is_active(at) && !closed.is_active(at));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn reopened(mut self) -> Self {
        self.closed_at = None;
        self
    }

    /// Extends one occurrence of the schedule: the window is also active until `until`. The
    /// validity and the instant of closing apply as before, and other occurrences do not
    /// change.
    ///
    /// # Errors
    ///
    /// If there is no schedule, `occurrence` does not end as an occurrence of it does, or
    /// `until` is not after its end.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window, Zone};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, Zone::utc()))
    ///     .scope(Scope::entity("db-7"))
    ///     .build()?;
    /// let tonight = window.occurrence_at("2026-11-26T22:30:00Z".parse()?).unwrap();
    /// let longer = window.to_builder().extended(tonight, "2026-11-27T00:30:00Z".parse()?)?.build()?;
    /// assert!(longer.is_active("2026-11-27T00:29:59Z".parse()?));
    /// assert!(!longer.is_active("2026-11-28T00:00:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn extended(mut self, occurrence: Interval, until: Timestamp) -> Result<Self, Error> {
        let extended = |schedule: Option<&Schedule>| {
            let schedule = schedule.ok_or_else(|| Error::invalid("is missing"))?;
            schedule.extended(occurrence, until)
        };
        let schedule = extended(self.schedule.as_ref())
            .map_err(|error| error.in_field("schedule").in_window(self.id.as_str()))?;
        self.schedule = Some(schedule);
        Ok(self)
    }

    /// Sets the state of its entities during the window.
    ///
    /// ```
    /// use quietude::{Daily, EntityState, Scope, Window, Zone};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, Zone::utc()))
    ///     .scope(Scope::entity("db-7"))
    ///     .state_during(EntityState::new(300))
    ///     .state_after(EntityState::new(1000))
    ///     .build()?;
    /// assert_eq!(window.state_during(), Some(EntityState::new(300)));
    /// assert_eq!(window.state_after(), Some(EntityState::new(1000)));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn state_during(mut self, state: EntityState) -> Self {
        self.state_during = Some(state);
        self
    }

    /// Sets the state of its entities after the window.
    pub fn state_after(mut self, state: EntityState) -> Self {
        self.state_after = Some(state);
        self
    }

    /// Adds a tag. Replaces the tag with the same key.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window, Zone};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, Zone::utc()))
    ///     .scope(Scope::entity("db-7"))
    ///     .tag("ticket", "CHG-1")
    ///     .build()?;
    /// assert_eq!(window.tags()["ticket"], "CHG-1");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Builds the window.
    ///
    /// # Errors
    ///
    /// If the schedule or the scope is missing, an id is not valid, a list in
    /// the scope is empty, the scope is nested too deep, or the validity is
    /// empty. The error names the window and the field.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window, Zone};
    ///
    /// let error = Window::builder("w-1")
    ///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///     .scope(Scope::all([]))
    ///     .build()
    ///     .unwrap_err();
    /// assert_eq!((error.window(), error.path()), (Some("w-1"), "scope.all"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn build(self) -> Result<Window, Error> {
        let id = self.id.clone();
        self.checked().map_err(|error| error.in_window(id.as_str()))
    }

    fn checked(self) -> Result<Window, Error> {
        let missing = |field: &str| Error::invalid("is missing").in_field(field);
        check_id(self.id.as_str()).map_err(|error| error.in_field("id"))?;
        let schedule = self.schedule.ok_or_else(|| missing("schedule"))?;
        let scope = self.scope.ok_or_else(|| missing("scope"))?;
        scope.validate().map_err(|error| error.in_field("scope"))?;
        let from = self.validity.start().map_or(Timestamp::MIN, |from| from).as_millis();
        let until = self.validity.end().map_or(Timestamp::END, |until| until).as_millis();
        if from >= until {
            let message = format!(
                "{} is not after from {}",
                Timestamp::saturating(until),
                Timestamp::saturating(from)
            );
            return Err(Error::invalid(message).in_field("valid.until"));
        }
        let closed = self.closed_at.map_or(i64::MAX, Timestamp::as_millis);
        let metadata = Metadata {
            name: self.name.map(String::into_boxed_str),
            state_during: self.state_during,
            state_after: self.state_after,
            tags: Tags::new(&self.tags),
            local_validity: self.local_validity.map(Box::new),
        };
        Ok(Window {
            id: self.id,
            enabled: self.enabled,
            effect: self.effect,
            propagation: self.propagation,
            schedule,
            scope,
            validity: self.validity,
            closed_at: self.closed_at,
            metadata: metadata.boxed(),
            bounds: (from, until.min(closed)),
        })
    }
}
