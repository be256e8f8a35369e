//! The zones of an index, by number.

use std::sync::Arc;

use crate::index::hash::FastMap;
use crate::time::Zone;

/// The zones of an index, by number: those it has, and new ones.
#[derive(Debug, Default)]
pub(super) struct ZoneInterner<'a> {
    known: &'a [Zone],
    new: Vec<Zone>,
    /// The numbers of the new ones, once there are many, and of their equals.
    ids: FastMap<usize, u32>,
    last: Option<(usize, u32)>,
}

/// Up to so many zones are told apart one by one.
const FEW_ZONES: usize = 32;

impl<'a> ZoneInterner<'a> {
    pub(super) fn of(known: &'a [Zone]) -> Self {
        Self { known, ..Self::default() }
    }

    pub(super) fn intern(&mut self, zone: &Zone) -> u32 {
        let address = zone.address();
        match self.last {
            Some((last, id)) if last == address => id,
            _ => {
                let id = self.find(address).unwrap_or_else(|| self.add(zone));
                self.last = Some((address, id));
                id
            }
        }
    }

    fn find(&self, address: usize) -> Option<u32> {
        let is = |zone: &Zone| zone.address() == address;
        let at = self.known.iter().position(is).or_else(|| {
            let few = &self.new[..self.new.len().min(FEW_ZONES)];
            Some(self.known.len() + few.iter().position(is)?)
        });
        at.map(|at| at as u32).or_else(|| self.ids.get(&address).copied())
    }

    /// A number for a table that has none: its own, or that of the zone that it
    /// says the same of. Zones of one name are two if their data differ.
    fn add(&mut self, zone: &Zone) -> u32 {
        let next = self.known.len() + self.new.len();
        let equal = self.known.iter().chain(&self.new).position(|known| known == zone);
        if equal.is_some() || self.new.len() >= FEW_ZONES {
            self.ids.insert(zone.address(), equal.unwrap_or(next) as u32);
        }
        if equal.is_none() {
            self.new.push(zone.clone());
        }
        equal.unwrap_or(next) as u32
    }

    pub(super) fn get(&self, id: u32) -> &Zone {
        let id = id as usize;
        self.known.get(id).unwrap_or_else(|| &self.new[id - self.known.len()])
    }

    /// All of them, if there are new ones.
    pub(super) fn merged_if_changed(&self) -> Option<Arc<[Zone]>> {
        let all = || self.known.iter().chain(&self.new).cloned();
        (!self.new.is_empty()).then(|| all().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zone of its own table: so many seconds ahead, by a name of its own.
    fn ahead(seconds: i32) -> Zone {
        // A header of version 1, then: one type, its offset, four letters.
        let counts = [0u32, 0, 0, 0, 1, 4].map(u32::to_be_bytes);
        let header = [&b"TZif"[..], &[0; 16], counts.as_flattened()].concat();
        let data = [&seconds.to_be_bytes()[..], &[0, 0], b"AHD\0"].concat();
        Zone::from_tzif(&format!("Ahead/{seconds}"), &[header, data].concat()).unwrap()
    }

    #[test]
    fn zones_are_shared_by_number() {
        let tables: Vec<Zone> = (0..50).map(ahead).collect();
        let mut zones = ZoneInterner::of(&tables[..5]);
        assert_eq!(zones.intern(&tables[3]), 3);
        assert!(zones.merged_if_changed().is_none());
        for round in 0..2 {
            for (id, zone) in tables.iter().enumerate() {
                assert_eq!(zones.intern(zone), id as u32, "round {round}");
                assert_eq!(zones.find(zone.address()), Some(id as u32));
                assert_eq!(zones.get(id as u32), zone);
            }
        }
        // The new ones beyond the first 32 are remembered by address.
        assert_eq!(zones.ids.len(), 50 - 5 - FEW_ZONES);
        // A table that says the same is the same zone, and is found again.
        let numbers = [0, 4, 5, 20, 45];
        let twins = numbers.map(ahead);
        for (id, twin) in numbers.into_iter().zip(&twins) {
            assert_eq!(zones.find(twin.address()), None);
            assert_eq!(zones.intern(twin), id as u32);
            assert_eq!(zones.find(twin.address()), Some(id as u32));
        }
        assert_eq!(zones.ids.len(), 50 - 5 - FEW_ZONES + 5);
        let grown = zones.merged_if_changed().unwrap();
        assert_eq!(*grown, *tables);
    }
}
