//! Prometheus, the proxy and Alertmanager.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::alertmanager::{Alertmanager, Pages, free, get_chunked, peers};
use super::http::{get, post};
use super::program::{Folder, Program, arg, document, label, now, text, until_true, window};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn proxy_between_prometheus_and_alertmanager_marks_and_is_scraped() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let file = folder.write(
        "w.json",
        &document(&[window("w", &label("n", "x"), now() - 1_000, now() + 3_600_000)]),
    );
    let (_proxy, address) =
        Program::own(&["proxy", "--file", arg(&file), "--alertmanager", &alertmanager.url()]);
    let rules = "groups: [ { name: g, interval: 1s, rules: [\n\
        { alert: X, expr: 'vector(1)', labels: { n: x }, annotations: { summary: 'it is {{ $value }}' } },\n\
        { alert: Y, expr: 'vector(1)', labels: { n: y } } ] } ]\n";
    let rules = folder.write("rules.yml", rules);
    let config = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: [ '{}' ]\n\
         scrape_configs: [ {{ job_name: proxy, static_configs: [ {{ targets: ['{address}'] }} ] }} ]\n\
         alerting: {{ alertmanagers: [ {{ static_configs: [ {{ targets: ['{address}'] }} ] }} ] }}\n",
        arg(&rules)
    );
    let config = folder.write("prometheus.yml", &config);
    let listen = free();
    let _prometheus = Program::start(Command::new(peers.join("prometheus")).args([
        &format!("--config.file={}", arg(&config)),
        &format!("--storage.tsdb.path={}", arg(&folder.path("tsdb"))),
        &format!("--web.listen-address={listen}"),
        "--rules.alert.resend-delay=1s",
        "--log.level=warn",
    ]));
    let alert = |name: &str| {
        alertmanager.alerts()?.into_iter().find(|(n, _)| n == name).map(|(_, alert)| alert)
    };
    until_true("both arrive", Duration::from_secs(60), || {
        alert("x").is_some() && alert("y").is_some()
    });
    let x = alert("x").expect("the alert");
    assert_eq!(x["annotations"]["silenced_by"], "w");
    assert_eq!(x["annotations"]["summary"], "it is 1");
    assert!(alert("y").expect("the alert")["annotations"]["silenced_by"].is_null());
    folder.write("w.json", &document(&[]));
    until_true("the mark is gone", SOON, || {
        alert("x").is_some_and(|x| x["annotations"]["silenced_by"].is_null())
    });
    let query = "/api/v1/query?query=quietude_alerts_received_total";
    until_true("the metrics are scraped", SOON, || {
        get_chunked(listen, query).is_some_and(|(_, text)| text.contains("\"job\":\"proxy\""))
    });
}

