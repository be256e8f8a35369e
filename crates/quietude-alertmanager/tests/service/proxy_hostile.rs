//! The proxy and clients that are wrong, slow or many.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::fake::Fake;
use super::http::{exchange, get, post};
use super::program::{Folder, Program, arg, document, label, now, until_true, window};

const PATH: &str = "/api/v2/alerts";

fn start(fake: &Fake, folder: &Folder, extra: &[&str]) -> (Program, SocketAddr) {
    let windows = [window("a", &label("team", "x"), now() - 1_000, now() + 3_600_000)];
    let file = folder.write("w.json", &document(&windows));
    let url = fake.url();
    let mut arguments = vec!["proxy", "--file", arg(&file), "--alertmanager", &url];
    arguments.extend(extra);
    Program::own(&arguments)
}

#[test]
fn hostile_bodies_get_a_clear_error() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (program, address) = start(&fake, &folder, &[]);
    let good = r#"{"labels":{"a":"1"}}"#;
    let long = format!(r#"[{{"labels":{{"a":"{}"}}}}]"#, "x".repeat(2 << 20));
    let deep = "[".repeat(1 << 20);
    let many = format!("[{}]", vec![r#"{"labels":{}}"#; 65_537].join(","));
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (b"".to_vec(), 400, "not a list of alerts: EOF while parsing a value at line 1 column 0"),
        (b"{}".to_vec(), 400, "not a list of alerts: invalid type: map"),
        (b"[7]".to_vec(), 400, "[0]: invalid type: integer `7`, expected an alert"),
        (
            format!("[{good},{good}").into_bytes(),
            400,
            "not a list of alerts: EOF while parsing a list",
        ),
        (format!("[{good}] x").into_bytes(), 400, "not a list of alerts: trailing characters"),
        (
            format!("[{good},{{}}]").into_bytes(),
            400,
            "[1]: missing field `labels` at line 1 column 2\n1 of 2 alerts are refused, 1 accepted\n",
        ),
        (br#"[{"labels":{"a":"1","a":"2"}}]"#.to_vec(), 400, "[0]: labels: \"a\" is there twice"),
        (br#"[{"labels":{"a":""}}]"#.to_vec(), 400, "[0]: labels: there is no label with a value"),
        (format!(r#"[{{"labels":"{}"}}]"#, "x".repeat(2_000)).into_bytes(), 400, "[0]: labels: "),
        (br#"[{"labels":{"a":"1"},"Labels":{}}]"#.to_vec(), 400, "[0]: \"Labels\" is there, and"),
        (b"[{\"labels\":{\"a\":\"\xff\"}}]".to_vec(), 400, "not a list of alerts: "),
        (b"[{\"labels\":{\"a\":\"\\ud800\"}}]".to_vec(), 400, "[0]: labels: "),
        (long.into_bytes(), 400, "[0]: the alert has 2097"),
        (many.into_bytes(), 400, "more than 65536 alerts"),
        (deep.clone().into_bytes(), 400, "not a list of alerts: "),
        (format!(r#"[{{"labels":{deep}"#).into_bytes(), 400, "not a list of alerts: "),
    ];
    for (body, status, message) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let (actual, text) = post(address, PATH, &body).expect("an answer");
        assert_eq!(actual, status, "{shown}: {text}");
        assert!(text.starts_with(message), "{shown}: {text}");
        assert!(text.len() < 400, "{}", text.len());
    }
    let requests: [(&str, u16); 9] = [
        ("GET /api/v2/alerts HTTP/1.1\r\nhost: x\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", 404),
        ("POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", 405),
        ("POST /api/v2/alerts HTTP/1.1\r\ncontent-length: 500000000\r\n\r\n", 413),
        ("POST /api/v2/alerts HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        ("POST /api/v2/alerts HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("GET /metrics HTTP/3.9\r\n\r\n", 400),
        ("GET /-/healthy HTTP/1.1\r\n\r\n", 200),
    ];
    for (request, status) in requests {
        let answer = exchange(address, request.as_bytes()).map(|(status, _)| status);
        assert_eq!(answer, Some(status), "{request}");
    }
    let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert!(exchange(address, head.as_bytes()).is_none_or(|(status, _)| status == 431));
    // Of all these bodies, one alert is right in a list that is one.
    until_true("it is passed on", Duration::from_secs(10), || fake.alerts().len() == 1);
    assert!(program.peak_kib() < 200 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn hostile_labels_are_passed_on_or_refused_in_bounded_memory() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (program, address) = start(&fake, &folder, &[]);
    // 50 MB of labels, with and without the length.
    let labels: Vec<String> =
        (0..500_000).map(|n| format!(r#""label{n:08}":"{}""#, "v".repeat(90))).collect();
    let body = format!(r#"[{{"labels":{{{}}}}}]"#, labels.join(","));
    assert!(body.len() > 50_000_000);
    let chunked = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for _ in 0..3 {
        for answer in [post(address, PATH, body.as_bytes()), exchange(address, chunked.as_bytes())]
        {
            let message = "the body is longer than 16777216 bytes\n".to_owned();
            assert_eq!(answer, Some((413, message)));
        }
    }
    // Too many or too long labels for an evaluation: never lost.
    let many = format!(r#"[{{"labels":{{"team":"x",{}}}}}]"#, labels[..300].join(","));
    let long = format!(r#"[{{"labels":{{"team":"x","long":"{}"}}}}]"#, "y".repeat(500_000));
    for body in [many, long] {
        assert_eq!(post(address, PATH, body.as_bytes()), Some((200, String::new())));
    }
    until_true("both are delivered", Duration::from_secs(10), || fake.alerts().len() == 2);
    assert!(fake.alerts().iter().all(|alert| alert["annotations"].is_null()));
    let metrics = get(address, "/metrics").expect("metrics").1;
    assert!(metrics.contains("\nquietude_alerts_unjudged_total 2\n"), "{metrics}");
    assert!(program.peak_kib() < 300 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn hostile_clients_a_thousand_slow_ones_hold_up_nobody() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (program, address) = start(&fake, &folder, &[]);
    let begins = [
        "",
        "POST /api/v2/al",
        "POST /api/v2/alerts HTTP/1.1\r\ncontent-length: 1000\r\n\r\n[",
        "POST /api/v2/alerts HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[",
        "GET /metrics HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
    ];
    let mut slow = Vec::new();
    for n in 0..1_000 {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(begins[n % begins.len()].as_bytes()).expect("written");
        slow.push(stream);
    }
    let (mut times, body) = (Vec::new(), br#"[{"labels":{"team":"x"}},{"labels":{"team":"y"}}]"#);
    for n in 0..200 {
        // Some of the slow ones go on, some break off.
        let stream = &mut slow[n * 5];
        let _ = stream.write_all(b"P");
        let begin = Instant::now();
        assert_eq!(post(address, PATH, body), Some((200, String::new())));
        times.push(begin.elapsed());
    }
    times.sort();
    assert!(times[180] < Duration::from_millis(500), "{:?}", times[180]);
    // Within the bounds of time all of them are gone.
    let begin = Instant::now();
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let is_kept = rest.starts_with(b"HTTP/1.1 200");
        assert!(
            is_kept
                || ended.is_ok()
                || ended.is_err_and(|e| e.kind() != std::io::ErrorKind::WouldBlock)
        );
    }
    assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
    assert_eq!(post(address, PATH, body), Some((200, String::new())));
    assert!(program.peak_kib() < 200 * 1_024, "{} KiB", program.peak_kib());
}

#[test]
fn hostile_number_of_connections_is_bounded() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let (_program, address) = start(&fake, &folder, &["--connections", "20"]);
    let kept: Vec<TcpStream> =
        (0..20).map(|_| TcpStream::connect(address).expect("connected")).collect();
    until_true("the next one is closed", Duration::from_secs(10), || {
        get(address, "/-/healthy").is_none()
    });
    drop(kept);
    until_true("there is room again", Duration::from_secs(10), || {
        get(address, "/-/healthy").is_some()
    });
}
