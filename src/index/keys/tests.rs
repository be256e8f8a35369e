//! What a collision of hashes must not change, and the keys that a removal finds again.

use std::sync::Arc;

use crate::index::hash::hash_label;
use crate::index::keys::key_facts::KeyFacts;
use crate::index::test_util::{at, once, window};
use crate::index::{Change, Index};
use crate::registry::Registry;
use crate::scope::{Matcher, Scope, Subject, Topology};
use crate::window::Window;

/// Two names, or values, with one hash: the two factors of its product are exchanged.
const SAME_HASH: [&str; 2] = ["\u{5e5}[\u{46af}EK\u{2e9}w\u{4061}FW", "]\u{4a4}b'A`pA\u{788}b<Ocl"];

fn equals(name: &str, value: &str) -> Scope {
    Matcher::equals(name, value).into()
}

fn built(windows: impl IntoIterator<Item = Arc<Window>>) -> Index {
    let mut registry = Registry::new();
    windows.into_iter().for_each(|window| registry.insert(window).unwrap());
    Index::new(&registry, &Topology::default(), Some(at(5))).unwrap()
}

/// More windows than are residual, of a scope with a number.
fn many(scope: impl Fn(&str) -> Scope) -> impl Iterator<Item = Arc<Window>> {
    (0..100).map(move |n| window(&format!("many-{n}"), once(0, 10), scope(&n.to_string())))
}

fn is_silenced(index: &Index, labels: &[(&str, &str)]) -> [bool; 2] {
    [5, 25].map(|t| index.is_silenced(&Subject::labels(labels), at(t)))
}

#[test]
fn same_hash_of_two_texts() {
    let [a, b] = SAME_HASH;
    assert_eq!(hash_label(a.as_bytes()), hash_label(b.as_bytes()));
}

#[test]
fn values_with_one_hash_share_a_key_and_no_answer() {
    let [a, b] = SAME_HASH;
    let of = |value: &str| equals("n", value);
    let both = |value: &str| of(value).and(equals("m", "1"));
    for of_value in [&of as &dyn Fn(&str) -> Scope, &both] {
        let two = [window("a", once(20, 30), of_value(a)), window("b", once(0, 10), of_value(b))];
        let index = built(many(of_value).chain(two));
        assert_eq!(is_silenced(&index, &[("n", a), ("m", "1")]), [false, true]);
        assert_eq!(is_silenced(&index, &[("n", b), ("m", "1")]), [true, false]);
        assert_eq!(is_silenced(&index, &[("n", "7"), ("m", "1")]), [true, false]);
        assert_eq!(is_silenced(&index, &[("n", "x"), ("m", "1")]), [false; 2]);
    }
}

#[test]
fn names_with_one_hash_share_a_key_and_no_answer() {
    let [a, b] = SAME_HASH;
    // Both names, and one of them.
    let two = [window("a", once(20, 30), equals(a, "x")), window("b", once(0, 10), equals(b, "x"))];
    let index = built(many(|n| equals(a, n)).chain(two));
    assert_eq!(is_silenced(&index, &[(a, "x")]), [false, true]);
    assert_eq!(is_silenced(&index, &[(b, "x")]), [true, false]);
    let index = built(many(|n| equals(a, n)));
    assert_eq!(is_silenced(&index, &[(a, "7")]), [true, false]);
    assert_eq!(is_silenced(&index, &[(b, "7")]), [false; 2]);
}

#[test]
fn residual_window_ignores_name_with_same_hash() {
    let [a, b] = SAME_HASH;
    let index = built([window("w", once(0, 10), !equals(a, "x"))]);
    assert_eq!(is_silenced(&index, &[(a, "x")]), [false; 2]);
    assert_eq!(is_silenced(&index, &[(b, "x")]), [true, false]);
    assert_eq!(is_silenced(&index, &[(a, "x"), (b, "y")]), [false; 2]);
}

