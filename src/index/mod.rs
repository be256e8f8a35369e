//! From a subject to the windows that could concern it: what is known before
//! any question is asked.

use std::collections::HashMap;
use std::sync::Arc;

use crate::registry::Registry;
use crate::scope::{AlertType, Lineage, Subject, Topology};
use crate::window::{Propagation, Window};

/// The windows of a registry, by whom they could concern.
#[derive(Debug)]
pub(crate) struct Index {
    windows: Box<[Arc<Window>]>,
    topology: Topology,
    /// For each entity that the topology or a scope names.
    entities: HashMap<Box<str>, Box<[Candidate]>>,
    /// For everyone else.
    strangers: Box<[Candidate]>,
}

/// A window that covers an entity, at least for some alert type.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) window: u32,
    asked: Asked,
}

/// Which alert types a window covers an entity for.
#[derive(Clone, Debug)]
enum Asked {
    /// Any, and none.
    Anyhow,
    /// Of the types that its scope names these, and the others or none if so
    /// it says.
    Types { named: Box<[AlertType]>, others: bool },
}

impl Index {
    pub(crate) fn new(registry: &Registry, topology: &Topology) -> Self {
        let windows: Box<[_]> = registry.iter().cloned().collect();
        let mut named: Vec<Box<str>> = topology.entities().map(Into::into).collect();
        for window in &windows {
            window.scope().entity_ids(&mut |id| named.push(id.as_str().into()));
        }
        let entities = named
            .into_iter()
            .map(|id| {
                let candidates = candidates(&windows, &id, topology);
                (id, candidates)
            })
            .collect();
        let strangers = candidates(&windows, "", topology);
        Self { windows, topology: topology.clone(), entities, strangers }
    }

    pub(crate) fn windows(&self) -> &[Arc<Window>] {
        &self.windows
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The windows that cover the subject, whenever they do, in the order of
    /// the registry.
    pub(crate) fn covering<'a>(
        &'a self,
        subject: &Subject<'a>,
    ) -> impl Iterator<Item = &'a Window> + Clone + 'a {
        let brings = !subject.groups().is_empty() || !subject.attributes().is_empty();
        let (candidates, all): (&[Candidate], &[Arc<Window>]) =
            if brings { (&[], &self.windows) } else { (self.candidates(subject.entity_id()), &[]) };
        let (known, brought) = (*subject, *subject);
        let known = candidates
            .iter()
            .filter(move |candidate| candidate.is_asked(known.alert_type()))
            .map(|candidate| &*self.windows[candidate.window as usize]);
        let brought = all
            .iter()
            .map(|window| &**window)
            .filter(move |window| window.covers(&brought, &self.topology));
        known.chain(brought)
    }

    fn candidates(&self, entity: &str) -> &[Candidate] {
        self.entities.get(entity).unwrap_or(&self.strangers)
    }
}

impl Candidate {
    fn is_asked(&self, alert_type: Option<&str>) -> bool {
        match &self.asked {
            Asked::Anyhow => true,
            Asked::Types { named, others } => match alert_type {
                Some(asked) => {
                    // The list holds the exceptions to `others`.
                    *others != named.iter().any(|known| known.as_str() == asked)
                }
                None => *others,
            },
        }
    }
}

fn candidates(windows: &[Arc<Window>], entity: &str, topology: &Topology) -> Box<[Candidate]> {
    let lineage = Lineage::of(&Subject::entity(entity), topology);
    let covers = |lineage: &Lineage<'_>, window: &Window| {
        lineage.covered_by(window.scope(), window.propagation() == Propagation::Descendants)
    };
    let mut found = Vec::new();
    for (index, window) in windows.iter().enumerate() {
        let others = covers(&lineage, window);
        let mut exceptions = Vec::new();
        window.scope().alert_types(&mut |alert_type| {
            let subject = Subject::entity(entity).with_alert_type(alert_type.as_str());
            if covers(&Lineage::of(&subject, topology), window) != others {
                exceptions.push(alert_type.clone());
            }
        });
        let asked = match (others, exceptions.is_empty()) {
            (false, true) => continue,
            (true, true) => Asked::Anyhow,
            (others, false) => Asked::Types { named: exceptions.into(), others },
        };
        found.push(Candidate { window: index as u32, asked });
    }
    found.into()
}
