//! A window: a schedule, a scope, an effect and a validity, checked as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::error::Error;
use crate::schedule::Schedule;
use crate::scope::{Scope, Subject, Topology, WindowId, check_id, covers};
use crate::time::{Interval, Timestamp};

/// What a silence does to its subjects; the stronger one counts.
///
/// ```
/// use quietude::Effect;
///
/// assert!(Effect::Notifications < Effect::Monitoring);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Notifications are muted; monitoring goes on.
    #[default]
    Notifications,
    /// Monitoring is suspended, and notifications with it.
    Monitoring,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notifications => "notifications",
            Self::Monitoring => "monitoring",
        })
    }
}

/// Whether a window reaches what is below the entities that it selects.
///
/// ```
/// use quietude::Propagation;
///
/// assert_eq!(Propagation::default(), Propagation::Descendants);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Propagation {
    /// Selection and exclusion reach down to all descendants.
    #[default]
    Descendants,
    /// Every test looks at the subject alone.
    Entity,
}

/// A state that a window puts its entities into, such as Zenoss's 300 for
/// maintenance. Of several, the lowest counts.
///
/// ```
/// use quietude::EntityState;
///
/// assert!(EntityState::new(300) < EntityState::new(1000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityState(i64);

impl EntityState {
    /// The state with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// From when and until when a window counts; it clips every occurrence.
///
/// Made from a range of timestamps, open at either end.
///
/// ```
/// use quietude::{Timestamp, Validity};
///
/// let from: Timestamp = "2026-01-01T00:00:00Z".parse()?;
/// let validity: Validity = (from..).into();
/// assert_eq!((validity.since(), validity.until()), (Some(from), None));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validity {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Validity {
    /// For all of time.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Between two optional bounds; `until` itself is outside.
    #[must_use]
    pub fn new(from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        Self { from, until: until.filter(|until| *until < Timestamp::END) }
    }

    /// The first valid instant, if there is one.
    #[must_use]
    pub const fn since(self) -> Option<Timestamp> {
        self.from
    }

    /// The first instant that is not valid any more, if there is one.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        self.until
    }
}

impl From<RangeFull> for Validity {
    fn from(_: RangeFull) -> Self {
        Self::ALWAYS
    }
}

impl From<RangeFrom<Timestamp>> for Validity {
    fn from(range: RangeFrom<Timestamp>) -> Self {
        Self::new(Some(range.start), None)
    }
}

impl From<RangeTo<Timestamp>> for Validity {
    fn from(range: RangeTo<Timestamp>) -> Self {
        Self::new(None, Some(range.end))
    }
}

impl From<Range<Timestamp>> for Validity {
    fn from(range: Range<Timestamp>) -> Self {
        Self::new(Some(range.start), Some(range.end))
    }
}

impl From<Interval> for Validity {
    fn from(interval: Interval) -> Self {
        Self::new(Some(interval.start()), Some(interval.end()))
    }
}

/// Where a window stands at an instant: a pure function of time.
///
/// ```
/// use quietude::{Once, Scope, Window, WindowState};
///
/// let window = Window::builder("w-1")
///     .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
///     .scope(Scope::everything())
///     .build()?;
/// assert_eq!(window.state_at("2026-06-06T18:00:00Z".parse()?), WindowState::Pending);
/// assert_eq!(window.state_at("2026-06-06T19:30:00Z".parse()?), WindowState::Active);
/// assert_eq!(window.state_at("2026-06-06T20:00:00Z".parse()?), WindowState::Expired);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WindowState {
    /// Before the first instant that it could silence.
    Pending,
    /// Inside an occurrence.
    Active,
    /// Between two occurrences.
    Idle,
    /// After the last occurrence.
    Expired,
    /// From the moment on at which it was closed.
    Closed,
    /// Switched off.
    Disabled,
}

impl fmt::Display for WindowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Closed => "closed",
            Self::Disabled => "disabled",
        })
    }
}

/// A maintenance window: when, whom, and with what effect.
///
/// Immutable: a [`Registry`](crate::Registry) replaces and closes windows.
///
/// ```
/// use quietude::{Scope, Weekday, Weekly, Window};
///
/// let window = Window::builder("w-42")
///     .schedule(Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, chrono_tz::Europe::Paris)?)
///     .scope(Scope::group("prod").and(!Scope::entity("db-7")))
///     .build()?;
/// assert_eq!(window.id().as_str(), "w-42");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub struct Window {
    // First what compiling reads, so that a window costs it a line or two.
    scope: Scope,
    enabled: bool,
    propagation: Propagation,
    /// Validity and closing, as milliseconds; empty if nothing is left.
    bounds: (i64, i64),
    schedule: Schedule,
    id: WindowId,
    effect: Effect,
    validity: Validity,
    closed_at: Option<Timestamp>,
    /// `None` if it has none, as most have.
    notes: Option<Box<Notes>>,
}

