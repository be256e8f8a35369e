//! The document: a file, as JSON or YAML, that is read again when it changes.
//!
//! A file that cannot be read or is not a valid document changes nothing: the windows before
//! stay, and the error is reported.
//!
//! The first lines of a YAML document may be a document, too, with fewer windows. So a YAML file
//! that changes is read again at the next look, and used if it is still the same: what is half
//! written is not taken for a document whose other windows were removed. JSON needs no second
//! look, since it ends with a brace. Neither does a file that is read because of a signal.

use std::fs::{self, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use quietude::live::Engine;
use quietude::{Registry, Silencer, Topology};
use quietude_formats::native::{self, Problem, Syntax};
use tokio::sync::{Notify, watch};

use crate::limits::MAX_DOCUMENT_BYTES;
use crate::log::{self, Repeated};
use crate::metrics::{Counter, Gauge, Text};
use crate::{Error, clock};

/// How often the file is looked at.
const POLL: Duration = Duration::from_millis(500);

/// How often the cached answers of the snapshot are moved to the current time.
const REFRESH: Duration = Duration::from_secs(60);

/// How many errors of a document are shown.
const MAX_SHOWN_ERRORS: usize = 5;

/// A file that was modified this recently may change again without another time of change.
const UNSETTLED: Duration = Duration::from_secs(2);

/// One version of the document.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Answers queries.
    pub silencer: Arc<Silencer>,
    /// The windows.
    pub registry: Registry,
    /// The topology.
    pub topology: Topology,
    /// Grows by one with each version.
    pub revision: u64,
}

/// What there is to say about the document.
#[derive(Debug, Default)]
pub struct Metrics {
    reloads: Counter,
    failures: Counter,
    is_valid: Gauge,
    changed_ms: Gauge,
    windows: Gauge,
}

impl Metrics {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.single(
            "quietude_document_valid",
            "gauge",
            "Whether the file was valid when it was last read; if not, the version before it is in use.",
            self.is_valid.get(),
        );
        text.single(
            "quietude_document_reloads_total",
            "counter",
            "Versions of the document that were put in use.",
            self.reloads.get(),
        );
        text.single(
            "quietude_document_failures_total",
            "counter",
            "Versions of the file that were refused.",
            self.failures.get(),
        );
        text.single(
            "quietude_document_changed_timestamp_seconds",
            "gauge",
            "When the version in use was read.",
            clock::seconds(self.changed_ms.get()),
        );
        text.single(
            "quietude_document_windows",
            "gauge",
            "Windows of the version in use.",
            self.windows.get(),
        );
    }

    /// Whether the file was valid when it was last read.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.is_valid.get() == 1
    }
}

/// What distinguishes two states of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(data);
        #[cfg(not(unix))]
        let inode = 0;
        Self { bytes: data.len(), modified: data.modified().ok(), inode }
    }

    /// Whether a later change would have another time.
    fn is_settled(&self) -> bool {
        let age = self.modified.and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_some_and(|age| age > UNSETTLED)
    }
}

/// A file with a document, and the version in use.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    tzdir: Option<PathBuf>,
    engine: Engine,
    revision: u64,
    /// The state of the file when it was last read; `None` if it may have changed since.
    stamp: Option<Stamp>,
    hasher: RandomState,
    /// The hash of the text that was last put in use or refused.
    hash: Option<u64>,
    /// The hash of the text that was last seen.
    seen: Option<u64>,
    /// Why that text is not in use, if it was refused.
    error: Option<Error>,
    refreshed: Instant,
    metrics: Arc<Metrics>,
    errors: Repeated,
}

