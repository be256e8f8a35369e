//! The proxy: what is passed on, marked, dropped, held, queued.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use super::fake::{Fake, Mode};
use super::http::{get, post};
use super::program::{Folder, Program, arg, document, label, now, text, until_true, window};

const SOON: Duration = Duration::from_secs(10);

/// An alert that fires for some milliseconds more.
fn alert(labels: &str, fires_ms: i64) -> String {
    format!(
        r#"{{"annotations":{{"summary":"s \u00fc"}},"endsAt":"{}","startsAt":"{}","generatorURL":"http://p/g?a=1&b","labels":{{{labels}}}}}"#,
        text(now() + fires_ms),
        text(now() - 1_000)
    )
}

fn send(address: SocketAddr, alerts: &[String]) -> (u16, String) {
    post(address, "/api/v2/alerts", format!("[{}]", alerts.join(",")).as_bytes())
        .expect("an answer")
}

fn start(
    fake: &Fake,
    folder: &Folder,
    windows: &[String],
    extra: &[&str],
) -> (Program, SocketAddr) {
    let file = folder.write("w.json", &document(windows));
    let url = fake.url();
    let mut arguments = vec!["proxy", "--file", arg(&file), "--alertmanager", &url];
    arguments.extend(extra);
    Program::own(&arguments)
}

/// The accepted alerts with a value of the label `n`.
fn of<'a>(alerts: &'a [Value], n: &str) -> Vec<&'a Value> {
    alerts.iter().filter(|alert| alert["labels"]["n"] == n).collect()
}

fn metric(address: SocketAddr, name: &str) -> u64 {
    let metrics = get(address, "/metrics").expect("metrics").1;
    let line =
        metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
    line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
}

fn x_for(ms: i64) -> String {
    window("a", &label("team", "x"), now() - 1_000, now() + ms)
}

