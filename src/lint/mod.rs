//! Checks of windows for what was probably not meant: windows that never begin, cover
//! nobody or everybody, are always on, or behave in a surprising way.
//!
//! - `code`: the codes of findings.
//! - `times`, `clocks`, `dates`: when windows are active.
//! - `scopes`, `known`, `meant`: whom they cover.
//! - `pairs`: windows that repeat or touch each other.
//! - `steps`: the limits of searches.

mod clocks;
mod code;
mod dates;
mod known;
mod meant;
mod pairs;
mod scopes;
mod steps;
mod times;

use std::fmt;

pub use code::{Code, Severity};

use crate::error::Error;
use crate::lint::known::Known;
use crate::lint::steps::Steps;
use crate::registry::Registry;
use crate::scope::{Topology, WindowId};
use crate::silencer::Silencer;
use crate::time::Timestamp;
use crate::window::Window;

/// Something about a window that was probably not meant. `Display` gives one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is. Its name is stable.
    pub code: Code,
    /// The window.
    pub window: WindowId,
    /// The path of the field in the document of the window, such as `scope.all[1].group`.
    pub path: String,
    /// One sentence. The text is not stable.
    pub message: String,
    /// The instants that the message has, in its order. There they are as `Display` writes
    /// them, in UTC; a program that shows local times can replace them.
    pub instants: Vec<Timestamp>,
    /// What to do about it, if there is something. The text is not stable.
    pub fix: Option<String>,
}

impl Finding {
    fn new(code: Code, window: &Window, path: impl Into<String>, message: String) -> Self {
        let window = window.id().clone();
        Self { code, window, path: path.into(), message, instants: Vec::new(), fix: None }
    }

    /// Sets the instants that the message has.
    fn with_instants(mut self, instants: impl IntoIterator<Item = Timestamp>) -> Self {
        self.instants = instants.into_iter().collect();
        self
    }

    fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// How much it matters: that of its code. An unknown name or value of an attribute that
    /// is almost a known one is a warning, because it is probably mistyped.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.code {
            Code::UnknownAttribute | Code::UnknownValue if self.fix.is_some() => Severity::Warning,
            code => code.severity(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, window, path, message, .. } = self;
        write!(f, "{}: window `{window}`: {path}: {message} [{code}]", self.severity())?;
        match &self.fix {
            Some(fix) => write!(f, "; {fix}"),
            None => Ok(()),
        }
    }
}

/// The findings about some windows. See [`check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The findings, in the order of the windows.
    pub findings: Vec<Finding>,
    /// The windows of which not everything was checked, in their order, because the work is
    /// limited: searches for occurrences that are many, rare or have no end, regular
    /// expressions, and the coverage of many entities.
    pub incomplete: Vec<WindowId>,
}

/// Checks the windows of a registry at an instant. Every finding is true; whether it is a
/// mistake is for the application to decide.
///
/// Ids, groups and attributes are compared with those of the topology, if it has some.
/// Disabled windows are checked for their scope only. Some microseconds for each window; the
/// work of searches for occurrences, of regular expressions and of windows that cover many
/// entities is limited, and [`Report::incomplete`] has the windows that got to a limit.
///
/// # Errors
///
/// As [`SilencerBuilder::build`](crate::SilencerBuilder::build).
///
/// ```
/// use quietude::lint::{self, Code};
/// use quietude::{Once, Registry, Scope, Topology, Window};
///
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("w-1")
///         .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
///         .scope(Scope::entity("bd-7"))
///         .build()?,
/// )?;
/// let topology = Topology::builder().entity("db-7").entity("db-8").build()?;
/// let report = lint::check(&registry, &topology, "2026-11-26T12:00:00Z".parse()?)?;
/// let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
/// assert_eq!(codes, [Code::Over, Code::UnknownEntity]);
/// assert_eq!(report.findings[1].fix.as_deref(), Some("did you mean `db-7`?"));
/// # Ok::<(), quietude::Error>(())
/// ```
pub fn check(registry: &Registry, topology: &Topology, now: Timestamp) -> Result<Report, Error> {
    let silencer = Silencer::builder().topology(topology.clone()).build(registry)?;
    let mut known = Known::new(&silencer);
    let mut report = Report::default();
    let mut steps = Steps::new(registry.len());
    let pairs = pairs::find(registry, now, &mut steps);
    for (window, pairs) in registry.iter().zip(pairs) {
        let findings = &mut report.findings;
        let mut are_times_known = true;
        if window.is_enabled() {
            let (is_to_come, all) =
                steps.for_window(|steps| times::check(window, now, steps, findings));
            are_times_known = all;
            if is_to_come {
                clocks::check(window, now, findings);
                dates::check(window, now, findings);
            }
        }
        findings.extend(pairs);
        let is_complete = scopes::check(window, &mut known, findings);
        if !(is_complete && are_times_known) {
            report.incomplete.push(window.id().clone());
        }
    }
    Ok(report)
}
