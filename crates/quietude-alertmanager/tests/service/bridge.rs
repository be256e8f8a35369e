//! The bridge.

use std::time::Duration;

use super::fake::{Fake, Mode};
use super::http::{exchange, get};
use super::program::{Folder, Program, arg, document, label, now, run, until_true, window};

const X: &[(&str, &str)] = &[("team", "x")];
const Y: &[(&str, &str)] = &[("team", "y")];

/// How long the bridge may take to be right again.
const SOON: Duration = Duration::from_secs(10);

fn team(id: &str, team: &str) -> String {
    window(id, &label("team", team), now() - 60_000, now() + 3_600_000)
}

fn is_ready(address: std::net::SocketAddr) -> bool {
    get(address, "/-/ready").is_some_and(|(status, _)| status == 200)
}

#[test]
fn bridge_follows_the_document_and_keeps_the_old_one_when_the_new_is_wrong() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &fake.url(), "--interval", "200ms"];
    let (mut program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X) && is_ready(address));

    folder.write(
        "w.json",
        r#"{ "version": 1, "windows": [ { "id": "a", "scope": { "entity": 7 } } ] }"#,
    );
    until_true("the error is reported", SOON, || program.log().contains("revision 1 stays in use"));
    assert!(program.log().contains("w.json: "), "{}", program.log());
    let metrics = get(address, "/metrics").expect("metrics").1;
    assert!(metrics.contains("\nquietude_document_valid 0\n"), "{metrics}");
    assert!(fake.mutes(X) && !fake.mutes(Y) && is_ready(address));

    let y = document(&[team("b", "y")]);
    folder.write("w.json", &y);
    until_true("y is muted, and x is not", SOON, || fake.mutes(Y) && !fake.mutes(X));
    std::fs::remove_file(&file).expect("removed");
    until_true("the error is reported", SOON, || program.log().contains("revision 2 stays in use"));
    assert!(fake.mutes(Y));
    let is_valid = |value: u8| {
        let metrics = get(address, "/metrics").expect("metrics").1;
        metrics.contains(&format!("\nquietude_document_valid {value}\n"))
    };
    assert!(is_valid(0));
    folder.write("w.json", &y);
    until_true("the same document is valid again", SOON, || is_valid(1));

    let writes = fake.state().writes;
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(fake.state().writes, writes, "what is equal is left alone");
    let metrics = get(address, "/metrics").expect("metrics").1;
    let cluster = format!("{{cluster=\"{}\"}}", fake.url());
    assert!(metrics.contains(&format!("quietude_equal{cluster} 1\n")), "{metrics}");
    assert!(metrics.contains(&format!("quietude_silences_wanted{cluster} 1\n")), "{metrics}");
    program.signal("TERM");
    assert_eq!(program.wait(SOON), Some(0));
    assert!(fake.mutes(Y), "the silences stay");
}

