//! `report`: how long entities were silenced within an interval, in total and by window.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use quietude::{Document, Effect, Interval, Silencer, Subject, Window, Zone};
use serde_json::{Value, json};

use crate::check::instant;
use crate::output::print;
use crate::progress::Progress;
use crate::query::Known;
use crate::table::Table;
use crate::when::{self, Time};
use crate::zones::ZoneArgs;
use crate::{Error, format, query, style};

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Where it begins: RFC 3339, or a local time or a date of --timezone
    #[arg(long, value_name = "TIME")]
    from: Time,
    /// Where it ends, in the same forms
    #[arg(long, value_name = "TIME")]
    to: Time,
    /// The zone of local times and of the times that are printed; UTC unless given
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// The type of the alerts; unless given, windows for certain types do not count
    #[arg(long, value_name = "TYPE")]
    alert_type: Option<String>,
    /// Only this entity; may be repeated. Unless given, all known ones
    #[arg(long = "entity", value_name = "ID")]
    entities: Vec<String>,
    /// What the rows of a table or of CSV are
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Print comma-separated values, with times in milliseconds
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Entities, with the time in which they are silenced
    Entity,
    /// Windows, with the time in which they are active
    Window,
    /// Each window of each entity
    Both,
}

pub(crate) fn run(args: &ReportArgs) -> Result<ExitCode, Error> {
    let document = query::document(&args.file, &args.zones)?;
    let silencer = query::silencer(&document)?;
    let given = args.zones.timezone(args.timezone.as_deref())?;
    let zone = given.clone().unwrap_or_else(Zone::utc);
    let within = when::interval(&args.from, &args.to, &zone)?;
    let progress = Progress::start("adding up");
    let report = Report::new(args, &document, &silencer, within)?;
    let text = if args.json {
        format!("{}\n", report.json(given.as_ref()))
    } else if args.csv {
        report.csv(args.by.unwrap_or(By::Entity))
    } else {
        report.text(args.by, given.as_ref())
    };
    drop(progress);
    // A table has no place for them.
    for note in report.notes.iter().filter(|_| args.csv) {
        eprintln!("note: {note}");
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The times of an entity, in milliseconds.
struct EntityTimes<'a> {
    entity: &'a str,
    total: i64,
    notifications: i64,
    monitoring: i64,
    by: Vec<(&'a Window, i64)>,
}

/// The times of a window, in milliseconds.
struct WindowTimes<'a> {
    window: &'a Window,
    /// How long it is active.
    active: i64,
    /// The entities that it silences, and the sum of their times.
    entities: usize,
    sum: i64,
}

struct Report<'a> {
    within: Interval,
    /// In the order of the document.
    entities: Vec<EntityTimes<'a>>,
    windows: Vec<WindowTimes<'a>>,
    /// About entities that may be mistyped.
    notes: Vec<String>,
}

