//! A model of what Alertmanager does with silences: `Set`, `Expire` and `canUpdate` of
//! `silence/silence.go`, in whole milliseconds.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) matchers: Value,
    pub(crate) starts: i64,
    pub(crate) last: i64,
    pub(crate) created_by: String,
    pub(crate) comment: String,
}

/// The silences of an Alertmanager.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) silences: Vec<Stored>,
    next: u64,
}

fn millis(value: &Value) -> Option<i64> {
    value.as_str()?.parse::<quietude::Timestamp>().ok().map(quietude::Timestamp::as_millis)
}

fn text(ms: i64) -> String {
    quietude::Timestamp::from_millis(ms).expect("an instant").to_string()
}

/// Whether a pattern matches a whole value. Patterns are compiled once.
fn is_match(pattern: &str, value: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern) {
            let regex = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            compiled.insert(pattern.to_owned(), regex);
        }
        compiled[pattern].is_match(value)
    })
}

impl Stored {
    pub(crate) fn state(&self, now: i64) -> &'static str {
        match () {
            () if now < self.starts => "pending",
            () if now > self.last => "expired",
            () => "active",
        }
    }

    pub(crate) fn matches(&self, labels: &[(&str, &str)]) -> bool {
        self.matchers.as_array().expect("a list").iter().all(|matcher| {
            let field = |name: &str| matcher[name].as_str().expect("a text");
            let value = labels.iter().find(|(name, _)| *name == field("name"));
            let value = value.map_or("", |(_, value)| value);
            let is_equal = matcher["isEqual"].as_bool().unwrap_or(true);
            let passes = if matcher["isRegex"] == true {
                is_match(field("value"), value)
            } else {
                field("value") == value
            };
            passes == is_equal
        })
    }
}

impl Model {
    /// `POST /api/v2/silences`: the id, or the status and message of the error.
    pub(crate) fn set(&mut self, body: &Value, now: i64) -> Result<String, (u16, String)> {
        let wrong = |message: &str| (400, message.to_owned());
        let starts = millis(&body["startsAt"]).ok_or_else(|| wrong("startsAt"))?;
        let last = millis(&body["endsAt"]).ok_or_else(|| wrong("endsAt"))?;
        if starts >= last {
            return Err(wrong("start time must be before end time"));
        }
        if last < now {
            return Err(wrong("end time can't be in the past"));
        }
        let word = |name: &str| body[name].as_str().map(str::to_owned).ok_or_else(|| wrong(name));
        let (created_by, comment) = (word("createdBy")?, word("comment")?);
        let matchers = body["matchers"].clone();
        if matchers.as_array().is_none_or(Vec::is_empty) {
            return Err(wrong("at least one matcher required"));
        }
        let mut new = Stored { id: String::new(), matchers, starts, last, created_by, comment };
        if let Some(id) = body["id"].as_str().filter(|id| !id.is_empty()) {
            let Some(before) = self.silences.iter_mut().find(|silence| silence.id == id) else {
                return Err((404, "silence not found".to_owned()));
            };
            let can_update = before.matchers == new.matchers
                && match before.state(now) {
                    "active" => before.starts == starts && last >= now,
                    "pending" => starts >= now,
                    _ => false,
                };
            if can_update {
                new.id = id.to_owned();
                *before = new;
                return Ok(id.to_owned());
            }
            let _ = self.expire(id, now);
        }
        self.next += 1;
        new.id = format!("{:08x}-{}", self.next.wrapping_mul(0x9e37_79b9) as u32, self.next);
        new.starts = new.starts.max(now);
        let id = new.id.clone();
        self.silences.push(new);
        Ok(id)
    }

    /// `DELETE /api/v2/silence/{id}`.
    pub(crate) fn expire(&mut self, id: &str, now: i64) -> Result<(), (u16, String)> {
        let Some(silence) = self.silences.iter_mut().find(|silence| silence.id == id) else {
            return Err((404, "silence not found".to_owned()));
        };
        match silence.state(now) {
            "expired" => return Err((500, "silence already expired".to_owned())),
            "active" => silence.last = now - 1,
            _ => (silence.starts, silence.last) = (now, now - 1),
        }
        Ok(())
    }

    /// `GET /api/v2/silences`.
    pub(crate) fn list(&self, now: i64) -> String {
        let silence = |silence: &Stored| {
            json!({ "id": silence.id, "matchers": silence.matchers, "startsAt": text(silence.starts),
                "endsAt": text(silence.last), "updatedAt": text(now), "createdBy": silence.created_by,
                "comment": silence.comment, "status": { "state": silence.state(now) } })
        };
        Value::Array(self.silences.iter().map(silence).collect()).to_string()
    }

    /// Whether an alert is muted at an instant, by silences that a test selects.
    pub(crate) fn mutes(
        &self,
        labels: &[(&str, &str)],
        at: i64,
        of: impl Fn(&Stored) -> bool,
    ) -> bool {
        let mut selected = self.silences.iter().filter(|silence| of(silence));
        selected.any(|silence| silence.state(at) == "active" && silence.matches(labels))
    }
}
