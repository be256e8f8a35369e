//! Objects and expressions of Icinga 2's configuration language.

use std::fmt;

use crate::collect::{check_count, shown};
use crate::error::Error;
use crate::icinga2::lex::{Lexer, Token};
use crate::limits::{MAX_ENTRIES, MAX_NESTING};

/// An `object`, `template` or `apply` of a type that is read.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) line: usize,
    pub(super) kind: Kind,
    pub(super) type_name: String,
    /// The name, or why it is not known.
    pub(super) name: Result<String, String>,
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Template,
    /// `apply .. to Host` or `Service`, and whether it has a `for`.
    Apply {
        to: String,
        has_for: bool,
    },
}

/// A statement in the block of an object.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Import(Expression),
    Assign(Expression),
    Ignore(Expression),
    /// The path of an attribute, the operator, the value.
    Set(Vec<String>, &'static str, Expression),
    /// A statement that is not understood, by its first word.
    Other(String),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Null,
    Bool(bool),
    Text(String),
    Number(String),
    Dictionary(Vec<(String, usize, Self)>),
    Array(Vec<Self>),
    /// `host.vars.os`, or `host.vars["os"]`.
    Path(Vec<String>),
    Call(Vec<String>, Vec<Self>),
    Not(Box<Self>),
    Binary(&'static str, Box<Self>, Box<Self>),
    /// Something that is not understood.
    Other(&'static str),
}

/// The expression as it may be written, shortened.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(&shown(text)),
            Self::Number(text) => f.write_str(text),
            Self::Dictionary(_) => f.write_str("{ .. }"),
            Self::Array(_) => f.write_str("[ .. ]"),
            Self::Path(path) => f.write_str(&path.join(".")),
            Self::Call(path, _) => write!(f, "{}(..)", path.join(".")),
            Self::Not(_) => f.write_str("!(..)"),
            Self::Binary(sign, left, right) => {
                let side = |side: &Self| match side {
                    Self::Binary(..) => "(..)".to_owned(),
                    side => side.to_string(),
                };
                write!(f, "{} {sign} {}", side(left), side(right))
            }
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// The line and the type of an object that is inside of a statement that is skipped.
pub(super) type Hidden = (usize, String);

/// Calls `visit` for each object whose type is in `types`; skips everything else. Returns the
/// objects of these types that were skipped with the statement around them.
pub(super) fn objects(
    text: &str,
    types: &[&str],
    mut visit: impl FnMut(Object) -> Result<(), Error>,
) -> Result<Vec<Hidden>, Error> {
    let mut parser = Parser { lexer: Lexer::new(text), depth: 0 };
    let mut hidden = Vec::new();
    loop {
        let (token, line) = parser.lexer.next()?;
        let kind = match token {
            Token::End => return Ok(hidden),
            Token::Word("object") => Kind::Object,
            Token::Word("template") => Kind::Template,
            Token::Word("apply") => Kind::Apply { to: String::new(), has_for: false },
            token => {
                parser.skip_statement(token, line, types, &mut hidden)?;
                continue;
            }
        };
        let (type_name, _) = parser.lexer.next()?;
        match type_name {
            Token::Word(name) if types.contains(&name) => {
                visit(parser.object(line, kind, name.to_owned())?)?;
            }
            token => parser.skip_statement(token, line, types, &mut hidden)?,
        }
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    depth: usize,
}

impl Parser<'_> {
    /// Reads tokens up to the end of a statement, of which `token` is the next one: a line
    /// end outside of brackets. Adds the objects of `types` that it has to `hidden`.
    fn skip_statement(
        &mut self,
        token: Token<'_>,
        line: usize,
        types: &[&str],
        hidden: &mut Vec<Hidden>,
    ) -> Result<(), Error> {
        let mut closers: Vec<&'static str> = Vec::new();
        let (mut token, mut at) = (token, line);
        let mut is_object = false;
        loop {
            match token {
                Token::Word(name) if is_object && types.contains(&name) => {
                    hidden.push((at, name.to_owned()));
                    check_count(hidden.len())?;
                }
                _ => {}
            }
            is_object = matches!(token, Token::Word("object" | "apply"));
            match token {
                Token::Newline if closers.is_empty() => return Ok(()),
                Token::Sign(";") if closers.is_empty() => return Ok(()),
                Token::End if closers.is_empty() => return Ok(()),
                Token::End => {
                    return Err(Lexer::error(line, "the block that begins here has no end"));
                }
                Token::Sign("{") => closers.push("}"),
                Token::Sign("[") => closers.push("]"),
                Token::Sign("(") => closers.push(")"),
                Token::Sign(sign @ ("}" | "]" | ")")) if closers.pop() != Some(sign) => {
                    return Err(Lexer::error(at, format!("\"{sign}\" is not expected")));
                }
                _ => {}
            }
            if closers.len() > MAX_NESTING {
                let message = format!("blocks are nested deeper than {MAX_NESTING}");
                return Err(Lexer::error(at, message));
            }
            (token, at) = self.lexer.next()?;
        }
    }

    fn expect(&mut self, sign: &str, after: &str) -> Result<(), Error> {
        if self.lexer.accept(sign)? {
            return Ok(());
        }
        let (token, line) = self.lexer.next()?;
        Err(Lexer::error(
            line,
            format!("{} after {after}, where \"{sign}\" is expected", named(&token)),
        ))
    }

    fn object(&mut self, line: usize, kind: Kind, type_name: String) -> Result<Object, Error> {
        let mut kind = kind;
        let mut name = Err("its name is not a string".to_owned());
        let at_header = matches!(self.lexer.peek()?, Token::Sign("{") | Token::Word("to" | "for"));
        if !at_header {
            name = match self.expression()? {
                Expression::Text(text) => Ok(text),
                other => Err(format!("its name is {other}, and not a string")),
            };
        }
        let mut statements = Vec::new();
        loop {
            let (token, at) = self.lexer.next()?;
            match token {
                Token::Sign("{") => break,
                Token::Word("to") => match (self.lexer.next()?.0, &mut kind) {
                    (Token::Word(target), Kind::Apply { to, .. }) => *to = target.to_owned(),
                    (token, _) => {
                        return Err(Lexer::error(at, format!("{} after \"to\"", named(&token))));
                    }
                },
                Token::Word("for") => {
                    if let Kind::Apply { has_for, .. } = &mut kind {
                        *has_for = true;
                    }
                    self.skip_parentheses()?;
                }
                Token::Word("use") => self.skip_parentheses()?,
                Token::Word("assign") => {
                    self.lexer.accept_word("where")?;
                    let action = Action::Assign(self.expression()?);
                    statements.push(Statement { line: at, action });
                }
                Token::Word("ignore") => {
                    self.lexer.accept_word("where")?;
                    let action = Action::Ignore(self.expression()?);
                    statements.push(Statement { line: at, action });
                }
                Token::Newline => {}
                token => {
                    let message = format!("{} in the head of {type_name}", named(&token));
                    return Err(Lexer::error(at, message));
                }
            }
        }
        self.block(line, &mut statements)?;
        if matches!(&kind, Kind::Apply { to, .. } if to.is_empty()) {
            return Err(Lexer::error(line, "apply without \"to Host\" or \"to Service\""));
        }
        Ok(Object { line, kind, type_name, name, statements })
    }

    /// Skips what is in parentheses.
    fn skip_parentheses(&mut self) -> Result<(), Error> {
        self.expect("(", "\"for\" or \"use\"")?;
        let mut depth = 1_usize;
        while depth > 0 {
            let (token, line) = self.lexer.next()?;
            match token {
                Token::Sign("(") => depth += 1,
                Token::Sign(")") => depth -= 1,
                Token::End => return Err(Lexer::error(line, "\")\" is missing")),
                _ => {}
            }
        }
        Ok(())
    }

    /// The statements up to the closing brace.
    fn block(&mut self, start: usize, statements: &mut Vec<Statement>) -> Result<(), Error> {
        loop {
            let line = self.lexer.line()?;
            if statements.len() > MAX_ENTRIES {
                return Err(Lexer::error(line, format!("more than {MAX_ENTRIES} statements")));
            }
            let (token, _) = self.lexer.next()?;
            let word = match token {
                Token::Newline | Token::Sign(";" | ",") => continue,
                Token::Sign("}") => return Ok(()),
                Token::End => {
                    return Err(Lexer::error(start, "the block that begins here has no end"));
                }
                Token::Word(word) => word.to_owned(),
                Token::Text(text) => text,
                token => {
                    let message = format!("{} where an attribute is expected", named(&token));
                    return Err(Lexer::error(line, message));
                }
            };
            let action = self.statement(word)?;
            statements.push(Statement { line, action });
        }
    }

    fn statement(&mut self, word: String) -> Result<Action, Error> {
        match word.as_str() {
            "import" => return Ok(Action::Import(self.expression()?)),
            "assign" if self.lexer.accept_word("where")? => {
                return Ok(Action::Assign(self.expression()?));
            }
            "ignore" if self.lexer.accept_word("where")? => {
                return Ok(Action::Ignore(self.expression()?));
            }
            _ => {}
        }
        let path = self.path(word.clone())?;
        for sign in ["=", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|="] {
            if self.lexer.accept(sign)? {
                self.lexer.skip_newlines()?;
                return Ok(Action::Set(path, sign, self.expression()?));
            }
        }
        self.skip_rest()?;
        Ok(Action::Other(word))
    }

    /// Skips to the end of a statement in a block, before its closing brace.
    fn skip_rest(&mut self) -> Result<(), Error> {
        let mut closers: Vec<&'static str> = Vec::new();
        loop {
            match self.lexer.peek()? {
                Token::Newline | Token::Sign(";" | "}") if closers.is_empty() => return Ok(()),
                Token::End => return Ok(()),
                _ => {}
            }
            let (token, line) = self.lexer.next()?;
            match token {
                Token::Sign("{") => closers.push("}"),
                Token::Sign("[") => closers.push("]"),
                Token::Sign("(") => closers.push(")"),
                Token::Sign(sign @ ("}" | "]" | ")")) if closers.pop() != Some(sign) => {
                    return Err(Lexer::error(line, format!("\"{sign}\" is not expected")));
                }
                _ => {}
            }
            if closers.len() > MAX_NESTING {
                let message = format!("blocks are nested deeper than {MAX_NESTING}");
                return Err(Lexer::error(line, message));
            }
        }
    }

    /// The attributes and indices after a word.
    fn path(&mut self, first: String) -> Result<Vec<String>, Error> {
        let mut path = vec![first];
        loop {
            if path.len() > MAX_NESTING {
                let line = self.lexer.line()?;
                return Err(Lexer::error(line, format!("more than {MAX_NESTING} attributes")));
            }
            if self.lexer.accept(".")? {
                match self.lexer.next()? {
                    (Token::Word(word), _) => path.push(word.to_owned()),
                    (token, line) => {
                        return Err(Lexer::error(line, format!("{} after \".\"", named(&token))));
                    }
                }
            } else if self.lexer.accept("[")? {
                match self.expression()? {
                    Expression::Text(text) | Expression::Number(text) => path.push(text),
                    other => path.push(format!("[{other}]")),
                }
                self.expect("]", "the index")?;
            } else {
                return Ok(path);
            }
        }
    }

    fn expression(&mut self) -> Result<Expression, Error> {
        self.binary(0)
    }

    /// An expression of operators that bind at least as much as those of a level
    /// (precedence climbing).
    fn binary(&mut self, least: usize) -> Result<Expression, Error> {
        let mut left = self.unary()?;
        let mut count = 0;
        while let Some((level, sign)) = self.operator(least)? {
            count += 1;
            // A chain is a tree as deep as it is long.
            if count > MAX_NESTING * 4 {
                let line = self.lexer.line()?;
                let message = format!("more than {} operators in a row", MAX_NESTING * 4);
                return Err(Lexer::error(line, message));
            }
            self.lexer.skip_newlines()?;
            let right = self.binary(level + 1)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    /// Takes the next token if it is an operator of this level or of one that binds more.
    fn operator(&mut self, least: usize) -> Result<Option<(usize, &'static str)>, Error> {
        const LEVELS: [&[&str]; 7] = [
            &["||"],
            &["&&"],
            &["==", "!=", "in", "!in"],
            &["<", "<=", ">", ">="],
            &["|", "^", "&"],
            &["<<", ">>", "+", "-"],
            &["*", "/", "%"],
        ];
        let sign = match *self.lexer.peek()? {
            Token::Word("in") => "in",
            // `a !in b`
            Token::Sign("!") => "!in",
            Token::Sign(sign) => sign,
            _ => return Ok(None),
        };
        let level = LEVELS.iter().position(|signs| signs.contains(&sign));
        let Some(level) = level.filter(|level| *level >= least) else { return Ok(None) };
        let (_, line) = self.lexer.next()?;
        if sign == "!in" && !self.lexer.accept_word("in")? {
            return Err(Lexer::error(line, "\"!\" is not expected"));
        }
        Ok(Some((level, sign)))
    }

    fn unary(&mut self) -> Result<Expression, Error> {
        let line = self.lexer.line()?;
        self.depth += 1;
        if self.depth > MAX_NESTING {
            let message = format!("an expression is nested deeper than {MAX_NESTING}");
            return Err(Lexer::error(line, message));
        }
        let expression = if self.lexer.accept("!")? {
            Expression::Not(Box::new(self.unary()?))
        } else if self.lexer.accept("-")? {
            match self.unary()? {
                Expression::Number(text) => Expression::Number(format!("-{text}")),
                _ => Expression::Other("a calculation"),
            }
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression, Error> {
        let (token, line) = self.lexer.next()?;
        match token {
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Number(text) => Ok(Expression::Number(text.to_owned())),
            Token::Word("true") => Ok(Expression::Bool(true)),
            Token::Word("false") => Ok(Expression::Bool(false)),
            Token::Word("null") => Ok(Expression::Null),
            Token::Word("function" | "if" | "for" | "while") => {
                self.skip_rest()?;
                Ok(Expression::Other("a function or a statement"))
            }
            Token::Word(word) => {
                let path = self.path(word.to_owned())?;
                if !self.lexer.accept("(")? {
                    return Ok(Expression::Path(path));
                }
                let arguments = self.list(")")?;
                // What follows a call, such as an attribute of its result.
                if matches!(self.lexer.peek()?, Token::Sign("." | "[" | "(")) {
                    self.path(String::new())?;
                    if self.lexer.accept("(")? {
                        self.list(")")?;
                    }
                    return Ok(Expression::Other("a call"));
                }
                Ok(Expression::Call(path, arguments))
            }
            Token::Sign("(") => {
                self.lexer.skip_newlines()?;
                let inner = self.expression()?;
                self.lexer.skip_newlines()?;
                self.expect(")", "the expression")?;
                Ok(inner)
            }
            Token::Sign("[") => Ok(Expression::Array(self.list("]")?)),
            Token::Sign("{") => self.dictionary(line),
            token => {
                Err(Lexer::error(line, format!("{} where a value is expected", named(&token))))
            }
        }
    }

    /// Expressions with commas between them, up to a closing sign.
    fn list(&mut self, closer: &str) -> Result<Vec<Expression>, Error> {
        let mut list = Vec::new();
        loop {
            self.lexer.skip_newlines()?;
            if self.lexer.accept(closer)? {
                return Ok(list);
            }
            if list.len() >= MAX_ENTRIES {
                let line = self.lexer.line()?;
                return Err(Lexer::error(line, format!("more than {MAX_ENTRIES} elements")));
            }
            list.push(self.expression()?);
            self.lexer.skip_newlines()?;
            if !self.lexer.accept(",")? {
                self.expect(closer, "an element")?;
                return Ok(list);
            }
        }
    }

    /// The entries up to the closing brace.
    fn dictionary(&mut self, start: usize) -> Result<Expression, Error> {
        let mut statements = Vec::new();
        self.block(start, &mut statements)?;
        let mut entries = Vec::new();
        for Statement { line, action } in statements {
            match action {
                Action::Set(mut path, "=", value) if path.len() == 1 => {
                    entries.push((path.remove(0), line, value));
                }
                _ => return Ok(Expression::Other("a dictionary with statements")),
            }
        }
        Ok(Expression::Dictionary(entries))
    }
}

/// A token in an error.
fn named(token: &Token<'_>) -> String {
    match token {
        Token::Newline => "the end of the line".into(),
        Token::End => "the end of the text".into(),
        Token::Word(text) | Token::Number(text) => shown(text),
        Token::Text(text) => shown(text),
        Token::Sign(sign) => shown(sign),
    }
}
