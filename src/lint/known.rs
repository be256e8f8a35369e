//! The names and values of the topology, and what was computed about scopes.

use std::collections::{HashMap, HashSet};

use crate::lint::meant::{self, Names};
use crate::scope::{Matcher, Scope, Subject, Topology};
use crate::silencer::Silencer;
use crate::window::Window;

/// The steps of evaluating scopes and values, at most, for all windows.
const MAX_STEPS: u64 = 20_000_000;

/// What is known about entities, and the results that several windows need.
#[allow(clippy::mutable_key_type, reason = "a scope's pattern is its text, not its caches")]
#[derive(Debug)]
pub(super) struct Known<'a> {
    silencer: &'a Silencer,
    /// Computed when they are first needed.
    entities: Option<Names<'a>>,
    groups: Option<Names<'a>>,
    attributes: Option<Names<'a>>,
    values: Option<HashMap<&'a str, HashSet<&'a str>>>,
    value_names: HashMap<String, Names<'a>>,
    coverage: HashMap<(Scope, bool), Option<Coverage>>,
    matches: HashMap<Matcher, Option<bool>>,
    steps: u64,
    similar_steps: u64,
}

/// How many entities of the topology a window covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// None, for no alert type.
    Nobody,
    Some,
    /// All, without an alert type.
    Everybody,
}

impl<'a> Known<'a> {
    pub(super) fn new(silencer: &'a Silencer) -> Self {
        Self {
            silencer,
            entities: None,
            groups: None,
            attributes: None,
            values: None,
            value_names: HashMap::new(),
            coverage: HashMap::new(),
            matches: HashMap::new(),
            steps: MAX_STEPS,
            similar_steps: meant::MAX_STEPS,
        }
    }

    pub(super) fn topology(&self) -> &'a Topology {
        self.silencer.topology()
    }

    pub(super) fn similar_entity(&mut self, id: &str) -> Option<&'a str> {
        let topology = self.topology();
        let names = self.entities.get_or_insert_with(|| Names::new(topology.entities()));
        names.similar(id, &mut self.similar_steps)
    }

    pub(super) fn similar_group(&mut self, id: &str) -> Option<&'a str> {
        let topology = self.topology();
        let names = self.groups.get_or_insert_with(|| Names::new(topology.groups()));
        names.similar(id, &mut self.similar_steps)
    }

    pub(super) fn similar_attribute(&mut self, name: &str) -> Option<&'a str> {
        let topology = self.topology();
        let names = self.attributes.get_or_insert_with(|| Names::new(topology.attribute_names()));
        names.similar(name, &mut self.similar_steps)
    }

    pub(super) fn similar_value(&mut self, name: &str, value: &str) -> Option<&'a str> {
        if !self.value_names.contains_key(name) {
            let values = self.values().get(name).into_iter().flatten().copied();
            let names = Names::new(values);
            self.value_names.insert(name.to_owned(), names);
        }
        self.value_names[name].similar(value, &mut self.similar_steps)
    }

    /// The values of each attribute in the topology.
    pub(super) fn values(&mut self) -> &HashMap<&'a str, HashSet<&'a str>> {
        let topology = self.topology();
        self.values.get_or_insert_with(|| {
            let mut values: HashMap<&str, HashSet<&str>> = HashMap::new();
            for entity in topology.entity_indices() {
                for (name, value) in topology.attributes(entity) {
                    values.entry(name).or_default().insert(value);
                }
            }
            values
        })
    }

    /// Whether a matcher accepts a value of the topology; `None` if that was not computed.
    pub(super) fn accepts_any(&mut self, matcher: &Matcher) -> Option<bool> {
        if let Some(known) = self.matches.get(matcher) {
            return *known;
        }
        let mut steps = self.steps;
        let values = self.values().get(matcher.name()).into_iter().flatten();
        let mut accepts = Some(false);
        for value in values {
            let cost = 1 + matcher.steps_for_length(value.len()).unwrap_or(1);
            match steps.checked_sub(cost) {
                Some(left) => steps = left,
                None => {
                    accepts = None;
                    break;
                }
            }
            if matcher.accepts(value) {
                accepts = Some(true);
                break;
            }
        }
        self.steps = steps;
        self.matches.insert(matcher.clone(), accepts);
        accepts
    }

    /// How many entities of the topology a window covers; `None` if that was not computed.
    pub(super) fn coverage(&mut self, window: &Window) -> Option<Coverage> {
        let key = (window.scope().clone(), window.propagation().descends());
        if let Some(known) = self.coverage.get(&key) {
            return *known;
        }
        let found = self.compute_coverage(window);
        self.coverage.insert(key, found);
        found
    }

    fn compute_coverage(&mut self, window: &Window) -> Option<Coverage> {
        let (silencer, topology) = (self.silencer, self.topology());
        let mut alert_types = Vec::new();
        window.scope().alert_types(&mut |alert_type| {
            if !alert_types.contains(alert_type) {
                alert_types.push(alert_type.clone());
            }
        });
        let cost = window.scope().tests().saturating_mul(1 + alert_types.len() as u64);
        let steps = &mut self.steps;
        let mut spend = || {
            *steps = steps.checked_sub(cost)?;
            Some(())
        };
        let (mut is_any, mut count) = (false, 0);
        let candidates = silencer.index().candidates(window);
        let mut is_all = candidates.may_be_all(topology);
        for id in candidates.of_topology(topology) {
            spend()?;
            count += 1;
            let subject = Subject::entity(id);
            let covers = window.covers(&subject, topology);
            is_any |= covers
                || alert_types.iter().any(|alert_type| {
                    window.covers(&subject.with_alert_type(alert_type.as_str()), topology)
                });
            is_all &= covers;
            if is_any && !is_all {
                return Some(Coverage::Some);
            }
        }
        Some(match (is_any, is_all && count == topology.len()) {
            (false, _) => Coverage::Nobody,
            (true, true) => Coverage::Everybody,
            (true, false) => Coverage::Some,
        })
    }
}
