//! A minimal alerting pipeline: two threads filter a stream of alerts with one silencer,
//! and a window is closed in between.
//!
//! An alert is a set of labels. The label `instance` is the entity that scopes name.
//!
//! A silencer is immutable. After a change to the registry, a new silencer replaces it.
//! Readers that still hold the old silencer get the complete answers of the old revision.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use quietude::{Daily, Error, Matcher, Registry, Scope, Silencer, Subject, Timestamp, Window};

/// An alert from the monitoring system.
struct Alert {
    number: usize,
    labels: [(&'static str, &'static str); 2],
    at: Timestamp,
}

/// The result for an alert.
struct Outcome {
    alert: Alert,
    silenced_by: Option<String>,
    revision: u64,
}

#[allow(clippy::print_stdout, reason = "the example prints its results")]
fn main() -> Result<(), Error> {
    let mut registry = Registry::new();
    registry.insert(
        Window::builder("web-deploy")
            .schedule(Daily::new("14:00-16:00".parse()?, chrono_tz::Europe::Berlin))
            .scope(Scope::entities(["web-1", "web-2"]))
            .build()?,
    )?;
    registry.insert(
        Window::builder("db-backup")
            .schedule(Daily::new("13:00-20:00".parse()?, chrono_tz::UTC))
            .scope(Scope::entity("db-7").and(Matcher::equals("alertname", "BACKUP").into()))
            .build()?,
    )?;
    let current = Arc::new(RwLock::new(compile(&registry)?));

    let mut outcomes = filter(&current, alerts("2026-06-05T13:00:00Z", 1)?);

    // The deployment ends early. Closing the window keeps its earlier silences.
    registry.close("web-deploy", "2026-06-05T13:30:00Z".parse()?)?;
    *current.write().expect("no writer panics") = compile(&registry)?;

    outcomes.extend(filter(&current, alerts("2026-06-05T13:40:00Z", 5)?));
    for Outcome { alert, silenced_by, revision } in &outcomes {
        let verdict = silenced_by
            .as_ref()
            .map_or("page someone".to_owned(), |id| format!("silenced by {id}"));
        let Alert { number, labels: [(_, name), (_, instance)], at } = alert;
        println!("{number} {at} {instance} {name}: {verdict} (revision {revision})");
    }
    let paged = outcomes.iter().filter(|outcome| outcome.silenced_by.is_none()).count();
    println!("{paged} of {} alerts page someone", outcomes.len());
    Ok(())
}

fn compile(registry: &Registry) -> Result<Silencer, Error> {
    Silencer::builder().entity_label("instance").build(registry)
}

/// Four alerts from `start`, one minute apart.
fn alerts(start: &str, first: usize) -> Result<Vec<Alert>, Error> {
    let start: Timestamp = start.parse()?;
    let sources = [("web-1", "HTTP"), ("db-7", "BACKUP"), ("db-7", "DISK"), ("web-2", "HTTP")];
    let alert = |(index, (instance, name))| {
        let at = Timestamp::from_millis(start.as_millis() + index as i64 * 60_000)?;
        let labels = [("alertname", name), ("instance", instance)];
        Ok(Alert { number: first + index, labels, at })
    };
    sources.into_iter().enumerate().map(alert).collect()
}

/// Two threads process the alerts. Each has its own clone of the silencer: cloning copies a
/// pointer, and queries take no lock.
fn filter(current: &Arc<RwLock<Silencer>>, alerts: Vec<Alert>) -> Vec<Outcome> {
    let (send, stream) = mpsc::channel();
    let (done, outcomes) = mpsc::channel();
    let stream = Arc::new(Mutex::new(stream));
    thread::scope(|scope| {
        for _ in 0..2 {
            let silencer = current.read().expect("no writer panics").clone();
            let (stream, done) = (stream.clone(), done.clone());
            scope.spawn(move || {
                while let Some(alert) = next(&stream) {
                    done.send(judge(&silencer, alert)).expect("outcomes are collected");
                }
            });
        }
        for alert in alerts {
            send.send(alert).expect("a thread listens");
        }
        drop(send);
        drop(done);
    });
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().collect();
    outcomes.sort_by_key(|outcome| outcome.alert.number);
    outcomes
}

fn next(stream: &Mutex<Receiver<Alert>>) -> Option<Alert> {
    stream.lock().expect("no listener panics").recv().ok()
}

fn judge(silencer: &Silencer, alert: Alert) -> Outcome {
    let by = silencer.silenced_by(Subject::labels(&alert.labels), alert.at).next();
    let silenced_by = by.map(|window| window.id().to_string());
    Outcome { alert, silenced_by, revision: silencer.revision() }
}
