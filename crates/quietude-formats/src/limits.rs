//! Limits of texts. Beyond one of them an import fails with an error that names it.

/// The maximal length of a text, in bytes: 64 MiB.
///
/// ```
/// use quietude_formats::{Format, ImportOptions, limits};
///
/// let text = " ".repeat(limits::MAX_TEXT_BYTES + 1);
/// assert!(Format::Grafana.import(&text, &ImportOptions::new()).is_err());
/// ```
pub const MAX_TEXT_BYTES: usize = 64 << 20;

/// The maximal size of the values of a YAML or JSON text. Each value and each key counts 1,
/// and 1 more for each 32 bytes of its text; a value behind an alias counts each time.
///
/// ```
/// use quietude_formats::{Format, ImportOptions};
///
/// // Ten aliases of ten aliases of ten aliases ..
/// let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
/// for n in 1..20 {
///     let alias = format!("*a{}, ", n - 1).repeat(10);
///     text += &format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", "));
/// }
/// let error = Format::Grafana.import(&text, &ImportOptions::new()).unwrap_err();
/// assert_eq!(error.to_string(), "line 6, column 40: the text has more than 1000000 values");
/// ```
pub const MAX_VALUES: usize = 1_000_000;

/// The maximal nesting of lists and objects of a YAML or JSON text.
pub const MAX_DEPTH: usize = 100;

/// The maximal length of the JSON text that all aliases of a native YAML document are replaced
/// by, in bytes: 16 MiB.
///
/// ```
/// use quietude_formats::native::{Syntax, Text};
///
/// // Ten aliases of ten aliases of ten aliases ..
/// let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
/// for n in 1..20 {
///     let alias = format!("*a{}, ", n - 1).repeat(10);
///     text += &format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", "));
/// }
/// let text = Text::new(text, Syntax::Yaml);
/// let problem = text.json().unwrap_err();
/// assert!(problem.message.ends_with("the aliases stand for more than 16777216 bytes"));
/// ```
pub const MAX_ALIAS_BYTES: usize = 16 << 20;

/// The maximal number of tests of labels in all scopes of one import.
pub const MAX_SCOPE_TESTS: usize = 1_000_000;

/// The maximal number of comparisons of tests of labels while the scopes of one import are
/// made.
pub const MAX_SCOPE_STEPS: usize = 50_000_000;

/// The maximal number of silences that an export writes.
pub const MAX_EXPORTED: usize = 100_000;

/// The maximal number of windows, named schedules and notes, together, of a crontab and of
/// a text of Icinga 2, Nagios or Zabbix.
///
/// ```
/// use quietude_formats::{Format, ImportOptions, limits};
///
/// let text = "@reboot command\n".repeat(limits::MAX_ITEMS + 1);
/// assert!(Format::Cron.import(&text, &ImportOptions::new()).is_err());
/// ```
pub const MAX_ITEMS: usize = 100_000;

/// The maximal length of a line of a crontab or a text of Nagios, and of a word or string of
/// a text of Icinga 2 or Zabbix, in bytes.
pub const MAX_LINE_BYTES: usize = 65_536;

/// The maximal number of entries of one item of Icinga 2, Nagios or Zabbix: lines, ranges,
/// periods, hosts, tags.
pub const MAX_ENTRIES: usize = 10_000;

/// The maximal nesting of blocks and expressions of Icinga 2, and of references between time
/// periods.
pub const MAX_NESTING: usize = 60;

/// The maximal number of lines of templates of Nagios that a text copies, and of imports of
/// templates of Icinga 2.
pub const MAX_TEMPLATE_COPIES: usize = 1_000_000;

/// The maximal nesting of components of an iCalendar file. RFC 5545 needs three levels.
pub const MAX_COMPONENT_DEPTH: usize = 16;

/// The maximal number of events of an iCalendar file.
pub const MAX_EVENTS: usize = 1_000_000;

/// The maximal number of properties of an event that are read.
pub const MAX_EVENT_PROPERTIES: usize = 200_000;

/// The maximal number of RRULE and EXRULE of an event, and of its changes for all later
/// instances.
pub const MAX_EVENT_RULES: usize = 50;

/// The maximal number of instances of one event that are written as single times.
pub const MAX_EVENT_INSTANCES: usize = 5_000;

/// The maximal number of instances of all events of a file that are written as single times.
pub const MAX_INSTANCES: usize = 1_000_000;

/// The maximal sum of COUNT of all rules of an iCalendar file.
pub const MAX_COUNTED: u64 = 100_000_000;

/// The maximal number of names of zones of an iCalendar file, each with the rules of its
/// VTIMEZONE. The tz database and Windows have 740 names together.
pub const MAX_ZONES: usize = 2_000;

/// The maximal number of changes of the clocks of one STANDARD or DAYLIGHT.
pub const MAX_ZONE_CHANGES: usize = 2_000;

/// The maximal number of occurrences that an export as iCalendar goes through.
pub const MAX_EXPORTED_OCCURRENCES: usize = 200_000;
