//! Conditions of alerts: tests that they pass, and conditions that they do not fulfil.
//!
//! What is known of two tests is used to leave out what need not be said: tests of one label
//! that no value passes, and tests that the value of another one passes anyway.

use quietude::Scope;

use super::matchers::Test;
use super::routes::Route;

/// Tests that an alert passes, and conditions that it does not fulfil.
#[derive(Clone, Default)]
pub(super) struct Condition<'a> {
    pub(super) tests: Vec<&'a Test>,
    pub(super) nots: Vec<Condition<'a>>,
}

/// What a condition is for alerts that pass certain tests.
enum Under<'a> {
    Always,
    Never,
    Sometimes(Condition<'a>),
}

impl<'a> Condition<'a> {
    /// The tests of a route itself.
    pub(super) fn of(route: &'a Route) -> Self {
        Self { tests: route.tests.iter().collect(), nots: Vec::new() }
    }

    /// Adds tests, each once.
    pub(super) fn add(&mut self, tests: &[&'a Test]) {
        for test in tests {
            if !self.tests.contains(test) {
                self.tests.push(test);
            }
        }
    }

    /// Adds that the condition does not hold. Returns false if all alerts with these tests
    /// fulfil it.
    pub(super) fn exclude(&mut self, condition: &Self) -> bool {
        match condition.under(&self.tests) {
            Under::Always => return false,
            Under::Never => {}
            Under::Sometimes(rest) => self.nots.push(rest),
        }
        true
    }

    /// Whether no alert with these tests fulfils the other condition, as far as that is known.
    pub(super) fn rules_out(&self, other: &Self) -> bool {
        matches!(other.under(&self.tests), Under::Never)
    }

    /// The number of tests.
    pub(super) fn size(&self) -> usize {
        1 + self.tests.len() + self.nots.iter().map(Self::size).sum::<usize>()
    }

    /// Whether no alert passes all tests, as far as that is known.
    pub(super) fn is_contradictory(&self) -> bool {
        let values = self.tests.iter().filter(|test| test.only_value().is_some());
        values.into_iter().any(|value| self.tests.iter().any(|test| value.excludes(test)))
    }

    /// What remains of the condition for alerts that pass `known`.
    fn under(&self, known: &[&'a Test]) -> Under<'a> {
        let mut rest = Condition::default();
        for &test in &self.tests {
            if known.iter().any(|known| known.excludes(test)) {
                return Under::Never;
            }
            if !known.iter().chain(&rest.tests).any(|known| known.implies(test)) {
                rest.tests.push(test);
            }
        }
        if rest.is_contradictory() {
            return Under::Never;
        }
        let all: Vec<&Test> = known.iter().chain(&rest.tests).copied().collect();
        for not in &self.nots {
            match not.under(&all) {
                Under::Always => return Under::Never,
                Under::Never => {}
                Under::Sometimes(not) => rest.nots.push(not),
            }
        }
        if rest.tests.is_empty() && rest.nots.is_empty() {
            Under::Always
        } else {
            Under::Sometimes(rest)
        }
    }

    pub(super) fn scope(&self) -> Scope {
        let tests = self.tests.iter().map(|test| test.scope());
        let mut parts: Vec<Scope> =
            tests.chain(self.nots.iter().map(Self::negated_scope)).collect();
        match parts.len() {
            0 => Scope::everything(),
            1 => parts.remove(0),
            _ => Scope::all(parts),
        }
    }

    fn negated_scope(&self) -> Scope {
        let tests = self.tests.iter().map(|test| test.negated_scope());
        let mut parts: Vec<Scope> = tests.chain(self.nots.iter().map(Self::scope)).collect();
        match parts.len() {
            1 => parts.remove(0),
            _ => Scope::any(parts),
        }
    }
}
