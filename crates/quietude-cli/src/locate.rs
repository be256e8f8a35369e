//! The places of values in the text of a document, or of another text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use quietude_formats::native::Position;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::Source;

/// Values with more bytes than this are read once, however many paths lead through them.
const LONG: usize = 4096;

/// Finds the values of a text. Places in the order of the text are found fastest.
pub(crate) struct Places<'s> {
    source: &'s Source,
    json: &'s str,
    /// The windows of a document by id, if one was looked for.
    windows: Option<HashMap<Cow<'s, str>, &'s str>>,
    /// The parts of long values, by their first byte.
    parts: HashMap<usize, Rc<Parts<'s>>>,
    /// A byte of the JSON text and its place, from which the next one is counted.
    counted: (usize, Position),
}

/// The parts of a value.
enum Parts<'s> {
    List(Vec<&'s str>),
    Object(HashMap<Cow<'s, str>, &'s str>),
    None,
}

#[derive(Deserialize)]
struct Id<'s> {
    #[serde(borrow)]
    id: Cow<'s, str>,
}

impl<'s> Places<'s> {
    /// No places are found in a text that is not JSON or YAML.
    pub(crate) fn new(source: &'s Source) -> Self {
        let json = source.json().unwrap_or_default();
        let counted = (0, Position::START);
        Self { source, json, windows: None, parts: HashMap::new(), counted }
    }

    /// The place of a field, such as `tests[2].at`; of the innermost value on the path that
    /// is there.
    pub(crate) fn find(&mut self, path: &str) -> Option<Position> {
        let value = self.follow(self.json.trim(), path);
        self.place_of(value)
    }

    /// The place of a field of a window, such as `scope.all[1].group`.
    pub(crate) fn find_in_window(&mut self, window: &str, path: &str) -> Option<Position> {
        if self.windows.is_none() {
            self.windows = Some(self.windows_by_id());
        }
        let window = *self.windows.as_ref()?.get(window)?;
        let value = self.follow(window, path);
        self.place_of(value)
    }

    fn windows_by_id(&mut self) -> HashMap<Cow<'s, str>, &'s str> {
        let list = self.follow(self.json.trim(), "windows");
        let id = |window: &&'s str| -> Option<(Cow<'s, str>, &'s str)> {
            let id: Id<'s> = serde_json::from_str(window).ok()?;
            Some((id.id, window))
        };
        match &*self.parts(list) {
            Parts::List(windows) => windows.iter().filter_map(id).collect(),
            _ => HashMap::new(),
        }
    }

    /// The value at a path, or as far as there is one.
    fn follow(&mut self, mut value: &'s str, mut path: &str) -> &'s str {
        while !path.is_empty() {
            let parts = self.parts(value);
            let (next, rest) = if let Some(inner) = path.strip_prefix('[') {
                let Some((index, rest)) = inner.split_once(']') else { return value };
                let Parts::List(list) = &*parts else { return value };
                (index.parse().ok().and_then(|index: usize| list.get(index)), rest)
            } else {
                let Parts::Object(fields) = &*parts else { return value };
                let length = path.find(['.', '[']).unwrap_or(path.len());
                (fields.get(&path[..length]), &path[length..])
            };
            let Some(next) = next else { return value };
            value = next;
            path = rest.strip_prefix('.').unwrap_or(rest);
        }
        value
    }

    fn parts(&mut self, value: &'s str) -> Rc<Parts<'s>> {
        if let Some(parts) = self.parts.get(&(value.as_ptr() as usize)) {
            return parts.clone();
        }
        let parts = Rc::new(Parts::of(value));
        if value.len() > LONG {
            self.parts.insert(value.as_ptr() as usize, parts.clone());
        }
        parts
    }

    fn place_of(&mut self, value: &str) -> Option<Position> {
        if self.json.is_empty() {
            return None;
        }
        let at = value.as_ptr() as usize - self.json.as_ptr() as usize;
        let (from, place) = self.counted;
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let feeds = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
        // From the last line feed before the place, or from what was counted.
        let between = if at < from { &self.json[at..from] } else { &self.json[from..at] };
        let feeds = feeds(between);
        let line = if at < from { place.line - feeds } else { place.line.saturating_add(feeds) };
        let column = match (feeds, at < from) {
            (0, true) => place.column - count(between),
            (0, false) => place.column.saturating_add(count(between)),
            _ => {
                let line = self.json[..at].rfind('\n').map_or(0, |feed| feed + 1);
                count(&self.json[line..at]).saturating_add(1)
            }
        };
        self.counted = (at, Position { line, column });
        Some(self.source.position(self.counted.1))
    }
}

impl<'s> Parts<'s> {
    fn of(value: &'s str) -> Self {
        if value.starts_with('[') {
            let list: Result<Vec<&'s RawValue>, _> = serde_json::from_str(value);
            return list.map_or(Self::None, |list| {
                Self::List(list.into_iter().map(RawValue::get).collect())
            });
        }
        let fields: Result<HashMap<Cow<'s, str>, &'s RawValue>, _> = serde_json::from_str(value);
        fields.map_or(Self::None, |fields| {
            Self::Object(fields.into_iter().map(|(name, value)| (name, value.get())).collect())
        })
    }
}
