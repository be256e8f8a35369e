//! The scope of a window as lists of Alertmanager's matchers.
//!
//! A list of matchers is a conjunction of tests of single labels. In Alertmanager a label has
//! one value, and an empty one is a missing label. For such alerts:
//!
//! - A test that the empty value does not pass is one matcher. One that it passes needs
//!   `name!=""` beside it, since a missing label passes no test here.
//! - `not` of a test that the empty value does not pass is one matcher; `not` of another one
//!   is none, unless `name` must be present in any case.
//! - `any` of tests of one label is an alternation.
//! - Tests of entities and groups are tests of the entity label: an alternation of all
//!   entities of the topology that pass, or that do not.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use quietude::{Matcher, Propagation, Subject, Topology, Window};
use serde_json::{Value, json};

use super::go_regex;

/// How long an alternation may become, in bytes; what is longer is split into several
/// matchers or lists.
const MAX_PATTERN: usize = quietude::limits::MAX_PATTERN_BYTES;

/// The name of an attribute that no topology has.
const ANCHOR: &str = "the alert of an export";

/// How many tests of entities an export does for all windows together.
const MAX_STEPS: usize = 20_000_000;

/// Lists of matchers as JSON. A label that passes all matchers of one list is covered.
pub(crate) type Selectors = Vec<Vec<Value>>;

/// The topology of a document, for all its windows.
pub(crate) struct Known<'a> {
    topology: &'a Topology,
    /// The names of the attributes of its entities.
    attributes: BTreeSet<&'a str>,
    /// The tests of entities so far.
    steps: Cell<usize>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(topology: &'a Topology) -> Self {
        let attributes = topology
            .entities()
            .flat_map(|entity| topology.attributes_of(entity))
            .map(|(name, _)| name);
        Self { topology, attributes: attributes.collect(), steps: Cell::new(0) }
    }

    /// The selectors of the scope of a window.
    ///
    /// # Errors
    ///
    /// If no matchers say the same: which part, and why.
    pub(crate) fn selectors(&self, window: &Window) -> Result<Selectors, String> {
        let form = serde_json::to_value(window).map_err(|error| error.to_string())?;
        let mut conjunction = Conjunction::default();
        conjunction.add(&form["scope"])?;
        let Conjunction { labels, entities } = conjunction;
        if let Some(name) = labels.keys().find(|name| self.attributes.contains(&***name)) {
            return Err(format!(
                "the attribute {name:?} is one of the topology, which Alertmanager does not have"
            ));
        }
        let is_anchored = labels.values().any(|tests| tests.iter().any(LabelTest::needs_presence));
        let mut matchers = Vec::new();
        for (name, tests) in &labels {
            label(name, tests, &mut matchers)?;
        }
        let mut selectors = vec![matchers];
        if !entities.is_empty() {
            let select = |is_anchored, matchers: &[Value]| {
                self.entities(&entities, window.propagation(), is_anchored, matchers)
            };
            let is_mixed = |test: &LabelTest| matches!(test, LabelTest::PassesOrMissing { .. });
            if !is_anchored
                && labels.values().flatten().any(is_mixed)
                && select(true, &[])? != select(false, &[])?
            {
                return Err(
                    "a label decides whether entities above that of the alert count".to_owned()
                );
            }
            selectors = select(is_anchored, &selectors[0])?;
        }
        // Alertmanager wants a matcher that a missing label does not pass.
        let anchored =
            |list: &Vec<Value>| list.iter().any(|matcher| matcher["wants"] == json!(true));
        if !selectors.iter().all(anchored) {
            return Err(
                "Alertmanager needs a matcher that alerts without the label do not pass".to_owned()
            );
        }
        for matcher in selectors.iter_mut().flatten() {
            if let Some(object) = matcher.as_object_mut() {
                object.remove("wants");
            }
        }
        Ok(selectors)
    }

    /// Adds tests of the entity label to a list of matchers.
    fn entities(
        &self,
        scopes: &[Value],
        propagation: Propagation,
        is_anchored: bool,
        matchers: &[Value],
    ) -> Result<Selectors, String> {
        let label = self.topology.entity_label().ok_or(
            "tests of entities and groups need `topology.entity_label`, the label that holds the entity",
        )?;
        let window = topology_window(scopes, propagation, is_anchored)?;
        let mut candidates: BTreeSet<&str> = self.topology.entities().collect();
        scopes.iter().for_each(|scope| named_entities(scope, &mut candidates));
        let steps = self.steps.get() + candidates.len();
        if steps > MAX_STEPS {
            return Err(format!(
                "the scopes of the document take more than {MAX_STEPS} tests of entities"
            ));
        }
        self.steps.set(steps);
        let anchor = [(ANCHOR, "")];
        let covers = |entity: &str| {
            window.covers(&Subject::entity(entity).with_attributes(&anchor), self.topology)
        };
        let (covered, others): (Vec<&str>, Vec<&str>) =
            candidates.iter().partition(|entity| covers(entity));
        // An id that nothing names, and an alert without the label.
        let mut unknown = "unknown".to_owned();
        while candidates.contains(&*unknown) {
            unknown.push('_');
        }
        let none = window.covers(&Subject::labels(&anchor), self.topology);
        match (covers(&unknown), none) {
            (false, false) if covered.is_empty() => Err("no entity of the topology is in the scope".to_owned()),
            (false, false) => {
                let lists = alternations(&covered).map(|pattern| {
                    let mut list = matchers.to_vec();
                    list.push(matcher(label, &pattern.0, pattern.1, true, true));
                    list
                });
                Ok(lists.collect())
            }
            (true, true) => {
                let mut list = matchers.to_vec();
                list.extend(alternations(&others).map(|pattern| matcher(label, &pattern.0, pattern.1, false, false)));
                Ok(vec![list])
            }
            _ => Err("alerts without the entity label are covered otherwise than those of unknown entities".to_owned()),
        }
    }
}

