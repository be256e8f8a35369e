//! The windows of a registry in the order of insertion, in contiguous memory, as
//! most readers iterate over all of them.

use std::slice;
use std::sync::Arc;

use crate::window::Window;

/// The sequence number of a window, in the order of insertion.
pub(crate) type WindowSeq = u64;

/// Windows by ascending sequence number.
#[derive(Clone, Debug, Default)]
pub(super) struct WindowLog {
    /// A removed window leaves a tombstone (`None`). The log is compacted once half of
    /// the entries are tombstones.
    entries: Vec<(WindowSeq, Option<Arc<Window>>)>,
    len: usize,
}

impl WindowLog {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends a window. `seq` must be greater than all others.
    pub(super) fn push(&mut self, seq: WindowSeq, window: Arc<Window>) {
        debug_assert!(self.entries.last().is_none_or(|(last, _)| *last < seq));
        self.entries.push((seq, Some(window)));
        self.len += 1;
    }

    /// The window with a sequence number. O(1) until the log is compacted, then
    /// O(log n).
    pub(super) fn get(&self, seq: WindowSeq) -> Option<&Arc<Window>> {
        self.entries[self.find(seq)?].1.as_ref()
    }

    /// Replaces the window with a sequence number; returns the previous one.
    pub(super) fn replace(&mut self, seq: WindowSeq, window: Arc<Window>) -> Option<Arc<Window>> {
        let at = self.find(seq)?;
        self.entries[at].1.as_mut().map(|known| std::mem::replace(known, window))
    }

    /// Removes a window. O(1) amortized, plus the lookup.
    pub(super) fn remove(&mut self, seq: WindowSeq) -> Option<Arc<Window>> {
        let at = self.find(seq)?;
        let window = self.entries[at].1.take()?;
        self.len -= 1;
        if self.len < self.entries.len() / 2 {
            self.entries.retain(|(_, window)| window.is_some());
            self.entries.shrink_to_fit();
        }
        Some(window)
    }

    /// All windows, ascending.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { entries: self.entries.iter(), left: self.len }
    }

    fn find(&self, seq: WindowSeq) -> Option<usize> {
        let (first, _) = self.entries.first()?;
        // Sequence numbers are at least as far apart as entries.
        let most = usize::try_from(seq.checked_sub(*first)?).ok()?;
        if self.entries.get(most).is_some_and(|(known, _)| *known == seq) {
            return Some(most);
        }
        let entries = &self.entries[..most.min(self.entries.len())];
        entries.binary_search_by_key(&seq, |(known, _)| *known).ok()
    }
}

/// Windows with their sequence numbers.
#[derive(Clone, Debug)]
pub(super) struct Iter<'a> {
    entries: slice::Iter<'a, (WindowSeq, Option<Arc<Window>>)>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (WindowSeq, &'a Arc<Window>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let found = self.entries.find_map(present)?;
        self.left -= 1;
        Some(found)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let found = self.entries.by_ref().rev().find_map(present)?;
        self.left -= 1;
        Some(found)
    }
}

impl ExactSizeIterator for Iter<'_> {}

fn present((seq, window): &(WindowSeq, Option<Arc<Window>>)) -> Option<(WindowSeq, &Arc<Window>)> {
    Some((*seq, window.as_ref()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Daily;
    use crate::scope::Scope;
    use std::collections::BTreeMap;

    fn window(id: u64) -> Arc<Window> {
        let daily = Daily::new("09:00-10:00".parse().unwrap(), chrono_tz::UTC);
        let window = Window::builder(id.to_string()).schedule(daily).scope(Scope::everything());
        Arc::new(window.build().unwrap())
    }

    /// Asserts that both have the same windows, through every accessor.
    fn assert_same(log: &WindowLog, plain: &BTreeMap<WindowSeq, Arc<Window>>, end: WindowSeq) {
        let all: Vec<_> = plain.iter().map(|(seq, window)| (*seq, window)).collect();
        assert_eq!(log.iter().collect::<Vec<_>>(), all);
        assert!(log.iter().rev().eq(all.iter().rev().copied()));
        assert_eq!((log.len(), log.iter().len()), (all.len(), all.len()));
        for seq in (0..end + 2).chain([u64::MAX]) {
            assert_eq!(log.get(seq), plain.get(&seq), "{seq}");
        }
    }

    #[test]
    fn log_equals_sorted_map() {
        // Each step removes the rest of a residue class.
        for first in [0, 1, 1_000] {
            let (mut log, mut plain) = (WindowLog::default(), BTreeMap::new());
            let mut end = first;
            let mut add = |log: &mut WindowLog, plain: &mut BTreeMap<_, _>, many| {
                for _ in 0..many {
                    log.push(end, window(end));
                    plain.insert(end, log.get(end).unwrap().clone());
                    end += 1;
                }
                end
            };
            let mut end = add(&mut log, &mut plain, 40);
            assert_same(&log, &plain, end);
            for (modulus, rest) in [(3, 1), (2, 0), (5, 3), (1, 0), (7, 0)] {
                for seq in (first..end).filter(|seq| seq % modulus == rest) {
                    assert_eq!(log.remove(seq), plain.remove(&seq), "{seq}");
                    assert!(log.entries.len() <= 2 * log.len() + 1, "tombstones are removed");
                }
                assert_same(&log, &plain, end);
                for seq in (first..end).step_by(4) {
                    let new = window(seq + 5_000);
                    let before = plain.get_mut(&seq);
                    let before = before.map(|known| std::mem::replace(known, new.clone()));
                    assert_eq!(log.replace(seq, new), before, "{seq}");
                }
                assert_same(&log, &plain, end);
                end = add(&mut log, &mut plain, 9);
                assert_same(&log, &plain, end);
            }
        }
    }

    #[test]
    fn iter_len_is_exact() {
        let mut log = WindowLog::default();
        (0..9).for_each(|seq| log.push(seq, window(seq)));
        for seq in [0, 4, 8] {
            log.remove(seq);
        }
        let mut iter = log.iter();
        let mut order = Vec::new();
        for expected in (0..6).rev() {
            let next = if expected % 2 == 0 { iter.next() } else { iter.next_back() };
            order.push(next.unwrap().0);
            assert_eq!(iter.len(), expected);
        }
        assert_eq!(order, [7, 1, 6, 2, 5, 3]);
        assert!(iter.next().is_none() && iter.next_back().is_none());
    }
}
