//! Alerts that are sets of labels, by a-tree, which indexes boolean expressions.
//!
//! It knows no time and no regular expressions: a search gives the silences that cover an
//! alert, of which one must be active, and each pattern is a boolean attribute of the event,
//! computed by the regex crate. Building takes time quadratic in the number of silences.

use a_tree::{ATree, AttributeDefinition};
use quietude::{Registry, Timestamp};
use regex::Regex;

use crate::common::baseline_labels::{JoinedLabels, LabelsFloor, LabelsMap, loop_is_silenced};
use crate::common::engine::Engine;
use crate::common::harness::{Candidate, Options, Unit, race, report, time};
use crate::common::silences::{
    ALERTNAME, Accept, Alert, CLUSTER, JOB, LABELS, On, PATTERNS, POD, SERVICE, SilenceSpec,
    Silences, silences,
};
use crate::common::workload::{Kind, NOW, SEED, at};

/// The label of each pattern, and the name of its attribute.
const PATTERN_LABELS: [(usize, &str); 8] = [
    (ALERTNAME, "is_kube"),
    (POD, "is_web"),
    (CLUSTER, "is_eu"),
    (CLUSTER, "is_us"),
    (CLUSTER, "is_ap"),
    (JOB, "is_node"),
    (SERVICE, "is_low_service"),
    (SERVICE, "is_even_service"),
];

struct Tree {
    tree: ATree<usize>,
    patterns: Vec<Regex>,
}

impl Tree {
    fn new(silences: &Silences) -> Self {
        let labels = LABELS.iter().map(|name| AttributeDefinition::string(name));
        let patterns = PATTERN_LABELS.iter().map(|(_, name)| AttributeDefinition::boolean(name));
        let definitions: Vec<_> = labels.chain(patterns).collect();
        let mut tree = ATree::new(&definitions).expect("the names differ");
        for (number, spec) in silences.specs.iter().enumerate() {
            let text = expression(silences, spec);
            tree.insert(&number, &text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        }
        let patterns = PATTERNS
            .iter()
            .map(|text| Regex::new(&format!("^(?:{text})$")).expect("a pattern"))
            .collect();
        Self { tree, patterns }
    }

    fn is_silenced(&self, registry: &[&quietude::Window], alert: &Alert<'_>) -> bool {
        let mut event = self.tree.make_event();
        for (name, value) in alert.labels {
            event.with_string(name, value).expect("it is defined");
        }
        for ((label, name), pattern) in PATTERN_LABELS.iter().zip(&self.patterns) {
            let is_match = pattern.is_match(alert.labels[*label].1);
            event.with_boolean(name, is_match).expect("it is defined");
        }
        let event = event.build().expect("all attributes have a value");
        let report = self.tree.search(&event).expect("a search does not fail");
        report.matches().iter().any(|number| registry[**number].is_active(alert.at))
    }
}

/// A silence in the language of a-tree.
fn expression(silences: &Silences, spec: &SilenceSpec) -> String {
    let test = |test: &crate::common::silences::TestSpec| {
        let On::Label(label) = test.on else { panic!("there is no topology") };
        let name = LABELS[label];
        let value = |number: &u32| format!("\"{}\"", silences.value(label, *number));
        let text = match &test.accept {
            Accept::Equals(number) => format!("{name} = {}", value(number)),
            Accept::OneOf(numbers) | Accept::Alternation(numbers) => {
                // `in` gives wrong answers in 0.5.1: it searches numbers of strings, in the
                // order of the strings, as if they were sorted.
                let values = numbers.iter().map(|number| format!("{name} = {}", value(number)));
                values.collect::<Vec<_>>().join(" or ")
            }
            Accept::Pattern(pattern) => PATTERN_LABELS[*pattern].1.to_owned(),
            Accept::Present => format!("{name} is not null"),
        };
        if test.negated { format!("(not ({text}))") } else { format!("({text})") }
    };
    spec.tests.iter().map(test).collect::<Vec<_>>().join(" and ")
}

pub(crate) fn run(options: &Options) {
    for n in options.sizes(200, &[1_000], &[1_000, 10_000]) {
        if n > 10_000 {
            eprintln!("labels_now, n = {n}: a-tree is left out: its building is quadratic");
            continue;
        }
        run_size(options, n);
    }
}

fn run_size(options: &Options, n: usize) {
    let silences = silences(n, SEED, NOW);
    let registry: Registry = silences.registry();
    let windows: Vec<&quietude::Window> = registry.iter().map(AsRef::as_ref).collect();
    let engine = Engine::new(&registry, at(NOW)).expect("within the limits");
    let (floor, map) = (LabelsFloor::new(&silences), LabelsMap::new(&silences));
    let mut tree = None;
    let built = time(|| tree = Some(Tree::new(&silences)));
    let tree = tree.expect("it was built");
    eprintln!("labels_now, n = {n}: a-tree was built in {built:?}");
    let alerts = silences.alerts(Kind::Now, options.query_count() / 4, SEED + 3);
    let alerts = alerts.views();
    let topology = silences.topology();
    let sample = if options.test { 100 } else { 2_000 };
    for alert in alerts.iter().take(sample) {
        let t: Timestamp = alert.at;
        let expected = loop_is_silenced(&registry, &topology, &alert.subject(), t);
        assert_eq!(engine.is_subject_silenced(&alert.subject(), t), expected, "{alert:?}");
        assert_eq!(map.is_silenced(alert), expected, "by hand: {alert:?}");
        assert_eq!(tree.is_silenced(&windows, alert), expected, "a-tree: {alert:?}");
    }
    eprintln!("labels_now, n = {n}: {sample} answers of each are compared, none wrong");
    let joined = JoinedLabels::new(&alerts);
    let joined = joined.views();
    let candidates = vec![
        Candidate::single_queries("floor", &joined, |labels| floor.find(labels) == 1),
        Candidate::single_queries("silencer", &alerts, |alert| {
            engine.is_subject_silenced(&alert.subject(), alert.at)
        }),
        Candidate::single_queries("by hand, map", &alerts, |alert| map.is_silenced(alert)),
        Candidate::single_queries("a-tree", &alerts, |alert| tree.is_silenced(&windows, alert)),
    ];
    let lines = race(options, alerts.len(), candidates, Some(3));
    report(options, "labels_now", n, Unit::Ns, &lines);
}
