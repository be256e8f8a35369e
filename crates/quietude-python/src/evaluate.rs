//! Answers of the rows of a table, with several threads; runs without the GIL.
//!
//! Rows without alert types and labels are answered in batches, whose cache misses overlap.
//! What costs more than whether a row is silenced is computed for silenced rows only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use arrow_array::{Array, ArrayRef};
use pyo3::prelude::*;
use quietude::{Effect, SilenceEnd, Silencer, Subject, Timestamp};

use crate::answers::{self, All};
use crate::errors::{ColumnError, internal_error, panic_text};
use crate::table::{Piece, Table};
use crate::text::Text;

/// Why a table has no answers.
#[derive(Clone, Debug)]
pub(crate) enum Failed {
    Column(ColumnError),
    Panic(String),
}

impl From<ColumnError> for Failed {
    fn from(error: ColumnError) -> Self {
        Self::Column(error)
    }
}

impl Failed {
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Column(error) => error.exception(py),
            Self::Panic(text) => internal_error(py, text),
        }
    }
}

/// The column of answers of a table.
pub(crate) type Answered = Result<ArrayRef, Failed>;

/// Whether a row is silenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Audible,
    Silenced,
    /// The row has no instant, or neither an entity nor labels.
    Null,
}

/// The number of queries of a batch.
const BATCH: usize = 256;

/// Calls `f` for each part, with several threads, and returns the results in the order of the
/// parts. Of several errors, that of the first part.
pub(crate) fn in_threads<P: Sync, T: Send>(
    parts: Vec<P>,
    threads: usize,
    f: impl Fn(&P) -> Result<T, ColumnError> + Sync,
) -> Result<Vec<T>, Failed> {
    let guarded = |part: &P| match catch_unwind(AssertUnwindSafe(|| f(part))) {
        Ok(result) => result.map_err(Failed::Column),
        Err(payload) => Err(Failed::Panic(panic_text(payload.as_ref()))),
    };
    if threads <= 1 || parts.len() <= 1 {
        return parts.iter().map(guarded).collect();
    }
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(parts.len())));
    let work = || {
        while let Some((number, part)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            parts.get(number).map(|part| (number, part))
        } {
            let result = guarded(part);
            if result.is_err() {
                // Later parts are of no use. Earlier ones are being answered already.
                next.store(parts.len(), Ordering::Relaxed);
            }
            found.lock().expect("no thread panics with the lock").push((number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(parts.len()) {
            // Without another thread, those that there are answer all parts.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut found = found.into_inner().expect("no thread panics with the lock");
    found.sort_unstable_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, result)| result).collect()
}

fn each_piece<T: Send>(
    table: &Table,
    f: impl Fn(&Piece) -> Result<T, ColumnError> + Sync,
) -> Result<Vec<T>, Failed> {
    in_threads(table.pieces.iter().collect(), table.threads, |piece| f(piece))
}

/// Whether each row is silenced.
pub(crate) fn is_silenced(silencer: &Silencer, table: &Table) -> Answered {
    let states = each_piece(table, |piece| states(silencer, piece))?;
    Ok(answers::booleans(table.rows, &states))
}

/// The ids of the windows that silence each row.
pub(crate) fn silenced_by(silencer: &Silencer, table: &Table) -> Answered {
    let found = each_piece(table, |piece| {
        let mut by = answers::By::default();
        visit(silencer, piece, |visited| match visited {
            Visited::Null => by.push_null(),
            Visited::Audible => by.push([]),
            Visited::Ask(subject, at) => by.push(ids(silencer, subject, at)),
        })?;
        Ok(by)
    })?;
    Ok(answers::lists(found.iter())?)
}

fn ids<'a>(
    silencer: &'a Silencer,
    subject: &Subject<'_>,
    at: Timestamp,
) -> impl Iterator<Item = &'a str> {
    silencer.silenced_by(subject, at).map(|window| window.id().as_str())
}

/// The end of the silence of each row.
pub(crate) fn silenced_until(silencer: &Silencer, table: &Table) -> Answered {
    let found: Vec<Vec<Option<SilenceEnd>>> = each_piece(table, |piece| {
        let mut ends = Vec::with_capacity(piece.rows);
        visit(silencer, piece, |visited| {
            ends.push(visited.ask(|subject, at| silencer.silenced_until(subject, at)));
        })?;
        Ok(ends)
    })?;
    Ok(answers::ends(found.iter().flatten().copied(), table.rows))
}

/// The effect on each row.
pub(crate) fn effect(silencer: &Silencer, table: &Table) -> Answered {
    let found: Vec<Vec<Option<Effect>>> = each_piece(table, |piece| {
        let mut effects = Vec::with_capacity(piece.rows);
        visit(silencer, piece, |visited| {
            effects.push(visited.ask(|subject, at| silencer.effect(subject, at)));
        })?;
        Ok(effects)
    })?;
    Ok(answers::effects(found.iter().flatten().copied()))
}

/// All answers of each row.
pub(crate) fn answers(silencer: &Silencer, table: &Table) -> Answered {
    let found = each_piece(table, |piece| {
        let mut all = All::default();
        visit(silencer, piece, |visited| match visited {
            Visited::Null => all.push_null(),
            Visited::Audible => all.push(None),
            Visited::Ask(subject, at) => all.push(silencer.answer(subject, at)),
        })?;
        Ok(all)
    })?;
    Ok(answers::structs(table.rows, &found)?)
}

