//! Limits. Exceeding one is an error that states the limit and the value; results are
//! never truncated silently.
//!
//! | limit | applies to | reported by |
//! | --- | --- | --- |
//! | [`MAX_DOCUMENT_BYTES`] | JSON text | parsing |
//! | [`MAX_DOCUMENT_DEPTH`] | nesting of JSON | parsing |
//! | [`MAX_DOCUMENT_PATTERN_BYTES`] | all patterns of a document, or of a Virtana tenant, compiled | parsing, creation |
//! | [`MAX_ID_BYTES`] | an id, or the name of an attribute | `build` of window and topology |
//! | [`MAX_PATTERN_BYTES`] | the text of a pattern | [`Matcher::matches`] |
//! | [`MAX_COMPILED_PATTERN_BYTES`] | a pattern, compiled | [`Matcher::matches`] |
//! | [`MAX_RULE_BYTES`] | the complete text of a rule | `Rule::parse` |
//! | [`MAX_SCOPE_DEPTH`] | nesting of a scope | `build` of the window |
//! | [`MAX_SCHEDULE_DEPTH`] | nesting of combinations of schedules, and of sets of days | creating them |
//! | [`MAX_SCHEDULE_NODES`] | the parts of a schedule, references expanded | creating it |
//! | [`MAX_SEARCH_STEPS`] | a search for an occurrence of a combination | [`Search::Beyond`] |
//! | [`MAX_WINDOWS`] | the windows of a registry | [`Registry::insert`] |
//! | [`MAX_ENTITIES`] | entities, groups, names and values of attributes | `build` of the topology |
//! | [`MAX_LINKS`] | parents, memberships, nestings, attributes | `build` of the topology |
//! | [`MAX_COVERED_ENTITIES`] | entities to which scopes are resolved | no error: other scopes are left to the queries |
//! | [`MAX_COVER_STEPS`] | steps to resolve scopes | no error: other scopes are left to the queries |
//! | [`MAX_COMPILED_WORDS`] | the compiled windows of a silencer | no error: other windows are evaluated directly |
//! | 2<sup>32</sup> - 1 words of 4 bytes | the compiled windows of a silencer, and their lists | `build` of the silencer |
//! | [`MAX_OCCURRENCES`] | occurrences or segments in a list | `into_vec` |
//! | [`MAX_UNION_STEPS`] | contiguous occurrences of one silence | [`SilenceEnd::AtLeast`] |
//! | 255 bytes, 10,000 transitions | the name of a zone, and its TZif file | `Zone::from_tzif` |
//!
//! There is no limit on the size of a batch, because it is answered in place, 32 queries
//! at a time, without allocation. There is also no limit on iterating over occurrences
//! and timelines.
//!
//! The vendor APIs have further limits:
//!
//! | in `vendors` | limits |
//! | --- | --- |
//! | for all | `MAX_BODY_BYTES` of a request, `MAX_PART_BYTES` of an id, `MAX_TEXT_BYTES` of a title, tag or message; `MAX_REQUEST_STEPS` and `MAX_REQUEST_BYTES` that a request takes |
//! | `spaceone` | `MAX_WINDOWS_PER_DOMAIN`, `MAX_PROJECTS`, `MAX_TAGS_BYTES`, `MAX_CONDITIONS`, `MAX_VALUES`, `MAX_PATTERNS`, `MAX_STAGES`, `MAX_PAGE` |
//! | `opsmanager` | `MAX_WINDOWS_PER_GROUP`, `MAX_ALERT_TYPES` |
//! | `virtana` | `MAX_WINDOWS`, `MAX_IDS`, `MAX_TAGS`, `MAX_RUNS`, `MAX_CLAUSES`, `MAX_CLAUSE_DEPTH`, `MAX_PATTERNS`, `MAX_PAGE` |
//! | `uptrends` | `MAX_PERIODS_PER_MONITOR` |
//!
//! [`Matcher::matches`]: crate::Matcher::matches
//! [`Search::Beyond`]: crate::calendar::Search::Beyond
//! [`Registry::insert`]: crate::Registry::insert
//! [`SilenceEnd::AtLeast`]: crate::SilenceEnd::AtLeast

/// The maximal size of a JSON text, in bytes: 256 MiB.
///
/// ```
/// assert_eq!(quietude::limits::MAX_DOCUMENT_BYTES, 268_435_456);
/// ```
pub const MAX_DOCUMENT_BYTES: usize = 1 << 28;

