//! `import`: converts a vendor's document, or a file in the format of another system, to a
//! native document. Writes a note to standard error for everything that the native format
//! cannot express.

use std::path::PathBuf;
use std::process::ExitCode;

use quietude::Document;
use quietude::vendors::{ConvertOptions, Vendor};
use quietude_formats::native::Position;
use quietude_formats::{Format, ImportOptions};
use serde::Serialize;

use crate::format::plain;
use crate::locate::Places;
use crate::progress::Progress;
use crate::source::{Problems, Source};
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
    /// Answer with one JSON object: the native document in the field `document`, and the notes,
    /// which are then not written to standard error
    #[arg(long)]
    json: bool,
    /// The vendor's document, as JSON, or the file in the format
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// The answer as JSON. The fields of the document keep their order.
#[derive(Serialize)]
struct Answer<'a> {
    file: &'a str,
    windows: usize,
    notes: &'a [String],
    document: &'a Document,
}

pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, Error> {
    let source = Source::read_as_it_is(&args.file)?;
    let progress = Progress::start(format!("converting {}", source.name()));
    let text = source.text();
    let zone = args.zones.timezone(args.timezone.as_deref())?;
    let (document, mut notes) = match (args.dialect, args.format) {
        (Some(dialect), _) => {
            let mut options = ConvertOptions::new();
            if let Some(zone) = zone {
                options = options.timezone(zone);
            }
            if let Some(monitor) = &args.monitor {
                options = options.monitor(monitor);
            }
            let imported = dialect.import(text, &options);
            let imported = imported.map_err(|error| dialect_problems(&source, &error))?;
            let mut notes = strings(&imported.notes);
            if dialect != Vendor::Uptrends && (args.timezone.is_some() || args.monitor.is_some()) {
                let note =
                    format!("--timezone and --monitor say nothing about {dialect} documents");
                notes.insert(0, note);
            }
            (imported.document, notes)
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
            let imported = format.import(text, &options);
            let imported = imported.map_err(|error| format_problems(&source, &error))?;
            (imported.document, strings(&imported.notes))
        }
        (None, None) => return Err("--dialect or --format must name what the file is".into()),
    };
    drop(progress);
    for note in &mut notes {
        *note = plain(note);
    }
    if args.json {
        let windows = document.registry.len();
        let answer = Answer { file: source.name(), windows, notes: &notes, document: &document };
        print(&format!("{}\n", serde_json::to_string(&answer)?))?;
    } else {
        for note in &notes {
            eprintln!("note: {note}");
        }
        print(&format!("{}\n", document.to_json()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The error of a vendor's document, with the line of the text.
fn dialect_problems(source: &Source, error: &quietude::Error) -> Problems {
    if error.line().is_some() || error.window().is_some() {
        return source.library_problem(error);
    }
    source.problem_of(error.path(), place_of(source, error.path()), error.message())
}

/// The place of the value at a path of a text that is JSON or YAML. `None` if nothing of the
/// path is there.
fn place_of(source: &Source, path: &str) -> Option<Position> {
    let mut places = Places::new(source);
    let whole = places.find("");
    places.find(path).filter(|place| Some(*place) != whole)
}

/// The error of a format, with the line of the text.
fn format_problems(source: &Source, error: &quietude_formats::Error) -> Problems {
    let place = error.place();
    // The options of the library have the names of those of the program.
    let message = error.to_string().replace("the option `", "the option `--");
    let Some(line) = place.line.and_then(|line| u32::try_from(line).ok()) else {
        return source.problem(place_of(&source.by_beginning(), &place.path), &message);
    };
    let column = place.column.and_then(|column| u32::try_from(column).ok());
    let begin =
        format!("line {line}{}: ", column.map_or_else(String::new, |c| format!(", column {c}")));
    let message = message.strip_prefix(&begin).unwrap_or(&message);
    let column = column.unwrap_or_else(|| source.first_column(line));
    source.problem(Some(Position { line, column }), message)
}

fn strings(notes: &[impl ToString]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}
