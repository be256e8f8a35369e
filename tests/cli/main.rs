//! The command-line companion, run as a user runs it, on the fleet.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod check;
mod convert;
mod eval;
mod explain;
mod timeline;
mod tzdir;

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

#[test]
fn the_readme_shows_what_the_program_says() {
    let readme = std::fs::read_to_string("README.md").expect("tests run beside it");
    let args = ["--entity", "pg-orders-1", "--at", "2026-11-26T21:15:00Z"];
    assert!(readme.contains(&fleet("check", &args).out));
    let args = ["--entity", "pg-orders-2", "--from", "2026-10-24", "--to", "2026-10-27"];
    assert!(readme.contains(&format!("`timeline {}`", args.join(" "))));
    let drawing = fleet("timeline", &args).out;
    let union: Vec<_> = drawing.lines().skip(2).take(4).collect();
    assert!(readme.contains(&union.join("\n")), "{drawing}");
}
