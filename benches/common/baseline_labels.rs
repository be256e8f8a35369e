//! Baselines of the workload `silences`: the floor, a loop over the registry, and a
//! hand-written map from labels to silences.

use std::hash::{Hash, Hasher};

use foldhash::fast::FixedState;
use hashbrown::{Equivalent, HashMap};
use quietude::{Registry, Subject, Timestamp, Topology};
use regex::Regex;

use super::baseline_hashmap::EntrySchedule;
use super::silences::{
    Accept, Alert, INSTANCE, LABELS, On, PATTERNS, Silences, TestSpec, group, place, rack,
};

/// The cost of ten look-ups: a map of all pairs of a name and a value that occur in scopes.
/// It answers nothing.
#[derive(Debug)]
pub(crate) struct LabelsFloor(HashMap<String, u32, FixedState>);

/// The labels of alerts, each as one key of [`LabelsFloor`].
#[derive(Debug)]
pub(crate) struct JoinedLabels(String, Vec<[(usize, usize); 10]>);

fn join(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

impl LabelsFloor {
    pub(crate) fn new(silences: &Silences) -> Self {
        let mut map = HashMap::with_hasher(FixedState::with_seed(7));
        for test in silences.specs.iter().flat_map(|spec| &spec.tests) {
            let On::Label(label) = test.on else { continue };
            for number in test.accept.numbers() {
                let next = map.len() as u32;
                map.entry(join(LABELS[label], silences.value(label, *number))).or_insert(next);
            }
        }
        Self(map)
    }

    #[inline]
    pub(crate) fn find(&self, labels: &[&str; 10]) -> u32 {
        labels.iter().filter_map(|label| self.0.get(*label)).fold(0, |sum, n| sum ^ n)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.allocation_size() + self.0.keys().map(String::capacity).sum::<usize>()
    }
}

impl JoinedLabels {
    pub(crate) fn new(alerts: &[Alert<'_>]) -> Self {
        let mut text = String::new();
        let spans = alerts
            .iter()
            .map(|alert| {
                alert.labels.map(|(name, value)| {
                    let begin = text.len();
                    text.push_str(&join(name, value));
                    (begin, text.len())
                })
            })
            .collect();
        Self(text, spans)
    }

    pub(crate) fn views(&self) -> Vec<[&str; 10]> {
        self.1.iter().map(|spans| spans.map(|(from, to)| &self.0[from..to])).collect()
    }
}

/// The windows of a registry in turn, time first.
pub(crate) fn loop_is_silenced(
    registry: &Registry,
    topology: &Topology,
    subject: &Subject<'_>,
    t: Timestamp,
) -> bool {
    registry.iter().any(|window| window.is_active(t) && window.covers(subject, topology))
}

/// A map from the rarest equality of each silence to the numbers of the silences, which are
/// tested time first. Alternations of hosts are lists of equalities, as one would write them.
#[derive(Debug)]
pub(crate) struct LabelsMap {
    entries: Vec<Entry>,
    map: HashMap<Key, Vec<u32>, FixedState>,
    /// Silences without an equality.
    others: Vec<u32>,
    patterns: Vec<Regex>,
    /// The rack and the group of each entity, in the variant with a topology.
    places: HashMap<String, (String, String), FixedState>,
}

#[derive(Debug)]
struct Entry {
    schedule: EntrySchedule,
    tests: Box<[Test]>,
}

#[derive(Debug)]
struct Test {
    name: &'static str,
    accept: Accepted,
    negated: bool,
}

#[derive(Debug)]
enum Accepted {
    Equals(Box<str>),
    OneOf(Box<[Box<str>]>),
    /// An index into the patterns of the map.
    Pattern(usize),
    Present,
}

#[derive(Debug, PartialEq, Eq)]
struct Key(&'static str, Box<str>);

/// [`Key`], borrowed.
struct Pair<'a>(&'a str, &'a str);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Pair(self.0, &self.1).hash(state);
    }
}

impl Hash for Pair<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
        state.write(self.1.as_bytes());
    }
}

impl Equivalent<Key> for Pair<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

/// The names of tests that look at no label.
const ENTITY: &str = "(entity)";
const RACK: &str = "(rack)";
const GROUP: &str = "(group)";

