//! The places of windows and their fields in the text of a document that is valid.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::{Place, Source, place_of};

/// Where the windows of a document are.
pub(crate) struct Places<'s> {
    source: &'s Source,
    windows: HashMap<Cow<'s, str>, &'s str>,
    /// A byte of the JSON text, and its line and column, from which the next ones are counted.
    counted: (usize, u32, u32),
}

#[derive(Deserialize)]
struct Windows<'s> {
    #[serde(borrow)]
    windows: Vec<&'s RawValue>,
}

#[derive(Deserialize)]
struct Id<'s> {
    #[serde(borrow)]
    id: Cow<'s, str>,
}

impl<'s> Places<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        let list: Option<Windows<'s>> = serde_json::from_str(source.json()).ok();
        let windows = list.map_or_else(HashMap::new, |list| {
            let id = |window: &&'s RawValue| -> Option<(Cow<'s, str>, &'s str)> {
                let id: Id<'s> = serde_json::from_str(window.get()).ok()?;
                Some((id.id, window.get()))
            };
            list.windows.iter().filter_map(id).collect()
        });
        Self { source, windows, counted: (0, 1, 1) }
    }

    /// The place of a field of a window, such as `scope.all[1].group`; of the innermost value
    /// on the path that is there. Windows in the order of the document are found fastest.
    pub(crate) fn find(&mut self, window: &str, path: &str) -> Option<Place> {
        let window = *self.windows.get(window)?;
        let value = follow(window, path);
        let at = value.as_ptr() as usize - self.source.json().as_ptr() as usize;
        let json = self.line_of(at);
        Some(self.source.place(json))
    }

    fn line_of(&mut self, at: usize) -> Place {
        let text = self.source.json();
        if at < self.counted.0 {
            self.counted = (0, 1, 1);
        }
        let (from, mut line, mut column) = self.counted;
        for letter in text[from..at].chars() {
            (line, column) = if letter == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        self.counted = (at, line, column);
        Place { line, column }
    }
}

/// The place of a field of a text, such as `tests[2].at`; of the innermost value on the path
/// that is there.
pub(crate) fn place_in(source: &Source, path: &str) -> Option<Place> {
    let json = source.json();
    let value = follow(json.trim_start(), path);
    let at = value.as_ptr() as usize - json.as_ptr() as usize;
    Some(source.place(place_of(json, at)))
}

/// The value at a path, or as far as there is one.
fn follow<'s>(mut value: &'s str, mut path: &str) -> &'s str {
    while !path.is_empty() {
        let (next, rest) = if let Some(inner) = path.strip_prefix('[') {
            let Some((index, rest)) = inner.split_once(']') else { return value };
            let list: Result<Vec<&'s RawValue>, _> = serde_json::from_str(value);
            let index = index.parse::<usize>().ok();
            let next = list.ok().zip(index).and_then(|(list, index)| list.get(index).copied());
            (next, rest)
        } else {
            let fields: Result<HashMap<Cow<'s, str>, &'s RawValue>, _> =
                serde_json::from_str(value);
            let length = path.find(['.', '[']).unwrap_or(path.len());
            let next = fields.ok().and_then(|fields| fields.get(&path[..length]).copied());
            (next, &path[length..])
        };
        let Some(next) = next else { return value };
        value = next.get();
        path = rest.strip_prefix('.').unwrap_or(rest);
    }
    value
}
