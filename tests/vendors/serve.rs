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
        Self::with_options(&[])
    }

    fn with_options(options: &[&str]) -> Self {
        let mut child = Command::new(example())
            .args(["127.0.0.1:0", "--now", "2026-11-26T12:00:00Z"])
            .args(options)
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

    /// The whole response. `head` is the request line, and headers besides the usual ones.
    fn exchange(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        write!(stream, "{head}\r\nHost: {}\r\nConnection: close\r\n\r\n{body}", self.address)
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer in time");
        answer
    }

    /// The status line, the Location header if there is one, and the body.
    fn send(&self, method: &str, target: &str, body: &str) -> String {
        let length = body.len();
        let head = format!("{method} {target} HTTP/1.1\r\nContent-Length: {length}");
        let answer = self.exchange(&head, body);
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
        (["--port", "8080"], "--port is not an option; there are --now TIME, --user NAME:PASSWORD"),
        (["--user", "name"], "--user needs NAME:PASSWORD"),
        (["--user", ":password"], "--user needs NAME:PASSWORD"),
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
        ("GET", "/silenced?entity=a&entity=b", "400 Bad Request"),
        ("GET", "/silenced?entity=a&at=2026-01-01T00:00:00Z&at=soon", "400 Bad Request"),
        ("GET", "/silenced?entity=a&alert_type=b&alert_type=c", "400 Bad Request"),
        ("GET", "/silenced?entity=a&group=b&group=c", "200 OK"),
        ("GET", "/silenced?label=alertname=Down&label=team%3Da&group=b", "200 OK"),
        ("GET", "/silenced?label=alertname", "400 Bad Request"),
        ("GET", "/silenced?group=b", "400 Bad Request"),
        ("POST", "/silenced?entity=a", "405 Method Not Allowed"),
        ("GET", "/opsmanager/groups/./maintenanceWindows", "400 Bad Request"),
        ("GET", "/opsmanager/groups/../maintenanceWindows", "400 Bad Request"),
        ("GET", "/opsmanager/groups/%2E%2E/maintenanceWindows", "400 Bad Request"),
        ("OPTIONS", "/uptrends", "404 Not Found"),
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

/// The value of a header of a response.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let mut fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
    fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[test]
fn method_unknown_allow_header() {
    let server = Server::start();
    for (target, allow) in [
        ("/silenced?entity=a", "GET, HEAD"),
        ("/uptrends/Monitor/monitor-1/MaintenancePeriod", "GET, HEAD, POST"),
        ("/uptrends/Monitor/monitor-1/MaintenancePeriod/1", "PUT, DELETE"),
        ("/opsmanager/groups/g/maintenanceWindows", "GET, HEAD, POST"),
        ("/opsmanager/groups/g/maintenanceWindows/1?envelope=true", "GET, HEAD, PATCH, DELETE"),
        ("/spaceone/maintenance-windows", "GET, HEAD, POST"),
        ("/spaceone/maintenance-window/mw-1", "GET, HEAD, PUT"),
        ("/virtana/v1/modelcontext/maintwindows:list", "POST"),
    ] {
        for method in ["OPTIONS", "TRACE", "BREW"] {
            let answer = server.exchange(&format!("{method} {target} HTTP/1.1"), "");
            let status = "HTTP/1.1 405 Method Not Allowed\r\n";
            assert!(answer.starts_with(status), "{method} {target}: {answer}");
            assert_eq!(header(&answer, "Allow"), Some(allow), "{method} {target}: {answer}");
        }
    }
}

#[test]
fn head_as_get_without_body() {
    let server = Server::start();
    for target in [
        "/silenced?entity=a",
        "/uptrends/Monitor/monitor-1/MaintenancePeriod",
        "/opsmanager/groups/g/maintenanceWindows",
        "/spaceone/maintenance-windows?domain_id=d",
    ] {
        let head = server.exchange(&format!("HEAD {target} HTTP/1.1"), "");
        let get = server.exchange(&format!("GET {target} HTTP/1.1"), "");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{target}: {head}");
        assert!(head.ends_with("\r\n\r\n") && !get.ends_with("\r\n\r\n"), "{target}: {head}");
        for name in ["Content-Type", "Content-Length"] {
            assert_eq!(header(&head, name), header(&get, name), "{target}");
        }
    }
}

#[test]
fn body_broken_or_deep_400() {
    let server = Server::start();
    let targets = [
        "/uptrends/Monitor/monitor-1/MaintenancePeriod",
        "/opsmanager/groups/g/maintenanceWindows",
        "/spaceone/maintenance-windows",
        "/virtana/v1/modelcontext/maintwindows",
    ];
    let refusals = [
        r#"{"Message":"the body cannot be read"}"#,
        r#"{"detail":"the body cannot be read","error":400,"reason":"Bad Request"}"#,
        r#"{"detail":{"code":"ERROR_INVALID_PARAMETER","message":"the body cannot be read"}}"#,
        r#"{"code":3,"message":"the body cannot be read","details":[]}"#,
    ];
    for (target, refusal) in targets.into_iter().zip(refusals) {
        let deep = server.send("POST", target, &"[".repeat(128));
        assert!(deep.starts_with("HTTP/1.1 400 Bad Request\n"), "{target}: {deep}");
        assert!(deep.contains("nests more than 127 levels deep"), "{target}: {deep}");
        let head = format!("POST {target} HTTP/1.1\r\nTransfer-Encoding: chunked");
        for chunks in ["zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}x\r\n0\r\n\r\n"] {
            let broken = server.exchange(&head, chunks);
            assert!(broken.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{target}: {broken}");
            assert_eq!(header(&broken, "Content-Type"), Some("application/json"), "{target}");
            assert!(broken.ends_with(&format!("\r\n\r\n{refusal}")), "{target}: {broken}");
        }
        let whole = server.exchange(&head, "2\r\n{}\r\n0\r\n\r\n");
        assert!(whole.contains("missing"), "{target}: {whole}");
    }
}

const USER: &str = "username:apiKey";
const WINDOWS: &str =
    "/opsmanager/api/public/v1.0/groups/541ed2009436399a1f54e01b/maintenanceWindows";
const WINDOW: &str = r#"{ "startDate": "2026-11-26T22:00:00Z", "endDate": "2026-11-26T23:30:00Z",
    "alertTypeNames": [ "REPLICA_SET" ], "description": "new description" }"#;

/// The value of `Authorization` for a request by the user `name`, by RFC 2617; without
/// `qop` as in RFC 2069.
fn digest(name: &str, password: &str, method: &str, uri: &str, nonce: &str, qop: bool) -> String {
    use md5::Digest;
    let hash = |text: String| -> String {
        md5::Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let realm = "MMS Public API";
    let ha1 = hash(format!("{name}:{realm}:{password}"));
    let ha2 = hash(format!("{method}:{uri}"));
    let (response, more) = if qop {
        let text = format!("{ha1}:{nonce}:00000001:abcd:auth:{ha2}");
        (hash(text), ", qop=auth, nc=00000001, cnonce=\"abcd\"")
    } else {
        (hash(format!("{ha1}:{nonce}:{ha2}")), "")
    };
    format!(
        "Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm=MD5{more}"
    )
}

#[test]
fn digest_challenge_then_200() {
    let server = Server::with_options(&["--user", USER]);
    let get = format!("GET {WINDOWS} HTTP/1.1");
    let challenge = server.exchange(&get, "");
    assert!(challenge.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{challenge}");
    let said = header(&challenge, "WWW-Authenticate").unwrap();
    let (before, after) = said.split_once("nonce=\"").unwrap();
    let (nonce, after) = after.split_once('"').unwrap();
    assert_eq!(before, "Digest realm=\"MMS Public API\", domain=\"\", ");
    assert_eq!(after, ", algorithm=MD5, op=\"auth\", stale=false");
    assert!(challenge.ends_with(
        r#"{"detail":"digest authentication is needed","error":401,"reason":"Unauthorized"}"#
    ));
    let ask = |value: &str| server.exchange(&format!("{get}\r\nAuthorization: {value}"), "");
    let right = |nonce: &str, qop| digest("username", "apiKey", "GET", WINDOWS, nonce, qop);
    for qop in [false, true] {
        let answer = ask(&right(nonce, qop));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    for (value, stale) in [
        (digest("username", "apikey", "GET", WINDOWS, nonce, true), false),
        (digest("user", "apiKey", "GET", WINDOWS, nonce, true), false),
        (digest("username", "apiKey", "POST", WINDOWS, nonce, true), false),
        (digest("username", "apiKey", "GET", "/", nonce, true), false),
        (right("1.0", true), true),
        (right("", false), true),
        (format!("{}, qop=auth", right(nonce, true)), false),
        ("Basic dXNlcm5hbWU6YXBpS2V5".to_owned(), false),
        ("Digest".to_owned(), false),
        ("Digest username=\"".to_owned(), false),
        ("Digest =,=,".to_owned(), false),
    ] {
        let answer = ask(&value);
        assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{value}: {answer}");
        let said = header(&answer, "WWW-Authenticate").unwrap();
        assert!(said.ends_with(&format!("stale={stale}")), "{value}: {said}");
    }
    // The other APIs ask for no user.
    let answer = server.send("GET", "/uptrends/Monitor/monitor-1/MaintenancePeriod", "");
    assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
}

/// The requests of the vendor's samples, with curl if there is one.
#[test]
fn digest_curl_samples_succeed() {
    let server = Server::with_options(&["--user", USER]);
    let curl = |user: &str, method: &str, target: &str, body: Option<&str>| {
        let url = format!("http://{}{target}", server.address);
        let mut command = Command::new("curl");
        command.args([
            "-s",
            "-i",
            "-m",
            "20",
            "--noproxy",
            "*",
            "-u",
            user,
            "--digest",
            "-X",
            method,
        ]);
        command.args(["-H", "Content-Type: application/json", &url]);
        if let Some(body) = body {
            command.args(["--data", body]);
        }
        let ran = command.output().ok()?;
        Some(String::from_utf8(ran.stdout).expect("text"))
    };
    let Some(listed) = curl(USER, "GET", WINDOWS, None) else { return };
    let answered = |answer: &str, status: &str| {
        let (challenge, answer) = answer.split_once("HTTP/1.1 401 Unauthorized\r\n").unwrap();
        assert!(challenge.is_empty(), "{challenge}");
        let second = answer.find("HTTP/1.1 ").unwrap_or_else(|| panic!("{answer}"));
        assert!(answer[second..].starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    };
    answered(&listed, "200 OK");
    let one = format!("{WINDOWS}/000000000000000000000001");
    for (method, target, body, status) in [
        ("POST", WINDOWS, Some(WINDOW), "200 Created"),
        ("GET", &one, None, "200 OK"),
        ("GET", &format!("{one}?pretty=true&envelope=true"), None, "200 OK"),
        ("PATCH", &one, Some(r#"{ "alertTypeNames": [ "HOST", "REPLICA_SET" ] }"#), "201 OK"),
        ("DELETE", &one, None, "200 OK"),
    ] {
        answered(&curl(USER, method, target, body).unwrap(), status);
    }
    answered(&curl("username:wrong", "GET", WINDOWS, None).unwrap(), "401 Unauthorized");
}
