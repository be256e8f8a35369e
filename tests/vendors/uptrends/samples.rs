//! The vendor's samples: documents, requests and responses.

use quietude::Effect;
use quietude::vendors::VendorApi;
use quietude::vendors::uptrends::{MaintenancePeriod, ScheduleMode};

use crate::helpers::{at, data, ms, without_whitespace};

use super::{M, host};

fn without_id(sample: &str) -> String {
    let start = sample.find("\"Id\"").unwrap();
    let end = start + sample[start..].find(',').unwrap() + 1;
    format!("{}{}", &sample[..start], &sample[end..])
}

#[test]
fn samples_round_trip() {
    let modes = [
        ("daily", ScheduleMode::Daily, 123, Effect::Notifications),
        ("weekly", ScheduleMode::Weekly, 123, Effect::Notifications),
        ("monthly", ScheduleMode::Monthly, 125, Effect::Notifications),
        ("one-time", ScheduleMode::OneTime, 124, Effect::Monitoring),
        ("put", ScheduleMode::Monthly, 125, Effect::Notifications),
    ];
    for (name, mode, id, effect) in modes {
        let sample = data(&format!("uptrends/{name}.json"));
        let period = MaintenancePeriod::from_json(&sample).unwrap();
        assert_eq!(period.to_json(), without_whitespace(&sample), "{name}");
        assert_eq!((period.schedule_mode(), period.id()), (mode, Some(id)));
        assert_eq!(period.effect(), effect);
    }
    let posted = data("uptrends/group-post.json");
    assert_eq!(
        MaintenancePeriod::from_json(&posted).unwrap().to_json(),
        without_whitespace(&posted)
    );
}

#[test]
fn sample_requests_exact_responses() {
    let mut host = host();
    // The sample of GET: a monthly and a weekly period.
    host.ids(&["125", "123"]);
    for name in ["monthly", "weekly"] {
        let sample = data(&format!("uptrends/{name}.json"));
        let created = host.ok(&format!("POST {M}"), &without_id(&sample));
        assert_eq!(created, without_whitespace(&sample));
    }
    let listed = host.ok(&format!("GET {M}"), "");
    assert_eq!(listed, without_whitespace(&data("uptrends/list.json")));
    // The sample of PUT.
    let put = host.send(&format!("PUT {M}/125"), &data("uptrends/put.json"));
    assert_eq!((put.status, put.body.as_str()), (204, ""));
    // The sample of POST MonitorGroup adds a copy to each monitor of the group.
    host.ids(&["1", "2"]);
    let body = data("uptrends/group-post.json");
    let response = host.send("POST /MonitorGroup/g-1/MaintenancePeriod", &body);
    assert_eq!(response.status, 201);
    let copy = |id: i64| without_whitespace(&body).replacen('{', &format!("{{\"Id\":{id},"), 1);
    assert_eq!(response.body, format!("[{},{}]", copy(1), copy(2)));
    assert_eq!(host.ok("GET /Monitor/m-2/MaintenancePeriod", ""), format!("[{}]", copy(2)));
    assert_eq!(host.ok("GET /Monitor/m-3/MaintenancePeriod", ""), "[]");
    assert_eq!(host.ok("POST /MonitorGroup/g-0/MaintenancePeriod", &body), "[]");
    // DELETE.
    assert_eq!(host.send(&format!("DELETE {M}/125"), "").status, 204);
    assert!(!host.ok(&format!("GET {M}"), "").contains("125"));
}

#[test]
fn enum_names_round_trip() {
    let mut host = host();
    host.ids = (1..=11).rev().map(|id: i32| id.to_string()).collect();
    let words = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    for (place, day) in words.into_iter().enumerate() {
        let kind = if place % 2 == 0 { "DisableMonitoring" } else { "DisableNotifications" };
        let body = format!(
            r#"{{"ScheduleMode":"Weekly","WeekDay":"{day}","StartTime":"0{place}:00","EndTime":"23:59","MaintenanceType":"{kind}"}}"#
        );
        let created = host.ok(&format!("POST {M}"), &body);
        assert_eq!(created, body.replacen('{', &format!("{{\"Id\":{},", place + 1), 1));
        // The 5th of January 2026 was a Monday; Amsterdam is an hour ahead.
        let start = at("2026-01-04T23:00:00Z").as_millis() + place as i64 * (25 * 3_600_000);
        let window = &host.system.windows()[place];
        assert!(window.is_active(ms(start)) && !window.is_active(ms(start - 1)), "{day}");
        let effect = if place % 2 == 0 { Effect::Monitoring } else { Effect::Notifications };
        assert_eq!(window.effect(), effect);
    }
}

#[test]
fn empty_one_time_sample_kept_and_noted() {
    let mut host = host();
    host.ids(&["124"]);
    let sample = data("uptrends/one-time.json");
    host.ok(&format!("POST {M}"), &without_id(&sample));
    assert_eq!(host.ok(&format!("GET {M}"), ""), format!("[{}]", without_whitespace(&sample)));
    assert!(host.system.windows().is_empty());
    assert_eq!(
        host.system.notes(),
        [
            "uptrends:acme:124: never active: its end is not after its start on the clock of Europe/Amsterdam"
        ]
    );
}
