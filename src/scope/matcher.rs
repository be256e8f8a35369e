//! Tests of one attribute.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Dot, Hir, HirKind};

use crate::error::{Error, ErrorKind, truncated};
use crate::limits::{MAX_COMPILED_PATTERN_BYTES, MAX_PATTERN_BYTES};
use crate::scope::id::check_id;

/// A test of the values of one attribute.
///
/// An attribute may have several values: the test passes if one of them does. It
/// fails for an entity without the attribute. Tests are case-sensitive.
///
/// ```
/// use quietude::{Matcher, Scope};
///
/// let databases = Scope::attribute(Matcher::starts_with("name", "pg-"));
/// let precious = Scope::attribute(Matcher::one_of("tier", ["gold", "platinum"]));
/// let scope = databases.and(!precious);
/// # let _ = scope;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Matcher {
    name: Box<str>,
    test: Test,
}

/// The test of a [`Matcher`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    Equals(Box<str>),
    OneOf(Box<[Box<str>]>),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Pattern),
    Present,
}

/// A compiled pattern, and its text, by which patterns are compared.
#[derive(Clone)]
pub(crate) struct Pattern {
    text: Box<str>,
    compiled: Arc<Compiled>,
}

/// A compiled pattern.
struct Compiled {
    regex: Regex,
    /// Every value that the pattern matches begins with one of these. Empty if nothing is
    /// known.
    literals: Box<[Literal]>,
    /// Whether the literals say all: the pattern matches exactly them, or each of them with
    /// anything but a line feed behind it.
    is_simple: bool,
    /// The least of [`SIZES`] into which the compiled pattern fits.
    bytes: usize,
}

/// A literal with which the values that a pattern matches begin.
#[derive(Debug)]
pub(crate) struct Literal {
    pub(crate) text: Box<str>,
    /// Whether the pattern matches the literal and nothing longer that begins with it.
    pub(crate) is_whole: bool,
}

/// Whether two texts are equal. Empty ones are not compared by `memcmp`: their address may not
/// be mapped, and then some processors take a quarter of a microsecond for no bytes.
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

