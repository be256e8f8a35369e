//! A calendar is read or rejected. What is read is a document, and its export is read again
//! and means the same.

use quietude::{Document, Interval};
use quietude_formats::{ExportOptions, Format, ImportOptions};

use crate::choices::Choices;
use crate::clock::{DAY, HOUR, clamped};
use crate::text_or_bytes;

/// 2026-01-01, in milliseconds.
const BEGIN: i64 = 1_767_225_600_000;

/// The bytes as a text, or a calendar made of choices.
pub fn ics(data: &[u8]) -> bool {
    let text = text_or_bytes(data).unwrap_or_else(|| calendar(&mut Choices::new(data)));
    let options = ImportOptions::new().timezone(chrono_tz::Europe::Berlin);
    let imported = match Format::Ics.import(&text, &options) {
        Ok(imported) => imported,
        Err(error) => {
            assert!(error.place().line.is_some(), "{error}");
            return false;
        }
    };
    let json = imported.document.to_json();
    let again = Document::from_json(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
    assert!(imported.document.registry.iter().eq(again.registry.iter()), "{json}");
    for note in &imported.notes {
        assert!(!note.message.is_empty() && !note.item.is_empty());
    }
    // As one schedule: an error, or a schedule that is active when a window is.
    if let Ok(one) = Format::Ics.import(&text, &options.calendar("c")) {
        let schedule = &one.document.schedules[0].1;
        for hour in 0..200 {
            let t = clamped(BEGIN + hour * 37 * HOUR);
            let is_active = again.registry.iter().any(|window| window.is_active(t));
            assert_eq!(schedule.contains(t), is_active, "{t} {json}");
        }
    }
    check_export(&again);
    !again.registry.is_empty()
}

/// An export for 60 days means the same in them.
fn check_export(document: &Document) {
    let within = Interval::new(clamped(BEGIN + 60 * DAY), clamped(BEGIN + 120 * DAY));
    let within = within.expect("an interval");
    let Ok(exported) = Format::Ics.export(document, &ExportOptions::new().within(within)) else {
        return;
    };
    if !exported.notes.is_empty() {
        return;
    }
    let read = Format::Ics.import(&exported.text, &ImportOptions::new());
    let read = read.unwrap_or_else(|error| panic!("{error}\n{}", exported.text)).document;
    for window in document.registry.iter() {
        let same = read.registry.get(window.id());
        let mut instants: Vec<i64> =
            (0..60).map(|n| BEGIN + (60 * 24 + n * 24 + n) * HOUR).collect();
        for found in window.schedule().occurrences(within).take(100) {
            instants.extend([found.start(), found.end()].map(|t| t.as_millis()));
        }
        for t in instants.iter().flat_map(|t| [t - 1, *t]).map(clamped) {
            if within.contains(t) {
                let is_active = same.is_some_and(|window| window.is_active(t));
                assert_eq!(
                    window.is_active(t),
                    is_active,
                    "{t} {}\n{}",
                    window.id(),
                    exported.text
                );
            }
        }
    }
}

/// A time of the first months of 2026, often at a change of the clocks.
fn time(s: &mut Choices<'_>) -> String {
    let (month, day) =
        s.pick(&[(1, 5), (2, 28), (3, 8), (3, 28), (3, 29), (3, 30), (4, 1), (10, 25)]);
    let (hour, minute) = (s.below(24), s.pick(&[0, 30, 15, 59]));
    format!("2026{month:02}{day:02}T{hour:02}{minute:02}00")
}

/// `DTSTART;TZID=..:..` and the like.
fn property(s: &mut Choices<'_>, name: &str, form: usize) -> String {
    let zone = s.pick(&[
        "Europe/Berlin",
        "America/New_York",
        "\"W. Europe Standard Time\"",
        "/citadel.org/1/Asia/Tokyo",
        "Own",
    ]);
    let time = time(s);
    match form {
        0 => format!("{name};TZID={zone}:{time}"),
        1 => format!("{name}:{time}Z"),
        2 => format!("{name};VALUE=DATE:{}", &time[..8]),
        _ => format!("{name}:{time}"),
    }
}

fn event(s: &mut Choices<'_>, uid: usize) -> String {
    let form = s.below(4);
    let mut lines = vec!["BEGIN:VEVENT".to_owned(), format!("UID:{uid}")];
    lines.push(property(s, "DTSTART", form));
    match s.below(6) {
        0 => lines.push("DURATION:PT2H".to_owned()),
        1 => lines.push("DURATION:P1D".to_owned()),
        2 => lines.push("DURATION:P1DT30M".to_owned()),
        3 => lines.push(property(s, "DTEND", form)),
        _ => {}
    }
    if s.once_in(2) {
        let rule = s.pick(&[
            "FREQ=DAILY",
            "FREQ=WEEKLY;BYDAY=MO,SU",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260601",
            "FREQ=MONTHLY;BYDAY=-1SU;COUNT=5",
            "FREQ=DAILY;COUNT=40;BYHOUR=2,3",
            "FREQ=HOURLY;INTERVAL=7;COUNT=90",
            "FREQ=DAILY;UNTIL=20260501T000000Z",
        ]);
        lines.push(format!("RRULE:{rule}"));
    }
    for name in ["EXDATE", "RDATE", "RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE"] {
        if s.once_in(5) {
            let form = if s.once_in(3) { s.below(4) } else { form };
            lines.push(property(s, name, form));
        }
    }
    if s.once_in(8) {
        let line = s.pick(&[
            "RDATE;VALUE=PERIOD:20260329T000000Z/PT3H,20260330T000000Z/20260330T010000Z",
            "EXRULE:FREQ=WEEKLY;COUNT=3",
            "STATUS:CANCELLED",
            "SEQUENCE:2",
            "SUMMARY:a\\,b",
        ]);
        lines.push(line.to_owned());
    }
    lines.push("END:VEVENT\n".to_owned());
    lines.join("\n")
}

fn calendar(s: &mut Choices<'_>) -> String {
    let own = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETFROM:+0100\n\
               TZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20260328T020000\nTZOFFSETFROM:+0100\n\
               TZOFFSETTO:+0230\nRRULE:FREQ=YEARLY\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let events: String = s
        .few(4, |s| {
            let uid = s.below(2);
            event(s, uid)
        })
        .concat();
    format!("BEGIN:VCALENDAR\n{own}{events}END:VCALENDAR\n")
}
