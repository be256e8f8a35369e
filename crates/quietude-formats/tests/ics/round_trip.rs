//! What is exported is read again, and means the same in the horizon.

use quietude::{Document, Interval, Timestamp, Window};

use crate::helpers::{Random, at, export, import, notes, within};

const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Antarctica/Troll",
    "America/Havana",
];

fn clock(random: &mut Random) -> String {
    let time = |random: &mut Random| {
        // Often near the changes of the clocks.
        let hour = if random.below(2) == 0 { random.below(4) } else { random.below(24) };
        format!("{hour:02}:{:02}", random.below(4) * 15)
    };
    let (from, to) = (time(random), time(random));
    match random.below(4) {
        0 => "00:00-24:00".to_owned(),
        1 => format!("{from}-{to}+{}d", 1 + random.below(3)),
        _ if from == to => format!("{from}-{to}+1d"),
        _ => format!("{from}-{to}"),
    }
}

/// A schedule as JSON.
fn schedule(random: &mut Random, depth: u32) -> String {
    let zone = *random.one(&ZONES);
    let clock = clock(random);
    let weekday = *random.one(&["monday", "tuesday", "friday", "sunday"]);
    let dst = *random.one(&["high_water", "reading", "shift"]);
    let month = 1 + random.below(12);
    let day = 1 + random.below(28);
    match random.below(if depth == 0 { 10 } else { 13 }) {
        0 => format!(
            r#"{{"kind":"once","start":"2026-{month:02}-{day:02}T02:30","duration_ms":5400000,"timezone":"{zone}"}}"#
        ),
        1 => format!(
            r#"{{"kind":"periodic","start":"2025-03-01T00:10:00Z","duration_ms":600000,"period_ms":{}}}"#,
            *random.one(&[86_400_000u64, 3_600_000 * 7, 60_000 * 950, 7 * 86_400_000])
        ),
        2 | 3 => format!(
            r#"{{"kind":"daily","clock":"{clock}","timezone":"{zone}","dst":"{dst}","every":{{"n":{},"anchor":"2026-01-05"}}}}"#,
            1 + random.below(4)
        ),
        4 | 5 => format!(
            r#"{{"kind":"weekly","weekdays":["{weekday}","saturday"],"clock":"{clock}","timezone":"{zone}","dst":"{dst}"}}"#
        ),
        6 => format!(
            r#"{{"kind":"monthly","day":[{},-1],"clock":"{clock}","timezone":"{zone}","short_month":"clamp"}}"#,
            1 + random.below(31)
        ),
        7 => format!(
            r#"{{"kind":"monthly","day":{{"nth":{},"weekday":"{weekday}"}},"clock":["{clock}"],"timezone":"{zone}"}}"#,
            *random.one(&[1, 2, -1])
        ),
        8 => format!(
            r#"{{"kind":"rule","rrule":"DTSTART;TZID={zone}:2026{month:02}{day:02}T013000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU","duration":"{}"}}"#,
            *random.one(&["PT2H", "P1D", "P1DT30M", "PT45S"])
        ),
        9 => format!(
            r#"{{"kind":"cron","cron":"{} 1-3 * * {}","duration_ms":1800000,"timezone":"{zone}","fold":"both","gap":"shift"}}"#,
            *random.one(&["0", "30", "15,45"]),
            *random.one(&["*", "SUN", "MON-FRI"])
        ),
        10 => format!(
            r#"{{"kind":"all","of":[{},{{"kind":"not","of":{}}}]}}"#,
            schedule(random, depth - 1),
            schedule(random, depth - 1)
        ),
        11 => format!(
            r#"{{"kind":"any","of":[{},{}]}}"#,
            schedule(random, depth - 1),
            schedule(random, depth - 1)
        ),
        _ => format!(r#"{{"kind":"not","of":{}}}"#, schedule(random, depth - 1)),
    }
}

fn document(random: &mut Random) -> Document {
    let scope = r#"{"all":[{"group":"prod"},{"not":{"entity":"db, 7; \"x\""}}]}"#;
    let windows: Vec<String> = (0..3)
        .map(|index| {
            let valid = match random.below(3) {
                0 => r#","valid":{"from":"2026-02-03T04:05:06Z","until":"2026-11-20T10:20:30Z"}"#,
                1 => r#","closed_at":"2026-09-09T09:09:09Z""#,
                _ => "",
            };
            format!(
                r#"{{"id":"w,{index};\\","name":"a\nb","effect":"monitoring","schedule":{},"scope":{scope},"tags":{{"t":"1"}}{valid}}}"#,
                schedule(random, 2)
            )
        })
        .collect();
    let json = format!(r#"{{"version":1,"windows":[{}]}}"#, windows.join(","));
    Document::from_json(&json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

/// Asserts that two windows are active at the same instants of a range.
fn assert_same(
    a: &Window,
    b: Option<&Window>,
    within: Interval,
    random: &mut Random,
    context: &str,
) {
    let active = |window: Option<&Window>, t: i64| {
        window.is_some_and(|window| window.is_active(Timestamp::from_millis(t).unwrap()))
    };
    let (from, to) = (within.start().as_millis(), within.end().as_millis());
    let mut instants: Vec<i64> =
        (0..200).map(|_| from + (random.next() % (to - from) as u64) as i64).collect();
    for window in [Some(a), b].into_iter().flatten() {
        for found in window.schedule().occurrences(within).take(2_000) {
            instants.extend([found.start(), found.end()].iter().map(|t| t.as_millis()));
        }
    }
    // Every change of the clocks.
    for name in ZONES {
        let zone: quietude::Zone = name.parse().unwrap();
        for change in zone.transitions(within) {
            instants.extend((-8..8).map(|step| change.at.as_millis() + step * 900_000));
        }
    }
    for t in instants.into_iter().flat_map(|t| [t - 1, t, t + 1]) {
        if (from..to).contains(&t) {
            let time = Timestamp::from_millis(t).unwrap();
            assert_eq!(active(Some(a), t), active(b, t), "{time} {context}");
        }
    }
}

#[test]
fn export_random_windows_means_the_same() {
    let horizon = within("2026-01-01T00:00:00Z", "2027-03-01T00:00:00Z");
    let mut random = Random(1);
    for round in 0..150 {
        let document = document(&mut random);
        let exported = export(&document, horizon);
        assert!(exported.text.lines().all(|line| line.len() <= 75), "{round}");
        let imported = import(&exported.text);
        assert_eq!(notes(&imported), [""; 0], "{}", exported.text);
        for window in document.registry.iter() {
            let read = imported.document.registry.get(window.id()).map(|window| &**window);
            let context =
                format!("round {round}, {}\n{}", window.id(), window.schedule().describe());
            assert_same(window, read, horizon, &mut random, &context);
            if let Some(read) = read {
                assert_eq!((read.name(), read.scope()), (window.name(), window.scope()));
                assert_eq!((read.effect(), read.tags()), (window.effect(), window.tags()));
            }
        }
        assert!(imported.document.registry.len() <= document.registry.len());
    }
}

#[test]
fn export_text_is_recurring_and_stable() {
    let document = Document::from_json(
        r#"{"version":1,"windows":[{"id":"nightly","name":"backup","scope":{"entity":"db-1"},
            "schedule":{"kind":"daily","clock":"22:00-06:00","timezone":"Europe/Berlin"}}]}"#,
    )
    .unwrap();
    let exported = export(&document, within("2026-01-01T12:00:00Z", "2027-01-01T12:00:00Z"));
    assert!(exported.notes.is_empty());
    let text = exported.text.replace("\r\n ", "");
    let events = text.matches("BEGIN:VEVENT").count();
    assert_eq!(events, 3, "{text}"); // the nights of two changes of the clocks
    for part in [
        "UID:nightly/T220000/PT8H\r\n",
        "DTSTART;TZID=Europe/Berlin:20260101T220000\r\nDURATION:PT8H\r\n",
        "RRULE:FREQ=DAILY;UNTIL=20270101T210000Z\r\n".replace("20270101", "20261231").as_str(),
        "EXDATE;TZID=Europe/Berlin:20260328T220000,20261024T220000\r\n",
        "DTSTART:20260328T210000Z\r\nDTEND:20260329T040000Z\r\n",
        "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n",
        "DTSTAMP:20260101T120000Z\r\n",
        "SUMMARY:backup\r\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(
        export(&document, within("2026-01-01T12:00:00Z", "2027-01-01T12:00:00Z")).text,
        exported.text
    );
    let _ = at;
}
