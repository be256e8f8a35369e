//! `export`: converts a native document to a vendor's format. Writes a note to
//! standard error for everything that the vendor's format cannot express.

use std::path::PathBuf;
use std::process::ExitCode;

use quietude::vendors::{ConvertOptions, Vendor};

use crate::query;
use crate::zones::ZoneArgs;
use crate::{Error, print};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Whose form it takes: spaceone, opsmanager, virtana or uptrends
    #[arg(long, value_name = "DIALECT")]
    dialect: Vendor,
    /// The zone of the Uptrends account's clock
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    #[command(flatten)]
    zones: ZoneArgs,
    /// The native document, as JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, Error> {
    let document = query::document(&args.file, &args.zones)?;
    let mut options = ConvertOptions::new();
    if let Some(zone) = args.zones.timezone(args.timezone.as_deref())? {
        options = options.timezone(zone);
    }
    if args.dialect != Vendor::Uptrends && args.timezone.is_some() {
        eprintln!("note: --timezone says nothing about {} documents", args.dialect);
    }
    let named = |error| format!("{}: {error}", args.file.display());
    let exported = args.dialect.export(&document, &options).map_err(named)?;
    for note in &exported.notes {
        eprintln!("note: {note}");
    }
    print(&format!("{}\n", exported.text))?;
    Ok(ExitCode::SUCCESS)
}
