//! Silences as Alertmanager's API has them, and the marker by which a bridge recognizes its
//! own.
//!
//! A silence lasts up to and including `endsAt`, and Alertmanager counts nanoseconds. So
//! `endsAt` is the last nanosecond of an occurrence, which does not include its end. In its
//! answers Alertmanager cuts `endsAt` to the millisecond.

use std::borrow::Cow;
use std::sync::Arc;

use quietude::Timestamp;
use quietude::alertmanager::Matchers;
use quietude_formats::silences::ends_at;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One matcher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The name of the label.
    pub name: String,
    /// The value, or the regular expression.
    pub value: String,
    /// Whether the value is a regular expression.
    pub is_regex: bool,
    /// Whether alerts that match are muted, and not those that do not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

/// A list of matchers, sorted: lists with the same matchers are equal.
pub type MatcherList = Arc<[Matcher]>;

/// The sorted list of some matchers.
///
/// ```
/// use quietude::alertmanager::Matchers;
/// use quietude_alertmanager::silence::list;
///
/// let one = list(&Matchers::parse(r#"team="db",alertname="Down""#)?);
/// assert_eq!(one, list(&Matchers::parse(r#"alertname="Down",team="db""#)?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[must_use]
pub fn list(matchers: &Matchers) -> MatcherList {
    let matchers = matchers.as_slice().iter().map(|matcher| Matcher {
        name: matcher.name().to_owned(),
        value: matcher.value().to_owned(),
        is_regex: matcher.is_regex(),
        is_equal: matcher.is_equal(),
    });
    sorted(matchers.collect())
}

fn sorted(mut matchers: Vec<Matcher>) -> MatcherList {
    matchers.sort_unstable();
    matchers.into()
}

/// A silence that there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The id of the window.
    pub window: Arc<str>,
    /// The matchers.
    pub matchers: MatcherList,
    /// The first instant.
    pub starts: Timestamp,
    /// The last instant.
    pub last: Timestamp,
    /// The comment, with the marker.
    pub comment: Arc<str>,
}

/// Whether a silence that Alertmanager has mutes now or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It mutes now.
    Active,
    /// It has not begun.
    Pending,
}

/// A silence of this bridge that Alertmanager has and that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Alertmanager's id.
    pub id: String,
    /// Whether it mutes now.
    pub state: State,
    /// What it is.
    pub silence: Silence,
}

/// Who made a silence: the author and the name in the marker. Both must agree for a silence
/// to be one's own, so that a copy that a person edited is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    author: String,
    name: String,
}

