//! Maintenance windows: a schedule, a scope, an effect and a validity.

mod builder;
mod effect;
mod spans;
mod state;
mod tags;
mod validity;

use std::collections::BTreeMap;

pub use builder::WindowBuilder;
pub use effect::{Effect, EntityState, Propagation};
pub(crate) use spans::Span;
pub use state::WindowState;
pub use validity::{LocalValidity, Validity};

use crate::schedule::{ClockDates, Dst, Kind, Schedule, Search};
use crate::scope::{Scope, Subject, Topology, WindowId, covers};
use crate::time::{Interval, Timestamp};
use crate::window::tags::Tags;

/// A maintenance window: a schedule, a scope, an effect and a validity.
///
/// Immutable. To change or close a window, use a [`Registry`](crate::Registry).
///
/// ```
/// use quietude::{Scope, Weekday, Weekly, Window, Zone};
///
/// let paris: Zone = "Europe/Paris".parse()?;
/// let window = Window::builder("w-42")
///     .schedule(Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, paris)?)
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
    name: Option<Box<str>>,
    state_during: Option<EntityState>,
    state_after: Option<EntityState>,
    tags: Tags,
    /// The validity as given, if it has local times.
    local_validity: Option<Box<LocalValidity>>,
}

impl Metadata {
    /// The metadata, unless there is nothing in it.
    fn boxed(self) -> Option<Box<Self>> {
        let Self { name, state_during, state_after, tags, local_validity } = &self;
        let is_empty = name.is_none()
            && state_during.is_none()
            && state_after.is_none()
            && tags.is_empty()
            && local_validity.is_none();
        (!is_empty).then(|| Box::new(self))
    }
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
    /// use quietude::{Daily, Scope, Window, Zone};
    ///
    /// let window = Window::builder("w")
    ///     .schedule(Daily::new("22:00-23:00".parse()?, Zone::utc()))
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

