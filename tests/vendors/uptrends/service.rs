//! Operations, fields and errors.

use quietude::Zone;
use quietude::vendors::VendorApi;
use quietude::vendors::uptrends::{MaintenancePeriod, MaintenanceType, Service};

use crate::helpers::{Host, data, without_whitespace};

use super::{DAILY, M, host};

/// The table of the object, field by field: valid and invalid values.
#[test]
fn field_invalid_error() {
    let mut host = host();
    let post = format!("POST {M}");
    let weekly = without_whitespace(&data("uptrends/group-post.json"));
    let monthly =
        weekly.replace("Weekly", "Monthly").replace("\"WeekDay\":\"Thursday\"", "\"MonthDay\":24");
    let once = r#"{"ScheduleMode":"OneTime","StartDateTime":"2018-09-24T22:00","EndDateTime":"2018-09-24T23:00","MaintenanceType":"DisableMonitoring"}"#;
    let table = [
        (DAILY.replace("\"Daily\"", "null"), "ScheduleMode: null is not a string"),
        (DAILY.replace("\"ScheduleMode\":\"Daily\",", ""), "ScheduleMode: is missing"),
        (
            DAILY.replace("Daily", "Yearly"),
            "ScheduleMode: \"Yearly\" is not one of OneTime, Daily, Weekly, Monthly",
        ),
        (DAILY.replace("Daily", "daily"), "ScheduleMode: \"daily\" is not one of"),
        (DAILY.replace("\"StartTime\":\"22:00\",", ""), "StartTime: is missing"),
        (DAILY.replace("22:00", ""), "StartTime: \"\" is not HH:mm, 00:00 to 23:59"),
        (DAILY.replace("22:00", "24:00"), "StartTime: \"24:00\" is not HH:mm"),
        (DAILY.replace("22:00", "7:05"), "StartTime: \"7:05\" is not HH:mm"),
        (DAILY.replace("22:30", "22:60"), "EndTime: \"22:60\" is not HH:mm"),
        (DAILY.replace("22:30", "22:30:00"), "EndTime: \"22:30:00\" is not HH:mm"),
        (DAILY.replace("22:30", "22.30"), "EndTime: \"22.30\" is not HH:mm"),
        (DAILY.replace("22:30", "22:00"), "EndTime: is equal to StartTime"),
        (weekly.replace("Thursday", "Thu"), "WeekDay: \"Thu\" is not one of Sunday, Monday"),
        (weekly.replace("\"Thursday\"", "4"), "WeekDay: 4 is not a string"),
        (weekly.replace("\"WeekDay\":\"Thursday\",", ""), "WeekDay: is missing"),
        (monthly.replace("24", "0"), "MonthDay: 0 is not in 1..=31"),
        (monthly.replace("24", "32"), "MonthDay: 32 is not in 1..=31"),
        (monthly.replace("24", "-1"), "MonthDay: -1 is not in 1..=31"),
        (monthly.replace("24", "24.5"), "MonthDay: 24.5 is not an integer"),
        (monthly.replace("24", "null"), "MonthDay: is missing"),
        (
            once.replace("T22:00", " 22:00"),
            "StartDateTime: \"2018-09-24 22:00\" is not a date and time",
        ),
        (once.replace("T22:00", "T22:00Z"), "StartDateTime: \"2018-09-24T22:00Z\" is not a date"),
        (
            once.replace("2018-09-24T22", "2018-02-30T22"),
            "StartDateTime: \"2018-02-30T22:00\" is not",
        ),
        (
            once.replace("T23:00", "T21:59"),
            "EndDateTime: 2018-09-24T21:59 is before StartDateTime 2018-09-24T22:00",
        ),
        (once.replace("\"EndDateTime\":\"2018-09-24T23:00\",", ""), "EndDateTime: is missing"),
        (
            DAILY.replace("DisableNotifications", "Disable"),
            "MaintenanceType: \"Disable\" is not one of",
        ),
        (
            DAILY.replace(",\"MaintenanceType\":\"DisableNotifications\"", ""),
            "MaintenanceType: is missing",
        ),
        (DAILY.replacen('{', "{\"Id\":7,", 1), "Id: is not allowed here"),
        (DAILY.replacen('{', "{\"Id\":\"7\",", 1), "Id: \"7\" is not an integer"),
        (DAILY.replacen('{', "{\"Zone\":1,", 1), "Zone: is not a field"),
        (DAILY.replacen('{', "{\"StartTime\":\"01:00\",", 1), "\"StartTime\" is repeated"),
        ("[]".to_owned(), "a list is not an object"),
        ("{".to_owned(), "line 1 column 1"),
        (String::new(), "the body is missing"),
    ];
    for (body, message) in table {
        host.fails(&post, &body, 400, message);
        host.fails("POST /MonitorGroup/g-1/MaintenancePeriod", &body, 400, message);
    }
    assert_eq!(host.ok(&format!("GET {M}"), ""), "[]");
}

