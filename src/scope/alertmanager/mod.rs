//! Alertmanager's matchers, and the scope of a list of them.
//!
//! - `utf8.rs`: the parser of the UTF-8 syntax, since Alertmanager 0.27
//! - `classic.rs`: the parser of the older syntax
//! - `quoted.rs`: quoted text in regular expressions
//!
//! The two parsers accept what Alertmanager's packages `matcher/parse` and `pkg/labels`
//! accept. `tests/it/alertmanager.rs` replays the tables of their tests.

use std::fmt::{self, Write as _};
use std::slice;

use crate::error::{Error, ErrorKind, truncated};
use crate::limits::MAX_MATCHERS;
use crate::scope::id::check_id;
use crate::scope::{Matcher, Scope};

mod classic;
mod quoted;
mod utf8;

/// The syntax of a text of matchers.
///
/// ```
/// use quietude::alertmanager::{Matchers, Syntax};
///
/// let text = r#"{"équipe"="db"}"#;
/// assert!(Matchers::parse_with(text, Syntax::Utf8).is_ok());
/// assert!(Matchers::parse_with(text, Syntax::Classic).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Syntax {
    /// Alertmanager's default: both are tried. If both succeed and differ, or if only the
    /// classic syntax succeeds, then the classic syntax counts.
    #[default]
    Fallback,
    /// Only the UTF-8 syntax: a name or a value is a Go string in double quotes, or a
    /// word of characters other than white space and ``{}!=~,\"'` ``.
    Utf8,
    /// Only the classic syntax: a name has letters, digits, `_` and `:`. A value may have
    /// any characters; in it, `\"`, `\\` and `\n` are escapes.
    Classic,
}

/// How a [`LabelMatcher`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operator {
    Equal,
    NotEqual,
    Matches,
    NotMatches,
}

/// One of Alertmanager's matchers: `name="value"`, `!=`, `=~` or `!~`. `Display` writes
/// it in a form that both syntaxes read, if the classic syntax allows its name.
///
/// ```
/// use quietude::alertmanager::Matchers;
///
/// let matchers = Matchers::parse("severity!~info|debug")?;
/// let matcher = &matchers.as_slice()[0];
/// assert_eq!((matcher.name(), matcher.value()), ("severity", "info|debug"));
/// assert!(matcher.is_regex() && !matcher.is_equal());
/// assert_eq!(matcher.to_string(), r#"severity!~"info|debug""#);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelMatcher {
    name: Box<str>,
    value: Box<str>,
    operator: Operator,
    scope: Scope,
}

/// A list of Alertmanager's matchers, as of a silence: all of them must match. At most
/// [`MAX_MATCHERS`].
///
/// ```
/// use quietude::alertmanager::Matchers;
/// use quietude::{Matcher, Scope};
///
/// let matchers = Matchers::parse(r#"{alertname="HighLatency",instance=~"db-.*"}"#)?;
/// assert_eq!(
///     matchers.scope(),
///     Scope::all([
///         Matcher::equals("alertname", "HighLatency").into(),
///         Matcher::matches("instance", "db-.*")?.into(),
///     ])
/// );
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Matchers {
    list: Vec<LabelMatcher>,
}

