//! Clauses: the query language that selects the entities of a window, and windows in
//! a search.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind};
use crate::json::value::Value;
use crate::scope::{Matcher, Scope, Test};
use crate::vendors::budget::Budget;
use crate::vendors::ids::{check_part, vendor_id};
use crate::vendors::pattern::Pattern;

/// The maximum nesting depth of clauses.
pub const MAX_CLAUSE_DEPTH: usize = 32;
/// The maximum number of clauses and values of a query.
pub const MAX_CLAUSES: usize = 1000;
/// The maximum number of regular expressions of a query. Each may take 1 MiB of
/// memory.
pub const MAX_PATTERNS: usize = 20;

/// A valid clause of a query, with its subclauses.
///
/// ```
/// use quietude::vendors::virtana::Clause;
///
/// let clause = Clause::from_json(
///     r#"{ "filter": { "field": "coreProperties.name", "value": "db-7", "operation": 1 } }"#)?;
/// assert_eq!(clause.to_json(),
///     r#"{"filter":{"field":"coreProperties.name","operation":"OP_EQUALS","value":"db-7","options":[]}}"#);
///
/// let error = Clause::from_json(r#"{ "filter": { "field": "name", "value": "x", "operation": "OP_LIKE" } }"#);
/// assert_eq!(error.unwrap_err().path(), "filter.operation");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Clause(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// `value` is the value as it was written, for the response.
    Filter {
        field: String,
        operation: Operation,
        value: Value,
        /// `None` for a pattern that was dropped, see [`Clause::drop_patterns`].
        test: Option<Matcher>,
    },
    In {
        field: String,
        values: Vec<Value>,
        test: Matcher,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Equals,
    NotEquals,
    Contains,
    StartsWith,
    EndsWith,
    Regex,
}

const OPERATIONS: [(&str, Operation); 6] = [
    ("OP_EQUALS", Operation::Equals),
    ("OP_NOT_EQUALS", Operation::NotEquals),
    ("OP_CONTAINS", Operation::Contains),
    ("OP_STARTS_WITH", Operation::StartsWith),
    ("OP_ENDS_WITH", Operation::EndsWith),
    ("OP_REGEX", Operation::Regex),
];

/// The patterns of a search, compiled, by their text.
pub(super) type Patterns<'a> = HashMap<&'a str, Pattern>;

/// The test of a filter or an `in` clause.
pub(super) struct FieldTest<'a> {
    pub(super) field: &'a str,
    matcher: Option<&'a Matcher>,
}

impl FieldTest<'_> {
    /// Whether a value of the field passes. Counts the steps that this takes.
    pub(super) fn accepts(
        &self,
        value: &str,
        patterns: &Patterns<'_>,
        budget: &Budget,
    ) -> Result<bool, Error> {
        let Some(matcher) = self.matcher else { return Ok(false) };
        let bytes = value.len() as u64;
        let steps = match matcher.test() {
            Test::Matches(pattern) => {
                budget.spend(STEPS_OF_LOOKUP + pattern.as_str().len() as u64 / 4)?;
                return patterns[pattern.as_str()].is_match(value, budget);
            }
            // A comparison of texts of the same length.
            Test::OneOf(values) => values.len() as u64 * (1 + bytes / 32),
            _ => 1 + bytes / 8,
        };
        budget.spend(steps)?;
        Ok(matcher.accepts(value))
    }
}

/// The look-up of a pattern in [`Patterns`].
const STEPS_OF_LOOKUP: u64 = 10;

