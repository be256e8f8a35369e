//! Replacement of one window in the block of one slot.

use std::sync::Arc;

use crate::index::Index;
use crate::index::alert_types::AlertTypeFilter;
use crate::index::delta::EntityOverride;
use crate::index::intern::ZoneInterner;
use crate::index::slot::Slot;
use crate::registry::WindowSeq;
use crate::window::Window;

impl Index {
    /// Compiles the block of a slot again, with another window at a position, or none, and
    /// puts its override into `next`. The id and the hash are those under which the slot
    /// is found.
    pub(super) fn replace_in_block(
        &self,
        next: &mut Self,
        (id, hash, slot): (&Arc<str>, u64, &Slot),
        position: WindowSeq,
        new: Option<(&Arc<Window>, AlertTypeFilter)>,
        zones: &mut ZoneInterner<'_>,
    ) {
        let own = self.entity_block(self.entry_of(slot)).unwrap_or_else(|| self.empty_block());
        let block = own.replace(position, new, zones);
        if let Some(zones) = zones.merged_if_changed() {
            next.zones = zones;
        }
        let known = (&*self.base.windows, &*next.zones);
        let set = slot.class_set();
        let entity = EntityOverride::new((id.clone(), hash), block, set, known, self.now);
        next.delta.insert(hash, entity);
    }
}
