//! A cache of zones by name, for readers of documents and rules.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::error::Error;
use crate::time::Zone;

/// Resolves the name of a zone.
pub(crate) type ZoneResolver<'a> = &'a dyn Fn(&str) -> Result<Zone, Error>;

/// Calls a resolver once for each name, and shares the zone among all uses of
/// the name: the table of a zone takes about 100 kB.
pub(crate) struct ZoneCache<'a> {
    resolve: ZoneResolver<'a>,
    known: RefCell<HashMap<String, Zone>>,
}

impl<'a> ZoneCache<'a> {
    pub(crate) fn new(resolve: ZoneResolver<'a>) -> Self {
        Self { resolve, known: RefCell::default() }
    }

    /// # Errors
    ///
    /// The error of the resolver. It is not cached.
    pub(crate) fn get(&self, name: &str) -> Result<Zone, Error> {
        if let Some(zone) = self.known.borrow().get(name) {
            return Ok(zone.clone());
        }
        let zone = (self.resolve)(name)?;
        self.known.borrow_mut().insert(name.to_owned(), zone.clone());
        Ok(zone)
    }
}