/// A row that is visited.
enum Visited<'a> {
    Null,
    Audible,
    /// A row that may be silenced.
    Ask(&'a Subject<'a>, Timestamp),
}

impl Visited<'_> {
    fn ask<T>(self, f: impl FnOnce(&Subject<'_>, Timestamp) -> Option<T>) -> Option<T> {
        match self {
            Self::Ask(subject, at) => f(subject, at),
            Self::Null | Self::Audible => None,
        }
    }
}

/// Calls `f` for each row, in their order.
fn visit(
    silencer: &Silencer,
    piece: &Piece,
    mut f: impl FnMut(Visited<'_>),
) -> Result<(), ColumnError> {
    if piece.labels.is_some() {
        return ask(piece, |asked| match asked {
            Some((subject, at)) => f(Visited::Ask(subject, at)),
            None => f(Visited::Null),
        });
    }
    // First the cheap question, for all rows at once.
    let states = states(silencer, piece)?;
    let mut states = states.into_iter();
    ask(piece, |asked| match (states.next(), asked) {
        (Some(State::Silenced), Some((subject, at))) => f(Visited::Ask(subject, at)),
        (_, Some(_)) => f(Visited::Audible),
        (_, None) => f(Visited::Null),
    })
}

/// Calls `f` with the subject and the instant of each row; `None` if the row is null.
fn ask(
    piece: &Piece,
    mut f: impl FnMut(Option<(&Subject<'_>, Timestamp)>),
) -> Result<(), ColumnError> {
    let mut found = Vec::new();
    for row in 0..piece.rows {
        let at = piece.at.get(row, piece.first)?;
        let entity = piece.entity.as_ref().and_then(|entity| entity.get(row));
        let has_labels = match &piece.labels {
            Some(labels) => labels.get(row, piece.first, &mut found)?,
            None => false,
        };
        let Some(at) = at.filter(|_| entity.is_some() || has_labels) else {
            f(None);
            continue;
        };
        // Without labels, `found` is empty.
        let mut subject = match entity {
            Some(entity) => Subject::entity(entity).with_attributes(&found),
            None => Subject::labels(&found),
        };
        if let Some(alert_type) = piece.alert_type.as_ref().and_then(|types| types.get(row)) {
            subject = subject.with_alert_type(alert_type);
        }
        f(Some((&subject, at)));
    }
    Ok(())
}

/// Whether each row of a piece is silenced.
fn states(silencer: &Silencer, piece: &Piece) -> Result<Vec<State>, ColumnError> {
    let mut states = vec![State::Null; piece.rows];
    if piece.alert_type.is_some() || piece.labels.is_some() {
        let mut slots = states.iter_mut();
        ask(piece, |asked| {
            if let (Some(slot), Some((subject, at))) = (slots.next(), asked) {
                *slot = state(silencer.is_silenced(subject, at));
            }
        })?;
        return Ok(states);
    }
    // One loop for each layout, so that the layout is not looked at in each row.
    match &piece.entity {
        None => {}
        Some(Text::Utf8(ids)) if ids.nulls().is_none() => {
            batches(silencer, piece, &mut states, |row| Some(ids.value(row)))?;
        }
        Some(Text::Large(ids)) if ids.nulls().is_none() => {
            batches(silencer, piece, &mut states, |row| Some(ids.value(row)))?;
        }
        Some(Text::View(ids)) if ids.nulls().is_none() => {
            batches(silencer, piece, &mut states, |row| Some(ids.value(row)))?;
        }
        Some(ids) => batches(silencer, piece, &mut states, |row| ids.get(row))?,
    }
    Ok(states)
}

const fn state(is_silenced: bool) -> State {
    if is_silenced { State::Silenced } else { State::Audible }
}

/// Answers rows without alert types and labels. `states` is all null.
fn batches<'a>(
    silencer: &Silencer,
    piece: &Piece,
    states: &mut [State],
    entity: impl Fn(usize) -> Option<&'a str>,
) -> Result<(), ColumnError> {
    let mut queries = [("", Timestamp::MIN); BATCH];
    let mut silenced = [false; BATCH];
    for (number, states) in states.chunks_mut(BATCH).enumerate() {
        let queries = &mut queries[..states.len()];
        let silenced = &mut silenced[..states.len()];
        for ((query, state), row) in queries.iter_mut().zip(&mut *states).zip(number * BATCH..) {
            // A query of a row that is null is answered, too, and its answer is not used.
            match (entity(row), piece.at.get(row, piece.first)?) {
                (Some(entity), Some(at)) => {
                    *query = (entity, at);
                    *state = State::Audible;
                }
                _ => *query = ("", Timestamp::MIN),
            }
        }
        let answered = silencer.is_silenced_batch(queries, silenced);
        answered.map_err(|error| ColumnError::new("at", error))?;
        for (slot, is_silenced) in states.iter_mut().zip(&*silenced) {
            if *slot != State::Null {
                *slot = state(*is_silenced);
            }
        }
    }
    Ok(())
}
