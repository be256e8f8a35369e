//! The parts of an export of silences, window by window: for programs that keep the silences
//! of a running Alertmanager equal to a document.
//!
//! [`Format::Alertmanager`](crate::Format::Alertmanager) exports the same silences as a file.

use quietude::alertmanager::Matchers;
use quietude::{Interval, Timestamp, Topology, Window};
use serde_json::Value;

use crate::alertmanager::{Known, ends_at as ends_at_of, occurrences as occurrences_of};

/// From the scopes of windows to lists of matchers, with what a topology has.
///
/// ```
/// use quietude::{Daily, Scope, Topology, Window, Zone};
/// use quietude_formats::silences::Selectors;
///
/// let topology = Topology::builder()
///     .entity_label("instance")
///     .add_member("prod", "db-7")
///     .add_member("prod", "db-8")
///     .build()?;
/// let window = Window::builder("nightly")
///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///     .scope(Scope::group("prod"))
///     .build()?;
/// let lists = Selectors::new(&topology).of(&window).unwrap();
/// assert_eq!(lists[0].to_string(), r#"{instance=~"db-7|db-8"}"#);
/// # Ok::<(), quietude::Error>(())
/// ```
pub struct Selectors<'a>(Known<'a>);

impl<'a> Selectors<'a> {
    /// For windows of a document with this topology. O(n) in its attributes.
    #[must_use]
    pub fn new(topology: &'a Topology) -> Self {
        Self(Known::new(topology))
    }

    /// The lists of matchers of the scope of a window: an alert that passes all matchers of
    /// one list is covered, and no other alert is. A test of entities or groups is an
    /// alternation of values of the entity label, split into several lists where it is longer
    /// than [`MAX_PATTERN_BYTES`](quietude::limits::MAX_PATTERN_BYTES). O(n) in the entities
    /// of the topology for such a test.
    ///
    /// # Errors
    ///
    /// If no matchers have the same meaning: which part of the scope, and why.
    pub fn of(&self, window: &Window) -> Result<Vec<Matchers>, String> {
        let lists = self.0.selectors(window)?.into_iter();
        lists
            .map(|list| {
                let text = Value::Array(list).to_string();
                Matchers::from_json(&text).map_err(|error| error.to_string())
            })
            .collect()
    }
}

impl std::fmt::Debug for Selectors<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Selectors")
    }
}

/// The occurrences of a window that overlap an interval, whole, but clipped to the validity
/// of the window; in the order of their starts. They may touch or overlap each other.
///
/// # Errors
///
/// If there are more than [`MAX_EXPORTED`](crate::limits::MAX_EXPORTED), or a search for one
/// ended without a result.
///
/// ```
/// use quietude::{Daily, Interval, Scope, Window, Zone};
///
/// let window = Window::builder("nightly")
///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///     .scope(Scope::entity("db-7"))
///     .build()?;
/// let within = Interval::new("2026-11-26T23:00:00Z".parse()?, "2026-11-28T00:00:00Z".parse()?)?;
/// let found = quietude_formats::silences::occurrences(&window, within).unwrap();
/// assert_eq!(found.len(), 2);
/// assert_eq!(found[0].start(), "2026-11-26T22:00:00Z".parse()?);
/// # Ok::<(), quietude::Error>(())
/// ```
pub fn occurrences(window: &Window, within: Interval) -> Result<Vec<Interval>, String> {
    occurrences_of(window, within)
}

/// The field `endsAt` of a silence whose last millisecond this is. A silence lasts up to and
/// including `endsAt`, and Alertmanager counts nanoseconds: so it is the last nanosecond.
///
/// ```
/// let last = "2026-11-26T23:59:59.999Z".parse()?;
/// assert_eq!(quietude_formats::silences::ends_at(last), "2026-11-26T23:59:59.999999999Z");
/// # Ok::<(), quietude::Error>(())
/// ```
#[must_use]
pub fn ends_at(last: Timestamp) -> String {
    ends_at_of(last)
}
