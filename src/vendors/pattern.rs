//! Regular expressions whose search counts its steps.

use regex_automata::nfa::thompson::{NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;

use crate::error::{Error, ErrorKind, truncated};
use crate::limits::{MAX_COMPILED_PATTERN_BYTES, MAX_PATTERN_BYTES};
use crate::vendors::budget::Budget;

/// A compiled pattern of a search.
///
/// The text is read once, with all states of the automaton that it can be in (Thompson,
/// 1968). Each visit of a state is a step, so a search costs its steps and nothing else.
/// The matchers of the `regex` crate are faster for most patterns, but they do not report
/// what a search costs, and that differs by a factor of a thousand between patterns.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(NFA);

impl Pattern {
    /// Compiles a pattern that may match anywhere in a text. The syntax is that of the
    /// `regex` crate.
    pub(crate) fn compile(text: &str, budget: &Budget) -> Result<Self, Error> {
        const MAX_COMPILED_BYTES: usize = 1 << 18;
        if text.len() > MAX_PATTERN_BYTES {
            let message =
                format!("a pattern of {} bytes is longer than {MAX_PATTERN_BYTES}", text.len());
            return Err(Error::new(ErrorKind::Limit, message));
        }
        Self::build(text, MAX_COMPILED_BYTES, budget)?
            .ok_or_else(|| Error::syntax(format_args!("\"{}\" is not a pattern", truncated(text))))
    }

    /// Compiles a pattern of a [`Matcher`](crate::Matcher), which must match a text as a
    /// whole.
    pub(crate) fn compile_whole(pattern: &str, budget: &Budget) -> Result<Self, Error> {
        let anchored = |end| {
            Self::build(&format!(r"\A(?:{pattern}{end})\z"), MAX_COMPILED_PATTERN_BYTES, budget)
        };
        // As in a matcher: with `(?x)` a comment at the end includes the closing bracket.
        let compiled = match anchored("")? {
            None => anchored("\n")?,
            compiled => compiled,
        };
        Ok(compiled.expect("the pattern of a matcher is valid"))
    }

    /// Compiles a pattern. `None` if it is invalid, or takes more than `max_bytes`.
    fn build(text: &str, max_bytes: usize, budget: &Budget) -> Result<Option<Self>, Error> {
        // The time of the slowest patterns: classes of letters, and large repetitions.
        budget.spend(200_000 * (max_bytes >> 18) + 2000 * text.len())?;
        let config =
            NFA::config().nfa_size_limit(Some(max_bytes)).which_captures(WhichCaptures::None);
        let Ok(nfa) = NFA::compiler().configure(config).build(text) else { return Ok(None) };
        budget.allocate(2 * nfa.memory_usage())?;
        Ok(Some(Self(nfa)))
    }

    /// Whether the pattern matches `text`.
    pub(crate) fn is_match(&self, text: &str, budget: &Budget) -> Result<bool, Error> {
        let states = self.0.states().len();
        budget.spend(10 + states / 8)?;
        let mut search = Search {
            nfa: &self.0,
            text,
            reached_at: vec![usize::MAX; states],
            reached: Vec::new(),
            pending: Vec::new(),
            steps: 0,
        };
        let mut is_found = search.reach(self.0.start_unanchored(), 0);
        let mut current = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            budget.spend(std::mem::take(&mut search.steps))?;
            if is_found || search.reached.is_empty() {
                break;
            }
            current.clear();
            std::mem::swap(&mut current, &mut search.reached);
            for state in &current {
                search.steps += 2;
                let next = match self.0.state(*state) {
                    State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
                    State::Sparse(transitions) => {
                        search.steps += transitions.transitions.len() as u64 / 2;
                        transitions.matches_byte(byte)
                    }
                    State::Dense(transitions) => transitions.matches_byte(byte),
                    _ => None,
                };
                is_found |= next.is_some_and(|next| search.reach(next, at + 1));
            }
        }
        budget.spend(search.steps)?;
        Ok(is_found)
    }
}

struct Search<'a> {
    nfa: &'a NFA,
    text: &'a str,
    /// For each state the last position at which it was reached.
    reached_at: Vec<usize>,
    /// The states that read the next byte.
    reached: Vec<StateID>,
    /// States that are about to be visited.
    pending: Vec<StateID>,
    steps: u64,
}