/// The maximal nesting of lists and objects in a JSON text.
///
/// ```
/// use quietude::limits::MAX_DOCUMENT_DEPTH;
/// use quietude::{Document, ErrorKind};
///
/// let deep = "[".repeat(MAX_DOCUMENT_DEPTH + 1);
/// let text = format!(r#"{{ "version": {deep} "#);
/// assert_eq!(Document::from_json(&text).unwrap_err().kind(), ErrorKind::Limit);
/// ```
pub const MAX_DOCUMENT_DEPTH: usize = 127;

/// The maximal memory of all compiled patterns of one document, in bytes: 1 GiB. Each
/// pattern counts as 16, 128 or 1024 KiB, the least into which it fits.
///
/// ```
/// // The number of small patterns, or of the largest ones.
/// assert_eq!(quietude::limits::MAX_DOCUMENT_PATTERN_BYTES / (16 << 10), 65_536);
/// assert_eq!(quietude::limits::MAX_DOCUMENT_PATTERN_BYTES / (1 << 20), 1_024);
/// ```
pub const MAX_DOCUMENT_PATTERN_BYTES: usize = 1 << 30;

/// The maximal length of the id of a window, entity, group or alert type, and of the name
/// of an attribute, in bytes of UTF-8.
///
/// ```
/// use quietude::limits::MAX_ID_BYTES;
/// use quietude::Topology;
///
/// assert!(Topology::builder().entity("x".repeat(MAX_ID_BYTES)).build().is_ok());
/// assert!(Topology::builder().entity("x".repeat(MAX_ID_BYTES + 1)).build().is_err());
/// ```
pub const MAX_ID_BYTES: usize = 1024;

/// The maximal length of a pattern, in bytes of UTF-8.
///
/// ```
/// use quietude::limits::MAX_PATTERN_BYTES;
/// use quietude::Matcher;
///
/// assert!(Matcher::matches("name", "x".repeat(MAX_PATTERN_BYTES + 1)).is_err());
/// ```
pub const MAX_PATTERN_BYTES: usize = 4096;

/// The maximal memory of one compiled pattern, in bytes: 1 MiB.
///
/// ```
/// use quietude::Matcher;
///
/// let error = Matcher::matches("name", r"(\w{50}){50}").unwrap_err();
/// assert!(error.to_string().ends_with("compiles to more than 1048576 bytes"));
/// ```
pub const MAX_COMPILED_PATTERN_BYTES: usize = 1 << 20;

/// The maximal length of the text of an RFC 5545 rule, in bytes. There is no other limit on
/// the parts of a rule: no part may be repeated, and duplicate values are dropped.
///
/// ```
/// # #[cfg(feature = "rrule")] {
/// use quietude::limits::MAX_RULE_BYTES;
/// use quietude::{ErrorKind, Rule};
///
/// let text = "x".repeat(MAX_RULE_BYTES + 1);
/// assert_eq!(Rule::parse(&text, 1).unwrap_err().kind(), ErrorKind::Limit);
/// # }
/// ```
pub const MAX_RULE_BYTES: usize = 65_536;

/// The maximal nesting of a scope; a leaf is one level. A level takes at most two levels of
/// a document, so every valid scope can be written and read again.
///
/// ```
/// use quietude::limits::MAX_SCOPE_DEPTH;
/// use quietude::Scope;
///
/// // A deeper scope can be constructed, but building the window fails.
/// let deep = (0..MAX_SCOPE_DEPTH).fold(Scope::everything(), |scope, _| Scope::all([scope]));
/// # let _ = deep;
/// ```
pub const MAX_SCOPE_DEPTH: usize = 60;

/// The maximal nesting of combinations of schedules, and, in a schedule, of sets of days. A
/// schedule or a set without parts is not a level. A level takes at most two levels of a
/// document, so every valid schedule can be written and read again.
///
/// ```
/// use quietude::calendar::Days;
/// use quietude::limits::MAX_SCHEDULE_DEPTH;
///
/// let mut days = Days::every_day();
/// for _ in 0..MAX_SCHEDULE_DEPTH {
///     days = days.complement()?;
/// }
/// assert_eq!(days.complement().unwrap_err().to_string(), "31 levels are more than 30");
/// # Ok::<(), quietude::Error>(())
/// ```
pub const MAX_SCHEDULE_DEPTH: u32 = 30;

/// The maximal number of schedules and sets of days in one schedule, itself included. Names
/// do not count, but what they stand for does, each time.
///
/// ```
/// assert_eq!(quietude::limits::MAX_SCHEDULE_NODES, 1_000);
/// ```
pub const MAX_SCHEDULE_NODES: u64 = 1_000;

