//! Helpers of the vendors' imports.

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::registry::Registry;
use crate::scope::Topology;
use crate::vendors::convert::Imported;
use crate::window::Window;

/// The result of an import. The vendors' documents do not describe entities, so
/// the topology is empty.
///
/// Returns an error if two windows have the same id.
pub(crate) fn into_document(windows: Vec<Window>, notes: Vec<String>) -> Result<Imported, Error> {
    let mut registry = Registry::new();
    for window in windows {
        registry.insert(window)?;
    }
    Ok(Imported { document: Document::new(registry, Topology::default()), notes })
}

/// The elements of a document: `{ "<list>": [..] }`, a plain list, or a single
/// element.
///
/// `total` is the path of the total count. If it exceeds the number of elements,
/// the document is one page of several, which is added to `notes`.
pub(crate) fn unwrap_list(
    value: Value,
    list: &str,
    total: &[&str],
    notes: &mut Vec<String>,
) -> Result<Vec<Value>, Error> {
    let total = total.iter().try_fold(&value, |value, name| value.get(name));
    let total: Option<usize> = total.and_then(|total| total.clone().number().ok());
    match value {
        Value::List(values) => Ok(values),
        Value::Object(mut fields) => match fields.iter().position(|(name, _)| name == list) {
            None => Ok(vec![Value::Object(fields)]),
            Some(at) => match fields.swap_remove(at).1 {
                Value::List(values) => {
                    if let Some(total) = total.filter(|total| *total > values.len()) {
                        let held = values.len();
                        notes.push(format!("this is a page: {held} of {total} windows"));
                    }
                    Ok(values)
                }
                other => Err(other.is_not("a list").in_field(list)),
            },
        },
        other => Err(other.is_not("an object or a list")),
    }
}
