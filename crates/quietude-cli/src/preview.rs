//! `preview`: what a change of the document does: for whom, from when to when, silenced or
//! audible, by which windows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use quietude::diff::{Diff, EffectChange, EntityDiff, WindowDiffKind};
use quietude::{Document, Effect, Interval, WindowId, Zone};
use serde_json::{Value, json};

use crate::args::AtArgs;
use crate::check::instant;
use crate::output::print;
use crate::progress::Progress;
use crate::source::{Source, joined};
use crate::style::Style;
use crate::zones::ZoneArgs;
use crate::{Error, format, query, style, when};

#[derive(Debug, clap::Args)]
#[group(id = "change", required = true, multiple = true, args = ["to", "add"])]
pub(crate) struct PreviewArgs {
    /// The document as it is, as JSON or YAML
    #[arg(long, value_name = "OLD")]
    from: PathBuf,
    /// The document as it will be
    #[arg(long, value_name = "NEW", conflicts_with = "add")]
    to: Option<PathBuf>,
    /// A window that is added, or replaces the one with its id: a file with one window, as
    /// JSON or YAML; may be repeated
    #[arg(long, value_name = "WINDOW")]
    add: Vec<PathBuf>,
    #[command(flatten)]
    at: AtArgs,
    /// How far to compare: 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = when::duration, default_value = "30d")]
    within: Duration,
    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

pub(crate) fn run(args: &PreviewArgs) -> Result<ExitCode, Error> {
    let (before, after) = documents(args)?;
    let (at, zone) = query::instant(&args.at, &args.zones)?;
    let within = when::following(at, args.within)?;
    let progress = Progress::start("comparing");
    let old = query::silencer(&before)?;
    let new = query::silencer(&after)?;
    let diff = old.diff(&new, within)?;
    let preview = Preview { diff: &diff, zone: zone.as_ref() };
    let text = if args.json { format!("{}\n", preview.json()) } else { preview.text() };
    drop(progress);
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The document as it is, and as it will be. The error has those of all files.
fn documents(args: &PreviewArgs) -> Result<(Document, Document), Error> {
    let before = query::document(&args.from, &args.zones);
    if let Some(to) = &args.to {
        return both(before, query::document(to, &args.zones));
    }
    let before = before?;
    let mut after = before.clone();
    let mut errors = Vec::new();
    for file in &args.add {
        let read = Source::read(file).and_then(|source| source.window(&before, &args.zones));
        match read {
            Ok(window) if after.registry.get(window.id()).is_some() => {
                after.registry.replace(window)?;
            }
            Ok(window) => after.registry.insert(window)?,
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok((before, after)) } else { Err(joined(errors)) }
}

fn both<T>(first: Result<T, Error>, second: Result<T, Error>) -> Result<(T, T), Error> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(first), Err(second)) => Err(joined([first, second])),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

struct Preview<'a> {
    diff: &'a Diff,
    zone: Option<&'a Zone>,
}

/// The changes that are printed of one group of entities, and the entities of a group.
const MAX_CHANGES: usize = 12;
const MAX_NAMES: usize = 8;

impl Preview<'_> {
    fn text(&self) -> String {
        let (style, diff) = (style::stdout(), self.diff);
        let time = |t| format::instant(t, self.zone);
        let (from, to) = (time(diff.within.start()), time(diff.within.end()));
        if diff.is_empty() {
            return format!("nothing differs from {from} to {to}\n");
        }
        let mut text = format!("from {from} to {to}\n");
        // Entities with the same changes are printed together.
        let mut groups: Vec<(&[EffectChange], Vec<&EntityDiff>)> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for entity in &diff.entities {
            let key = format!("{:?}{:?}", entity.alert_type, entity.changes);
            let index = *known.entry(key).or_insert_with(|| {
                groups.push((&entity.changes, Vec::new()));
                groups.len() - 1
            });
            groups[index].1.push(entity);
        }
        // Those of an alert type follow the others.
        groups.sort_by_key(|(_, entities)| entities[0].alert_type.is_some());
        for (changes, entities) in &groups {
            text.push('\n');
            _ = writeln!(text, "{}", style.heading(&names(entities)));
            for change in changes.iter().take(MAX_CHANGES) {
                _ = writeln!(text, "  {}", self.change(change, style));
            }
            if let Some(more @ 1..) = changes.len().checked_sub(MAX_CHANGES) {
                _ = writeln!(text, "  and {more} further changes");
            }
            if changes.is_empty() {
                text.push_str("  nothing changes for this alert type\n");
            }
        }
        if !diff.windows.is_empty() {
            text.push_str("\nwindows that differ; they may also cover other subjects\n");
        }
        for window in &diff.windows {
            let first = window
                .intervals
                .first()
                .map_or_else(String::new, |first| format!("first {}", self.interval(*first)));
            let id = format::plain(window.window.as_str());
            let times = match window.intervals.len() {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            _ = writeln!(text, "  {id}: {}, {times}; {first}", kind(window.kind));
        }
        let count = |is_counted: fn(&EffectChange) -> bool| {
            let has = |entity: &&EntityDiff| entity.changes.iter().any(is_counted);
            let entities = diff.entities.iter().filter(has);
            let names: std::collections::BTreeSet<_> =
                entities.map(|entity| &entity.entity).collect();
            names.len()
        };
        let silenced = count(|change| change.after > change.before);
        let audible = count(|change| change.after < change.before);
        _ = writeln!(text, "\n{silenced} entities are silenced more, {audible} are silenced less");
        text
    }

    /// `+ silenced  2026-11-26T21:00:00Z to .., 4 h, by w-1`
    fn change(&self, change: &EffectChange, style: Style) -> String {
        let what = match (change.before, change.after) {
            (None, Some(effect)) => style.good(&format!("+ silenced ({effect})")),
            (Some(_), None) => style.error("- audible"),
            (before, after) => {
                let effect = |effect: Option<Effect>| {
                    effect.map_or_else(String::new, |effect| effect.to_string())
                };
                style.warning(&format!("~ {} instead of {}", effect(after), effect(before)))
            }
        };
        let by: Vec<_> = change.by.iter().map(|id| self.cause(id)).collect();
        format!("{what}  {}, by {}", self.interval(change.interval), by.join(", "))
    }

    /// A window that makes a difference, and what happened to it.
    fn cause(&self, id: &WindowId) -> String {
        let kind = self.diff.windows.iter().find(|window| window.window == *id);
        let kind = kind.map_or_else(String::new, |window| format!(" ({})", kind_word(window.kind)));
        format!("{}{kind}", format::plain(id.as_str()))
    }

    fn interval(&self, interval: Interval) -> String {
        let time = |t| format::instant(t, self.zone);
        let length = format::duration(interval.duration_ms());
        format!("{} to {}, {length}", time(interval.start()), time(interval.end()))
    }

    fn json(&self) -> Value {
        let interval = |interval: &Interval| {
            json!({
                "start": instant(interval.start(), self.zone),
                "end": instant(interval.end(), self.zone),
            })
        };
        let effect = |effect: Option<Effect>| effect.map(|effect| effect.to_string());
        let change = |change: &EffectChange| {
            let by: Vec<_> = change.by.iter().map(|id| id.as_str()).collect();
            json!({
                "start": instant(change.interval.start(), self.zone),
                "end": instant(change.interval.end(), self.zone),
                "before": effect(change.before),
                "after": effect(change.after),
                "by": by,
            })
        };
        let entities = self.diff.entities.iter().map(|entity| {
            let alert_type = entity.alert_type.as_ref().map(|name| name.as_str());
            json!({
                "entity": entity.entity.as_str(),
                "alert_type": alert_type,
                "changes": entity.changes.iter().map(change).collect::<Vec<_>>(),
            })
        });
        let windows = self.diff.windows.iter().map(|window| {
            json!({
                "window": window.window.as_str(),
                "kind": kind_word(window.kind),
                "intervals": window.intervals.iter().map(interval).collect::<Vec<_>>(),
            })
        });
        json!({
            "within": interval(&self.diff.within),
            "is_empty": self.diff.is_empty(),
            "entities": entities.collect::<Vec<_>>(),
            "windows": windows.collect::<Vec<_>>(),
        })
    }
}

/// The names of a group of entities, and their alert type.
fn names(entities: &[&EntityDiff]) -> String {
    let shown = entities.iter().take(MAX_NAMES);
    let shown: Vec<_> = shown.map(|entity| format::plain(entity.entity.as_str())).collect();
    let mut names = shown.join(", ");
    if let Some(more @ 1..) = entities.len().checked_sub(MAX_NAMES) {
        _ = write!(names, " and {more} more");
    }
    if let Some(alert_type) = entities.first().and_then(|entity| entity.alert_type.as_ref()) {
        _ = write!(names, " ({})", format::plain(alert_type.as_str()));
    }
    names
}

fn kind(kind: WindowDiffKind) -> &'static str {
    match kind {
        WindowDiffKind::Topology => "covers others, because the topology differs",
        kind => kind_word(kind),
    }
}

fn kind_word(kind: WindowDiffKind) -> &'static str {
    match kind {
        WindowDiffKind::Added => "added",
        WindowDiffKind::Removed => "removed",
        WindowDiffKind::Replaced => "replaced",
        _ => "topology",
    }
}
