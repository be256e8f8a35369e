//! Uptrends: samples, endpoints, errors, a naive model, a slow reference.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use quietude::vendors::VendorApi;
use quietude::vendors::uptrends::{MaintenancePeriod, MaintenanceType, ScheduleMode, Service};
use quietude::{Effect, Subject, Topology, Zone};

use crate::support::{Dice, Host, at, data, ms, squeezed};

const M: &str = "/Monitor/m-1/MaintenancePeriod";
const DAILY: &str = r#"{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}"#;

fn host() -> Host<Service> {
    let mut service = Service::new("acme", chrono_tz::Europe::Amsterdam).unwrap();
    for monitor in ["m-1", "m-2", "m-3"] {
        service.add_monitor(monitor).unwrap();
    }
    service.set_group("g-1", ["m-1", "m-2"]).unwrap();
    service.set_group("g-0", []).unwrap();
    let mut host = Host::new(service, "2018-09-01T00:00:00Z");
    host.ids(&["123", "124", "125", "126"]);
    host
}

fn without_id(sample: &str) -> String {
    let start = sample.find("\"Id\"").unwrap();
    let end = start + sample[start..].find(',').unwrap() + 1;
    format!("{}{}", &sample[..start], &sample[end..])
}

#[test]
fn every_sample_is_read_and_printed() {
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
        assert_eq!(period.to_json(), squeezed(&sample), "{name}");
        assert_eq!((period.schedule_mode(), period.id()), (mode, Some(id)));
        assert_eq!(period.effect(), effect);
    }
    let posted = data("uptrends/group-post.json");
    assert_eq!(MaintenancePeriod::from_json(&posted).unwrap().to_json(), squeezed(&posted));
}

#[test]
fn the_samples_are_answered_as_they_are_printed() {
    let mut host = host();
    // GET's own example: a monthly and a weekly period.
    host.ids(&["125", "123"]);
    for name in ["monthly", "weekly"] {
        let sample = data(&format!("uptrends/{name}.json"));
        let created = host.ok(&format!("POST {M}"), &without_id(&sample));
        assert_eq!(created, squeezed(&sample));
    }
    let listed = host.ok(&format!("GET {M}"), "");
    assert_eq!(listed, squeezed(&data("uptrends/list.json")));
    // PUT's example.
    let put = host.send(&format!("PUT {M}/125"), &data("uptrends/put.json"));
    assert_eq!((put.status, put.body.as_str()), (204, ""));
    // POST MonitorGroup's example adds a copy to each monitor of the group.
    host.ids(&["1", "2"]);
    let body = data("uptrends/group-post.json");
    let response = host.send("POST /MonitorGroup/g-1/MaintenancePeriod", &body);
    assert_eq!(response.status, 201);
    let copy = |id: i64| squeezed(&body).replacen('{', &format!("{{\"Id\":{id},"), 1);
    assert_eq!(response.body, format!("[{},{}]", copy(1), copy(2)));
    assert_eq!(host.ok("GET /Monitor/m-2/MaintenancePeriod", ""), format!("[{}]", copy(2)));
    assert_eq!(host.ok("GET /Monitor/m-3/MaintenancePeriod", ""), "[]");
    assert_eq!(host.ok("POST /MonitorGroup/g-0/MaintenancePeriod", &body), "[]");
    // DELETE.
    assert_eq!(host.send(&format!("DELETE {M}/125"), "").status, 204);
    assert!(!host.ok(&format!("GET {M}"), "").contains("125"));
}

