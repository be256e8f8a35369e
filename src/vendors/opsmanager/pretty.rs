//! `pretty=true`: JSON in the format of the vendor's samples, with a space before
//! each colon and lists on one line.

use std::fmt::Write;

use crate::json::value::Value;

pub(super) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    print(value, 0, &mut text);
    text
}

/// Appends a value that is `depth` objects deep.
pub(super) fn print(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (index, (name, value)) in fields.iter().enumerate() {
                let open = if index == 0 { "{" } else { "," };
                let name = Value::from(name).to_json();
                write!(text, "{open}\n{:1$}{name} : ", "", depth * 2 + 2).expect("it is a string");
                print(value, depth + 1, text);
            }
            write!(text, "\n{:1$}}}", "", depth * 2).expect("it is a string");
        }
        Value::List(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                text.push_str(if index == 0 { "[ " } else { ", " });
                print(value, depth, text);
            }
            text.push_str(" ]");
        }
        other => text.push_str(&other.to_json()),
    }
}
