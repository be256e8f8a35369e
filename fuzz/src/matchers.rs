//! Alertmanager's matchers are parsed or rejected; parsed ones round-trip, and their scope
//! answers as the matchers do one by one.

use quietude::alertmanager::{LabelMatcher, Matchers, Syntax};
use quietude::{Matcher, Once, Propagation, Subject, Timestamp, Topology, Window};

use crate::choices::Choices;

/// Parts of texts, valid and not.
const PARTS: [&str; 30] = [
    "foo",
    "bar",
    "équipe",
    "a:b",
    "_1",
    "=",
    "!=",
    "=~",
    "!~",
    "\"x\"",
    "\"\"",
    "\"a,b\"",
    ",",
    ", ",
    "{",
    "}",
    " ",
    "\\",
    "\\n",
    "\"\\xf0\\x9f\\x99\\x82\"",
    "\"\\\"\"",
    "'",
    "`",
    ".*",
    "\".+|\"",
    "[a-z]+",
    "(",
    "\u{202f}",
    "\"foo bar\"",
    "\n",
];

/// The bytes as a text if the first one is printable ASCII, and otherwise choices of the
/// parts of a text.
pub fn matchers(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    if data.first().is_some_and(u8::is_ascii_graphic) {
        return check(&String::from_utf8_lossy(data), s);
    }
    let text = if s.once_in(3) {
        (0..s.below(12)).map(|_| s.pick(&PARTS)).collect()
    } else {
        let matchers: Vec<String> = s.few(4, |s| {
            let name = s.pick(&["foo", "bar", "\"foo bar\"", "équipe", "\"\\x41\""]);
            let operator = s.pick(&["=", "!=", "=~", "!~", " = "]);
            let value =
                s.pick(&["x", "\"\"", "\"x\\n\"", ".*", "\"x|\"", "\"[a-z]+\"", "\"\\\\d\""]);
            format!("{name}{operator}{value}")
        });
        let list = matchers.join(s.pick(&[",", ", ", " ,"]));
        if s.once_in(2) { format!("{{{list}}}") } else { list }
    };
    check(&text, s)
}

fn check(text: &str, s: &mut Choices<'_>) -> bool {
    let parse = |syntax| {
        let parsed = Matchers::parse_with(text, syntax);
        if let Err(error) = &parsed {
            let shown = error.to_string();
            assert!(!shown.is_empty() && !shown.contains('\n'), "{shown:?}");
        }
        parsed.ok()
    };
    let [fallback, utf8, classic] = [Syntax::Fallback, Syntax::Utf8, Syntax::Classic].map(parse);
    assert_eq!(fallback, classic.clone().or_else(|| utf8.clone()), "{text:?}");
    assert_eq!(fallback, Matchers::parse(text).ok());
    for parsed in [&utf8, &classic].into_iter().flatten() {
        let again = Matchers::parse_with(&parsed.to_string(), Syntax::Utf8);
        assert_eq!(again.as_ref(), Ok(parsed), "{text:?}");
        answers(parsed, s);
    }
    if let Ok(read) = Matchers::from_json(text) {
        answers(&read, s);
    }
    fallback.is_some()
}

/// Checks the scope on labels that are missing, empty, or have other values.
fn answers(matchers: &Matchers, s: &mut Choices<'_>) {
    if matchers.is_empty() {
        return;
    }
    let start = Timestamp::from_millis(0).expect("a timestamp");
    let end = Timestamp::from_millis(1).expect("a timestamp");
    let window = Window::builder("w")
        .schedule(Once::new(start, end).expect("an interval"))
        .scope(matchers.scope())
        .propagation(Propagation::Entity)
        .build()
        .expect("the scope of matchers is valid");
    let topology = Topology::default();
    for _ in 0..4 {
        let mut labels: Vec<(&str, &str)> = Vec::new();
        for matcher in matchers {
            let is_new = labels.iter().all(|(name, _)| *name != matcher.name());
            match s.below(4) {
                0 if is_new => labels.push((matcher.name(), "")),
                1 if is_new => labels.push((matcher.name(), "x")),
                2 if is_new => labels.push((matcher.name(), matcher.value())),
                _ => {}
            }
        }
        let expected = matchers.into_iter().all(|matcher| matches(matcher, &labels));
        let subject = Subject::labels(&labels);
        assert_eq!(window.covers(&subject, &topology), expected, "{matchers} {labels:?}");
    }
}

/// Alertmanager's rule: the value of a missing label is the empty string.
fn matches(matcher: &LabelMatcher, labels: &[(&str, &str)]) -> bool {
    let value = labels.iter().find(|(name, _)| *name == matcher.name());
    let value = value.map_or("", |(_, value)| value);
    let passes = if matcher.is_regex() {
        let test = Matcher::matches("n", matcher.value()).expect("it was compiled before");
        test.accepts(value)
    } else {
        value == matcher.value()
    };
    passes == matcher.is_equal()
}
