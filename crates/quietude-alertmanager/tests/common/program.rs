//! Programs that a test starts, and files of their own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use quietude::Timestamp;

/// A folder that is removed in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("quietude-alertmanager-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in one step, as an editor does.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let (path, new) = (self.path(name), self.path("new"));
        fs::write(&new, text).expect("written");
        fs::rename(&new, &path).expect("renamed");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that runs, with what it writes to standard error. Killed in the end.
pub(crate) struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let reader = BufReader::new(child.stderr.take().expect("piped"));
        let sink = lines.clone();
        thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                sink.lock().expect("lines").push(line);
            }
        });
        Self { child, lines }
    }

    /// Starts `quietude-alertmanager` on a free port. Returns it with its address.
    pub(crate) fn own(arguments: &[&str]) -> (Self, SocketAddr) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quietude-alertmanager"));
        let program = Self::start(command.args(arguments).args(["--listen", "127.0.0.1:0"]));
        let address = until("it listens", Duration::from_secs(60), || {
            let log = program.log();
            let line = log.lines().find(|line| line.contains("listening on http://"))?;
            line.rsplit("http://").next()?.parse().ok()
        });
        (program, address)
    }

    /// What it wrote to standard error.
    pub(crate) fn log(&self) -> String {
        self.lines.lock().expect("lines").join("\n")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Waits for the end; the exit code.
    pub(crate) fn wait(&mut self, at_most: Duration) -> Option<i32> {
        until("it ends", at_most, || self.child.try_wait().expect("a state")).code()
    }

    /// The most memory that it had, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until there is a value.
pub(crate) fn until<T>(what: &str, at_most: Duration, mut value: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(begin.elapsed() < at_most, "not in {at_most:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until something holds.
pub(crate) fn until_true(what: &str, at_most: Duration, mut holds: impl FnMut() -> bool) {
    until(what, at_most, || holds().then_some(()));
}

/// The current time, in milliseconds.
pub(crate) fn now() -> i64 {
    quietude_alertmanager::clock::now().as_millis()
}

pub(crate) fn text(ms: i64) -> String {
    Timestamp::from_millis(ms).expect("an instant").to_string()
}

/// A window that is active from an instant to another one.
pub(crate) fn window(id: &str, scope: &str, start: i64, end: i64) -> String {
    format!(
        r#"{{ "id": "{id}", "scope": {scope}, "schedule": {{ "kind": "once", "start": "{}", "end": "{}" }} }}"#,
        text(start),
        text(end)
    )
}

pub(crate) fn document(windows: &[String]) -> String {
    format!(r#"{{ "version": 1, "windows": [ {} ] }}"#, windows.join(", "))
}

/// The scope of alerts with a label.
pub(crate) fn label(name: &str, value: &str) -> String {
    format!(r#"{{ "attribute": {{ "name": "{name}", "equals": "{value}" }} }}"#)
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Runs a command of the program to its end. Returns its exit code, and what it wrote to
/// standard output and to standard error.
pub(crate) fn run(
    command: &str,
    file: &Path,
    url: &str,
    more: &[&str],
) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_quietude-alertmanager"))
        .args([command, "--file", arg(file), "--alertmanager", url])
        .args(more)
        .output()
        .expect("a result");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}
