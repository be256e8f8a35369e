//! Windows, topologies and queries as plain data. Objects of the crate are built from it
//! with public constructors; the reference implementations (`oracle`) read the data.

use quietude::{
    ClockRange, Daily, Effect, EntityState, Matcher, MonthDay, Monthly, NaiveDate, Once, Periodic,
    Propagation, Registry, Schedule, Scope, ShortMonth, Silencer, Subject, Timestamp, Topology,
    Validity, Weekday, Weekly, Window,
};

use crate::helpers::clamped;
#[cfg(all(feature = "serde", feature = "rrule"))]
use crate::other_kinds::OtherKind;
use crate::patterns::PatternSpec;
use crate::silences;
use crate::zone_source::ZoneSource;

/// A schedule.
#[derive(Clone, Debug)]
pub(crate) enum ScheduleSpec {
    Once {
        start: i64,
        end: i64,
    },
    Periodic {
        start: i64,
        duration_ms: i64,
        period_ms: i64,
    },
    Calendar(CalendarSpec),
    #[cfg(all(feature = "serde", feature = "rrule"))]
    Other(OtherKind),
}

/// A clock range on the selected dates.
#[derive(Clone, Debug)]
pub(crate) struct CalendarSpec {
    pub days: Days,
    /// Milliseconds after midnight.
    pub from: u32,
    pub to: u32,
    pub zone: ZoneSource,
    pub every: Option<(u32, NaiveDate)>,
    /// 1 is January; empty selects all months.
    pub months: Vec<u32>,
    pub except: Vec<NaiveDate>,
    pub count: Option<u32>,
}

/// The days of a calendar.
#[derive(Clone, Debug)]
pub(crate) enum Days {
    Each,
    OfWeek(Vec<Weekday>),
    OfMonth { days: Vec<DayOfMonth>, clamp: bool },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum DayOfMonth {
    Number(i32),
    Nth(i32, Weekday),
}

/// A scope.
#[derive(Clone, Debug)]
pub(crate) enum ScopeSpec {
    Everything,
    Entity(String),
    Entities(Vec<String>),
    Group(String),
    AlertType(String),
    Attribute(String, MatcherSpec),
    All(Vec<ScopeSpec>),
    Any(Vec<ScopeSpec>),
    Not(Box<ScopeSpec>),
}

#[derive(Clone, Debug)]
pub(crate) enum MatcherSpec {
    Equals(String),
    OneOf(Vec<String>),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    /// The pattern `text.?`: this text, then at most one character.
    Matches(String),
    Pattern(PatternSpec),
    Present,
}

/// A window.
#[derive(Clone, Debug)]
pub(crate) struct WindowSpec {
    pub id: String,
    pub schedule: ScheduleSpec,
    pub scope: ScopeSpec,
    pub effect: Effect,
    pub entity_only: bool,
    pub disabled: bool,
    pub from: Option<i64>,
    pub until: Option<i64>,
    pub closed_at: Option<i64>,
    pub state: Option<i64>,
}

/// A topology. Pairs are (upper, lower).
#[derive(Clone, Debug, Default)]
pub(crate) struct TopologySpec {
    pub entities: Vec<String>,
    pub children: Vec<(String, String)>,
    pub members: Vec<(String, String)>,
    pub nested: Vec<(String, String)>,
    pub attributes: Vec<(String, String, String)>,
    /// The label that is the entity of a query without one.
    pub entity_label: Option<String>,
}

/// The subject of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// Empty for a subject without an entity.
    pub entity: String,
    pub alert_type: Option<String>,
    pub groups: Vec<String>,
    pub attributes: Vec<(String, String)>,
}

impl CalendarSpec {
    /// A clock range on every day.
    pub(crate) fn daily(clock: (u32, u32), zone: impl Into<ZoneSource>) -> Self {
        let ((from, to), zone) = (clock, zone.into());
        let (months, except) = (Vec::new(), Vec::new());
        Self { days: Days::Each, from, to, zone, every: None, months, except, count: None }
    }

