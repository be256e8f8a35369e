//! The table `labels_many`: many windows under one key, many values, many groups, many
//! labels, many regular expressions; beside the loop over the registry. Ratios are to the
//! loop.

use crate::common::baseline_labels::loop_is_silenced;
use crate::common::crowds::{Crowd, crowds};
use crate::common::engine::Engine;
use crate::common::harness::{Candidate, Options, Unit, race, report};
use crate::common::workload::{NOW, at};
use crate::labels::is_affordable;

pub(crate) const TABLE: &str = "labels_many";

pub(crate) fn run(options: &Options) {
    let scale = if options.test { 1_000 } else { 1 };
    for crowd in crowds(NOW, scale) {
        run_crowd(options, &crowd);
    }
}

fn run_crowd(options: &Options, crowd: &Crowd) {
    let n = crowd.registry.len();
    let engine = match Engine::with_topology(&crowd.registry, crowd.topology.clone(), at(NOW)) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("{TABLE}, n = {n}: {}: {error}", crowd.name);
            return;
        }
    };
    let views: Vec<_> = crowd.subjects.iter().map(|subject| subject.view()).collect();
    let t = at(crowd.now);
    let queries: Vec<_> = views.iter().map(|view| view.subject()).cycle().take(1 << 10).collect();
    let by_loop = |subject: &_| loop_is_silenced(&crowd.registry, &crowd.topology, subject, t);
    let by_silencer = |subject: &_| engine.is_subject_silenced(subject, t);
    for subject in &queries[..views.len().min(16)] {
        assert_eq!(by_silencer(subject), by_loop(subject), "{}: {subject:?}", crowd.name);
    }
    let name = |candidate: &str| format!("{}, {candidate}", crowd.name);
    let mut candidates = Vec::new();
    if is_affordable(TABLE, n, &name("by hand, loop"), || by_loop(&queries[0])) {
        candidates.push(Candidate::single_queries(name("by hand, loop"), &queries, by_loop));
    }
    if is_affordable(TABLE, n, &name("silencer"), || by_silencer(&queries[0])) {
        candidates.push(Candidate::single_queries(name("silencer"), &queries, by_silencer));
    }
    if !candidates.is_empty() {
        report(options, TABLE, n, Unit::Ns, &race(options, queries.len(), candidates, None));
    }
}
