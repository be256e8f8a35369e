//! Matchers of routes and silences: the tests of `quietude::alertmanager`, with regular
//! expressions in the syntax of the crate `regex`.

use std::cell::OnceCell;

use quietude::alertmanager::{LabelMatcher, Matchers};
use quietude::limits::MAX_MATCHERS;
use quietude::{Matcher, Scope};
use serde_json::json;

use super::go_regex;
use crate::error::Error;
use crate::tree::At;

/// A test of one label. A missing label has the empty value.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    matcher: LabelMatcher,
    /// The regular expression, compiled when it is needed.
    regex: OnceCell<Matcher>,
    /// The scope of the test with the other result, when it is needed.
    negated: OnceCell<Scope>,
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        self.matcher == other.matcher
    }
}

impl Test {
    /// # Errors
    ///
    /// If the name is not valid or the regular expression cannot be used: the message says
    /// why.
    pub(crate) fn new(
        name: &str,
        value: &str,
        is_regex: bool,
        is_equal: bool,
    ) -> Result<Self, String> {
        let value = if is_regex { go_regex::translate(value)? } else { value.into() };
        let matcher = label_matcher(name, &value, is_regex, is_equal)?;
        Ok(Self { matcher, regex: OnceCell::new(), negated: OnceCell::new() })
    }

    /// The scope of the alerts that do not pass.
    pub(crate) fn negated_scope(&self) -> Scope {
        let negated = || {
            let (name, value) = (self.matcher.name(), self.matcher.value());
            label_matcher(name, value, self.matcher.is_regex(), !self.matcher.is_equal())
                .map_or_else(|_| !self.matcher.scope(), |matcher| matcher.scope())
        };
        self.negated.get_or_init(negated).clone()
    }

    pub(crate) fn name(&self) -> &str {
        self.matcher.name()
    }

    pub(crate) fn scope(&self) -> Scope {
        self.matcher.scope()
    }

    /// The only value that passes, if there is one.
    pub(crate) fn only_value(&self) -> Option<&str> {
        (!self.matcher.is_regex() && self.matcher.is_equal()).then(|| self.matcher.value())
    }

    /// Whether a label with this value passes.
    pub(crate) fn accepts(&self, value: &str) -> bool {
        let passes = if self.matcher.is_regex() {
            let compiled = || {
                Matcher::matches(self.name(), self.matcher.value())
                    .expect("it was compiled for the scope")
            };
            self.regex.get_or_init(compiled).accepts(value)
        } else {
            self.matcher.value() == value
        };
        passes == self.matcher.is_equal()
    }

    /// Whether no value passes both tests, as far as that is known.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.name() == other.name()
            && match (self.only_value(), other.only_value()) {
                (Some(value), _) => !other.accepts(value),
                (None, Some(value)) => !self.accepts(value),
                (None, None) => false,
            }
    }

    /// Whether every value that passes this test passes the other one, as far as that is
    /// known.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        self.name() == other.name()
            && match self.only_value() {
                Some(value) => other.accepts(value),
                None => self == other,
            }
    }
}

impl std::fmt::Display for Test {
    /// `name=value`, without quotes: a part of a readable id.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = match (self.matcher.is_regex(), self.matcher.is_equal()) {
            (false, true) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (true, false) => "!~",
        };
        write!(f, "{}{operator}{}", self.name(), self.matcher.value())
    }
}

/// A list of texts, each with matchers: `['{owner="team-A"}', 'env!="test"']`.
pub(crate) fn texts(
    at: &At<'_>,
    value: impl Fn(&At<'_>) -> Result<String, Error>,
) -> Result<Vec<Test>, Error> {
    let mut tests = Vec::new();
    for at in at.list()? {
        let matchers = Matchers::parse(&value(&at)?).map_err(|error| at.error(error))?;
        for matcher in &matchers {
            let (is_regex, is_equal) = (matcher.is_regex(), matcher.is_equal());
            let test = Test::new(matcher.name(), matcher.value(), is_regex, is_equal);
            tests.push(test.map_err(|message| at.error(message))?);
        }
        check_count(&at, tests.len())?;
    }
    Ok(tests)
}

/// An object of labels and their values: `match` and `match_re`.
pub(crate) fn values(
    at: &At<'_>,
    is_regex: bool,
    value: impl Fn(&At<'_>) -> Result<String, Error>,
) -> Result<Vec<Test>, Error> {
    let mut tests = Vec::new();
    let fields = at.fields()?;
    check_count(at, fields.iter().count())?;
    for (name, at) in fields.iter() {
        let test = Test::new(name, &value(&at)?, is_regex, true);
        tests.push(test.map_err(|message| at.error(message))?);
    }
    Ok(tests)
}

/// A matcher whose regular expression is one of the crate `regex`.
fn label_matcher(
    name: &str,
    value: &str,
    is_regex: bool,
    is_equal: bool,
) -> Result<LabelMatcher, String> {
    let form = json!({ "name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal });
    let matchers = Matchers::from_json(&form.to_string());
    let matchers = matchers.map_err(|error| error.message().to_owned())?;
    matchers.as_slice().first().cloned().ok_or_else(|| "no matcher".to_owned())
}

/// # Errors
///
/// If there are more than [`MAX_MATCHERS`] matchers of one route or silence.
pub(crate) fn check_count(at: &At<'_>, count: usize) -> Result<(), Error> {
    if count > MAX_MATCHERS {
        return Err(at.error(format_args!("{count} matchers are more than {MAX_MATCHERS}")));
    }
    Ok(())
}
