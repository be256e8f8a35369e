//! Files as calendars write them: the same occurrences as another reader finds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quietude::{Interval, Window};
use quietude_formats::ImportOptions;

use crate::helpers::{Imported, at, notes, occurrences, try_import, within, zone};

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ics/samples");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn imported(name: &str, timezone: &str) -> Imported {
    let options = ImportOptions::new().timezone(zone(timezone));
    try_import(&sample(&format!("{name}.ics")), &options).unwrap()
}

fn decade() -> Interval {
    within("2024-01-01T00:00:00Z", "2034-01-01T00:00:00Z")
}

fn found(window: &Window) -> Vec<(i64, i64)> {
    let found = window.schedule().occurrences(decade());
    found.map(|o| (o.start().as_millis() / 1000, o.end().as_millis() / 1000)).collect()
}

/// Asserts that the windows have the occurrences of the table, and no others.
fn assert_table(name: &str, timezone: &str) -> Imported {
    let imported = imported(name, timezone);
    let mut expected: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for row in sample(&format!("{name}.tsv")).lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let interval = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
        expected.entry(fields[0].to_owned()).or_default().push(interval);
    }
    let windows = imported.document.registry.iter();
    let found: BTreeMap<String, Vec<(i64, i64)>> =
        windows.map(|window| (window.id().to_string(), found(window))).collect();
    for (id, intervals) in &mut expected {
        intervals.sort_unstable();
        assert_eq!(found.get(id), Some(&*intervals), "{name} {id} {:?}", notes(&imported));
    }
    assert_eq!(found.len(), expected.len());
    imported
}

#[test]
fn sample_google() {
    let imported = assert_table("google", "Europe/Paris");
    let backup = imported.document.registry.get("2kq9v4p3s8b0c1d2e3f4g5h6i7@google.com").unwrap();
    assert_eq!(backup.name(), Some("Backup, weekly"));
    assert_eq!(backup.tags()["location"], "Paris, rack 7");
    assert!(backup.tags()["description"].starts_with("Backup of all databases.\nSee <a"));
    assert_eq!(
        notes(&imported),
        [
            "VCALENDAR: TRANSP: TRANSPARENT is not kept (events: 1)",
            "VCALENDAR: VALARM: is not kept (components: 1)"
        ]
    );
}

#[test]
fn sample_outlook() {
    let imported = assert_table("outlook", "Europe/Berlin");
    let json = imported.document.to_json();
    assert!(json.contains("Europe/Berlin") && !json.contains("Standard Time"), "{json}");
}

#[test]
fn sample_exchange_zones_by_their_rules() {
    let imported = assert_table("exchange", "Europe/Berlin");
    let text = notes(&imported).join("\n");
    assert!(text.contains("its rules are those of America/New_York"), "{text}");
    assert!(
        text.contains("its rules are those of Asia/Calcutta") || text.contains("Asia/Kolkata"),
        "{text}"
    );
}

#[test]
fn sample_apple() {
    let _ = assert_table("apple", "America/New_York");
}

#[test]
fn sample_changes_of_all_later_instances() {
    let imported = assert_table("future", "Europe/Berlin");
    assert!(imported.notes.is_empty(), "{:?}", notes(&imported));
}

#[test]
fn sample_evolution_prefixed_zone() {
    let imported = assert_table("evolution", "UTC");
    assert!(imported.document.to_json().contains("TZID=Europe/Berlin"));
}

#[test]
fn sample_holidays_as_named_schedule() {
    let options = ImportOptions::new().timezone(zone("Europe/Berlin")).calendar("holidays-de");
    let imported = try_import(&sample("holidays.ics"), &options).unwrap();
    let document = imported.document;
    assert!(document.registry.is_empty());
    assert_eq!((document.schedules.len(), document.calendars.len()), (1, 1));
    let (name, schedule) = &document.schedules[0];
    assert_eq!(name, "holidays-de");
    for (day, holiday) in
        [("2026-04-03", true), ("2026-04-04", false), ("2026-12-26", true), ("2026-12-27", false)]
    {
        assert_eq!(schedule.contains(at(&format!("{day}T10:00:00Z"))), holiday, "{day}");
        assert_eq!(document.calendars[0].1.contains(day.parse().unwrap()), holiday, "{day}");
    }
    let days = schedule.occurrences(decade()).count();
    assert_eq!(days, 4);
}

#[test]
fn sample_odd_is_read() {
    let imported = imported("odd", "Europe/Berlin");
    let of = |id: &str| {
        let window = imported.document.registry.get(id).unwrap();
        window.schedule().occurrences(decade()).map(|o| o.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("iphone-until").len(), 12);
    assert_eq!(of("trailing-comma").len(), 3);
    assert_eq!(of("zone-beside-z"), ["2026-08-12T14:00:00Z/2026-08-12T19:00:00Z"]);
    assert_eq!(of("date-without-value"), ["2026-08-12T22:00:00Z/2026-08-13T22:00:00Z"]);
    assert_eq!(of("floating"), ["2026-08-14T20:00:00Z/2026-08-14T21:30:00Z"]);
    assert_eq!(of("exdate-of-the-day").len(), 3);
    assert_eq!(
        notes(&imported),
        [
            "VEVENT \"iphone-until\" (line 6): RRULE.UNTIL: 20260330T200000 must be in UTC beside this \
          DTSTART (RFC 5545, 3.3.10); it is read as 20260330T180000Z"
        ]
    );
    let _ = occurrences;
}
