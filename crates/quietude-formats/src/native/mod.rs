//! Native documents, written as JSON or YAML, with the errors of both at the place in the text.
//!
//! The programs of this repository read their documents here, so that a file is read the same
//! by each of them.
//!
//! - [`Syntax`]: whether a file is JSON or YAML, by its name or its beginning.
//! - [`Text`]: the text of a document, or of another value in one of these forms. It has the
//!   JSON form of a YAML text, and the place in the text of an error in that form.
//! - [`Problem`]: an error with its place.
//! - [`utf8`]: the bytes of a file as text.
//! - [`zone`](zone()): a time zone by name, built in or of a folder.
//!
//! ```
//! use quietude_formats::native::{Syntax, Text};
//!
//! let text = "\
//! version: 1
//! windows:
//!   - id: backup
//!     scope: { group: databases }
//!     schedule: { kind: daily, clock: 22:00-02:00, timezone: Europe/Berln }
//! ";
//! let problems = Text::new(text.to_owned(), Syntax::Yaml).document(None).unwrap_err();
//! let problem = problems[0].to_string();
//! assert!(problem.starts_with("line 5, column 60: window `backup`: schedule.timezone: "));
//! assert!(problem.ends_with("; did you mean Europe/Berlin?"));
//!
//! let text = Text::new(text.replace("Berln", "Berlin"), Syntax::Yaml);
//! assert_eq!(text.document(None)?.registry.len(), 1);
//! # Ok::<(), Vec<quietude_formats::native::Problem>>(())
//! ```
//!
//! # YAML
//!
//! Scalars have the types of the core schema of YAML 1.2: `on` and `22:00` are text. Merge keys
//! (`<<`), tags of an application, repeated keys and a second document are errors.
//!
//! # Limits
//!
//! A text has at most [`MAX_DOCUMENT_BYTES`](quietude::limits::MAX_DOCUMENT_BYTES), as YAML and
//! as JSON, nests at most [`MAX_DOCUMENT_DEPTH`](quietude::limits::MAX_DOCUMENT_DEPTH) levels
//! deep, and its aliases stand for at most
//! [`MAX_ALIAS_BYTES`](crate::limits::MAX_ALIAS_BYTES).
//!
//! # Complexity
//!
//! A valid YAML document is read in one pass: O(length), in the memory of the document. One with
//! an anchor or an error is converted to JSON first: O(length) more memory.

mod problem;
mod scalar;
mod stream;
mod text;
mod yaml;
mod zone;

pub use crate::position::Position;
pub use problem::Problem;
pub use text::{Syntax, Text, utf8};
pub use zone::zone;
