//! Tables of others: the examples of RFC 5545, and what ten libraries expect.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quietude::{Interval, Timestamp, Window};

use crate::helpers::{Imported, import};

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ics");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A row of a table: the range of starts, in seconds, and all starts in it.
struct Row {
    first: i64,
    last: i64,
    starts: Vec<i64>,
}

fn rows(name: &str) -> BTreeMap<String, Row> {
    let text = read(name);
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let starts = fields[3].split(',').map(|start| start.parse().unwrap()).collect();
        let row =
            Row { first: fields[1].parse().unwrap(), last: fields[2].parse().unwrap(), starts };
        (fields[0].to_owned(), row)
    });
    rows.collect()
}

fn seconds(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1000).unwrap_or(Timestamp::END)
}

fn starts(window: &Window, row: &Row) -> Vec<i64> {
    let within = Interval::new(seconds(row.first), seconds(row.last + 1)).unwrap();
    let found = window.schedule().occurrences(within);
    let found = found.take(row.starts.len() + 5).map(|found| found.start().as_millis() / 1000);
    found.filter(|start| *start >= row.first).collect()
}

fn assert_table(imported: &Imported, rows: &BTreeMap<String, Row>) {
    let mut wrong = Vec::new();
    for (uid, row) in rows {
        match imported.document.registry.get(uid) {
            None => wrong.push(format!("{uid}: left out")),
            Some(window) => {
                let found = starts(window, row);
                if found != row.starts {
                    wrong.push(format!("{uid}: {found:?}, not {:?}", row.starts));
                }
            }
        }
    }
    let notes: Vec<_> = imported.notes.iter().map(ToString::to_string).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {:#?}\n{notes:#?}",
        wrong.len(),
        rows.len(),
        &wrong[..wrong.len().min(9)]
    );
}

#[test]
fn import_rfc5545_examples() {
    let (imported, rows) = (import(&read("rfc5545.ics")), rows("rfc5545.tsv"));
    assert!(rows.len() >= 35);
    assert_table(&imported, &rows);
}

#[test]
fn import_vectors_of_ten_libraries() {
    let (imported, rows) = (import(&read("vectors.ics")), rows("vectors.tsv"));
    assert!(rows.len() >= 900);
    assert_table(&imported, &rows);
}

#[test]
fn import_recurrences_of_systems() {
    let imported = import(&read("systems.ics"));
    let mut count = 0;
    for row in read("systems.tsv").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let window = imported.document.registry.get(fields[0]).unwrap();
        let at = Timestamp::from_millis(fields[1].parse().unwrap()).unwrap();
        assert_eq!(window.is_active(at), fields[2] == "1", "{} {at}", fields[0]);
        count += 1;
    }
    assert!(count >= 50, "{count}");
}