impl Matchers {
    /// Parses a list of matchers as Alertmanager does by default,
    /// see [`Syntax::Fallback`]. Braces around the list are optional. O(length of the
    /// text), besides compiling its regular expressions.
    ///
    /// # Errors
    ///
    /// If the text is not a list of matchers: the error has the column of the UTF-8
    /// syntax, in characters from 1. If a name is not a valid attribute name, a regular
    /// expression is invalid, or there are more than [`MAX_MATCHERS`].
    ///
    /// ```
    /// use quietude::alertmanager::Matchers;
    ///
    /// assert!(Matchers::parse("{}")?.is_empty());
    /// let error = Matchers::parse("alertname").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "\"alertname\" is not a list of matchers: it ends where =, !=, =~ or !~ is needed"
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, Syntax::Fallback)
    }

    /// Parses a list of matchers in one syntax.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    ///
    /// ```
    /// use quietude::alertmanager::{Matchers, Syntax};
    ///
    /// let text = "foo=$bar\\n";
    /// let classic = Matchers::parse_with(text, Syntax::Classic)?;
    /// assert_eq!(classic.as_slice()[0].value(), "$bar\n");
    /// let error = Matchers::parse_with(text, Syntax::Utf8).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "\"foo=$bar\\\\n\" is not a list of matchers: column 9: \"\\\\\" is only allowed in quotes"
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn parse_with(text: &str, syntax: Syntax) -> Result<Self, Error> {
        let refused = |error: Error| {
            let message = error.message();
            let shown = truncated(text);
            Error::new(error.kind(), format_args!("{shown:?} is not a list of matchers: {message}"))
        };
        let parsed = match syntax {
            Syntax::Utf8 => utf8::parse(text),
            Syntax::Classic => classic::parse(text),
            Syntax::Fallback => match (utf8::parse(text), classic::parse(text)) {
                (_, Ok(classic)) => Ok(classic),
                (utf8, Err(_)) => utf8,
            },
        };
        parsed.map(Self::new).map_err(refused)
    }

    /// The matchers, in order.
    ///
    /// ```
    /// # use quietude::alertmanager::Matchers;
    /// assert_eq!(Matchers::parse("a=b,c=d")?.as_slice()[1].name(), "c");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> &[LabelMatcher] {
        &self.list
    }

    /// Whether there are no matchers.
    ///
    /// ```
    /// # use quietude::alertmanager::Matchers;
    /// assert!(Matchers::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The scope that covers the labels that all matchers match. A missing label equals
    /// the empty string, as in Alertmanager: `foo=""` is "`foo` is empty or missing".
    ///
    /// The scope equals Alertmanager's answers for a subject without ancestors whose
    /// labels have one value each. For a subject with ancestors, set
    /// [`Propagation::Entity`](crate::Propagation::Entity), because otherwise a negative
    /// matcher also looks at the ancestors.
    ///
    /// Alertmanager refuses a silence without matchers, and so does a window: its build
    /// fails with the scope of an empty list.
    ///
    /// ```
    /// use quietude::alertmanager::Matchers;
    /// use quietude::{Once, Propagation, Subject, Topology, Window};
    ///
    /// let window = Window::builder("silence-1")
    ///     .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
    ///     .scope(Matchers::parse(r#"alertname="Down",team!="db",owner="""#)?.scope())
    ///     .propagation(Propagation::Entity)
    ///     .build()?;
    /// let covers = |labels: &[(&str, &str)]| {
    ///     window.covers(&Subject::labels(labels), &Topology::default())
    /// };
    /// assert!(covers(&[("alertname", "Down")]));
    /// assert!(covers(&[("alertname", "Down"), ("team", "web"), ("owner", "")]));
    /// assert!(!covers(&[("alertname", "Down"), ("team", "db")]));
    /// assert!(!covers(&[("alertname", "Down"), ("owner", "ann")]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn scope(&self) -> Scope {
        match &*self.list {
            [only] => only.scope(),
            list => Scope::all(list.iter().map(LabelMatcher::scope)),
        }
    }

    /// Makes a list of at most [`MAX_MATCHERS`].
    pub(crate) fn new(list: Vec<LabelMatcher>) -> Self {
        Self { list }
    }
}

impl LabelMatcher {
    /// # Errors
    ///
    /// If the name is not a valid attribute name or the regular expression is invalid.
    /// The path is `name` or `value`.
    pub(crate) fn new(
        name: &str,
        value: &str,
        is_regex: bool,
        is_equal: bool,
    ) -> Result<Self, Error> {
        let operator = match (is_regex, is_equal) {
            (false, true) => Operator::Equal,
            (false, false) => Operator::NotEqual,
            (true, true) => Operator::Matches,
            (true, false) => Operator::NotMatches,
        };
        check_id(name).map_err(|error| error.in_field("name"))?;
        let scope = scope(name, value, operator).map_err(|error| error.in_field("value"))?;
        Ok(Self { name: name.into(), value: value.into(), operator, scope })
    }

    /// The name of the label.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text or the regular expression.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether the operator is `=~` or `!~`.
    #[must_use]
    pub fn is_regex(&self) -> bool {
        matches!(self.operator, Operator::Matches | Operator::NotMatches)
    }

    /// Whether the operator is `=` or `=~`.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        matches!(self.operator, Operator::Equal | Operator::Matches)
    }

    /// The scope that covers the labels that the matcher matches, see
    /// [`Matchers::scope`].
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }
}

/// The scope of a matcher. A missing label equals the empty string.
fn scope(name: &str, value: &str, operator: Operator) -> Result<Scope, Error> {
    let test = match operator {
        Operator::Equal | Operator::NotEqual => Matcher::equals(name, value),
        Operator::Matches | Operator::NotMatches => {
            Matcher::matches(name, &*quoted::unquoted(value))?
        }
    };
    let missing_passes = test.accepts("");
    let (test, present) = (Scope::from(test), Scope::from(Matcher::present(name)));
    Ok(match (operator, missing_passes) {
        (Operator::Equal | Operator::Matches, false) => test,
        (Operator::Equal | Operator::Matches, true) => Scope::any([test, !present]),
        (Operator::NotEqual | Operator::NotMatches, false) => !test,
        (Operator::NotEqual | Operator::NotMatches, true) => Scope::all([present, !test]),
    })
}