#[test]
fn proxy_and_alertmanager_accept_the_same_alerts_of_a_body() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let start = || Alertmanager::start_quiet(peers, &folder, &pages);
    let (direct, behind) = (start(), start());
    let file = folder.write("w.json", &document(&[]));
    let (_proxy, address) =
        Program::own(&["proxy", "--file", arg(&file), "--alertmanager", &behind.url()]);
    let ends = |ms: i64| text(now() + ms);
    let good = |n: &str| format!(r#"{{"labels":{{"n":"{n}"}},"endsAt":"{}"}}"#, ends(600_000));
    let begins_after_its_end = format!(
        r#"{{"labels":{{"n":"late"}},"startsAt":"{}","endsAt":"{}"}}"#,
        ends(60_000),
        ends(30_000)
    );
    let names = |alertmanager: &Alertmanager| -> BTreeSet<String> {
        alertmanager.alerts().expect("alerts").into_iter().map(|(n, _)| n).collect()
    };
    let send = |to: SocketAddr, body: &str| {
        post(to, "/api/v2/alerts", body.as_bytes()).expect("an answer")
    };
    // What is malformed is refused as a whole by both.
    let malformed = format!("[{},{{]", good("malformed"));
    assert_eq!((send(direct.address, &malformed).0, send(address, &malformed).0), (400, 400));
    // An alert that is not valid costs no other. The proxy names those that no Alertmanager
    // accepts; what an Alertmanager refuses beyond that is counted.
    let wrong = [r#"{"labels":{}}"#, r#"{"labels":{"0":"x"}}"#, &begins_after_its_end];
    let body = format!("[{},{},{},{}]", good("a"), wrong.join(","), good("b"), good("c"));
    let (status, text) = send(direct.address, &body);
    assert_eq!(status, 400, "{text}");
    let (status, text) = send(address, &body);
    assert_eq!(status, 400, "{text}");
    assert!(text.starts_with("[1]: labels: there is no label with a value\n1 of 6 "), "{text}");
    until_true("three arrive", SOON, || names(&behind).len() == 3);
    assert_eq!(names(&behind), names(&direct));
    until_true("two are refused", SOON, || {
        let metrics = get(address, "/metrics").expect("metrics").1;
        let count = metrics.lines().find(|l| l.starts_with("quietude_deliveries_refused_total{"));
        count.is_some_and(|line| line.ends_with(" 2"))
    });
    // Alertmanager refuses a body with an alert of another form, and the proxy that alert alone.
    let body = format!(r#"[{},{{"labels":{{"n":7}}}},{}]"#, good("d"), good("e"));
    assert_eq!((send(direct.address, &body).0, send(address, &body).0), (400, 400));
    until_true("five arrive", SOON, || names(&behind).len() == 5);
    assert_eq!(names(&direct).len(), 3);
}

#[test]
fn metrics_pass_the_check_of_promtool() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let file = folder.write(
        "w.json",
        &document(&[window("w", &label("n", "x"), now() - 1_000, now() + 60_000)]),
    );
    for kind in ["bridge", "proxy"] {
        let (_program, address) =
            Program::own(&[kind, "--file", arg(&file), "--alertmanager", &alertmanager.url()]);
        if kind == "proxy" {
            let body = br#"[{"labels":{"n":"x"}}]"#;
            assert_eq!(post(address, "/api/v2/alerts", body), Some((200, String::new())));
        }
        let metrics = folder.write("metrics", &get(address, "/metrics").expect("metrics").1);
        let output = Command::new(peers.join("promtool"))
            .args(["check", "metrics"])
            .stdin(Stdio::from(std::fs::File::open(metrics).expect("a file")))
            .output()
            .expect("promtool runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && text.is_empty(), "{kind}: {text}");
    }
}

#[test]
fn proxy_loses_no_alert_when_alertmanager_is_killed() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let mut alertmanager = Alertmanager::start_quiet(peers, &folder, &pages);
    let file = folder.write(
        "w.json",
        &document(&[window("w", &label("half", "1"), now() - 1_000, now() + 3_600_000)]),
    );
    let (_proxy, address) =
        Program::own(&["proxy", "--file", arg(&file), "--alertmanager", &alertmanager.url()]);
    let mut sent = 0;
    for round in 0..6 {
        // What Alertmanager itself had in memory is gone with it: so those of this round count.
        if round % 2 == 1 {
            alertmanager.kill();
        }
        let first = sent;
        for _ in 0..20 {
            let alert = |n: usize| {
                format!(
                    r#"{{"labels":{{"n":"{n}","half":"{}"}},"endsAt":"{}"}}"#,
                    n % 2,
                    text(now() + 600_000)
                )
            };
            let alerts: Vec<String> = (sent..sent + 50).map(alert).collect();
            let body = format!("[{}]", alerts.join(","));
            assert_eq!(
                post(address, "/api/v2/alerts", body.as_bytes()),
                Some((200, String::new()))
            );
            sent += 50;
        }
        alertmanager.restart();
        until_true("all of them arrive", SOON, || {
            let alerts = alertmanager.alerts().unwrap_or_default();
            let of_round =
                |(n, _): &&(String, _)| n.parse().is_ok_and(|n: usize| (first..sent).contains(&n));
            let found: Vec<_> = alerts.iter().filter(of_round).collect();
            let is_marked = |alert: &serde_json::Value| alert["annotations"]["silenced_by"] == "w";
            found.len() == sent - first
                && found.iter().all(|(n, alert)| {
                    is_marked(alert) == (n.parse::<usize>().unwrap_or(0) % 2 == 1)
                })
        });
    }
}
