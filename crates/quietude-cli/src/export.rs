//! `export`: converts a native document to a vendor's format, or to the format of another
//! system. Writes a note to standard error for everything that this format cannot express.

use std::path::PathBuf;
use std::process::ExitCode;

use quietude::vendors::{ConvertOptions, Vendor};
use quietude::{Interval, Zone};
use quietude_formats::{ExportOptions, Format};
use serde_json::json;

use crate::format::plain;
use crate::progress::Progress;
use crate::query;
use crate::when::Time;
use crate::zones::ZoneArgs;
use crate::{Error, print};

#[derive(Debug, clap::Args)]
#[group(id = "target", required = true, multiple = false, args = ["dialect", "format"])]
pub(crate) struct ExportArgs {
    /// Whose form it takes: spaceone, opsmanager, virtana or uptrends
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<Vendor>,
    /// Which format it takes: alertmanager (silences) or ics
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// The zone of the Uptrends account's clock; with --format, the zone of the dates
    /// --from and --to, UTC unless given
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Write occurrences from here on: RFC 3339, or a date for its midnight in the zone
    #[arg(long, value_name = "TIME", conflicts_with = "dialect", requires = "to")]
    from: Option<Time>,
    /// Write occurrences that begin before this, in the same forms
    #[arg(long, value_name = "TIME", conflicts_with = "dialect", requires = "from")]
    to: Option<Time>,
    #[command(flatten)]
    zones: ZoneArgs,
    /// Answer with one JSON object: the result in the field `text`, and the notes, which are then
    /// not written to standard error
    #[arg(long)]
    json: bool,
    /// The native document, as JSON or YAML
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &ExportArgs) -> Result<ExitCode, Error> {
    let document = query::document(&args.file, &args.zones)?;
    let zone = args.zones.timezone(args.timezone.as_deref())?;
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", args.file.display());
    let progress = Progress::start(format!("converting {}", args.file.display()));
    let (text, mut notes) = match (args.dialect, args.format) {
        (Some(dialect), _) => {
            let mut options = ConvertOptions::new();
            if let Some(zone) = zone {
                options = options.timezone(zone);
            }
            let exported = dialect.export(&document, &options).map_err(|error| named(&error))?;
            let mut notes = strings(&exported.notes);
            if dialect != Vendor::Uptrends && args.timezone.is_some() {
                notes.insert(0, format!("--timezone says nothing about {dialect} documents"));
            }
            (exported.text, notes)
        }
        (None, Some(format)) => {
            let mut options = ExportOptions::new();
            if let (Some(from), Some(to)) = (&args.from, &args.to) {
                let zone = zone.unwrap_or_else(Zone::utc);
                let horizon = Interval::new(from.instant(&zone)?, to.instant(&zone)?);
                options =
                    options.within(horizon.map_err(|error| format!("--from and --to: {error}"))?);
            } else if matches!(format, Format::Alertmanager | Format::Ics) {
                return Err("--from and --to must give the horizon of the export".into());
            }
            let exported = format.export(&document, &options).map_err(|error| named(&error))?;
            (exported.text, strings(&exported.notes))
        }
        (None, None) => return Err("--dialect or --format must name the form".into()),
    };
    drop(progress);
    for note in &mut notes {
        *note = plain(note);
    }
    let text = format!("{}\n", text.trim_end_matches('\n'));
    if args.json {
        let answer = json!({
            "file": args.file.display().to_string(),
            "windows": document.registry.len(),
            "text": text,
            "notes": notes,
        });
        print(&format!("{answer}\n"))?;
    } else {
        for note in &notes {
            eprintln!("note: {note}");
        }
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn strings(notes: &[impl ToString]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}
