//! Writes JSON as YAML: the order of the fields stays, and text is quoted only where YAML
//! would read something else.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value whose fields are in the order of the text.
enum Tree {
    /// A number, a boolean or null, as in JSON.
    Plain(String),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// Lists and objects without lists and objects in them are written on one line, if they have
/// at most this many characters.
const LONGEST_FLOW: usize = 72;

/// The YAML text of a JSON text.
pub(crate) fn from_json(json: &str) -> Result<String, serde_json::Error> {
    let tree: Tree = serde_json::from_str(json)?;
    let mut text = String::new();
    match tree.flow() {
        Some(flow) => text.push_str(&flow),
        None => tree.block(&mut text, 0),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

impl Tree {
    /// The value on one line, if it has no lists and objects in it and is short.
    fn flow(&self) -> Option<String> {
        let inner = |tree: &Self| match tree {
            Self::Plain(text) => Some(text.clone()),
            Self::Text(text) => Some(scalar(text)),
            Self::List(list) if list.is_empty() => Some("[]".to_owned()),
            Self::Object(fields) if fields.is_empty() => Some("{}".to_owned()),
            Self::List(_) | Self::Object(_) => None,
        };
        match self {
            Self::List(list) if !list.is_empty() => {
                let parts: Option<Vec<String>> = list.iter().map(inner).collect();
                let flow = format!("[{}]", parts?.join(", "));
                (flow.chars().count() <= LONGEST_FLOW).then_some(flow)
            }
            Self::Object(fields) if fields.len() == 1 => {
                let (name, value) = &fields[0];
                let flow = format!("{{ {}: {} }}", scalar(name), inner(value)?);
                (flow.chars().count() <= LONGEST_FLOW).then_some(flow)
            }
            Self::Object(fields) if !fields.is_empty() => None,
            other => inner(other),
        }
    }

    /// Appends the value as lines, each with this indent; the first line has it already.
    fn block(&self, text: &mut String, indent: usize) {
        let new_line = |text: &mut String, is_first: bool| {
            if !is_first {
                text.push_str(&" ".repeat(indent));
            }
        };
        match self {
            Self::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    new_line(text, index == 0);
                    text.push_str("- ");
                    match value.flow() {
                        Some(flow) => {
                            text.push_str(&flow);
                            text.push('\n');
                        }
                        None => value.block(text, indent + 2),
                    }
                }
            }
            Self::Object(fields) => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    new_line(text, index == 0);
                    text.push_str(&scalar(name));
                    text.push(':');
                    match value.flow() {
                        Some(flow) => {
                            text.push(' ');
                            text.push_str(&flow);
                            text.push('\n');
                        }
                        None => {
                            text.push('\n');
                            text.push_str(&" ".repeat(indent + 2));
                            value.block(text, indent + 2);
                        }
                    }
                }
            }
            Self::Plain(_) | Self::Text(_) => {
                text.push_str(&self.flow().unwrap_or_default());
                text.push('\n');
            }
        }
    }
}

/// Text, in quotes unless every reader of YAML takes it for text without them.
fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-./+@".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let is_reserved = reserved.iter().any(|word| text.eq_ignore_ascii_case(word));
    if begins && text.chars().all(is_word) && !is_reserved {
        text.to_owned()
    } else {
        serde_json::to_string(text).expect("writing to a string does not fail")
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Plain("null".to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Plain(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Plain(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Plain(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Plain(format!("{value:?}")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Object(fields))
    }
}