impl<'a> IntoIterator for &'a Matchers {
    type Item = &'a LabelMatcher;
    type IntoIter = slice::Iter<'a, LabelMatcher>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Operator {
    /// Longer operators first, so that the first prefix of a text is its operator.
    const ALL: [(&'static str, Self); 4] = [
        ("=~", Self::Matches),
        ("!~", Self::NotMatches),
        ("!=", Self::NotEqual),
        ("=", Self::Equal),
    ];

    /// The operator at the start of a text, and the rest.
    fn strip(text: &str) -> Option<(Self, &str)> {
        Self::ALL
            .iter()
            .find_map(|(symbol, operator)| text.strip_prefix(symbol).map(|rest| (*operator, rest)))
    }

    fn symbol(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(symbol, _)| symbol)
    }

    /// Makes a matcher. The error has no path.
    fn matcher(self, name: &str, value: &str) -> Result<LabelMatcher, Error> {
        let is_regex = matches!(self, Self::Matches | Self::NotMatches);
        let is_equal = matches!(self, Self::Equal | Self::Matches);
        LabelMatcher::new(name, value, is_regex, is_equal)
            .map_err(|error| Error::new(error.kind(), error.message()))
    }
}

/// # Errors
///
/// If there are more than [`MAX_MATCHERS`].
pub(crate) fn check_count(count: usize) -> Result<(), Error> {
    if count > MAX_MATCHERS {
        let text = format_args!("{count} matchers are more than {MAX_MATCHERS}");
        return Err(Error::new(ErrorKind::Limit, text));
    }
    Ok(())
}

/// Characters that are only allowed in quotes.
fn is_reserved(c: char) -> bool {
    c.is_whitespace() || "{}!=~,\\\"'`".contains(c)
}

/// A text in quotes. A line feed, `"` and `\` are escaped.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '"' | '\\' => write!(f, "\\{c}")?,
                _ => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

impl fmt::Display for LabelMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(is_reserved) {
            Quoted(&self.name).fmt(f)?;
        } else {
            f.write_str(&self.name)?;
        }
        write!(f, "{}{}", self.operator.symbol(), Quoted(&self.value))
    }
}

impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (index, matcher) in self.list.iter().enumerate() {
            write!(f, "{}{matcher}", if index == 0 { "" } else { "," })?;
        }
        f.write_char('}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Scope {
        Matchers::parse(text).unwrap().scope()
    }

    #[test]
    fn scope_missing_label_equals_empty() {
        let equals = |value: &str| Scope::from(Matcher::equals("a", value));
        let matches = |pattern: &str| Scope::from(Matcher::matches("a", pattern).unwrap());
        let present = || Scope::from(Matcher::present("a"));
        for (text, scope) in [
            ("a=x", equals("x")),
            ("a!=x", !equals("x")),
            ("a=~x+", matches("x+")),
            ("a!~x+", !matches("x+")),
            ("a=\"\"", equals("").or(!present())),
            ("a!=\"\"", present().and(!equals(""))),
            ("a=~.*", matches(".*").or(!present())),
            ("a!~.*", present().and(!matches(".*"))),
            ("a=~\"\"", matches("").or(!present())),
            ("a=~\"|x\"", matches("|x").or(!present())),
        ] {
            assert_eq!(one(text), scope, "{text}");
        }
    }

    #[test]
    fn scope_of_empty_list_is_invalid() {
        let scope = Matchers::parse("{}").unwrap().scope();
        assert_eq!(scope.validate().unwrap_err().path(), "all");
    }

    #[test]
    fn parse_more_than_limit_is_error() {
        let text = |count| vec!["a=b"; count].join(",");
        for syntax in [Syntax::Fallback, Syntax::Utf8, Syntax::Classic] {
            assert!(Matchers::parse_with(&text(MAX_MATCHERS), syntax).is_ok());
            let error = Matchers::parse_with(&text(MAX_MATCHERS + 1), syntax).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit);
            assert!(error.to_string().ends_with("257 matchers are more than 256"), "{error}");
        }
    }

    #[test]
    fn parse_invalid_name_is_error() {
        for text in [r#"""="x""#, r#""a\n"="x""#, &format!("{}=x", "a".repeat(1025))] {
            let error = Matchers::parse(text).unwrap_err();
            assert!(error.to_string().contains("is not an id: 1 to 1024 bytes"), "{error}");
        }
    }

    #[test]
    fn fallback_prefers_classic_on_disagreement() {
        let value = |syntax| {
            let parsed = Matchers::parse_with(r#"a="\xf0\x9f\x99\x82""#, syntax).unwrap();
            parsed.as_slice()[0].value().to_owned()
        };
        assert_eq!(value(Syntax::Utf8), "\u{1f642}");
        assert_eq!(value(Syntax::Classic), r"\xf0\x9f\x99\x82");
        assert_eq!(value(Syntax::Fallback), r"\xf0\x9f\x99\x82");
    }
}
