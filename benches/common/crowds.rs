//! Crowds: many windows under one key, one window with many values, subjects with many
//! groups or labels, and many regular expressions without a literal.

use quietude::{Matcher, Once, Registry, Scope, Subject, Timestamp, Topology, Window};

use super::testing::{HOUR, MINUTE, SplitMix64};

/// Windows, and subjects to ask about.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) name: &'static str,
    pub(crate) registry: Registry,
    pub(crate) topology: Topology,
    pub(crate) subjects: Vec<CrowdSubject>,
    pub(crate) now: i64,
}

/// An owned subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrowdSubject {
    pub(crate) entity: String,
    pub(crate) groups: Vec<String>,
    pub(crate) labels: Vec<(String, String)>,
}

/// The borrowed parts of a subject.
#[derive(Debug)]
pub(crate) struct CrowdView<'a> {
    entity: &'a str,
    groups: Vec<&'a str>,
    labels: Vec<(&'a str, &'a str)>,
}

impl CrowdSubject {
    fn of_labels<const N: usize>(labels: [(&str, String); N]) -> Self {
        let labels = labels.map(|(name, value)| (name.to_owned(), value)).into();
        Self { labels, ..Self::default() }
    }

    pub(crate) fn view(&self) -> CrowdView<'_> {
        CrowdView {
            entity: &self.entity,
            groups: self.groups.iter().map(String::as_str).collect(),
            labels: self.labels.iter().map(|(name, value)| (&**name, &**value)).collect(),
        }
    }
}

impl CrowdView<'_> {
    #[inline]
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject::entity(self.entity).with_groups(&self.groups).with_attributes(&self.labels)
    }
}

/// Every crowd. `scale` divides the numbers of windows, groups and values; 1 is the size that
/// the tests promise.
pub(crate) fn crowds(now: i64, scale: usize) -> Vec<Crowd> {
    let many = |n: usize| (n / scale).max(10);
    vec![
        one_key(now, many(100_000)),
        two_keys(now, many(100_000)),
        one_of(now, many(10_000)),
        groups(now, many(10_000)),
        nested_groups(now, many(10_000)),
        many_labels(now, 256, many(10_000)),
        regexes(now, many(1_000)),
    ]
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).expect("it is in range")
}

/// A window; half of all are active at `now`.
fn window(number: usize, scope: Scope, now: i64) -> Window {
    let begin =
        now + if number.is_multiple_of(2) { -HOUR } else { HOUR } + (number % 50) as i64 * MINUTE;
    let once = Once::new(at(begin), at(begin + 2 * HOUR)).expect("an interval");
    let window = Window::builder(format!("c-{number:06}")).schedule(once).scope(scope);
    window.build().expect("it is valid")
}

fn registry(n: usize, now: i64, scope: impl Fn(usize) -> Scope) -> Registry {
    let mut registry = Registry::new();
    for number in 0..n {
        registry.insert(window(number, scope(number), now)).expect("ids are unique");
    }
    registry
}

fn crowd(
    name: &'static str,
    now: i64,
    registry: Registry,
    subjects: impl Iterator<Item = CrowdSubject>,
) -> Crowd {
    Crowd { name, registry, topology: Topology::default(), subjects: subjects.collect(), now }
}

/// All windows have the same key, and nothing else that could be looked up.
fn one_key(now: i64, n: usize) -> Crowd {
    let made = registry(n, now, |number| {
        let name = Scope::attribute(Matcher::equals("alertname", "HighLatency"));
        name.and(Matcher::contains("pod", format!("-{number:06}-")).into())
    });
    let mut rng = SplitMix64::new(1);
    let subjects = (0..64).map(|number: usize| {
        let pod = if number.is_multiple_of(4) { n + number } else { rng.below(n) };
        CrowdSubject::of_labels([
            ("alertname", "HighLatency".to_owned()),
            ("pod", format!("web-{pod:06}-x")),
        ])
    });
    crowd("one key", now, made, subjects)
}

/// All windows have one key in common, and one of their own.
fn two_keys(now: i64, n: usize) -> Crowd {
    let made = registry(n, now, |number| {
        let name = Scope::attribute(Matcher::equals("alertname", "HighLatency"));
        name.and(Matcher::equals("namespace", format!("ns-{}", number / 5)).into())
    });
    let mut rng = SplitMix64::new(2);
    let subjects = (0..64).map(|number: usize| {
        let namespace = if number.is_multiple_of(4) { n + number } else { rng.below(n) / 5 };
        CrowdSubject::of_labels([
            ("alertname", "HighLatency".to_owned()),
            ("namespace", format!("ns-{namespace}")),
        ])
    });
    crowd("two keys", now, made, subjects)
}

