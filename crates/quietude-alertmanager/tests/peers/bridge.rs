//! The bridge and Alertmanager.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use quietude::{Document, Subject, Timestamp};

use super::alertmanager::{Alertmanager, Pages, free, get_chunked, peers};
use super::http::get;
use super::program::{Folder, Program, arg, document, label, now, text, until, until_true, window};

const ALERTS: [&[(&str, &str)]; 4] = [
    &[("n", "x"), ("team", "x"), ("instance", "web-1")],
    &[("n", "db"), ("team", "y"), ("instance", "db-1")],
    &[("n", "both"), ("team", "x"), ("instance", "db-2")],
    &[("n", "never"), ("team", "y"), ("instance", "db-3")],
];

const SOON: Duration = Duration::from_secs(10);

/// Two windows with a day of three seconds: one by label, one by group.
fn days(start: i64) -> String {
    let periodic = |offset: i64, duration: i64| {
        format!(
            r#"{{ "kind": "periodic", "start": "{}", "duration_ms": {duration}, "period_ms": 3000 }}"#,
            text(start + offset)
        )
    };
    format!(
        r#"{{ "version": 1,
            "topology": {{ "entity_label": "instance", "entities": [
                {{ "id": "db-1", "groups": ["prod"] }}, {{ "id": "db-2", "groups": ["prod"] }}, {{ "id": "db-3" }} ] }},
            "windows": [ {{ "id": "x", "name": "Nightly x", "scope": {}, "schedule": {} }},
                         {{ "id": "db", "scope": {{ "group": "prod" }}, "schedule": {} }} ] }}"#,
        label("team", "x"),
        periodic(0, 1_000),
        periodic(700, 1_500)
    )
}

/// Whether a document silences an alert: at some instant, and at all instants, of an interval.
fn silenced(document: &Document, labels: &[(&str, &str)], from: i64, to: i64) -> (bool, bool) {
    let at = |ms| Timestamp::from_millis(ms).expect("an instant");
    let is_silenced = |t: i64| {
        let mut windows = document.registry.iter();
        windows
            .any(|w| w.is_active(at(t)) && w.covers(&Subject::labels(labels), &document.topology))
    };
    let mut answers = (from..=to).map(is_silenced);
    let first = answers.next().expect("an instant");
    answers.fold((first, first), |(any, all), is| (any || is, all && is))
}

/// What a sample of Alertmanager's alerts has: muted wrongly, not muted wrongly.
#[derive(Debug, Default)]
struct Sample {
    muted: Vec<String>,
    audible: Vec<String>,
    checked: usize,
}

fn sample(alertmanager: &Alertmanager, document: &Document) -> Option<Sample> {
    let from = now();
    let alerts = alertmanager.alerts()?;
    let to = now();
    let mut sample = Sample::default();
    for labels in ALERTS {
        let Some((name, alert)) = alerts.iter().find(|(n, _)| n == labels[0].1) else { continue };
        let is_muted = alert["status"]["silencedBy"].as_array().is_some_and(|by| !by.is_empty());
        let (any, all) = silenced(document, labels, from, to);
        let what =
            || format!("{name} between {} and {}: {}", text(from), text(to), alert["status"]);
        if is_muted && !any {
            sample.muted.push(what());
        } else if !is_muted && all {
            sample.audible.push(what());
        }
        sample.checked += 1;
    }
    Some(sample)
}

fn start_bridge(file: &Path, urls: &str) -> (Program, SocketAddr) {
    start_bridge_with(file, urls, ["--horizon", "40s", "--interval", "500ms"])
}

fn start_bridge_with(file: &Path, urls: &str, times: [&str; 4]) -> (Program, SocketAddr) {
    let mut arguments = vec!["bridge", "--file", arg(file), "--alertmanager", urls];
    arguments.extend(["--timeout", "2s"]);
    arguments.extend(times);
    Program::own(&arguments)
}

/// The actions of a kind that succeeded.
fn actions(bridge: SocketAddr, kind: &str) -> u64 {
    let metrics = get(bridge, "/metrics").expect("metrics").1;
    let end = format!("action=\"{kind}\"}} ");
    let line = metrics.lines().find_map(|line| line.split_once(&*end));
    line.and_then(|(_, value)| value.parse().ok()).expect("a number")
}

