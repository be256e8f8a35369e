//! The example `serve` over loopback HTTP: a recorded session for each vendor, and the
//! dialogue of the documentation.
//!
//! A session has the format of `curl -i`: a command, the status line, the `Location`
//! header if there is one, and the body.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::helpers::data;

/// The timeout of each network operation.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The path of the example, which `cargo test` builds next to the tests.
fn example() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test runs from a file");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("serve{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built: cargo build --example serve", path.display());
    path
}

/// A running server. It is stopped on drop.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(example())
            .args(["127.0.0.1:0", "--now", "2026-11-26T12:00:00Z"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let out = child.stdout.take().expect("it is piped");
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            _ = BufReader::new(out).read_line(&mut line);
            _ = send.send(line);
        });
        let mut server = Self { child, address: String::new() };
        let line = receive.recv_timeout(TIMEOUT).expect("it prints its address");
        server.address = line.trim().strip_prefix("http://").expect("an address").to_owned();
        server
    }

    /// The status line, the Location header if there is one, and the body.
    fn send(&self, method: &str, target: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer in time");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines = head.split("\r\n");
        let mut shown = lines.next().expect("a status line").to_owned();
        for line in lines {
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("location")
            {
                shown += &format!("\nLocation: {value}");
            }
        }
        if body.is_empty() { shown } else { format!("{shown}\n\n{body}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The method, the target and the body of a recorded command.
fn parsed(command: &str) -> (&str, &str, &str) {
    let quoted: Vec<&str> = command.split('\'').collect();
    let method = command.split(" -X ").nth(1).map_or("GET", |rest| rest.split(' ').next().unwrap());
    let target = quoted[1].strip_prefix("http://HOST").expect("a target on the host");
    (method, target, quoted.get(3).copied().unwrap_or(""))
}

fn replay(vendor: &str) {
    let server = Server::start();
    let session = data(&format!("{vendor}/session.txt"));
    let mut steps = 0;
    for step in session.split("$ curl ").skip(1) {
        let (command, expected) = step.split_once('\n').expect("a command and an answer");
        let (method, target, body) = parsed(command);
        let answer = server.send(method, target, body);
        // Links contain the address of the server.
        let answer = answer.replace(&format!("http://{}", server.address), "http://HOST");
        assert_eq!(answer, expected.trim_end(), "$ curl {command}");
        steps += 1;
    }
    assert!(steps >= 8, "{steps}");
}

/// Replays the dialogues of a page on one server. Returns the number of requests.
fn replay_page(page: &str) -> usize {
    let server = Server::start();
    let mut steps = 0;
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for step in block.split("$ curl ").skip(1) {
            // The last line is the response: curl without `-i` prints the body only.
            let (command, expected) = step.trim_end().rsplit_once('\n').expect("an answer");
            let target = command.split("http://127.0.0.1:8080").nth(1).expect("a target");
            let target = target.split(['\'', ' ']).next().unwrap();
            let (method, body) = match command.split_once(" -d '") {
                Some((head, body)) => {
                    assert!(head.starts_with("-X POST "), "{command}");
                    ("POST", body.strip_suffix('\'').expect("a closing quote"))
                }
                None => ("GET", ""),
            };
            let answer = server.send(method, target, body);
            assert_eq!(
                answer.split_once("\n\n").map(|(_, body)| body),
                Some(expected),
                "{command}"
            );
            steps += 1;
        }
    }
    steps
}

/// The dialogue of the documentation page, and of the README while it has one.
#[test]
fn documented_dialogue_matches_server() {
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let page = read("src/docs/vendors.md");
    assert_eq!(replay_page(&page), 9);
    assert!(page.contains("--example serve -- 127.0.0.1:8080 --now 2026-11-26T12:00:00Z"));
    let readme = read("README.md");
    if readme.contains("$ curl ") {
        assert_eq!(replay_page(&readme), 9);
        assert!(readme.contains("--example serve -- 127.0.0.1:8080 --now 2026-11-26T12:00:00Z"));
    }
}

#[test]
fn uptrends_recorded_session_matches() {
    replay("uptrends");
}

#[test]
fn opsmanager_recorded_session_matches() {
    replay("opsmanager");
}

#[test]
fn spaceone_recorded_session_matches() {
    replay("spaceone");
}

#[test]
fn virtana_recorded_session_matches() {
    replay("virtana");
}

#[test]
fn option_unknown_error() {
    let path = example();
    for (arguments, message) in [
        (["--port", "8080"], "--port is not an option; there is --now TIME"),
        (["127.0.0.1:0", "--now"], "--now needs a time"),
        (["--now", "soon"], "is not an RFC 3339 timestamp"),
    ] {
        let ran = Command::new(&path).args(arguments).output().expect("the example starts");
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(!ran.status.success() && said.contains(message), "{arguments:?}: {said}");
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn request_unknown_error_status() {
    let server = Server::start();
    for (method, target, status) in [
        ("GET", "/", "404 Not Found"),
        ("GET", "/silenced", "400 Bad Request"),
        ("GET", "/silenced?at=2026-01-01T00:00:00Z", "400 Bad Request"),
        ("GET", "/silenced?entity=a&at=soon", "400 Bad Request"),
        ("GET", "/silenced?entity=a&color=red", "400 Bad Request"),
        ("OPTIONS", "/uptrends/Monitor/m/MaintenancePeriod", "405 Method Not Allowed"),
        ("GET", "/uptrends", "404 Not Found"),
    ] {
        let answer = server.send(method, target, "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {target}: {answer}");
    }
    let long = "x".repeat(quietude::vendors::MAX_BODY_BYTES + 2);
    let answer = server.send("POST", "/spaceone/maintenance-windows", &long);
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large"), "{answer}");
}
