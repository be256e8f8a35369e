//! Two readers of other authors understand an export alike over ten years: icalendar with
//! recurring-ical-events (Python, dateutil), and ical.js (the reader of Thunderbird).
//!
//! Digests of their answers are kept in `tests/data/ics/readers`. The test that installs them
//! (from PyPI and npm, into `target`) and compares each interval is ignored by default; with
//! `QUIETUDE_RENEW_READERS=1` it writes the digests again:
//!
//! ```console
//! cargo test -p quietude-formats --test ics readers -- --include-ignored
//! ```

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test runs other programs, and says when it cannot"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use quietude::{Document, Interval};

use crate::helpers::{export, within};

/// Ten years.
fn horizon() -> Interval {
    within("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ics/readers")
}

/// Windows that meet changes of the clocks.
fn document() -> Document {
    let text = fs::read_to_string(folder().join("windows.json")).unwrap();
    Document::from_json(&text).unwrap()
}

type Intervals = BTreeMap<String, Vec<(i64, i64)>>;

/// The union of the intervals of each window, in seconds, as far as it is in the horizon.
fn union(rows: impl IntoIterator<Item = (String, i64, i64)>) -> Intervals {
    let mut by_id = Intervals::new();
    let bound = |t: quietude::Timestamp| t.as_millis() / 1000;
    let (start, end) = (bound(horizon().start()), bound(horizon().end()));
    for (id, from, to) in rows {
        let (from, to) = (from.max(start), to.min(end));
        if from < to {
            by_id.entry(id).or_default().push((from, to));
        }
    }
    for intervals in by_id.values_mut() {
        intervals.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in intervals.drain(..) {
            match merged.last_mut() {
                Some((_, last)) if from <= *last => *last = to.max(*last),
                _ => merged.push((from, to)),
            }
        }
        *intervals = merged;
    }
    by_id
}

fn of_windows(document: &Document) -> Intervals {
    union(document.registry.iter().flat_map(|window| {
        let id = window.id().as_str().to_owned();
        let first = window.occurrence_at(horizon().start());
        let first = first.or_else(|| window.next_occurrence(horizon().start()));
        let found = std::iter::successors(first, |found| window.next_occurrence(found.start()));
        let found = found.take_while(|found| found.start() < horizon().end());
        let bound = |t: quietude::Timestamp| t.as_millis() / 1000;
        found
            .map(|found| (id.clone(), bound(found.start()), bound(found.end())))
            .collect::<Vec<_>>()
    }))
}

fn of_text(text: &str) -> Intervals {
    union(text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[0].to_owned(), fields[1].parse().unwrap(), fields[2].parse().unwrap())
    }))
}

fn assert_same(reader: &str, read: &Intervals, expected: &Intervals) {
    for (id, intervals) in expected {
        let read = read.get(id).map_or(&[][..], Vec::as_slice);
        let missing: Vec<_> = intervals.iter().filter(|i| !read.contains(i)).take(3).collect();
        let extra: Vec<_> = read.iter().filter(|i| !intervals.contains(i)).take(3).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{reader} {id}: -{missing:?} +{extra:?}");
    }
    assert_eq!(read.len(), expected.len(), "{reader}");
}

/// A line for each window: how many intervals, the first, the last, and a hash (FNV-1a) of
/// all.
fn digest(intervals: &Intervals) -> String {
    let line = |(id, intervals): (&String, &Vec<(i64, i64)>)| {
        let bytes = intervals.iter().flat_map(|(from, to)| [from.to_le_bytes(), to.to_le_bytes()]);
        let hash = bytes.flatten().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let (first, last) = (intervals[0], intervals[intervals.len() - 1]);
        format!("{id}\t{}\t{first:?}\t{last:?}\t{hash:016x}\n", intervals.len())
    };
    intervals.iter().map(line).collect()
}

#[test]
fn readers_kept_answers_are_the_windows() {
    let document = document();
    let expected = of_windows(&document);
    assert!(expected.len() == document.registry.len() && expected.len() >= 20);
    let exported = export(&document, horizon());
    assert!(exported.notes.is_empty(), "{:?}", exported.notes);
    let kept = fs::read_to_string(folder().join("export.ics")).unwrap();
    assert!(exported.text == kept, "the export changed: ask the readers again");
    for reader in ["python", "ical.js"] {
        let kept = fs::read_to_string(folder().join(format!("{reader}.tsv"))).unwrap();
        assert_eq!(digest(&expected), kept, "{reader}");
    }
}

/// Runs a command; its output, or why there is none.
fn run(
    program: impl AsRef<std::ffi::OsStr>,
    arguments: &[&str],
    in_folder: &Path,
) -> Result<String, String> {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(in_folder).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Installs a reader; the program that runs its script, and the folder to run it in.
fn install(reader: &str) -> Result<(PathBuf, PathBuf), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ics-{reader}"));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    if reader == "python" {
        let python = folder.join("venv/bin/python");
        if !python.exists() {
            run("python3", &["-m", "venv", "venv"], &folder)?;
        }
        let packages = ["icalendar==7.3.2", "recurring-ical-events==3.8.2", "tzdata"];
        let arguments = [&["-m", "pip", "install", "-q"], &packages[..]].concat();
        run(&python, &arguments, &folder)?;
        return Ok((python, folder));
    }
    run("npm", &["install", "--no-audit", "--no-fund", "ical.js@2.2.1"], &folder)?;
    Ok((PathBuf::from("node"), folder))
}

#[test]
#[ignore = "installs packages of PyPI and npm"]
fn readers_installed_agree() {
    let document = document();
    let expected = of_windows(&document);
    let exported = export(&document, horizon());
    let renew = std::env::var_os("QUIETUDE_RENEW_READERS").is_some();
    if renew {
        fs::write(folder().join("export.ics"), &exported.text).unwrap();
    }
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ics/readers");
    for (reader, script) in [("python", "read.py"), ("ical.js", "read.mjs")] {
        let (program, in_folder) = match install(reader) {
            Ok(installed) => installed,
            Err(why) => {
                eprintln!("{reader} is skipped, because it cannot be installed: {why}");
                continue;
            }
        };
        let calendar = in_folder.join("export.ics");
        fs::write(&calendar, &exported.text).unwrap();
        // Modules of node are found from the folder of the script.
        let own = in_folder.join(script);
        fs::copy(scripts.join(script), &own).unwrap();
        let bound = |t: quietude::Timestamp| (t.as_millis() / 1000).to_string();
        let (from, to) = (bound(horizon().start()), bound(horizon().end()));
        let paths = (own.to_str().unwrap(), calendar.to_str().unwrap());
        let answers = run(program, &[paths.0, paths.1, &from, &to], &in_folder).unwrap();
        let read = of_text(&answers);
        assert_same(reader, &read, &expected);
        if renew {
            fs::write(folder().join(format!("{reader}.tsv")), digest(&read)).unwrap();
        }
    }
}