#[test]
fn endpoint_invalid_request_error() {
    let mut host = host();
    host.ok(&format!("POST {M}"), DAILY);
    let put = DAILY.replacen('{', "{\"Id\":123,", 1);
    host.fails("GET /Monitor/m-9/MaintenancePeriod", "", 404, "monitorGuid: no monitor is `m-9`");
    host.fails("POST /Monitor/m-9/MaintenancePeriod", DAILY, 404, "monitorGuid");
    host.fails("PUT /Monitor/m-9/MaintenancePeriod/123", &put, 404, "monitorGuid");
    // An id of another monitor is not found.
    host.fails(
        "PUT /Monitor/m-2/MaintenancePeriod/123",
        &put,
        404,
        "maintenancePeriodId: no maintenance period is `123`",
    );
    host.fails(&format!("PUT {M}/124"), &put, 404, "maintenancePeriodId");
    host.fails(&format!("PUT {M}/x"), &put, 400, "maintenancePeriodId: \"x\" is not an integer");
    for id in ["+123", "0123", "123.0", "9223372036854775808"] {
        let message = format!("maintenancePeriodId: \"{id}\" is not an integer");
        host.fails(&format!("DELETE {M}/{id}"), "", 400, &message);
    }
    host.fails(&format!("PUT {M}/123"), DAILY, 400, "Id: is missing: 123 is needed");
    host.fails(
        &format!("PUT {M}/123"),
        &put.replace("123", "125"),
        400,
        "Id: 125 is not 123, as in the path",
    );
    host.fails(&format!("DELETE {M}/124"), "", 404, "maintenancePeriodId");
    host.fails("DELETE /Monitor/m-2/MaintenancePeriod/123", "", 404, "maintenancePeriodId");
    host.fails(&format!("POST {M}/Cleanup/soon"), "", 400, "beforeDate: \"soon\" is not a date");
    for path in ["Cleanup", "Cleanup/"] {
        host.fails(&format!("POST {M}/{path}"), "", 400, "beforeDate: is missing");
    }
    host.fails("POST /Monitor/m-9/MaintenancePeriod/Cleanup/2018-01-01", "", 404, "monitorGuid");
    host.fails(
        "POST /MonitorGroup/g-9/MaintenancePeriod",
        DAILY,
        404,
        "monitorGroupGuid: no monitor group is `g-9`",
    );
    host.fails(&format!("PATCH {M}"), "", 405, "GET or POST");
    host.fails(&format!("GET {M}/123"), "", 405, "PUT or DELETE");
    host.fails(&format!("GET {M}/Cleanup/2018-01-01"), "", 405, "POST");
    host.fails("GET /Monitors", "", 404, "nothing is served at");
    host.fails("GET /Monitor/%ff/MaintenancePeriod", "", 400, "percent-encoded");
    // The host can return invalid ids.
    for (id, message) in
        [("123", "`123` is taken already"), ("x", "\"x\" is not an integer"), ("", "is not an id")]
    {
        host.ids(&[id]);
        host.fails(&format!("POST {M}"), DAILY, 500, message);
        // Of a group, the second copy fails and the first is not kept.
        host.ids(&["7", id]);
        host.fails("POST /MonitorGroup/g-1/MaintenancePeriod", DAILY, 500, message);
    }
}

#[test]
fn other_mode_fields_accepted() {
    let text = r#"{"Id":5,"ScheduleMode":"Daily","StartDateTime":"0001-01-01T00:00:00","EndDateTime":null,
        "StartTime":"23:00","EndTime":"01:00","WeekDay":"Sunday","MonthDay":0,"MaintenanceType":"DisableMonitoring"}"#;
    let period = MaintenancePeriod::from_json(text).unwrap();
    assert_eq!(
        period.to_json(),
        r#"{"Id":5,"ScheduleMode":"Daily","StartTime":"23:00","EndTime":"01:00","MaintenanceType":"DisableMonitoring"}"#
    );
    assert_eq!(period.maintenance_type(), MaintenanceType::DisableMonitoring);
    let seconds = r#"{"ScheduleMode":"OneTime","StartDateTime":"2018-09-24T22:00:30","EndDateTime":"2018-09-24T23:00:00","MaintenanceType":"DisableMonitoring"}"#;
    let printed = MaintenancePeriod::from_json(seconds).unwrap().to_json();
    assert!(
        printed.contains("\"2018-09-24T22:00:30\"") && printed.contains("\"2018-09-24T23:00\"")
    );
    let midnight = DAILY.replace("22:30", "00:00");
    assert_eq!(MaintenancePeriod::from_json(&midnight).unwrap().to_json(), midnight);
}