impl Search<'_> {
    /// Adds the states that can be reached from `state` without reading a byte. Returns
    /// whether the pattern matches.
    fn reach(&mut self, state: StateID, at: usize) -> bool {
        self.pending.push(state);
        while let Some(state) = self.pending.pop() {
            self.steps += 2;
            if std::mem::replace(&mut self.reached_at[state.as_usize()], at) == at {
                continue;
            }
            match self.nfa.state(state) {
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => {
                    self.reached.push(state);
                }
                State::Look { look, next } => {
                    self.steps += 10;
                    if self.nfa.look_matcher().matches(*look, self.text.as_bytes(), at) {
                        self.pending.push(*next);
                    }
                }
                State::Union { alternates } => {
                    self.steps += alternates.len() as u64;
                    self.pending.extend(alternates.iter().copied());
                }
                State::BinaryUnion { alt1, alt2 } => self.pending.extend([*alt1, *alt2]),
                State::Capture { next, .. } => self.pending.push(*next),
                State::Fail => {}
                // An empty match does not divide a character.
                State::Match { .. } if self.text.is_char_boundary(at) => return true,
                State::Match { .. } => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::scope::Matcher;
    use crate::vendors::budget::MAX_REQUEST_STEPS;

    fn searched(pattern: &str, text: &str) -> (bool, u64) {
        let budget = Budget::new(MAX_REQUEST_STEPS);
        let pattern = Pattern::compile(pattern, &budget).unwrap();
        let compiled = budget.steps();
        let is_found = pattern.is_match(text, &budget).unwrap();
        (is_found, budget.steps() - compiled)
    }

    #[test]
    fn pattern_matches_as_regex() {
        let patterns = [
            "",
            "a",
            "^a",
            "a$",
            "^$",
            "^a$",
            "b.a",
            "(?s)b.a",
            "(?i)É",
            "é+",
            "[^a]b",
            "a|b|",
            r"\bab",
            r"ab\b",
            r"\Ba",
            r"\w\W\w",
            r"\d",
            r"^(a|b)*$",
            "(?m)^b",
            "(?m)a$",
            "a{2,3}b",
            r"\pL{3}",
            "(?:a?){9}a{9}",
            "(ab|ba)+c",
            "x*",
            r"\z",
            r"\Ab",
            "[[:alpha:]]-",
            r"\b{start}a",
            "(?-u:\\B)",
            "(?R)a$",
            "$a",
            "[a&&b]",
        ];
        let mut texts: Vec<String> = [
            "",
            "c",
            "abc",
            "a\nb",
            "b\na\n",
            "é",
            "aé b",
            "É1",
            "ab-ba",
            "a\r\nb",
            "éa\u{301}",
            "٣",
            "-",
        ]
        .map(str::to_owned)
        .into();
        texts.push("ab".repeat(50));
        texts.push("a".repeat(100));
        for pattern in patterns {
            let regex = Regex::new(pattern).unwrap();
            for text in &texts {
                let (is_found, _) = searched(pattern, text);
                assert_eq!(is_found, regex.is_match(text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn whole_matches_as_matcher() {
        let patterns =
            ["", "a", "a|ab", "^a$", "(?x)a # b", "(?x) a|b\n", r"\w+-[0-9]+", "(?s).*", "é"];
        for pattern in patterns {
            let matcher = Matcher::matches("n", pattern).unwrap();
            let whole = Pattern::compile_whole(pattern, &Budget::new(MAX_REQUEST_STEPS)).unwrap();
            for text in ["", "a", "b", "ab", "ba", "a\n", "é", "web-7", "web-7 "] {
                let is_match = whole.is_match(text, &Budget::new(MAX_REQUEST_STEPS)).unwrap();
                assert_eq!(is_match, matcher.accepts(text), "{pattern:?} {text:?}");
            }
        }
    }

    #[test]
    fn whole_as_large_as_matcher_compiles() {
        // More than a pattern that may match anywhere.
        let large = r"\w{20}";
        assert_eq!(Matcher::matches("n", large).unwrap().pattern_bytes(), 1 << 20);
        let budget = Budget::new(MAX_REQUEST_STEPS);
        assert!(Pattern::compile_whole(large, &budget).is_ok());
        assert!(budget.bytes() > 1 << 19, "{}", budget.bytes());
        let refused = Pattern::compile(large, &budget).unwrap_err();
        assert_eq!(refused.to_string(), r#""\w{20}" is not a pattern"#);
    }

    #[test]
    fn is_match_steps_counted() {
        let text = "ab".repeat(5000);
        // A few steps for a byte.
        assert!(searched("abc", &text).1 < 20 * text.len() as u64);
        assert!(searched(r"\w+@\w+", &text).1 < 60 * text.len() as u64);
        // All states at every byte.
        let (is_found, steps) = searched("[ab]*a[ab]{300}c", &text);
        assert!(!is_found && steps > 300 * text.len() as u64, "{steps}");
        // The search ends with the first match, or when none is possible.
        assert!(searched("a", &text).1 < 100 && searched("^c", &text).1 < 100);
    }

    #[test]
    fn is_match_over_budget_error() {
        let large = Pattern::compile("[ab]*a[ab]{3000}c", &Budget::new(MAX_REQUEST_STEPS)).unwrap();
        let budget = Budget::new(1_000_000);
        let error = large.is_match(&"a".repeat(100_000), &budget).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(budget.steps() <= 1_000_000);
    }
}
