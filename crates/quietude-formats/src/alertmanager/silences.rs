//! Silences: the JSON of API v2, or of `amtool silence query -o json`.
//!
//! Alertmanager mutes at every instant from `startsAt` to `endsAt`, both included
//! (`getState` in `silence/silence.go`). In whole milliseconds these are the ones from the
//! first at or after `startsAt` to the last at or before `endsAt`, so that the end of the
//! window, which does not belong to it, is one millisecond after the latter.

use quietude::{Document, Effect, Once, Propagation, Registry, Scope, Timestamp, Topology, Window};

use super::matchers::{Test, check_count};
use crate::convert::{Imported, Note};
use crate::error::Error;
use crate::ids::Ids;
use crate::tree::{At, shown};

/// Fields that are read, or derived from those. Others are named in a note.
const FIELDS: [&str; 8] =
    ["id", "matchers", "startsAt", "endsAt", "createdBy", "comment", "status", "updatedAt"];

/// Of a millisecond, the last nanosecond.
const LAST_NANOS: u32 = 999_999;

pub(super) fn import(root: &At<'_>) -> Result<Imported, Error> {
    let mut notes = Vec::new();
    let mut registry = Registry::new();
    let mut ids = Ids::default();
    let items = if root.is_list() { root.list()? } else { vec![root.clone()] };
    for (index, item) in items.iter().enumerate() {
        if let Some(window) = silence(item, index, &mut ids, &mut notes)? {
            registry.insert(window).map_err(|error| item.error(error.message()))?;
        }
    }
    Ok(Imported { document: Document::new(registry, Topology::default()), notes })
}

fn silence(
    at: &At<'_>,
    index: usize,
    ids: &mut Ids,
    notes: &mut Vec<Note>,
) -> Result<Option<Window>, Error> {
    let fields = at.fields()?;
    let id = match fields.get("id") {
        Some(at) if !at.text()?.is_empty() => at.text()?.to_owned(),
        _ => format!("silence-{}", index + 1),
    };
    let item = format!("silence {id}");
    let matchers = fields.required("matchers")?;
    let mut tests = Vec::new();
    let mut unusable = None;
    let list = matchers.list()?;
    check_count(&matchers, list.len())?;
    for at in list {
        match matcher(&at)? {
            Ok(test) => tests.push(test),
            Err(message) => unusable = unusable.or(Some((at.path().to_owned(), message))),
        }
    }
    let (start_at, end_at) = (fields.required("startsAt")?, fields.required("endsAt")?);
    let (start, end) = (instant(&start_at)?, instant(&end_at)?);
    if tests.is_empty() && unusable.is_none() {
        return Err(matchers.error("a silence has at least one matcher"));
    }
    for (name, _) in fields.iter().filter(|(name, _)| !FIELDS.contains(name)) {
        notes.push(Note::new(&item, name, "is not a field of a silence"));
    }
    if let Some((path, message)) = unusable {
        notes.push(Note::new(&item, path, format!("{message}; the silence is left out")));
        return Ok(None);
    }
    if (start.millis, start.nanos) >= (end.millis, end.nanos) {
        let message =
            "it ends when it starts (a pending silence that was expired, say), and is left out";
        notes.push(Note::new(&item, "endsAt", message));
        return Ok(None);
    }
    let first = start.millis + i64::from(start.nanos > 0);
    let after_last = end.millis + 1;
    if first >= after_last {
        notes.push(Note::new(&item, "endsAt", "no whole millisecond is in it, and it is left out"));
        return Ok(None);
    }
    for (field, at, instant) in [("startsAt", &start_at, &start), ("endsAt", &end_at, &end)] {
        // Nothing is lost of an end with the last nanosecond of a millisecond.
        if instant.nanos > 0 && (field == "startsAt" || instant.nanos < LAST_NANOS) {
            let kept = if field == "startsAt" {
                "the first whole millisecond in it is kept"
            } else {
                "the last whole millisecond in it is kept"
            };
            notes.push(Note::new(
                &item,
                field,
                format!("{} is finer than a millisecond; {kept}", at.text()?),
            ));
        }
    }
    let timestamp = |millis: i64, at: &At<'_>| {
        Timestamp::from_millis(millis).map_err(|error| at.error(error.message()))
    };
    let first = timestamp(first, &start_at)?;
    let once = match after_last >= Timestamp::END.as_millis() {
        true => Once::starting(first),
        false => Once::new(first, timestamp(after_last, &end_at)?)
            .map_err(|error| at.error(error.message()))?,
    };
    let unique = ids.unique(&id);
    if unique != id {
        notes.push(Note::new(
            &item,
            "id",
            format!("the id is taken or not allowed; the window is {}", shown(&unique)),
        ));
    }
    let scopes: Vec<Scope> = tests.iter().map(Test::scope).collect();
    let scope = if let [one] = &*scopes { one.clone() } else { Scope::all(scopes) };
    let mut builder = Window::builder(unique)
        .schedule(once)
        .scope(scope)
        .effect(Effect::Notifications)
        .propagation(Propagation::Entity);
    if let Some(comment) = fields.get("comment").filter(|at| at.text() != Ok("")) {
        builder = builder.name(comment.text()?);
    }
    if let Some(author) = fields.get("createdBy").filter(|at| at.text() != Ok("")) {
        builder = builder.tag(CREATED_BY, author.text()?);
    }
    builder.build().map(Some).map_err(|error| at.error(error.message()))
}

/// The tag of a window with the author of the silence.
pub(super) const CREATED_BY: &str = "createdBy";

/// A matcher of the API. The inner error is about what a document does not express.
fn matcher(at: &At<'_>) -> Result<Result<Test, String>, Error> {
    let fields = at.fields()?;
    fields.only(&["name", "value", "isRegex", "isEqual"])?;
    let flag = |name: &str| fields.get(name).map(|at| at.bool()).transpose();
    let (name, value) = (fields.required("name")?.text()?, fields.required("value")?.text()?);
    let (is_regex, is_equal) =
        (flag("isRegex")?.unwrap_or(false), flag("isEqual")?.unwrap_or(true));
    Ok(Test::new(name, value, is_regex, is_equal))
}

/// An instant as whole milliseconds, rounded down, and the nanoseconds beyond.
struct Instant {
    millis: i64,
    nanos: u32,
}

fn instant(at: &At<'_>) -> Result<Instant, Error> {
    let text = at.text()?;
    let timestamp: Timestamp =
        text.parse().map_err(|error: quietude::Error| at.error(error.message()))?;
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).skip(3);
    // What is finer than a nanosecond does not exist in Go.
    let nanos = digits
        .take(6)
        .fold((0, 100_000), |(sum, unit), digit| (sum + u32::from(digit - b'0') * unit, unit / 10));
    Ok(Instant { millis: timestamp.as_millis(), nanos: nanos.0 })
}
