//! The four vendors' APIs: their own samples, their operations, their errors,
//! and their windows in the engine.

mod convert;
mod export;
mod forms;
mod opsmanager;
mod paging;
mod serve;
mod spaceone;
mod stat;
mod support;
mod together;
mod uptrends;
mod virtana;
mod virtana_model;

#[test]
fn every_test_that_the_docs_name_exists() {
    let read = |path: &str| {
        let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let modules = [
        "convert",
        "opsmanager",
        "paging",
        "serve",
        "spaceone",
        "stat",
        "together",
        "uptrends",
        "virtana",
        "virtana_model",
    ];
    let tests: String = modules.map(|name| read(&format!("tests/dialects/{name}.rs"))).concat();
    let docs = read("src/docs/dialects.md");
    let rows = docs.lines().filter(|line| line.starts_with('|'));
    let words: Vec<&str> = rows.flat_map(|line| line.split('`').skip(1).step_by(2)).collect();
    let mut named = words.into_iter().filter(|word| word.matches('_').count() >= 3).peekable();
    assert!(named.peek().is_some());
    for test in named {
        assert!(tests.contains(&format!("fn {test}()")), "{test}");
    }
}