/// The maximal number of steps of a search for an occurrence of a combination of schedules.
/// A step is an occurrence of a part, or the time between two, and takes some tens of
/// nanoseconds. A search that finds nothing usually ends much sooner, because the parts have
/// a common period.
///
/// ```
/// assert_eq!(quietude::limits::MAX_SEARCH_STEPS, 1_000_000);
/// ```
pub const MAX_SEARCH_STEPS: u64 = 1_000_000;

/// The maximal number of windows in a registry.
///
/// ```
/// assert_eq!(quietude::limits::MAX_WINDOWS, 10_000_000);
/// ```
pub const MAX_WINDOWS: usize = 10_000_000;

/// The maximal number of entities in a topology, and of groups, attribute names and
/// attribute values.
///
/// ```
/// assert_eq!(quietude::limits::MAX_ENTITIES, 10_000_000);
/// ```
pub const MAX_ENTITIES: usize = 10_000_000;

/// The maximal number of links of each kind in a topology: parents, members of groups,
/// nested groups, attributes. Repeated links count.
///
/// ```
/// assert_eq!(quietude::limits::MAX_LINKS, 50_000_000);
/// ```
pub const MAX_LINKS: usize = 50_000_000;

/// The maximal number of entities to which the scopes of a silencer are resolved. An entity
/// counts once for each distinct scope that covers it. Scopes of everything and scopes of
/// a few entities do not count. A scope beyond it is evaluated by the queries: the answers
/// are the same.
///
/// ```
/// assert_eq!(quietude::limits::MAX_COVERED_ENTITIES, 100_000_000);
/// ```
pub const MAX_COVERED_ENTITIES: u64 = 100_000_000;

/// The maximal number of steps to resolve the scopes of a silencer to entities. A step is
/// the evaluation of one test of a scope for an entity, one of its ancestors, or one of
/// their groups; it takes up to 200 nanoseconds. For a pattern, each byte of the values that
/// it reads is a step, too, and for `contains` every 16 bytes. A scope beyond it is evaluated
/// by the queries: the answers are the same.
///
/// ```
/// assert_eq!(quietude::limits::MAX_COVER_STEPS, 20_000_000);
/// ```
pub const MAX_COVER_STEPS: u64 = 20_000_000;

/// The maximal size of the compiled windows of all entities, and of those of a scope, in
/// words of 4 bytes: 8 GiB. Windows beyond it are evaluated directly, one by one: the answers
/// are the same. A few words are typical for a window; windows with a period and a validity
/// take most, some tens of words, if there are millions of them for one entity.
///
/// Such a window takes two words for each entity in lists of windows, and one more for each
/// alert type in its scope. A build fails if compiled windows and lists take more than
/// 2<sup>32</sup> - 1 words (16 GiB); that takes scopes with hundreds of millions of alert
/// types.
///
/// ```
/// assert_eq!(quietude::limits::MAX_COMPILED_WORDS, (8 << 30) / 4);
/// ```
pub const MAX_COMPILED_WORDS: usize = 1 << 31;

/// The maximal number of occurrences of a schedule, or segments of a timeline, that are
/// collected into a list.
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

/// The maximal number of contiguous occurrences that are evaluated to find the end of a
/// silence. Beyond it, the end is reported as
/// [`SilenceEnd::AtLeast`](crate::SilenceEnd::AtLeast). Two windows that alternate every
/// day reach the year 9999 with fewer. An occurrence that follows one of the same schedule
/// counts for 32 where the schedule does not prove how long its occurrences go on.
///
/// ```
/// assert_eq!(quietude::limits::MAX_UNION_STEPS, 20_000_000);
/// ```
pub const MAX_UNION_STEPS: u64 = 20_000_000;

/// The maximal number of Alertmanager's matchers in one list, see
/// [`Matchers`](crate::alertmanager::Matchers). It bounds the time to compile their regular
/// expressions.
///
/// ```
/// assert_eq!(quietude::limits::MAX_MATCHERS, 256);
/// ```
pub const MAX_MATCHERS: usize = 256;

/// The maximal number of windows in an explanation that do not cover the subject for any
/// alert type. See [`Explanation::omitted`](crate::explain::Explanation::omitted).
///
/// ```
/// assert_eq!(quietude::limits::MAX_NEAR_MISSES, 16);
/// ```
pub const MAX_NEAR_MISSES: usize = 16;

/// The maximal number of errors that [`Document::check`](crate::Document::check) lists.
///
/// ```
/// assert_eq!(quietude::limits::MAX_DOCUMENT_ERRORS, 100);
/// ```
pub const MAX_DOCUMENT_ERRORS: usize = 100;
