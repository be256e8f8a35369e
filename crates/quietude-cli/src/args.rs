//! Command-line arguments.
//!
//! The doc comments (`///`) of this file are the text of `--help`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::style;
use crate::when::Time;
use crate::zones::ZoneArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  success; check: silenced
     eval: all lines are read; one that is not a question has an error as its answer
  1  check: not silenced; lint --deny: there is a warning; fmt --check: not formatted;
     test: an assertion fails
  2  error, with a message on standard error";

/// Is an entity silenced at a time?
#[derive(Debug, Parser)]
#[command(name = "quietude", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Whether to colour the output
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: style::Choice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether, by which windows, until when, and what comes next (exit
    /// code 0 when silenced, 1 when not, 2 on an error)
    Check(CheckArgs),
    /// Say for every window that could concern the subject why it silences it or
    /// not; one that fails by one test is a near miss, with that test
    Explain(ExplainArgs),
    /// Draw the windows of a subject over a stretch of time
    Timeline(TimelineArgs),
    /// Answer questions from standard input, one JSON object a line
    Eval(EvalArgs),
    /// List the windows, or the entities, that are active, upcoming or over
    List(crate::list::ListArgs),
    /// Say what about the windows was probably not meant (exit code 1 with --deny if there
    /// is a warning, 2 on an error)
    Lint(crate::lint::LintArgs),
    /// Say what a change of the document does: for whom, when, by which windows
    Preview(crate::preview::PreviewArgs),
    /// Say how long entities are silenced within an interval, and by which windows
    Report(crate::report::ReportArgs),
    /// Print the document with its fields in the fixed order; files are written only with
    /// --write
    Fmt(crate::fmt::FmtArgs),
    /// Print a script with which a shell completes commands and options
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Turn a vendor's document, or a file of another system, into the native document
    Import(crate::import::ImportArgs),
    /// Turn the native document into a vendor's, or into another system's format, as far as
    /// that goes
    Export(crate::export::ExportArgs),
    /// Write all windows and entities over some days as one HTML file that needs nothing else
    Page(crate::page::PageArgs),
    /// Check the assertions of files about who is silenced when (exit code 0 if all pass, 1 if
    /// one fails, 2 on an error)
    Test(crate::test::TestArgs),
    /// Print a JSON Schema of the document, with which editors complete and check it
    Schema,
}

/// The document, and the subject that the question is about.
#[derive(Debug, clap::Args)]
#[group(id = "subject", required = true, multiple = true, args = ["entity", "attributes", "alert", "groups", "alert_type"])]
pub(crate) struct SubjectArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The entity that is asked about; unless given, the document's entity label
    /// names it
    #[arg(long, value_name = "ID")]
    pub(crate) entity: Option<String>,
    /// The type of the alert, if the question names one
    #[arg(long, value_name = "TYPE")]
    pub(crate) alert_type: Option<String>,
    /// A group that comes with the question; may be repeated
    #[arg(long = "group", value_name = "ID")]
    pub(crate) groups: Vec<String>,
    /// A label of the alert, or an attribute of the entity, that comes with the
    /// question; may be repeated
    #[arg(long = "label", visible_alias = "attribute", value_name = "NAME=VALUE", value_parser = attribute)]
    pub(crate) attributes: Vec<(String, String)>,
    /// A file with alerts as JSON: the webhook of Alertmanager, the answer of its API, or one
    /// alert with its labels; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) alert: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) zones: ZoneArgs,
}

/// The instant, and how to show it.
#[derive(Debug, clap::Args)]
pub(crate) struct AtArgs {
    /// The instant, in RFC 3339, or a local time of --timezone; now unless given
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Time>,
    /// Show times in this zone too, and read local times in it
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) at: AtArgs,
    /// Answer with one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) at: AtArgs,
    /// Answer with one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Where it begins: RFC 3339, or a local time, or a date for its midnight in the zone
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Time,
    /// Where it ends, in the same forms
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Time,
    /// Draw days of this zone; unless given, the one that most of the entity's
    /// windows use, or else UTC
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// Columns to draw in; $COLUMNS unless given, or else 100
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    pub(crate) width: Option<u16>,
    /// Answer with one JSON object
    #[arg(long, conflicts_with_all = ["width", "svg"])]
    pub(crate) json: bool,
    /// Write a picture to this file instead
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The document of windows, as JSON or YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) zones: ZoneArgs,
}

fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is not of the form name=value".to_owned()),
    }
}
