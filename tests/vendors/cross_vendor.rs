//! Windows of all four vendors in one registry.

use quietude::vendors::{VendorApi, opsmanager, spaceone, uptrends, vendor_id, virtana};
use quietude::{Daily, Effect, Registry, Scope, Silencer, Subject, Topology, Window};

use crate::helpers::{Host, at};

struct All {
    uptrends: Host<uptrends::Service>,
    opsmanager: Host<opsmanager::Service>,
    spaceone: Host<spaceone::Service>,
    virtana: Host<virtana::Service>,
}

const NOW: &str = "2026-11-26T12:00:00Z";

impl All {
    /// Each vendor silences one hour: 18, 19, 20 and 21 o'clock UTC.
    fn new() -> Self {
        let mut uptrends = uptrends::Service::new("acme", chrono_tz::Europe::Amsterdam).unwrap();
        uptrends.add_monitor("m-1").unwrap();
        let mut all = Self {
            uptrends: Host::new(uptrends, NOW),
            opsmanager: Host::new(opsmanager::Service::new("http://host"), NOW),
            spaceone: Host::new(spaceone::Service::new(), NOW),
            virtana: Host::new(virtana::Service::new("acme").unwrap(), NOW),
        };
        all.uptrends.ids(&["1"]);
        all.opsmanager.ids(&["5628faffd4c606594adaa3b2"]);
        all.spaceone.ids(&["mw-1"]);
        all.virtana.ids(&["v-1"]);
        all.uptrends.ok("POST /Monitor/m-1/MaintenancePeriod", r#"{"ScheduleMode":"Daily","StartTime":"19:00","EndTime":"20:00","MaintenanceType":"DisableMonitoring"}"#);
        all.opsmanager.ok("POST /groups/541e/maintenanceWindows", r#"{"alertTypeNames":["BACKUP"],"startDate":"2026-11-26T19:00:00Z","endDate":"2026-11-26T20:00:00Z"}"#);
        all.spaceone.ok("POST /maintenance-windows", r#"{"title":"t","projects":["p-1"],"domain_id":"d-1","start_time":"2026-11-26T20:00:00Z","end_time":"2026-11-26T21:00:00Z"}"#);
        let nine = at("2026-11-26T21:00:00Z").as_millis();
        all.virtana.ok("POST /maintwindows", &format!(r#"{{"specification":{{"name":"n","maintenanceState":300,"schedule":{{"start":{nine},"duration":3600000}},"withIds":{{"ids":["e-1"]}}}}}}"#));
        all
    }

    fn sync(&self, registry: &mut Registry) -> [usize; 4] {
        let systems: [&dyn VendorApi; 4] = [
            &self.uptrends.system,
            &self.opsmanager.system,
            &self.spaceone.system,
            &self.virtana.system,
        ];
        systems.map(|system| system.sync(registry).unwrap())
    }
}

/// The ids of one host at the four vendors.
const NAMES: [&str; 4] =
    ["uptrends:m-1", "opsmanager:541e", "spaceone:d-1:p-1", "virtana:acme:e-1"];

#[test]
fn one_query_covers_all_vendors() {
    let all = All::new();
    let mut registry = Registry::new();
    assert_eq!(all.sync(&mut registry), [1, 1, 1, 1]);
    let expected = [
        (17, None),
        (18, Some(("uptrends:acme:1", Effect::Monitoring))),
        (19, Some(("opsmanager:541e:5628faffd4c606594adaa3b2", Effect::Notifications))),
        (20, Some(("spaceone:d-1:mw-1", Effect::Notifications))),
        (21, Some(("virtana:acme:v-1", Effect::Notifications))),
        (22, None),
    ];
    let known =
        NAMES.iter().fold(Topology::builder(), |topology, name| topology.add_member(name, "db-7"));
    let known = Silencer::builder().topology(known.build().unwrap()).build(&registry).unwrap();
    let unknown = Silencer::new(&registry).unwrap();
    let plain = Subject::entity("db-7").with_alert_type("BACKUP");
    for (silencer, subject) in [(&known, plain), (&unknown, plain.with_groups(&NAMES))] {
        for (hour, by) in expected {
            let t = at(&format!("2026-11-26T{hour}:30:00Z"));
            let found: Vec<_> =
                silencer.silenced_by(subject, t).map(|w| (w.id().as_str(), w.effect())).collect();
            assert_eq!(found, Vec::from_iter(by), "{hour}");
        }
        // The four hours are one silence.
        let until = silencer.silenced_until(subject, at("2026-11-26T18:00:00Z")).unwrap();
        assert_eq!(until.to_string(), "2026-11-26T22:00:00Z");
    }
    // Without an alert type, the Ops Manager window does not match.
    let untyped = Subject::entity("db-7");
    assert!(!known.is_silenced(untyped, at("2026-11-26T19:30:00Z")));
    assert!(!unknown.is_silenced(untyped, at("2026-11-26T18:30:00Z")));
}

#[test]
fn sync_changes_own_windows_only() {
    let mut all = All::new();
    let mut registry = Registry::new();
    let own = Window::builder("uptrends-of-our-own")
        .schedule(Daily::new("22:00-02:00".parse().unwrap(), chrono_tz::UTC))
        .scope(Scope::entity("x"))
        .build()
        .unwrap();
    registry.insert(own).unwrap();
    all.sync(&mut registry);
    let revision = registry.revision();
    assert_eq!(all.sync(&mut registry), [0; 4]);
    assert_eq!(registry.revision(), revision);
    all.spaceone.ok("PUT /maintenance-window/mw-1/close", r#"{"domain_id":"d-1"}"#);
    all.uptrends.ok("DELETE /Monitor/m-1/MaintenancePeriod/1", "");
    all.virtana.ids(&["v-2"]);
    all.virtana.ok("POST /maintwindows", r#"{"specification":{"name":"o","maintenanceState":300,"schedule":{"start":0,"duration":1},"withIds":{"ids":["e-2"]}}}"#);
    assert_eq!(all.sync(&mut registry), [1, 0, 1, 1]);
    let ids: Vec<_> = registry.iter().map(|window| window.id().to_string()).collect();
    assert_eq!(
        ids,
        [
            "uptrends-of-our-own",
            "opsmanager:541e:5628faffd4c606594adaa3b2",
            "spaceone:d-1:mw-1",
            "virtana:acme:v-1",
            "virtana:acme:v-2",
        ]
    );
    // Two accounts of one vendor in one registry.
    let mut other = uptrends::Service::new("other", chrono_tz::UTC).unwrap();
    other.add_monitor("m-9").unwrap();
    other.sync(&mut registry).unwrap();
    assert_eq!(registry.len(), 5);
}

#[test]
fn id_with_colon_no_collision() {
    let mut spaceone = Host::new(spaceone::Service::new(), NOW);
    spaceone.ids(&["mw-1"]);
    spaceone.ok("POST /maintenance-windows", r#"{"title":"t","projects":["b:c"],"domain_id":"a","start_time":"2026-11-26T20:00:00Z","end_time":"2026-11-26T21:00:00Z"}"#);
    let silent = |parts: &[&str]| {
        let name = vendor_id(parts);
        spaceone.is_silenced(
            &Subject::entity("x").with_groups(&[name.as_str()]),
            at("2026-11-26T20:30:00Z"),
        )
    };
    assert!(silent(&["spaceone", "a", "b:c"]));
    assert!(!silent(&["spaceone", "a:b", "c"]));
}

#[test]
fn state_moved_to_other_host_continues() {
    let all = All::new();
    let mut registry = Registry::new();
    all.sync(&mut registry);
    let moved = All {
        uptrends: Host::new(
            uptrends::Service::from_json(&all.uptrends.system.to_json()).unwrap(),
            NOW,
        ),
        opsmanager: Host::new(
            opsmanager::Service::from_json(&all.opsmanager.system.to_json()).unwrap(),
            NOW,
        ),
        spaceone: Host::new(
            spaceone::Service::from_json(&all.spaceone.system.to_json()).unwrap(),
            NOW,
        ),
        virtana: Host::new(
            virtana::Service::from_json(&all.virtana.system.to_json()).unwrap(),
            NOW,
        ),
    };
    assert_eq!(moved.sync(&mut registry), [0; 4]);
}
