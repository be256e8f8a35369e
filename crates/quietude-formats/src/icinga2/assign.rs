//! `assign where` as a scope.
//!
//! The entity of a host is its name, the entity of a service is `host!service`. The
//! attributes of an entity are those of Icinga's API: `type` (`Host` or `Service`), `vars.os`,
//! `host_name` of a service; and of the host of a service `host.vars.os` and so on.

use quietude::{Matcher, Scope};

use crate::icinga2::parse::Expression;

/// A scope, and whether it holds for entities of the type only.
struct Test {
    scope: Scope,
    names_entities: bool,
}

/// What an `apply` applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Host,
    Service,
}

impl Target {
    fn type_name(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::Service => "Service",
        }
    }
}

/// The scope of the rules, or why they cannot be expressed.
pub(super) fn scope(
    target: Target,
    assign: &[Expression],
    ignore: &[Expression],
) -> Result<Scope, String> {
    let mut tests = Vec::new();
    for expression in assign {
        tests.push(test(target, expression)?);
    }
    let mut test = either(tests).ok_or("it has no `assign where`")?;
    for expression in ignore {
        let ignored = self::test(target, expression)?;
        test.scope = test.scope.and(!ignored.scope);
    }
    if test.names_entities {
        return Ok(test.scope);
    }
    Ok(Scope::from(Matcher::equals("type", target.type_name())).and(test.scope))
}

fn either(mut tests: Vec<Test>) -> Option<Test> {
    if tests.len() < 2 {
        return tests.pop();
    }
    let names_entities = tests.iter().all(|test| test.names_entities);
    let scope = Scope::any(tests.into_iter().map(|test| test.scope));
    Some(Test { scope, names_entities })
}

fn attribute(matcher: Matcher) -> Test {
    Test { scope: matcher.into(), names_entities: false }
}

fn test(target: Target, expression: &Expression) -> Result<Test, String> {
    let unknown = || Err(format!("`{expression}` is not evaluated"));
    match expression {
        Expression::Bool(true) => Ok(Test { scope: Scope::everything(), names_entities: false }),
        Expression::Bool(false) => Ok(Test { scope: !Scope::everything(), names_entities: false }),
        Expression::Not(inner) => {
            let inner = test(target, inner)?;
            Ok(Test { scope: !inner.scope, names_entities: false })
        }
        Expression::Binary("&&", left, right) => {
            let (left, right) = (test(target, left)?, test(target, right)?);
            let names_entities = left.names_entities || right.names_entities;
            Ok(Test { scope: left.scope.and(right.scope), names_entities })
        }
        Expression::Binary("||", left, right) => {
            let (left, right) = (test(target, left)?, test(target, right)?);
            let names_entities = left.names_entities && right.names_entities;
            Ok(Test { scope: left.scope.or(right.scope), names_entities })
        }
        Expression::Binary("==", left, right) => equals(target, left, right),
        Expression::Binary("!=", left, right) => {
            let equal = equals(target, left, right)?;
            Ok(Test { scope: !equal.scope, names_entities: false })
        }
        Expression::Binary("in", left, right) => contained(target, left, right),
        Expression::Binary("!in", left, right) => {
            let inside = contained(target, left, right)?;
            Ok(Test { scope: !inside.scope, names_entities: false })
        }
        Expression::Call(name, arguments) if *name == ["match"] => match &arguments[..] {
            [Expression::Text(pattern), Expression::Path(path)] => glob(target, pattern, path),
            _ => unknown(),
        },
        _ => unknown(),
    }
}

/// What a path stands for.
enum Subject {
    /// The name of a host.
    Entity,
    /// The names of groups.
    Groups,
    Attribute(String),
}

