//! Prometheus, the proxy and Alertmanager.

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
