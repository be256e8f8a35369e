//! Export of native documents. Each export is imported again.

use std::collections::BTreeSet;

use quietude::Document;
use quietude::vendors::{ConvertOptions, Vendor};

const VENDORS: [Vendor; 4] =
    [Vendor::SpaceOne, Vendor::OpsManager, Vendor::Virtana, Vendor::Uptrends];

fn options() -> ConvertOptions {
    ConvertOptions::new().timezone(chrono_tz::Europe::Amsterdam)
}

/// A native document for each vendor: windows with these ids and fields, and a scope of that
/// vendor.
fn document(windows: &[(&str, &str)]) -> impl Fn(Vendor) -> Document {
    move |vendor| {
        let scope = match vendor {
            Vendor::SpaceOne => r#"{"group":"spaceone:d:p"}"#,
            Vendor::OpsManager => r#"{"all":[{"group":"opsmanager:g"},{"alert_type":"A"}]}"#,
            Vendor::Virtana => r#"{"entity":"virtana:t:e"}"#,
            _ => r#"{"entity":"uptrends:m-1"}"#,
        };
        let schedule =
            r#"{"kind":"once","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}"#;
        let one = |(id, more): &(&str, &str)| {
            format!(r#"{{"id":"{id}","schedule":{schedule},"scope":{scope}{more}}}"#)
        };
        let all: Vec<String> = windows.iter().map(one).collect();
        let text = format!(r#"{{"version":1,"windows":[{}]}}"#, all.join(","));
        Document::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }
}

/// Exports and imports a document. Returns the exported ids and the notes.
fn exported(vendor: Vendor, document: &Document) -> (Vec<String>, Vec<String>) {
    let exported = vendor.export(document, &options()).unwrap();
    let field = match vendor {
        Vendor::SpaceOne => "\"maintenance_window_id\": ",
        Vendor::Uptrends => "\"Id\": ",
        _ => "\"id\": ",
    };
    let ids = exported.text.lines().filter_map(|line| line.trim_start().strip_prefix(field));
    let ids: Vec<String> =
        ids.map(|id| id.trim_end_matches(',').trim_matches('"').to_owned()).collect();
    let again = vendor.import(&exported.text, &options());
    let again = again.unwrap_or_else(|error| panic!("{vendor}: {error}: {}", exported.text));
    assert_eq!(again.document.registry.len(), ids.len(), "{vendor}: {}", exported.text);
    (ids, exported.notes)
}

#[test]
fn export_ids_kept_or_generated_unique() {
    // An id of the vendor, the same id of another owner, an id that equals the first
    // generated or preferred one, and other ids.
    for (vendor, windows, expected, lost) in [
        (
            Vendor::SpaceOne,
            ["w-1", "spaceone:d:mw-7", "spaceone:e:mw-7", "mw-w-1", "x:y"],
            ["mw-1", "mw-7", "mw-spaceone:e:mw-7", "mw-w-1", "mw-x:y"],
            ["w-1", "spaceone:e:mw-7", "mw-w-1", "x:y"].as_slice(),
        ),
        (
            Vendor::OpsManager,
            [
                "w-1",
                "opsmanager:g:5628faffd4c606594adaa3b2",
                "opsmanager:h:5628faffd4c606594adaa3b2",
                "opsmanager:g:000000000000000000000001",
                "x:y",
            ],
            [
                "000000000000000000000002",
                "5628faffd4c606594adaa3b2",
                "000000000000000000000003",
                "000000000000000000000001",
                "000000000000000000000004",
            ],
            ["w-1", "opsmanager:h:5628faffd4c606594adaa3b2", "x:y"].as_slice(),
        ),
        (
            Vendor::Virtana,
            ["w-1", "virtana:t:a", "virtana:u:a", "a", "x:y"],
            ["w-1", "a", "mw-1", "mw-2", "x:y"],
            ["virtana:u:a", "a"].as_slice(),
        ),
        (
            Vendor::Uptrends,
            [
                "w-1",
                "uptrends:import:123",
                "uptrends:acme:123",
                "uptrends:acme:1",
                "uptrends:acme:07",
            ],
            ["2", "123", "3", "1", "4"],
            ["w-1", "uptrends:acme:123", "uptrends:acme:07"].as_slice(),
        ),
    ] {
        let named = windows.map(|id| (id, ""));
        let (ids, notes) = exported(vendor, &document(&named)(vendor));
        assert_eq!(ids, expected, "{vendor}");
        let said: Vec<&str> = notes
            .iter()
            .filter_map(|note| note.split_once(": the id is lost: it is "))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(said, lost, "{vendor}: {notes:?}");
    }
}

#[test]
fn export_invalid_left_out() {
    let (long, longer) = ("x".repeat(1000), "y".repeat(5000));
    let named = format!(",\"name\":\"{longer}\"");
    let windows = [(long.as_str(), ""), ("w-2", named.as_str()), ("w-3", ",\"name\":\"\"")];
    for (vendor, left, place) in [
        (Vendor::SpaceOne, ["w-2"].as_slice(), "title: "),
        (Vendor::OpsManager, &["w-2"], "description: "),
        (Vendor::Virtana, &["w-2"], "name: "),
        (Vendor::Uptrends, &[], ""),
    ] {
        let (ids, notes) = exported(vendor, &document(&windows)(vendor));
        assert_eq!(ids.len(), 3 - left.len(), "{vendor}: {ids:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let out: Vec<_> = notes.iter().filter_map(|note| note.split_once(": left out: ")).collect();
        assert_eq!(out.iter().map(|(id, _)| *id).collect::<Vec<_>>(), left, "{vendor}");
        assert!(out.iter().all(|(_, why)| why.starts_with(place)), "{vendor}: {out:?}");
    }
    // More projects than the limit of a window.
    let groups: Vec<String> =
        (0..=1000).map(|n| format!(r#"{{"group":"spaceone:d:p-{n}"}}"#)).collect();
    let text = format!(
        r#"{{"version":1,"windows":[{{"id":"w","scope":{{"any":[{}]}},"schedule":{{"kind":"once","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}}}}]}}"#,
        groups.join(",")
    );
    let (ids, notes) = exported(Vendor::SpaceOne, &Document::from_json(&text).unwrap());
    assert!(ids.is_empty());
    assert_eq!(notes, ["w: left out: projects: 1001 are more than 1000"]);
}

#[test]
fn virtana_export_names_unique() {
    let twin = ",\"name\":\"patching\"";
    let windows = [("a", twin), ("b", twin), ("c", ""), ("d", ",\"name\":\"patching (b)\"")];
    let document = document(&windows)(Vendor::Virtana);
    let text = Vendor::Virtana.export(&document, &options()).unwrap().text;
    let again = Vendor::Virtana.import(&text, &options()).unwrap().document;
    let names: Vec<_> = again.registry.iter().map(|window| window.name().unwrap()).collect();
    assert_eq!(names, ["patching", "patching (b)", "c", "patching (b) (d)"]);
    // The vendor's service accepts all exported windows.
    let (_, notes) = exported(Vendor::Virtana, &document);
    for note in [
        "b: no name of its own is given: it is \"patching (b)\"",
        "c: no name of its own is given: it is \"c\"",
        "d: no name of its own is given: it is \"patching (b) (d)\"",
    ] {
        assert!(notes.iter().any(|known| known == note), "{notes:?}");
    }
}

#[test]
fn virtana_export_force_for_twins_only() {
    let entity = |scope: &str| format!(",\"scope\":{{\"entity\":\"virtana:{scope}\"}}");
    let schedule =
        r#""schedule":{"kind":"once","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}"#;
    let all: Vec<String> = [("a", "t:e"), ("b", "t:f"), ("c", "u:e"), ("d", "t:e"), ("e", "t:e")]
        .iter()
        .map(|(id, scope)| format!(r#"{{"id":"{id}",{schedule}{}}}"#, entity(scope)))
        .collect();
    let document = format!(r#"{{"version":1,"windows":[{}]}}"#, all.join(","));
    let document = Document::from_json(&document).unwrap();
    let exported = Vendor::Virtana.export(&document, &options()).unwrap();
    let forced = exported.text.lines().filter_map(|line| line.trim().strip_prefix("\"force\": "));
    assert_eq!(forced.collect::<Vec<_>>(), ["false", "false", "false", "true", "true"]);
    let noted: Vec<&String> =
        exported.notes.iter().filter(|note| note.contains(": force is ")).collect();
    assert_eq!(
        noted,
        [
            "d: force is true: a has the same entities and schedule",
            "e: force is true: a has the same entities and schedule",
        ]
    );
}

#[test]
fn uptrends_period_without_id_gets_no_id_of_dropped_one() {
    let daily = r#""ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications""#;
    let never = r#""ScheduleMode":"OneTime","StartDateTime":"2026-01-01T22:00","EndDateTime":"2026-01-01T22:00","MaintenanceType":"DisableNotifications""#;
    let text = format!(
        r#"{{"m-1":[{{{daily}}},{{"Id":1,{never}}}],"m-2":[{{"Id":3,{daily}}},{{{daily}}}]}}"#
    );
    let imported = Vendor::Uptrends.import(&text, &options()).unwrap();
    let ids: Vec<_> =
        imported.document.registry.iter().map(|window| window.id().as_str()).collect();
    assert_eq!(ids, ["uptrends:import:new-2", "uptrends:import:3", "uptrends:import:new-4"]);
    let (ids, notes) = exported(Vendor::Uptrends, &imported.document);
    assert_eq!(ids, ["2", "3", "4"]);
    assert_eq!(
        notes,
        [
            "uptrends:import:new-2: the id is lost: it is Id 2",
            "uptrends:import:new-4: the id is lost: it is Id 4",
        ]
    );
}

#[test]
fn export_topology_and_everything_noted() {
    let text = r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":{"kind":"daily","clock":"22:00-23:00","timezone":"Europe/Amsterdam"}}],
      "topology":{"entities":[{"id":"e","groups":["g"]}],"groups":[]}}"#;
    let document = Document::from_json(text).unwrap();
    for vendor in VENDORS {
        let (ids, notes) = exported(vendor, &document);
        assert_eq!(notes.last().unwrap(), "the topology is lost: the vendor's own is meant");
        let is_said = vendor == Vendor::Uptrends;
        assert_eq!(ids.len(), usize::from(is_said));
        if is_said {
            assert!(notes.contains(&"w: it is about everything, not about a monitor".to_owned()));
        }
    }
}

#[test]
fn spaceone_export_state_closed_with_closing_time() {
    let closed = ",\"closed_at\":\"2026-01-01T11:00:00Z\"";
    let document = document(&[("a", ""), ("b", closed)])(Vendor::SpaceOne);
    let text = Vendor::SpaceOne.export(&document, &options()).unwrap().text;
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["results"][0]["state"], "OPEN");
    assert_eq!(list["results"][1]["state"], "CLOSED");
    assert_eq!(list["results"][1]["closed_at"], "2026-01-01T11:00:00Z");
    // So it is read again without the note on a CLOSED window that has no closing time.
    let again = Vendor::SpaceOne.import(&text, &options()).unwrap();
    assert!(again.notes.iter().all(|note| !note.contains("CLOSED")), "{:?}", again.notes);
    let closed = again.document.registry.iter().filter_map(|window| window.closed_at());
    assert_eq!(closed.map(|t| t.to_string()).collect::<Vec<_>>(), ["2026-01-01T11:00:00Z"]);
}

/// Every lost value is noted.
#[test]
fn import_losses_noted() {
    let closed = r#"{"maintenance_window_id":"mw-1","title":"t","state":"CLOSED","start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","projects":["p"],"domain_id":"d","created_at":"2026-01-01T09:00:00Z","updated_at":"2026-01-01T11:00:00Z","closed_at":""}"#;
    for (text, is_noted) in [
        (closed.to_owned(), true),
        (closed.replace("\"CLOSED\"", "2"), true),
        (closed.replace("CLOSED", "OPEN"), false),
        (closed.replace("\"closed_at\":\"\"", "\"closed_at\":\"2026-01-01T11:00:00Z\""), false),
    ] {
        let notes = Vendor::SpaceOne.import(&text, &options()).unwrap().notes;
        let note = "spaceone:d:mw-1: CLOSED without closed_at: it silences until its end_time 2026-01-01T12:00:00Z";
        assert_eq!(notes.iter().any(|known| known == note), is_noted, "{text}: {notes:?}");
        assert!(notes.contains(
            &"spaceone:d:mw-1: created_by, created_at, updated_at are not kept".to_owned()
        ));
    }
    let window = r#"{"id":"v-1","tenant":"t","name":"n","withIds":{"ids":["e"]},"schedule":{"start":"0","duration":"100","recurrence":"1000","skipNext":"2"},"maintenanceState":"300","exitState":"1000","force":true,"createTime":"0","updateTime":"2500"}"#;
    let notes = Vendor::Virtana.import(window, &options()).unwrap().notes;
    assert_eq!(
        notes,
        [
            "v-1: createTime, createdBy, updateTime, updatedBy are not kept",
            "v-1: force is not kept",
            "v-1: exitState 1000 is not kept: overrideExitState is false",
            "v-1: skipNext 2 is kept as what it skips",
        ]
    );
}
