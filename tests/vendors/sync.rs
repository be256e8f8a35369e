//! Which windows `sync` looks at: those that changed, and no others.

use std::cell::Cell;
use std::collections::BTreeMap;

use quietude::vendors::{
    ChangeLog, Context, Request, Response, VendorApi, opsmanager, spaceone, uptrends, virtana,
};
use quietude::{Registry, Window};

use crate::helpers::{Host, ms};
use crate::testing::SplitMix64;

/// Counts the windows that a service converts.
struct Counting<'a> {
    service: &'a dyn VendorApi,
    built: Cell<usize>,
}

impl VendorApi for Counting<'_> {
    fn handle(&mut self, _: &Request<'_>, _: &mut Context<'_>) -> Response {
        unreachable!("requests go to the service")
    }

    fn refusal(&self, status: u16, message: &str) -> Response {
        self.service.refusal(status, message)
    }

    fn window_id_prefix(&self) -> String {
        self.service.window_id_prefix()
    }

    fn windows(&self) -> Vec<Window> {
        let windows = self.service.windows();
        self.built.set(self.built.get() + windows.len());
        windows
    }

    fn window(&self, id: &str) -> Option<Window> {
        self.built.set(self.built.get() + 1);
        self.service.window(id)
    }

    fn changes(&self) -> Option<&ChangeLog> {
        self.service.changes()
    }

    fn notes(&self) -> Vec<String> {
        self.service.notes()
    }

    fn to_json(&self) -> String {
        self.service.to_json()
    }
}

/// Synchronizes a registry. Returns how many windows were converted, and how many changed.
fn synced(service: &dyn VendorApi, registry: &mut Registry) -> (usize, usize) {
    let counting = Counting { service, built: Cell::new(0) };
    let changed = counting.sync(registry).unwrap();
    (counting.built.get(), changed)
}

const NOW: &str = "2026-11-26T12:00:00Z";
const WINDOWS: usize = 500;

const DAILY: &str = r#"{"ScheduleMode":"Daily","StartTime":"19:00","EndTime":"20:00","MaintenanceType":"DisableMonitoring"}"#;
const ALERT: &str = r#"{"alertTypeNames":["BACKUP"],"startDate":"2026-11-26T19:00:00Z","endDate":"2026-11-26T20:00:00Z"}"#;
const PROJECT: &str = r#"{"title":"t","projects":["p-1"],"domain_id":"d-1","start_time":"2026-11-26T20:00:00Z","end_time":"2026-11-26T21:00:00Z"}"#;

fn specification(name: usize, more: &str) -> String {
    format!(
        r#"{{"specification":{{"name":"n-{name}","maintenanceState":300,"force":true,"schedule":{{"start":1795726800000,"duration":3600000}}{more}}}}}"#
    )
}

const IDS: &str = r#","withIds":{"ids":["e-1"]}"#;

fn uptrends_host() -> Host<uptrends::Service> {
    let mut service = uptrends::Service::new("acme", chrono_tz::Europe::Amsterdam).unwrap();
    service.add_monitor("m-1").unwrap();
    Host::new(service, NOW)
}

/// Asserts how many windows a request makes `sync` convert, and how many it changes. A
/// failed request makes it convert none.
fn check<S: VendorApi + Clone + PartialEq + std::fmt::Debug>(
    mut host: Host<S>,
    id: fn(usize) -> String,
    create: (&str, &dyn Fn(usize) -> String),
    requests: &[(&str, &str, bool, (usize, usize))],
) {
    let mut registry = Registry::new();
    for number in 1..=WINDOWS {
        host.ids(&[&id(number)]);
        host.ok(create.0, &create.1(number));
    }
    assert_eq!(synced(&host.system, &mut registry), (WINDOWS, WINDOWS));
    host.ids(&[&id(WINDOWS + 1)]);
    host.ok(create.0, &create.1(WINDOWS + 1));
    assert_eq!(synced(&host.system, &mut registry), (1, 1));
    for (line, body, is_ok, expected) in requests {
        let revision = registry.revision();
        let response = host.send(line, body);
        assert_eq!(response.status < 300, *is_ok, "{line} {body}: {response:?}");
        assert_eq!(synced(&host.system, &mut registry), *expected, "{line} {body}");
        assert_eq!(registry.revision(), revision + expected.1 as u64, "{line} {body}");
    }
    // Another registry, and a clone, which has a log of its own.
    let all = host.system.windows().len();
    assert_eq!(synced(&host.system, &mut Registry::new()), (all, all));
    assert_eq!(synced(&host.system.clone(), &mut registry), (all, 0));
}

