//! The sequence number of each window, by its id.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::registry::{WindowSeq, Windows};
use crate::scope::WindowId;
use crate::trie::Trie;

/// A map from ids to sequence numbers. Cloning copies pointers.
///
/// Ids are found by their hash, and compared with the id of the window. The hash has a
/// random key, so that ids with equal hashes cannot be chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct WindowIds<S = RandomState> {
    hasher: S,
    /// By the hash of the id.
    by_hash: Trie<WindowSeq>,
    /// Ids whose hash another id has.
    others: Arc<Vec<(WindowId, WindowSeq)>>,
}

impl<S: BuildHasher> WindowIds<S> {
    /// The number of a window of `windows`.
    pub(super) fn get(&self, id: &str, windows: &Windows) -> Option<WindowSeq> {
        let is_id = |seq: &WindowSeq| windows.get(*seq).is_some_and(|window| *window.id() == *id);
        let by_hash = self.by_hash.get(self.hasher.hash_one(id)).copied().filter(is_id);
        by_hash.or_else(|| self.others.iter().find(|(known, _)| *known == *id).map(|(_, seq)| *seq))
    }

    /// Adds an id that is new.
    pub(super) fn insert(&mut self, id: &WindowId, seq: WindowSeq) {
        let hash = self.hasher.hash_one(id.as_str());
        if self.by_hash.get(hash).is_some() {
            Arc::make_mut(&mut self.others).push((id.clone(), seq));
        } else {
            self.by_hash.insert(hash, seq);
        }
    }

    /// Removes an id with this number.
    pub(super) fn remove(&mut self, id: &str, seq: WindowSeq) {
        let hash = self.hasher.hash_one(id);
        if self.by_hash.get(hash) == Some(&seq) {
            self.by_hash.remove(hash);
        } else {
            Arc::make_mut(&mut self.others).retain(|(_, known)| *known != seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::{BuildHasherDefault, Hasher};

    use super::*;
    use crate::schedule::Daily;
    use crate::scope::Scope;
    use crate::window::Window;

    /// A hash of the length alone.
    #[derive(Default)]
    struct Length(u64);

    impl Hasher for Length {
        fn write(&mut self, bytes: &[u8]) {
            self.0 += bytes.len() as u64;
        }

        fn finish(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn equal_hashes_are_distinct() {
        let mut ids = WindowIds::<BuildHasherDefault<Length>>::default();
        let mut windows = Windows::default();
        let mut known: BTreeMap<&str, WindowSeq> = BTreeMap::new();
        let names = ["a", "b", "cc", "c", "dd", "d"];
        for round in 0..4 {
            for (seq, id) in (10 * round..).zip(names) {
                if let Some(seq) = known.remove(id) {
                    ids.remove(id, seq);
                    windows.remove(seq);
                }
                if (seq + round) % 3 != 0 {
                    let daily = Daily::new("09:00-10:00".parse().unwrap(), chrono_tz::UTC);
                    let window = Window::builder(id).schedule(daily).scope(Scope::everything());
                    let window = Arc::new(window.build().unwrap());
                    ids.insert(window.id(), seq);
                    windows.insert(seq, window);
                    known.insert(id, seq);
                }
                for id in names {
                    assert_eq!(ids.get(id, &windows), known.get(id).copied(), "{id}");
                }
            }
        }
        assert_eq!(ids.get("e", &windows), None);
    }
}
