//! Tests of the trie against a sorted map.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::*;
use crate::testing::SplitMix64;

type Sorted = BTreeMap<u64, u32>;

/// Keys that share digits at every level.
fn key(random: &mut SplitMix64) -> u64 {
    match random.below(4) {
        0 => random.below(40),
        1 => random.below(40) << 56 | random.below(3),
        2 => u64::MAX - random.below(20),
        _ => 0x1234_5600 + random.below(600),
    }
}

/// Applies random changes to both.
fn change(random: &mut SplitMix64, trie: &mut Trie<u32>, sorted: &mut Sorted, count: u64) {
    for _ in 0..count {
        let (key, value) = (key(random), random.below(5) as u32);
        match random.below(5) {
            0 | 1 => assert_eq!(trie.insert(key, value), sorted.insert(key, value)),
            2 => {
                let both = (trie.get_mut(key), sorted.get_mut(&key));
                assert_eq!(both.0.is_some(), both.1.is_some());
                if let (Some(a), Some(b)) = both {
                    (*a, *b) = (value, value);
                }
            }
            _ => assert_eq!(trie.remove(key), sorted.remove(&key)),
        }
    }
}

fn assert_same(trie: &Trie<u32>, sorted: &Sorted) {
    let all = sorted.iter().map(|(key, value)| (*key, value));
    assert!(trie.iter().eq(all.clone()) && trie.iter().rev().eq(all.rev()));
    assert_eq!((trie.len(), trie.is_empty()), (sorted.len(), sorted.is_empty()));
    for probe in sorted.keys().flat_map(|key| [key.wrapping_sub(1), *key, key.wrapping_add(1)]) {
        assert_eq!(trie.get(probe), sorted.get(&probe), "{probe}");
    }
}

/// The keys whose values differ, and the number of values that were compared or visited.
fn difference(before: &Trie<u32>, after: &Trie<u32>) -> (BTreeSet<u64>, usize) {
    let (mut found, mut visited, mut last) = (BTreeSet::new(), 0, None);
    let compared = std::cell::Cell::new(0);
    let is_same = |a: &u32, b: &u32| {
        compared.set(compared.get() + 1);
        a == b
    };
    let _ = before.diff(after, is_same, &mut |key, a, b| {
        assert!(last < Some(key) && (before.get(key), after.get(key)) == (a, b) && a != b);
        (visited, last) = (visited + 1, Some(key));
        found.insert(key);
        ControlFlow::Continue(())
    });
    visited += compared.get();
    (found, visited)
}

#[test]
fn trie_equals_sorted_map() {
    let mut random = SplitMix64::new(7);
    for _ in 0..60 {
        let (mut trie, mut sorted) = (Trie::default(), Sorted::new());
        for _ in 0..8 {
            let count = 1 + random.below(80);
            change(&mut random, &mut trie, &mut sorted, count);
            assert_same(&trie, &sorted);
        }
    }
}

#[test]
fn versions_do_not_change_each_other() {
    let mut random = SplitMix64::new(8);
    let mut versions = vec![(Trie::default(), Sorted::new())];
    for _ in 0..200 {
        let (mut trie, mut sorted) = versions[random.below(versions.len() as u64) as usize].clone();
        let count = random.below(12);
        change(&mut random, &mut trie, &mut sorted, count);
        versions.push((trie, sorted));
    }
    versions.iter().for_each(|(trie, sorted)| assert_same(trie, sorted));
    for (before, a) in versions.iter().step_by(3) {
        for (after, b) in versions.iter().step_by(5) {
            let keys = a.keys().chain(b.keys()).copied();
            let expected: BTreeSet<u64> = keys.filter(|key| a.get(key) != b.get(key)).collect();
            assert_eq!(difference(before, after).0, expected);
        }
    }
}

#[test]
fn diff_visits_only_what_is_not_shared() {
    let mut before = Trie::default();
    (0..100_000).for_each(|key| {
        before.insert(key, 0);
    });
    let mut after = before.clone();
    assert_eq!(difference(&before, &after), (BTreeSet::new(), 0));
    after.insert(70_000, 1);
    after.insert(100_000, 1);
    after.remove(3);
    let (found, visited) = difference(&before, &after);
    assert_eq!(found, BTreeSet::from([3, 70_000, 100_000]));
    assert!(visited <= 4 * 16, "{visited}");
    let mut seen = 0;
    let stopped = Trie::default().diff(&before, u32::eq, &mut |_, _, _| {
        seen += 1;
        if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(stopped.is_break() && seen == 5);
}

#[test]
fn iter_len_is_exact() {
    let mut trie = Trie::default();
    (0..40).for_each(|key| {
        trie.insert(key * 7, key);
    });
    let mut iter = trie.iter();
    let mut seen = BTreeSet::new();
    for left in (0..40).rev() {
        let next = if left % 3 == 0 { iter.next() } else { iter.next_back() };
        assert!(seen.insert(next.unwrap().0) && iter.len() == left);
    }
    assert!(iter.next().is_none() && iter.next_back().is_none() && seen.len() == 40);
}

#[test]
fn row_with_changes_equals_set() {
    let mut random = SplitMix64::new(9);
    for _ in 0..40 {
        let mut set: BTreeSet<u32> = (0..30).filter(|_| random.below(2) == 0).collect();
        let base: Vec<u32> = set.iter().copied().collect();
        let mut changes = RowChanges::default();
        for _ in 0..30 {
            let (number, is_in) = (random.below(40) as u32, random.below(2) == 0);
            changes.set(&base, number, is_in);
            if is_in {
                set.insert(number)
            } else {
                set.remove(&number)
            };
            let row = Row::new(&base, Some(&changes));
            assert_eq!((row.len(), row.is_empty()), (set.len(), set.is_empty()));
            assert_eq!(row.iter().collect::<BTreeSet<_>>(), set);
            assert!(row.iter().count() == set.len());
            assert!((0..42).all(|number| row.contains(number) == set.contains(&number)));
        }
    }
}
