//! The limits: how much of anything there may be. Whatever passes one is an
//! error that names the limit and the value, never a shorter answer.
//!
//! | limit | of | where it is reported |
//! | --- | --- | --- |
//! | [`MAX_DOCUMENT_BYTES`] | JSON text | reading |
//! | [`MAX_DOCUMENT_DEPTH`] | levels of JSON | reading |
//! | [`MAX_DOCUMENT_PATTERN_BYTES`] | the patterns of a document, compiled | reading |
//! | [`MAX_ID_BYTES`] | an id, or the name of an attribute | `build` of window and topology |
//! | [`MAX_PATTERN_BYTES`] | the text of a pattern | [`Matcher::matches`] |
//! | [`MAX_COMPILED_PATTERN_BYTES`] | a pattern, compiled | [`Matcher::matches`] |
//! | [`MAX_RULE_BYTES`] | the text of a rule: parts, exceptions and all | `Rule::parse` |
//! | [`MAX_SCOPE_DEPTH`] | levels of a scope | `build` of the window |
//! | [`MAX_WINDOWS`] | the windows of a registry | [`Registry::insert`] |
//! | [`MAX_ENTITIES`] | entities, groups, names and values of attributes | `build` of the topology |
//! | [`MAX_LINKS`] | parents, memberships, nestings, attributes | `build` of the topology |
//! | [`MAX_COVERED`] | entities that windows cover | `build` of the silencer |
//! | [`MAX_COVER_STEPS`] | the work of finding these | `build` of the silencer |
//! | [`MAX_OCCURRENCES`] | what is listed of a stretch of time | `into_vec` |
//! | [`MAX_JOINED`] | occurrences followed to the end of a silence | [`End::AtLeast`] |
//! | 255 bytes, 10,000 transitions | the name of a zone, and its TZif file | `Zone::from_tzif` |
//!
//! A batch has no limit: it is answered 32 questions at a time, in place, and
//! takes no memory. Neither have occurrences and timelines that are walked
//! through one by one.
//!
//! The dialects add their own, each where it applies:
//!
//! | in `dialects` | limits |
//! | --- | --- |
//! | for all | `MAX_BODY_BYTES` of a request, `MAX_PART_BYTES` of an id, `MAX_TEXT_BYTES` of a title |
//! | `spaceone` | `MAX_WINDOWS_PER_DOMAIN`, `MAX_PROJECTS`, `MAX_CONDITIONS`, `MAX_VALUES`, `MAX_PATTERNS`, `MAX_STAGES`, `MAX_COPIED_BYTES`, `MAX_PAGE` |
//! | `opsmanager` | `MAX_WINDOWS_PER_GROUP`, `MAX_ALERT_TYPES` |
//! | `virtana` | `MAX_WINDOWS`, `MAX_IDS`, `MAX_RUNS`, `MAX_CLAUSES`, `MAX_CLAUSE_DEPTH`, `MAX_PATTERNS`, `MAX_PAGE` |
//! | `uptrends` | `MAX_PERIODS_PER_MONITOR` |
//!
//! [`Matcher::matches`]: crate::Matcher::matches
//! [`Registry::insert`]: crate::Registry::insert
//! [`End::AtLeast`]: crate::End::AtLeast

/// The longest JSON text that is read, in bytes: 256 MiB.
///
/// ```
/// assert_eq!(quietude::MAX_DOCUMENT_BYTES, 268_435_456);
/// ```
pub const MAX_DOCUMENT_BYTES: usize = 1 << 28;

/// How deep the lists and objects of a JSON text may nest.
///
/// ```
/// use quietude::{Document, ErrorKind, MAX_DOCUMENT_DEPTH};
///
/// let deep = "[".repeat(MAX_DOCUMENT_DEPTH + 1);
/// let text = format!(r#"{{ "version": {deep} "#);
/// assert_eq!(Document::from_json(&text).unwrap_err().kind(), ErrorKind::Limit);
/// ```
pub const MAX_DOCUMENT_DEPTH: usize = 127;

/// The most memory that the patterns of one document may take when compiled, in
/// bytes: 1 GiB. Each counts as the least of 16, 128 and 1024 KiB that it fits.
///
/// ```
/// // So many small patterns, or so many of the largest.
/// assert_eq!(quietude::MAX_DOCUMENT_PATTERN_BYTES / (16 << 10), 65_536);
/// assert_eq!(quietude::MAX_DOCUMENT_PATTERN_BYTES / (1 << 20), 1_024);
/// ```
pub const MAX_DOCUMENT_PATTERN_BYTES: usize = 1 << 30;

