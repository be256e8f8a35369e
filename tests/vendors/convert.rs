//! Conversion of the vendors' documents to the native document, and back.

use quietude::vendors::{ConvertOptions, Imported, Vendor};
use quietude::{Document, Error, Registry, Silencer, Subject, Topology};

use crate::helpers::{at, data, without_whitespace};

fn import(vendor: &str, text: &str) -> Result<Imported, Error> {
    let options = ConvertOptions::new().timezone(chrono_tz::Europe::Amsterdam).monitor("m-1");
    vendor.parse::<Vendor>()?.import(text, &options)
}

fn export(vendor: &str, document: &Document) -> (String, Vec<String>) {
    let options = ConvertOptions::new().timezone(chrono_tz::Europe::Amsterdam);
    let exported = vendor.parse::<Vendor>().unwrap().export(document, &options).unwrap();
    (exported.text, exported.notes)
}

fn windows(document: &Document) -> Vec<String> {
    document.registry.iter().map(|window| window.id().to_string()).collect()
}

/// Writes a document as JSON, reads it, and builds a silencer of it.
fn reread(document: &Document) -> Silencer {
    let again = Document::from_json(&document.to_json()).unwrap();
    assert!(again.registry.iter().eq(document.registry.iter()));
    Silencer::new(&again.registry).unwrap()
}

#[test]
fn uptrends_import_samples_in_account_zone() {
    let imported = import("uptrends", &data("uptrends/list.json")).unwrap();
    assert_eq!(windows(&imported.document), ["uptrends:import:125", "uptrends:import:123"]);
    assert!(imported.notes.is_empty());
    let silencer = reread(&imported.document);
    let silent = |t: &str| silencer.is_silenced(Subject::entity("uptrends:m-1"), at(t));
    assert!(silent("2018-09-24T20:15:00Z") && !silent("2018-09-24T20:30:00Z"));
    assert!(silent("2018-11-22T21:00:00Z") && !silent("2018-11-22T20:59:59Z"));

    for name in ["daily", "weekly", "monthly", "put"] {
        let imported = import("uptrends", &data(&format!("uptrends/{name}.json"))).unwrap();
        assert_eq!(imported.document.registry.len(), 1, "{name}");
    }
    let never = import("uptrends", &data("uptrends/one-time.json")).unwrap();
    assert!(never.document.registry.is_empty());
    assert!(never.notes[0].contains("never active"), "{:?}", never.notes);
    let new = import("uptrends", &data("uptrends/group-post.json")).unwrap();
    assert_eq!(windows(&new.document), ["uptrends:import:new-1"]);

    // Without a monitor the windows cover everything, which is noted.
    let options = ConvertOptions::new().timezone(chrono_tz::UTC);
    assert!(import("uptrends", "{\"m\\n\":[]}").is_err());
    let all = Vendor::Uptrends.import(&data("uptrends/daily.json"), &options).unwrap();
    assert_eq!(all.notes, ["the periods name no monitor: the windows are about everything"]);
    assert!(reread(&all.document).is_silenced(Subject::entity("x"), at("2026-01-01T22:10:00Z")));
    let text = Vendor::Uptrends.export(&all.document, &options).unwrap().text;
    let again = Vendor::Uptrends.import(&text, &options).unwrap();
    let schedules = |document: &Document| -> Vec<_> {
        let windows = document.registry.iter();
        windows.map(|window| (window.schedule().clone(), window.scope().clone())).collect()
    };
    assert_eq!(schedules(&again.document), schedules(&all.document));
    let error = Vendor::Uptrends.import("[]", &ConvertOptions::new()).unwrap_err();
    assert_eq!(error.to_string(), "timezone: is missing: the periods are in the account's zone");
    let error = import("uptrends", &data("uptrends/list.json").replace("24", "32")).unwrap_err();
    assert_eq!(error.to_string(), "m-1[0].MonthDay: 32 is not in 1..=31");
}

#[test]
fn uptrends_round_trip_by_monitor() {
    let text = r#"{"m-1":[
        {"Id":1,"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"00:00","MaintenanceType":"DisableNotifications"},
        {"Id":2,"ScheduleMode":"Weekly","WeekDay":"Sunday","StartTime":"23:00","EndTime":"01:30","MaintenanceType":"DisableMonitoring"}],
      "m-2":[
        {"Id":3,"ScheduleMode":"Monthly","MonthDay":31,"StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"},
        {"Id":4,"ScheduleMode":"OneTime","StartDateTime":"2026-03-29T02:30","EndDateTime":"2026-07-01T00:00:30","MaintenanceType":"DisableNotifications"}]}"#;
    let imported = import("uptrends", text).unwrap();
    let (text_again, notes) = export("uptrends", &imported.document);
    assert!(notes.is_empty(), "{notes:?}");
    // 02:30 is in the gap of that night; the first local time after the gap is 03:00.
    assert_eq!(
        without_whitespace(&text_again),
        without_whitespace(&text.replace("2026-03-29T02:30", "2026-03-29T03:00"))
    );
    // A second round trip gives the same text.
    let (third, _) = export("uptrends", &import("uptrends", &text_again).unwrap().document);
    assert_eq!(third, text_again);
}

