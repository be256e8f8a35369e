//! Versions of a map against a model of each.

use super::*;
use crate::testing::SplitMix64;

#[test]
fn insert_leaves_other_versions_unchanged() {
    let mut versions = vec![VersionedMap::default()];
    for n in 0..500u64 {
        // Hashes with equal low digits, and some that are equal.
        let hash = (n % 250) << 30;
        let next = versions.last().unwrap().with(hash, |v| *v == (n, 0), (n, 0));
        versions.push(next.with(hash, |v| *v == (n, 0), (n, 0)));
    }
    for (size, version) in versions.iter().enumerate() {
        assert_eq!(version.len(), size);
        for n in 0..500 {
            let found = version.get((n % 250) << 30, |v| v.0 == n);
            assert_eq!(found.is_some(), n < size as u64, "{n} of {size}");
        }
        let mut seen = 0;
        version.for_each(&mut |_, _| seen += 1);
        assert_eq!(seen, size);
    }
}

#[test]
fn insert_late_difference_splits_collisions() {
    let mut map = VersionedMap::default();
    for value in [1, 2] {
        map = map.with(0, |known| *known == value, value);
    }
    // Equal low digits, another hash.
    let far = 1 << 40;
    map = map.with(far, |known| *known == 3, 3);
    assert_eq!(map.len(), 3);
    assert_eq!([0, far].map(|hash| map.get(hash, |known| *known == 3)), [None, Some(&3)]);
    assert_eq!([1, 2].map(|value| map.get(0, |known| *known == value)), [Some(&1), Some(&2)]);
    assert_eq!(map.get(far, |known| *known == 1), None);
}

#[test]
fn len_replaced_value_counts_once() {
    let put = |map: &VersionedMap<_>, hash, value: (u8, u8)| {
        map.with(hash, |known: &(u8, u8)| known.0 == value.0, value)
    };
    let one = put(&VersionedMap::default(), 9, (1, 1));
    let two = put(&one, 9, (2, 1));
    let three = put(&two, 9, (3, 1));
    let again = put(&three, 9, (2, 5));
    assert_eq!([&one, &two, &three, &again].map(VersionedMap::len), [1, 2, 3, 3]);
    assert_eq!(again.get(9, |known| known.0 == 2), Some(&(2, 5)));
    assert_eq!(put(&one, 9, (1, 7)).len(), 1);
}

/// A version and its expected content, by hash and name.
#[derive(Clone, Default)]
struct Model {
    map: VersionedMap<(u8, u32)>,
    known: std::collections::BTreeMap<(u64, u8), u32>,
}

impl Model {
    fn with(&self, hash: u64, name: u8, value: u32) -> Self {
        let mut next = self.clone();
        next.map = self.map.with(hash, |known| known.0 == name, (name, value));
        next.known.insert((hash, name), value);
        next
    }

    fn check(&self) {
        assert_eq!(self.map.len(), self.known.len());
        for ((hash, name), value) in &self.known {
            let found = self.map.get(*hash, |known| known.0 == *name);
            assert_eq!(found, Some(&(*name, *value)), "{hash:x} {name}");
        }
        let mut all = std::collections::BTreeMap::new();
        self.map.for_each(&mut |hash, (name, value)| {
            assert!(all.insert((hash, *name), *value).is_none());
        });
        assert_eq!(all, self.known);
    }

    fn chain_len(&self) -> u32 {
        self.map.arena.as_ref().map_or(0, |arena| arena.chain_len)
    }
}

#[test]
fn insert_branching_versions_match_model() {
    // The hashes share digits.
    let mut rng = SplitMix64::new(1);
    let mut random = || rng.next_u64() >> 33;
    let mut versions = vec![Model::default()];
    let mut max_chain_len = 0;
    for step in 0..6000 {
        // Often the newest version, often one of the newest, sometimes any.
        let back = match random() % 4 {
            0 => random() as usize % versions.len(),
            1 => random() as usize % versions.len().min(4),
            _ => 0,
        };
        let of = &versions[versions.len() - 1 - back];
        let hash = (random() % 8) << [0, 1, 30, 61][random() as usize % 4];
        let next = of.with(hash, (random() % 5) as u8, step);
        max_chain_len = max_chain_len.max(next.chain_len());
        if step % 16 == 0 {
            next.check();
        }
        versions.push(next);
    }
    versions.iter().step_by(7).for_each(Model::check);
    assert!(max_chain_len > 1, "{max_chain_len}");
}