impl Owner {
    /// An owner. The author is what `createdBy` has.
    ///
    /// # Errors
    ///
    /// If the name is empty or has other characters than ASCII letters, digits, `-`, `_` and
    /// `.`, or the author is empty.
    ///
    /// ```
    /// use quietude_alertmanager::silence::Owner;
    ///
    /// assert!(Owner::new("quietude", "main").is_ok());
    /// assert!(Owner::new("quietude", "a:b").is_err());
    /// ```
    pub fn new(author: impl Into<String>, name: impl Into<String>) -> Result<Self, Error> {
        let (author, name) = (author.into(), name.into());
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(Error::new(format_args!(
                "{name:?} is not a name of an owner: ASCII letters, digits, '-', '_' and '.'"
            )));
        }
        if author.is_empty() {
            return Err(Error::new("the author of silences is empty: Alertmanager wants one"));
        }
        Ok(Self { author, name })
    }

    /// The author, as `createdBy` has it.
    #[must_use]
    pub fn author(&self) -> &str {
        &self.author
    }

    /// A comment with the marker: `Nightly backup [quietude:main:nightly]`.
    ///
    /// ```
    /// use quietude_alertmanager::silence::Owner;
    ///
    /// let owner = Owner::new("quietude", "main")?;
    /// let comment = owner.comment("Backup [weekly]", "backup/[1]");
    /// assert_eq!(comment, "Backup [weekly] [quietude:main:backup/%5B1%5D]");
    /// assert_eq!(owner.window(&comment).as_deref(), Some("backup/[1]"));
    /// assert_eq!(owner.window("Backup [weekly]"), None);
    /// # Ok::<(), quietude_alertmanager::Error>(())
    /// ```
    #[must_use]
    pub fn comment(&self, text: &str, window: &str) -> String {
        let mut comment = format!("{text} [quietude:{}:", self.name);
        for c in window.chars() {
            match c {
                '%' => comment.push_str("%25"),
                '[' => comment.push_str("%5B"),
                ']' => comment.push_str("%5D"),
                c => comment.push(c),
            }
        }
        comment.push(']');
        comment
    }

    /// The id of the window in the marker of a comment, if it is one of this owner.
    #[must_use]
    pub fn window(&self, comment: &str) -> Option<String> {
        let inner = comment.strip_suffix(']')?;
        let (_, inner) = inner.rsplit_once('[')?;
        let rest = inner.strip_prefix("quietude:")?.strip_prefix(&*self.name)?;
        let window = rest.strip_prefix(':')?;
        Some(window.replace("%5B", "[").replace("%5D", "]").replace("%25", "%"))
    }

    /// The silences of this owner that have not ended, out of an answer of
    /// `GET /api/v2/silences`. Those of others are skipped.
    ///
    /// # Errors
    ///
    /// If the text is not a list of silences: the place, or the path of the silence.
    pub fn held(&self, text: &[u8]) -> Result<Vec<Held>, Error> {
        let all: Vec<Wire<'_>> = serde_json::from_slice(text)
            .map_err(|error| Error::new(format_args!("not a list of silences: {error}")))?;
        let mut held = Vec::new();
        for (index, wire) in all.into_iter().enumerate() {
            if wire.created_by != self.author {
                continue;
            }
            let Some(window) = self.window(&wire.comment) else { continue };
            let state = match &*wire.status.state {
                "expired" => continue,
                "active" => State::Active,
                "pending" => State::Pending,
                other => {
                    let other: String = other.chars().take(64).collect();
                    return Err(Error::new(format_args!(
                        "silences[{index}].status.state: {other:?} is not one of active, pending, expired"
                    )));
                }
            };
            let instant = |text: &str, field: &str| {
                text.parse::<Timestamp>()
                    .map_err(|error| Error::new(format_args!("silences[{index}].{field}: {error}")))
            };
            if wire.id.is_empty()
                || !wire.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            {
                return Err(Error::new(format_args!(
                    "silences[{index}].id: is not letters, digits and '-'"
                )));
            }
            let silence = Silence {
                window: window.into(),
                matchers: sorted(wire.matchers),
                starts: instant(&wire.starts_at, "startsAt")?,
                last: instant(&wire.ends_at, "endsAt")?,
                comment: (*wire.comment).into(),
            };
            held.push(Held { id: wire.id.into_owned(), state, silence });
        }
        Ok(held)
    }

    /// The body of `POST /api/v2/silences`; with an id it changes that silence.
    #[must_use]
    pub fn body(&self, silence: &Silence, id: Option<&str>) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            matchers: &'a [Matcher],
            starts_at: String,
            ends_at: String,
            created_by: &'a str,
            comment: &'a str,
        }
        let body = Body {
            id,
            matchers: &silence.matchers,
            starts_at: silence.starts.to_string(),
            ends_at: ends_at(silence.last),
            created_by: &self.author,
            comment: &silence.comment,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

/// A silence of an answer. Fields that do not matter are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    comment: Cow<'a, str>,
    #[serde(borrow)]
    created_by: Cow<'a, str>,
    #[serde(borrow)]
    starts_at: Cow<'a, str>,
    #[serde(borrow)]
    ends_at: Cow<'a, str>,
    matchers: Vec<Matcher>,
    #[serde(borrow)]
    status: Status<'a>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    state: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner::new("quietude", "main").unwrap()
    }

    #[test]
    fn window_of_comment_is_the_one_that_was_written() {
        for id in ["w", "a b", "%5B", "[quietude:main:x]", "ü:]", "%255D", "%"] {
            for text in ["", "text", "[quietude:main:y]", "]"] {
                let comment = owner().comment(text, id);
                assert_eq!(owner().window(&comment).as_deref(), Some(id), "{comment}");
            }
        }
        let other = Owner::new("quietude", "mai").unwrap();
        assert_eq!(other.window(&owner().comment("t", "w")), None);
    }

    #[test]
    fn held_skips_others_and_ended() {
        let silence = |author: &str, comment: &str, state: &str| {
            format!(
                r#"{{ "id": "1-a", "matchers": [ {{ "name": "b", "value": "1", "isRegex": false }},
                    {{ "name": "a", "value": "x|y", "isRegex": true, "isEqual": false }} ],
                    "startsAt": "2026-06-06T19:00:00.000Z", "endsAt": "2026-06-06T20:59:59.999Z", "extra": [],
                    "createdBy": "{author}", "comment": "{comment}", "status": {{ "state": "{state}" }} }}"#
            )
        };
        let all = [
            silence("ann", "c [quietude:main:w]", "active"),
            silence("quietude", "c [quietude:other:w]", "active"),
            silence("quietude", "c [quietude:main:w]", "expired"),
            silence("quietude", "c [quietude:main:w]", "pending"),
        ];
        let held = owner().held(format!("[{}]", all.join(",")).as_bytes()).unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!((held[0].state, &*held[0].silence.window), (State::Pending, "w"));
        assert_eq!(held[0].silence.matchers[0].name, "a");
        let again = owner().body(&held[0].silence, Some("1-a"));
        assert!(again.contains(r#""endsAt":"2026-06-06T20:59:59.999999999Z""#), "{again}");
        assert!(again.starts_with(r#"{"id":"1-a","matchers":[{"name":"a","value":"x|y","isRegex":true,"isEqual":false}"#), "{again}");
    }

    #[test]
    fn held_nonsense_is_an_error_with_the_place() {
        let error = |text: &str| owner().held(text.as_bytes()).unwrap_err().to_string();
        assert!(error("<html>").starts_with("not a list of silences: expected value at line 1"));
        assert!(error("{}").starts_with("not a list of silences: "));
        assert!(error("[{}]").contains("missing field"));
        let wrong = |state: &str, starts: &str, id: &str| {
            format!(
                r#"[ {{ "id": "{id}", "matchers": [], "startsAt": "{starts}", "endsAt": "2026-06-06T20:59:59.999Z",
                    "createdBy": "quietude", "comment": "[quietude:main:w]", "status": {{ "state": "{state}" }} }} ]"#
            )
        };
        let start = "2026-06-06T19:00:00Z";
        assert_eq!(
            error(&wrong("gone", start, "1")),
            r#"silences[0].status.state: "gone" is not one of active, pending, expired"#
        );
        assert!(error(&wrong("active", "soon", "1")).starts_with("silences[0].startsAt: "));
        assert!(error(&wrong("active", start, "../x")).starts_with("silences[0].id: "));
    }
}