/// One window with many values.
fn one_of(now: i64, n: usize) -> Crowd {
    let values = (0..n).map(|value| format!("host-{value:05}"));
    let scope = Scope::attribute(Matcher::one_of("instance", values));
    let made = registry(1, now, |_| scope.clone());
    let subjects = (0..64).map(|number: usize| {
        CrowdSubject::of_labels([("instance", format!("host-{:05}", number * n / 40))])
    });
    crowd("one_of", now, made, subjects)
}

/// A window for each group, and subjects that bring all groups, or some.
fn groups(now: i64, n: usize) -> Crowd {
    let made = registry(n, now, |number| {
        let group = Scope::group(format!("group-{number}"));
        group.and(
            Matcher::equals("tier", if number.is_multiple_of(100) { "gold" } else { "tin" }).into(),
        )
    });
    let subjects = [n, 1, 10, n / 2].into_iter().flat_map(move |count| {
        ["gold", "tin", "wood"].map(|tier| CrowdSubject {
            groups: (0..count).map(|group| format!("group-{}", group * 7 % (n + 3))).collect(),
            labels: vec![("tier".to_owned(), tier.to_owned())],
            ..CrowdSubject::default()
        })
    });
    crowd("groups of the subject", now, made, subjects)
}

/// Groups of the topology, nested in chains of a hundred each; one entity is in the lowest of
/// every chain. One group in twenty has a window, as the loop collects all groups for each.
fn nested_groups(now: i64, n: usize) -> Crowd {
    let mut builder = Topology::builder();
    for group in 0..n {
        let id = format!("group-{group}");
        builder = builder.group(&id);
        if group.is_multiple_of(100) {
            builder = builder.add_member(&id, "in-all").add_member(&id, format!("in-{group}"));
        } else {
            builder = builder.add_subgroup(&id, format!("group-{}", group - 1));
        }
    }
    let made = registry(n / 20 + 1, now, |number| {
        let group = Scope::group(format!("group-{}", number * 20 + number % 3));
        group.and(Matcher::equals("tier", if number % 10 == 7 { "gold" } else { "tin" }).into())
    });
    let entities = ["in-all", "in-0", "in-900", "stranger"];
    let subjects = entities.into_iter().flat_map(|entity| {
        ["gold", "tin", "wood"].map(|tier| CrowdSubject {
            entity: entity.to_owned(),
            labels: vec![("tier".to_owned(), tier.to_owned())],
            ..CrowdSubject::default()
        })
    });
    let topology = builder.build().expect("it is valid");
    Crowd { topology, ..crowd("groups of the topology", now, made, subjects) }
}

/// Subjects with many labels.
fn many_labels(now: i64, labels: usize, n: usize) -> Crowd {
    let made = registry(n, now, |number| {
        let name = |place: usize| format!("label-{}", (number * 31 + place * 17) % (labels + 9));
        let value = |place: usize| format!("value-{}", (number + place) % 40);
        let first = Scope::attribute(Matcher::equals(name(0), value(0)));
        first.and(Matcher::equals(name(1), value(1)).into())
    });
    let mut rng = SplitMix64::new(3);
    let subjects = (0..16).map(|number| CrowdSubject {
        // Every second subject has what one of the windows asks for.
        labels: (0..labels)
            .map(|label| {
                let value = match (number % 2, label) {
                    (0, 0) => 0,
                    (0, 17) => 1,
                    _ => rng.below(40),
                };
                (format!("label-{label}"), format!("value-{value}"))
            })
            .collect(),
        ..CrowdSubject::default()
    });
    crowd("256 labels", now, made, subjects)
}

/// Regular expressions that have no literal to look up.
fn regexes(now: i64, n: usize) -> Crowd {
    let made = registry(n, now, |number| {
        let pattern = format!("[a-z]+-[0-9]*{number}(-.)?");
        Matcher::matches("instance", pattern).expect("it is a pattern").into()
    });
    let subjects = (0..32).map(|number: usize| {
        let instance = match number % 4 {
            0 => "host-".to_owned(),
            1 => format!("host-{:05}", number * n / 32),
            2 => format!("host-{}-x", number * n / 32),
            _ => format!("HOST-{number}"),
        };
        CrowdSubject::of_labels([("instance", instance), ("job", "node".to_owned())])
    });
    crowd("regular expressions", now, made, subjects)
}
