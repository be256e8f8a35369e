//! `export`: a native document becomes a vendor's; what is lost on the way goes
//! to standard error.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use quietude::dialects::{Dialect, ImportOptions};
use quietude::{Document, Zone};

use crate::{Failure, say};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Whose form it takes: spaceone, opsmanager, virtana or uptrends
    #[arg(long, value_name = "DIALECT")]
    dialect: Dialect,
    /// The zone of the Uptrends account's clock
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Zone>,
    /// The native document, as JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", args.file.display());
    let text = fs::read_to_string(&args.file).map_err(|error| named(&error))?;
    let document = Document::from_json(&text).map_err(|error| named(&error))?;
    let mut options = ImportOptions::new();
    if let Some(zone) = &args.timezone {
        options = options.timezone(zone.clone());
    }
    if args.dialect != Dialect::Uptrends && args.timezone.is_some() {
        eprintln!("note: --timezone says nothing about {} documents", args.dialect);
    }
    let exported = args.dialect.export(&document, &options).map_err(|error| named(&error))?;
    for note in &exported.notes {
        eprintln!("note: {note}");
    }
    say(&format!("{}\n", exported.text))?;
    Ok(ExitCode::SUCCESS)
}
