//! Alertmanager and Prometheus as programs.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::http::{self, Action, get, post};
use super::program::{Folder, Program, arg, now, text, until_true};

/// The folder of the peers' programs; `None`, with a word, if there are none.
pub(crate) fn peers() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        if std::env::var("QUIETUDE_PEERS").is_ok_and(|value| value == "skip") {
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers.sh");
        let target = Path::new(env!("CARGO_BIN_EXE_quietude-alertmanager")).parent()?.parent()?;
        let output = Command::new("sh").arg(script).arg(target.join("peers")).output().ok()?;
        let line = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| PathBuf::from(line.trim()))
    });
    if found.is_none() {
        // Not `eprintln!`, which a test captures: the gate prints this line.
        let line = "SKIPPED: Alertmanager and Prometheus cannot be had here\n";
        std::io::stderr().write_all(line.as_bytes()).expect("standard error");
    }
    found.as_deref()
}

/// An address whose port is free now.
pub(crate) fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

/// Notifications that a webhook receives: when, and the label `n` of the alert.
#[derive(Clone)]
pub(crate) struct Pages {
    address: SocketAddr,
    pages: Arc<Mutex<Vec<(i64, String)>>>,
}

impl Pages {
    pub(crate) fn start() -> Self {
        let pages = Arc::<Mutex<Vec<(i64, String)>>>::default();
        let sink = pages.clone();
        let address = http::serve("127.0.0.1:0", move |request| {
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            for alert in body["alerts"].as_array().expect("a list") {
                let n = alert["labels"]["n"].as_str().unwrap_or_default().to_owned();
                sink.lock().expect("pages").push((now(), n));
            }
            Action::Reply(200, String::new(), Vec::new())
        });
        Self { address, pages }
    }

    /// When an alert was notified.
    pub(crate) fn of(&self, n: &str) -> Vec<i64> {
        let pages = self.pages.lock().expect("pages");
        pages.iter().filter(|(_, name)| name == n).map(|(at, _)| *at).collect()
    }
}

pub(crate) struct Alertmanager {
    pub(crate) address: SocketAddr,
    /// The folder in which it finds its templates.
    root: PathBuf,
    storage: PathBuf,
    arguments: Vec<String>,
    program: Option<Program>,
}

impl Alertmanager {
    /// Starts one that repeats notifications all the time. `cluster` has the arguments of a
    /// cluster, or others with one for no cluster.
    pub(crate) fn start(peers: &Path, folder: &Folder, pages: &Pages, cluster: &[String]) -> Self {
        let times = "group_wait: 50ms, group_interval: 100ms, repeat_interval: 100ms";
        Self::start_with(peers, folder, pages, cluster, &format!("group_by: ['...'], {times}"))
    }

    /// Starts one that notifies late, for a load test.
    pub(crate) fn start_quiet(peers: &Path, folder: &Folder, pages: &Pages) -> Self {
        Self::start_with(peers, folder, pages, &[], "group_wait: 10m, group_interval: 10m")
    }

    fn start_with(
        peers: &Path,
        folder: &Folder,
        pages: &Pages,
        cluster: &[String],
        route: &str,
    ) -> Self {
        let address = free();
        let config = format!(
            "route: {{ receiver: hook, {route} }}\n\
             receivers: [ {{ name: hook, webhook_configs: [ {{ url: 'http://{}/', send_resolved: false }} ] }} ]\n",
            pages.address
        );
        let config = folder.write(&format!("am-{}.yml", address.port()), &config);
        let storage = folder.path(&format!("am-{}", address.port()));
        let mut arguments = vec![
            peers.join("prometheus-alertmanager").to_str().expect("UTF-8").to_owned(),
            format!("--config.file={}", arg(&config)),
            format!("--storage.path={}", arg(&storage)),
            format!("--web.listen-address={address}"),
            "--log.level=warn".to_owned(),
        ];
        if cluster.is_empty() {
            arguments.push("--cluster.listen-address=".to_owned());
        }
        arguments.extend_from_slice(cluster);
        let root = peers.ancestors().nth(2).expect("above usr/bin").to_owned();
        let mut alertmanager = Self { address, root, storage, arguments, program: None };
        alertmanager.restart();
        alertmanager
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file to which it writes its silences from time to time.
    pub(crate) fn snapshot(&self) -> PathBuf {
        self.storage.join("silences")
    }

    /// Starts it again, if it does not run.
    pub(crate) fn spawn(&mut self) {
        if self.program.is_none() {
            let mut command = Command::new(&self.arguments[0]);
            command.args(&self.arguments[1..]).current_dir(&self.root);
            self.program = Some(Program::start(&mut command));
        }
    }

    /// Starts it again, if it does not run, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.spawn();
        until_true("Alertmanager answers", Duration::from_secs(60), || {
            get(self.address, "/-/ready").is_some_and(|(status, _)| status == 200)
        });
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill();
        }
    }

    /// Sends alerts that fire for some seconds.
    pub(crate) fn fire(&self, alerts: &[&[(&str, &str)]], seconds: i64) -> bool {
        let alert = |labels: &&[(&str, &str)]| {
            let labels: serde_json::Map<String, Value> =
                labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            serde_json::json!({ "labels": labels, "endsAt": text(now() + 1_000 * seconds) })
        };
        let body = Value::Array(alerts.iter().map(alert).collect()).to_string();
        post(self.address, "/api/v2/alerts", body.as_bytes())
            .is_some_and(|(status, _)| status == 200)
    }

    /// Its alerts: the label `n` and the whole.
    pub(crate) fn alerts(&self) -> Option<Vec<(String, Value)>> {
        let (status, body) = get_chunked(self.address, "/api/v2/alerts")?;
        if status != 200 {
            return None;
        }
        let all: Vec<Value> = serde_json::from_str(&body).ok()?;
        let named =
            |alert: Value| (alert["labels"]["n"].as_str().unwrap_or_default().to_owned(), alert);
        Some(all.into_iter().map(named).collect())
    }

    /// The silences that have not ended.
    pub(crate) fn silences(&self) -> Vec<Value> {
        self.try_silences().expect("silences")
    }

    /// The silences that have not ended, if it answers.
    pub(crate) fn try_silences(&self) -> Option<Vec<Value>> {
        let (_, body) = get_chunked(self.address, "/api/v2/silences")?;
        let mut all: Vec<Value> = serde_json::from_str(&body).ok()?;
        all.retain(|silence| silence["status"]["state"] != "expired");
        Some(all)
    }
}

/// A GET whose answer may be chunked: HTTP/1.0, and everything up to the end.
pub(crate) fn get_chunked(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nhost: x\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