#[test]
fn opsmanager_round_trip_notes_dates() {
    let (_, body) = data("opsmanager/list.response.txt")
        .split_once("\n\n")
        .map(|(a, b)| (a.to_owned(), b.replace("[ ... ]", "[]")))
        .unwrap();
    let imported = import("opsmanager", &body).unwrap();
    let group = "opsmanager:541ed2009436399a1f54e01b";
    assert_eq!(
        windows(&imported.document),
        [format!("{group}:5628faffd4c606594adaa3b2"), format!("{group}:56290359d4c606594adaafe8")]
    );
    assert!(
        imported.notes[0].ends_with(
            "created 2015-10-22T15:04:31Z and updated 2015-10-22T15:04:31Z are not kept"
        )
    );
    let silencer = reread(&imported.document);
    let brought = [group];
    let subject = Subject::entity("x").with_groups(&brought);
    let t = at("2015-10-23T22:00:00Z");
    assert!(silencer.is_silenced(subject.with_alert_type("AGENT"), t));
    assert!(
        !silencer.is_silenced(subject.with_alert_type("HOST"), t)
            && !silencer.is_silenced(subject, t)
    );
    let (text, notes) = export("opsmanager", &imported.document);
    assert!(
        notes.iter().all(|note| note.ends_with("created and updated are not known: its start"))
    );
    let again = import("opsmanager", &text).unwrap();
    assert!(again.document.registry.iter().eq(imported.document.registry.iter()));
    assert!(import("opsmanager", &data("opsmanager/entity.json").replace("[ ... ]", "[]")).is_ok());
    let error = import("opsmanager", &body.replace("22:00:00Z", "23:30:00Z")).unwrap_err();
    assert_eq!(error.path(), "results[0].endDate");
}

#[test]
fn spaceone_round_trip_keeps_tags() {
    let text = r#"{"results":[{"maintenance_window_id":"mw-1","title":"db work","state":"CLOSED","start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","tags":{"team":"db","cost":2.5},"projects":["p-1","p-2"],"domain_id":"d-1","created_by":"ops","created_at":"2026-01-01T09:00:00Z","updated_at":"2026-01-01T11:00:00Z","closed_at":"2026-01-01T11:00:00Z"}],"total_count":1}"#;
    let imported = import("spaceone", text).unwrap();
    assert_eq!(
        imported.notes,
        [
            "spaceone:d-1:mw-1: tags.cost: 2.5 is no text and is not kept",
            "spaceone:d-1:mw-1: created_by, created_at, updated_at are not kept",
        ]
    );
    let silencer = reread(&imported.document);
    let subject = Subject::entity("x").with_groups(&["spaceone:d-1:p-2"]);
    assert!(silencer.is_silenced(subject, at("2026-01-01T10:59:59Z")));
    assert!(!silencer.is_silenced(subject, at("2026-01-01T11:00:00Z")));
    let (text, _) = export("spaceone", &imported.document);
    assert!(
        text.contains("\"closed_at\": \"2026-01-01T11:00:00Z\"")
            && text.contains("\"team\": \"db\"")
    );
    let again = import("spaceone", &text).unwrap();
    assert!(again.document.registry.iter().eq(imported.document.registry.iter()));
}

