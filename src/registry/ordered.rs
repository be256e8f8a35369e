//! The windows of a registry in the order of insertion, close together: most of
//! what reads them reads them all.

use std::slice;
use std::sync::Arc;

use crate::window::Window;

/// Where a window stands in the order of insertion.
pub(crate) type Position = u64;

/// Windows by ascending position, in one piece of memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    /// Where a window was taken out a hole stays, until half of them are holes.
    rows: Vec<(Position, Option<Arc<Window>>)>,
    len: usize,
}

impl Ordered {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a window behind all others.
    pub(super) fn push(&mut self, position: Position, window: Arc<Window>) {
        debug_assert!(self.rows.last().is_none_or(|(last, _)| *last < position));
        self.rows.push((position, Some(window)));
        self.len += 1;
    }

    /// The window at a position. Constant time as long as no hole was closed,
    /// else logarithmic.
    pub(super) fn get(&self, position: Position) -> Option<&Arc<Window>> {
        self.rows[self.find(position)?].1.as_ref()
    }

    /// Puts a window in the place of the one at a position; returns that one.
    pub(super) fn replace(
        &mut self,
        position: Position,
        window: Arc<Window>,
    ) -> Option<Arc<Window>> {
        let at = self.find(position)?;
        self.rows[at].1.as_mut().map(|known| std::mem::replace(known, window))
    }

    /// Takes a window out. Constant time, if holes are not closed just then.
    pub(super) fn remove(&mut self, position: Position) -> Option<Arc<Window>> {
        let at = self.find(position)?;
        let window = self.rows[at].1.take()?;
        self.len -= 1;
        if self.len < self.rows.len() / 2 {
            self.rows.retain(|(_, window)| window.is_some());
            self.rows.shrink_to_fit();
        }
        Some(window)
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { rows: self.rows.iter(), left: self.len }
    }

    fn find(&self, position: Position) -> Option<usize> {
        let (first, _) = self.rows.first()?;
        // Positions are as far apart as rows, or further.
        let most = usize::try_from(position.checked_sub(*first)?).ok()?;
        if self.rows.get(most).is_some_and(|(known, _)| *known == position) {
            return Some(most);
        }
        let rows = &self.rows[..most.min(self.rows.len())];
        rows.binary_search_by_key(&position, |(known, _)| *known).ok()
    }
}

/// Windows with their positions.
#[derive(Clone, Debug)]
pub(super) struct Iter<'a> {
    rows: slice::Iter<'a, (Position, Option<Arc<Window>>)>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Position, &'a Arc<Window>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let found = self.rows.find_map(present)?;
        self.left -= 1;
        Some(found)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let found = self.rows.by_ref().rev().find_map(present)?;
        self.left -= 1;
        Some(found)
    }
}

impl ExactSizeIterator for Iter<'_> {}

fn present(
    (position, window): &(Position, Option<Arc<Window>>),
) -> Option<(Position, &Arc<Window>)> {
    Some((*position, window.as_ref()?))
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

    /// Whether both hold the same windows, however they are asked.
    fn assert_same(ordered: &Ordered, plain: &BTreeMap<Position, Arc<Window>>, end: Position) {
        let all: Vec<_> = plain.iter().map(|(position, window)| (*position, window)).collect();
        assert_eq!(ordered.iter().collect::<Vec<_>>(), all);
        assert!(ordered.iter().rev().eq(all.iter().rev().copied()));
        assert_eq!((ordered.len(), ordered.iter().len()), (all.len(), all.len()));
        for position in (0..end + 2).chain([u64::MAX]) {
            assert_eq!(ordered.get(position), plain.get(&position), "{position}");
        }
    }

    #[test]
    fn it_is_a_sorted_map() {
        // Each step takes out what the steps before have left of a residue class.
        for first in [0, 1, 1_000] {
            let (mut ordered, mut plain) = (Ordered::default(), BTreeMap::new());
            let mut end = first;
            let mut add = |ordered: &mut Ordered, plain: &mut BTreeMap<_, _>, many| {
                for _ in 0..many {
                    ordered.push(end, window(end));
                    plain.insert(end, ordered.get(end).unwrap().clone());
                    end += 1;
                }
                end
            };
            let mut end = add(&mut ordered, &mut plain, 40);
            assert_same(&ordered, &plain, end);
            for (modulus, rest) in [(3, 1), (2, 0), (5, 3), (1, 0), (7, 0)] {
                for position in (first..end).filter(|position| position % modulus == rest) {
                    assert_eq!(ordered.remove(position), plain.remove(&position), "{position}");
                    assert!(ordered.rows.len() <= 2 * ordered.len() + 1, "holes are closed");
                }
                assert_same(&ordered, &plain, end);
                for position in (first..end).step_by(4) {
                    let new = window(position + 5_000);
                    let before = plain.get_mut(&position);
                    let before = before.map(|known| std::mem::replace(known, new.clone()));
                    assert_eq!(ordered.replace(position, new), before, "{position}");
                }
                assert_same(&ordered, &plain, end);
                end = add(&mut ordered, &mut plain, 9);
                assert_same(&ordered, &plain, end);
            }
        }
    }

    #[test]
    fn an_iterator_knows_how_many_are_left() {
        let mut ordered = Ordered::default();
        (0..9).for_each(|position| ordered.push(position, window(position)));
        for position in [0, 4, 8] {
            ordered.remove(position);
        }
        let mut iter = ordered.iter();
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
