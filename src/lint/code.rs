//! The codes of findings, with their severity.

use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably a mistake.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
        })
    }
}

/// What a finding is about. [`as_str`](Self::as_str) is its stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The schedule has no occurrence.
    NeverBegins,
    /// The schedule has occurrences, but none of them is in the validity, before the instant
    /// of closing.
    OutsideValidity,
    /// The window silences nothing from now on. A document gets this warning without a change,
    /// as time passes.
    Over,
    /// It is on for more than 99 % of the year from now on.
    AlmostAlways,
    /// From some instant on it is active until the end of time.
    NeverEnds,
    /// It begins or ends at a local time that a change of the clocks skips.
    Gap,
    /// It begins or ends at a local time that comes twice.
    Fold,
    /// An occurrence does not happen, because its local time does not exist.
    Dropped,
    /// A month does not have the day of the month.
    ShortMonth,
    /// A yearly rule of RFC 5545 with a day of the month and without a month is every month;
    /// calendars read it as once a year.
    YearlyWithoutMonth,
    /// All excepted dates are in the past.
    ExceptionsOver,
    /// The anchor of the interval is in the future; dates before it count, too.
    AnchorLater,
    /// A day or more of elapsed time, across a change of the clocks.
    ElapsedDay,
    /// A named set of dates ends within 90 days, or has ended.
    DatesRunOut,
    /// It has the scope, the effect, the schedule and the validity of another window, written
    /// alike. Different forms of the same thing are not found: `entity` and `entities` with
    /// one id, daily and weekly on all days, the zones UTC and Etc/UTC, a named schedule and a
    /// copy of it without the name.
    Repeats,
    /// An occurrence ends as that of another window of the same scope begins.
    Touches,
    /// The topology does not have the entity.
    UnknownEntity,
    /// The topology does not have the group.
    UnknownGroup,
    /// No entity of the topology has the attribute.
    UnknownAttribute,
    /// No entity of the topology has the value of the attribute.
    UnknownValue,
    /// The regular expression or the part matches no value of the topology.
    MatchesNothing,
    /// No subject can pass all tests of the scope.
    Contradiction,
    /// It covers no entity of the topology.
    CoversNobody,
    /// It covers every entity of the topology.
    CoversEverybody,
    /// Each query with labels tests the window, because no label that it needs is known.
    BroadScope,
}

impl Code {
    /// All codes.
    pub const ALL: &[Self] = &[
        Self::NeverBegins,
        Self::OutsideValidity,
        Self::Over,
        Self::AlmostAlways,
        Self::NeverEnds,
        Self::Gap,
        Self::Fold,
        Self::Dropped,
        Self::ShortMonth,
        Self::YearlyWithoutMonth,
        Self::ExceptionsOver,
        Self::AnchorLater,
        Self::ElapsedDay,
        Self::DatesRunOut,
        Self::Repeats,
        Self::Touches,
        Self::UnknownEntity,
        Self::UnknownGroup,
        Self::UnknownAttribute,
        Self::UnknownValue,
        Self::MatchesNothing,
        Self::Contradiction,
        Self::CoversNobody,
        Self::CoversEverybody,
        Self::BroadScope,
    ];

    /// The stable name, such as `never-begins`.
    ///
    /// ```
    /// assert_eq!(quietude::lint::Code::NeverBegins.as_str(), "never-begins");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverBegins => "never-begins",
            Self::OutsideValidity => "outside-validity",
            Self::Over => "over",
            Self::AlmostAlways => "almost-always",
            Self::NeverEnds => "never-ends",
            Self::Gap => "gap",
            Self::Fold => "fold",
            Self::Dropped => "dropped",
            Self::ShortMonth => "short-month",
            Self::YearlyWithoutMonth => "yearly-without-month",
            Self::ExceptionsOver => "exceptions-over",
            Self::AnchorLater => "anchor-later",
            Self::ElapsedDay => "elapsed-day",
            Self::DatesRunOut => "dates-run-out",
            Self::Repeats => "repeats",
            Self::Touches => "touches",
            Self::UnknownEntity => "unknown-entity",
            Self::UnknownGroup => "unknown-group",
            Self::UnknownAttribute => "unknown-attribute",
            Self::UnknownValue => "unknown-value",
            Self::MatchesNothing => "matches-nothing",
            Self::Contradiction => "contradiction",
            Self::CoversNobody => "covers-nobody",
            Self::CoversEverybody => "covers-everybody",
            Self::BroadScope => "broad-scope",
        }
    }

    /// How much findings of this code matter, if nothing about the
    /// [finding](crate::lint::Finding::severity) makes it matter more.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Gap
            | Self::Fold
            | Self::ShortMonth
            | Self::ExceptionsOver
            | Self::AnchorLater
            | Self::Touches
            | Self::UnknownAttribute
            | Self::UnknownValue
            | Self::MatchesNothing
            | Self::BroadScope => Severity::Info,
            _ => Severity::Warning,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
