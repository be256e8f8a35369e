//! Parsing the JSON of a request within its budget.

use crate::error::Error;
use crate::json::value::Value;
use crate::vendors::budget::Budget;

/// The steps of a byte of text.
const STEPS_PER_BYTE: usize = 4;

/// A place in a list: a list grows by doubling, so that all its allocations together have
/// at most four places for each element.
const BYTES_PER_ELEMENT: usize = 4 * size_of::<Value>();

/// A place in an object, and one among the sorted keys, by which repeated ones are found.
const BYTES_PER_FIELD: usize = 4 * size_of::<(String, Value)>() + size_of::<&str>();

/// Parses JSON. The steps and the bytes that this takes are counted first.
pub(crate) fn parse(text: &str, budget: &Budget) -> Result<Value, Error> {
    budget.spend(STEPS_PER_BYTE * text.len())?;
    budget.allocate(allocated_bytes(text))?;
    Value::parse(text)
}

/// An upper bound of the bytes that are allocated when a text is parsed.
///
/// The elements of a list are at most its commas and one, and an object has as many fields
/// as colons. Texts and names are copied once. While they are unescaped and while numbers
/// are read, they are in a buffer, which grows by doubling.
fn allocated_bytes(text: &str) -> usize {
    let (mut elements, mut fields) = (1, 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            b'[' | b',' if !is_quoted => elements += 1,
            b':' if !is_quoted => fields += 1,
            _ => {}
        }
    }
    5 * text.len() + BYTES_PER_ELEMENT * elements + BYTES_PER_FIELD * fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::budget::{MAX_REQUEST_BYTES, MAX_REQUEST_STEPS};
    use crate::vendors::http::MAX_BODY_BYTES;

    /// The memory of a value: what its lists and texts have allocated.
    fn memory(value: &Value) -> usize {
        match value {
            Value::Text(text) | Value::Fraction(text) => text.capacity(),
            Value::List(values) => {
                let own = values.capacity() * size_of::<Value>();
                own + values.iter().map(memory).sum::<usize>()
            }
            Value::Object(fields) => {
                let own = fields.capacity() * size_of::<(String, Value)>();
                let each = |(name, value): &(String, Value)| name.capacity() + memory(value);
                own + fields.iter().map(each).sum::<usize>()
            }
            _ => 0,
        }
    }

    fn counted(text: &str) -> u64 {
        let budget = Budget::new(MAX_REQUEST_STEPS);
        parse(text, &budget).unwrap();
        assert_eq!(budget.steps(), (STEPS_PER_BYTE * text.len()) as u64);
        budget.bytes()
    }

    #[test]
    fn parse_counts_at_least_memory() {
        let lists = |inner: &str, count: usize| format!("[{}]", vec![inner; count].join(","));
        for text in [
            "7".to_owned(),
            r#""a\"[,:\\""#.to_owned(),
            "[]".to_owned(),
            r#"{"a":{"b":[{"c":1.5e300}]},"":"x"}"#.to_owned(),
            "[".repeat(100) + "1.25" + &"]".repeat(100),
            lists("0", 1000),
            lists("\"\"", 1025),
            lists("[]", 1000),
            lists("[0]", 1000),
            lists("{}", 1000),
            lists(r#"{"":0}"#, 1000),
            lists(r#"{"a":[{"b":[[1.5]]}]}"#, 300),
            lists("0.12345678901234567890", 300),
            lists(&format!("\"{}\"", "x".repeat(100)), 100),
            format!(
                "{{{}}}",
                (0..1000).map(|n| format!("\"{n}\":{n}")).collect::<Vec<_>>().join(",")
            ),
        ] {
            let value = Value::parse(&text).unwrap();
            let (bytes, memory) = (counted(&text), memory(&value) as u64);
            assert!(bytes >= memory, "{bytes} < {memory}: {text}");
        }
    }

    #[test]
    fn parse_text_not_taken_for_elements() {
        let text = format!("\"{}\\\"{}\"", "[,:".repeat(100), "{,:".repeat(100));
        assert_eq!(counted(&text), (5 * text.len() + BYTES_PER_ELEMENT) as u64);
    }

    /// Every body is read; what is left of the budget is for the operation.
    #[test]
    fn parse_largest_body_within_budget() {
        for part in ["0,", "[],", "{},", "[0],", "{\"\":0},", "\"\","] {
            let elements = part.repeat(MAX_BODY_BYTES / part.len() - 1);
            let bytes = counted(&format!("[{}]", elements.trim_end_matches(',')));
            assert!(bytes < MAX_REQUEST_BYTES * 2 / 3, "{part} {bytes}");
        }
    }

    #[test]
    fn parse_over_budget_error() {
        let budget = Budget::new(50);
        assert!(parse("[1,2,3,4]", &budget).is_ok());
        let error = parse("[1,2]", &budget).unwrap_err();
        assert_eq!(error.to_string(), "the request needs more than 50 steps: ask for less at once");
    }
}