    fn build(&self) -> Schedule {
        let clock = ClockRange::new(self.from, self.to).expect("a clock range");
        macro_rules! with_rules {
            ($kind:expr) => {{
                let mut kind = $kind;
                if let Some((n, anchor)) = self.every {
                    kind = kind.with_interval(n, anchor).expect("a step");
                }
                if !self.months.is_empty() {
                    kind = kind.with_months(self.months.iter().copied()).expect("months");
                }
                if !self.except.is_empty() {
                    kind = kind.without_dates(self.except.iter().copied()).expect("dates");
                }
                if let Some(count) = self.count {
                    kind = kind.with_count(count).expect("a count");
                }
                kind.into()
            }};
        }
        match &self.days {
            Days::Each => with_rules!(Daily::new(clock, self.zone)),
            Days::OfWeek(days) => {
                with_rules!(Weekly::new(days.iter().copied(), clock, self.zone).expect("weekdays"))
            }
            Days::OfMonth { days, clamp } => {
                let days = days.iter().map(|day| match *day {
                    DayOfMonth::Number(day) => MonthDay::new(day).expect("a day"),
                    DayOfMonth::Nth(n, weekday) => MonthDay::nth(n, weekday).expect("an n-th"),
                });
                let rule = if *clamp { ShortMonth::Clamp } else { ShortMonth::Skip };
                let monthly = Monthly::on_days(days, clock, self.zone).expect("days");
                with_rules!(monthly.with_short_month(rule))
            }
        }
    }
}

impl ScheduleSpec {
    pub(crate) fn build(&self) -> Schedule {
        match self {
            Self::Once { start, end } => {
                Once::new(clamped(*start), clamped(*end)).expect("an interval").into()
            }
            Self::Periodic { start, duration_ms, period_ms } => {
                Periodic::new(clamped(*start), *duration_ms, *period_ms).expect("a period").into()
            }
            Self::Calendar(calendar) => calendar.build(),
            #[cfg(all(feature = "serde", feature = "rrule"))]
            Self::Other(kind) => kind.build(),
        }
    }
}

#[cfg(feature = "serde")]
impl ScheduleSpec {
    /// Calls `change` with each zone.
    pub(crate) fn for_each_zone(&mut self, change: &mut dyn FnMut(&mut ZoneSource)) {
        match self {
            Self::Once { .. } | Self::Periodic { .. } => {}
            Self::Calendar(calendar) => change(&mut calendar.zone),
            #[cfg(feature = "rrule")]
            Self::Other(kind) => kind.for_each_zone(change),
        }
    }
}

impl ScheduleSpec {
    /// Whether the schedule is a combination, the searches in which may stop at a limit.
    pub(crate) fn is_combined(&self) -> bool {
        match self {
            #[cfg(all(feature = "serde", feature = "rrule"))]
            Self::Other(kind) => kind.is_combined(),
            _ => false,
        }
    }
}

impl ScopeSpec {
    pub(crate) fn build(&self) -> Scope {
        match self {
            Self::Everything => Scope::everything(),
            Self::Entity(id) => Scope::entity(id),
            Self::Entities(ids) => Scope::entities(ids),
            Self::Group(id) => Scope::group(id),
            Self::AlertType(name) => Scope::alert_type(name),
            Self::Attribute(name, test) => Scope::attribute(test.build(name)),
            Self::All(parts) => Scope::all(parts.iter().map(Self::build)),
            Self::Any(parts) => Scope::any(parts.iter().map(Self::build)),
            Self::Not(part) => !part.build(),
        }
    }
}

impl MatcherSpec {
    pub(crate) fn build(&self, name: &str) -> Matcher {
        match self {
            Self::Equals(text) => Matcher::equals(name, text),
            Self::OneOf(texts) => Matcher::one_of(name, texts),
            Self::Contains(text) => Matcher::contains(name, text),
            Self::StartsWith(text) => Matcher::starts_with(name, text),
            Self::EndsWith(text) => Matcher::ends_with(name, text),
            Self::Matches(text) => {
                Matcher::matches(name, format!("{text}.?")).expect("a plain pattern")
            }
            Self::Pattern(spec) => Matcher::matches(name, spec.pattern()).expect("a pattern"),
            Self::Present => Matcher::present(name),
        }
    }
}