#[test]
fn proxy_passes_on_the_text_and_marks_what_is_silenced() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let end = now() + 3_600_000;
    let windows = [
        window("a", &label("team", "x"), now() - 1_000, end),
        window("b", &label("n", "1"), now() - 1_000, end),
    ];
    let (mut program, address) = start(&fake, &folder, &windows, &[]);
    let passed = alert(r#""n":"2","team":"y","empty":"""#, 60_000);
    let marked = alert(r#""n":"1","team":"x""#, 60_000);
    assert_eq!(send(address, &[passed.clone(), marked.clone()]), (200, String::new()));
    until_true("both are delivered", SOON, || fake.alerts().len() == 2);
    let body = fake.state().alerts[0].1.clone();
    assert!(String::from_utf8(body).expect("UTF-8").contains(&passed), "the text is not changed");
    let mut expected: Value = serde_json::from_str(&marked).expect("JSON");
    expected["annotations"]["silenced_by"] = "a,b".into();
    expected["annotations"]["silenced_until"] = text(end).into();
    assert_eq!(fake.alerts()[1], expected);
    assert_eq!(metric(address, "quietude_alerts_passed_total"), 1);
    assert_eq!(metric(address, "quietude_alerts_marked_total"), 1);
    program.signal("TERM");
    assert_eq!(program.wait(SOON), Some(0));
}

#[test]
fn proxy_drops_until_the_millisecond_of_the_end() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let end = now() + 3_000;
    let windows = [window("a", &label("team", "x"), now() - 1_000, end)];
    let (_program, address) = start(&fake, &folder, &windows, &["--silenced", "drop"]);
    let alerts = [
        alert(r#""n":"fires","team":"x""#, 60_000),
        alert(r#""n":"ended","team":"x""#, -10),
        alert(r#""n":"short","team":"x""#, 500),
        alert(r#""n":"other","team":"y""#, 60_000),
        alert(r#""n":"resolved","team":"x""#, 60_000),
    ];
    assert_eq!(send(address, &alerts).0, 200);
    assert_eq!(send(address, &[alert(r#""n":"resolved","team":"x""#, -1)]).0, 200);
    assert!(now() < end, "the machine is too slow for this test");
    assert_eq!(metric(address, "quietude_alerts_dropped_total"), 3);
    until_true("the end", SOON, || !of(&fake.alerts(), "fires").is_empty());
    let state = fake.state();
    let (at, _) = state
        .alerts
        .iter()
        .find(|(_, body)| String::from_utf8_lossy(body).contains("fires"))
        .expect("a body");
    assert!((end..end + 1_000).contains(at), "{} ms after the end", at - end);
    drop(state);
    let all = fake.alerts();
    for (n, count) in [("fires", 1), ("ended", 1), ("short", 0), ("other", 1), ("resolved", 1)] {
        assert_eq!(of(&all, n).len(), count, "{n}");
    }
    assert!(of(&all, "fires")[0]["annotations"]["silenced_by"].is_null());
    assert_eq!(send(address, &[alert(r#""n":"later","team":"x""#, 60_000)]).0, 200);
    until_true("it is passed on", SOON, || of(&fake.alerts(), "later").len() == 1);
}

#[test]
fn proxy_hot_reload_releases_and_keeps_the_old_document_when_the_new_is_wrong() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (program, address) = start(&fake, &folder, &[x_for(3_600_000)], &["--silenced", "drop"]);
    assert_eq!(send(address, &[alert(r#""n":"1","team":"x""#, 600_000)]).0, 200);
    folder.write("w.json", "{");
    until_true("the error is reported", SOON, || program.log().contains("revision 1 stays in use"));
    assert_eq!(metric(address, "quietude_document_valid"), 0);
    assert_eq!(send(address, &[alert(r#""n":"2","team":"x""#, 600_000)]).0, 200);
    assert!(fake.alerts().is_empty());
    folder.write("w.json", &document(&[]));
    until_true("both are sent", SOON, || fake.alerts().len() == 2);
    assert_eq!(metric(address, "quietude_alerts_released_total"), 2);
    assert_eq!(metric(address, "quietude_alerts_held"), 0);
}

#[test]
fn proxy_loses_nothing_while_alertmanager_is_away() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (mut program, address) = start(&fake, &folder, &[], &["--timeout", "1s"]);
    for mode in [
        Mode::Close,
        Mode::Hang,
        Mode::Status(503, "starting".into()),
        Mode::Status(404, String::new()),
        Mode::Raw(b"x".to_vec(), 1),
    ] {
        fake.state().alerts.clear();
        fake.set(mode);
        let first = r#""n":"1","v":"a""#;
        for n in 0..50 {
            let alerts = [alert(&format!(r#""n":"{n}""#), 60_000), alert(first, 1_000 + n)];
            assert_eq!(send(address, &alerts).0, 200);
        }
        until_true("it is not ready", SOON, || {
            get(address, "/-/ready").is_some_and(|(status, _)| status == 503)
        });
        fake.set(Mode::Good);
        until_true("all are delivered", SOON, || metric(address, "quietude_queue_alerts") == 0);
        let all = fake.alerts();
        for n in 0..50 {
            assert!(!of(&all, &n.to_string()).is_empty(), "{n}");
        }
        let states: Vec<&Value> = all.iter().filter(|alert| alert["labels"]["v"] == "a").collect();
        assert!(states.len() < 50, "older states are replaced while they wait: {}", states.len());
    }
    fake.state().alerts.clear();
    fake.set(Mode::Close);
    assert_eq!(send(address, &[alert(r#""n":"last""#, 60_000)]).0, 200);
    program.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    fake.set(Mode::Good);
    assert_eq!(program.wait(SOON), Some(0), "it stops when all are delivered");
    assert_eq!(fake.alerts().len(), 1);
}

#[test]
fn proxy_stops_in_time_and_says_what_was_not_delivered() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (mut program, address) = start(&fake, &folder, &[], &["--drain", "1s"]);
    fake.set(Mode::Close);
    assert_eq!(send(address, &[alert(r#""n":"1""#, 60_000)]).0, 200);
    program.signal("TERM");
    assert_eq!(program.wait(SOON), Some(1));
    until_true("the number", SOON, || program.log().contains("1 alerts were not delivered"));
}

#[test]
fn proxy_one_refused_alert_costs_no_other() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (_program, address) = start(&fake, &folder, &[], &[]);
    let mut alerts: Vec<String> =
        (0..40).map(|n| alert(&format!(r#""n":"{n}""#), 60_000)).collect();
    alerts.insert(17, alert(r#""bad":"1","n":"a""#, 60_000));
    alerts.insert(30, alert(r#""bad":"1","n":"b""#, 60_000));
    assert_eq!(send(address, &alerts).0, 200);
    until_true("all are handled", SOON, || metric(address, "quietude_queue_alerts") == 0);
    assert_eq!(fake.alerts().len(), 40);
    assert_eq!(metric(address, "quietude_deliveries_refused_total"), 2);
}

#[test]
fn proxy_wrong_alerts_are_named_and_cost_no_other() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (_program, address) = start(&fake, &folder, &[x_for(3_600_000)], &[]);
    let good = |n: usize| alert(&format!(r#""n":"{n}","team":"x""#), 60_000);
    let wrong = r#"{"labels":{"n":7}}"#.to_owned();
    let alerts: Vec<String> =
        (0..60).map(|n| if n % 2 == 1 { wrong.clone() } else { good(n) }).collect();
    let (status, text) = send(address, &alerts);
    assert_eq!(status, 400, "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("[1]: labels: invalid type: integer `7`"), "{text}");
    assert!(lines[19].starts_with("[39]: ") && lines.len() == 22, "{text}");
    assert_eq!(lines[20..], ["and 10 more", "30 of 60 alerts are refused, 30 accepted"]);
    until_true("the others are delivered", SOON, || fake.alerts().len() == 30);
    assert!(fake.alerts().iter().all(|alert| alert["annotations"]["silenced_by"] == "a"));
    for (name, count) in [("alerts_wrong", 30), ("alerts_received", 30), ("bodies_wrong", 0)] {
        assert_eq!(metric(address, &format!("quietude_{name}_total")), count, "{name}");
    }
    // Of a body that is not a list nothing is accepted.
    let whole = post(address, "/api/v2/alerts", format!("[{},{{]", good(1)).as_bytes());
    assert_eq!(whole.expect("an answer").0, 400);
    assert_eq!(metric(address, "quietude_bodies_wrong_total"), 1);
    assert_eq!(metric(address, "quietude_alerts_received_total"), 30);
}

#[test]
fn proxy_full_queue_refuses_whole_bodies_and_takes_them_later() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (program, address) =
        start(&fake, &folder, &[], &["--queue", "32", "--wait", "200ms", "--timeout", "1s"]);
    fake.set(Mode::Close);
    let long = "x".repeat(900_000);
    let body = |n: usize| vec![alert(&format!(r#""n":"{n}","long":"{long}""#), 60_000)];
    let statuses: Vec<u16> = (0..50).map(|n| send(address, &body(n)).0).collect();
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert!((30..40).contains(&accepted), "{accepted}");
    assert!(statuses[accepted..].iter().all(|status| *status == 503), "{statuses:?}");
    assert_eq!(send(address, &body(0)).0, 200, "a newer state needs no space");
    fake.set(Mode::Good);
    until_true("all are delivered", SOON, || metric(address, "quietude_queue_alerts") == 0);
    let all = fake.alerts();
    assert!((0..accepted).all(|n| !of(&all, &n.to_string()).is_empty()));
    assert_eq!(send(address, &body(49)).0, 200);
    assert!(program.peak_kib() < 300 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn proxy_each_alertmanager_gets_all_and_one_that_is_away_holds_up_no_other() {
    let (one, two, folder) = (Fake::start(), Fake::start(), Folder::new());
    two.set(Mode::Hang);
    let url = two.url();
    let (_program, address) =
        start(&one, &folder, &[], &["--alertmanager", &url, "--timeout", "1s"]);
    let alerts: Vec<String> = (0..10).map(|n| alert(&format!(r#""n":"{n}""#), 60_000)).collect();
    assert_eq!(send(address, &alerts).0, 200);
    until_true("the first one has them", SOON, || one.alerts().len() == 10);
    assert_eq!(get(address, "/-/ready").expect("an answer").0, 200);
    two.set(Mode::Good);
    until_true("the second one has them", SOON, || two.alerts().len() == 10);
}
