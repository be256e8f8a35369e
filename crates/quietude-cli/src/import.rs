//! `import`: converts a vendor's document to a native document. Writes a note to
//! standard error for everything that the native format cannot express.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use quietude::vendors::{ConvertOptions, Vendor};

use crate::zones::ZoneArgs;
use crate::{Error, print};

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Whose document it is: spaceone, opsmanager, virtana or uptrends
    #[arg(long, value_name = "DIALECT")]
    dialect: Vendor,
    /// The zone of an Uptrends account's clock
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    #[command(flatten)]
    zones: ZoneArgs,
    /// The monitor that a list of Uptrends periods is about; everything unless
    /// given
    #[arg(long, value_name = "GUID")]
    monitor: Option<String>,
    /// The vendor's document, as JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, Error> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", args.file.display());
    let text = fs::read_to_string(&args.file).map_err(|error| named(&error))?;
    let mut options = ConvertOptions::new();
    if let Some(zone) = args.zones.timezone(args.timezone.as_deref())? {
        options = options.timezone(zone);
    }
    if let Some(monitor) = &args.monitor {
        options = options.monitor(monitor);
    }
    if args.dialect != Vendor::Uptrends && (args.timezone.is_some() || args.monitor.is_some()) {
        eprintln!("note: --timezone and --monitor say nothing about {} documents", args.dialect);
    }
    let imported = args.dialect.import(&text, &options).map_err(|error| named(&error))?;
    for note in &imported.notes {
        eprintln!("note: {note}");
    }
    print(&format!("{}\n", imported.document.to_json()))?;
    Ok(ExitCode::SUCCESS)
}