#[test]
fn grow_many_branches_rarely_compacts() {
    let mut of = Model::default();
    for n in 0..1000 {
        of = of.with(n, 0, 0);
    }
    let copies = (0..5000).map(|n| of.with(n % 1500, 1, 1)).filter(|next| next.map.written < 2);
    assert!(copies.count() < 2);
    of.check();
    // Neither does the chain that continues.
    for n in 0..10_000 {
        of.with(n % 999, 2, n as u32);
        of = of.with(n % 1100, 0, n as u32);
        assert!(of.chain_len() <= MAX_ARENA_CHAIN);
    }
    of.check();
}

#[test]
fn compact_unreachable_values_are_dropped() {
    let counted = Arc::new(());
    let mut map = VersionedMap::default();
    let mut most = 0;
    for n in 0..20_000u64 {
        map = map.with((n % 100) << 40, |_| true, counted.clone());
        most = most.max(Arc::strong_count(&counted));
    }
    assert_eq!(map.len(), 100);
    assert!(most < 2 + 4 * 100, "{most}");
    // Three times the capacity at most, with five branches for each leaf.
    let cell = size_of::<OnceLock<Leaf<Arc<()>>>>() + 5 * size_of::<Branch>();
    let bytes = map.heap_bytes(|_| 0);
    assert!((100 * cell..330 * cell).contains(&bytes), "{bytes}");
    assert_eq!(map.heap_bytes(|_| 1) - bytes, Arc::strong_count(&counted) - 1);
    drop(map);
    assert_eq!(Arc::strong_count(&counted), 1);
}

#[test]
fn compact_abandoned_versions_are_dropped() {
    let mut map = VersionedMap::default();
    for n in 0..20_000u64 {
        let next = map.with(n % 100, |_| true, n);
        // Another version is written behind each one that is continued.
        map.with(n % 100, |_| true, 0);
        map = next;
        let room: usize = map.arenas().map(|arena| arena.values.len()).sum();
        assert!(room < 12 * map.len() + 40, "{room} for {}", map.len());
    }
}

#[test]
fn insert_concurrent_threads_match_model() {
    let of = (0..100).fold(Model::default(), |model, n| model.with(n, 0, 0));
    let ends: Vec<Model> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..5u8)
            .map(|name| {
                let of = &of;
                scope.spawn(move || {
                    (0..500).fold(of.clone(), |model, n| model.with(n * 7 % 300, name, n as u32))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    ends.iter().chain([&of]).for_each(Model::check);
}

#[test]
fn insert_20000_collisions_are_found() {
    const COUNT: u32 = 20_000;
    let with = |from: &VersionedMap<(u32, u32)>, n, value| {
        from.with(7, |known: &(u32, u32)| known.0 == n, (n, value))
    };
    let collisions = (0..COUNT).fold(VersionedMap::default(), |map, n| with(&map, n, 0));
    // The first one, one in the middle, the last one.
    let changed = [COUNT - 1, COUNT / 2, 0]
        .into_iter()
        .fold(collisions.clone(), |map, n| (1..4).fold(map, |map, value| with(&map, n, value)));
    assert_eq!([&collisions, &changed].map(VersionedMap::len), [COUNT as usize; 2]);
    for n in (0..COUNT).step_by(100).chain([1, COUNT - 2, COUNT - 1]) {
        let get = |of: &VersionedMap<(u32, u32)>| of.get(7, |known| known.0 == n).copied();
        let now = if [0, COUNT / 2, COUNT - 1].contains(&n) { 3 } else { 0 };
        assert_eq!([&collisions, &changed].map(get), [Some((n, 0)), Some((n, now))]);
    }
    let mut seen = 0;
    changed.for_each(&mut |hash, _| seen += u32::from(hash == 7));
    assert_eq!(seen, COUNT);
}