#[test]
fn bridge_nonsense_changes_nothing_and_is_named() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let arguments = [
        "bridge",
        "--file",
        arg(&file),
        "--alertmanager",
        &fake.url(),
        "--interval",
        "100ms",
        "--timeout",
        "1s",
    ];
    let (program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X) && is_ready(address));
    let writes = fake.state().writes;
    let status = |status: u16, text: &str| Mode::Status(status, text.to_owned());
    let declared = b"HTTP/1.1 200 OK\r\ncontent-length: 134217729\r\n\r\n[";
    let silence = r#"[ { "id": "1", "matchers": [], "startsAt": "x", "endsAt": "y", "createdBy": "quietude",
        "comment": "[quietude:main:a]", "status": { "state": "active" } } ]"#;
    let cases: Vec<(Mode, &str)> = vec![
        (status(200, "<html>"), "not a list of silences: expected value"),
        (status(200, "{}"), "not a list of silences: invalid type: map"),
        (status(200, "[{}]"), "missing field"),
        (status(200, &"[".repeat(1_000_000)), "not a list of silences"),
        (status(200, silence), "silences[0].startsAt: "),
        (status(204, ""), "status 204"),
        (status(302, "elsewhere"), "status 302: elsewhere"),
        (status(503, &"long ".repeat(10_000)), "status 503: long long"),
        (Mode::Close, "connection closed"),
        (Mode::Hang, "no answer within 1.000 s"),
        (Mode::Raw(b"nonsense\r\n\r\n".to_vec(), 1), "invalid HTTP"),
        (
            Mode::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[".to_vec(), 1),
            "the answer ends early: ",
        ),
        (Mode::Raw(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), 1), "connection closed"),
        (Mode::Raw(vec![b'x'; 1 << 20], 100), "parse"),
        (Mode::Raw(declared.to_vec(), 1), "the answer is longer than 134217728 bytes"),
    ];
    for (mode, message) in cases {
        fake.set(mode);
        until_true(message, SOON, || {
            get(address, "/-/ready")
                .is_some_and(|(status, text)| status == 503 && text.contains(message))
        });
        fake.set(Mode::Good);
        until_true("it is ready again", SOON, || is_ready(address));
    }
    assert_eq!(fake.state().writes, writes, "nothing was changed");
    assert!(program.peak_kib() < 200 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn bridge_list_beyond_the_limit_is_refused_and_counted() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let url = fake.url();
    let mut arguments = vec!["bridge", "--file", arg(&file), "--alertmanager", &url];
    arguments.extend(["--interval", "100ms", "--timeout", "60s"]);
    let (program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X) && is_ready(address));
    let value = |name: &str| -> u64 {
        let metrics = get(address, "/metrics").expect("metrics").1;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).expect("a metric");
        line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
    };
    until_true("the length of the list", SOON, || {
        (100..1_000).contains(&value("quietude_alertmanager_answer_bytes{"))
    });
    assert_eq!(value("quietude_alertmanager_answers_too_long_total{"), 0);
    let rounds = || value("quietude_rounds_total{");
    let (before, rounds_before) = (fake.state().requests, rounds());
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [&b"100000\r\n"[..], &[b' '; 0x10_0000], b"\r\n"].concat();
    fake.set(Mode::Long(head.to_vec(), chunk, 2_000));
    until_true("it is counted", Duration::from_secs(60), || {
        value("quietude_alertmanager_answers_too_long_total{") >= 1
    });
    until_true("it is named", SOON, || {
        get(address, "/-/ready").is_some_and(|(status, text)| {
            status == 503 && text.contains("the answer is longer than 134217728 bytes")
        })
    });
    fake.set(Mode::Good);
    until_true("it is ready again", Duration::from_secs(60), || is_ready(address));
    // It was asked once in a round, and no more often than without an error.
    let asked = (fake.state().requests - before) as u64;
    assert!(asked <= rounds() - rounds_before + 2, "{asked} requests");
    assert!(program.peak_kib() < 600 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn bridge_reads_a_list_of_many_silences_of_others_up_to_the_limit() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let silence = r#"{ "id": "1", "matchers": [ { "name": "a", "value": "b", "isRegex": false } ],
        "startsAt": "2026-06-06T19:00:00.000Z", "endsAt": "2026-06-06T20:00:00.000Z", "createdBy": "ann",
        "comment": "c", "status": { "state": "expired" } }"#;
    let list = format!("[{}]", vec![silence; (120 << 20) / (silence.len() + 1)].join(","));
    let bytes = list.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n");
    fake.set(Mode::Raw([head.into_bytes(), list.into_bytes()].concat(), 1));
    let more = ["--dry-run", "--timeout", "60s"];
    let (_, text, _) = run("bridge", &file, &fake.url(), &more);
    assert!(bytes > 125_000_000 && text.contains("1 wanted, 0 held, 1 actions"), "{text}");
}