/// Answers whether one of the values of a field passes a test.
pub(super) type Passes<'a> = &'a mut dyn FnMut(&FieldTest<'_>) -> Result<bool, Error>;

impl Clause {
    /// Parses a clause.
    ///
    /// # Errors
    ///
    /// If it is not JSON, a field is missing, unknown or invalid, or a limit is
    /// exceeded: the error has the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The clause as the vendor's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.value().to_json()
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut budget = Allowance { clauses: MAX_CLAUSES, patterns: MAX_PATTERNS };
        Ok(Self(read_node(value, 1, &mut budget)?))
    }

    pub(super) fn value(&self) -> Value {
        self.0.value()
    }

    /// The scope of the entities of `tenant` that the clause matches. `None` if its
    /// patterns were dropped.
    pub(super) fn scope(&self, tenant: &str) -> Option<Scope> {
        let scope = self.0.scope(tenant)?;
        // A clause that is true without any attribute would match the entities of
        // other systems too.
        let is_true = self.0.holds(&mut |_| Ok(false)).expect("no value is tested");
        Some(if is_true { Scope::group(vendor_id(&["virtana", tenant])).and(scope) } else { scope })
    }

    /// The clause whose scope is `scope`, if there is one.
    pub(super) fn of_scope(scope: &Scope, tenant: &str) -> Option<Self> {
        let tenant_group = Scope::group(vendor_id(&["virtana", tenant]));
        let whole = Node::of_scope(scope, tenant);
        let inside = || match scope.node() {
            crate::scope::Node::All(scopes) if scopes.first() == Some(&tenant_group) => {
                let rest: Vec<Node> =
                    scopes[1..].iter().map(|s| Node::of_scope(s, tenant)).collect::<Option<_>>()?;
                match <[Node; 1]>::try_from(rest) {
                    Ok([one]) => Some(one),
                    Err(several) => Some(Node::And(several)),
                }
            }
            _ => None,
        };
        let clause = Self(whole.or_else(inside)?);
        (clause.scope(tenant).as_ref() == Some(scope)).then_some(clause)
    }

    /// Whether the clause holds, if `passes` answers its tests.
    pub(super) fn holds(&self, passes: Passes<'_>) -> Result<bool, Error> {
        self.0.holds(passes)
    }

    /// Compiles the patterns for a search.
    pub(super) fn compile_patterns(&self, budget: &Budget) -> Result<Patterns<'_>, Error> {
        let mut patterns = Patterns::new();
        for matcher in self.matchers() {
            if let Test::Matches(pattern) = matcher.test()
                && !patterns.contains_key(pattern.as_str())
            {
                let compiled = Pattern::compile_whole(pattern.as_str(), budget)?;
                patterns.insert(pattern.as_str(), compiled);
            }
        }
        Ok(patterns)
    }

    /// The memory of the compiled patterns, in bytes, counted as for
    /// [`MAX_DOCUMENT_PATTERN_BYTES`](crate::limits::MAX_DOCUMENT_PATTERN_BYTES).
    pub(super) fn pattern_bytes(&self) -> usize {
        self.matchers().iter().map(|matcher| matcher.pattern_bytes()).sum()
    }

    /// The tests of all filters that have one.
    fn matchers(&self) -> Vec<&Matcher> {
        let mut matchers = Vec::new();
        self.0.visit(&mut |node| {
            if let Node::Filter { test: Some(test), .. } = node {
                matchers.push(test);
            }
        });
        matchers
    }

    /// Drops the compiled patterns. Their text stays, but the clause has no scope then.
    pub(super) fn drop_patterns(&mut self) {
        self.0.drop_patterns();
    }

    /// The number of clauses and values, and the bytes of their texts.
    pub(super) fn size(&self) -> (usize, usize) {
        let (mut count, mut bytes) = (0, 0);
        let text = |value: &Value| if let Value::Text(text) = value { text.len() } else { 8 };
        self.0.visit(&mut |node| {
            count += 1;
            match node {
                Node::Filter { field, value, .. } => bytes += field.len() + text(value),
                Node::In { field, values, .. } => {
                    count += values.len();
                    bytes += field.len() + values.iter().map(text).sum::<usize>();
                }
                _ => {}
            }
        });
        (count, bytes)
    }

    /// The names of all fields that the clause tests.
    pub(super) fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        self.0.visit(&mut |node| {
            if let Node::Filter { field, .. } | Node::In { field, .. } = node {
                fields.push(field.as_str());
            }
        });
        fields
    }
}

impl Node {
    fn value(&self) -> Value {
        let several = |nodes: &[Self]| {
            let clauses = nodes.iter().map(Self::value).collect();
            Value::fields([("clauses", clauses)])
        };
        let (name, value) = match self {
            Self::And(nodes) => ("and", several(nodes)),
            Self::Or(nodes) => ("or", several(nodes)),
            Self::Not(node) => ("not", Value::fields([("clause", node.value())])),
            Self::Filter { field, operation, value, .. } => {
                let word = OPERATIONS.iter().find(|(_, known)| known == operation);
                let filter = Value::fields([
                    ("field", field.into()),
                    ("operation", word.map(|(word, _)| *word).into()),
                    ("value", value.clone()),
                    ("options", Value::List(Vec::new())),
                ]);
                ("filter", filter)
            }
            Self::In { field, values, .. } => {
                let within = Value::fields([
                    ("field", field.into()),
                    ("values", Value::List(values.clone())),
                    ("options", Value::List(Vec::new())),
                ]);
                ("in", within)
            }
        };
        Value::fields([(name, value)])
    }

