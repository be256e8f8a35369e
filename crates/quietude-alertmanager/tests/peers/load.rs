//! Load: 20,000 alerts a second, with a document of 10,000 windows over labels, beside the
//! same alerts sent to Alertmanager itself. Run with `--release` and `--ignored`.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::alertmanager::{Alertmanager, Pages, peers};
use super::http::{get, read_message};
use super::program::{Folder, Program, arg, document, now, text, until_true, window};

const ALERTS_A_SECOND: u64 = 20_000;
const BATCH: u64 = 64;
const SECONDS: u64 = 10;
const SENDERS: u64 = 4;

/// 10,000 windows of two matchers each, over 1,000 hosts and 100 names.
fn windows() -> String {
    let (start, end) = (now() - 60_000, now() + 3_600_000);
    let scope = |n: usize| {
        format!(
            r#"{{ "all": [ {{ "attribute": {{ "name": "alertname", "equals": "Alert{}" }} }},
                {{ "attribute": {{ "name": "instance", "equals": "host-{}.example.org:9100" }} }} ] }}"#,
            n % 100,
            n / 10
        )
    };
    let windows: Vec<String> =
        (0..10_000).map(|n| window(&format!("w{n}"), &scope(n), start, end)).collect();
    document(&windows)
}

/// An alert with ten labels. Three in ten are silenced.
fn alert(n: u64, ends: &str, starts: &str) -> String {
    let (host, name) = (n % 1_000, (n / 1_000) % 10);
    let name = if name < 3 { host * 10 % 100 + name } else { 100 + name };
    format!(
        r#"{{"annotations":{{"summary":"latency is high","runbook":"https://example.org/runbook"}},"endsAt":"{ends}","startsAt":"{starts}","generatorURL":"http://prometheus/graph?g0.expr=x","labels":{{"alertname":"Alert{name}","instance":"host-{host}.example.org:9100","cluster":"eu-{}","namespace":"ns-{}","pod":"pod-{host}-{}","job":"node","service":"service-{}","severity":"warning","team":"team-{}","region":"region-{}"}}}}"#,
        host % 20,
        host % 200,
        host % 3,
        host % 400,
        host % 40,
        host % 8
    )
}

/// Sends at a constant rate; the times from when a batch was due to its answer, sorted.
fn send(address: SocketAddr) -> Vec<Duration> {
    let begin = Instant::now() + Duration::from_millis(100);
    let batches = ALERTS_A_SECOND * SECONDS / BATCH;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            thread::spawn(move || {
                let mut stream = TcpStream::connect(address).expect("connected");
                stream.set_nodelay(true).expect("set");
                let (ends, starts) = (text(now() + 240_000), text(now() - 60_000));
                let mut times = Vec::new();
                for batch in (sender..batches).step_by(SENDERS as usize) {
                    let alerts = batch * BATCH..(batch + 1) * BATCH;
                    let alerts: Vec<String> = alerts.map(|n| alert(n % 10_000, &ends, &starts)).collect();
                    let body = format!("[{}]", alerts.join(","));
                    let request = format!(
                        "POST /api/v2/alerts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let due = begin + Duration::from_nanos(1_000_000_000 * BATCH / ALERTS_A_SECOND * batch);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    std::io::Write::write_all(&mut stream, request.as_bytes()).expect("sent");
                    let (head, _) = read_message(&mut stream).expect("an answer");
                    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                    times.push(due.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times: Vec<Duration> =
        senders.into_iter().flat_map(|s| s.join().expect("sent")).collect();
    times.sort_unstable();
    times
}

#[test]
#[ignore = "takes all cores for half a minute"]
#[allow(clippy::print_stderr, reason = "it reports what it measured")]
fn load_twenty_thousand_alerts_a_second() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let report = |name: &str, times: &[Duration]| {
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        eprintln!(
            "{name}: p50 {:?}, p90 {:?}, p99 {:?}, max {:?}",
            at(50),
            at(90),
            at(99),
            at(100)
        );
        at(99)
    };
    let config = |alertmanager: &Alertmanager| alertmanager.url();
    let direct = {
        let alertmanager = Alertmanager::start_quiet(peers, &folder, &pages);
        let times = send(alertmanager.address);
        report("Alertmanager itself", &times)
    };
    let alertmanager = Alertmanager::start_quiet(peers, &folder, &pages);
    let file = folder.write("w.json", &windows());
    let (program, address) =
        Program::own(&["proxy", "--file", arg(&file), "--alertmanager", &config(&alertmanager)]);
    let times = send(address);
    let sent = Instant::now();
    let proxied = report("proxy", &times);
    let value = |name: &str| -> u64 {
        let metrics = get(address, "/metrics").expect("metrics").1;
        let line =
            metrics.lines().find(|line| line.starts_with(name)).expect("a metric").to_owned();
        line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
    };
    until_true("all are delivered", Duration::from_secs(60), || {
        value("quietude_queue_alerts") == 0
    });
    eprintln!("delivered {:?} after the last request", sent.elapsed());
    let (received, marked) =
        (value("quietude_alerts_received_total"), value("quietude_alerts_marked_total"));
    eprintln!("{received} received, {marked} marked, peak {} KiB", program.peak_kib());
    eprintln!(
        "{}",
        get(address, "/metrics")
            .expect("metrics")
            .1
            .lines()
            .filter(|line| line.contains("_seconds_"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert_eq!(received, ALERTS_A_SECOND * SECONDS / BATCH * BATCH);
    assert!(marked * 10 > received * 2 && marked * 10 < received * 4);
    assert_eq!(alertmanager.alerts().expect("alerts").len(), 10_000);
    eprintln!("p99: {proxied:?} beside {direct:?}");
}
