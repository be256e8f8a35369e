//! From Go's regular expressions to those of the crate `regex`, with the same meaning.
//!
//! Both have the syntax of RE2 in common. What differs is written in another way: `\d`, `\s`,
//! `\w` and `\b` are ASCII in Go and Unicode in `regex`; only Go has `\Q..\E`, octal escapes,
//! a `{` that is no repetition and a `[` in a class; only `regex` gives a meaning to `&&`,
//! `--` and `~~` in a class. The rules are those of Go's `regexp/syntax/parse.go`, with its
//! flags `Perl`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::CharIndices;

/// The members of `\d`, `\s` and `\w`.
const DIGITS: &str = "0-9";
const SPACES: &str = r"\t\n\x0C\r ";
const WORDS: &str = "0-9A-Za-z_";
/// The names of `[:alpha:]`.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];
const MAX_REPEAT: u32 = 1000;

/// The pattern in the syntax of `regex`; borrowed if it means the same in both.
///
/// # Errors
///
/// If it is no pattern of Go, or has something without an equivalent: why.
pub(super) fn translate(pattern: &str) -> Result<Cow<'_, str>, String> {
    let mut translator = Translator {
        text: pattern,
        chars: pattern.char_indices().peekable(),
        out: String::with_capacity(pattern.len()),
        is_changed: false,
    };
    translator.pattern()?;
    Ok(if translator.is_changed { Cow::Owned(translator.out) } else { Cow::Borrowed(pattern) })
}

struct Translator<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    out: String,
    is_changed: bool,
}

/// What an escape stands for.
enum Escape {
    /// One character, and whether `regex` reads the escape as it is written.
    Char(char, bool),
    /// The members of a class, and whether it is negated.
    Class(&'static str, bool),
    /// `\pL` or `\p{Greek}`: the name, and whether it is negated.
    Property(String, bool),
}

impl<'a> Translator<'a> {
    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn rest(&mut self) -> &'a str {
        let at = self.position();
        &self.text[at..]
    }

