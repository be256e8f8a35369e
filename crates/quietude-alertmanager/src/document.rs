//! The document: a file that is read again when it changes.
//!
//! A file that cannot be read or is not a valid document changes nothing: the windows before
//! stay, and the error is reported.

use std::fs::{self, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use quietude::live::Engine;
use quietude::{Document, Registry, Silencer, Topology, Zone};
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
    /// The hash of the text that was last read.
    hash: Option<u64>,
    /// Why the text that was last read is not in use.
    error: Option<Error>,
    refreshed: Instant,
    metrics: Arc<Metrics>,
    errors: Repeated,
}

impl Source {
    /// Reads a document. With a folder, its time zones are read from the TZif files there.
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
    /// is in use now.
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
        self.stamp = stamp.is_settled().then_some(stamp);
        if self.hash == Some(hash) && !is_forced {
            return unchanged(&self.error);
        }
        self.hash = Some(hash);
        let result = self.apply(text);
        self.error = result.as_ref().err().cloned();
        if result.is_err() {
            self.metrics.failures.add(1);
        }
        result
    }

    fn apply(&mut self, text: Vec<u8>) -> Result<bool, Error> {
        let text = String::from_utf8(text).map_err(|error| {
            Error::new(format_args!(
                "is not UTF-8 after {} bytes",
                error.utf8_error().valid_up_to()
            ))
        })?;
        let tzdir = self.tzdir.clone();
        let zone = |name: &str| match &tzdir {
            Some(folder) => zone_of_file(folder, name),
            None => name.parse(),
        };
        let document = Document::from_json_with_zones(&text, zone)
            .map_err(|first| self.explained(first, Document::check_with_zones(&text, zone)))?;
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

    /// The first errors of the text with their places, and for a YAML file how to get JSON.
    fn explained(&self, first: quietude::Error, mut errors: Vec<quietude::Error>) -> Error {
        // A zone file may be there since the text was read.
        if errors.is_empty() {
            errors.push(first);
        }
        let shown = |error: &quietude::Error| match (error.line(), error.column()) {
            (Some(line), Some(column)) => format!("line {line}, column {column}: {error}"),
            _ => error.to_string(),
        };
        let mut lines: Vec<String> = errors.iter().take(MAX_SHOWN_ERRORS).map(shown).collect();
        if errors.len() > MAX_SHOWN_ERRORS {
            lines.push(format!("and {} more", errors.len() - MAX_SHOWN_ERRORS));
        }
        let extension = self.path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "yaml" || extension == "yml" {
            lines.push(format!(
                "the document is read as JSON, which `quietude fmt --to json --file {}` makes of YAML",
                self.path.display()
            ));
        }
        Error::new(lines.join("; "))
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

/// Reads a zone from a TZif file below a folder.
fn zone_of_file(folder: &Path, name: &str) -> Result<Zone, quietude::Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    if !name.split('/').all(|part| !part.is_empty() && part.bytes().all(is_plain)) {
        let name: String = name.chars().take(64).collect();
        return Err(quietude::Error::not_found(format_args!(
            "{name:?} is not the name of a zone, such as Europe/Berlin"
        )));
    }
    let file = folder.join(name);
    let bytes = fs::read(&file)
        .map_err(|error| quietude::Error::not_found(format_args!("{}: {error}", file.display())))?;
    Zone::from_tzif(name, &bytes)
}
