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

/// The maximal number of tests of labels in all scopes of one import.
pub const MAX_SCOPE_TESTS: usize = 1_000_000;

/// The maximal number of comparisons of tests of labels while the scopes of one import are
/// made.
pub const MAX_SCOPE_STEPS: usize = 50_000_000;

/// The maximal number of silences that an export writes.
pub const MAX_EXPORTED: usize = 100_000;
