//! The command-line companion: is this entity silenced, by what, until when?
//!
//! Everything is read from one document of windows (`--file`). Exit codes: 0
//! when silenced (or simply done), 1 when `check` finds it is not, 2 on an
//! error.

// A program that talks to its user does so on these two streams.
#![allow(clippy::print_stderr, reason = "errors of a command go to standard error")]

mod args;
mod check;
mod eval;
mod explain;
mod export;
mod import;
mod question;
mod svg;
mod terminal;
mod timeline;
mod words;
mod zones;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Verb};

/// Whatever ends a command early; its text is what the user reads.
type Failure = Box<dyn std::error::Error>;

/// The subject is not silenced.
const AUDIBLE: u8 = 1;
/// The question could not be answered.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let done = match Args::parse().verb {
        Verb::Check(args) => check::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Timeline(args) => timeline::run(&args),
        Verb::Eval(args) => eval::run(&args),
        Verb::Import(args) => import::run(&args),
        Verb::Export(args) => export::run(&args),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::from(FAILED)
    })
}

/// Writes a whole answer. A reader that has gone away is no error: it had what
/// it wanted.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
