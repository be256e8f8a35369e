//! The topology of an index, and what is derived from it.

use crate::index::postings::Postings;
use crate::scope::Topology;
use crate::trie::Trie;
use crate::window::Window;

/// The topology that scopes are resolved with.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) topology: Topology,
    /// The entities of the topology by attribute, if a scope asks for one.
    pub(super) postings: Option<Postings>,
    /// The positions of windows that exclude entities by id, and do not depend on labels: an
    /// entity that moves away from an ancestor may be covered by them.
    pub(super) excluding: Trie<()>,
    /// Whether the topology is another one than that of the build.
    pub(super) is_changed: bool,
}

impl Facts {
    /// Whether a window is one of those that exclude entities by id.
    pub(super) fn is_excluding(window: &Window) -> bool {
        window.scope().has_negation() && !window.scope().depends_on_labels()
    }
}
