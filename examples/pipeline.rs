//! A pager that runs for years, in small: Alertmanager's webhook bodies come in, windows are
//! edited while they do, and a file of windows is loaded again when it has changed.
//!
//! ```text
//! webhook bodies --> readers:  snapshot.load(), one for each body; no lock
//! edits, file    --> writer:   Mutex<State>, edit or sync, journal, then snapshot.store(..)
//! ```
//!
//! A reload leaves windows as they are whose ids do not begin with `file/`: those of the API.
//! A copy of this file needs the crates `arc-swap` and `serde_json`, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use arc_swap::ArcSwap;
use quietude::journal::Journal;
use quietude::live::{Engine, Synced};
use quietude::{
    Document, Error, Matcher, Once, Registry, Scope, Silencer, Subject, Timestamp, Topology, Window,
};
use serde_json::Value;

/// The label that names the entity of an alert.
const ENTITY_LABEL: &str = "instance";

/// One writer and many readers; and the file of windows.
struct Pager {
    state: Mutex<State>,
    snapshot: ArcSwap<Silencer>,
    file: PathBuf,
}

/// What the writer has.
struct State {
    engine: Engine,
    /// Every change, for "why was nobody paged at 03:12?".
    journal: Journal,
    /// The text of the file when it was read.
    loaded: String,
}

/// What to do about an alert.
#[derive(Debug, PartialEq)]
struct Verdict {
    alert: String,
    at: Timestamp,
    silenced_by: Vec<String>,
}

impl Pager {
    /// A pager with what the file has: windows of the file, and those that were saved.
    fn new(file: &Path) -> Result<Self, Error> {
        let mut topology = Topology::default();
        topology.set_entity_label(Some(ENTITY_LABEL))?;
        let engine = Engine::new(Registry::new(), topology)?;
        let snapshot = ArcSwap::new(engine.snapshot());
        let state = State { engine, journal: Journal::new(), loaded: String::new() };
        Ok(Self { state: Mutex::new(state), snapshot, file: file.to_owned() })
    }

    /// Changes windows and topology as one, and publishes the result; nothing if it fails.
    fn edit<T>(
        &self,
        (at, author): (&str, &str),
        change: impl FnOnce(&mut Registry, &mut Topology) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let State { engine, journal, .. } = &mut *self.state.lock().expect("no writer panics");
        // A pager would take the time of its clock, which may go back; a journal does not.
        let at = journal.entries().last().map_or(Timestamp::MIN, |last| last.at).max(at.parse()?);
        let value = engine.edit(|registry, topology| {
            let value = change(registry, topology)?;
            // Within the edit: if the journal refuses, the engine stays as it was.
            journal.record(at, author, registry, topology).map(|_| value)
        })?;
        self.snapshot.store(engine.snapshot());
        Ok(value)
    }

    /// Loads the windows of the file if its text is another one. An invalid file changes
    /// nothing: the error says where it is wrong, and the windows before stay.
    fn reload_if_changed(&self, at: &str) -> Result<Option<Synced>, Error> {
        let text = fs::read_to_string(&self.file).map_err(Error::not_found)?;
        if self.state.lock().expect("no writer panics").loaded == text {
            return Ok(None);
        }
        let document = Document::from_json(&text)?;
        let synced = self.edit((at, "file"), |registry, topology| {
            if document.topology != *topology && document.topology.entities().len() > 0 {
                *topology = document.topology;
                topology.set_entity_label(Some(ENTITY_LABEL))?;
            }
            let windows = document.registry.iter().cloned();
            registry.sync_where(|id| id.as_str().starts_with("file/"), windows)
        })?;
        self.state.lock().expect("no writer panics").loaded = text;
        Ok(Some(synced))
    }

    /// Answers for each alert of the body of a webhook. One snapshot answers for the whole
    /// body, so that no alert sees half of an edit.
    fn webhook(&self, body: &str) -> Result<Vec<Verdict>, Box<dyn std::error::Error>> {
        let body: Value = serde_json::from_str(body)?;
        let snapshot = self.snapshot.load();
        let alerts = body["alerts"].as_array().ok_or("`alerts` is not a list")?;
        let verdict = |alert: &Value| -> Result<Verdict, Box<dyn std::error::Error>> {
            let labels = alert["labels"].as_object().ok_or("`labels` is not an object")?;
            let labels: Vec<(&str, &str)> = labels
                .iter()
                .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
                .collect();
            // A pager would take the time of its clock; the example is the same every time.
            let at: Timestamp = alert["startsAt"].as_str().ok_or("no `startsAt`")?.parse()?;
            let by = snapshot.silenced_by(Subject::labels(&labels), at);
            let silenced_by = by.map(|window| window.id().to_string()).collect();
            let alert = alert["labels"]["alertname"].as_str().unwrap_or("?").to_owned();
            Ok(Verdict { alert, at, silenced_by })
        };
        alerts.iter().map(verdict).collect()
    }

