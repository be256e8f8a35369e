//! Command-line program for maintenance windows. Each command has a module of its name.
//!
//! Exit codes: 0 on success, for `check` if the subject is silenced, for `eval` also if lines
//! have errors; 1 if `check` finds that it is not silenced, if `lint --deny` finds a warning, or
//! if an assertion of `test` fails; 2 on an error.

#![allow(clippy::print_stderr, reason = "a program prints its errors to standard error")]

mod alert;
mod alone;
mod args;
mod check;
mod eval;
mod excerpt;
mod explain;
mod export;
mod fmt;
mod format;
mod import;
mod lint;
mod list;
mod locate;
mod output;
mod page;
mod preview;
mod progress;
mod query;
mod report;
mod request;
mod schema;
mod source;
mod style;
mod svg;
mod table;
mod terminal;
mod test;
mod timeline;
mod timeline_json;
mod unfinished;
mod unique;
mod when;
mod yaml_comments;
mod yaml_text;
mod zones;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use output::print;

/// An error that ends a command. Its text is printed to standard error.
type Error = Box<dyn std::error::Error>;

/// `check`: the subject is not silenced.
const EXIT_NOT_SILENCED: u8 = 1;
/// A check that was asked for found something: `lint --deny`.
const EXIT_FOUND: u8 = 1;
/// The command failed.
const EXIT_ERROR: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    style::set(args.color);
    let result = match args.command {
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Timeline(args) => timeline::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::List(args) => list::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Preview(args) => preview::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Completions { shell } => completions(shell),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Page(args) => page::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Schema => schema::run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("{} {error}", style::stderr().error("error:"));
        ExitCode::from(EXIT_ERROR)
    })
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "quietude", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