impl WindowSpec {
    /// A window with default options.
    pub(crate) fn new(id: &str, schedule: ScheduleSpec, scope: ScopeSpec) -> Self {
        Self {
            id: id.to_owned(),
            schedule,
            scope,
            effect: Effect::Notifications,
            entity_only: false,
            disabled: false,
            from: None,
            until: None,
            closed_at: None,
            state: None,
        }
    }

    pub(crate) fn build(&self) -> Window {
        let propagation =
            if self.entity_only { Propagation::Entity } else { Propagation::Descendants };
        let mut window = Window::builder(&self.id)
            .schedule(self.schedule.build())
            .scope(self.scope.build())
            .effect(self.effect)
            .propagation(propagation)
            .validity(Validity::new(self.from.map(clamped), self.until.map(clamped)));
        if self.disabled {
            window = window.disable();
        }
        if let Some(closed) = self.closed_at {
            window = window.closed_at(clamped(closed));
        }
        if let Some(state) = self.state {
            window = window.state_during(EntityState::new(state));
        }
        window.build().unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

#[cfg(feature = "serde")]
impl WindowSpec {
    /// A copy of the window with its zone replaced by `zones(name)`.
    pub(crate) fn with_zones(&self, zones: fn(&str) -> ZoneSource) -> Self {
        let mut spec = self.clone();
        spec.schedule.for_each_zone(&mut |zone| *zone = zones(zone.name()));
        spec
    }
}

impl TopologySpec {
    pub(crate) fn build(&self) -> Topology {
        let mut topology = Topology::builder();
        if let Some(name) = &self.entity_label {
            topology = topology.entity_label(name);
        }
        for id in &self.entities {
            topology = topology.entity(id);
        }
        for (parent, child) in &self.children {
            topology = topology.add_child(parent, child);
        }
        for (group, entity) in &self.members {
            topology = topology.add_member(group, entity);
        }
        for (outer, inner) in &self.nested {
            topology = topology.add_subgroup(outer, inner);
        }
        for (entity, name, value) in &self.attributes {
            topology = topology.add_attribute(entity, name, value);
        }
        topology.build().unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Query {
    /// Whether the query has only an entity.
    pub(crate) fn is_bare(&self) -> bool {
        self.alert_type.is_none() && self.groups.is_empty() && self.attributes.is_empty()
    }

    /// Calls `answer` with the borrowed form of the query.
    pub(crate) fn with_subject<T>(&self, answer: impl FnOnce(&Subject<'_>) -> T) -> T {
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        let attributes: Vec<(&str, &str)> =
            self.attributes.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut subject = if self.entity.is_empty() {
            silences::labels(&attributes)
        } else {
            Subject::entity(&self.entity).with_attributes(&attributes)
        };
        subject = subject.with_groups(&groups);
        if let Some(alert_type) = &self.alert_type {
            subject = subject.with_alert_type(alert_type);
        }
        answer(&subject)
    }
}

/// A registry with these windows.
pub(crate) fn registry(specs: &[WindowSpec]) -> Registry {
    let mut registry = Registry::new();
    for spec in specs {
        registry.insert(spec.build()).unwrap_or_else(|error| panic!("{error}"));
    }
    registry
}

/// A silencer over these windows and this topology.
pub(crate) fn silencer(specs: &[WindowSpec], topology: &TopologySpec) -> Silencer {
    Silencer::builder()
        .topology(topology.build())
        .build(&registry(specs))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Bounds of the range of timestamps, in milliseconds.
pub(crate) const FIRST: i64 = Timestamp::MIN.as_millis();
pub(crate) const LAST: i64 = Timestamp::MAX.as_millis();
pub(crate) const END: i64 = Timestamp::END.as_millis();
