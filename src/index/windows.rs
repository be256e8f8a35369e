//! Window table: dense window ids of one build, and local ids of one block.
//!
//! ```text
//! id without bit 31   index into the WindowTable of the build
//! id with bit 31      index into the local windows of one block: windows that were
//!                     added by an update after the build
//! ```

use std::sync::{Arc, OnceLock};

use crate::index::alert_types::AlertTypeFilter;
use crate::index::by_time::ByTime;
use crate::registry::{Registry, WindowSeq};
use crate::window::Window;

/// The windows that an index was built from, in registry order. The index of a window
/// is its id.
#[derive(Debug)]
pub(super) struct WindowTable {
    windows: Box<[Arc<Window>]>,
    positions: Positions,
    /// Computed when it is first asked for.
    by_time: OnceLock<ByTime>,
}

/// The positions of the windows in the registry.
#[derive(Debug)]
enum Positions {
    /// Consecutive positions, from `first`.
    Dense {
        first: WindowSeq,
    },
    Sparse(Box<[WindowSeq]>),
}

/// Resolves the window ids of one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowLookup<'a> {
    table: &'a WindowTable,
    local: &'a [LocalWindow],
}

/// A window that only one block has, with its position in the registry.
pub(super) type LocalWindow = (WindowSeq, Arc<Window>);

/// The windows to be prefetched at a time: they must not leave the cache again before they are
/// read.
pub(super) const PREFETCHED: usize = 64;

/// Marks the ids of local windows.
const LOCAL_BIT: u32 = 1 << 31;

/// The id of the local window with this index.
pub(super) fn local_id(at: usize) -> u32 {
    LOCAL_BIT + at as u32
}

/// A window to be compiled.
pub(super) struct BuildInput<'a> {
    pub(super) position: WindowSeq,
    /// The id in the window table; `None` for a window that was added after the build.
    pub(super) id: Option<u32>,
    pub(super) window: &'a Arc<Window>,
    pub(super) filter: AlertTypeFilter,
}

impl WindowTable {
    /// The windows of a registry, in registry order.
    pub(super) fn new(windows: Vec<Arc<Window>>, registry: &Registry) -> Self {
        let each = || registry.iter_with_seq().map(|(position, _)| position);
        let first = each().next().unwrap_or(0);
        let is_dense =
            each().next_back().is_none_or(|last| last - first + 1 == windows.len() as u64);
        let positions =
            if is_dense { Positions::Dense { first } } else { Positions::Sparse(each().collect()) };
        Self { windows: windows.into(), positions, by_time: OnceLock::new() }
    }

    /// The number of windows.
    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    /// The windows by time. The first call takes time in proportion to their number, and
    /// concurrent calls wait for it.
    pub(super) fn by_time(&self) -> &ByTime {
        self.by_time.get_or_init(|| ByTime::of(&self.windows))
    }

    /// A look-up without local windows.
    pub(super) fn lookup(&self) -> WindowLookup<'_> {
        WindowLookup { table: self, local: &[] }
    }

    /// All windows with their positions, in registry order.
    pub(super) fn positioned(&self) -> impl Iterator<Item = (WindowSeq, &Arc<Window>)> {
        (0..self.len() as u32).map(|id| (self.position(id), &self.windows[id as usize]))
    }

    /// The id of the window at a position of the registry.
    pub(super) fn id_at(&self, position: WindowSeq) -> Option<u32> {
        let id = match &self.positions {
            Positions::Dense { first } => usize::try_from(position.checked_sub(*first)?).ok()?,
            Positions::Sparse(each) => each.binary_search(&position).ok()?,
        };
        (id < self.windows.len()).then_some(id as u32)
    }

    /// The window at a position of the registry.
    pub(super) fn at_position(&self, position: WindowSeq) -> Option<&Arc<Window>> {
        self.windows.get(self.id_at(position)? as usize)
    }

    /// The position of a window in the registry.
    pub(super) fn position(&self, id: u32) -> WindowSeq {
        match &self.positions {
            Positions::Dense { first } => first + WindowSeq::from(id),
            Positions::Sparse(each) => each[id as usize],
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let positions = match &self.positions {
            Positions::Dense { .. } => 0,
            Positions::Sparse(each) => size_of_val(&**each),
        };
        size_of_val(&*self.windows) + positions
    }
}

impl<'a> WindowLookup<'a> {
    /// The same table with the local windows of a block.
    pub(super) fn with_local(self, local: &'a [LocalWindow]) -> Self {
        Self { local, ..self }
    }

    /// The window with an id.
    pub(super) fn get(self, id: u32) -> &'a Arc<Window> {
        self.local(id).map_or_else(|| &self.table.windows[id as usize], |(_, window)| window)
    }

    /// The position of a window in the registry.
    pub(super) fn position(self, id: u32) -> WindowSeq {
        self.local(id).map_or_else(|| self.table.position(id), |(position, _)| *position)
    }

    /// Prefetches windows: loads a field of each of them, and none of the loads depends
    /// on another, so that their cache misses overlap.
    pub(super) fn prefetch(self, ids: &[u32]) {
        let read = |id: &u32| self.get(*id).prefetch_hint();
        std::hint::black_box(ids.iter().map(read).fold(0, std::ops::BitXor::bitxor));
    }

    /// The local window of an id; `None` if the id is not local.
    pub(super) fn local(self, id: u32) -> Option<&'a LocalWindow> {
        Some(&self.local[id.checked_sub(LOCAL_BIT)? as usize])
    }

    /// A window of a block as input for compiling it again.
    pub(super) fn build_input(self, id: u32, filter: AlertTypeFilter) -> BuildInput<'a> {
        let in_table = Some(id).filter(|id| *id < LOCAL_BIT);
        let (position, window) = (self.position(id), self.get(id));
        BuildInput { position, id: in_table, window, filter }
    }
}

#[cfg(test)]
impl WindowTable {
    /// These windows at positions 0, 1, 2 ..
    pub(super) fn of(windows: &[Arc<Window>]) -> Self {
        let positions = Positions::Dense { first: 0 };
        Self { windows: windows.into(), positions, by_time: OnceLock::new() }
    }

    /// Each window at the given position.
    pub(super) fn sparse(windows: &[Arc<Window>], positions: &[WindowSeq]) -> Self {
        let positions = Positions::Sparse(positions.into());
        Self { windows: windows.into(), positions, by_time: OnceLock::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::test_util::{once, window};
    use crate::scope::Scope;

    #[test]
    fn positions_without_gaps_are_dense() {
        let table =
            |registry: &Registry| WindowTable::new(registry.iter().cloned().collect(), registry);
        let mut registry = Registry::new();
        assert!(matches!(table(&registry).positions, Positions::Dense { first: 0 }));
        for id in ["0", "1", "2", "3"] {
            registry.insert(window(id, once(0, 10), Scope::entity("a"))).unwrap();
        }
        assert!(matches!(table(&registry).positions, Positions::Dense { first: 0 }));
        registry.remove("0").unwrap();
        assert!(matches!(table(&registry).positions, Positions::Dense { first: 1 }));
        registry.remove("2").unwrap();
        assert!(matches!(table(&registry).positions, Positions::Sparse(each) if *each == [1, 3]));
        registry.remove("3").unwrap();
        assert!(matches!(table(&registry).positions, Positions::Dense { first: 1 }));
    }
}