impl Matcher {
    /// Accepts a value equal to `value`.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// let matcher = Matcher::equals("name", "pg-1");
    /// assert!(matcher.accepts("pg-1"));
    /// assert!(!matcher.accepts("PG-1"));
    /// ```
    #[must_use]
    pub fn equals(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, Test::Equals(value.into().into()))
    }

    /// Accepts a value equal to one of `values`. If the list is empty, building the
    /// window fails.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// let matcher = Matcher::one_of("tier", ["gold", "silver"]);
    /// assert!(matcher.accepts("silver"));
    /// assert!(!matcher.accepts("bronze"));
    /// ```
    #[must_use]
    pub fn one_of(
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values = values.into_iter().map(|value| value.into().into_boxed_str());
        Self::new(name, Test::OneOf(values.collect()))
    }

    /// Accepts a value that contains `part`.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// assert!(Matcher::contains("name", "-db-").accepts("eu-db-7"));
    /// ```
    #[must_use]
    pub fn contains(name: impl Into<String>, part: impl Into<String>) -> Self {
        Self::new(name, Test::Contains(part.into().into()))
    }

    /// Accepts a value that begins with `prefix`.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// assert!(Matcher::starts_with("name", "eu-").accepts("eu-db-7"));
    /// ```
    #[must_use]
    pub fn starts_with(name: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self::new(name, Test::StartsWith(prefix.into().into()))
    }

    /// Accepts a value that ends with `suffix`.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// assert!(Matcher::ends_with("name", "-7").accepts("eu-db-7"));
    /// ```
    #[must_use]
    pub fn ends_with(name: impl Into<String>, suffix: impl Into<String>) -> Self {
        Self::new(name, Test::EndsWith(suffix.into().into()))
    }

    /// Accepts a value that the regular expression `pattern` matches as a whole, in
    /// time linear in the length of the value. The syntax is that of the [`regex`]
    /// crate: Unicode, no backreferences, and `.` does not match a line feed unless
    /// `(?s)` is set.
    ///
    /// # Errors
    ///
    /// If `pattern` is not a regular expression, is longer than
    /// [`MAX_PATTERN_BYTES`] or takes more than
    /// [`MAX_COMPILED_PATTERN_BYTES`] when compiled.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// let matcher = Matcher::matches("name", "db-[0-9]+|cache")?;
    /// assert!(matcher.accepts("db-7"));
    /// assert!(!matcher.accepts("db-7b"));
    /// assert!(!matcher.accepts("my-cache"));
    ///
    /// let error = Matcher::matches("name", "db-(").unwrap_err();
    /// assert_eq!(error.to_string(), "\"db-(\" is not a pattern: unclosed group");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn matches(name: impl Into<String>, pattern: impl Into<String>) -> Result<Self, Error> {
        Ok(Self::new(name, Test::Matches(Pattern::compile(pattern.into())?)))
    }

    /// Accepts any value: the attribute must exist.
    ///
    /// ```
    /// use quietude::Matcher;
    ///
    /// assert!(Matcher::present("owner").accepts(""));
    /// ```
    #[must_use]
    pub fn present(name: impl Into<String>) -> Self {
        Self::new(name, Test::Present)
    }

    fn new(name: impl Into<String>, test: Test) -> Self {
        Self { name: name.into().into(), test }
    }

    /// The name of the attribute.
    ///
    /// ```
    /// assert_eq!(quietude::Matcher::present("owner").name(), "owner");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the test accepts a value.
    ///
    /// ```
    /// assert!(quietude::Matcher::contains("name", "b").accepts("abc"));
    /// ```
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        match &self.test {
            Test::Equals(wanted) => is_same(wanted, value),
            Test::OneOf(wanted) => wanted.iter().any(|wanted| is_same(wanted, value)),
            Test::Contains(part) => value.contains(&**part),
            Test::StartsWith(prefix) => value.starts_with(&**prefix),
            Test::EndsWith(suffix) => value.ends_with(&**suffix),
            Test::Matches(pattern) => pattern.accepts(value),
            Test::Present => true,
        }
    }

    /// The work of testing a value in proportion to its length, in steps of a few
    /// nanoseconds. `None` if the length does not matter.
    pub(crate) fn steps_for_length(&self, bytes: usize) -> Option<u64> {
        match &self.test {
            Test::Matches(_) => Some(bytes as u64),
            Test::Contains(_) => Some(bytes as u64 / 16),
            _ => None,
        }
    }

    /// The matcher with the same test for another attribute.
    pub(crate) fn renamed(&self, name: impl Into<String>) -> Self {
        Self { name: name.into().into(), test: self.test.clone() }
    }

    /// The test.
    pub(crate) fn test(&self) -> &Test {
        &self.test
    }

    /// Reads the name and an equal value; see `Scope::prefetch_hint`.
    pub(crate) fn prefetch_hint(&self) -> u8 {
        let first = |text: &str| text.as_bytes().first().copied().unwrap_or(0);
        let value = match &self.test {
            Test::Equals(value) => first(value),
            _ => 0,
        };
        first(&self.name) ^ value
    }

    /// The memory limit of its pattern, in bytes; 0 without a pattern.
    #[cfg(feature = "serde")]
    pub(crate) fn pattern_bytes(&self) -> usize {
        match &self.test {
            Test::Matches(pattern) => pattern.compiled.bytes,
            _ => 0,
        }
    }

    /// Checks the name and the list of values.
    ///
    /// # Errors
    ///
    /// If the name is not a valid id, or a list of values is empty.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        check_id(&self.name).map_err(|error| error.in_field("name"))?;
        match &self.test {
            Test::OneOf(values) if values.is_empty() => {
                Err(Error::invalid("[] is empty: at least one is needed").in_field("one_of"))
            }
            _ => Ok(()),
        }
    }
}

