//! What events mean: lengths, zones, recurrences, replacements, and what is left out.

use quietude::Interval;
use quietude_formats::ImportOptions;

use crate::helpers::{
    Imported, at, calendar, event, import, notes, occurrences, try_import, within, zone,
};

fn year() -> Interval {
    within("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}

/// The occurrences of the only window in 2026, with dates as `0329T0130Z`.
fn short(imported: &Imported) -> String {
    let all = occurrences(imported, year());
    let all: Vec<String> = all
        .iter()
        .map(|text| text.replace("2026-", "").replace([':', '-'], "").replace("00Z", "Z"))
        .collect();
    all.join(" ")
}

fn in_berlin(lines: &str) -> Imported {
    let options = ImportOptions::new().timezone(zone("Europe/Berlin"));
    try_import(&event(lines), &options).unwrap()
}

fn assert_occurrences(lines: &str, expected: &str) {
    let imported = in_berlin(lines);
    assert_eq!(short(&imported), expected, "{lines}\n{:?}", notes(&imported));
}

/// Around both changes of the clocks: gap on 2026-03-29 at 02:00, fold on 2026-10-25 at 03:00.
#[test]
fn event_lengths_at_changes_of_the_clocks() {
    for (lines, expected) in [
        // DTEND is a time on the clock, DURATION of hours elapsed time, of days nominal.
        (
            "DTSTART;TZID=Europe/Berlin:20260328T220000\nDTEND;TZID=Europe/Berlin:20260329T060000",
            "0328T2100Z/0329T0400Z",
        ),
        ("DTSTART;TZID=Europe/Berlin:20260328T220000\nDURATION:PT8H", "0328T2100Z/0329T0500Z"),
        ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", "0328T1100Z/0329T1000Z"),
        ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H", "0328T1100Z/0329T1100Z"),
        ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1DT1H", "0328T1100Z/0329T1100Z"),
        ("DTSTART;TZID=Europe/Berlin:20260323T120000\nDURATION:P1W", "0323T1100Z/0330T1000Z"),
        // A time in the gap is by the offset before it (3.3.5).
        ("DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H", "0329T0130Z/0329T0230Z"),
        (
            "DTSTART;TZID=Europe/Berlin:20260329T010000\nDTEND;TZID=Europe/Berlin:20260329T023000",
            "0329T0000Z/0329T0130Z",
        ),
        // A time of the fold is the first pass (3.3.5); UTC names the second one.
        ("DTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:PT15M", "1025T0030Z/1025T0045Z"),
        ("DTSTART:20261025T013000Z\nDURATION:PT15M", "1025T0130Z/1025T0145Z"),
        (
            "DTSTART;TZID=Europe/Berlin:20261025T013000\nDTEND;TZID=Europe/Berlin:20261025T023000",
            "1024T2330Z/1025T0030Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261025T013000\nDTEND:20261025T013000Z",
            "1024T2330Z/1025T0130Z",
        ),
        // Dates.
        ("DTSTART;VALUE=DATE:20260329", "0328T2300Z/0329T2200Z"),
        ("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261027", "1024T2200Z/1026T2300Z"),
        ("DTSTART;VALUE=DATE:20261025\nDURATION:P2D", "1024T2200Z/1026T2300Z"),
        // Start and end in two zones.
        (
            "DTSTART;TZID=Europe/Berlin:20260601T220000\nDTEND;TZID=America/New_York:20260601T170000",
            "0601T2000Z/0601T2100Z",
        ),
    ] {
        assert_occurrences(lines, expected);
    }
}

#[test]
fn recurring_at_changes_of_the_clocks() {
    for (lines, expected) in [
        // An instance in the gap is ignored and not counted (3.3.10).
        (
            "DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=2",
            "0328T0130Z/0328T0145Z 0330T0030Z/0330T0045Z",
        ),
        // The first pass of the fold; RDATE in UTC adds the second one.
        (
            "DTSTART;TZID=Europe/Berlin:20261024T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=2\n\
          RDATE:20261025T013000Z",
            "1024T0030Z/1024T0045Z 1025T0030Z/1025T0045Z 1025T0130Z/1025T0145Z",
        ),
        // EXDATE in UTC takes the first pass out, and a replacement sets the second one.
        (
            "DTSTART;TZID=Europe/Berlin:20261024T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=2\n\
          EXDATE:20261025T003000Z\nRDATE;VALUE=PERIOD:20261025T013000Z/PT10M",
            "1024T0030Z/1024T0045Z 1025T0130Z/1025T0140Z",
        ),
        // The same exact duration by DTEND (3.8.5.3), a nominal one by DURATION.
        (
            "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T060000\n\
          RRULE:FREQ=DAILY;COUNT=2",
            "0327T2100Z/0328T0500Z 0328T2100Z/0329T0500Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D\nRRULE:FREQ=WEEKLY;COUNT=2",
            "0328T1100Z/0329T1000Z 0404T1000Z/0405T1000Z",
        ),
        (
            "DTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;COUNT=2",
            "1023T2200Z/1024T2200Z 1024T2200Z/1025T2300Z",
        ),
    ] {
        assert_occurrences(lines, expected);
    }
    // Both passes of a fold on the clock: 02:10 happens twice in the range, once as an instance.
    let imported = in_berlin(
        "DTSTART;TZID=Europe/Berlin:20261025T000000\nDURATION:PT5M\nRRULE:FREQ=HOURLY;UNTIL=20261025T030000Z",
    );
    assert_eq!(short(&imported).matches('/').count(), 5);
}

/// In the Azores the clock goes from 00:00 to 01:00 on 2026-03-29.
#[test]
fn all_day_in_a_midnight_gap() {
    let options = ImportOptions::new().timezone(zone("Atlantic/Azores"));
    for lines in
        ["DTSTART;VALUE=DATE:20260329", "DTSTART;VALUE=DATE:20260329\nRRULE:FREQ=DAILY;COUNT=1"]
    {
        let imported = try_import(&event(lines), &options).unwrap();
        assert_eq!(short(&imported), "0329T0100Z/0330T0000Z", "{lines}");
    }
}

#[test]
fn recurring_sets() {
    let weekly = "DTSTART:20260105T100000Z\nDTEND:20260105T110000Z\nRRULE:FREQ=WEEKLY;COUNT=3";
    for (more, expected) in [
        ("", "0105T1000Z/0105T1100Z 0112T1000Z/0112T1100Z 0119T1000Z/0119T1100Z"),
        ("\nEXDATE:20260112T100000Z", "0105T1000Z/0105T1100Z 0119T1000Z/0119T1100Z"),
        ("\nEXRULE:FREQ=WEEKLY;INTERVAL=2", "0112T1000Z/0112T1100Z"),
        ("\nEXRULE:FREQ=WEEKLY;COUNT=2", "0119T1000Z/0119T1100Z"),
        (
            "\nEXDATE:20260112T100000Z,20260119T100000Z\nRRULE:FREQ=DAILY;COUNT=2",
            "0105T1000Z/0105T1100Z 0106T1000Z/0106T1100Z",
        ),
        (
            "\nEXDATE:20260112T100000Z\nRDATE;VALUE=PERIOD:20260113T100000Z/20260113T103000Z,\
          20260119T100000Z/PT3H",
            "0105T1000Z/0105T1100Z 0113T1000Z/0113T1030Z 0119T1000Z/0119T1300Z",
        ),
    ] {
        assert_occurrences(&format!("{weekly}{more}"), expected);
    }
    let endless = "DTSTART:20260105T100000Z\nDTEND:20260105T110000Z\nRRULE:FREQ=WEEKLY";
    let imported = in_berlin(&format!("{endless}\nEXRULE:FREQ=WEEKLY;INTERVAL=2"));
    assert!(imported.document.registry.is_empty());
    assert!(notes(&imported)[0].contains("(line 3): EXRULE: has no end"), "{:?}", notes(&imported));
}

/// A weekly event in Berlin on Mondays at 10:00 for an hour, and replacements.
fn replaced(rule: &str, replacements: &[&str]) -> Imported {
    let master = format!(
        "BEGIN:VEVENT\nUID:e\nDTSTART;TZID=Europe/Berlin:20260302T100000\n\
         DTEND;TZID=Europe/Berlin:20260302T110000\n{rule}\nEND:VEVENT"
    );
    let others =
        replacements.iter().map(|lines| format!("\nBEGIN:VEVENT\nUID:e\n{lines}\nEND:VEVENT"));
    import(&calendar(&(master + &others.collect::<String>())))
}

#[test]
fn recurrence_id_moves_and_cancels() {
    let rule = "RRULE:FREQ=WEEKLY;COUNT=4";
    let id = "RECURRENCE-ID;TZID=Europe/Berlin:20260309T100000";
    for (lines, second) in [
        (
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260310T120000\nDURATION:PT2H"),
            "0310T1100Z/0310T1300Z ",
        ),
        // The same time, and another length.
        (
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDURATION:PT30M"),
            "0309T0900Z/0309T0930Z ",
        ),
        // Another name only.
        (
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDURATION:PT1H\nSUMMARY:x"),
            "0309T0900Z/0309T1000Z ",
        ),
        (
            "RECURRENCE-ID:20260309T090000Z\nDTSTART:20260310T110000Z\nDURATION:PT2H".to_owned(),
            "0310T1100Z/0310T1300Z ",
        ),
        (
            "RECURRENCE-ID;VALUE=DATE:20260309\nDTSTART:20260310T110000Z\nDURATION:PT2H".to_owned(),
            "0310T1100Z/0310T1300Z ",
        ),
        (format!("{id}\nDTSTART;TZID=Europe/Berlin:20260309T100000\nSTATUS:CANCELLED"), ""),
        // Onto another instance, which stays.
        (format!("{id}\nDTSTART;TZID=Europe/Berlin:20260316T100000\nDURATION:PT1H"), ""),
    ] {
        let imported = replaced(rule, &[&lines]);
        let expected =
            format!("0302T0900Z/0302T1000Z {second}0316T0900Z/0316T1000Z 0323T0900Z/0323T1000Z");
        assert_eq!(short(&imported), expected, "{lines}");
    }
    // Without the event itself: an invitation to one instance.
    let lines = format!("{id}\nDTSTART:20260310T110000Z\nDURATION:PT2H");
    assert_eq!(short(&import(&event(&lines))), "0310T1100Z/0310T1300Z");
    // The latest revision counts.
    let old = format!("{id}\nSEQUENCE:1\nDTSTART:20260310T110000Z\nDURATION:PT2H");
    let new = format!("{id}\nSEQUENCE:2\nDTSTART:20260311T110000Z\nDURATION:PT2H");
    let imported = replaced("RRULE:FREQ=WEEKLY;COUNT=2", &[&new, &old]);
    assert_eq!(short(&imported), "0302T0900Z/0302T1000Z 0311T1100Z/0311T1300Z");
    assert!(notes(&imported)[0].ends_with("SEQUENCE: 1 is an older revision of the event"));
}

#[test]
fn recurrence_id_this_and_future() {
    let id = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T100000";
    // Across the change of the clocks on 2026-03-29.
    for (rule, lines, expected) in [
        (
            "RRULE:FREQ=WEEKLY;COUNT=5",
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260316T140000\nDURATION:PT2H"),
            "0302T0900Z/0302T1000Z 0309T0900Z/0309T1000Z 0316T1300Z/0316T1500Z 0323T1300Z/0323T1500Z 0330T1200Z/0330T1400Z",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO,TH",
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260318T110000\nDURATION:PT1H")
                .replace("20260316T100000\n", "20260309T100000\n"),
            "0302T0900Z/0302T1000Z 0305T0900Z/0305T1000Z 0318T1000Z/0318T1100Z 0321T1000Z/0321T1100Z",
        ),
        (
            "RRULE:FREQ=DAILY;UNTIL=20260305T090000Z",
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260304T100000\nDURATION:PT1H")
                .replace("20260316T100000\n", "20260304T100000\n"),
            "0302T0900Z/0302T1000Z 0303T0900Z/0303T1000Z 0304T0900Z/0304T1000Z 0305T0900Z/0305T1000Z",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=5",
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260316T140000\nSTATUS:CANCELLED"),
            "0302T0900Z/0302T1000Z 0309T0900Z/0309T1000Z",
        ),
        (
            "RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;TZID=Europe/Berlin:20260323T100000",
            format!("{id}\nDTSTART;TZID=Europe/Berlin:20260316T140000\nDURATION:PT2H"),
            "0302T0900Z/0302T1000Z 0309T0900Z/0309T1000Z 0316T1300Z/0316T1500Z 0330T1200Z/0330T1400Z",
        ),
    ] {
        let imported = replaced(rule, &[&lines]);
        assert_eq!(short(&imported), expected, "{rule} {lines}");
        assert!(imported.notes.is_empty());
    }
    // Two changes, and one instance that is moved after them.
    let imported = replaced(
        "RRULE:FREQ=WEEKLY;COUNT=5",
        &[
            "RECURRENCE-ID;TZID=Europe/Berlin:20260330T100000\nDTSTART:20260401T100000Z\nDURATION:PT1H",
            &format!("{id}\nDTSTART;TZID=Europe/Berlin:20260316T140000\nDURATION:PT2H"),
            &format!("{id}\nDTSTART;TZID=Europe/Berlin:20260323T100000\nDURATION:PT3H")
                .replace("20260316T", "20260323T"),
        ],
    );
    // The second change names the time of the rule as it began.
    assert_eq!(
        short(&imported),
        "0302T0900Z/0302T1000Z 0309T0900Z/0309T1000Z 0316T1300Z/0316T1500Z 0323T0900Z/0323T1200Z 0401T1000Z/0401T1100Z"
    );
    // What cannot be said is left out.
    let imported = replaced(
        "RRULE:FREQ=MONTHLY;BYDAY=1MO",
        &[&format!("{id}\nDTSTART;TZID=Europe/Berlin:20260407T100000\nDURATION:PT2H")
            .replace("20260316T", "20260406T")],
    );
    assert!(imported.document.registry.is_empty());
    assert!(
        notes(&imported)[0].contains("RANGE=THISANDFUTURE is read if"),
        "{:?}",
        notes(&imported)
    );
}

#[test]
fn zones_by_rules_of_vtimezone() {
    // Rules that no zone of the tz database has.
    let own = "BEGIN:VTIMEZONE\nTZID:Moonbase\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0137\n\
               TZOFFSETTO:+0137\nEND:STANDARD\nEND:VTIMEZONE\n";
    let with =
        |lines: &str| import(&calendar(&format!("{own}BEGIN:VEVENT\nUID:e\n{lines}\nEND:VEVENT")));
    let imported = with("DTSTART;TZID=Moonbase:20260601T100000\nDURATION:PT1H");
    assert_eq!(short(&imported), "0601T0823Z/0601T0923Z");
    let imported =
        with("DTSTART;TZID=Moonbase:20260601T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2");
    assert_eq!(short(&imported), "0601T0823Z/0601T0923Z 0602T0823Z/0602T0923Z");
    let imported = with("DTSTART;TZID=Moonbase:20260601T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY");
    assert!(imported.document.registry.is_empty());
    assert!(notes(&imported)[0].contains("RRULE: the rules of its VTIMEZONE are those of no zone"));
    // No rules at all.
    let imported = import(&event("DTSTART;TZID=Nowhere:20260601T100000\nDURATION:PT1H"));
    assert!(
        notes(&imported)[0].contains("DTSTART.TZID: \"Nowhere\" is neither"),
        "{:?}",
        notes(&imported)
    );
    // A known name with other rules: the name counts, and a note tells.
    let imported = import(&calendar(
        &format!("{own}BEGIN:VEVENT\nUID:e\nDTSTART;TZID=Europe/Berlin:20260601T100000\nDURATION:PT1H\nEND:VEVENT")
            .replace("Moonbase", "Europe/Berlin"),
    ));
    assert_eq!(short(&imported), "0601T0800Z/0601T0900Z");
    assert!(notes(&imported)[0].contains("is read as Europe/Berlin, whose data differ"));
}

#[test]
fn zones_of_the_host() {
    // A host whose Berlin has no summer time, from its own data.
    let fixed = |name: &str| {
        let mut bytes = Vec::new();
        for types in [0u32, 1] {
            bytes.extend(b"TZif2");
            bytes.extend([0; 15]);
            for count in [0, 0, 0, 0, types, types] {
                bytes.extend(count.to_be_bytes());
            }
        }
        bytes.extend(3600i32.to_be_bytes());
        bytes.extend(*b"\0\0\0\n\n");
        quietude::Zone::from_tzif(name, &bytes)
    };
    let text = event(
        "DTSTART;TZID=Europe/Berlin:20260601T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=1",
    );
    let options = ImportOptions::new().zones(fixed);
    let imported = quietude_formats::Format::Ics.import(&text, &options).unwrap();
    assert_eq!(short(&imported), "0601T0900Z/0601T1000Z");
    let json = imported.document.to_json();
    let read = quietude::Document::from_json_with_zones(&json, fixed).unwrap();
    assert_eq!(read.registry.get("e"), imported.document.registry.get("e"));
}

#[test]
fn floating_without_zone_is_error_with_line() {
    for (lines, line) in
        [("DTSTART:20260601T100000", 5), ("SUMMARY:x\nDTSTART;VALUE=DATE:20260601", 6)]
    {
        let error = try_import(&event(lines), &ImportOptions::new()).unwrap_err();
        assert_eq!(error.place().line, Some(line));
        assert!(error.to_string().contains("give the option `timezone`"), "{error}");
    }
    let with_default = calendar(
        "X-WR-TIMEZONE:Asia/Tokyo\nBEGIN:VEVENT\nUID:e\nDTSTART:20260601T100000\nDURATION:PT1H\nEND:VEVENT",
    );
    assert_eq!(short(&import(&with_default)), "0601T0100Z/0601T0200Z");
    let options = ImportOptions::new().timezone(zone("UTC"));
    assert_eq!(short(&try_import(&with_default, &options).unwrap()), "0601T1000Z/0601T1100Z");
}

#[test]
fn events_left_out_are_noted() {
    for (lines, note) in [
        (
            "DTSTART:20260601T100000Z",
            "VEVENT \"e\" (line 3): DTEND: an event without a length is an instant: nothing is silenced",
        ),
        (
            "DTSTART:20260601T100000Z\nDTEND:20260601T100000Z",
            "VEVENT \"e\" (line 3): DTEND: an event without",
        ),
        (
            "DTSTART:20260601T100000Z\nDTEND:20260601T090000Z",
            "VEVENT \"e\" (line 3): DTEND: 20260601T090000Z is before DTSTART 20260601T100000Z; the event is left out (line 6)",
        ),
        (
            "DTSTART:20260601T100000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
            "VEVENT \"e\" (line 3): STATUS: the event is cancelled",
        ),
        ("SUMMARY:x", "VEVENT \"e\" (line 3): DTSTART: is missing"),
        (
            "DTSTART:20261301T100000Z",
            "VEVENT \"e\" (line 3): DTSTART: 20261301T100000Z is not a date or time in the years 1 to 9999; the event is left out (line 5)",
        ),
        (
            "DTSTART:20260601T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILYY",
            "VEVENT \"e\" (line 3): RRULE: FREQ: \"DAILYY\" is not one of",
        ),
        (
            "DTSTART:20260601T100000Z\nDURATION:PT1H\nRRULE:RSCALE=CHINESE;FREQ=DAILY",
            "VEVENT \"e\" (line 3): RRULE: ",
        ),
        (
            "DTSTART:20260601T100000Z\nDURATION:-PT1H",
            "VEVENT \"e\" (line 3): DURATION: \"-PT1H\" is negative",
        ),
        (
            "DTSTART:20260601T100000Z\nDTEND;VALUE=DATE:20260602",
            "VEVENT \"e\" (line 3): DTEND: 20260602 must be a date if",
        ),
        (
            "DTSTART:20260601T100000Z\nDURATION:PT1H\nRDATE:20260602",
            "VEVENT \"e\" (line 3): RDATE: must be a date",
        ),
    ] {
        let options = ImportOptions::new().timezone(zone("UTC"));
        let imported = try_import(&event(lines), &options).unwrap();
        assert!(imported.document.registry.is_empty(), "{lines}");
        assert!(notes(&imported)[0].starts_with(note), "{:?}\n{note}", notes(&imported));
        // A schedule that others depend on is not made of a part of the events.
        let error = try_import(&event(lines), &options.calendar("c"));
        assert!(error.is_err(), "{lines}");
    }
}

#[test]
fn events_with_one_uid() {
    let one = "BEGIN:VEVENT\nUID:e\nDTSTART:20260601T100000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let ids = |text: &str| -> Vec<String> {
        import(&calendar(text))
            .document
            .registry
            .iter()
            .map(|window| window.id().to_string())
            .collect()
    };
    assert_eq!(ids(&format!("{one}{one}")), ["e"]);
    assert_eq!(ids(&format!("{one}{}", one.replace("T10", "T11"))), ["e", "e#2"]);
    assert_eq!(ids(&format!("{one}{}", one.replace("UID:e", "UID:e\nSEQUENCE:1"))), ["e"]);
    assert_eq!(ids(&one.replace("UID:e\n", "")), ["event-line-3"]);
    let twice = format!("{}{}", calendar(one), calendar(one));
    let imported = import(&twice);
    assert_eq!(imported.document.registry.len(), 2);
    assert_eq!(notes(&imported).len(), 1);
}

#[test]
fn calendar_of_rules_is_one_schedule() {
    let options = ImportOptions::new().timezone(zone("Europe/Berlin")).calendar("freeze");
    let text = calendar(
        "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102\nRRULE:FREQ=YEARLY\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20260501\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:3\nDTSTART:20260601T100000Z\nDURATION:PT1H\nEND:VEVENT",
    );
    let document = try_import(&text, &options).unwrap().document;
    assert_eq!((document.schedules.len(), document.calendars.len()), (1, 0));
    let schedule = &document.schedules[0].1;
    for (t, active) in [
        ("2028-12-31T22:59:59Z", true),
        ("2029-01-01T22:59:59Z", true),
        ("2029-01-01T23:00:00Z", false),
        ("2026-05-01T12:00:00Z", true),
        ("2026-05-01T22:00:00Z", false),
        ("2026-06-01T10:30:00Z", true),
    ] {
        assert_eq!(schedule.contains(at(t)), active, "{t}");
    }
}
