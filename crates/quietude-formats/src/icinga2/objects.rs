//! The attributes of an object, with what it imports.

use std::cell::Cell;
use std::collections::HashMap;

use crate::collect::shown;
use crate::error::Error;
use crate::icinga2::lex::Lexer;
use crate::icinga2::parse::{Action, Expression, Object, Statement};
use crate::limits::{MAX_ENTRIES, MAX_TEMPLATE_COPIES};
use crate::words::meant;

/// The templates by type and name.
#[derive(Debug, Default)]
pub(super) struct Templates {
    statements: HashMap<(String, String), Vec<Statement>>,
    /// How many templates were imported so far.
    imports: Cell<usize>,
}

impl Templates {
    pub(super) fn add(&mut self, object: Object) {
        if let Ok(name) = object.name {
            self.statements.insert((object.type_name, name), object.statements);
        }
    }

    /// The statements of a template that is imported at a line.
    fn import(
        &self,
        type_name: &str,
        name: &str,
        line: usize,
    ) -> Result<Option<&[Statement]>, Error> {
        self.imports.set(self.imports.get() + 1);
        if self.imports.get() > MAX_TEMPLATE_COPIES {
            let message = format!("more than {MAX_TEMPLATE_COPIES} imports of templates");
            return Err(Lexer::error(line, message));
        }
        let key = (type_name.to_owned(), name.to_owned());
        Ok(self.statements.get(&key).map(Vec::as_slice))
    }
}

/// What an object says.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// The last value of each attribute.
    pub(super) values: HashMap<String, Expression>,
    /// The entries of `ranges`, with their lines. Of equal keys the last one counts.
    pub(super) ranges: Vec<(String, usize, Expression)>,
    pub(super) assign: Vec<Expression>,
    pub(super) ignore: Vec<Expression>,
    /// What is not understood: the field, and why.
    pub(super) lost: Option<(String, String)>,
}

/// The attributes that the types have.
const KNOWN: [&str; 18] = [
    "author",
    "child_options",
    "comment",
    "display_name",
    "duration",
    "excludes",
    "fixed",
    "host_name",
    "includes",
    "name",
    "package",
    "prefer_includes",
    "ranges",
    "service_name",
    "update",
    "vars",
    "zone",
    "templates",
];

impl Attributes {
    /// The attributes of an object.
    pub(super) fn of(object: &Object, templates: &Templates) -> Result<Self, Error> {
        let mut attributes = Self::default();
        attributes.read(&object.type_name, &object.statements, templates, 0)?;
        Ok(attributes)
    }

    fn lose(&mut self, field: impl Into<String>, why: impl Into<String>) {
        if self.lost.is_none() {
            self.lost = Some((field.into(), why.into()));
        }
    }

    fn read(
        &mut self,
        type_name: &str,
        statements: &[Statement],
        templates: &Templates,
        depth: usize,
    ) -> Result<(), Error> {
        for Statement { line, action } in statements {
            match action {
                Action::Assign(expression) => self.assign.push(expression.clone()),
                Action::Ignore(expression) => self.ignore.push(expression.clone()),
                Action::Other(word) => {
                    self.lose(word.clone(), format!("line {line}: a statement is not evaluated"));
                }
                Action::Import(Expression::Text(name)) => {
                    // What every configuration has; it is the default.
                    if name == "legacy-timeperiod" {
                        continue;
                    }
                    match templates.import(type_name, name, *line)? {
                        _ if depth >= 16 => {
                            self.lose("import", "templates import each other 16 levels deep");
                            return Ok(());
                        }
                        Some(statements) => {
                            self.read(type_name, statements, templates, depth + 1)?;
                        }
                        None => {
                            let name = shown(name);
                            self.lose("import", format!("the template {name} is not in this text"));
                        }
                    }
                }
                Action::Import(other) => {
                    self.lose("import", format!("{other} is not the name of a template"));
                }
                Action::Set(path, sign, value) => self.set(*line, path, sign, value)?,
            }
            if self.ranges.len() > MAX_ENTRIES {
                return Err(Lexer::error(*line, format!("more than {MAX_ENTRIES} ranges")));
            }
        }
        Ok(())
    }

    fn set(
        &mut self,
        line: usize,
        path: &[String],
        sign: &str,
        value: &Expression,
    ) -> Result<(), Error> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let path = path.strip_prefix(&["this"]).unwrap_or(&path);
        match (path, sign, value) {
            (["ranges"], "=", Expression::Null) => self.ranges.clear(),
            (["ranges"], "=" | "+=", Expression::Dictionary(entries)) => {
                if sign == "=" {
                    self.ranges.clear();
                }
                for (key, line, value) in entries {
                    self.add_range(key, *line, value);
                }
            }
            (["ranges", key], "=", value) => self.add_range(key, line, value),
            (["ranges", ..], ..) => self.lose("ranges", format!("{sign} {value} is not evaluated")),
            (["vars", ..], ..) => {}
            ([name], ..) if !KNOWN.contains(name) => {
                let message = format!("{} is no attribute here{}", shown(name), meant(name, KNOWN));
                return Err(Lexer::error(line, message));
            }
            ([name @ ("excludes" | "includes")], "+=", Expression::Array(more)) => {
                let mut list = match self.values.remove(*name) {
                    Some(Expression::Array(list)) => list,
                    _ => Vec::new(),
                };
                list.extend(more.iter().cloned());
                if list.len() > MAX_ENTRIES {
                    return Err(Lexer::error(line, format!("more than {MAX_ENTRIES} names")));
                }
                self.values.insert((*name).to_owned(), Expression::Array(list));
            }
            ([name], "=", value) => {
                self.values.insert((*name).to_owned(), value.clone());
            }
            _ => self.lose(path.join("."), format!("{sign} {value} is not evaluated")),
        }
        Ok(())
    }

    fn add_range(&mut self, key: &str, line: usize, value: &Expression) {
        self.ranges.push((key.to_owned(), line, value.clone()));
    }

    /// The text of an attribute; empty if it is missing.
    pub(super) fn text(&self, name: &str) -> Result<&str, (String, String)> {
        match self.values.get(name) {
            None | Some(Expression::Null) => Ok(""),
            Some(Expression::Text(text)) => Ok(text),
            Some(other) => Err((name.to_owned(), format!("{other} is not a string"))),
        }
    }

    pub(super) fn boolean(&self, name: &str, default: bool) -> Result<bool, (String, String)> {
        match self.values.get(name) {
            None | Some(Expression::Null) => Ok(default),
            Some(Expression::Bool(value)) => Ok(*value),
            Some(other) => Err((name.to_owned(), format!("{other} is not true or false"))),
        }
    }

    /// The names of a list.
    pub(super) fn names(&self, name: &str) -> Result<Vec<String>, (String, String)> {
        let lost = |what: &Expression| (name.to_owned(), format!("{what} is not a list of names"));
        match self.values.get(name) {
            None | Some(Expression::Null) => Ok(Vec::new()),
            Some(list @ Expression::Array(names)) => {
                let names = names.iter().map(|name| match name {
                    Expression::Text(name) => Ok(name.clone()),
                    _ => Err(lost(list)),
                });
                names.collect()
            }
            Some(other) => Err(lost(other)),
        }
    }
}
