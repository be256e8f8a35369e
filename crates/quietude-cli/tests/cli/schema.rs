//! Tests of `schema` without a validator; `tests/browser` has those with one.
use super::*;

const FILE: &str = "crates/quietude-cli/quietude.schema.json";

/// Calls `found` with each object in a value.
fn objects(value: &Value, found: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            found(fields);
            fields.values().for_each(|value| objects(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

#[test]
fn schema_command_prints_the_file_of_the_package() {
    let ran = run(&["schema"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out == read(FILE));
}

#[test]
fn schema_references_are_defined_and_used() {
    let schema: Value = serde_json::from_str(&read(FILE)).unwrap();
    let defined = schema["$defs"].as_object().unwrap();
    let mut used = std::collections::BTreeSet::new();
    objects(&schema, &mut |fields| {
        if let Some(Value::String(target)) = fields.get("$ref") {
            used.insert(target.strip_prefix("#/$defs/").expect("a definition").to_owned());
        }
    });
    assert_eq!(used.iter().collect::<Vec<_>>(), defined.keys().collect::<Vec<_>>());
}

#[test]
fn schema_fields_are_described_in_the_page_on_the_document() {
    let schema: Value = serde_json::from_str(&read(FILE)).unwrap();
    let page = read("src/docs/document.md");
    let mut fields_seen = 0;
    objects(&schema, &mut |fields| {
        // The objects of the document have a fixed set of fields.
        if fields.get("additionalProperties") == Some(&json!(false)) {
            for name in fields["properties"].as_object().unwrap().keys() {
                let is_there = page.contains(&format!("`{name}`"))
                    || page.contains(&format!("\"{name}\":"))
                    || page.contains(&format!(".{name}`"));
                assert!(is_there, "{name}");
                fields_seen += 1;
            }
        }
    });
    assert!(fields_seen > 100, "{fields_seen}");
}