    fn scope(&self, tenant: &str) -> Option<Scope> {
        let attribute = |test: &Matcher| {
            Scope::attribute(test.renamed(vendor_id(&["virtana", tenant, test.name()])))
        };
        let each = |nodes: &[Self]| -> Option<Vec<Scope>> {
            nodes.iter().map(|node| node.scope(tenant)).collect()
        };
        Some(match self {
            Self::And(nodes) => Scope::all(each(nodes)?),
            Self::Or(nodes) => Scope::any(each(nodes)?),
            Self::Not(node) => !node.scope(tenant)?,
            Self::Filter { operation: Operation::NotEquals, test, .. } => {
                !attribute(test.as_ref()?)
            }
            Self::Filter { test, .. } => attribute(test.as_ref()?),
            Self::In { test, .. } => attribute(test),
        })
    }

    fn of_scope(scope: &Scope, tenant: &str) -> Option<Self> {
        use crate::scope::Node as S;
        let each = |scopes: &[Scope]| {
            scopes.iter().map(|s| Self::of_scope(s, tenant)).collect::<Option<Vec<_>>>()
        };
        match scope.node() {
            S::All(scopes) => Some(Self::And(each(scopes)?)),
            S::Any(scopes) => Some(Self::Or(each(scopes)?)),
            S::Not(scope) => Some(Self::Not(Box::new(Self::of_scope(scope, tenant)?))),
            S::Attribute(test) => {
                let parts = crate::vendors::ids::vendor_parts(test.name());
                let field = match parts.as_slice() {
                    [vendor, owner, field] if vendor == "virtana" && owner == tenant => {
                        field.clone()
                    }
                    _ => return None,
                };
                let (operation, value) = match test.test() {
                    Test::Equals(value) => (Operation::Equals, &**value),
                    Test::Contains(value) => (Operation::Contains, &**value),
                    Test::StartsWith(value) => (Operation::StartsWith, &**value),
                    Test::EndsWith(value) => (Operation::EndsWith, &**value),
                    Test::Matches(pattern) => (Operation::Regex, pattern.as_str()),
                    Test::OneOf(values) => {
                        let values = values.iter().map(|value| Value::from(&**value)).collect();
                        let test = test.renamed(field.clone());
                        return Some(Self::In { field, values, test });
                    }
                    Test::Present => return None,
                };
                let test = test.renamed(field.clone());
                let (value, test) = (value.into(), Some(test));
                Some(Self::Filter { field, operation, value, test })
            }
            _ => None,
        }
    }

    fn holds(&self, passes: Passes<'_>) -> Result<bool, Error> {
        let test = match self {
            Self::And(nodes) => {
                for node in nodes {
                    if !node.holds(passes)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            Self::Or(nodes) => {
                for node in nodes {
                    if node.holds(passes)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            Self::Not(node) => return Ok(!node.holds(passes)?),
            Self::Filter { field, test, .. } => FieldTest { field, matcher: test.as_ref() },
            Self::In { field, test, .. } => FieldTest { field, matcher: Some(test) },
        };
        let is_negated = matches!(self, Self::Filter { operation: Operation::NotEquals, .. });
        Ok(passes(&test)? != is_negated)
    }

    /// Calls `f` with this node and all below it.
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.visit(f)),
            Self::Not(node) => node.visit(f),
            Self::Filter { .. } | Self::In { .. } => {}
        }
    }

    fn drop_patterns(&mut self) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter_mut().for_each(Self::drop_patterns),
            Self::Not(node) => node.drop_patterns(),
            Self::Filter { operation: Operation::Regex, test, .. } => *test = None,
            Self::Filter { .. } | Self::In { .. } => {}
        }
    }
}

/// The remaining clauses and patterns of a query.
struct Allowance {
    clauses: usize,
    patterns: usize,
}

impl Allowance {
    fn spend(&mut self, clauses: usize) -> Result<(), Error> {
        self.clauses = self.clauses.checked_sub(clauses).ok_or_else(|| {
            let message = format!("more than {MAX_CLAUSES} clauses and values");
            Error::new(ErrorKind::Limit, message)
        })?;
        Ok(())
    }

    fn spend_pattern(&mut self) -> Result<(), Error> {
        self.patterns = self.patterns.checked_sub(1).ok_or_else(|| {
            Error::new(ErrorKind::Limit, format!("more than {MAX_PATTERNS} patterns"))
        })?;
        Ok(())
    }
}

