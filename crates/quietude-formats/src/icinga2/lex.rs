//! The tokens of Icinga 2's configuration language.

use crate::collect::shown;
use crate::error::{Error, Place};
use crate::limits::MAX_LINE_BYTES;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Newline,
    Word(&'a str),
    Text(String),
    /// Digits, perhaps with a point and a unit: `1.5h`.
    Number(&'a str),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

/// The operators and brackets, the long ones first.
const SIGNS: [&str; 43] = [
    "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "=>", "+=", "-=", "*=", "/=", "%=", "^=", "&=",
    "|=", "(", ")", "{", "}", "[", "]", ".", ",", ";", ":", "=", "+", "-", "*", "/", "%", "^", "&",
    "|", "~", "!", "<", ">", "?", "@", "$",
];

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    peeked: Option<(Token<'a>, usize)>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, peeked: None }
    }

    /// An error at a line.
    pub(super) fn error(line: usize, message: impl std::fmt::Display) -> Error {
        Error::new(Place::line(line), message)
    }

    /// The next token, and its line.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, usize), Error> {
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    pub(super) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        if self.peeked.is_none() {
            self.peeked = Some(self.read()?);
        }
        Ok(self.peeked.as_ref().map_or(&Token::End, |(token, _)| token))
    }

    /// The line of the next token.
    pub(super) fn line(&mut self) -> Result<usize, Error> {
        self.peek()?;
        Ok(self.peeked.as_ref().map_or(self.line, |(_, line)| *line))
    }

    /// Takes the next token if it is this sign.
    pub(super) fn accept(&mut self, sign: &str) -> Result<bool, Error> {
        let is_next = matches!(self.peek()?, Token::Sign(next) if *next == sign);
        if is_next {
            self.next()?;
        }
        Ok(is_next)
    }

    /// Takes the next token if it is this word.
    pub(super) fn accept_word(&mut self, word: &str) -> Result<bool, Error> {
        let is_next = matches!(self.peek()?, Token::Word(next) if *next == word);
        if is_next {
            self.next()?;
        }
        Ok(is_next)
    }

    pub(super) fn skip_newlines(&mut self) -> Result<(), Error> {
        while *self.peek()? == Token::Newline {
            self.next()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(Token<'a>, usize), Error> {
        self.skip_blanks()?;
        let line = self.line;
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Ok((Token::End, line)) };
        if first == '\n' {
            self.at += 1;
            self.line += 1;
            return Ok((Token::Newline, line));
        }
        if first == '"' {
            return Ok((Token::Text(self.string()?), line));
        }
        if rest.starts_with("{{{") {
            return Ok((Token::Text(self.long_string()?), line));
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let word = self.take(|c| c.is_ascii_alphanumeric() || c == '_')?;
            return Ok((Token::Word(word), line));
        }
        if first.is_ascii_digit() {
            let number = self.take(|c| c.is_ascii_alphanumeric() || c == '.')?;
            return Ok((Token::Number(number), line));
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok((Token::Sign(sign), line))
            }
            None => {
                let message = format!("{} is not expected", shown(&first.to_string()));
                Err(Self::error(line, message))
            }
        }
    }

    /// Skips spaces and comments.
    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            let rest = &self.text[self.at..];
            if rest.starts_with("/*") {
                let Some(end) = rest.find("*/") else {
                    return Err(Self::error(self.line, "the comment has no end"));
                };
                self.line += rest[..end].matches('\n').count();
                self.at += end + 2;
            } else if rest.starts_with("//") || rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\u{feff}']);
                if trimmed.len() == rest.len() {
                    return Ok(());
                }
                self.at += rest.len() - trimmed.len();
            }
        }
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> Result<&'a str, Error> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end > MAX_LINE_BYTES {
            let message = format!("a word of {end} bytes is longer than {MAX_LINE_BYTES}");
            return Err(Self::error(self.line, message));
        }
        self.at += end;
        Ok(&rest[..end])
    }

    fn string(&mut self) -> Result<String, Error> {
        let start = self.line;
        let mut text = String::new();
        let mut chars = self.text[self.at + 1..].char_indices();
        while let Some((index, c)) = chars.next() {
            if text.len() > MAX_LINE_BYTES {
                let message = format!("the string is longer than {MAX_LINE_BYTES} bytes");
                return Err(Self::error(start, message));
            }
            match c {
                '"' => {
                    self.at += 1 + index + 1;
                    return Ok(text);
                }
                '\n' => break,
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, 'b')) => text.push('\u{8}'),
                    Some((_, 'f')) => text.push('\u{c}'),
                    Some((_, c @ ('"' | '\\' | '$'))) => text.push(c),
                    Some((_, '\n')) => self.line += 1,
                    Some((_, c)) => {
                        let message = format!("\\{} is not an escape", c.escape_debug());
                        return Err(Self::error(self.line, message));
                    }
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err(Self::error(start, "the string has no end"))
    }

    fn long_string(&mut self) -> Result<String, Error> {
        let rest = &self.text[self.at + 3..];
        let Some(end) = rest.find("}}}") else {
            return Err(Self::error(self.line, "the string has no end, which is \"}}}\""));
        };
        if end > MAX_LINE_BYTES {
            let message = format!("the string is longer than {MAX_LINE_BYTES} bytes");
            return Err(Self::error(self.line, message));
        }
        self.line += rest[..end].matches('\n').count();
        self.at += end + 6;
        Ok(rest[..end].to_owned())
    }
}
