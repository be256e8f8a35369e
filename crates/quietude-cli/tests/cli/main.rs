//! Tests of the program `quietude`: arguments and input in; output, errors and
//! exit code out. It runs at the top of the repository, on `tests/data`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod assertions;
mod check;
mod commands;
mod convert;
mod documents;
mod eval;
mod explain;
mod fleet;
mod formats;
mod incident;
mod labels;
mod large;
mod laws;
mod mistakes;
mod page;
mod readme;
mod robust;
mod schema;
mod timeline;
mod timezone;
mod tzdir;
mod yaml;

/// The result of one run of the program.
struct RunOutput {
    code: i32,
    out: String,
    err: String,
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_quietude");
/// The top of the repository. Paths in arguments and in error texts are relative
/// to it.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Reads a file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/{path}"))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn run(args: &[&str], input: &[u8]) -> RunOutput {
    let mut child = Command::new(PROGRAM)
        .args(args)
        .current_dir(ROOT)
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    // On another thread: both sides would block once a pipe is full.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    _ = writer.join().expect("the writer does not panic");
    RunOutput {
        code: status.code().expect("it is not killed"),
        out: String::from_utf8(stdout).expect("it writes UTF-8"),
        err: String::from_utf8(stderr).expect("it writes UTF-8"),
    }
}

/// Runs a command on `tests/data/fleet.json`.
fn fleet(command: &str, args: &[&str]) -> RunOutput {
    let mut all = vec![command, "--file", "tests/data/fleet.json"];
    all.extend(args);
    run(&all, b"")
}

#[test]
fn top_readme_output_matches_the_program() {
    let args = ["--entity", "pg-orders-1", "--at", "2026-11-26T21:15:00Z"];
    assert!(read("README.md").contains(&fleet("check", &args).out));
}