/// The slots of exact keys know their texts, also those of one atom.
#[test]
fn slots_of_exact_keys_know_texts() {
    let more = equals("n", "7").and(!equals("m", "1"));
    let index = built(many(|n| equals("n", n)).chain([window("more", once(0, 10), more)]));
    let keys = index.keys.as_ref().unwrap();
    let key = |value: &str| {
        let of_window = keys.plan.keys_of(&equals("n", value)).keys;
        keys.slot(of_window[0])
    };
    let facts = |value: &str| {
        let KeyFacts { atoms, test } = KeyFacts::read(key(value));
        (atoms.map(|(first, _)| keys.texts.get(first.1).to_vec()), test.is_some())
    };
    assert_eq!(["6", "8"].map(facts), ["6", "8"].map(|text| (Some(text.into()), false)));
    // The key of 7 has a window that requires more.
    assert_eq!(facts("7"), (None, false));
    assert_eq!(is_silenced(&index, &[("n", "6")]), [true, false]);
}

#[test]
fn removal_finds_keys_among_many_nested_clauses() {
    // Ten tests, of which a scope keeps eight clauses; the last one is the rarest.
    let scope = |n: &str| {
        let name = |test: usize| format!("name-{test}");
        let half = |tests: std::ops::Range<usize>| {
            Scope::all(tests.map(|test| equals(&name(test), if test == 9 { n } else { "x" })))
        };
        Scope::all([half(0..5), half(5..10)])
    };
    let index = built(many(scope));
    let names: Vec<String> = (0..10).map(|test| format!("name-{test}")).collect();
    let mut labels: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "x")).collect();
    labels[9].1 = "7";
    assert_eq!(is_silenced(&index, &labels), [true, false]);
    let removed = index.apply([Change { position: 7, window: None }].into_iter()).unwrap();
    assert_eq!(is_silenced(&removed, &labels), [false; 2]);
    labels[9].1 = "8";
    assert_eq!(is_silenced(&removed, &labels), [true, false]);
}

#[test]
fn pair_of_more_values_than_16_bits_is_a_key() {
    let windows = (0..70_000u32).map(|n| {
        let scope = equals("instance", &n.to_string()).and(equals("job", &(n % 7).to_string()));
        window(&format!("many-{n}"), once(0, 10), scope)
    });
    let index = built(windows);
    assert_eq!(index.keys.as_ref().unwrap().plan.pairs.len(), 1);
    assert_eq!(is_silenced(&index, &[("instance", "69999"), ("job", "6")]), [true, false]);
    assert_eq!(is_silenced(&index, &[("instance", "69999"), ("job", "5")]), [false; 2]);
}

#[test]
fn group_is_no_key_where_labels_are_rare_enough() {
    let of = |name: &'static str| {
        move |n: &str| equals(name, n).and(equals("job", n)).and(Scope::group(n))
    };
    let index = built(many(of("instance")));
    assert!(index.keys.as_ref().unwrap().plan.group.is_none());
    let group_alone = many(|n| equals("job", "1").and(Scope::group(n)));
    let index = built(group_alone);
    assert!(index.keys.as_ref().unwrap().plan.group.is_some());
}

#[test]
fn covering_of_more_idle_keys_than_are_kept_has_all() {
    let windows = (0..20).flat_map(|name| {
        (0..30).map(move |n| {
            let span = if name == 0 { once(0, 10) } else { once(20, 30) };
            let scope = equals(&format!("name-{name:02}"), &n.to_string());
            window(&format!("{name}-{n}"), span, scope)
        })
    });
    let index = built(windows);
    let names: Vec<String> = (0..20).map(|name| format!("name-{name:02}")).collect();
    let labels: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "7")).collect();
    let covering = |t| {
        let found = index.covering_if_silenced(&Subject::labels(&labels), at(t));
        found.map(|found| found.iter().count())
    };
    assert_eq!([5, 15, 25].map(covering), [Some(20), None, Some(20)]);
}
