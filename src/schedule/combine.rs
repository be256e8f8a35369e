//! Combinations of schedules: while one of them, all of them, or none is active; and
//! schedules with a name.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::limits::MAX_SCHEDULE_DEPTH;
use crate::schedule::days::check_size;
use crate::schedule::{Kind, Schedule};
use crate::time::Timestamp;

/// The most parts that are evaluated without a branch.
const FEW_PARTS: usize = 4;

/// A schedule that is made of others, which [`Schedule::any`], [`Schedule::all`],
/// [`Schedule::not`] or [`Schedule::named`] creates. Cloning copies a pointer.
///
/// ```
/// use quietude::calendar::Operator;
/// use quietude::{Daily, Schedule, Zone};
///
/// let night = Schedule::from(Daily::new("22:00-06:00".parse()?, Zone::utc()));
/// let Schedule::Combined(day) = Schedule::not(night.clone())? else { unreachable!() };
/// assert_eq!((day.operator(), day.parts()), (Operator::Not, &[night][..]));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Combination(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    operator: Operator,
    /// Empty unless the operator is a name.
    name: Box<str>,
    parts: Box<[Schedule]>,
    /// How deep combinations are nested, this one included.
    depth: u32,
    /// The number of schedules and sets of days, this one included.
    nodes: u64,
    /// How many names follow each other at the top.
    names: u32,
    /// Whether the parts are few calendars, so that evaluating all of them is faster than a
    /// branch on each.
    is_branch_free: bool,
}

/// How a [`Combination`] combines its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Active while one of the parts is.
    Any,
    /// Active while all parts are.
    All,
    /// Active while its only part is not.
    Not,
    /// Its only part, under a name.
    Named,
}

impl Combination {
    fn new(operator: Operator, parts: Vec<Schedule>) -> Result<Self, Error> {
        if parts.is_empty() {
            return Err(Error::invalid("the list is empty; name at least one"));
        }
        let depth = parts.iter().map(Schedule::depth).max().unwrap_or(0) + 1;
        let nodes = parts.iter().map(Schedule::nodes).sum::<u64>() + 1;
        check_size(depth, nodes)?;
        let is_branch_free = parts.len() <= FEW_PARTS && parts.iter().all(Schedule::is_fast);
        let (name, parts) = (Box::default(), parts.into());
        let inner = Inner { operator, name, parts, depth, nodes, names: 0, is_branch_free };
        Ok(Self(Arc::new(inner)))
    }

    /// Whether the combination is active at `t`.
    #[inline(never)]
    pub(super) fn contains(&self, t: Timestamp) -> bool {
        let Inner { operator, ref parts, is_branch_free, .. } = *self.0;
        if t >= Timestamp::END {
            return false;
        }
        match operator {
            Operator::All if is_branch_free => {
                parts.iter().fold(true, |active, part| active & part.contains_part(t))
            }
            Operator::All => parts.iter().all(|part| part.contains_part(t)),
            Operator::Not => !parts[0].contains_part(t),
            Operator::Any | Operator::Named if is_branch_free => {
                parts.iter().fold(false, |active, part| active | part.contains_part(t))
            }
            Operator::Any | Operator::Named => parts.iter().any(|part| part.contains_part(t)),
        }
    }

    /// How the parts are combined.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.0.operator
    }

    /// The parts, in the order in which they were given.
    #[must_use]
    pub fn parts(&self) -> &[Schedule] {
        &self.0.parts
    }

    /// The name, if the operator is [`Operator::Named`].
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        (self.0.operator == Operator::Named).then_some(&self.0.name)
    }

    /// The combination of calendars in UTC; `None` if there are other schedules in it.
    pub(super) fn in_utc(&self) -> Option<Self> {
        let parts = self.parts().iter().map(Schedule::in_utc).collect::<Option<Box<[_]>>>()?;
        let Inner { operator, ref name, depth, nodes, names, is_branch_free, .. } = *self.0;
        let name = name.clone();
        let inner = Inner { operator, name, parts, depth, nodes, names, is_branch_free };
        Some(Self(Arc::new(inner)))
    }
}

impl fmt::Debug for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = match self.name() {
            Some(name) => f.debug_tuple(&format!("Named {name:?}")),
            None => f.debug_tuple(&format!("{:?}", self.0.operator)),
        };
        for part in self.parts() {
            tuple.field(part);
        }
        tuple.finish()
    }
}

