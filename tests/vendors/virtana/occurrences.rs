//! Recurrence, skipped occurrences, manual runs and deletion.

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::Service;

use crate::helpers::{Host, ms};

use super::{CREATE, DELETE, host, silent, spec};

#[test]
fn recurrence_start_to_start_and_skip_next() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4"]);
    host.now = ms(1000);
    // Starts at 500, 1500, 2500 ..; the two after 1000 are skipped.
    host.ok(
        CREATE,
        &spec("a", r#""start":500,"duration":100,"recurrence":1000,"skipNext":"2""#, "e-1", ""),
    );
    let starts: Vec<i64> = (0..60).map(|n| n * 100).filter(|t| silent(&host, "e-1", *t)).collect();
    assert_eq!(starts, [500, 3500, 4500, 5500]);
    assert!(!silent(&host, "e-1", 600));
    let ids: Vec<_> = host.system.windows().iter().map(|window| window.id().to_string()).collect();
    assert_eq!(ids, ["virtana:acme:mw-1:earlier", "virtana:acme:mw-1"]);
    // A duration longer than the recurrence is always active, except for skipped occurrences.
    host.ok(
        CREATE,
        &spec("b", r#""start":500,"duration":1500,"recurrence":1000,"skipNext":2"#, "e-2", ""),
    );
    let on: Vec<i64> = (0..60).map(|n| n * 100).filter(|t| silent(&host, "e-2", *t)).collect();
    assert_eq!((on.first(), on.len()), (Some(&500), 15 + 25));
    assert!(
        host.system
            .notes()
            .iter()
            .any(|note| note.starts_with("mw-2: the recurrence is not longer"))
    );
    // A single occurrence that is skipped never happens.
    host.ok(CREATE, &spec("c", r#""start":5000,"duration":100,"skipNext":1"#, "e-3", ""));
    assert!((0..60).all(|n| !silent(&host, "e-3", n * 100)));
    host.ok(CREATE, &spec("d", r#""start":900,"duration":100,"skipNext":1"#, "e-4", ""));
    assert!(silent(&host, "e-4", 900));
}

#[test]
fn manual_window_starts_by_run_only() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3"]);
    let schedule = r#""start":0,"duration":600"#;
    host.ok(CREATE, &spec("a", schedule, "e-1", ",\"runMode\":1"));
    host.ok(CREATE, &spec("b", schedule, "e-2", ",\"runMode\":1,\"status\":1"));
    host.ok(CREATE, &spec("c", schedule, "e-3", ",\"status\":\"DISABLED\""));
    assert!(!silent(&host, "e-1", 0) && !silent(&host, "e-3", 0));
    let run = |host: &mut Host<Service>, id: &str, t| {
        host.system.run(id, ms(t)).map_err(|f| (f.status(), f.to_string()))
    };
    for _ in 0..2 {
        assert_eq!(run(&mut host, "mw-1", 10_000), Ok(()));
    }
    assert_eq!(run(&mut host, "mw-1", 10_500), Ok(()));
    let on: Vec<i64> = (0..200).map(|n| n * 100).filter(|t| silent(&host, "e-1", *t)).collect();
    assert_eq!((on[0], on.len(), on[on.len() - 1]), (10_000, 11, 11_000));
    assert_eq!(
        run(&mut host, "mw-2", 0),
        Err((400, "status: DISABLED windows do not start".to_owned()))
    );
    assert_eq!(
        run(&mut host, "mw-3", 0),
        Err((400, "runMode: AUTO windows start by themselves".to_owned()))
    );
    assert_eq!(run(&mut host, "mw-9", 0).unwrap_err().0, 404);
    let end = 253_402_300_799_999;
    assert_eq!(run(&mut host, "mw-1", end).unwrap_err().0, 400);
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
    host.ok(DELETE, r#"{"ids":["mw-1"]}"#);
    assert_eq!(run(&mut host, "mw-1", 0).unwrap_err().0, 404);
}

#[test]
fn delete_ends_window_keeps_past() {
    let mut host = host();
    host.ids(&["mw-1"]);
    host.ok(CREATE, &spec("a", r#""start":0,"duration":100,"recurrence":1000"#, "e-1", ""));
    host.now = ms(2050);
    host.ok(DELETE, r#"{"ids":["mw-1"]}"#);
    assert!(silent(&host, "e-1", 1000) && silent(&host, "e-1", 2049));
    assert!(!silent(&host, "e-1", 2050) && !silent(&host, "e-1", 3000));
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
    assert_eq!(host.system.remove_deleted(ms(2049)), 0);
    assert_eq!(host.system.remove_deleted(ms(2050)), 1);
}
