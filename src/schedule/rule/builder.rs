//! The builder of a rule.

use crate::error::Error;
use crate::schedule::rule::{Fold, Gap, Mapping, NominalDuration, Rule};
use crate::time::Zone;

/// How the length of the occurrences of a rule is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GivenDuration {
    Millis(i64),
    Nominal(NominalDuration),
    /// By DTEND, DURATION, or a DTSTART that is a date.
    InText,
}

/// What is given beside the text of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleOptions {
    pub(crate) duration: GivenDuration,
    pub(crate) mapping: Mapping,
}

impl RuleOptions {
    pub(crate) fn lasting(duration_ms: i64) -> Self {
        Self { duration: GivenDuration::Millis(duration_ms), mapping: Mapping::default() }
    }
}

/// Builds a [`Rule`] with options. Without a duration, that of the text is used.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RuleBuilder {
    text: String,
    zone: Option<Zone>,
    options: RuleOptions,
}

impl RuleBuilder {
    pub(super) fn new(text: String) -> Self {
        let options = RuleOptions { duration: GivenDuration::InText, mapping: Mapping::default() };
        Self { text, zone: None, options }
    }

    /// Sets the zone of floating times, as [`Rule::parse_in`] does.
    pub fn zone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets the elapsed length of an occurrence, in milliseconds.
    pub fn duration_ms(mut self, duration_ms: i64) -> Self {
        self.options.duration = GivenDuration::Millis(duration_ms);
        self
    }

    /// Sets the length of an occurrence: nominal days, and elapsed time after them.
    pub fn duration(mut self, duration: NominalDuration) -> Self {
        self.options.duration = GivenDuration::Nominal(duration);
        self
    }

    /// Sets which passes of a fold have starts. COUNT counts both passes.
    pub fn fold(mut self, fold: Fold) -> Self {
        self.options.mapping.fold = fold;
        self
    }

    /// Sets what happens to a start in a gap.
    pub fn gap(mut self, gap: Gap) -> Self {
        self.options.mapping.gap = gap;
        self
    }

    /// Builds the rule.
    ///
    /// # Errors
    ///
    /// As [`Rule::parse`]; if there is no duration; or if there is one here and in the text.
    pub fn build(self) -> Result<Rule, Error> {
        Rule::read(&self.text, self.zone, &|name| name.parse(), self.options)
    }
}