/// The longest id of a window, entity, group or alert type, and the longest
/// name of an attribute, in bytes of UTF-8.
///
/// ```
/// use quietude::{MAX_ID_BYTES, Topology};
///
/// assert!(Topology::builder().entity("x".repeat(MAX_ID_BYTES)).build().is_ok());
/// assert!(Topology::builder().entity("x".repeat(MAX_ID_BYTES + 1)).build().is_err());
/// ```
pub const MAX_ID_BYTES: usize = 1024;

/// The longest pattern, in bytes of UTF-8.
///
/// ```
/// use quietude::{MAX_PATTERN_BYTES, Matcher};
///
/// assert!(Matcher::matches("name", "x".repeat(MAX_PATTERN_BYTES + 1)).is_err());
/// ```
pub const MAX_PATTERN_BYTES: usize = 4096;

/// The most memory that one compiled pattern may take, in bytes: 1 MiB.
///
/// ```
/// use quietude::Matcher;
///
/// let error = Matcher::matches("name", r"(\w{50}){50}").unwrap_err();
/// assert!(error.to_string().ends_with("compiles to more than 1048576 bytes"));
/// ```
pub const MAX_COMPILED_PATTERN_BYTES: usize = 1 << 20;

/// The longest text of a rule of RFC 5545, in bytes. The parts of a rule are
/// bounded by that and by the RFC: none is given twice, and a list has as many
/// values at most as differ.
///
/// ```
/// # #[cfg(feature = "rrule")] {
/// use quietude::{ErrorKind, MAX_RULE_BYTES, Rule};
///
/// let text = "x".repeat(MAX_RULE_BYTES + 1);
/// assert_eq!(Rule::parse(&text, 1).unwrap_err().kind(), ErrorKind::Limit);
/// # }
/// ```
pub const MAX_RULE_BYTES: usize = 65_536;

/// How many levels deep a scope may nest; a leaf is one level. Each may take
/// two levels of a document, so that what was written is read again.
///
/// ```
/// use quietude::{MAX_SCOPE_DEPTH, Scope};
///
/// // Deeper ones can be written down, and are refused by the window that
/// // takes them in.
/// let deep = (0..MAX_SCOPE_DEPTH).fold(Scope::everything(), |scope, _| Scope::all([scope]));
/// # let _ = deep;
/// ```
pub const MAX_SCOPE_DEPTH: usize = 60;

/// How many windows a registry holds at most.
///
/// ```
/// assert_eq!(quietude::MAX_WINDOWS, 10_000_000);
/// ```
pub const MAX_WINDOWS: usize = 10_000_000;

/// How many entities a topology knows at most, how many groups, how many names
/// of attributes and how many values.
///
/// ```
/// assert_eq!(quietude::MAX_ENTITIES, 10_000_000);
/// ```
pub const MAX_ENTITIES: usize = 10_000_000;

/// How many links of a sort a topology is told at most: parents, members of
/// groups, nested groups, attributes. One that is told twice counts twice.
///
/// ```
/// assert_eq!(quietude::MAX_LINKS, 50_000_000);
/// ```
pub const MAX_LINKS: usize = 50_000_000;

/// How many entities the windows of a silencer cover at most, each counted for
/// every distinct scope that covers it. Scopes of everything do not count, nor
/// do those that name one entity.
///
/// ```
/// assert_eq!(quietude::MAX_COVERED, 100_000_000);
/// ```
pub const MAX_COVERED: u64 = 100_000_000;

/// How many steps building a silencer takes at most to find whom its windows
/// cover. A step is a test of a scope that is held against an entity, one of
/// its ancestors or one of their groups: some nanoseconds.
///
/// ```
/// assert_eq!(quietude::MAX_COVER_STEPS, 1_000_000_000);
/// ```
pub const MAX_COVER_STEPS: u64 = 1_000_000_000;

/// How many occurrences of a schedule, or segments of a timeline, are put into
/// one list.
///
/// ```
/// use quietude::{ErrorKind, Interval, Periodic, Schedule, Timestamp};
///
/// let often = Schedule::from(Periodic::new("2026-01-01T00:00:00Z".parse()?, 1, 2)?);
/// let always = Interval::new(Timestamp::MIN, Timestamp::END)?;
/// assert_eq!(often.occurrences(always).into_vec().unwrap_err().kind(), ErrorKind::Limit);
/// assert_eq!(often.occurrences(always).take(3).count(), 3);
/// # Ok::<(), quietude::Error>(())
/// ```
pub const MAX_OCCURRENCES: usize = 1_000_000;

/// How many times windows are asked for the end of their own silence before the
/// end of the union is given up on, and reported as
/// [`End::AtLeast`](crate::End::AtLeast). Two windows that take turns all day
/// reach the year 9999 with less.
///
/// ```
/// assert_eq!(quietude::MAX_JOINED, 20_000_000);
/// ```
pub const MAX_JOINED: u64 = 20_000_000;
