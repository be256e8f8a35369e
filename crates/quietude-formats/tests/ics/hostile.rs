//! Hostile input: an error that names the line, or an answer, in bounded time and memory.

#![allow(clippy::disallowed_methods, reason = "the tests measure how long an import takes")]

use std::time::Instant;

use quietude_formats::ImportOptions;

use crate::helpers::{Random, calendar, event, notes, try_import, zone};

const SAMPLES: [&str; 8] = [
    include_str!("../data/ics/samples/google.ics"),
    include_str!("../data/ics/samples/outlook.ics"),
    include_str!("../data/ics/samples/exchange.ics"),
    include_str!("../data/ics/samples/apple.ics"),
    include_str!("../data/ics/samples/evolution.ics"),
    include_str!("../data/ics/samples/odd.ics"),
    include_str!("../data/ics/samples/holidays.ics"),
    include_str!("../data/ics/rfc5545.ics"),
];

fn options(random: &mut Random) -> ImportOptions {
    let options = match random.below(2) {
        0 => ImportOptions::new(),
        _ => ImportOptions::new().timezone(zone("Europe/Berlin")),
    };
    if random.below(4) == 0 { options.calendar("c") } else { options }
}

/// A text with a few lines or characters changed.
fn mutated(random: &mut Random) -> String {
    let text = *random.one(&SAMPLES);
    let mut lines: Vec<String> = text.lines().take(120).map(str::to_owned).collect();
    for _ in 0..1 + random.below(4) {
        let at = random.below(lines.len() as u64) as usize;
        let other = lines[random.below(lines.len() as u64) as usize].clone();
        match random.below(7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, other),
            2 => lines[at] = other,
            3 => {
                let cut = random.below(lines[at].chars().count() as u64 + 1) as usize;
                lines[at] = lines[at].chars().take(cut).collect();
            }
            4 => {
                let digits = *random
                    .one(&["0", "9", "99999999", "-1", "T", "Z", ";", ",", ":", "\"", "\u{e9}"]);
                let place = random.below(lines[at].chars().count() as u64 + 1) as usize;
                let (a, b): (String, String) = (
                    lines[at].chars().take(place).collect(),
                    lines[at].chars().skip(place).collect(),
                );
                lines[at] = format!("{a}{digits}{b}");
            }
            5 => {
                let (a, b) = *random.one(&[
                    ("2026", "9999"),
                    ("2026", "0001"),
                    ("WEEKLY", "SECONDLY"),
                    ("COUNT=", "COUNT=9999"),
                    ("T", ""),
                    ("Europe", "Mars"),
                    ("+0", "-0"),
                    ("DTEND", "DURATION"),
                    ("RRULE", "EXRULE"),
                    ("EXDATE", "RDATE"),
                    ("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE"),
                    ("DTSTART", "RECURRENCE-ID"),
                ]);
                lines[at] = lines[at].replace(a, b);
            }
            _ => lines.truncate(at.max(1)),
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

#[test]
fn hostile_mutated_files_error_or_answer() {
    let mut random = Random(7);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let text = mutated(&mut random);
        let begun = Instant::now();
        match try_import(&text, &options(&mut random)) {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                let place = error.place();
                assert!(place.line.is_some() || !place.path.is_empty(), "{error}\n{text}");
                assert!(error.to_string().len() < 1_000, "{error}");
            }
        }
        assert!(begun.elapsed().as_secs() < 5, "{text}");
    }
    assert!(read > 500 && refused > 500, "{read} {refused}");
}

fn assert_quick(what: &str, text: &str, expected: &str) {
    let begun = Instant::now();
    let options = ImportOptions::new().timezone(zone("UTC"));
    let result = match try_import(text, &options) {
        Ok(imported) => {
            format!("{} windows; {}", imported.document.registry.len(), notes(&imported).join("; "))
        }
        Err(error) => error.to_string(),
    };
    let seconds = begun.elapsed().as_secs();
    assert!(result.contains(expected), "{what}: {}", &result[..result.len().min(500)]);
    assert!(seconds < 20, "{what}: {seconds} s");
}