/// What a window carries along.
#[derive(Clone, Debug, Default, PartialEq)]
struct Notes {
    name: Option<String>,
    state_during: Option<EntityState>,
    state_after: Option<EntityState>,
    tags: BTreeMap<String, String>,
}

impl Window {
    /// Begins a window with this id.
    pub fn builder(id: impl Into<WindowId>) -> WindowBuilder {
        WindowBuilder::new(id.into())
    }

    /// Its id, unique in a registry.
    #[must_use]
    pub fn id(&self) -> &WindowId {
        &self.id
    }

    /// A name for people.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.notes.as_ref()?.name.as_deref()
    }

    /// Whether it is switched on.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, chrono_tz::UTC))
    ///     .scope(Scope::entity("db-7"))
    ///     .disabled()
    ///     .build()?;
    /// assert!(!window.is_enabled());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What it does to those it silences.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether it reaches descendants.
    #[must_use]
    pub fn propagation(&self) -> Propagation {
        self.propagation
    }

    /// When it occurs, before validity.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Whom it concerns.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// From when until when it counts.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// When it was closed, if it was.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// The state that it puts its entities into.
    #[must_use]
    pub fn state_during(&self) -> Option<EntityState> {
        self.notes.as_ref()?.state_during
    }

    /// The state that its entities have afterwards; `None` for the one before.
    #[must_use]
    pub fn state_after(&self) -> Option<EntityState> {
        self.notes.as_ref()?.state_after
    }

    /// Free text by key, carried along.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.notes.as_ref().map_or(&NONE, |notes| &notes.tags)
    }

    /// A builder that holds everything this window does.
    ///
    /// ```
    /// # use quietude::{Once, Scope, Window};
    /// # let window = Window::builder("w-1")
    /// #     .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
    /// #     .scope(Scope::everything()).build()?;
    /// let renamed = window.to_builder().name("nightly backup").build()?;
    /// assert_eq!(renamed.schedule(), window.schedule());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn to_builder(&self) -> WindowBuilder {
        let Notes { name, state_during, state_after, tags } =
            self.notes.as_deref().cloned().unwrap_or_default();
        WindowBuilder {
            id: self.id.clone(),
            schedule: Some(self.schedule.clone()),
            scope: Some(self.scope.clone()),
            name,
            enabled: self.enabled,
            effect: self.effect,
            propagation: self.propagation,
            validity: self.validity,
            closed_at: self.closed_at,
            state_during,
            state_after,
            tags,
        }
    }

    /// Whether the window silences whoever it covers at `t`.
    #[must_use]
    #[inline]
    pub fn is_active(&self, t: Timestamp) -> bool {
        let within = self.bounds.0 <= t.as_millis() && t.as_millis() < self.bounds.1;
        self.enabled && within && self.schedule.contains(t)
    }

    /// Where the window stands at `t`.
    ///
    /// A window that was closed is closed from then on; one that can never
    /// silence anything is expired.
    #[must_use]
    pub fn state_at(&self, t: Timestamp) -> WindowState {
        if !self.enabled {
            WindowState::Disabled
        } else if self.closed_at.is_some_and(|closed| closed <= t) {
            WindowState::Closed
        } else if self.is_active(t) {
            WindowState::Active
        } else if self.next_occurrence(t).is_none() {
            WindowState::Expired
        } else if self.previous_occurrence(t).is_none() {
            WindowState::Pending
        } else {
            WindowState::Idle
        }
    }

    /// The occurrence that covers `t`, clipped to the validity.
    #[must_use]
    pub fn occurrence_at(&self, t: Timestamp) -> Option<Interval> {
        if self.is_active(t) { self.clip(self.schedule.occurrence_at(t)?) } else { None }
    }

    /// The first occurrence, clipped to the validity, that begins after
    /// `after`; `None` if the window is disabled.
    #[must_use]
    pub fn next_occurrence(&self, after: Timestamp) -> Option<Interval> {
        if !self.enabled || self.bounds.0 >= self.bounds.1 {
            return None;
        }
        let from = Timestamp::saturating(self.bounds.0);
        let occurrence = if after < from {
            // One that is already running begins with the validity.
            let running = self.schedule.occurrence_at(from);
            running.or_else(|| self.schedule.next_occurrence(from))
        } else {
            self.schedule.next_occurrence(after)
        };
        self.clip(occurrence?)
    }

    /// The last occurrence, clipped to the validity, that begins before
    /// `before`; `None` if the window is disabled.
    #[must_use]
    pub fn previous_occurrence(&self, before: Timestamp) -> Option<Interval> {
        let (from, until) = self.bounds;
        if !self.enabled || from >= until || before.as_millis() <= from {
            return None;
        }
        let before = before.min(Timestamp::saturating(until));
        self.clip(self.schedule.previous_occurrence(before)?)
    }

    /// Whether the window covers the subject, whatever the time.
    #[must_use]
    pub fn covers(&self, subject: &Subject<'_>, topology: &Topology) -> bool {
        covers(&self.scope, self.propagation == Propagation::Descendants, subject, topology)
    }

    /// The end of the unbroken run of occurrences that covers `t`; `t` itself
    /// where the window is not active.
    pub(crate) fn covered_until(&self, t: Timestamp) -> Timestamp {
        if !self.is_active(t) {
            return t;
        }
        self.schedule.covered_until(t).min(Timestamp::saturating(self.bounds.1))
    }

    /// From when on the window repeats, and after how many milliseconds; see
    /// [`Schedule::cycle`].
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (steady, period) = self.schedule.cycle();
        let unending = self.bounds.1 >= Timestamp::END.as_millis();
        (steady.filter(|_| unending).map(|from| from.max(self.bounds.0)), period)
    }

    /// `[from, until)` in milliseconds, of validity and closing; empty if
    /// nothing is left, or the window is disabled.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        if self.enabled { self.bounds } else { (0, 0) }
    }

    /// Reads a little of each line of memory that compiling reads.
    #[inline(always)]
    pub(crate) fn prefetch_hint(&self) -> i64 {
        self.bounds.0 ^ self.schedule.prefetch_hint()
    }

    fn clip(&self, occurrence: Interval) -> Option<Interval> {
        Interval::clipped(
            occurrence.start().as_millis().max(self.bounds.0),
            occurrence.end().as_millis().min(self.bounds.1),
        )
    }
}