#[test]
fn cleanup_removes_earlier_one_time_periods() {
    let mut host = host();
    host.ids(&["1", "2", "3", "4", "5"]);
    let once = |day: &str| {
        format!(
            r#"{{"ScheduleMode":"OneTime","StartDateTime":"{day}","EndDateTime":"2030-01-01T00:00","MaintenanceType":"DisableMonitoring"}}"#
        )
    };
    for body in [
        once("2018-09-23T23:59"),
        once("2018-09-24T00:00"),
        once("2018-09-24T10:00"),
        DAILY.to_owned(),
    ] {
        host.ok(&format!("POST {M}"), &body);
    }
    host.ok("POST /Monitor/m-2/MaintenancePeriod", &once("2000-01-01T00:00"));
    let ids = |host: &Host<Service>| -> Vec<_> {
        host.system.list("m-1").unwrap().iter().filter_map(MaintenancePeriod::id).collect()
    };
    assert_eq!(host.send(&format!("POST {M}/Cleanup/2018-09-24"), "").status, 204);
    assert_eq!(ids(&host), [2, 3, 4]);
    host.ok(&format!("POST {M}/Cleanup/2018-09-24T10:00"), "");
    assert_eq!(ids(&host), [3, 4]);
    host.ok(&format!("POST {M}/Cleanup/9999-12-31"), "");
    assert_eq!(ids(&host), [4]);
    assert_eq!(host.system.list("m-2").unwrap().len(), 1);
}

#[test]
fn state_json_round_trip() {
    let mut host = host();
    host.ids(&["1", "2", "3"]);
    host.ok(&format!("POST {M}"), DAILY);
    host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", &data("uptrends/group-post.json"));
    let text = host.system.to_json();
    let back = Service::from_json(&text).unwrap();
    assert_eq!((&back, back.to_json()), (&host.system, text.clone()));
    for (from, to, place) in [
        ("\"Id\":2", "\"Id\":1", "monitors[0]"),
        ("uptrends", "virtana", "system"),
        ("22:30", "22:99", "monitors[0].periods[0].EndTime"),
        ("Europe/Amsterdam", "Europe/Nowhere", "timezone"),
        ("\"monitors\":[\"m-1\",\"m-2\"]", "\"monitors\":[\"m-7\"]", "groups[1]"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let error = Service::from_json(&broken).unwrap_err().to_string();
        assert!(error.starts_with(place), "{error}");
    }
}

#[test]
fn monitor_removed_leaves_groups() {
    let mut service = host().system;
    service.remove_monitor("m-1");
    assert!(service.list("m-1").is_err());
    let mut host = Host::new(service, "2018-09-01T00:00:00Z");
    host.ids(&["1"]);
    assert_eq!(host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", DAILY).matches("Id").count(), 1);
    assert!(host.system.set_group("g-1", ["m-1"]).is_err());
    assert_eq!(*host.system.zone(), Zone::from(chrono_tz::Europe::Amsterdam));
}

/// The response of a group has a period for each of its monitors.
#[test]
fn group_over_memory_budget_error() {
    let mut host = host();
    let monitors: Vec<String> = (0..98_304).map(|number| format!("n-{number}")).collect();
    for monitor in &monitors {
        host.system.add_monitor(monitor).unwrap();
    }
    host.system.set_group("g-1", monitors.iter().map(String::as_str)).unwrap();
    let error = r#"{"Message":"the request needs more than 201326592 bytes of memory: ask for less at once"}"#;
    host.fails("POST /MonitorGroup/g-1/MaintenancePeriod", DAILY, 400, error);
    let few = monitors[..1000].iter().map(String::as_str);
    host.system.set_group("g-1", few).unwrap();
    let ids: Vec<String> = (0..1000).map(|id| id.to_string()).collect();
    host.ids(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let created = host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", DAILY);
    assert!(host.work.1 > created.len() as u64, "{:?}", host.work);
}
