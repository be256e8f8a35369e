//! Documents whose time zones are resolved by the host.

use std::cell::RefCell;

use quietude::{Document, Error, ErrorKind, Schedule, Zone};

use crate::helpers::at;
use crate::zone_source::ZoneSource;

const TEXT: &str = r#"{ "version": 1, "windows": [
    { "id": "d", "scope": "everything", "schedule":
        { "kind": "daily", "clock": "22:00-23:00", "timezone": "Africa/Casablanca" } },
    { "id": "w", "scope": "everything", "schedule": { "kind": "weekly", "weekdays": ["monday"],
        "clock": "22:00-23:00", "timezone": "Africa/Casablanca" } },
    { "id": "r", "scope": "everything", "schedule": { "kind": "rule", "duration_ms": 3600000,
        "rrule": "DTSTART;TZID=Africa/Casablanca:20260101T220000\nRRULE:FREQ=DAILY\nEXDATE;TZID=America/Nuuk:20260102T190000" } },
    { "id": "f", "scope": "everything", "schedule": { "kind": "rule", "duration_ms": 3600000,
        "rrule": "DTSTART:20260101T220000\nRRULE:FREQ=DAILY", "timezone": "Africa/Casablanca" } } ] }"#;

/// The file of a zone; for Morocco the file of release 2025b, in which the change of
/// 2026-09-20 is not permanent.
fn file(name: &str) -> Result<Zone, Error> {
    let source =
        if name == "Africa/Casablanca" { ZoneSource::File(16) } else { ZoneSource::file(name) };
    Ok(source.into())
}

#[test]
fn zones_resolved_by_host() {
    let resolved = RefCell::new(Vec::new());
    let document = Document::from_json_with_zones(TEXT, |name| {
        resolved.borrow_mut().push(name.to_owned());
        file(name)
    })
    .unwrap();
    assert_eq!(
        *resolved.borrow(),
        ["Africa/Casablanca", "America/Nuuk"],
        "each zone is resolved once"
    );
    let built_in = Document::from_json(TEXT).unwrap();
    // Mondays, 22:30 by both, and by either.
    for (t, in_file, in_release) in [
        ("2026-06-01T21:30:00Z", true, true),
        ("2026-11-30T21:30:00Z", true, false),
        ("2026-11-30T22:30:00Z", false, true),
    ] {
        for id in ["d", "w", "r", "f"] {
            let is_active =
                |document: &Document| document.registry.get(id).unwrap().is_active(at(t));
            assert_eq!(is_active(&document), in_file, "{id} {t}");
            assert_eq!(is_active(&built_in), in_release, "{id} {t}");
        }
    }
    // In Nuuk, 19:00 in winter was 22:00 in Morocco.
    let window = document.registry.get("r").unwrap();
    assert!(!window.is_active(at("2026-01-02T21:30:00Z")));
    assert!(window.is_active(at("2026-01-03T21:30:00Z")));
    let line =
        "every day at 22:00, from 2026-01-01, for 1 h, Africa/Casablanca, except 2026-01-02 19:00";
    assert_eq!(window.schedule().describe(), line);
}

/// The output contains the names of the zones, and reads back equal with the same zones.
#[test]
fn to_json_writes_zone_names() {
    let document = Document::from_json_with_zones(TEXT, file).unwrap();
    let written = document.to_json();
    assert_eq!(written, Document::from_json(TEXT).unwrap().to_json());
    let again = Document::from_json_with_zones(&written, file).unwrap();
    let built_in = Document::from_json(&written).unwrap();
    for window in document.registry.iter() {
        let id = window.id().as_str();
        assert_eq!(again.registry.get(id), Some(window), "{id}");
        assert_ne!(built_in.registry.get(id), Some(window), "{id}");
    }
}

/// Rules are equal only if all their zones are, also the zone of an EXDATE.
#[test]
fn rules_same_text_other_zone_differ() {
    let document = |nuuk: Zone| {
        let zones = |name: &str| if name == "America/Nuuk" { Ok(nuuk.clone()) } else { file(name) };
        let document = Document::from_json_with_zones(TEXT, zones).unwrap();
        document.registry.get("r").unwrap().schedule().clone()
    };
    let nuuk = || file("America/Nuuk").unwrap();
    let (right, wrong): (Schedule, Schedule) = (document(nuuk()), document(Zone::utc()));
    assert_eq!(right, document(nuuk()));
    assert_ne!(right, wrong);
    assert!(wrong.contains(at("2026-01-02T21:30:00Z")));
}

#[test]
fn zone_resolver_error_path() {
    let none = |name: &str| Err(Error::not_found(format_args!("\"{name}\" is not here")));
    let error = Document::from_json_with_zones(TEXT, none).unwrap_err();
    assert_eq!(
        error.to_string(),
        "window `d`: schedule.timezone: \"Africa/Casablanca\" is not here"
    );
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let no_nuuk = |name: &str| if name == "America/Nuuk" { none(name) } else { file(name) };
    let error = Document::from_json_with_zones(TEXT, no_nuuk).unwrap_err();
    let expected = "window `r`: schedule.rrule.EXDATE.TZID: \"America/Nuuk\" is not here";
    assert_eq!(error.to_string(), expected);
    let bad = |name: &str| Zone::from_tzif(name, b"TZif");
    let error = Document::from_json_with_zones(TEXT, bad).unwrap_err();
    let expected = "window `d`: schedule.timezone: the TZif data of \"Africa/Casablanca\": \
                    header: is cut off: it takes 44 bytes, and 4 are left";
    assert_eq!(error.to_string(), expected);
}
