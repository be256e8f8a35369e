//! The command-line companion, run as a user runs it, on the fleet.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod check;
mod eval;
mod explain;
mod timeline;

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// The built example, which `cargo test` puts next to the tests.
fn program() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test runs from a file");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("quietude{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built: cargo build --example quietude", path.display());
    path
}

fn run(args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(program())
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    // Another thread, as a pipe holds only so much.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    _ = writer.join().expect("the writer does not panic");
    Ran {
        code: status.code().expect("it is not killed"),
        out: String::from_utf8(stdout).expect("it writes UTF-8"),
        err: String::from_utf8(stderr).expect("it writes UTF-8"),
    }
}

/// A verb about the fleet.
fn fleet(verb: &str, args: &[&str]) -> Ran {
    let mut all = vec![verb, "--file", "tests/data/fleet.json"];
    all.extend(args);
    run(&all, b"")
}
