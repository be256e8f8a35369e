//! `import`: converts a vendor's document, or a file in the format of another system, to a
//! native document. Writes a note to standard error for everything that the native format
//! cannot express.

use std::path::PathBuf;
use std::process::ExitCode;

use quietude::vendors::{ConvertOptions, Vendor};
use quietude_formats::{Format, ImportOptions};

use crate::source::read_text;
use crate::zones::ZoneArgs;
use crate::{Error, print};

#[derive(Debug, clap::Args)]
#[group(id = "source", required = true, multiple = false, args = ["dialect", "format"])]
pub(crate) struct ImportArgs {
    /// Whose document it is: spaceone, opsmanager, virtana or uptrends
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<Vendor>,
    /// In which format the file is: alertmanager, grafana, ics, cron, icinga2, nagios or
    /// zabbix
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// The zone of an Uptrends account's clock; with --format, the zone of local times
    /// without a zone
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// How long each occurrence of a crontab line lasts: 90s, 30m, 2h or 1d
    #[arg(long, value_name = "DURATION", value_parser = crate::when::duration_ms, conflicts_with = "dialect")]
    duration: Option<u64>,
    /// Read an iCalendar file as a schedule of this name, and not as windows
    #[arg(long, value_name = "NAME", conflicts_with = "dialect")]
    calendar: Option<String>,
    #[command(flatten)]
    zones: ZoneArgs,
    /// The monitor that a list of Uptrends periods is about; everything unless
    /// given
    #[arg(long, value_name = "GUID", conflicts_with = "format")]
    monitor: Option<String>,
    /// The vendor's document, as JSON, or the file in the format
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, Error> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", args.file.display());
    let (_, text) = read_text(&args.file)?;
    let zone = args.zones.timezone(args.timezone.as_deref())?;
    let (document, notes) = match (args.dialect, args.format) {
        (Some(dialect), _) => {
            let mut options = ConvertOptions::new();
            if let Some(zone) = zone {
                options = options.timezone(zone);
            }
            if let Some(monitor) = &args.monitor {
                options = options.monitor(monitor);
            }
            if dialect != Vendor::Uptrends && (args.timezone.is_some() || args.monitor.is_some()) {
                eprintln!("note: --timezone and --monitor say nothing about {dialect} documents");
            }
            let imported = dialect.import(&text, &options).map_err(|error| named(&error))?;
            (imported.document, strings(&imported.notes))
        }
        (None, Some(format)) => {
            let zones = args.zones.clone();
            let mut options = ImportOptions::new().zones(move |name| zones.zone(name));
            if let Some(zone) = zone {
                options = options.timezone(zone);
            }
            if let Some(millis) = args.duration {
                options = options.duration_millis(millis);
            }
            if let Some(name) = &args.calendar {
                options = options.calendar(name);
            }
            let imported = format.import(&text, &options).map_err(|error| named(&error))?;
            (imported.document, strings(&imported.notes))
        }
        (None, None) => return Err("--dialect or --format must name what the file is".into()),
    };
    for note in &notes {
        eprintln!("note: {}", crate::format::plain(note));
    }
    print(&format!("{}\n", document.to_json()))?;
    Ok(ExitCode::SUCCESS)
}

fn strings(notes: &[impl ToString]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}
