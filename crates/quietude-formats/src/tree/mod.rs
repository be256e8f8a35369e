//! A YAML or JSON text as values with their places.
//!
//! - `yaml`: composes values from the events of a YAML parser
//! - `json`: values of a JSON text
//! - `at`: access to values, with their paths in errors
//! - `locate`: the place of a value of a JSON text, by its path

mod at;
mod json;
mod locate;
mod yaml;

pub(crate) use at::{At, Fields};
pub(crate) use json::place_of;
pub(crate) use locate::located;

use crate::error::{Error, Place};
use crate::limits::MAX_VALUES;
use crate::position::Position;

/// A value and its place in the text. Values of JSON have none; an error gets it from its path.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    position: Option<Position>,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Null,
    /// Text. It is plain if it is not quoted, so that it may mean a boolean or a number.
    Scalar {
        text: String,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of an object and its value.
#[derive(Clone, Debug)]
struct Entry {
    key: String,
    position: Option<Position>,
    value: Node,
}

impl Node {
    /// Reads a text: as JSON if it begins as JSON and is JSON, and otherwise as YAML.
    ///
    /// # Errors
    ///
    /// If the text is neither, has several YAML documents or repeated keys, or exceeds a
    /// limit.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let begin = text.trim_start_matches(['\u{feff}', ' ', '\t', '\n', '\r']);
        if begin.starts_with(['{', '[']) {
            match json::parse(text.trim_start_matches('\u{feff}')) {
                Ok(node) => return Ok(node),
                Err(json::Failure::Invalid(error)) => return Err(error),
                // A YAML text may begin so, too.
                Err(json::Failure::NotJson(error)) => {
                    return yaml::parse(text)
                        .map_err(|yaml| if begin.starts_with('[') { error } else { yaml });
                }
            }
        }
        yaml::parse(text)
    }

    /// How much a value counts of [`MAX_VALUES`], without its parts.
    fn weight(text: &str) -> usize {
        1 + text.len() / 32
    }
}

/// The error of a text with too many values.
fn too_many(place: Place) -> Error {
    Error::new(place, format_args!("the text has more than {MAX_VALUES} values"))
}

/// The text of an error message, shortened.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let begin: String = text.chars().take(LONGEST).collect();
    format!("{:?}", format!("{begin}.."))
}