fn read_node(value: Value, depth: usize, budget: &mut Allowance) -> Result<Node, Error> {
    const WORDS: &str = "and, or, not, filter, in";
    if depth > MAX_CLAUSE_DEPTH {
        let message = format!("clauses nest more than {MAX_CLAUSE_DEPTH} levels deep");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    budget.spend(1)?;
    let Some((name, value)) = value.object()?.only() else {
        return Err(Error::syntax(format!("is not an object with exactly one of {WORDS}")));
    };
    let node = match name.as_str() {
        "and" => read_clauses(value, depth, budget).map(Node::And),
        "or" => read_clauses(value, depth, budget).map(Node::Or),
        "not" => value.object().and_then(|mut fields| {
            let inner = fields.required("clause", |value| read_node(value, depth + 1, budget))?;
            fields.finish()?;
            Ok(Node::Not(Box::new(inner)))
        }),
        "filter" => read_filter(value, budget),
        "in" => read_in(value, budget),
        _ => Err(Error::invalid(format_args!("is not a clause; there are {WORDS}"))),
    };
    node.map_err(|error| error.in_given_field(&name))
}

fn read_clauses(value: Value, depth: usize, budget: &mut Allowance) -> Result<Vec<Node>, Error> {
    let mut fields = value.object()?;
    let nodes = fields.required("clauses", |value| {
        let nodes = value.list(|value| read_node(value, depth + 1, budget))?;
        if nodes.is_empty() {
            return Err(Error::invalid("[] is empty: at least one is needed"));
        }
        Ok(nodes)
    })?;
    fields.finish()?;
    Ok(nodes)
}

fn read_filter(value: Value, budget: &mut Allowance) -> Result<Node, Error> {
    let mut fields = value.object()?;
    let field = fields.required("field", crate::vendors::fields::vendor_id_field)?;
    let operation = fields.required("operation", |value| match value {
        Value::Integer(1) => Ok(Operation::Equals),
        Value::Integer(number) => Err(Error::invalid(format_args!(
            "{number} is not an operation by number but 1 (OP_EQUALS); use its name"
        ))),
        word => word.word(&OPERATIONS),
    })?;
    let value = fields.required("value", scalar)?;
    check_no_options(&mut fields)?;
    fields.finish()?;
    let text = text_of(&value);
    let test = match operation {
        Operation::Equals | Operation::NotEquals => Matcher::equals(&field, text),
        Operation::Contains => Matcher::contains(&field, text),
        Operation::StartsWith => Matcher::starts_with(&field, text),
        Operation::EndsWith => Matcher::ends_with(&field, text),
        Operation::Regex => {
            let pattern = budget.spend_pattern().and_then(|()| Matcher::matches(&field, text));
            pattern.map_err(|error| error.in_field("value"))?
        }
    };
    Ok(Node::Filter { field, operation, value, test: Some(test) })
}

fn read_in(value: Value, budget: &mut Allowance) -> Result<Node, Error> {
    let mut fields = value.object()?;
    let field = fields.required("field", crate::vendors::fields::vendor_id_field)?;
    let values = fields.required("values", |value| {
        let values = value.list(scalar)?;
        if values.is_empty() {
            return Err(Error::invalid("[] is empty: at least one is needed"));
        }
        budget.spend(values.len())?;
        Ok(values)
    })?;
    check_no_options(&mut fields)?;
    fields.finish()?;
    let test = Matcher::one_of(&field, values.iter().map(text_of));
    Ok(Node::In { field, values, test })
}

/// Returns an error if there are `options`, which the vendor does not document.
fn check_no_options(fields: &mut crate::json::value::Fields) -> Result<(), Error> {
    let options = fields.optional("options", |value| value.list(Ok))?;
    if options.is_none_or(|options| options.is_empty()) {
        return Ok(());
    }
    let message = "are not documented, so they are not supported";
    Err(Error::new(ErrorKind::Unsupported, message).in_field("options"))
}

fn scalar(value: Value) -> Result<Value, Error> {
    match value {
        Value::Text(_) | Value::Integer(_) | Value::Bool(_) => Ok(value),
        other => Err(other.is_not("a text, an integer, true or false")),
    }
}

/// A value as text. Attributes are compared as text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Checks that `tenant` is a valid id.
pub(super) fn check_tenant(tenant: &str) -> Result<(), Error> {
    check_part(tenant).map_err(|error| error.in_field("tenant"))
}