impl<'a> Report<'a> {
    fn new(
        args: &'a ReportArgs,
        document: &'a Document,
        silencer: &'a Silencer,
        within: Interval,
    ) -> Result<Self, Error> {
        let mut entities: Vec<&'a str> = args.entities.iter().map(String::as_str).collect();
        if entities.is_empty() {
            entities = silencer.known_entities().collect();
        }
        let subject = |entity: &&'a str| {
            let subject = Subject::entity(entity);
            args.alert_type.as_deref().map_or(subject, |name| subject.with_alert_type(name))
        };
        let times = silencer.silenced_times(entities.iter().map(subject), within);
        let mut rows = Vec::new();
        let mut by_window: HashMap<&str, (i64, usize, i64)> = HashMap::new();
        for (entity, time) in entities.iter().zip(times) {
            let time = time?;
            let by: Vec<_> = time.by_window().collect();
            for (window, ms) in &by {
                let (active, entities, sum) =
                    by_window.entry(window.id().as_str()).or_insert((*ms, 0, 0));
                *active = *ms;
                *entities += 1;
                *sum += *ms;
            }
            rows.push(EntityTimes {
                entity,
                total: time.total_ms(),
                notifications: time.effect_ms(Effect::Notifications),
                monitoring: time.effect_ms(Effect::Monitoring),
                by,
            });
        }
        let mut windows = Vec::new();
        for window in document.registry.iter() {
            let (active, entities, sum) = match by_window.get(window.id().as_str()) {
                Some(times) => *times,
                None if args.entities.is_empty() => (window.active_ms(within)?, 0, 0),
                None => continue,
            };
            if active > 0 {
                windows.push(WindowTimes { window, active, entities, sum });
            }
        }
        let known = Known::new(document, silencer);
        let note = |entity: &'a String| -> Option<String> {
            let note = known.note(&subject(&entity.as_str()))?;
            Some(format!("{}: {note}", format::plain(entity)))
        };
        let notes = args.entities.iter().filter_map(note).collect();
        Ok(Self { within, entities: rows, windows, notes })
    }

    fn text(&self, by: Option<By>, zone: Option<&Zone>) -> String {
        let time = |t| format::instant(t, zone);
        let mut text = format!(
            "from {} to {}, {}\n",
            time(self.within.start()),
            time(self.within.end()),
            format::duration(self.within.duration_ms())
        );
        for note in &self.notes {
            _ = writeln!(text, "note: {note}");
        }
        if by.is_none_or(|by| by == By::Entity) {
            let mut table = Table::indented(&[1, 2, 3, 4]);
            table.row(["entity", "silenced", "share", "notifications", "monitoring"]);
            let mut silent = 0;
            for row in &self.entities {
                if row.total == 0 {
                    silent += 1;
                    continue;
                }
                table.row([
                    format::plain(row.entity),
                    length(row.total),
                    self.share(row.total),
                    length(row.notifications),
                    length(row.monitoring),
                ]);
            }
            section(&mut text, "by entity", &table);
            _ = writeln!(text, "  {silent} other entities are not silenced");
        }
        if by.is_none_or(|by| by == By::Window) {
            let mut table = Table::indented(&[1, 2, 3, 4]);
            table.row(["window", "active", "share", "entities", "silenced"]);
            for row in &self.windows {
                table.row([
                    format::plain(row.window.id().as_str()),
                    length(row.active),
                    self.share(row.active),
                    row.entities.to_string(),
                    length(row.sum),
                ]);
            }
            section(&mut text, "by window; the last column adds up the entities", &table);
        }
        if by == Some(By::Both) {
            let mut table = Table::indented(&[2, 3]);
            table.row(["entity", "window", "silenced", "share"]);
            for row in &self.entities {
                for (window, ms) in &row.by {
                    let id = format::plain(window.id().as_str());
                    table.row([format::plain(row.entity), id, length(*ms), self.share(*ms)]);
                }
            }
            section(&mut text, "by entity and window", &table);
        }
        text
    }

    /// The share of the interval in percent, rounded down to two digits.
    fn share(&self, ms: i64) -> String {
        let parts = i128::from(ms) * 10_000 / i128::from(self.within.duration_ms());
        format!("{}.{:02} %", parts / 100, parts % 100)
    }

    fn csv(&self, by: By) -> String {
        let mut text = String::new();
        match by {
            By::Entity => {
                text.push_str("entity,silenced_ms,notifications_ms,monitoring_ms\r\n");
                for row in &self.entities {
                    let EntityTimes { entity, total, notifications, monitoring, .. } = row;
                    _ = write!(
                        text,
                        "{},{total},{notifications},{monitoring}\r\n",
                        csv_field(entity)
                    );
                }
            }
            By::Window => {
                text.push_str("window,active_ms,entities,silenced_ms\r\n");
                for WindowTimes { window, active, entities, sum } in &self.windows {
                    let id = csv_field(window.id().as_str());
                    _ = write!(text, "{id},{active},{entities},{sum}\r\n");
                }
            }
            By::Both => {
                text.push_str("entity,window,silenced_ms\r\n");
                for row in &self.entities {
                    for (window, ms) in &row.by {
                        let id = csv_field(window.id().as_str());
                        _ = write!(text, "{},{id},{ms}\r\n", csv_field(row.entity));
                    }
                }
            }
        }
        text
    }

    fn json(&self, zone: Option<&Zone>) -> Value {
        let entities = self.entities.iter().map(|row| {
            let by = row.by.iter();
            let by = by.map(|(window, ms)| json!({ "window": window.id().as_str(), "ms": ms }));
            json!({
                "entity": row.entity,
                "silenced_ms": row.total,
                "notifications_ms": row.notifications,
                "monitoring_ms": row.monitoring,
                "by": by.collect::<Vec<_>>(),
            })
        });
        let windows = self.windows.iter().map(|row| {
            json!({
                "window": row.window.id().as_str(),
                "active_ms": row.active,
                "entities": row.entities,
                "silenced_ms": row.sum,
            })
        });
        json!({
            "from": instant(self.within.start(), zone),
            "to": instant(self.within.end(), zone),
            "duration_ms": self.within.duration_ms(),
            "entities": entities.collect::<Vec<_>>(),
            "windows": windows.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

fn section(text: &mut String, heading: &str, table: &Table) {
    _ = writeln!(text, "\n{}", style::stdout().heading(heading));
    for line in table.lines() {
        _ = writeln!(text, "{line}");
    }
}

/// A duration, exact to the millisecond, without larger units than hours: `62:00:00`, or
/// `0:00:01.500`.
fn length(ms: i64) -> String {
    let (seconds, rest) = (ms / 1000, ms % 1000);
    let mut text = format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest != 0 {
        _ = write!(text, ".{rest:03}");
    }
    text
}

/// A field of CSV (RFC 4180): quoted if it has to be.
fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