/// Builds a [`Window`]; the schedule and the scope are required.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct WindowBuilder {
    id: WindowId,
    schedule: Option<Schedule>,
    scope: Option<Scope>,
    name: Option<String>,
    enabled: bool,
    effect: Effect,
    propagation: Propagation,
    validity: Validity,
    closed_at: Option<Timestamp>,
    state_during: Option<EntityState>,
    state_after: Option<EntityState>,
    tags: BTreeMap<String, String>,
}

impl WindowBuilder {
    fn new(id: WindowId) -> Self {
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
        }
    }

    /// Gives the window another id.
    pub fn id(mut self, id: impl Into<WindowId>) -> Self {
        self.id = id.into();
        self
    }

    /// When it occurs.
    pub fn schedule(mut self, schedule: impl Into<Schedule>) -> Self {
        self.schedule = Some(schedule.into());
        self
    }

    /// Whom it concerns.
    pub fn scope(mut self, scope: impl Into<Scope>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// A name for people.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Switches the window on; it is on unless [`disabled`](Self::disabled).
    pub fn enabled(mut self) -> Self {
        self.enabled = true;
        self
    }

    /// Switches the window off: it silences nothing.
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// What it does; [`Effect::Notifications`] unless said.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Whether it reaches descendants; [`Propagation::Descendants`] unless said.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = propagation;
        self
    }

    /// From when until when it counts; always unless said.
    pub fn valid(mut self, validity: impl Into<Validity>) -> Self {
        self.validity = validity.into();
        self
    }

    /// Closes it: from `at` on it silences nothing, before it all it did.
    pub fn closed_at(mut self, at: Timestamp) -> Self {
        self.closed_at = Some(at);
        self
    }

    /// The state that it puts its entities into.
    ///
    /// ```
    /// use quietude::{Daily, EntityState, Scope, Window};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, chrono_tz::UTC))
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

    /// The state that its entities have afterwards.
    pub fn state_after(mut self, state: EntityState) -> Self {
        self.state_after = Some(state);
        self
    }

    /// Adds free text under a key.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, chrono_tz::UTC))
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

    /// Checks the window as a whole.
    ///
    /// # Errors
    ///
    /// If the schedule or the scope is missing, an id is not valid, a list in
    /// the scope is empty, the scope is nested too deep, or the validity is
    /// empty. The error names the window and the field.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window};
    ///
    /// let error = Window::builder("w-1")
    ///     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
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
        let from = self.validity.since().map_or(Timestamp::MIN, |from| from).as_millis();
        let until = self.validity.until().map_or(Timestamp::END, |until| until).as_millis();
        if from >= until {
            let message = format!(
                "{} is not after from {}",
                Timestamp::saturating(until),
                Timestamp::saturating(from)
            );
            return Err(Error::invalid(message).in_field("valid.until"));
        }
        let closed = self.closed_at.map_or(i64::MAX, Timestamp::as_millis);
        let Self { name, state_during, state_after, tags, .. } = self;
        let notes = Notes { name, state_during, state_after, tags };
        Ok(Window {
            id: self.id,
            enabled: self.enabled,
            effect: self.effect,
            propagation: self.propagation,
            schedule,
            scope,
            validity: self.validity,
            closed_at: self.closed_at,
            notes: (notes != Notes::default()).then(|| notes.into()),
            bounds: (from, until.min(closed)),
        })
    }
}