#[test]
fn bridge_state_is_right_again_after_anything() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &fake.url(), "--interval", "200ms"];
    let (program, _) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X));
    let others = serde_json::json!({ "matchers": [ { "name": "team", "value": "y", "isRegex": false } ],
        "startsAt": super::program::text(now()), "endsAt": super::program::text(now() + 900_000),
        "createdBy": "ann", "comment": "copy [quietude:main:a]" });

    fake.state().model = Default::default();
    fake.state().model.set(&others, now()).expect("a silence");
    until_true("restarted empty", SOON, || fake.mutes(X));
    let copy = fake.state().model.clone();
    folder.write("w.json", &document(&[]));
    until_true("expired", SOON, || !fake.mutes(X));
    fake.state().model = copy;
    until_true("restarted with earlier silences", SOON, || !fake.mutes(X));
    program.kill();
    folder.write("w.json", &document(&[team("a", "x")]));
    let (_program, _) = Program::own(&arguments);
    until_true("the bridge was killed", SOON, || fake.mutes(X));
    assert!(fake.mutes(Y), "the silence of ann stays");
}

#[test]
fn bridge_cluster_follows_the_first_and_mends_the_others() {
    let (one, two, folder) = (Fake::start(), Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let urls = format!("{},{}", one.url(), two.url());
    one.set(Mode::Close);
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &urls, "--interval", "200ms"];
    let (_program, address) = Program::own(&arguments);
    until_true("the second one is enough", SOON, || two.mutes(X) && is_ready(address));
    one.set(Mode::Good);
    until_true("the first one is mended", SOON, || one.mutes(X));
    two.state().model = Default::default();
    until_true("the second one is mended", SOON, || two.mutes(X));
    assert_eq!((one.state().model.silences.len(), two.state().model.silences.len()), (1, 1));
}

#[test]
fn bridge_clusters_are_independent_of_each_other() {
    let (one, two, folder) = (Fake::start(), Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    two.set(Mode::Status(500, "no".to_owned()));
    let (first, second) = (one.url(), two.url());
    let mut arguments = vec!["bridge", "--file", arg(&file), "--interval", "200ms"];
    arguments.extend(["--alertmanager", &first, "--alertmanager", &second]);
    let (_program, address) = Program::own(&arguments);
    until_true("the first one has it", SOON, || one.mutes(X));
    until_true("the second one is named", SOON, || {
        get(address, "/-/ready").is_some_and(|(status, text)| {
            status == 503 && text == format!("{second}: {second}: status 500: no\n")
        })
    });
    let equal = |url: &str, value: u8| {
        let metrics = get(address, "/metrics").expect("metrics").1;
        metrics.contains(&format!("\nquietude_equal{{cluster=\"{url}\"}} {value}\n"))
    };
    assert!(equal(&first, 1) && equal(&second, 0));
    two.set(Mode::Good);
    until_true("the second one has it", SOON, || two.mutes(X) && is_ready(address));
    // Neither is the copy of the other.
    folder.write("w.json", &document(&[team("a", "y")]));
    until_true("both follow", SOON, || [&one, &two].iter().all(|am| am.mutes(Y) && !am.mutes(X)));
    assert!(equal(&first, 1) && equal(&second, 1));
}

#[test]
fn bridge_repeats_a_round_whose_connection_breaks_and_does_not_flood() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let url = fake.url();
    let mut arguments = vec!["bridge", "--file", arg(&file), "--alertmanager", &url];
    arguments.extend(["--interval", "10m"]);
    let (_program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X) && is_ready(address));
    // A round whose connection breaks is repeated, more and more slowly.
    fake.set(Mode::Close);
    let before = fake.state().requests;
    folder.write("w.json", &document(&[team("a", "y")]));
    std::thread::sleep(Duration::from_secs(4));
    let requests = fake.state().requests - before;
    assert!((3..15).contains(&requests), "{requests} requests");
    fake.set(Mode::Good);
    until_true("it is right again", Duration::from_secs(30), || fake.mutes(Y) && !fake.mutes(X));
}