impl Pattern {
    fn compile(text: String) -> Result<Self, Error> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(Error::new(
                ErrorKind::Limit,
                format_args!(
                    "a pattern of {} bytes is longer than {MAX_PATTERN_BYTES}",
                    text.len()
                ),
            ));
        }
        // The text must be a valid pattern by itself first: `a)|(?:b` is not, but
        // in brackets it would be valid, and not anchored.
        let refused = |error| refusal(&text, &error);
        compile(&text).map_err(refused)?;
        let (regex, bytes) = compile(&format!(r"\A(?:{text})\z"))
            // With `(?x)` a comment at the end includes the closing bracket. A line
            // feed ends the comment and is ignored there. In all other cases this
            // fails again for the same reason.
            .or_else(|error| compile(&format!("\\A(?:{text}\n)\\z")).map_err(|_| error))
            .map_err(refused)?;
        let (literals, is_simple) = literals_of(&text);
        let compiled = Arc::new(Compiled { regex, literals, is_simple, bytes });
        Ok(Self { compiled, text: text.into() })
    }

    /// Whether the pattern matches a value as a whole.
    fn accepts(&self, value: &str) -> bool {
        let Compiled { regex, literals, is_simple, .. } = &*self.compiled;
        if literals.is_empty() {
            return regex.is_match(value);
        }
        let begins = |literal: &Literal| match value.strip_prefix(&*literal.text) {
            Some(rest) if literal.is_whole => rest.is_empty(),
            Some(rest) => !is_simple || !rest.contains('\n'),
            None => false,
        };
        literals.iter().any(begins) && (*is_simple || regex.is_match(value))
    }

    /// Whether the pattern matches exactly its literals.
    pub(crate) fn is_list(&self) -> bool {
        let literals = self.literals();
        self.compiled.is_simple && literals.iter().all(|literal| literal.is_whole)
    }

    /// The literals with one of which every matched value begins; empty if there are none.
    pub(crate) fn literals(&self) -> &[Literal] {
        &self.compiled.literals
    }

    /// The text of the pattern, without the anchors.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// The literals with one of which every match of a pattern begins, as far as they are few
/// and none of them is empty, and whether they say all.
fn literals_of(pattern: &str) -> (Box<[Literal]>, bool) {
    let found = regex_syntax::parse(pattern).ok().and_then(|hir| {
        let extracted = Extractor::new().kind(ExtractKind::Prefix).extract(&hir);
        let literals = extracted.literals()?.iter().map(Literal::of);
        let literals = literals.collect::<Option<Vec<Literal>>>()?;
        let is_simple = match hir.kind() {
            // Without assertions, exact literals are the language.
            _ if literals.iter().all(|literal| literal.is_whole) => {
                hir.properties().look_set().is_empty()
            }
            HirKind::Concat(parts) => match &parts[..] {
                // A long literal is cut.
                [first, rest] => is_anything(rest) && is_literal(first, &literals),
                _ => false,
            },
            _ => false,
        };
        Some((literals.into(), is_simple))
    });
    found.unwrap_or_default()
}

/// Whether an expression is the only one of the literals.
fn is_literal(hir: &Hir, literals: &[Literal]) -> bool {
    let HirKind::Literal(regex_syntax::hir::Literal(bytes)) = hir.kind() else { return false };
    matches!(literals, [literal] if literal.text.as_bytes() == &**bytes)
}

/// Whether an expression is `.*`.
fn is_anything(hir: &Hir) -> bool {
    let HirKind::Repetition(repeated) = hir.kind() else { return false };
    let is_any_count = repeated.min == 0 && repeated.max.is_none();
    is_any_count && *repeated.sub == Hir::dot(Dot::AnyCharExceptLF)
}

impl Literal {
    /// `None` if it is empty and not a match by itself.
    fn of(literal: &regex_syntax::hir::literal::Literal) -> Option<Self> {
        let bytes = literal.as_bytes();
        // A literal may end within a character.
        let (text, is_whole) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, literal.is_exact()),
            Err(error) => (std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?, false),
        };
        (is_whole || !text.is_empty()).then(|| Self { text: text.into(), is_whole })
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Size limits to try for a compiled pattern, in bytes. The regex crate does not
/// report the size; most patterns fit into the smallest limit.
const SIZES: [usize; 3] = [1 << 14, 1 << 17, MAX_COMPILED_PATTERN_BYTES];