#[test]
fn virtana_samples_round_trip() {
    let manual = import("virtana", &data("virtana/list.response.json")).unwrap();
    assert!(manual.document.registry.is_empty());
    assert_eq!(manual.notes[0], "this is a page: 1 of 1466 windows");
    assert_eq!(manual.notes[1], "<mw id>: MANUAL: never active until it is run");
    let imported = import("virtana", &data("virtana/search.response.json")).unwrap();
    assert_eq!(
        windows(&imported.document),
        ["virtana:<tenant>:99fa4d8b-3223-11f1-8920-625b6e77d030"]
    );
    assert_eq!(
        imported.notes,
        [
            "this is a page: 1 of 7 windows",
            "99fa4d8b-3223-11f1-8920-625b6e77d030: description, owner and tags are not carried over",
            "99fa4d8b-3223-11f1-8920-625b6e77d030: createTime, createdBy, updateTime, updatedBy are not kept",
        ]
    );
    let topology = Topology::builder()
        .add_attribute("e", "virtana:<tenant>:coreProperties.name", "pfg-windows-mssql")
        .add_attribute("e", "virtana:<tenant>:schemaIds", "Base.Device")
        .build()
        .unwrap();
    let silencer =
        Silencer::builder().topology(topology).build(&imported.document.registry).unwrap();
    let start = at("2026-06-06T19:48:51Z");
    assert_eq!(start.as_millis(), 1_780_775_331_000);
    assert!(silencer.is_silenced(Subject::entity("e"), start));
    reread(&imported.document);
    let (text, notes) = export("virtana", &imported.document);
    assert_eq!(notes.len(), 1, "{notes:?}");
    let again = import("virtana", &text).unwrap();
    assert!(again.document.registry.iter().eq(imported.document.registry.iter()));
    // Ids, a period, states, and every kind of clause.
    let native = r#"{"version":1,"windows":[
      {"id":"virtana:t:a","name":"n","schedule":{"kind":"periodic","start":"2026-01-01T00:00:00Z","duration_ms":1000,"period_ms":5000},"scope":{"any":[{"entity":"virtana:t:e-1"},{"group":"virtana:t:e-1"},{"entity":"virtana:t:e-2"},{"group":"virtana:t:e-2"}]},"propagation":"entity","state":{"during":300,"after":1000}},
      {"id":"virtana:t:b","name":"o","enabled":false,"schedule":{"kind":"once","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"},"scope":{"all":[{"group":"virtana:t"},{"not":{"any":[{"attribute":{"name":"virtana:t:f","equals":"1"}},{"attribute":{"name":"virtana:t:f","contains":"2"}},{"attribute":{"name":"virtana:t:f","starts_with":"3"}},{"attribute":{"name":"virtana:t:f","ends_with":"4"}},{"attribute":{"name":"virtana:t:f","matches":"5+"}},{"attribute":{"name":"virtana:t:f","one_of":["6","7"]}}]}}]},"state":{"during":300}}]}"#;
    let document = Document::from_json(native).unwrap();
    let (text, _) = export("virtana", &document);
    let again = import("virtana", &text).unwrap();
    assert!(again.document.registry.iter().eq(document.registry.iter()), "{text}");
}

