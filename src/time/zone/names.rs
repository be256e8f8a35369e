//! Names of zones, each looked up once.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::error::Error;
use crate::time::Zone;

/// Turns a zone's name into the zone.
pub(crate) type ZoneResolver<'a> = &'a dyn Fn(&str) -> Result<Zone, Error>;

/// A host's zones, each asked for once and then shared: a table is large.
pub(crate) struct ZonesByName<'a> {
    resolve: ZoneResolver<'a>,
    known: RefCell<HashMap<String, Zone>>,
}

impl<'a> ZonesByName<'a> {
    pub(crate) fn new(resolve: ZoneResolver<'a>) -> Self {
        Self { resolve, known: RefCell::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Zone, Error> {
        if let Some(zone) = self.known.borrow().get(name) {
            return Ok(zone.clone());
        }
        let zone = (self.resolve)(name)?;
        self.known.borrow_mut().insert(name.to_owned(), zone.clone());
        Ok(zone)
    }
}