#[test]
fn bridge_goes_by_the_clock_of_alertmanager_and_states_the_difference() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let later = window("a", &label("team", "x"), now() + 240_000, now() + 360_000);
    let file = folder.write("w.json", &document(&[later]));
    fake.state().ahead_ms = 300_000;
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &fake.url(), "--interval", "200ms"];
    let (_program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || fake.mutes(X) && is_ready(address));
    let metrics = get(address, "/metrics").expect("metrics").1;
    let name =
        format!("quietude_alertmanager_clock_ahead_seconds{{alertmanager=\"{}\"}} ", fake.url());
    let ahead = metrics.split(&name).nth(1).expect("a metric").lines().next().expect("a value");
    assert!(ahead.starts_with("299.") || ahead.starts_with("300."), "{ahead}");
    fake.state().ahead_ms = 3_600_000;
    until_true("it is not believed", SOON, || {
        get(address, "/-/ready").is_some_and(|(_, text)| text.contains("its clock differs by 3"))
    });
}

#[test]
fn bridge_dry_run_prints_the_plan_and_does_nothing() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let everything = window("all", "\"everything\"", now(), now() + 60_000);
    let file = folder.write("w.json", &document(&[team("a", "x"), everything]));
    let dry_run =
        |extra: &[&str]| run("bridge", &file, &fake.url(), &[&["--dry-run"], extra].concat());
    let (code, out, _) = dry_run(&[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("1 wanted, 0 held, 1 actions"), "{out}");
    assert!(out.contains("create   window \"a\": {team=\"x\"} from "), "{out}");
    assert!(out.contains("left out window \"all\": scope: "), "{out}");
    assert_eq!(fake.state().writes, 0);
    fake.set(Mode::Status(500, "no".to_owned()));
    let (code, _, error) = dry_run(&[]);
    assert!(code == Some(2) && error.contains("status 500: no"), "{error}");
    let (code, _, error) = dry_run(&["--owner", "a b"]);
    assert!(code == Some(2) && error.contains("is not a name of an owner"), "{error}");
    folder.write("w.json", "{");
    let (code, _, error) = dry_run(&[]);
    assert!(code == Some(2) && error.contains("w.json: "), "{error}");
}

#[test]
fn bridge_port_answers_hostile_requests() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.json", &document(&[team("a", "x")]));
    let (program, address) =
        Program::own(&["bridge", "--file", arg(&file), "--alertmanager", &fake.url()]);
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(200_000));
    let requests: [(&str, &[u16]); 6] = [
        ("nonsense\r\n\r\n", &[400]),
        ("POST /api/v2/alerts HTTP/1.1\r\ncontent-length: 2\r\n\r\n[]", &[404]),
        ("DELETE /metrics HTTP/1.1\r\n\r\n", &[405]),
        ("POST /-/ready HTTP/1.1\r\ncontent-length: 50000000\r\n\r\n", &[405]),
        ("GET /-/healthy HTTP/1.1\r\ncontent-length: x\r\n\r\n", &[400]),
        (&long, &[414, 431]),
    ];
    for (request, statuses) in requests {
        let answer = exchange(address, request.as_bytes()).map(|(status, _)| status);
        // Of a head that is too long, the answer may be lost with the connection.
        let is_lost = answer.is_none() && request.len() > 100_000;
        let shown = &request[..request.len().min(60)];
        assert!(is_lost || answer.is_some_and(|a| statuses.contains(&a)), "{shown}: {answer:?}");
    }
    let silent: Vec<_> =
        (0..300).map(|_| std::net::TcpStream::connect(address).expect("connected")).collect();
    assert_eq!(get(address, "/-/healthy"), Some((200, "healthy\n".to_owned())));
    drop(silent);
    assert!(program.peak_kib() < 100 * 1_024, "{} KiB", program.peak_kib());
}