fn subject(target: Target, path: &[String]) -> Result<Subject, String> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let unknown = || format!("`{}` is not an attribute of a host or service", path.join("."));
    let name = match (target, &path[..]) {
        (Target::Host, ["host", "name"]) => return Ok(Subject::Entity),
        (Target::Host, ["host", "groups"]) | (Target::Service, ["service", "groups"]) => {
            return Ok(Subject::Groups);
        }
        (Target::Service, ["host", "name"]) => "host_name".to_owned(),
        (Target::Host, ["host", rest @ ..]) | (Target::Service, ["service", rest @ ..])
            if !rest.is_empty() =>
        {
            rest.join(".")
        }
        (Target::Service, ["host", rest @ ..]) if !rest.is_empty() => path.join("."),
        _ => return Err(unknown()),
    };
    Ok(Subject::Attribute(name))
}

/// A value as the text of an attribute.
fn value(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Text(text) => Some(text.clone()),
        Expression::Bool(value) => Some(value.to_string()),
        Expression::Number(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
            Some(text.clone())
        }
        Expression::Null => Some(String::new()),
        _ => None,
    }
}

fn equals(target: Target, left: &Expression, right: &Expression) -> Result<Test, String> {
    let (path, other) = match (left, right) {
        (Expression::Path(path), other) | (other, Expression::Path(path)) => (path, other),
        _ => return Err(format!("`{left} == {right}` does not compare an attribute")),
    };
    let Some(value) = value(other) else {
        return Err(format!("`{left} == {right}` does not compare with a value"));
    };
    match subject(target, path)? {
        Subject::Entity => Ok(Test { scope: Scope::entity(value), names_entities: true }),
        Subject::Groups => Err(format!("`{left} == {right}` compares a list")),
        // An attribute that is missing is the same as an empty text.
        Subject::Attribute(name) if value.is_empty() => {
            let missing = !Scope::from(Matcher::present(&name));
            let scope = Scope::from(Matcher::equals(name, "")).or(missing);
            Ok(Test { scope, names_entities: false })
        }
        Subject::Attribute(name) => Ok(attribute(Matcher::equals(name, value))),
    }
}

/// `"linux" in host.groups`, `host.name in ["a", "b"]`.
fn contained(target: Target, left: &Expression, right: &Expression) -> Result<Test, String> {
    match (left, right) {
        (Expression::Text(value), Expression::Path(path)) => match subject(target, path)? {
            Subject::Groups => {
                Ok(Test { scope: Scope::group(value.as_str()), names_entities: false })
            }
            Subject::Attribute(name) => Ok(attribute(Matcher::equals(name, value))),
            Subject::Entity => Err(format!("`{left} in {right}`: a name is not a list")),
        },
        (Expression::Path(path), Expression::Array(values)) => {
            let values: Option<Vec<_>> = values.iter().map(value).collect();
            let values = values.filter(|values| values.iter().all(|value| !value.is_empty()));
            let Some(values) = values.filter(|values| !values.is_empty()) else {
                return Err(format!("`{left} in {right}` is not a list of values"));
            };
            match subject(target, path)? {
                Subject::Entity => {
                    Ok(Test { scope: Scope::entities(values), names_entities: true })
                }
                Subject::Attribute(name) => Ok(attribute(Matcher::one_of(name, values))),
                Subject::Groups => Err(format!("`{left} in {right}`: is a list in a list")),
            }
        }
        _ => Err(format!("`{left} in {right}` is not evaluated")),
    }
}

/// `match("web*", host.name)`: `*` is any text, `?` one character, without regard to case.
fn glob(target: Target, pattern: &str, path: &[String]) -> Result<Test, String> {
    let name = match subject(target, path)? {
        Subject::Attribute(name) => name,
        // The name of a host is its attribute, too.
        Subject::Entity => "name".to_owned(),
        Subject::Groups => return Err(format!("`match({pattern:?}, ..)` of a list")),
    };
    let mut regex = String::from("(?is)");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            // The next character stands for itself.
            '\\' => push_literal(&mut regex, chars.next().unwrap_or('\\')),
            c => push_literal(&mut regex, c),
        }
    }
    let matcher = Matcher::matches(name, regex).map_err(|error| error.to_string())?;
    Ok(attribute(matcher))
}

/// Adds a character that stands for itself.
fn push_literal(regex: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        regex.push('\\');
    }
    regex.push(c);
}