/// Windows that a vendor cannot express are left out, with a note.
#[test]
fn export_unsupported_noted() {
    let window = |id: &str, schedule: &str, scope: &str, more: &str| {
        format!(r#"{{"id":"{id}","schedule":{schedule},"scope":{scope}{more}}}"#)
    };
    let once = r#"{"kind":"once","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}"#;
    let daily = r#"{"kind":"daily","clock":"22:00-23:00","timezone":"Europe/Amsterdam"}"#;
    let monitor = r#"{"entity":"uptrends:m-1"}"#;
    let project = r#"{"group":"spaceone:d:p"}"#;
    let typed = r#"{"all":[{"group":"opsmanager:g"},{"alert_type":"A"}]}"#;
    let fields = r#"{"attribute":{"name":"virtana:t:f","equals":"v"}}"#;
    let table = [
        (
            "uptrends",
            daily.replace("22:00-23:00", "00:00-24:00"),
            monitor,
            "",
            "a whole day cannot be said",
        ),
        (
            "uptrends",
            daily.replace("22:00-23:00", "22:00:01-23:00"),
            monitor,
            "",
            "22:00:01-23:00 has seconds",
        ),
        (
            "uptrends",
            daily.replace("Amsterdam", "Paris"),
            monitor,
            "",
            "its zone Europe/Paris is not the account's Europe/Amsterdam",
        ),
        (
            "uptrends",
            daily.replace("\"kind\"", "\"months\":[\"june\"],\"kind\""),
            monitor,
            "",
            "every, months, except and count cannot be said",
        ),
        (
            "uptrends",
            daily.replace("\"daily\"", "\"weekly\",\"weekdays\":[\"monday\",\"friday\"]"),
            monitor,
            "",
            "several weekdays are several periods",
        ),
        (
            "uptrends",
            daily.replace("\"daily\"", "\"monthly\",\"day\":31"),
            monitor,
            "",
            "the day of the month cannot be said",
        ),
        (
            "uptrends",
            daily.replace("\"daily\"", "\"monthly\",\"day\":{\"nth\":1,\"weekday\":\"monday\"}"),
            monitor,
            "",
            "the day of the month cannot be said",
        ),
        (
            "uptrends",
            r#"{"kind":"periodic","start":"2026-01-01T00:00:00Z","duration_ms":1,"period_ms":2}"#
                .to_owned(),
            monitor,
            "",
            "the kind of schedule cannot be said",
        ),
        (
            "uptrends",
            r#"{"kind":"once","start":"2026-10-25T01:30:00Z","end":"2026-10-25T03:00:00Z"}"#
                .to_owned(),
            monitor,
            "",
            "cannot be said on the clock",
        ),
        ("uptrends", daily.to_owned(), project, "", "the scope is not one monitor"),
        ("uptrends", daily.to_owned(), monitor, r#","enabled":false"#, "it is disabled"),
        (
            "uptrends",
            daily.to_owned(),
            monitor,
            r#","valid":{"from":"2026-01-01T00:00:00Z"}"#,
            "its validity or closing cannot be said",
        ),
        ("spaceone", daily.to_owned(), project, "", "the schedule is not one interval"),
        ("spaceone", once.to_owned(), monitor, "", "the scope is not groups"),
        (
            "spaceone",
            once.to_owned(),
            r#"{"any":[{"group":"spaceone:d:p"},{"group":"spaceone:e:p"}]}"#,
            "",
            "the groups are not projects of one domain",
        ),
        ("spaceone", once.to_owned(), project, r#","enabled":false"#, "it is disabled"),
        ("opsmanager", daily.to_owned(), typed, "", "the schedule is not one interval"),
        ("opsmanager", once.to_owned(), project, "", "the scope is not a group and alert types"),
        (
            "opsmanager",
            once.to_owned(),
            r#"{"all":[{"group":"other:g"},{"alert_type":"A"}]}"#,
            "",
            "the group is not one of the vendor's",
        ),
        (
            "opsmanager",
            once.to_owned(),
            typed,
            r#","closed_at":"2026-01-01T00:00:00Z""#,
            "its validity or closing cannot be said",
        ),
        (
            "virtana",
            daily.to_owned(),
            fields,
            "",
            "the schedule is neither one interval nor a fixed period",
        ),
        ("virtana", once.to_owned(), project, "", "the scope is not one tenant's"),
        (
            "virtana",
            once.to_owned(),
            r#"{"all":[{"attribute":{"name":"virtana:t:f","equals":"v"}},{"attribute":{"name":"virtana:u:f","equals":"v"}}]}"#,
            "",
            "the scope is not one tenant's",
        ),
        (
            "virtana",
            once.to_owned(),
            r#"{"attribute":{"name":"virtana:t:f","present":true}}"#,
            "",
            "the scope is not one tenant's",
        ),
        (
            "virtana",
            once.to_owned(),
            r#"{"not":{"attribute":{"name":"virtana:t:f","equals":"v"}}}"#,
            "",
            "the scope is not one tenant's",
        ),
    ];
    for (vendor, schedule, scope, more, why) in table {
        let text =
            format!(r#"{{"version":1,"windows":[{}]}}"#, window("w-1", &schedule, scope, more));
        let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let (_, notes) = export(vendor, &document);
        assert!(
            notes[0].starts_with("w-1: left out: ") && notes[0].contains(why),
            "{text}: {notes:?}"
        );
        assert_eq!(notes.len(), 1);
    }
    // Values that cannot be exported are noted.
    for (vendor, schedule, scope) in [
        ("uptrends", daily, monitor),
        ("spaceone", once, project),
        ("opsmanager", once, typed),
        ("virtana", once, fields),
    ] {
        let more = r#","name":"n","tags":{"a":"b"},"effect":"monitoring","propagation":"entity","state":{"during":5}"#;
        let text =
            format!(r#"{{"version":1,"windows":[{}]}}"#, window("w-1", schedule, scope, more));
        let (_, notes) = export(vendor, &Document::from_json(&text).unwrap());
        let all = notes.join("\n");
        let expected: &[&str] = match vendor {
            "uptrends" => &[
                "the name is lost",
                "does not reach descendants is lost",
                "the tags are lost",
                "the entity states are lost",
            ],
            "spaceone" => &[
                "the effect monitoring is lost",
                "does not reach descendants is lost",
                "the entity states are lost",
            ],
            "opsmanager" => &[
                "the tags are lost",
                "the effect monitoring is lost",
                "the entity states are lost",
            ],
            _ => &["the tags are kept as key=value", "the effect monitoring is lost"],
        };
        assert!(expected.iter().all(|note| all.contains(note)), "{vendor}: {all}");
    }
}

#[test]
fn vendor_name_round_trip() {
    for name in ["spaceone", "opsmanager", "virtana", "uptrends"] {
        assert_eq!(name.parse::<Vendor>().unwrap().to_string(), name);
        assert!(import(name, "{").is_err() && import(name, "7").is_err());
        assert!(import(name, "[]").unwrap().document.registry.is_empty());
    }
    let error = "zenoss".parse::<Vendor>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"zenoss\" is not one of spaceone, opsmanager, virtana, uptrends"
    );
    assert!(
        Vendor::Uptrends
            .export(&Document::new(Registry::new(), Topology::default()), &ConvertOptions::new())
            .is_err()
    );
}
