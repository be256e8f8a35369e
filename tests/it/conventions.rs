//! Rules for the sources that the compiler does not check.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The maximum number of lines of a file.
const MAX_LINES: usize = 700;

/// The layers that each layer may use, besides itself.
const LAYERS: [(&str, &str); 17] = [
    ("error", ""),
    ("limits", "error"),
    ("trie", ""),
    ("similar", ""),
    ("time", "limits error similar"),
    ("interval_set", "limits error time"),
    ("schedule", "limits error time"),
    ("scope", "limits error time trie"),
    ("window", "limits error time schedule scope"),
    ("registry", "limits error time trie schedule scope window"),
    ("index", "limits error time trie interval_set schedule scope window registry"),
    ("silencer", "limits error time trie schedule scope window registry index"),
    ("engine", "error time scope window registry silencer"),
    ("lint", "limits error similar time schedule scope window registry silencer"),
    ("json", "limits error similar time schedule scope window registry"),
    ("journal", "limits error time scope window registry json"),
    ("vendors", "limits error time schedule scope window registry json"),
];

/// Helpers of the unit tests, which every layer may use.
const TESTING: &str = "testing";

/// Not allowed in the library: clocks, the host, output, unfinished code.
const BANNED: [&str; 12] = [
    "SystemTime::now",
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

/// The entries of the repository root, except those that start with a dot.
const TOP_LEVEL: [&str; 15] = [
    "Cargo.lock",
    "Cargo.toml",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "clippy.toml",
    "crates",
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

fn all_files() -> impl Iterator<Item = (PathBuf, String)> {
    ["src", "tests", "benches", "crates", "examples", "fuzz"].into_iter().flat_map(files)
}

/// The layer of a file: `time` for `src/time/zone.rs`, `window` for `src/window.rs`.
fn layer_of(path: &Path) -> String {
    let first = path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a file names after `crate::`, in `use` lines or in code. Comments are
/// skipped.
fn uses(text: &str) -> BTreeSet<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[test]
fn layers_import_only_lower_layers() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let layer = layer_of(&path);
        if ["lib", "docs", TESTING].contains(&layer.as_str()) {
            continue;
        }
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: `{layer}` is not a layer", path.display()));
            continue;
        };
        let allowed = |used: &str| {
            used == layer || used == TESTING || below.split(' ').any(|name| name == used)
        };
        for used in uses(&text).into_iter().filter(|used| !allowed(used)) {
            // A grouped import would hide its names from this test, so it is an error.
            wrong.push(format!("{}: uses crate::{used}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn layer_scanner_finds_imports() {
    let text = "use crate::time::{A, B};\n// use crate::index::C;\nlet x = crate::json::Value;";
    assert_eq!(uses(text), BTreeSet::from(["json", "time"]));
    assert_eq!(uses("use crate::{time, index};"), BTreeSet::from([""]));
    assert_eq!(layer_of(Path::new("src/time/zone.rs")), "time");
    assert_eq!(layer_of(Path::new("src/window.rs")), "window");
    assert!(files("src").len() > 20);
}

/// The module path of a file: `src/time/zone/mod.rs` is `time::zone`.
fn module_of(path: &Path) -> Vec<String> {
    let components = path.components().skip(1);
    let mut names: Vec<String> = components
        .map(|component| component.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned())
        .collect();
    names.pop_if(|name| name == "mod" || name == "lib");
    names
}

/// The code of a file without comments, and without the inline test module at its end.
fn code_of(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let code = std::iter::from_fn(|| {
        let line = lines.next()?;
        let is_tests = |next: &&str| next.contains("mod tests") && next.ends_with('{');
        (line != "#[cfg(test)]" || !lines.peek().is_some_and(is_tests)).then_some(line)
    });
    let code = code.filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Appends the paths of a use tree to `found`, each below `prefix`, and returns the
/// text after the tree.
fn use_tree<'a>(mut text: &'a str, prefix: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = prefix.to_vec();
    loop {
        text = text.trim_start();
        if let Some(group) = text.strip_prefix('{') {
            text = group;
            while !text.is_empty() && !text.starts_with('}') {
                text =
                    use_tree(text, &path, found).trim_start().trim_start_matches(',').trim_start();
            }
            return text.strip_prefix('}').unwrap_or(text);
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        if end == 0 {
            // Such as `*`, which is not used in this crate.
            return text.get(1..).unwrap_or("");
        }
        match &text[..end] {
            "self" => {}
            "super" => drop(path.pop()),
            name => path.push(name.to_owned()),
        }
        text = &text[end..];
        match text.strip_prefix("::") {
            Some(rest) => text = rest,
            None => {
                found.push(path);
                // The new name of an import does not matter.
                return text.split_once([',', '}', ';']).map_or("", |(skipped, _)| {
                    &text[if skipped.trim_start().starts_with("as ") { skipped.len() } else { 0 }..]
                });
            }
        }
    }
}

/// The module paths that the code of a module refers to by `crate::`, `super::` and
/// `self::`.
fn paths_in(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let starts = ["crate::", "super::", "self::"];
    let mut rest = code;
    while let Some(at) = starts.iter().filter_map(|start| rest.find(start)).min() {
        let is_path_start =
            !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let text = &rest[at..];
        rest = &text[5..];
        if is_path_start {
            match text.strip_prefix("crate::") {
                Some(text) => use_tree(text, &[], &mut found),
                None => use_tree(text, module, &mut found),
            };
        }
    }
    found
}

/// Pairs of modules in one folder, `folder::user` and `folder::used`.
type Edges = BTreeSet<(Vec<String>, String, String)>;

/// The imports between sibling modules.
fn sibling_edges(files: &[(PathBuf, String)]) -> Edges {
    let is_test = |path: &Path| path.iter().any(|name| name.to_str().unwrap().contains("tests"));
    let sources = files.iter().filter(|(path, _)| !is_test(path));
    let modules: Vec<(Vec<String>, String)> =
        sources.map(|(path, text)| (module_of(path), code_of(text))).collect();
    let known: BTreeSet<&[String]> = modules.iter().map(|(module, _)| &**module).collect();
    let mut edges = Edges::new();
    for (module, code) in &modules {
        for used in paths_in(code, module) {
            let common = module.iter().zip(&used).take_while(|(a, b)| a == b).count();
            if common < module.len() && common < used.len() && known.contains(&used[..=common]) {
                let (user, used) = (module[common].clone(), used[common].clone());
                edges.insert((module[..common].to_vec(), user, used));
            }
        }
    }
    edges
}

/// Whether `to` can be reached from `from` by the edges of one folder.
fn reaches(edges: &Edges, folder: &[String], from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(here) = open.pop() {
        let next = edges.iter().filter(|(place, user, _)| place == folder && user == here);
        for (_, _, used) in next {
            if used == to {
                return true;
            }
            if seen.insert(used) {
                open.push(used);
            }
        }
    }
    false
}

#[test]
fn sibling_modules_have_no_import_cycle() {
    let edges = sibling_edges(&files("src"));
    let cyclic: Vec<String> = edges
        .iter()
        .filter(|(folder, user, used)| reaches(&edges, folder, used, user))
        .map(|(folder, user, used)| format!("{}: {user} uses {used}", folder.join("::")))
        .collect();
    assert!(cyclic.is_empty(), "import cycles between siblings:\n{}", cyclic.join("\n"));
}

#[test]
fn cycle_scanner_finds_imports() {
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let names = |files: &[(PathBuf, String)]| -> Vec<String> {
        let edges = sibling_edges(files).into_iter();
        edges.map(|(folder, user, used)| format!("{}:{user}>{used}", folder.join("::"))).collect()
    };
    let found = names(&[
        file("src/a/mod.rs", "mod b; mod c; mod d;\nuse b::X;"),
        file("src/a/b.rs", "use crate::a::{Own, c::{self, Y}};\n// use crate::a::d;"),
        file(
            "src/a/c.rs",
            "use super::b::X as Z;\n#[cfg(test)]\nmod tests {\n use super::super::d; }",
        ),
        file("src/a/d/mod.rs", "fn f() -> crate::e::E { super::c::g() }"),
        file("src/a/d/h.rs", "use super::super::b::X;\nuse self::i::J;"),
        file("src/a/d/tests.rs", "use crate::e::E;"),
        file("src/e.rs", ""),
    ]);
    assert_eq!(found, [":a>e", "a:b>c", "a:c>b", "a:d>b", "a:d>c"]);
    let edges = sibling_edges(&files("src"));
    let time = vec!["time".to_owned()];
    assert!(edges.contains(&(time.clone(), "zone".to_owned(), "civil".to_owned())));
    assert!(!reaches(&edges, &time, "civil", "zone") && edges.len() > 50);
}

#[test]
fn src_no_clock_host_output_or_unsafe() {
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
fn crate_forbids_unsafe_code() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(text.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn files_begin_with_module_doc() {
    let undocumented: Vec<_> = all_files()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(undocumented.is_empty(), "no `//!` on the first line:\n{}", undocumented.join("\n"));
}

#[test]
fn file_length_limit() {
    let long: Vec<_> = all_files()
        .map(|(path, text)| (path.display().to_string(), text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "more than {MAX_LINES} lines: {long:?}");
}

#[test]
fn top_level_entries_known() {
    let unknown: Vec<_> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn dependencies_and_features_have_comment() {
    let manifests = [
        "Cargo.toml",
        "crates/quietude-cli/Cargo.toml",
        "crates/quietude-formats/Cargo.toml",
        "crates/quietude-python/Cargo.toml",
    ];
    for path in manifests {
        let manifest = fs::read_to_string(root().join(path)).unwrap();
        let lines: Vec<&str> = manifest.lines().collect();
        let mut section = "";
        for (index, line) in lines.iter().enumerate() {
            if line.starts_with('[') {
                section = line;
            } else if matches!(section, "[features]" | "[dependencies]" | "[dev-dependencies]")
                && line.contains('=')
                && !line.starts_with([' ', '#', ']'])
            {
                assert!(lines[index - 1].starts_with('#'), "{path}: no comment above `{line}`");
            }
        }
    }
}