    /// Everything as a document, and the journal as JSON lines; a pager would write both to
    /// disk, the journal line by line.
    fn saved(&self) -> (String, String) {
        let State { engine, journal, .. } = &*self.state.lock().expect("no writer panics");
        let document = Document::new(engine.registry().clone(), engine.topology().clone());
        (document.to_json(), journal.to_json_lines())
    }
}

fn body(at: &str) -> String {
    let alert = |instance: &str, severity: &str| {
        let labels = format!(r#""instance": "{instance}", "severity": "{severity}""#);
        format!(r#"{{ "startsAt": "{at}", "labels": {{ "alertname": "Disk", {labels} }} }}"#)
    };
    let alerts = [alert("db-7", "warning"), alert("db-7", "critical"), alert("web-1", "warning")];
    format!(r#"{{ "version": "4", "status": "firing", "alerts": [ {} ] }}"#, alerts.join(", "))
}

fn document(scope: &str) -> String {
    format!(
        r#"{{ "version": 1, "windows": [ {{ "id": "file/backup", "scope": {scope},
            "schedule": {{ "kind": "daily", "clock": "13:00-20:00", "timezone": "UTC" }} }} ] }}"#
    )
}

#[allow(clippy::print_stdout, reason = "the example prints its results")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("pipeline-{}.json", std::process::id()));
    fs::write(&file, document(r#"{ "entity": "web-1" }"#))?;
    let pager = Pager::new(&file)?;
    let (noon, at) = ("2026-06-05T12:00:00Z", "2026-06-05T14:00:00Z");
    pager.reload_if_changed(noon)?;
    thread::scope(|scope| -> Result<(), Box<dyn std::error::Error>> {
        // Traffic flows all the time, and each body sees one revision as a whole.
        let read = || (0..200).all(|_| pager.webhook(&body(at)).is_ok_and(|all| all.len() == 3));
        let readers = [0; 2].map(|_| scope.spawn(read));
        let print = |what: &str| -> Result<(), Box<dyn std::error::Error>> {
            println!("{what}");
            for Verdict { alert, at, silenced_by } in pager.webhook(&body(at))? {
                println!("  {alert} at {at}: silenced by {silenced_by:?}");
            }
            Ok(())
        };
        print("the file is loaded")?;
        pager.edit((noon, "ann"), |registry, _| {
            let hour = Once::new(noon.parse()?, "2026-06-05T13:00:00Z".parse()?)?;
            let scope = Scope::entity("db-7").and(Matcher::equals("severity", "warning").into());
            registry.insert(Window::builder("api/1").schedule(hour).scope(scope).build()?)
        })?;
        print("created by the API, and over at 13:00")?;
        pager.edit(("2026-06-05T12:55:00Z", "bob"), |registry, _| {
            let window = registry.get("api/1").ok_or_else(|| Error::not_found("no `api/1`"))?;
            let tonight = window.occurrence_at(noon.parse()?).expect("it is active");
            let window = window.to_builder().extended(tonight, "2026-06-05T15:00:00Z".parse()?)?;
            registry.replace(window.build()?)
        })?;
        print("extended to 15:00")?;
        fs::write(&file, document(r#"{ "entities": ["db-7", "web-1"] }"#))?;
        let synced = pager.reload_if_changed(at)?.ok_or("the file has changed")?;
        print(&format!("the file has changed: {} replaced", synced.replaced.len()))?;
        fs::write(&file, document(r#"{ "entity": 7 }"#))?;
        println!("an invalid file changes nothing: {}", pager.reload_if_changed(at).unwrap_err());
        pager.edit((at, "ann"), |registry, _| registry.close("api/1", at.parse()?))?;
        print("closed at 14:00")?;
        let is_answered = readers.into_iter().all(|reader| reader.join().is_ok_and(|all| all));
        println!("every body was answered: {is_answered}");
        Ok(())
    })?;
    let (document, lines) = pager.saved();
    fs::remove_file(&file)?;
    println!("read again: {} windows", Document::from_json(&document)?.registry.len());
    // What was known of 14:00 at half past twelve, before the window was extended.
    let then = Journal::from_json_lines(&lines)?.as_of("2026-06-05T12:30:00Z".parse()?);
    let then = Silencer::builder().topology(then.topology).build(&then.registry)?;
    let alert = Subject::labels(&[(ENTITY_LABEL, "db-7"), ("severity", "warning")]);
    println!("as known at 12:30, silenced: {}", then.is_silenced(alert, at.parse()?));
    Ok(())
}
