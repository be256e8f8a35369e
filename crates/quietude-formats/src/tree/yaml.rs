//! Composes values from the events of a YAML parser, without recursion. Native documents are
//! read by `native`.
//!
//! Aliases are copies and count as such. Merge keys (`<<`) are applied, as by the YAML
//! libraries of Go. Scalars keep their text, whatever type their tag would give them.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Entry, Node, Value, shown, too_many};
use crate::error::{Error, Place};
use crate::limits::{MAX_DEPTH, MAX_VALUES};
use crate::position::Position;

/// A list or an object that has not ended.
struct Open {
    anchor: usize,
    position: Position,
    parts: Parts,
    /// The weight of what it has so far, with aliases expanded.
    weight: usize,
}

enum Parts {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashSet<String>, key: Option<(String, Position)> },
}

/// An anchored value and its weight.
type Anchors = HashMap<usize, (Node, usize)>;

pub(super) fn parse(text: &str) -> Result<Node, Error> {
    let mut composer = Composer { open: Vec::new(), anchors: Anchors::new(), total: 0, root: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = error.info().trim_end_matches('\0');
            Error::new(
                Position::of_marker(*error.marker()).place(),
                format_args!("not YAML: {message}"),
            )
        })?;
        composer.event(event, span)?;
    }
    let null = Node { position: Some(Position::START), value: Value::Null };
    Ok(composer.root.unwrap_or(null))
}

struct Composer {
    open: Vec<Open>,
    anchors: Anchors,
    /// The weight of all values.
    total: usize,
    root: Option<Node>,
}

impl Composer {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let position = Position::of_marker(span.start);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Error::new(position.place(), "a second YAML document; only one is read"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    return Err(Error::new(
                        position.place(),
                        format_args!("the tag {} is not read", shown(&tag.to_string())),
                    ));
                }
                let is_plain = style == ScalarStyle::Plain;
                let weight = Node::weight(&text);
                self.count(weight, position)?;
                let is_null = is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null {
                    Value::Null
                } else {
                    Value::Scalar { text: text.into_owned(), is_plain }
                };
                self.value(Node { position: Some(position), value }, anchor, weight)
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(anchor, position, Parts::List(Vec::new()))
            }
            Event::MappingStart(anchor, _) => {
                let parts = Parts::Map { entries: Vec::new(), seen: HashSet::new(), key: None };
                self.begin(anchor, position, parts)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, position, parts, weight }) = self.open.pop() else {
                    return Ok(());
                };
                let value = match parts {
                    Parts::List(list) => Value::List(list),
                    Parts::Map { entries, .. } => Value::Map(self.merged(entries)?),
                };
                self.value(Node { position: Some(position), value }, anchor, weight)
            }
            Event::Alias(anchor) => {
                let Some((_, weight)) = self.anchors.get(&anchor) else {
                    return Err(Error::new(
                        position.place(),
                        "an alias of a value that has not ended",
                    ));
                };
                let weight = *weight;
                self.count(weight, position)?;
                let node = self.anchors[&anchor].0.clone();
                self.value(node, 0, weight)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, weight: usize, position: Position) -> Result<(), Error> {
        self.total += weight;
        if self.total > MAX_VALUES { Err(too_many(position.place())) } else { Ok(()) }
    }

    fn begin(&mut self, anchor: usize, position: Position, parts: Parts) -> Result<(), Error> {
        self.count(1, position)?;
        if self.open.len() == MAX_DEPTH {
            let message = format_args!("nested more than {MAX_DEPTH} levels");
            return Err(Error::new(position.place(), message));
        }
        self.open.push(Open { anchor, position, parts, weight: 1 });
        Ok(())
    }

    /// Adds a complete value to the list or object that contains it.
    fn value(&mut self, node: Node, anchor: usize, weight: usize) -> Result<(), Error> {
        if anchor != 0 {
            // The copy for the anchor counts, too.
            self.count(weight, node.position.unwrap_or(Position::START))?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.weight += weight;
        match &mut open.parts {
            Parts::List(list) => list.push(node),
            Parts::Map { entries, seen, key } => match key.take() {
                Some((key, position)) => {
                    entries.push(Entry { key, position: Some(position), value: node })
                }
                None => {
                    let position = node.position.unwrap_or(open.position);
                    let text = match node.value {
                        Value::Scalar { text, .. } => text,
                        Value::Null => String::from("null"),
                        Value::List(_) | Value::Map(_) => {
                            return Err(Error::new(position.place(), "a key must be text"));
                        }
                    };
                    if !seen.insert(text.clone()) {
                        return Err(Error::new(
                            position.place(),
                            format_args!("the key {} is repeated", shown(&text)),
                        ));
                    }
                    *key = Some((text, position));
                }
            },
        }
        Ok(())
    }

    /// Applies a merge key: adds the entries of its value that the object does not have.
    fn merged(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        if entries.iter().all(|entry| entry.key != "<<") {
            return Ok(entries);
        }
        let (merges, mut all): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.key == "<<");
        let mut seen: HashSet<String> = all.iter().map(|entry| entry.key.clone()).collect();
        for merge in merges {
            let sources = match merge.value.value {
                Value::List(list) => list,
                value => vec![Node { value, ..merge.value }],
            };
            for source in sources {
                let Value::Map(entries) = source.value else {
                    let place = source.position.map_or_else(Place::default, Position::place);
                    return Err(Error::new(
                        place,
                        "the value of `<<` must be an object or a list of objects",
                    ));
                };
                all.extend(entries.into_iter().filter(|entry| seen.insert(entry.key.clone())));
            }
        }
        Ok(all)
    }
}