/// A window with the scope of entities and groups alone. If it is anchored, an attribute of
/// the alert has to pass a test, too, so that tests look at the entity of the alert and not
/// at those above it.
fn topology_window(
    scopes: &[Value],
    propagation: Propagation,
    is_anchored: bool,
) -> Result<Window, String> {
    let anchor = json!({ "attribute": { "name": ANCHOR, "present": true } });
    let scopes: Vec<&Value> = scopes.iter().chain(is_anchored.then_some(&anchor)).collect();
    let text = json!({ "id": "w", "scope": { "all": scopes },
        "schedule": { "kind": "daily", "clock": "00:00-24:00", "timezone": "UTC" } });
    let window: Window = serde_json::from_value(text).map_err(|error| error.to_string())?;
    let window = window.to_builder().propagation(propagation).build();
    window.map_err(|error| error.to_string())
}

/// Adds the entities that a scope names.
fn named_entities<'a>(scope: &'a Value, names: &mut BTreeSet<&'a str>) {
    match scope {
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "entity" => names.extend(value.as_str()),
                    "entities" => names
                        .extend(value.as_array().into_iter().flatten().filter_map(Value::as_str)),
                    _ => named_entities(value, names),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|scope| named_entities(scope, names)),
        _ => {}
    }
}

/// Alternations of values, each short enough; a single value is no regular expression.
fn alternations(values: &[&str]) -> impl Iterator<Item = (String, bool)> {
    let mut patterns: Vec<(String, bool)> = Vec::new();
    for value in values {
        let escaped = escaped(value);
        match patterns.last_mut() {
            Some((pattern, _)) if pattern.len() + 1 + escaped.len() <= MAX_PATTERN => {
                pattern.push('|');
                pattern.push_str(&escaped);
            }
            _ => patterns.push((escaped, true)),
        }
    }
    if let [only] = values {
        patterns = vec![((*only).to_owned(), false)];
    }
    patterns.into_iter()
}

