//! Command-line program for maintenance windows: `check`, `explain`, `timeline`,
//! `eval`, `import` and `export`.
//!
//! Exit codes: 0 on success, for `check` if the subject is silenced; 1 if
//! `check` finds that it is not silenced; 2 on an error.

#![allow(clippy::print_stderr, reason = "a program prints its errors to standard error")]

mod args;
mod check;
mod eval;
mod explain;
mod export;
mod format;
mod import;
mod page;
mod query;
mod request;
mod svg;
mod terminal;
mod timeline;
mod zones;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// An error that ends a command. Its text is printed to standard error.
type Error = Box<dyn std::error::Error>;

/// `check`: the subject is not silenced.
const EXIT_NOT_SILENCED: u8 = 1;
/// The command failed.
const EXIT_ERROR: u8 = 2;

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Timeline(args) => timeline::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Page(args) => page::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(EXIT_ERROR)
    })
}

/// Writes `text` to standard output and flushes it. A closed pipe is not an
/// error: `quietude .. | head` succeeds.
fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