/// The object's table, field by field: what is read, and what is refused.
#[test]
fn every_field_of_the_object_has_its_error() {
    let mut host = host();
    let post = format!("POST {M}");
    let weekly = squeezed(&data("uptrends/group-post.json"));
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
fn every_word_of_the_object_is_read_and_printed() {
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
fn every_endpoint_has_its_errors() {
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
    // Ids come from the host, which may be mistaken.
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
fn what_the_vendor_sends_besides_is_read() {
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
fn a_cleanup_takes_one_time_periods_that_start_before_the_date() {
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
fn the_sample_of_no_length_is_kept_listed_and_noted() {
    let mut host = host();
    host.ids(&["124"]);
    let sample = data("uptrends/one-time.json");
    host.ok(&format!("POST {M}"), &without_id(&sample));
    assert_eq!(host.ok(&format!("GET {M}"), ""), format!("[{}]", squeezed(&sample)));
    assert!(host.system.windows().is_empty());
    assert_eq!(
        host.system.notes(),
        [
            "uptrends:acme:124: never active: its end is not after its start on the clock of Europe/Amsterdam"
        ]
    );
}

#[test]
fn the_state_comes_back_identical() {
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

/// The vendor's rule, read aloud: a period is in force on a date of its own
/// from the first instant at which the clock reads its start until the first at
/// which it reads its end. Walks minute by minute.
fn reference(periods: &[serde_json::Value], zone: chrono_tz::Tz, t: i64) -> Option<Effect> {
    #[allow(clippy::disallowed_methods, reason = "far from the ends of the range")]
    let reading = |t: i64| zone.timestamp_millis_opt(t).unwrap().naive_local();
    // The greatest reading shown so far: within a fold, the end of its first pass.
    let high = (0..=180).map(|minutes| reading(t - minutes * 60_000)).max().unwrap();
    periods
        .iter()
        .filter(|period| in_force(period, high))
        .map(|period| match period["MaintenanceType"].as_str().unwrap() {
            "DisableMonitoring" => Effect::Monitoring,
            _ => Effect::Notifications,
        })
        .max()
}

fn in_force(period: &serde_json::Value, high: NaiveDateTime) -> bool {
    let field = |name: &str| period[name].as_str().unwrap().to_owned();
    let clock = |date: NaiveDate, name: &str| -> NaiveDateTime {
        format!("{date}T{}:00", field(name)).parse().unwrap()
    };
    let own = |date: NaiveDate| match period["ScheduleMode"].as_str().unwrap() {
        "Daily" => true,
        "Weekly" => date.format("%A").to_string() == field("WeekDay"),
        _ => {
            let day = period["MonthDay"].as_u64().unwrap() as u32;
            let is_last = date.succ_opt().unwrap().day() == 1;
            date.day() == day || (is_last && day > date.day())
        }
    };
    if period["ScheduleMode"] == "OneTime" {
        let time = |name: &str| -> NaiveDateTime { format!("{}:00", field(name)).parse().unwrap() };
        return time("StartDateTime") <= high && high < time("EndDateTime");
    }
    [high.date(), high.date().pred_opt().unwrap()].into_iter().filter(|date| own(*date)).any(
        |date| {
            let (start, end) = (clock(date, "StartTime"), clock(date, "EndTime"));
            let end = if end <= start { end + TimeDelta::days(1) } else { end };
            start <= high && high < end
        },
    )
}

fn random_period(dice: &mut Dice) -> String {
    let time =
        |dice: &mut Dice| format!("{:02}:{:02}", dice.below(24), dice.pick(&[0, 15, 30, 59]));
    let kind = dice.pick(&["DisableMonitoring", "DisableNotifications"]);
    let (start, mut end) = (time(dice), time(dice));
    if start == end {
        end = if start == "00:00" { "00:15".to_owned() } else { "00:00".to_owned() };
    }
    let day = match dice.below(4) {
        0 => {
            let date = |dice: &mut Dice| {
                format!(
                    "2026-{:02}-{:02}T{}",
                    dice.pick(&[3, 10]),
                    dice.pick(&[24, 25, 28, 29]),
                    time(dice)
                )
            };
            let mut dates = [date(dice), date(dice)];
            dates.sort();
            return format!(
                r#"{{"ScheduleMode":"OneTime","StartDateTime":"{}","EndDateTime":"{}","MaintenanceType":"{kind}"}}"#,
                dates[0], dates[1]
            );
        }
        1 => r#""ScheduleMode":"Daily""#.to_owned(),
        2 => format!(
            r#""ScheduleMode":"Weekly","WeekDay":"{}""#,
            dice.pick(&["Sunday", "Saturday", "Monday", "Wednesday"])
        ),
        _ => format!(
            r#""ScheduleMode":"Monthly","MonthDay":{}"#,
            dice.pick(&[1, 24, 25, 28, 29, 30, 31])
        ),
    };
    format!(r#"{{{day},"StartTime":"{start}","EndTime":"{end}","MaintenanceType":"{kind}"}}"#)
}

#[test]
fn silence_agrees_with_the_slow_reference_around_clock_changes() {
    for (seed, zone) in [
        chrono_tz::Europe::Amsterdam,
        chrono_tz::America::New_York,
        chrono_tz::Australia::Lord_Howe,
    ]
    .into_iter()
    .enumerate()
    {
        let mut dice = Dice::new(seed as u64 + 1);
        for _ in 0..8 {
            let mut host = Host::new(Service::new("acme", zone).unwrap(), "2026-01-01T00:00:00Z");
            host.system.add_monitor("m-1").unwrap();
            host.ids(&["1", "2", "3"]);
            let mut periods = Vec::new();
            for _ in 0..=dice.below(3) {
                let body = random_period(&mut dice);
                host.ok(&format!("POST {M}"), &body);
                periods.push(serde_json::from_str(&body).unwrap());
            }
            let silencer = host.silencer(&Topology::default());
            for _ in 0..400 {
                let near = *dice.pick(&[
                    "2026-03-28T12:00:00Z",
                    "2026-10-24T12:00:00Z",
                    "2026-03-08T00:00:00Z",
                    "2026-02-28T00:00:00Z",
                    "2026-04-04T06:00:00Z",
                ]);
                let t = at(near).as_millis() + dice.below(2 * 24 * 60) as i64 * 60_000
                    - dice.below(2) as i64;
                let subject = Subject::entity("uptrends:m-1");
                assert_eq!(
                    silencer.effect(&subject, ms(t)),
                    reference(&periods, zone, t),
                    "{} in {zone}: {periods:?}",
                    ms(t)
                );
            }
        }
    }
}

/// Random operations against a list of lists.
#[test]
fn random_operations_agree_with_a_naive_model() {
    for seed in 1..=60 {
        let mut dice = Dice::new(seed);
        let mut host = host();
        let mut model: Vec<(String, i64, String)> = Vec::new();
        let mut next = 1;
        for _ in 0..60 {
            let monitor = *dice.pick(&["m-1", "m-2", "m-3", "m-9"]);
            let known = monitor != "m-9";
            let base = format!("/Monitor/{monitor}/MaintenancePeriod");
            let id = dice.below(next as u64 + 2) as i64;
            let place = model.iter().position(|(m, known, _)| m == monitor && *known == id);
            match dice.below(6) {
                0 | 1 => {
                    let body = random_period(&mut dice);
                    host.ids(&[&next.to_string()]);
                    let status = host.send(&format!("POST {base}"), &body).status;
                    assert_eq!(status, if known { 201 } else { 404 });
                    if known {
                        model.push((monitor.to_owned(), next, body));
                        next += 1;
                    }
                }
                2 => {
                    let body = random_period(&mut dice);
                    host.ids(&[&next.to_string(), &(next + 1).to_string()]);
                    host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", &body);
                    model.push(("m-1".to_owned(), next, body.clone()));
                    model.push(("m-2".to_owned(), next + 1, body));
                    next += 2;
                }
                3 => {
                    let own = if dice.below(4) == 0 { id + 1 } else { id };
                    let body = random_period(&mut dice);
                    let sent = body.replacen('{', &format!("{{\"Id\":{own},"), 1);
                    let status = host.send(&format!("PUT {base}/{id}"), &sent).status;
                    match place {
                        None => assert_eq!(status, 404),
                        Some(_) if own != id => assert_eq!(status, 400),
                        Some(place) => {
                            assert_eq!(status, 204);
                            model[place].2 = body;
                        }
                    }
                }
                4 => {
                    let status = host.send(&format!("DELETE {base}/{id}"), "").status;
                    assert_eq!(status, if place.is_some() { 204 } else { 404 });
                    if let Some(place) = place {
                        model.remove(place);
                    }
                }
                _ => {
                    let date = *dice.pick(&["2026-03-25", "2026-10-01", "2027-01-01"]);
                    let status = host.send(&format!("POST {base}/Cleanup/{date}"), "").status;
                    assert_eq!(status, if known { 204 } else { 404 });
                    model.retain(|(m, _, body)| {
                        let start =
                            body.split("\"StartDateTime\":\"").nth(1).map(|rest| &rest[..10]);
                        m != monitor || start.is_none_or(|start| start >= date)
                    });
                }
            }
            for monitor in ["m-1", "m-2", "m-3"] {
                let own = model.iter().filter(|(m, ..)| m == monitor);
                let all: Vec<_> = own
                    .map(|(_, id, body)| body.replacen('{', &format!("{{\"Id\":{id},"), 1))
                    .collect();
                let listed = host.ok(&format!("GET /Monitor/{monitor}/MaintenancePeriod"), "");
                assert_eq!(listed, format!("[{}]", all.join(",")));
            }
        }
        let back = Service::from_json(&host.system.to_json()).unwrap();
        assert_eq!(back, host.system);
    }
}

#[test]
fn a_removed_monitor_leaves_its_groups() {
    let mut service = host().system;
    service.remove_monitor("m-1");
    assert!(service.list("m-1").is_err());
    let mut host = Host::new(service, "2018-09-01T00:00:00Z");
    host.ids(&["1"]);
    assert_eq!(host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", DAILY).matches("Id").count(), 1);
    assert!(host.system.set_group("g-1", ["m-1"]).is_err());
    assert_eq!(*host.system.zone(), Zone::from(chrono_tz::Europe::Amsterdam));
}