impl LabelsMap {
    pub(crate) fn new(silences: &Silences) -> Self {
        let hasher = FixedState::with_seed(7);
        let key = |test: &TestSpec, number: u32| match test.on {
            On::Label(label) => Key(LABELS[label], silences.value(label, number).into()),
            On::Entity => Key(ENTITY, silences.value(INSTANCE, number).into()),
            On::Rack => Key(RACK, rack(number).into()),
            On::Group => Key(GROUP, group(number).into()),
        };
        let mut frequencies: HashMap<(On, u32), usize, FixedState> =
            HashMap::with_hasher(FixedState::with_seed(7));
        let positive = |test: &&TestSpec| !test.negated && !test.accept.numbers().is_empty();
        for test in silences.specs.iter().flat_map(|spec| &spec.tests).filter(positive) {
            for number in test.accept.numbers() {
                *frequencies.entry((test.on, *number)).or_default() += 1;
            }
        }
        let mut made = Self {
            entries: Vec::with_capacity(silences.specs.len()),
            map: HashMap::with_hasher(hasher),
            others: Vec::new(),
            patterns: PATTERNS
                .iter()
                .map(|text| Regex::new(&format!("^(?:{text})$")).expect("a pattern"))
                .collect(),
            places: HashMap::with_hasher(FixedState::with_seed(7)),
        };
        for (index, spec) in silences.specs.iter().enumerate() {
            let rarest = spec.tests.iter().filter(positive).min_by_key(|test| {
                let numbers = test.accept.numbers().iter();
                numbers.map(|number| frequencies[&(test.on, *number)]).sum::<usize>()
            });
            match rarest {
                None => made.others.push(index as u32),
                Some(test) => {
                    for number in test.accept.numbers() {
                        let list = made.map.entry(key(test, *number)).or_default();
                        // An alternation may name one host twice.
                        if list.last() != Some(&(index as u32)) {
                            list.push(index as u32);
                        }
                    }
                }
            }
            let tests = spec.tests.iter().map(|test| {
                let mut keys = test.accept.numbers().iter().map(|number| key(test, *number));
                let name = key_name(test.on);
                let accept = match &test.accept {
                    Accept::Pattern(pattern) => Accepted::Pattern(*pattern),
                    Accept::Present => Accepted::Present,
                    Accept::Equals(_) => Accepted::Equals(keys.next().expect("one value").1),
                    _ => Accepted::OneOf(keys.map(|key| key.1).collect()),
                };
                Test { name, accept, negated: test.negated }
            });
            made.entries.push(Entry {
                schedule: EntrySchedule::new(&spec.schedule),
                tests: tests.collect(),
            });
        }
        made.map.values_mut().for_each(Vec::shrink_to_fit);
        if silences.has_topology() {
            for host in 0..silences.host_count() as u32 {
                let (in_rack, in_group) = place(host);
                let id = silences.value(INSTANCE, host).to_owned();
                made.places.insert(id, (rack(in_rack), group(in_group)));
            }
        }
        made
    }

    /// Whether an alert is silenced, by its labels.
    #[inline]
    pub(crate) fn is_silenced(&self, alert: &Alert<'_>) -> bool {
        self.any(&alert.labels, alert.at)
    }

    /// [`is_silenced`](Self::is_silenced), by the instance as the entity too.
    #[inline]
    pub(crate) fn is_silenced_with_entity(&self, alert: &Alert<'_>) -> bool {
        let id = alert.labels[INSTANCE].1;
        let mut keys = [("", ""); 13];
        keys[..10].copy_from_slice(&alert.labels);
        keys[10] = (ENTITY, id);
        let mut count = 11;
        if let Some((rack, group)) = self.places.get(id) {
            keys[11] = (RACK, rack);
            keys[12] = (GROUP, group);
            count = 13;
        }
        self.any(&keys[..count], alert.at)
    }

    fn any(&self, labels: &[(&str, &str)], at: Timestamp) -> bool {
        let at = at.as_millis();
        let silences = |index: &u32| {
            let entry = &self.entries[*index as usize];
            entry.schedule.contains(at)
                && entry.tests.iter().all(|test| self.passes(test, labels) != test.negated)
        };
        labels
            .iter()
            .filter_map(|(name, value)| self.map.get(&Pair(name, value)))
            .any(|list| list.iter().any(silences))
            || self.others.iter().any(silences)
    }

    fn passes(&self, test: &Test, labels: &[(&str, &str)]) -> bool {
        let value = labels.iter().find(|(name, _)| *name == test.name);
        value.is_some_and(|(_, value)| match &test.accept {
            Accepted::Equals(wanted) => **wanted == **value,
            Accepted::OneOf(wanted) => wanted.iter().any(|wanted| **wanted == **value),
            Accepted::Pattern(pattern) => self.patterns[*pattern].is_match(value),
            Accepted::Present => true,
        })
    }

    /// The map, the lists and the entries with their tests.
    pub(crate) fn memory_bytes(&self) -> usize {
        let text = |accept: &Accepted| match accept {
            Accepted::Equals(text) => text.len(),
            Accepted::OneOf(texts) => {
                texts.iter().map(|text| text.len() + size_of::<Box<str>>()).sum()
            }
            Accepted::Pattern(_) | Accepted::Present => 0,
        };
        let entry = |entry: &Entry| {
            let tests = entry.tests.iter().map(|test| text(&test.accept) + size_of::<Test>());
            tests.sum::<usize>() + size_of::<Entry>()
        };
        let list = |(key, list): (&Key, &Vec<u32>)| key.1.len() + 4 * list.capacity();
        self.map.allocation_size()
            + self.map.iter().map(list).sum::<usize>()
            + self.entries.iter().map(entry).sum::<usize>()
    }
}

fn key_name(on: On) -> &'static str {
    match on {
        On::Label(label) => LABELS[label],
        On::Entity => ENTITY,
        On::Rack => RACK,
        On::Group => GROUP,
    }
}