    /// The validity as it was given, if that has local times.
    #[must_use]
    pub fn local_validity(&self) -> Option<&LocalValidity> {
        self.metadata.as_ref()?.local_validity.as_deref()
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

    /// Free text by key. Stored only, in compact form: the first call for a window builds the
    /// map.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        match &self.metadata {
            Some(metadata) if metadata.tags.pairs().len() > 0 => metadata.tags.map(),
            _ => &NONE,
        }
    }

    /// The tags in the order of their keys, without a map.
    #[cfg(feature = "serde")]
    pub(crate) fn tag_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.iter().flat_map(|metadata| metadata.tags.pairs())
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
        let Metadata { name, state_during, state_after, tags, local_validity } =
            self.metadata.as_deref().cloned().unwrap_or_default();
        WindowBuilder {
            id: self.id.clone(),
            schedule: Some(self.schedule.clone()),
            scope: Some(self.scope.clone()),
            name: name.map(String::from),
            enabled: self.enabled,
            effect: self.effect,
            propagation: self.propagation,
            validity: self.validity,
            closed_at: self.closed_at,
            state_during,
            state_after,
            tags: tags.to_map(),
            local_validity: local_validity.map(|validity| *validity),
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
    /// on. A window without any occurrence is [`Expired`](WindowState::Expired). If a search
    /// in a combination got to a limit, it is [`Idle`](WindowState::Idle).
    #[must_use]
    pub fn state_at(&self, t: Timestamp) -> WindowState {
        if !self.enabled {
            WindowState::Disabled
        } else if self.closed_at.is_some_and(|closed| closed <= t) {
            WindowState::Closed
        } else if self.is_active(t) {
            WindowState::Active
        } else {
            match (self.search_next(t), self.search_previous(t)) {
                (Search::Never, _) => WindowState::Expired,
                (_, Search::Never) => WindowState::Pending,
                _ => WindowState::Idle,
            }
        }
    }

    /// The occurrence that covers `t`, clipped to the validity. `None` also if the search for
    /// its start or end got to a limit; [`search_at`](Self::search_at) tells.
    #[must_use]
    pub fn occurrence_at(&self, t: Timestamp) -> Option<Interval> {
        self.search_at(t).found()
    }

    /// The occurrence that covers `t`, clipped to the validity, or how far its start or end
    /// was searched for.
    #[must_use]
    pub fn search_at(&self, t: Timestamp) -> Search {
        if self.is_active(t) { self.search_at_if_active(t) } else { Search::Never }
    }

    fn search_at_if_active(&self, t: Timestamp) -> Search {
        let (from, until) = self.bounds;
        match self.schedule.bounds_at(t) {
            (Ok(start), Ok(end)) => Search::of(Interval::clipped(start.max(from), end.min(until))),
            // Beyond the validity no bound is needed.
            (start, end) => {
                let start =
                    start.or_else(|reached| if reached <= from { Ok(from) } else { Err(reached) });
                let end =
                    end.or_else(|reached| if reached >= until { Ok(until) } else { Err(reached) });
                match (start, end) {
                    (Ok(start), Ok(end)) => {
                        Search::of(Interval::clipped(start.max(from), end.min(until)))
                    }
                    (Err(t), _) | (_, Err(t)) => Search::Beyond(Timestamp::saturating(t)),
                }
            }
        }
    }

    /// The first occurrence, clipped to the validity, that begins after
    /// `after`; `None` if the window is disabled, or if the search in a combination got to a
    /// limit; [`search_next`](Self::search_next) tells.
    #[must_use]
    pub fn next_occurrence(&self, after: Timestamp) -> Option<Interval> {
        self.search_next(after).found()
    }

    /// The first occurrence, clipped to the validity, that begins after `after`, or how far
    /// it was searched for.
    #[must_use]
    pub fn search_next(&self, after: Timestamp) -> Search {
        if self.enabled { self.search_next_if_enabled(after) } else { Search::Never }
    }

    fn search_next_if_enabled(&self, after: Timestamp) -> Search {
        if self.bounds.0 >= self.bounds.1 {
            return Search::Never;
        }
        let from = Timestamp::saturating(self.bounds.0);
        let occurrence = if after < from {
            // An occurrence that contains `from` begins with the validity.
            if self.schedule.contains(from) {
                return self.search_at_if_active(from);
            }
            self.schedule.search_next(from)
        } else {
            self.schedule.search_next(after)
        };
        self.clipped(occurrence)
    }

    /// Whether the window silences anything at `t` or later, if it is enabled.
    pub(crate) fn silences_after(&self, t: Timestamp) -> bool {
        let within = self.bounds.0 <= t.as_millis() && t.as_millis() < self.bounds.1;
        (within && self.schedule.contains(t)) || self.search_next_if_enabled(t) != Search::Never
    }

    /// The last occurrence, clipped to the validity, that begins before
    /// `before`; `None` if the window is disabled, or if the search in a combination got to a
    /// limit; [`search_previous`](Self::search_previous) tells.
    #[must_use]
    pub fn previous_occurrence(&self, before: Timestamp) -> Option<Interval> {
        self.search_previous(before).found()
    }

    /// The last occurrence, clipped to the validity, that begins before `before`, or how far
    /// back it was searched for.
    #[must_use]
    pub fn search_previous(&self, before: Timestamp) -> Search {
        let (from, until) = self.bounds;
        if !self.enabled || from >= until || before.as_millis() <= from {
            return Search::Never;
        }
        let before = before.min(Timestamp::saturating(until));
        self.clipped(self.schedule.search_previous(before))
    }

    /// The state at `t`, and an instant until which it lasts, and from which on it does.
    pub(crate) fn runs(&self, t: i64) -> (bool, i64, i64) {
        let (from, until) = self.bounds();
        if t < from {
            return (false, i64::MIN, from);
        }
        if t >= until {
            return (false, until, i64::MAX);
        }
        let (before, after) = (self.schedule.run_before(t), self.schedule.run_after(t));
        (after.active, before.bound.max(from), after.bound.min(until))
    }

    /// How many steps of a search a question about the window is.
    pub(crate) fn visit_cost(&self) -> u64 {
        self.schedule.nodes()
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

    /// [`covered_until`](Self::covered_until); an error, with an instant that was reached, if
    /// a schedule other than a combination takes more than a number of steps, which are
    /// counted down.
    pub(crate) fn covered_until_within(
        &self,
        t: Timestamp,
        steps: &mut u64,
    ) -> Result<Timestamp, Timestamp> {
        if !self.is_active(t) {
            return Ok(t);
        }
        let until = match self.schedule.kind() {
            Kind::Combined(..) => return Ok(self.covered_until(t)),
            _ => self.schedule.covered_until_within(t, steps),
        };
        let clipped = |until: i64| Timestamp::saturating(until.min(self.bounds.1));
        until.map(clipped).map_err(clipped)
    }

    /// The instant from which on the window is periodic, and the period in
    /// milliseconds; see [`Schedule::cycle`].
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (from, period) = self.schedule.cycle();
        let is_endless = self.bounds.1 >= Timestamp::END.as_millis();
        (from.filter(|_| is_endless).map(|from| from.max(self.bounds.0)), period)
    }

    /// The calendar of the window, if it has one that is evaluated by high water, and is
    /// valid without end.
    pub(crate) fn endless_calendar(&self) -> Option<&ClockDates> {
        match self.schedule.kind() {
            Kind::Calendar(calendar)
                if calendar.dst() == Dst::HighWater
                    && self.bounds.1 >= Timestamp::END.as_millis() =>
            {
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

    /// Values from the beginning and the end of the window, to be prefetched, without a
    /// branch: a branch on what is not loaded yet stalls the loads after it.
    #[inline(always)]
    pub(crate) fn ends_hint(&self) -> i64 {
        let is_once = matches!(self.schedule, Schedule::Once(_));
        self.bounds.0 ^ i64::from(is_once) ^ i64::from(self.metadata.is_some())
    }

    /// Values from what a comparison of two windows reads, to be prefetched.
    #[inline(always)]
    pub(crate) fn comparison_hint(&self) -> i64 {
        let id = self.id.as_str().as_bytes().first().copied().unwrap_or(0);
        self.schedule.comparison_hint() ^ i64::from(id ^ self.scope.prefetch_hint())
    }

    fn clipped(&self, found: Search) -> Search {
        match found {
            Search::At(occurrence) => Search::of(self.clip(occurrence)),
            // Nothing is active outside of the validity.
            Search::Beyond(t) if !self.is_within(t) => Search::Never,
            other => other,
        }
    }

    /// Whether the window is valid at an instant.
    fn is_within(&self, t: Timestamp) -> bool {
        self.bounds.0 <= t.as_millis() && t.as_millis() < self.bounds.1
    }

    /// When the window is active by a one-time occurrence.
    pub(crate) fn active_once(&self, occurrence: Interval) -> Option<Interval> {
        if self.enabled { self.clip(occurrence) } else { None }
    }

    fn clip(&self, occurrence: Interval) -> Option<Interval> {
        Interval::clipped(
            occurrence.start().as_millis().max(self.bounds.0),
            occurrence.end().as_millis().min(self.bounds.1),
        )
    }
}