#[test]
fn uptrends_sync_converts_changed_only() {
    let one = "/Monitor/m-1/MaintenancePeriod";
    let changed = DAILY.replace("20:00", "21:00").replacen('{', "{\"Id\":7,", 1);
    check(
        uptrends_host(),
        |number| number.to_string(),
        (&format!("POST {one}"), &|_| DAILY.to_owned()),
        &[
            (&format!("GET {one}"), "", true, (0, 0)),
            (&format!("PUT {one}/7"), "{}", false, (0, 0)),
            (&format!("PUT {one}/7"), &changed, true, (1, 1)),
            // It is as it was: looked at, and no change.
            (&format!("PUT {one}/7"), &changed, true, (1, 0)),
            (&format!("DELETE {one}/8"), "", true, (1, 1)),
            (&format!("DELETE {one}/8"), "", false, (0, 0)),
            (&format!("POST {one}/Cleanup/2027-01-01"), "", true, (0, 0)),
        ],
    );
}

#[test]
fn opsmanager_sync_converts_changed_only() {
    let one = "/groups/541e/maintenanceWindows";
    let window = format!("{one}/{:024x}", 7);
    check(
        Host::new(opsmanager::Service::new("http://host"), NOW),
        |number| format!("{number:024x}"),
        (&format!("POST {one}"), &|_| ALERT.to_owned()),
        &[
            (&format!("GET {one}"), "", true, (0, 0)),
            (&format!("GET {window}"), "", true, (0, 0)),
            (&format!("POST {one}"), "{}", false, (0, 0)),
            (&format!("PATCH {window}"), r#"{"endDate":"2026-11-26T21:00:00Z"}"#, true, (1, 1)),
            (&format!("PATCH {window}"), r#"{"endDate":"2026-11-26T18:00:00Z"}"#, false, (0, 0)),
            (&format!("DELETE {window}"), "", true, (1, 1)),
            (&format!("DELETE {window}"), "", false, (0, 0)),
        ],
    );
}

#[test]
fn spaceone_sync_converts_changed_only() {
    let id = r#"{"domain_id":"d-1","query":{"page":{"limit":1}}}"#;
    check(
        Host::new(spaceone::Service::new(), NOW),
        |number| format!("mw-{number}"),
        ("POST /maintenance-windows", &|_| PROJECT.to_owned()),
        &[
            ("GET /maintenance-window/mw-7?domain_id=d-1", "", true, (0, 0)),
            ("POST /maintenance-windows/search", id, true, (0, 0)),
            ("PUT /maintenance-window/mw-7", r#"{"domain_id":"d-2"}"#, false, (0, 0)),
            ("PUT /maintenance-window/mw-7", r#"{"domain_id":"d-1","title":"u"}"#, true, (1, 1)),
            ("PUT /maintenance-window/mw-7/close", r#"{"domain_id":"d-1"}"#, true, (1, 1)),
            // A closed window is not changed again.
            ("PUT /maintenance-window/mw-7/close", r#"{"domain_id":"d-1"}"#, true, (0, 0)),
        ],
    );
}

#[test]
fn virtana_sync_converts_changed_only() {
    let path = "POST /v1/modelcontext/maintwindows";
    let search = r#"{"search_input":{"query":{"clause":{"filter":{"field":"name","value":"n-7","operation":"OP_EQUALS"}}}}}"#;
    check(
        Host::new(virtana::Service::new("acme").unwrap(), NOW),
        |number| format!("v-{number}"),
        (path, &|number| specification(number, IDS)),
        &[
            (&format!("{path}:list"), r#"{"page_input":{"limit":2}}"#, true, (0, 0)),
            (&format!("{path}:search"), search, true, (0, 0)),
            (path, &specification(7, IDS), false, (0, 0)),
            (&format!("{path}:deleteBulk"), r#"{"ids":["v-7","v-8"]}"#, true, (2, 2)),
            (&format!("{path}:deleteBulk"), r#"{"ids":["v-9","v-7"]}"#, false, (0, 0)),
        ],
    );
}

#[test]
fn sync_registry_changed_by_others_restores() {
    let mut host = uptrends_host();
    let mut registry = Registry::new();
    host.ids(&["1", "2", "3"]);
    for _ in 0..3 {
        host.ok("POST /Monitor/m-1/MaintenancePeriod", DAILY);
    }
    assert_eq!(synced(&host.system, &mut registry), (3, 3));
    assert_eq!(synced(&host.system, &mut registry), (0, 0));
    registry.remove("uptrends:acme:2").unwrap();
    assert_eq!(synced(&host.system, &mut registry), (3, 1));
    registry.close("uptrends:acme:1", host.now).unwrap();
    assert_eq!(synced(&host.system, &mut registry), (3, 1));
    // A window of another prefix is none of this service's.
    let own = registry.get("uptrends:acme:1").unwrap().to_builder();
    registry.insert(own.id("uptrends:other:1").build().unwrap()).unwrap();
    assert_eq!(synced(&host.system, &mut registry), (0, 0));
    // A clone of the registry has the same windows.
    assert_eq!(synced(&host.system, &mut registry.clone()), (0, 0));
    host.system.remove_monitor("m-1");
    assert_eq!(synced(&host.system, &mut registry), (3, 3));
    assert_eq!(registry.len(), 1);
}

#[test]
fn sync_more_changes_than_remembered_compares_all() {
    let mut host = uptrends_host();
    let mut registry = Registry::new();
    host.ids(&["1", "2"]);
    host.ok("POST /Monitor/m-1/MaintenancePeriod", DAILY);
    host.ok("POST /Monitor/m-1/MaintenancePeriod", DAILY);
    host.system.sync(&mut registry).unwrap();
    let before = host.system.changes().unwrap().revision();
    let changed = DAILY.replacen('{', "{\"Id\":2,", 1);
    for _ in 0..=1 << 14 {
        let period = uptrends::MaintenancePeriod::from_json(&changed).unwrap();
        host.system.update("m-1", 2, period).unwrap();
    }
    assert!(host.system.changes().unwrap().since(before).is_none());
    assert_eq!(synced(&host.system, &mut registry), (2, 0));
    assert_eq!(synced(&host.system, &mut registry), (0, 0));
}

/// Random operations of a service with windows of several windows of this crate.
#[test]
fn virtana_random_changes_sync_as_anew() {
    let path = "POST /v1/modelcontext/maintwindows";
    let regex = r#","query":{"clause":{"filter":{"field":"name","value":"db-[0-9]+","operation":"OP_REGEX"}}}"#;
    for seed in 1..=40 {
        let mut rng = SplitMix64::new(seed);
        let mut host = Host::new(virtana::Service::new("a:b").unwrap(), NOW);
        let mut registry = Registry::new();
        let mut last = 0;
        for step in 0..30 {
            host.now = ms(step * 1000);
            let one = format!("v:{}", rng.below(last + 1));
            match rng.below(6) {
                0..=2 => {
                    last += 1;
                    host.ids(&[&format!("v:{last}")]);
                    let skip = r#","withIds":{"ids":["e"]},"runMode":"MANUAL""#;
                    let more = *rng.choose(&[IDS, regex, skip]);
                    let schedule = r#""start":5000,"duration":100,"recurrence":700,"skipNext":2"#;
                    let body = specification(last as usize, more)
                        .replace(r#""start":1795726800000,"duration":3600000"#, schedule);
                    host.ok(path, &body);
                }
                3 => drop(host.system.run(&one, ms(rng.below(9)))),
                4 => drop(
                    host.send(&format!("{path}:deleteBulk"), &format!(r#"{{"ids":["{one}"]}}"#)),
                ),
                _ => drop(host.system.remove_deleted(ms(step * 500))),
            }
            let (built, changed) = synced(&host.system, &mut registry);
            assert!(step == 0 || built == changed, "{seed} {step}: {built} {changed}");
            let by_id = |windows: Vec<Window>| -> BTreeMap<String, Window> {
                windows.into_iter().map(|window| (window.id().to_string(), window)).collect()
            };
            let kept = registry.iter().map(|window| (**window).clone()).collect();
            assert_eq!(by_id(kept), by_id(host.system.windows()), "{seed} {step}");
            for window in host.system.windows() {
                assert_eq!(host.system.window(window.id().as_str()), Some(window));
            }
            assert_eq!(host.system.window("virtana:a%3Ab:v"), None);
        }
    }
}

#[test]
fn window_unknown_id_none() {
    let uptrends = uptrends_host().system;
    let opsmanager = opsmanager::Service::new("http://host");
    let spaceone = spaceone::Service::new();
    let virtana = virtana::Service::new("acme").unwrap();
    let services: [&dyn VendorApi; 4] = [&uptrends, &opsmanager, &spaceone, &virtana];
    for service in services {
        for id in
            ["", "x", "uptrends:acme:1", "opsmanager:g:1", "spaceone:d:mw-1", "virtana:acme:v"]
        {
            assert_eq!(service.window(id), None, "{id}");
        }
    }
}