/// Compiles a pattern. Also returns the size limit into which it fits.
fn compile(pattern: &str) -> Result<(Regex, usize), regex::Error> {
    let within = |bytes| RegexBuilder::new(pattern).size_limit(bytes).build();
    for bytes in SIZES {
        match within(bytes) {
            Err(regex::Error::CompiledTooBig(_)) if bytes < MAX_COMPILED_PATTERN_BYTES => {}
            built => return Ok((built?, bytes)),
        }
    }
    unreachable!("the last size is the limit")
}

/// An error from the last line of the message of the regex crate: the lines before
/// it show the pattern.
fn refusal(pattern: &str, error: &regex::Error) -> Error {
    let pattern = truncated(pattern);
    match error {
        regex::Error::CompiledTooBig(_) => Error::new(
            ErrorKind::Limit,
            format_args!("{pattern:?} compiles to more than {MAX_COMPILED_PATTERN_BYTES} bytes"),
        ),
        _ => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            Error::syntax(format_args!("{pattern:?} is not a pattern: {}", truncated(reason)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Matcher {
        Matcher::matches("n", text).unwrap()
    }

    #[test]
    fn accepts_simple_patterns_as_regex() {
        let long = "x".repeat(300);
        let patterns = ["eu-.*", "eu-.+", "(?s)eu-.*", "a|bc", "a?", "", "a|^b", "b$|c", "(?i)ab"];
        let patterns = patterns.map(String::from).into_iter().chain([format!("{long}.*")]);
        let long_and_more = format!("{long}y");
        for text in patterns.chain(["a(?:b|c).*".into(), r"a\b|b".into(), "ü.*|é".into()]) {
            let (pattern, regex) = (pattern(&text), Regex::new(&format!("^(?:{text})$")).unwrap());
            for value in [
                "eu-",
                "eu-1",
                "eu-\n",
                "eu",
                "xeu-",
                "a",
                "bc",
                "b",
                "",
                "abc",
                "c",
                "AB",
                "aB",
                "üx",
                "é",
                "éx",
                "x",
                &long,
                &long_and_more,
            ] {
                // The regex crate lets `$` match at the end only.
                let expected = regex.find(value).is_some_and(|found| found.len() == value.len());
                let expected = expected && regex.is_match(value);
                assert_eq!(pattern.accepts(value), expected, "{text:?} {value:?}");
            }
        }
        assert!(Pattern::compile("eu-.*".into()).unwrap().compiled.is_simple);
        assert!(Pattern::compile("a|bc".into()).unwrap().compiled.is_simple);
        assert!(!Pattern::compile("eu-.+".into()).unwrap().compiled.is_simple);
    }

    #[test]
    fn accepts_each_test() {
        let table = [
            (Matcher::equals("n", "ab"), "ab", "abc"),
            (Matcher::one_of("n", ["x", "ab"]), "ab", "a"),
            (Matcher::contains("n", "b"), "abc", "ac"),
            (Matcher::starts_with("n", "ab"), "abc", "cab"),
            (Matcher::ends_with("n", "ab"), "cab", "abc"),
            (pattern("a+"), "aa", "aab"),
        ];
        for (matcher, good, bad) in table {
            assert!(matcher.accepts(good), "{matcher:?} {good}");
            assert!(!matcher.accepts(bad), "{matcher:?} {bad}");
            assert!(!matcher.accepts(""), "{matcher:?}");
        }
        assert!(Matcher::present("n").accepts(""));
    }

    #[test]
    fn matches_is_anchored() {
        let whole = [
            ("a|b", "a", "ab"),
            ("a|ab", "ab", "abb"),
            ("(?m)^a$", "a", "a\nb"),
            ("a$", "a", "a\n"),
            ("", "", "a"),
            ("(?i)a", "A", "AA"),
            ("(?x) a # one letter", "a", "ab"),
            ("(?x) a # )\\z|(?:b", "a", "b"),
            ("a.b", "a\u{e9}b", "a\nb"),
            ("(?s)a.b", "a\nb", "a\nbc"),
        ];
        for (text, good, bad) in whole {
            assert!(pattern(text).accepts(good), "{text} {good:?}");
            assert!(!pattern(text).accepts(bad), "{text} {bad:?}");
        }
    }

    #[test]
    fn matches_unbalanced_pattern_is_error() {
        for text in ["a)|(?:b", ")", "a)", "(?x)a # b\n)|(", "\\", "(", "[", "*", "a{2,1}"] {
            let error = Matcher::matches("n", text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Syntax, "{text}");
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn matches_multiline_pattern_error_is_one_line() {
        let error = Matcher::matches("n", "a\n(b").unwrap_err();
        assert_eq!(error.to_string(), "\"a\\n(b\" is not a pattern: unclosed group");
    }

    #[test]
    #[cfg(feature = "serde")]
    fn pattern_bytes_is_least_fitting_size() {
        let bytes = |text: &str| Matcher::matches("n", text).unwrap().pattern_bytes();
        assert_eq!(bytes("web-[0-9]+"), 1 << 14);
        assert_eq!(bytes(r"\w+-\w+"), 1 << 17);
        assert_eq!(bytes(r"\w{20}"), 1 << 20);
        assert_eq!(Matcher::equals("n", "web").pattern_bytes(), 0);
    }

    #[test]
    fn matches_pattern_limits() {
        let long = Matcher::matches("n", "x".repeat(MAX_PATTERN_BYTES + 1)).unwrap_err();
        assert_eq!(long.to_string(), "a pattern of 4097 bytes is longer than 4096");
        let big = Matcher::matches("n", r"(\pL{100}){100}").unwrap_err();
        assert_eq!(big.to_string(), "\"(\\\\pL{100}){100}\" compiles to more than 1048576 bytes");
        assert_eq!((long.kind(), big.kind()), (ErrorKind::Limit, ErrorKind::Limit));
        assert!(Matcher::matches("n", "x".repeat(MAX_PATTERN_BYTES)).is_ok());
    }

    #[test]
    fn accepts_catastrophic_pattern_is_linear() {
        assert!(!pattern("(a*)*b").accepts(&"a".repeat(10_000)));
    }

    #[test]
    fn pattern_eq_by_text_and_clone_shares_regex() {
        assert_eq!(pattern("a|b"), pattern("a|b"));
        assert_ne!(pattern("a|b"), pattern("b|a"));
        let one = pattern("a");
        let (Test::Matches(a), Test::Matches(b)) = (one.test(), one.clone().test.clone()) else {
            panic!("not a pattern")
        };
        assert!(Arc::ptr_eq(&a.compiled, &b.compiled));
        assert_eq!(a.as_str(), "a");
    }

    #[test]
    fn pattern_hash_and_debug_by_text() {
        let hash = |matcher: &Matcher| {
            let mut state = std::hash::DefaultHasher::new();
            matcher.hash(&mut state);
            state.finish()
        };
        assert_eq!(hash(&pattern("a|b")), hash(&pattern("a|b")));
        assert_ne!(hash(&pattern("a|b")), hash(&pattern("b|a")));
        let expected = "Matcher { name: \"n\", test: Matches(\"a|b\") }";
        assert_eq!(format!("{:?}", pattern("a|b")), expected);
    }

    #[test]
    fn validate_reports_path() {
        let none: [&str; 0] = [];
        let error = Matcher::one_of("n", none).validate().unwrap_err();
        assert_eq!(error.to_string(), "one_of: [] is empty: at least one is needed");
        let error = Matcher::present("").validate().unwrap_err();
        assert_eq!((error.path(), error.kind()), ("name", ErrorKind::Syntax));
        assert_eq!(Matcher::one_of("n", [""]).validate(), Ok(()));
    }
}