/// Combinations. Their occurrences are the maximal intervals during which they are active.
impl Schedule {
    /// Active while one of the schedules is.
    ///
    /// # Errors
    ///
    /// If the list is empty, or [`MAX_SCHEDULE_DEPTH`](crate::limits::MAX_SCHEDULE_DEPTH)
    /// or [`MAX_SCHEDULE_NODES`](crate::limits::MAX_SCHEDULE_NODES) is exceeded.
    pub fn any(schedules: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        Combination::new(Operator::Any, schedules.into_iter().collect()).map(Self::Combined)
    }

    /// Active while all of the schedules are.
    ///
    /// ```
    /// use quietude::{Daily, Schedule, Weekday, Weekly, Zone};
    ///
    /// let berlin: Zone = "Europe/Berlin".parse()?;
    /// let office = Weekly::new([Weekday::Mon], "09:00-17:00".parse()?, berlin.clone())?;
    /// let all_day = Daily::new("00:00-24:00".parse()?, berlin);
    /// let outside = Schedule::all([all_day.into(), Schedule::not(office.into())?])?;
    /// let occurrence = outside.occurrence_at("2026-11-24T12:00:00Z".parse()?).unwrap();
    /// assert_eq!(occurrence.start(), "2026-11-23T16:00:00Z".parse()?); // Monday, 17:00
    /// assert_eq!(occurrence.end(), "2026-11-30T08:00:00Z".parse()?); // Monday, 09:00
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`any`](Self::any).
    pub fn all(schedules: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        Combination::new(Operator::All, schedules.into_iter().collect()).map(Self::Combined)
    }

    /// Active while the schedule is not: also before its first and after its last
    /// occurrence, until the end of time.
    ///
    /// # Errors
    ///
    /// As [`any`](Self::any).
    #[allow(clippy::should_implement_trait, reason = "it can fail")]
    pub fn not(schedule: Self) -> Result<Self, Error> {
        Combination::new(Operator::Not, vec![schedule]).map(Self::Combined)
    }

    /// A schedule with a name, by which documents refer to it. It has the occurrences of the
    /// schedule.
    #[must_use]
    pub fn named(name: impl Into<String>, schedule: Self) -> Self {
        let names = schedule.names();
        // Names of names are dropped beyond some, so that they do not nest without a limit.
        if names >= MAX_SCHEDULE_DEPTH {
            return schedule;
        }
        Self::Combined(Combination(Arc::new(Inner {
            operator: Operator::Named,
            name: name.into().into(),
            depth: schedule.depth(),
            nodes: schedule.nodes(),
            names: names + 1,
            is_branch_free: false,
            parts: [schedule].into(),
        })))
    }

    /// Whether this is a calendar with the fast path, or the negation of one.
    fn is_fast(&self) -> bool {
        match self {
            Self::Combined(not) => not.operator() == Operator::Not && not.parts()[0].is_fast(),
            _ => matches!(self.kind(), Kind::Calendar(calendar) if calendar.is_plain()),
        }
    }

    /// [`contains`](Self::contains) of a part of a combination. A negation is evaluated here,
    /// without another call.
    #[inline(always)]
    fn contains_part(&self, t: Timestamp) -> bool {
        match self {
            Self::Combined(not) if not.0.operator == Operator::Not => !not.0.parts[0].contains(t),
            _ => self.contains(t),
        }
    }

    /// How deep combinations are nested; 0 for other schedules.
    fn depth(&self) -> u32 {
        if let Self::Combined(combination) = self { combination.0.depth } else { 0 }
    }

    /// How many names follow each other at the top.
    pub(crate) fn names(&self) -> u32 {
        if let Self::Combined(combination) = self { combination.0.names } else { 0 }
    }

    /// The number of schedules and sets of days in it.
    pub(crate) fn nodes(&self) -> u64 {
        match self {
            Self::Combined(combination) => combination.0.nodes,
            Self::Daily(daily) => 1 + daily.calendar().day_nodes(),
            Self::Weekly(weekly) => 1 + weekly.calendar().day_nodes(),
            Self::Monthly(monthly) => 1 + monthly.calendar().day_nodes(),
            Self::Calendar(calendar) => {
                let days = calendar.days().map_or(0, |days| days.nodes());
                1 + days + calendar.calendar().day_nodes()
            }
            _ => 1,
        }
    }
}

/// Returns an error if a schedule has too many parts.
pub(crate) fn check_nodes(schedule: &Schedule) -> Result<(), Error> {
    check_size(schedule.depth(), schedule.nodes())
}