#[test]
fn bridge_mutes_the_right_alerts_over_days_and_they_page_again_within_a_second() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let start = now() + 3_000;
    let days = days(start);
    let document = Document::from_json(&days).expect("a document");
    let file = folder.write("w.json", &days);
    let (_bridge, address) = start_bridge(&file, &alertmanager.url());
    until_true("the bridge is ready", SOON, || {
        get(address, "/-/ready").is_some_and(|(s, _)| s == 200)
    });

    let amtool = Command::new(peers.join("amtool"))
        .args([&format!("--alertmanager.url={}", alertmanager.url()), "silence", "query"])
        .output()
        .expect("amtool runs");
    let listed = String::from_utf8_lossy(&amtool.stdout).into_owned();
    assert!(listed.contains("Nightly x [quietude:main:x]"), "{listed}");
    assert!(listed.contains(r#"instance=~"db-1|db-2""#), "{listed}");
    assert!(listed.lines().count() > 20, "{listed}");

    let (mut checked, end) = (0, start + 8 * 3_000);
    let mut last = 0;
    while now() < end {
        if now() - last > 1_000 {
            assert!(alertmanager.fire(&ALERTS, 60));
            last = now();
        }
        let sample = sample(&alertmanager, &document).expect("alerts");
        assert!(sample.muted.is_empty() && sample.audible.is_empty(), "{sample:?}");
        checked += sample.checked;
        std::thread::sleep(Duration::from_millis(30));
    }
    assert!(checked > 400, "{checked} samples");

    // What another alert waited, that nothing silences, is the delay of the machine.
    let never = pages.of("never");
    let of_days = |at: &&i64| **at > start;
    let never: Vec<i64> = never.iter().filter(of_days).copied().collect();
    let delay = never.windows(2).map(|pair| pair[1] - pair[0]).max().expect("pages");
    for (name, offset, duration) in [("x", 0, 1_000), ("db", 700, 1_500)] {
        let pages = pages.of(name);
        for day in 0..7 {
            let begin = start + day * 3_000 + offset;
            let end = begin + duration;
            // A notification that was decided before the begin may arrive after it.
            let inside = pages.iter().filter(|at| (begin + delay..end).contains(at)).count();
            assert_eq!(inside, 0, "{name}, day {day}: notified while silenced");
            let next = pages.iter().find(|at| **at >= end).expect("a page");
            assert!(
                next - end < 1_000 + delay,
                "{name}, day {day}: {} ms after the end",
                next - end
            );
        }
    }
}

#[test]
fn bridge_state_is_right_ten_seconds_after_kill_of_both_and_never_mutes_wrongly() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let mut alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let days = days(now());
    let document = Document::from_json(&days).expect("a document");
    let file = folder.write("w.json", &days);
    let mut bridge = Some(start_bridge(&file, &alertmanager.url()));
    let mut random = 7_u64;
    for kill in 0..8 {
        // At any moment: also while a plan is applied, just after a start.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(random >> 54));
        let (kill_bridge, kill_peer) = [(true, false), (false, true), (true, true)][kill % 3];
        if kill_peer {
            alertmanager.kill();
        }
        if kill_bridge && let Some((program, _)) = bridge.take() {
            program.kill();
        }
        alertmanager.restart();
        bridge = bridge.or_else(|| Some(start_bridge(&file, &alertmanager.url())));
        assert!(alertmanager.fire(&ALERTS, 60));
        let (begin, mut right_since) = (now(), None);
        // Right for a whole day in a row.
        while right_since.is_none_or(|since| now() - since < 3_000) {
            let sample = sample(&alertmanager, &document).expect("alerts");
            assert!(sample.muted.is_empty(), "muted wrongly: {sample:?}");
            match sample.audible.is_empty() {
                true => right_since = right_since.or_else(|| Some(now())),
                false => right_since = None,
            }
            assert!(
                right_since.unwrap_or_else(now) - begin < 10_000,
                "not right in ten seconds: {sample:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A silence that was expired after the last snapshot is active again after a kill. Here the
/// interval of the bridge is a minute: what ends the silence is the round that begins as soon
/// as the bridge reaches Alertmanager again.
#[test]
#[allow(clippy::print_stderr, reason = "it reports what it measured")]
fn bridge_ends_at_once_what_a_killed_alertmanager_brings_back() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let arguments = ["--cluster.listen-address=", "--data.maintenance-interval=300ms"];
    let mut alertmanager =
        Alertmanager::start(peers, &folder, &pages, &arguments.map(str::to_owned));
    let with = document(&[window("w", &label("n", "x"), now() - 1_000, now() + 3_600_000)]);
    let without = document(&[]);
    let file = folder.write("w.json", &without);
    let times = ["--horizon", "1h", "--interval", "60s"];
    let (_bridge, address) = start_bridge_with(&file, &alertmanager.url(), times);
    let mut longest = 0;
    for kill in 0..4 {
        folder.write("w.json", &with);
        until_true("it is there", SOON, || alertmanager.silences().len() == 1);
        let id = alertmanager.silences()[0]["id"].as_str().expect("an id").to_owned();
        let snapshot = until("it is in the snapshot", SOON, || {
            let bytes = std::fs::read(alertmanager.snapshot()).ok()?;
            bytes.windows(id.len()).any(|part| part == id.as_bytes()).then_some(bytes)
        });
        folder.write("w.json", &without);
        until_true("it is ended", SOON, || alertmanager.silences().is_empty());
        let ended = actions(address, "expire");
        alertmanager.kill();
        std::fs::write(alertmanager.snapshot(), snapshot).expect("written");
        // Also one that is away for longer.
        std::thread::sleep(Duration::from_millis(700 * kill));
        alertmanager.spawn();
        let first = until("it answers", SOON, || alertmanager.try_silences().map(|_| now()));
        until_true("it is ended again", SOON, || {
            actions(address, "expire") == ended + 1 && alertmanager.silences().is_empty()
        });
        longest = longest.max(now() - first);
    }
    eprintln!("what a kill brought back was ended within {longest} ms of the first answer");
}

#[test]
fn bridge_document_that_changes_is_followed_and_others_silences_are_left_alone() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let amtool = |arguments: &[&str]| {
        let url = format!("--alertmanager.url={}", alertmanager.url());
        let output = Command::new(peers.join("amtool"))
            .arg(url)
            .args(arguments)
            .output()
            .expect("amtool runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    amtool(&["silence", "add", "--author=ann", "--comment=mine", "--duration=1h", "n=never"]);
    let of = |name: &str| window("w", &label("n", name), now() - 1_000, now() + 3_600_000);
    let file = folder.write("w.json", &document(&[of("x")]));
    let (_bridge, _) = start_bridge(&file, &alertmanager.url());
    let is_muted = |name: &str| {
        assert!(alertmanager.fire(&ALERTS, 60));
        let alerts = alertmanager.alerts().expect("alerts");
        let (_, alert) = alerts.iter().find(|(n, _)| n == name).expect("the alert");
        !alert["status"]["silencedBy"].as_array().expect("a list").is_empty()
    };
    until_true("x is muted", SOON, || is_muted("x"));
    // The horizon is at most 45 s away, and what lasts longer is extended.
    let ends = || {
        let silences = alertmanager.silences();
        let own = silences.iter().find(|s| s["createdBy"] == "quietude").expect("a silence");
        own["endsAt"].as_str().expect("a text").to_owned()
    };
    let first = ends();
    until_true("it is extended", Duration::from_secs(20), || ends() > first);
    assert!(is_muted("x"));
    folder.write("w.json", &document(&[of("db")]));
    until_true("db is muted, and x is not", SOON, || is_muted("db") && !is_muted("x"));
    // A person edits, and ends, a silence of the bridge.
    let own = || {
        let silences = alertmanager.silences();
        let own = silences.iter().find(|s| s["createdBy"] == "quietude").expect("a silence");
        own["id"].as_str().expect("an id").to_owned()
    };
    amtool(&["silence", "expire", &own()]);
    until_true("it is back", SOON, || is_muted("db"));
    folder.write("w.json", &document(&[]));
    until_true("nothing of the bridge is left", SOON, || {
        !is_muted("db") && alertmanager.silences().iter().all(|s| s["createdBy"] == "ann")
    });
    assert!(is_muted("never"), "the silence of ann stays");
}

#[test]
fn bridge_cluster_has_each_silence_once() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let gossip = [free(), free()];
    let cluster = |own: usize| {
        let common = ["--cluster.gossip-interval=50ms", "--cluster.pushpull-interval=2s"];
        let own_and_other = [
            format!("--cluster.listen-address={}", gossip[own]),
            format!("--cluster.peer={}", gossip[1 - own]),
        ];
        own_and_other.into_iter().chain(common.map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut one = Alertmanager::start(peers, &folder, &pages, &cluster(0));
    let two = Alertmanager::start(peers, &folder, &pages, &cluster(1));
    let of =
        |id: &str, team: &str| window(id, &label("team", team), now() - 1_000, now() + 3_600_000);
    let file = folder.write("w.json", &document(&[of("x", "x")]));
    let (_bridge, _) = start_bridge(&file, &format!("{},{}", one.url(), two.url()));
    let count = |alertmanager: &Alertmanager| alertmanager.silences().len();
    until_true("both have it", SOON, || count(&one) == 1 && count(&two) == 1);
    one.kill();
    folder.write("w.json", &document(&[of("x", "x"), of("y", "y")]));
    until_true("one is enough", SOON, || count(&two) == 2);
    one.restart();
    until_true("both have both", SOON, || count(&one) == 2 && count(&two) == 2);
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!((count(&one), count(&two)), (2, 2), "each once");
    assert!(
        get_chunked(one.address, "/api/v2/status").is_some_and(|(_, text)| text.contains("ready"))
    );
}