/// The pattern of a text, in the syntax that Go and `regex` have in common.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A matcher of the API. `wants`, which is removed in the end, says that a missing label
/// does not pass.
fn matcher(name: &str, value: &str, is_regex: bool, is_equal: bool, wants: bool) -> Value {
    json!({ "name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal, "wants": wants })
}

/// Tests that all must pass: by label, and of entities and groups.
#[derive(Default)]
struct Conjunction {
    labels: BTreeMap<String, Vec<LabelTest>>,
    entities: Vec<Value>,
}

/// A test of one label, as a pattern, if it is not just presence.
enum LabelTest {
    Present,
    Missing,
    /// The pattern, or the text if it is a single value; whether the empty value passes.
    Passes {
        value: String,
        is_regex: bool,
        accepts_empty: bool,
    },
    /// `not` of that.
    Fails {
        value: String,
        is_regex: bool,
        accepts_empty: bool,
    },
    /// Passes, or the label is missing.
    PassesOrMissing {
        value: String,
        is_regex: bool,
        accepts_empty: bool,
    },
}

impl LabelTest {
    /// Whether an alert without the label does not pass.
    fn needs_presence(&self) -> bool {
        matches!(self, Self::Present | Self::Passes { .. })
    }
}

impl Conjunction {
    fn add(&mut self, scope: &Value) -> Result<(), String> {
        if scope == "everything" {
            return Ok(());
        }
        let Some((key, value)) = scope.as_object().and_then(|fields| fields.iter().next()) else {
            return Err("a scope without a form".to_owned());
        };
        match (key.as_str(), value) {
            ("all", Value::Array(parts)) => parts.iter().try_for_each(|part| self.add(part)),
            ("attribute", _) => {
                let (name, test) = positive(value)?;
                self.label(name, test);
                Ok(())
            }
            ("any", Value::Array(parts)) if parts.iter().all(is_about_label) => {
                let (name, test) = any(parts)?;
                self.label(name, test);
                Ok(())
            }
            ("not", inner) if is_about_label(inner) && inner.get("attribute").is_some() => {
                let (name, test) = positive(&inner["attribute"])?;
                let test = match test {
                    LabelTest::Passes { value, is_regex, accepts_empty } => {
                        LabelTest::Fails { value, is_regex, accepts_empty }
                    }
                    _ => LabelTest::Missing,
                };
                self.label(name, test);
                Ok(())
            }
            _ if !has_attribute(scope) => {
                if has_key(scope, "alert_type") {
                    return Err("Alertmanager has no alert types".to_owned());
                }
                self.entities.push(scope.clone());
                Ok(())
            }
            _ => Err(format!("matchers do not say `{key}` of several labels or of nested tests")),
        }
    }

    fn label(&mut self, name: String, test: LabelTest) {
        self.labels.entry(name).or_default().push(test);
    }
}

fn is_about_label(scope: &Value) -> bool {
    let inner = scope.get("not").unwrap_or(scope);
    inner.get("attribute").is_some()
}

fn has_attribute(scope: &Value) -> bool {
    has_key(scope, "attribute")
}

/// Whether an object in the scope has the key.
fn has_key(scope: &Value, wanted: &str) -> bool {
    match scope {
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key == wanted || has_key(value, wanted))
        }
        Value::Array(list) => list.iter().any(|scope| has_key(scope, wanted)),
        _ => false,
    }
}

/// The name of the label and the test of an attribute.
fn positive(test: &Value) -> Result<(String, LabelTest), String> {
    let name = test["name"].as_str().unwrap_or_default().to_owned();
    let text = |field: &str| test[field].as_str();
    let (value, is_regex) = if let Some(value) = text("equals") {
        (value.to_owned(), false)
    } else if let Some(values) = test["one_of"].as_array() {
        let values: Vec<String> = values.iter().filter_map(Value::as_str).map(escaped).collect();
        (values.join("|"), true)
    } else if let Some(part) = text("contains") {
        (format!("(?s:.*){}(?s:.*)", escaped(part)), true)
    } else if let Some(part) = text("starts_with") {
        (format!("{}(?s:.*)", escaped(part)), true)
    } else if let Some(part) = text("ends_with") {
        (format!("(?s:.*){}", escaped(part)), true)
    } else if let Some(pattern) = text("matches") {
        match go_regex::translate(pattern) {
            Ok(same) if same == pattern => {}
            _ => {
                return Err(format!(
                    "the regular expression {pattern:?} means something else in Alertmanager"
                ));
            }
        }
        (pattern.to_owned(), true)
    } else {
        return Ok((name, LabelTest::Present));
    };
    let accepts_empty = match is_regex {
        true => Matcher::matches(&*name, &*value)
            .map_err(|error| error.message().to_owned())?
            .accepts(""),
        false => value.is_empty(),
    };
    Ok((name, LabelTest::Passes { value, is_regex, accepts_empty }))
}

