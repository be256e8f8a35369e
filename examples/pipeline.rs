//! A pager that runs for years, in small: Alertmanager's webhook bodies come in, windows are
//! edited while they do, and a file of windows is loaded again when it has changed.
//!
//! ```text
//! webhook bodies --> readers:  snapshot.load(), one for each body; no lock
//! edits, file    --> writer:   Mutex<Engine>, edit or sync, then snapshot.store(..)
//! ```
//!
//! The windows of the file have ids that begin with `file/`; those of the API do not. So a
//! reload leaves the latter as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use arc_swap::ArcSwap;
use quietude::live::{Engine, Synced};
use quietude::{
    Document, Error, Matcher, Once, Registry, Scope, Silencer, Subject, Timestamp, Topology, Window,
};
use serde_json::Value;

/// The label that names the entity of an alert.
const ENTITY_LABEL: &str = "instance";

/// One writer and many readers.
struct Pager {
    engine: Mutex<Engine>,
    snapshot: ArcSwap<Silencer>,
    /// The file of windows, and its text when it was read.
    file: PathBuf,
    loaded: Mutex<String>,
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
        let pager = Self {
            snapshot: ArcSwap::new(engine.snapshot()),
            engine: Mutex::new(engine),
            file: file.to_owned(),
            loaded: Mutex::default(),
        };
        pager.reload_if_changed()?;
        Ok(pager)
    }

    /// Changes windows and topology as one, and publishes the result; nothing if it fails.
    fn edit<T>(
        &self,
        change: impl FnOnce(&mut Registry, &mut Topology) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut engine = self.engine.lock().expect("no writer panics");
        let value = engine.edit(change)?;
        self.snapshot.store(engine.snapshot());
        Ok(value)
    }

    /// Loads the windows of the file if its text is another one. An invalid file changes
    /// nothing: the error says where it is wrong, and the windows before stay.
    fn reload_if_changed(&self) -> Result<Option<Synced>, Error> {
        let text = fs::read_to_string(&self.file).map_err(Error::not_found)?;
        let mut loaded = self.loaded.lock().expect("no writer panics");
        if *loaded == text {
            return Ok(None);
        }
        let document = Document::from_json(&text)?;
        let synced = self.edit(|registry, topology| {
            if document.topology != *topology && document.topology.entities().len() > 0 {
                *topology = document.topology;
                topology.set_entity_label(Some(ENTITY_LABEL))?;
            }
            let windows = document.registry.iter().cloned();
            registry.sync_where(|id| id.as_str().starts_with("file/"), windows)
        })?;
        *loaded = text;
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

    /// Everything as a document, to be written to disk and read by [`Document::from_json`].
    fn saved(&self) -> String {
        let engine = self.engine.lock().expect("no writer panics");
        Document::new(engine.registry().clone(), engine.topology().clone()).to_json()
    }
}

/// A window for one entity, from an instant for some hours.
fn hours(id: &str, entity: &str, start: &str, hours: i64) -> Result<Window, Error> {
    let start: Timestamp = start.parse()?;
    let end = Timestamp::from_millis(start.as_millis() + hours * 3_600_000)?;
    let scope = Scope::entity(entity).and(Matcher::equals("severity", "warning").into());
    Window::builder(id).schedule(Once::new(start, end)?).scope(scope).build()
}

fn body(at: &str) -> String {
    let alert = |instance: &str, severity: &str| {
        format!(
            r#"{{ "status": "firing", "startsAt": "{at}", "labels": {{ "alertname": "Disk",
                "instance": "{instance}", "severity": "{severity}" }} }}"#
        )
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
    let at = "2026-06-05T14:00:00Z";
    thread::scope(|scope| -> Result<(), Box<dyn std::error::Error>> {
        // Traffic flows all the time, and each body sees one revision as a whole.
        let readers = [0; 2].map(|_| {
            scope.spawn(|| {
                (0..200).all(|_| pager.webhook(&body(at)).is_ok_and(|all| all.len() == 3))
            })
        });
        let print = |what: &str| -> Result<(), Box<dyn std::error::Error>> {
            println!("{what}");
            for Verdict { alert, at, silenced_by } in pager.webhook(&body(at))? {
                println!("  {alert} at {at}: silenced by {silenced_by:?}");
            }
            Ok(())
        };
        print("the file is loaded")?;
        pager.edit(|registry, _| {
            registry.insert(hours("api/1", "db-7", "2026-06-05T12:00:00Z", 1)?)
        })?;
        print("created by the API, and over at 13:00")?;
        pager.edit(|registry, _| {
            registry.replace(hours("api/1", "db-7", "2026-06-05T12:00:00Z", 3)?)
        })?;
        print("extended to 15:00")?;
        fs::write(&file, document(r#"{ "entities": ["db-7", "web-1"] }"#))?;
        let synced = pager.reload_if_changed()?.ok_or("the file has changed")?;
        print(&format!("the file has changed: {} replaced", synced.replaced.len()))?;
        fs::write(&file, document(r#"{ "entity": 7 }"#))?;
        println!("an invalid file changes nothing: {}", pager.reload_if_changed().unwrap_err());
        pager.edit(|registry, _| registry.close("api/1", at.parse()?))?;
        print("closed at 14:00")?;
        let is_answered = readers.into_iter().all(|reader| reader.join().is_ok_and(|all| all));
        println!("every body was answered: {is_answered}");
        Ok(())
    })?;
    fs::write(&file, pager.saved())?;
    let again = Document::from_json(&fs::read_to_string(&file)?)?;
    fs::remove_file(&file)?;
    println!("written and read again: {} windows", again.registry.len());
    Ok(())
}