impl Source {
    /// Reads a document, as JSON or YAML: see [`Syntax::of_file`]. With a folder, its time zones
    /// are read from the TZif files there.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not a valid document.
    pub fn open(path: &Path, tzdir: Option<&Path>) -> Result<Self, Error> {
        let engine = Engine::new(Registry::new(), Topology::default()).map_err(Error::new)?;
        let mut source = Self {
            path: path.to_owned(),
            tzdir: tzdir.map(Path::to_owned),
            engine,
            revision: 0,
            stamp: None,
            hasher: RandomState::new(),
            hash: None,
            seen: None,
            error: None,
            refreshed: Instant::now(),
            metrics: Arc::default(),
            errors: Repeated::default(),
        };
        source.read(true)?;
        Ok(source)
    }

    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// The version in use.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            silencer: self.engine.snapshot(),
            registry: self.engine.registry().clone(),
            topology: self.engine.topology().clone(),
            revision: self.revision,
        }
    }

    /// Reads the file if it may have changed, or in any case. Returns whether another version
    /// is in use now. A YAML text that has changed is put in use by the second call that finds
    /// it, or by one that is forced.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not a valid document. The version in use stays.
    pub fn read(&mut self, is_forced: bool) -> Result<bool, Error> {
        let read = self.read_changes(is_forced);
        self.metrics.is_valid.set(i64::from(read.is_ok()));
        read.map_err(|error| Error::new(format_args!("{}: {error}", self.path.display())))
    }

    fn read_changes(&mut self, is_forced: bool) -> Result<bool, Error> {
        let mut file = fs::File::open(&self.path).map_err(Error::new)?;
        let data = file.metadata().map_err(Error::new)?;
        let stamp = Stamp::of(&data);
        let unchanged = |error: &Option<Error>| match error {
            Some(error) => Err(error.clone()),
            None => Ok(false),
        };
        if !is_forced && self.stamp == Some(stamp) {
            return unchanged(&self.error);
        }
        if !data.is_file() {
            return Err(Error::new("is not a file"));
        }
        let too_long = || Error::new(format_args!("is longer than {MAX_DOCUMENT_BYTES} bytes"));
        if data.len() > MAX_DOCUMENT_BYTES {
            return Err(too_long());
        }
        let mut text = Vec::new();
        file.by_ref().take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut text).map_err(Error::new)?;
        if text.len() as u64 > MAX_DOCUMENT_BYTES {
            return Err(too_long());
        }
        let hash = self.hasher.hash_one(&text);
        let is_seen = self.seen.replace(hash) == Some(hash);
        self.stamp = stamp.is_settled().then_some(stamp);
        if self.hash == Some(hash) && !is_forced {
            return unchanged(&self.error);
        }
        let text = native::utf8(text).map(|text| {
            let syntax = Syntax::of_file(&self.path, &text);
            native::Text::new(text, syntax)
        });
        let is_yaml = text.as_ref().is_ok_and(|text| text.syntax() == Syntax::Yaml);
        if is_yaml && !is_seen && !is_forced {
            self.stamp = None;
            return unchanged(&self.error);
        }
        self.hash = Some(hash);
        let result = text.map_err(Error::new).and_then(|text| self.apply(text));
        self.error = result.as_ref().err().cloned();
        if result.is_err() {
            self.metrics.failures.add(1);
        }
        result
    }

    fn apply(&mut self, text: native::Text) -> Result<bool, Error> {
        let document = text.document(self.tzdir.as_deref());
        let document = document.map_err(|problems| first_of(&problems))?;
        drop(text);
        let before = self.engine.revision();
        self.engine
            .edit(|registry, topology| {
                if *topology != document.topology {
                    *topology = document.topology;
                }
                registry.sync(document.registry.iter().cloned())
            })
            .map_err(Error::new)?;
        let is_changed = self.engine.revision() != before || self.revision == 0;
        self.metrics.windows.set(self.engine.registry().len() as i64);
        if is_changed {
            self.revision += 1;
            self.engine.set_now(clock::now());
            self.refreshed = Instant::now();
            self.metrics.reloads.add(1);
            self.metrics.changed_ms.set(clock::now().as_millis());
        }
        Ok(is_changed)
    }

    /// Reads the file whenever it changes, and at once at each notification; publishes each
    /// version. Ends when nobody receives.
    pub async fn watch(mut self, versions: watch::Sender<Arc<Snapshot>>, reload: Arc<Notify>) {
        loop {
            let is_forced = tokio::select! {
                () = reload.notified() => true,
                () = tokio::time::sleep(POLL) => false,
                () = versions.closed() => return,
            };
            let task = tokio::task::spawn_blocking(move || {
                let read = self.read(is_forced);
                match &read {
                    Ok(true) => log::line(format_args!(
                        "{}: read, {} windows, revision {}",
                        self.path.display(),
                        self.engine.registry().len(),
                        self.revision
                    )),
                    Ok(false) => {}
                    Err(error) => self.errors.line(format_args!(
                        "error: {error}; revision {} stays in use",
                        self.revision
                    )),
                }
                let is_stale = self.refreshed.elapsed() > REFRESH;
                if is_stale {
                    self.engine.set_now(clock::now());
                    self.refreshed = Instant::now();
                }
                (matches!(read, Ok(true)), is_stale, self)
            });
            let Ok((is_new, is_stale, source)) = task.await else { return };
            self = source;
            if is_new || is_stale {
                let snapshot = Arc::new(self.snapshot());
                // The same revision with a later `now` is found by who looks, and wakes nobody.
                versions.send_if_modified(|known| {
                    *known = snapshot;
                    is_new
                });
            }
        }
    }
}

/// The first errors of a text, each with its place.
fn first_of(problems: &[Problem]) -> Error {
    let mut shown: Vec<String> =
        problems.iter().take(MAX_SHOWN_ERRORS).map(Problem::to_string).collect();
    if problems.len() > MAX_SHOWN_ERRORS {
        shown.push(format!("and {} more", problems.len() - MAX_SHOWN_ERRORS));
    }
    Error::new(shown.join("; "))
}
