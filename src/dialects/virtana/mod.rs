//! stub
use crate::dialects::convert::*;
use crate::error::Error;
use crate::json::Document;
#[allow(missing_docs)]
pub fn import(_t: &str) -> Result<Imported, Error> {
    Err(Error::syntax("x"))
}
#[allow(missing_docs)]
pub fn export(_d: &Document) -> Exported {
    Exported { text: String::new(), notes: vec![] }
}