/// The test of `any` of tests of one label.
fn any(parts: &[Value]) -> Result<(String, LabelTest), String> {
    let mut label: Option<String> = None;
    let (mut patterns, mut empty, mut missing) = (Vec::new(), false, false);
    for part in parts {
        let (test, is_negated) = match part.get("not") {
            Some(inner) => (&inner["attribute"], true),
            None => (&part["attribute"], false),
        };
        let (name, test) = positive(test)?;
        if label.get_or_insert_with(|| name.clone()) != &name {
            return Err("matchers do not say `any` of several labels".to_owned());
        }
        match (test, is_negated) {
            (LabelTest::Passes { value, is_regex, accepts_empty }, false) => {
                patterns.push(if is_regex { format!("(?:{value})") } else { escaped(&value) });
                empty |= accepts_empty;
            }
            (LabelTest::Present, true) => missing = true,
            (LabelTest::Present, false) => {
                patterns.push("(?s:.+)".to_owned());
            }
            _ => return Err("matchers do not say `any` with `not`".to_owned()),
        }
    }
    let name = label.ok_or("an empty `any`")?;
    // `name=""`, as an import has it.
    if missing && patterns.iter().all(String::is_empty) {
        return Ok((name, LabelTest::Missing));
    }
    let (value, is_regex, accepts_empty) = (patterns.join("|"), true, empty);
    let test = match missing {
        true => LabelTest::PassesOrMissing { value, is_regex, accepts_empty },
        false => LabelTest::Passes { value, is_regex, accepts_empty },
    };
    Ok((name, test))
}

/// Adds the matchers of the tests of one label.
fn label(name: &str, tests: &[LabelTest], matchers: &mut Vec<Value>) -> Result<(), String> {
    let is_present = tests.iter().any(LabelTest::needs_presence);
    let mut says_present = false;
    let begin = matchers.len();
    for test in tests {
        match test {
            LabelTest::Present => {}
            LabelTest::Missing => matchers.push(matcher(name, "", false, true, false)),
            LabelTest::Passes { value, is_regex, accepts_empty } => {
                if !is_regex && *accepts_empty {
                    return Err(format!("the label {name} is never empty in Alertmanager"));
                }
                says_present |= !accepts_empty;
                matchers.push(matcher(name, value, *is_regex, true, !accepts_empty));
            }
            LabelTest::Fails { value, is_regex, accepts_empty } => {
                if *accepts_empty && !is_present {
                    return Err(format!(
                        "matchers do not say that {name} is missing or has another value"
                    ));
                }
                if !is_regex && *accepts_empty {
                    continue; // It is present, so it is not empty.
                }
                says_present |= accepts_empty;
                matchers.push(matcher(name, value, *is_regex, false, *accepts_empty));
            }
            LabelTest::PassesOrMissing { value, is_regex, accepts_empty } => {
                let value = if *accepts_empty { value.clone() } else { format!("(?:{value})|") };
                matchers.push(matcher(name, &value, *is_regex, true, false));
            }
        }
    }
    if is_present && !says_present {
        matchers.insert(begin, matcher(name, "", false, false, true));
    }
    let too_long =
        |matcher: &&Value| matcher["value"].as_str().is_some_and(|value| value.len() > MAX_PATTERN);
    match matchers[begin..].iter().find(too_long) {
        Some(_) => Err(format!("the pattern of {name} would be longer than {MAX_PATTERN} bytes")),
        None => Ok(()),
    }
}