    fn next(&mut self) -> Option<char> {
        self.chars.next().map(|(_, c)| c)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn skip(&mut self, bytes: usize) {
        let end = self.position() + bytes;
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }

    /// Writes something other than the pattern has.
    fn change(&mut self, text: &str) {
        self.out.push_str(text);
        self.is_changed = true;
    }

    fn literal(&mut self, c: char) {
        if "\\.+*?()|[]{}^$".contains(c) {
            self.out.extend(['\\', c]);
        } else if "#&-~".contains(c) || c.is_control() {
            _ = write!(self.out, "\\x{{{:x}}}", u32::from(c));
        } else {
            self.out.push(c);
        }
        self.is_changed = true;
    }

    fn pattern(&mut self) -> Result<(), String> {
        // Whether the last element was a repetition.
        let mut repeated = false;
        while let Some(c) = self.peek() {
            let begin = self.position();
            let is_repetition = match c {
                '*' | '+' | '?' => {
                    self.next();
                    true
                }
                '{' => self.repetition()?,
                _ => false,
            };
            if is_repetition {
                if repeated {
                    return Err(format!(
                        "a repetition of a repetition at {:?}",
                        &self.text[begin..]
                    ));
                }
                self.chars.next_if(|(_, c)| *c == '?');
                let end = self.position();
                self.out.push_str(&self.text[begin..end]);
                repeated = true;
                continue;
            }
            repeated = false;
            match c {
                '\\' => self.escaped()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '{' | '}' => {
                    self.next();
                    self.change(if c == '{' { r"\{" } else { r"\}" });
                }
                _ => {
                    self.next();
                    self.out.push(c);
                }
            }
        }
        Ok(())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`; reads nothing if there is none.
    fn repetition(&mut self) -> Result<bool, String> {
        let rest = self.rest();
        let Some(inside) = rest[1..].split_once('}').map(|(inside, _)| inside) else {
            return Ok(false);
        };
        let is_number = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_digit())
                && !(text.len() > 1 && text.starts_with('0'))
        };
        let (from, to) = inside.split_once(',').unwrap_or((inside, ""));
        if !is_number(from) || !(to.is_empty() || is_number(to)) {
            return Ok(false);
        }
        let within = |text: &str| text.parse::<u32>().is_ok_and(|count| count <= MAX_REPEAT);
        if !within(from) || !(to.is_empty() || within(to)) {
            return Err(format!("more than {MAX_REPEAT} repetitions in {{{inside}}}"));
        }
        self.skip(inside.len() + 2);
        Ok(true)
    }

    /// A group: `(`, `(?:`, flags, or a name, which does not matter here.
    fn group(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix("(?") else {
            self.next();
            self.out.push('(');
            return Ok(());
        };
        let named = inside.strip_prefix("P<").or_else(|| inside.strip_prefix('<'));
        if let Some(name) = named.and_then(|rest| rest.split_once('>')).map(|(name, _)| name) {
            let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_valid) {
                return Err(format!("{name:?} is not the name of a group"));
            }
            let opened = inside.find('>').map_or(0, |at| at + 3);
            let starts_as_in_regex = !name.starts_with(|c: char| c.is_ascii_digit());
            let text = &rest[..opened];
            self.skip(opened);
            if starts_as_in_regex {
                self.out.push_str(text)
            } else {
                self.change("(?:")
            }
            return Ok(());
        }
        let length = inside.find([':', ')']).ok_or("a group without an end")?;
        let flags = &inside[..length];
        let is_flag = |c: char| matches!(c, 'i' | 'm' | 's' | 'U' | '-');
        if !flags.chars().all(is_flag) || flags.matches('-').count() > 1 || flags.ends_with('-') {
            return Err(format!("(?{flags} is not known"));
        }
        let text = &rest[..length + 3];
        self.skip(text.len());
        self.out.push_str(text);
        Ok(())
    }

    fn escaped(&mut self) -> Result<(), String> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix(r"\Q") {
            let inside = quoted.split_once(r"\E").map_or(quoted, |(inside, _)| inside);
            let length = quoted.find(r"\E").map_or(rest.len(), |at| at + 4);
            self.skip(length);
            inside.chars().for_each(|c| self.literal(c));
            self.is_changed = true;
            return Ok(());
        }
        for (go, regex) in
            [(r"\b", Some(r"(?-u:\b)")), (r"\A", Some(r"\A")), (r"\z", Some(r"\z")), (r"\B", None)]
        {
            if !rest.starts_with(go) {
                continue;
            }
            let regex = regex.ok_or(r"`\B` has no equivalent")?;
            self.skip(go.len());
            if go == regex {
                self.out.push_str(go)
            } else {
                self.change(regex)
            }
            return Ok(());
        }
        let begin = self.position();
        match self.escape()? {
            Escape::Char(_, true) => {
                let end = self.position();
                self.out.push_str(&self.text[begin..end]);
            }
            Escape::Char(c, false) => self.literal(c),
            Escape::Class(members, is_negated) => {
                let negation = if is_negated { "^" } else { "" };
                self.change(&format!("[{negation}{members}]"));
            }
            Escape::Property(name, is_negated) => self.property(begin, &name, is_negated),
        }
        Ok(())
    }

    fn property(&mut self, begin: usize, name: &str, is_negated: bool) {
        let end = self.position();
        if self.text[begin..end].contains('^') {
            self.change(&format!("\\{}{{{name}}}", if is_negated { 'P' } else { 'p' }));
        } else {
            self.out.push_str(&self.text[begin..end]);
        }
    }

    /// Reads an escape of a character or a class.
    fn escape(&mut self) -> Result<Escape, String> {
        self.next();
        let c = self.next().ok_or("a `\\` at the end")?;
        let class = |members, is_negated| Ok(Escape::Class(members, is_negated));
        match c {
            'd' | 'D' => class(DIGITS, c == 'D'),
            's' | 'S' => class(SPACES, c == 'S'),
            'w' | 'W' => class(WORDS, c == 'W'),
            'p' | 'P' => {
                let name = match self.next().ok_or("`\\p` at the end")? {
                    '{' => {
                        let length = self.rest().find('}').ok_or("`\\p{` without `}`")?;
                        let name = &self.rest()[..length];
                        self.skip(length + 1);
                        name.to_owned()
                    }
                    one => one.to_string(),
                };
                let plain = name.strip_prefix('^').unwrap_or(&name);
                if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_alphabetic() || c == '_') {
                    return Err(format!("{name:?} is no class of Unicode"));
                }
                let is_negated = (c == 'P') != name.starts_with('^');
                Ok(Escape::Property(plain.to_owned(), is_negated))
            }
            '0'..='7' => {
                let mut value = c.to_digit(8).unwrap_or(0);
                let mut more = 0;
                while more < 2
                    && let Some(digit) = self.peek().and_then(|c| c.to_digit(8))
                {
                    self.next();
                    value = value * 8 + digit;
                    more += 1;
                }
                if c != '0' && more == 0 {
                    return Err(format!("\\{c} is no escape; there are no references to groups"));
                }
                let c = char::from_u32(value).ok_or("an octal escape of no character")?;
                Ok(Escape::Char(c, false))
            }
            'x' => {
                let rest = self.rest();
                let (digits, length) = match rest.strip_prefix('{') {
                    Some(inside) => {
                        let digits = inside.split_once('}').ok_or("`\\x{` without `}`")?.0;
                        (digits, digits.len() + 2)
                    }
                    None => (rest.get(..2).ok_or("`\\x` without two digits")?, 2),
                };
                let value = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                let c = value.ok_or_else(|| format!("\\x{digits} is no character"))?;
                self.skip(length);
                Ok(Escape::Char(c, true))
            }
            'a' => Ok(Escape::Char('\u{7}', true)),
            'f' => Ok(Escape::Char('\u{c}', true)),
            'n' => Ok(Escape::Char('\n', true)),
            'r' => Ok(Escape::Char('\r', true)),
            't' => Ok(Escape::Char('\t', true)),
            'v' => Ok(Escape::Char('\u{b}', true)),
            '<' | '>' => Ok(Escape::Char(c, false)),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(Escape::Char(c, true)),
            _ => Err(format!("\\{c} is no escape")),
        }
    }

    /// A class: `[..]`.
    fn class(&mut self) -> Result<(), String> {
        self.next();
        self.out.push('[');
        if self.chars.next_if(|(_, c)| *c == '^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            let begin = self.position();
            let c = self.peek().ok_or("a `[` without `]`")?;
            if c == ']' && !is_first {
                self.next();
                self.out.push(']');
                return Ok(());
            }
            is_first = false;
            if c == '[' && self.rest().starts_with("[:") && self.rest().contains(":]") {
                let rest = self.rest();
                let text = &rest[..rest.find(":]").map_or(0, |at| at + 2)];
                let name = text.trim_start_matches("[:").trim_end_matches(":]");
                if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                    return Err(format!("{text} is no class"));
                }
                self.skip(text.len());
                self.out.push_str(text);
                continue;
            }
            let Some((low, low_as_is)) = self.member(begin)? else { continue };
            let mut chars = self.rest().chars();
            if chars.next() == Some('-') && chars.next().is_some_and(|c| c != ']') {
                self.next();
                let high_begin = self.position();
                let (high, high_as_is) = match self.member(high_begin)? {
                    Some(member) => member,
                    None => return Err("a class as the end of a range".to_owned()),
                };
                if low > high {
                    return Err(format!("the range {low:?} to {high:?} is reversed"));
                }
                if low_as_is && high_as_is {
                    let end = self.position();
                    self.out.push_str(&self.text[begin..end]);
                } else {
                    self.literal(low);
                    self.out.push('-');
                    self.literal(high);
                }
            } else if low_as_is {
                let end = self.position();
                self.out.push_str(&self.text[begin..end]);
            } else {
                self.literal(low);
            }
        }
    }

    /// Reads a member of a class: a character, and whether it may remain as it is written.
    /// A class in the class is written, and gives `None`.
    fn member(&mut self, begin: usize) -> Result<Option<(char, bool)>, String> {
        if self.peek() != Some('\\') {
            let c = self.next().ok_or("a `[` without `]`")?;
            // `[`, `&&`, `--` and `~~` are operators of `regex`, and a `-` may be one.
            return Ok(Some((c, !"[]&~-^".contains(c))));
        }
        match self.escape()? {
            Escape::Char(c, as_is) => Ok(Some((c, as_is))),
            Escape::Class(members, false) => {
                self.change(members);
                Ok(None)
            }
            Escape::Class(members, true) => {
                self.change(&format!("[^{members}]"));
                Ok(None)
            }
            Escape::Property(name, is_negated) => {
                self.property(begin, &name, is_negated);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quietude::Matcher;

    use super::*;

    /// Checks the translation of a pattern, and which texts it matches.
    #[track_caller]
    fn check(go: &str, expected: &str, matches: &[&str], others: &[&str]) {
        let translated = translate(go).unwrap_or_else(|error| panic!("{go}: {error}"));
        assert_eq!(translated, expected, "{go}");
        let matcher = Matcher::matches("x", translated.as_ref())
            .unwrap_or_else(|error| panic!("{go}: {error}"));
        for text in matches {
            assert!(matcher.accepts(text), "{go} matches {text:?}");
        }
        for text in others {
            assert!(!matcher.accepts(text), "{go} does not match {text:?}");
        }
    }

    #[test]
    fn translate_common_syntax_is_borrowed() {
        for pattern in [
            "db-.*",
            "^(foo1|foo2|baz)$",
            "produ.*",
            "team-(B|C)",
            r"\.\-\[\]",
            "[a-z]+x{2,3}?",
            "(?i)a|b",
            "(?s:.)",
            r"[[:alpha:]_]",
            r"\pL\p{Greek}\P{Greek}",
            r"\x41\x{1f642}",
            r"[^\n\]a]",
            "",
            "a+?",
            r"\A\z",
            "(?P<n>a)",
        ] {
            assert!(
                matches!(translate(pattern), Ok(Cow::Borrowed(_))),
                "{pattern}: {:?}",
                translate(pattern)
            );
        }
    }

    #[test]
    fn translate_perl_classes_are_ascii() {
        check(r"\d+", "[0-9]+", &["12"], &["\u{661}", ""]);
        check(r"\D", "[^0-9]", &["\u{661}"], &["1"]);
        check(r"\w\W", r"[0-9A-Za-z_][^0-9A-Za-z_]", &["aé"], &["éa"]);
        check(r"[\d.]+", "[0-9.]+", &["1.2"], &["\u{661}"]);
        check(r"[\D]", "[[^0-9]]", &["x"], &["1"]);
        check(r"a\sb", r"a[\t\n\x0C\r ]b", &["a b"], &["a\u{a0}b", "a\u{b}b"]);
        check(r"é\b.*", r"é(?-u:\b).*", &["éa"], &["é-", "éé"]);
    }

    #[test]
    fn translate_syntax_of_go_only() {
        check(r"\Qa.b\E+", r"a\.b+", &["a.b", "a.bb"], &["axb"]);
        check(r"\Qa.", r"a\.", &["a."], &["ax"]);
        check(r"\101\012", "A\\x{a}", &["A\n"], &["A"]);
        check("a{,2}{x", r"a\{,2\}\{x", &["a{,2}{x"], &["a"]);
        check("a{01}", r"a\{01\}", &["a{01}"], &["a"]);
        check("[[a]", r"[\[a]", &["[", "a"], &["b"]);
        check("[a&&b]", r"[a\x{26}\x{26}b]", &["a", "b", "&"], &[""]);
        check("[]a]", r"[\]a]", &["]", "a"], &[]);
        check(r"\<a\>", "<a>", &["<a>"], &["a"]);
        check(r"\p{^Greek}", r"\P{Greek}", &["a"], &["α"]);
        check("(?P<1>a)", "(?:a)", &["a"], &[]);
    }

    #[test]
    fn translate_what_go_refuses_is_error() {
        for pattern in [
            "a**",
            r"\1",
            "[z-a]",
            r"\",
            "[a",
            "(?x)a",
            "(?=a)",
            r"[a-\d]",
            "a{1001}",
            r"\y",
            r"\B",
            "[[:alfa:]]",
            "a+{2}",
        ] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }
}
