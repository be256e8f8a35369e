//! Maintenance windows: a schedule, a scope, an effect and a validity.

mod builder;
mod effect;
mod state;
mod validity;

use std::collections::BTreeMap;

pub use builder::WindowBuilder;
pub use effect::{Effect, EntityState, Propagation};
pub use state::WindowState;
pub use validity::Validity;

use crate::schedule::{Calendar, Kind, Schedule};
use crate::scope::{Scope, Subject, Topology, WindowId, covers};
use crate::time::{Interval, Timestamp};

/// A maintenance window: a schedule, a scope, an effect and a validity.
///
/// Immutable. To change or close a window, use a [`Registry`](crate::Registry).
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
    // The fields that the index reads while compiling come first, so that a window
    // costs one or two cache misses; see `prefetch_hint`.
    scope: Scope,
    enabled: bool,
    propagation: Propagation,
    /// Validity up to the instant of closing, as `[from, until)` in milliseconds; may
    /// be empty.
    bounds: (i64, i64),
    schedule: Schedule,
    id: WindowId,
    effect: Effect,
    validity: Validity,
    closed_at: Option<Timestamp>,
    /// `None` if it is empty, as for most windows.
    metadata: Option<Box<Metadata>>,
}

/// Data of a window that has no influence on silences.
#[derive(Clone, Debug, Default, PartialEq)]
struct Metadata {
    name: Option<String>,
    state_during: Option<EntityState>,
    state_after: Option<EntityState>,
    tags: BTreeMap<String, String>,
}

impl Window {
    /// A builder for a window with this id.
    pub fn builder(id: impl Into<WindowId>) -> WindowBuilder {
        WindowBuilder::new(id.into())
    }

    /// The id, unique in a registry.
    #[must_use]
    pub fn id(&self) -> &WindowId {
        &self.id
    }

    /// A display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.metadata.as_ref()?.name.as_deref()
    }

    /// Whether the window is enabled.
    ///
    /// ```
    /// use quietude::{Daily, Scope, Window};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, chrono_tz::UTC))
    ///     .scope(Scope::entity("db-7"))
    ///     .disable()
    ///     .build()?;
    /// assert!(!window.is_enabled());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The effect on the silenced entities.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether the window includes descendants.
    #[must_use]
    pub fn propagation(&self) -> Propagation {
        self.propagation
    }

    /// The schedule, before the validity is applied.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The validity.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The instant at which the window was closed, if it was.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// The state of its entities during the window.
    #[must_use]
    pub fn state_during(&self) -> Option<EntityState> {
        self.metadata.as_ref()?.state_during
    }

    /// The state of its entities after the window; `None` restores the previous one.
    #[must_use]
    pub fn state_after(&self) -> Option<EntityState> {
        self.metadata.as_ref()?.state_after
    }

    /// Free text by key. Stored only.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.metadata.as_ref().map_or(&NONE, |metadata| &metadata.tags)
    }

    /// A builder with all values of this window.
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
        let Metadata { name, state_during, state_after, tags } =
            self.metadata.as_deref().cloned().unwrap_or_default();
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

    /// Whether the window silences the entities in its scope at `t`.
    #[must_use]
    #[inline]
    pub fn is_active(&self, t: Timestamp) -> bool {
        let within = self.bounds.0 <= t.as_millis() && t.as_millis() < self.bounds.1;
        self.enabled && within && self.schedule.contains(t)
    }

    /// The state of the window at `t`.
    ///
    /// A closed window is [`Closed`](WindowState::Closed) from the instant of closing
    /// on. A window without any occurrence is [`Expired`](WindowState::Expired).
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
        if self.enabled { self.next_occurrence_if_enabled(after) } else { None }
    }

    fn next_occurrence_if_enabled(&self, after: Timestamp) -> Option<Interval> {
        if self.bounds.0 >= self.bounds.1 {
            return None;
        }
        let from = Timestamp::saturating(self.bounds.0);
        let occurrence = if after < from {
            // An occurrence that contains `from` begins with the validity.
            let running = self.schedule.occurrence_at(from);
            running.or_else(|| self.schedule.next_occurrence(from))
        } else {
            self.schedule.next_occurrence(after)
        };
        self.clip(occurrence?)
    }

    /// Whether the window silences anything at `t` or later, if it is enabled.
    pub(crate) fn silences_after(&self, t: Timestamp) -> bool {
        let within = self.bounds.0 <= t.as_millis() && t.as_millis() < self.bounds.1;
        (within && self.schedule.contains(t)) || self.next_occurrence_if_enabled(t).is_some()
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

    /// Whether the scope of the window covers the subject, at any time.
    #[must_use]
    pub fn covers(&self, subject: &Subject<'_>, topology: &Topology) -> bool {
        covers(&self.scope, self.propagation.descends(), subject, topology)
    }

    /// The end of the contiguous occurrences that cover `t`; `t` itself if the window
    /// is not active.
    pub(crate) fn covered_until(&self, t: Timestamp) -> Timestamp {
        if !self.is_active(t) {
            return t;
        }
        self.schedule.covered_until(t).min(Timestamp::saturating(self.bounds.1))
    }

    /// The instant from which on the window is periodic, and the period in
    /// milliseconds; see [`Schedule::cycle`].
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (from, period) = self.schedule.cycle();
        let is_endless = self.bounds.1 >= Timestamp::END.as_millis();
        (from.filter(|_| is_endless).map(|from| from.max(self.bounds.0)), period)
    }

    /// The calendar of the window, if it has one and is valid without end.
    pub(crate) fn endless_calendar(&self) -> Option<&Calendar> {
        match self.schedule.kind() {
            Kind::Calendar(calendar) if self.bounds.1 >= Timestamp::END.as_millis() => {
                Some(calendar)
            }
            _ => None,
        }
    }

    /// The validity up to the instant of closing, as `[from, until)` in milliseconds;
    /// empty if the window is disabled.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        if self.enabled { self.bounds } else { (0, 0) }
    }

    /// Reads from each cache line of the window that compiling an index block needs.
    ///
    /// A software prefetch: the windows of a block are usually not in cache, and the
    /// evaluation of one depends on branches that stall the loads of the next. The
    /// index calls this for all windows of a block first, so that the cache misses
    /// overlap. Stable Rust has no safe prefetch instruction, so the values are
    /// combined and passed to `black_box`. The effect is measured by
    /// `benches/builds.rs`.
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