#[test]
fn hostile_shapes_are_bounded() {
    let rule = "DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MINUTELY";
    let many = |count: usize| -> String {
        let times = (0..count).map(|n| {
            format!(
                "2026{:02}{:02}T{:02}{:02}00Z",
                n / 40_320 + 1,
                n / 1440 % 28 + 1,
                n / 60 % 24,
                n % 60
            )
        });
        times.collect::<Vec<_>>().join(",")
    };
    assert_quick(
        "100,000 EXDATE",
        &event(&format!("{rule}\nEXDATE:{}", many(100_000))),
        "bytes are more than 65536",
    );
    assert_quick(
        "100,000 EXDATE lines",
        &event(&format!("{rule}\nEXDATE:{}", many(100_000).replace(',', "\nEXDATE:"))),
        "bytes are more than 65536",
    );
    assert_quick("3,000 EXDATE", &event(&format!("{rule}\nEXDATE:{}", many(3_000))), "1 windows");
    assert_quick(
        "100,000 RDATE",
        &event(&format!("DTSTART:20260101T000000Z\nDURATION:PT1H\nRDATE:{}", many(100_000))),
        "bytes are more than 65536",
    );
    assert_quick("endless", &event(rule), "1 windows");
    assert_quick(
        "endless EXRULE",
        &event(&format!("{rule};COUNT=4000000\nEXRULE:FREQ=MINUTELY")),
        "excludes more than 5000 instances",
    );
    assert_quick(
        "nested",
        &format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(500_000)),
        "line 17: more than 16 components are nested",
    );
    assert_quick(
        "COUNT",
        &event(&format!("{rule};COUNT=4000000000")),
        "COUNT of all events is more than 100,000,000",
    );
    assert_quick(
        "many rules",
        &event(&format!("{rule}{}", "\nRRULE:FREQ=DAILY".repeat(20_000))),
        "more than 50 rules",
    );
    let zone = |rules: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:19700101T000000\n{rules}\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\n\
         BEGIN:DAYLIGHT\nDTSTART:19700101T000000\n{rules}\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        )
    };
    let zoned = "BEGIN:VEVENT\nUID:e\nDTSTART;TZID=Z:20260101T000000\nDURATION:PT1H\nEND:VEVENT";
    assert_quick(
        "VTIMEZONE by the second",
        &calendar(&format!("{}{zoned}", zone("RRULE:FREQ=SECONDLY"))),
        "has more than 2000 changes",
    );
    assert_quick(
        "VTIMEZONE with RDATE",
        &calendar(&format!("{}{zoned}", zone(&format!("RDATE:{}", many(50_000))))),
        "has more than 2000 changes",
    );
    assert_quick(
        "VTIMEZONE never",
        &calendar(&format!("{}{zoned}", zone("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))),
        "windows",
    );
    let zones: String = (0..3_000)
        .map(|n| zone("RRULE:FREQ=YEARLY;BYMONTH=3").replace("TZID:Z", &format!("TZID:Z{n}")))
        .collect();
    let events: String = (0..3_000)
        .map(|n| {
            zoned.replace("=Z:", &format!("=Z{n}:")).replace("UID:e", &format!("UID:{n}")) + "\n"
        })
        .collect();
    assert_quick(
        "3,000 VTIMEZONE",
        &calendar(&format!("{zones}{events}")),
        "more than 2000 zones are in the file",
    );
    let many_zones: String =
        (0..50_000).map(|n| zoned.replace("=Z:", &format!("=Europe/{n}:")) + "\n").collect();
    assert_quick("50,000 names", &calendar(&many_zones), "more than 2000 zones are in the file");
    assert_quick(
        "slashes",
        &calendar(&zoned.replace("=Z:", &format!("={}:", "/Europe".repeat(300_000)))),
        "is neither a zone",
    );
    assert_quick(
        "long line",
        &event(&format!("SUMMARY:{}\n{rule}", "x".repeat(5_000_000))),
        "1 windows",
    );
    assert_quick(
        "folds",
        &event(&format!("SUMMARY:{}\n{rule}", "\n x".repeat(500_000))),
        "1 windows",
    );
    assert_quick(
        "parameters",
        &event(&format!("{rule}\nEXDATE{}:20260101T000000Z", ";X=1".repeat(500_000))),
        "1 windows",
    );
    assert_quick(
        "long UID",
        &event(&format!("{rule}\nX-A:1")).replace("UID:e", &format!("UID:{}", "u".repeat(100_000))),
        "the event is left out",
    );
    let names: String = (0..100_000).map(|n| format!("X-{n}:1\n")).collect();
    assert_quick(
        "names",
        &event(&format!("{rule}\n{names}DESCRIPTION:x")),
        "VCALENDAR: other: is not kept (events: 9",
    );
    let replaced: String = (0..20_000)
        .map(|n| format!("BEGIN:VEVENT\nUID:e\nRECURRENCE-ID:202601{:02}T{:02}{:02}00Z\nDTSTART:20260201T000000Z\nDURATION:PT1H\nEND:VEVENT\n", n / 1440 + 1, n / 60 % 24, n % 60))
        .collect();
    assert_quick(
        "20,000 replacements",
        &calendar(&format!("BEGIN:VEVENT\nUID:e\n{rule}\nEND:VEVENT\n{replaced}")),
        "bytes are more than 65536",
    );
}

/// A calendar of 50 MB is read.
#[test]
fn hostile_50_megabytes_is_read() {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
    let mut count = 0;
    while text.len() < 50_000_000 {
        let day = count % 28 + 1;
        text += &format!(
            "BEGIN:VEVENT\r\nUID:{count}@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;TZID=Europe/Berlin:202601{day:02}T100000\r\nDTEND;TZID=Europe/Berlin:202601{day:02}T110000\r\n\
             RRULE:FREQ=WEEKLY;BYDAY=MO\r\nSUMMARY:event {count}\r\nEND:VEVENT\r\n"
        );
        count += 1;
    }
    text += "END:VCALENDAR\r\n";
    let begun = Instant::now();
    let imported = quietude_formats::Format::Ics.import(&text, &ImportOptions::new()).unwrap();
    assert_eq!(imported.document.registry.len(), count);
    assert!(begun.elapsed().as_secs() < 120);
}
