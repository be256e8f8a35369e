//! The house rules that a compiler does not know.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file there may be.
const LINES: usize = 700;

/// What each layer may use, besides itself.
const LAYERS: [(&str, &str); 12] = [
    ("error", ""),
    ("limits", "error"),
    ("time", "limits error"),
    ("interval_set", "limits error time"),
    ("schedule", "limits error time"),
    ("scope", "limits error time"),
    ("window", "limits error time schedule scope"),
    ("registry", "limits error time schedule scope window"),
    ("index", "limits error time schedule scope window registry"),
    ("silencer", "limits error time schedule scope window registry index"),
    ("json", "limits error time schedule scope window registry"),
    ("dialects", "limits error time schedule scope window registry json"),
];

/// What the engine must not touch: clocks, the host, its output, raw memory.
const BANNED: [&str; 12] = [
    "SystemTime",
    "Instant::now",
    "std::env",
    "chrono::Local",
    "Local::now",
    "Utc::now",
    "std::fs",
    "std::net",
    "std::process",
    "println!",
    "dbg!",
    "todo!",
];

/// The top level of the repository, besides what begins with a dot.
const TOP_LEVEL: [&str; 14] = [
    "Cargo.lock",
    "Cargo.toml",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "clippy.toml",
    "examples",
    "fuzz",
    "rustfmt.toml",
    "src",
    "target",
    "tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder, with their text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let generated = path.ends_with("target") || path.ends_with("corpus");
                folders.extend((!generated).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn everywhere() -> impl Iterator<Item = (PathBuf, String)> {
    ["src", "tests", "benches", "examples", "fuzz"].into_iter().flat_map(files)
}

/// `src/time/zone.rs` and `src/window.rs` lie in `time` and `window`.
fn layer_of(path: &Path) -> String {
    let first = path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a file names by `crate::`, in `use` lines or in passing,
/// comments aside.
fn uses(text: &str) -> BTreeSet<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[test]
fn a_layer_uses_only_what_lies_below_it() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let layer = layer_of(&path);
        if layer == "lib" || layer == "docs" {
            continue;
        }
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: `{layer}` is not a layer", path.display()));
            continue;
        };
        let allowed = |used: &str| used == layer || below.split(' ').any(|name| name == used);
        for used in uses(&text).into_iter().filter(|used| !allowed(used)) {
            // A grouped import would hide its names from this test.
            wrong.push(format!("{}: uses crate::{used}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_layer_test_sees_what_it_should() {
    let text = "use crate::time::{A, B};\n// use crate::index::C;\nlet x = crate::json::Value;";
    assert_eq!(uses(text), BTreeSet::from(["json", "time"]));
    assert_eq!(uses("use crate::{time, index};"), BTreeSet::from([""]));
    assert_eq!(layer_of(Path::new("src/time/zone.rs")), "time");
    assert_eq!(layer_of(Path::new("src/window.rs")), "window");
    assert!(files("src").len() > 20);
}

#[test]
fn the_engine_touches_no_clock_host_output_or_raw_memory() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let found = BANNED.iter().find(|banned| code.contains(**banned));
            let found = found.or_else(|| {
                let word = |word: &str| {
                    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
                };
                word("unsafe").then_some(&"unsafe")
            });
            if let Some(banned) = found {
                wrong.push(format!("{}:{}: {banned}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_crate_forbids_unsafe_code() {
    let root = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(root.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn every_file_says_first_what_it_is() {
    let silent: Vec<_> = everywhere()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no `//!` on the first line:\n{}", silent.join("\n"));
}

#[test]
fn no_file_is_two_files() {
    let long: Vec<_> = everywhere()
        .map(|(path, text)| (path.display().to_string(), text.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .collect();
    assert!(long.is_empty(), "more than {LINES} lines: {long:?}");
}

#[test]
fn the_top_level_holds_what_was_agreed_on() {
    let unknown: Vec<_> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_dependency_and_feature_says_why() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    let mut section = "";
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[features]" | "[dependencies]" | "[dev-dependencies]")
            && line.contains('=')
            && !line.starts_with([' ', '#', ']'])
        {
            assert!(lines[index - 1].starts_with('#'), "no comment above `{line}`");
        }
    }
}
