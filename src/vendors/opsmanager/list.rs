//! The response of a list, written window by window.

use crate::error::Error;
use crate::json::value::Value;
use crate::vendors::budget::Budget;
use crate::vendors::opsmanager::document::MaintenanceWindow;
use crate::vendors::opsmanager::pretty::print;

/// The steps of a window, besides those of its text: its values and four timestamps.
const STEPS_PER_WINDOW: usize = 600;

/// The steps of an alert type, besides those of its text: it is not in the cache.
const STEPS_PER_ALERT_TYPE: usize = 60;

/// The text of `list`, in which `results` is empty and the first field, with these windows
/// as the results.
///
/// Only one window at a time is a tree of values. The steps and the bytes are counted
/// first; the windows that are too many are an error.
pub(super) fn list_text(
    list: &Value,
    windows: &[&MaintenanceWindow],
    base: &str,
    is_pretty: bool,
    budget: &Budget,
) -> Result<String, Error> {
    let mut frame = String::new();
    write(list, is_pretty, 0, &mut frame);
    let mut bytes = 2 * frame.len();
    let mut largest = 0;
    budget.allocate(bytes)?;
    for window in windows {
        let more = max_bytes(window, base, is_pretty);
        let types = STEPS_PER_ALERT_TYPE * window.alert_types.len();
        budget.spend(STEPS_PER_WINDOW + types + more)?;
        // The text, and the references to the window.
        budget.allocate(more + 32)?;
        bytes += more;
        largest = largest.max(more);
    }
    // A window as values and as text.
    budget.allocate(8 * largest)?;

    let (head, tail) = frame.split_once("[]").expect("the empty results come first");
    let mut text = String::with_capacity(bytes);
    text.push_str(head);
    text.push('[');
    for (index, window) in windows.iter().enumerate() {
        text.push_str(match (index, is_pretty) {
            (0, false) => "",
            (0, true) => " ",
            (_, false) => ",",
            (_, true) => ", ",
        });
        write(&window.value(Some(base)), is_pretty, 1, &mut text);
    }
    if is_pretty && !windows.is_empty() {
        text.push(' ');
    }
    text.push(']');
    text.push_str(tail);
    Ok(text)
}

fn write(value: &Value, is_pretty: bool, depth: usize, text: &mut String) {
    if is_pretty {
        print(value, depth, text);
    } else {
        text.push_str(&value.to_json());
    }
}

/// An upper bound of the bytes of a window as JSON, with a separator.
fn max_bytes(window: &MaintenanceWindow, base: &str, is_pretty: bool) -> usize {
    /// Names, timestamps and punctuation.
    const FRAME: usize = 400;
    const INDENTATION: usize = 200;
    // A byte of an id takes at most two in JSON, since ids have no control characters, and
    // three in each of two URLs.
    let ids = 8 * window.group.len() + 2 * window.id.len();
    // With quotation marks and separators.
    let types: usize = window.alert_types.iter().map(|name| name_bytes(name) + 4).sum();
    let description = window.description.as_deref().map_or(0, json_bytes);
    let texts = 2 * json_bytes(base) + ids + types + description;
    FRAME + if is_pretty { INDENTATION } else { 0 } + texts
}

/// At least the bytes of a name in JSON. A short one is not read.
fn name_bytes(name: &str) -> usize {
    if name.len() <= 16 { 2 * name.len() } else { json_bytes(name) }
}

/// The bytes of a text in JSON.
fn json_bytes(text: &str) -> usize {
    let of = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::budget::MAX_REQUEST_STEPS;

    fn write_one(window: &MaintenanceWindow, base: &str, is_pretty: bool) -> String {
        let mut text = String::new();
        write(&window.value(Some(base)), is_pretty, 1, &mut text);
        text
    }

    #[test]
    fn list_text_within_counted_bytes() {
        let window = |group: &str, types: &[&str], description: &str| MaintenanceWindow {
            id: "5628faffd4c606594adaa3b2".to_owned(),
            group: group.to_owned(),
            created: crate::time::Timestamp::MIN,
            updated: crate::time::Timestamp::MAX,
            start: crate::time::Timestamp::MIN,
            end: crate::time::Timestamp::MAX,
            alert_types: types.iter().map(|name| (*name).to_owned()).collect(),
            description: Some(description.to_owned()),
        };
        let long = "\"é/".repeat(30);
        for window in [
            window("g", &["A"], ""),
            window(&long, &["\\\"\\\""; 1000], "\u{1}\u{1f}\"\n\u{7f}é"),
            window("\u{10ffff}", &["", "\\"], &"\u{0}".repeat(4096)),
        ] {
            for (base, is_pretty) in [("", false), ("", true), ("http://\"\n/", false)] {
                let list = Value::fields([("results", Value::List(Vec::new()))]);
                let budget = Budget::new(MAX_REQUEST_STEPS);
                let windows = [&window; 50];
                let text = list_text(&list, &windows, base, is_pretty, &budget).unwrap();
                let all = Value::fields([(
                    "results",
                    windows.iter().map(|window| window.value(Some(base))).collect(),
                )]);
                let mut expected = String::new();
                write(&all, is_pretty, 0, &mut expected);
                assert_eq!(text, expected);
                let most = 50 * max_bytes(&window, base, is_pretty);
                assert!(text.len() <= most + 20 && budget.bytes() > most as u64);
                let one = write_one(&window, base, is_pretty);
                assert!(one.len() + 2 <= max_bytes(&window, base, is_pretty), "{one}");
            }
        }
    }

    #[test]
    fn json_bytes_as_written() {
        let all: String = (0..0x180).filter_map(char::from_u32).collect();
        let texts = all.chars().map(String::from).chain([all.clone()]);
        for text in texts {
            assert_eq!(json_bytes(&text) + 2, Value::from(&text).to_json().len(), "{text:?}");
        }
    }
}
