//! Arrow arrays of answers.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int64Builder, NullBufferBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{Array, ArrayRef, BooleanArray, ListArray, StringArray, StructArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};
use quietude::{Answer, Effect, SilenceEnd};

use crate::errors::ColumnError;
use crate::evaluate::State;
use crate::results::{effect_name, end_parts};

/// The name of the column of answers in errors.
const ANSWERS: &str = "answers";

/// Booleans, of the states of all pieces.
pub(crate) fn booleans(rows: usize, pieces: &[Vec<State>]) -> ArrayRef {
    let bits = |wanted: fn(State) -> bool| match pieces {
        [states] => BooleanBuffer::collect_bool(rows, |row| wanted(states[row])),
        pieces => pieces.iter().flatten().map(|state| wanted(*state)).collect(),
    };
    let silenced = bits(|state| state == State::Silenced);
    let has_nulls = pieces.iter().flatten().any(|state| *state == State::Null);
    let valid = has_nulls.then(|| NullBuffer::new(bits(|state| state != State::Null)));
    Arc::new(BooleanArray::new(silenced, valid))
}

/// Lists of the ids of windows, which are borrowed from the silencer.
#[derive(Debug, Default)]
pub(crate) struct By<'a> {
    /// The number of ids of each row; `None` for null.
    counts: Vec<Option<u32>>,
    ids: Vec<&'a str>,
}

impl<'a> By<'a> {
    pub(crate) fn push_null(&mut self) {
        self.counts.push(None);
    }

    pub(crate) fn push(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        let first = self.ids.len();
        self.ids.extend(ids);
        // A document has at most 10,000,000 windows.
        self.counts.push(Some((self.ids.len() - first) as u32));
    }
}

/// Lists of strings, of all pieces.
///
/// # Errors
///
/// If the ids have more bytes than the offsets of Arrow can count.
pub(crate) fn lists<'a, 'b: 'a>(
    pieces: impl Iterator<Item = &'a By<'b>> + Clone,
) -> Result<ArrayRef, ColumnError> {
    let ids = pieces.clone().flat_map(|piece| &piece.ids);
    let (count, bytes) =
        ids.clone().fold((0_usize, 0_usize), |(count, bytes), id| (count + 1, bytes + id.len()));
    if count.max(bytes) > i32::MAX as usize {
        let message = format!(
            "the ids of all answers have {bytes} bytes, more than {}; pass fewer rows",
            i32::MAX
        );
        return Err(ColumnError::new(ANSWERS, message).of_kind("limit"));
    }
    let values: StringArray = ids.map(|id| Some(*id)).collect();
    let counts = pieces.flat_map(|piece| &piece.counts);
    let valid: NullBuffer = counts.clone().map(Option::is_some).collect();
    let valid = Some(valid).filter(|valid| valid.null_count() > 0);
    let lengths = counts.map(|count| count.unwrap_or(0) as usize);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::new(item(), offsets, Arc::new(values), valid)))
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Utf8, true))
}

/// Structs of the kind and the instant of an end; null for none.
pub(crate) fn ends(ends: impl Iterator<Item = Option<SilenceEnd>>, rows: usize) -> ArrayRef {
    let mut kinds = StringBuilder::with_capacity(rows, 0);
    let mut instants = TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC");
    let mut valid = NullBufferBuilder::new(rows);
    for end in ends {
        let parts = end.map(end_parts);
        valid.append(parts.is_some());
        kinds.append_option(parts.map(|(kind, _)| kind));
        let at = parts.and_then(|(_, at)| at);
        instants.append_option(at.map(|at| at.as_millis() * 1_000));
    }
    let (kinds, instants) = (kinds.finish(), instants.finish());
    let fields = Fields::from(vec![
        Field::new("kind", DataType::Utf8, true),
        Field::new("at", instants.data_type().clone(), true),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(kinds), Arc::new(instants)];
    Arc::new(StructArray::new(fields, columns, valid.finish()))
}

/// Names of effects; null for none.
pub(crate) fn effects(effects: impl Iterator<Item = Option<Effect>>) -> ArrayRef {
    let names: StringArray = effects.map(|effect| effect.map(effect_name)).collect();
    Arc::new(names)
}

/// All answers of some rows.
#[derive(Debug, Default)]
pub(crate) struct All<'a> {
    states: Vec<State>,
    by: By<'a>,
    ends: Vec<Option<SilenceEnd>>,
    effects: Vec<Option<Effect>>,
    entity_states: Vec<Option<i64>>,
}

impl<'a> All<'a> {
    pub(crate) fn push_null(&mut self) {
        self.push_parts(State::Null, None);
        self.by.push_null();
    }

    pub(crate) fn push(&mut self, answer: Option<Answer<'a>>) {
        let state = if answer.is_some() { State::Silenced } else { State::Audible };
        self.push_parts(state, answer.as_ref());
        let by = answer.map(|answer| answer.by).into_iter().flatten();
        self.by.push(by.map(|window| window.id().as_str()));
    }

    fn push_parts(&mut self, state: State, answer: Option<&Answer<'a>>) {
        self.states.push(state);
        self.ends.push(answer.map(|answer| answer.until));
        self.effects.push(answer.map(|answer| answer.effect));
        self.entity_states.push(answer.and_then(|answer| Some(answer.state?.number())));
    }
}

/// Structs of all answers, of all pieces.
///
/// # Errors
///
/// As [`lists`].
pub(crate) fn structs(rows: usize, pieces: &[All<'_>]) -> Result<ArrayRef, ColumnError> {
    let mut silenced = BooleanBuilder::with_capacity(rows);
    let mut entity_states = Int64Builder::with_capacity(rows);
    for piece in pieces {
        silenced.extend(piece.states.iter().map(|state| match state {
            State::Null => None,
            state => Some(*state == State::Silenced),
        }));
        entity_states.extend(piece.entity_states.iter().copied());
    }
    let columns: [(&str, ArrayRef); 5] = [
        ("is_silenced", Arc::new(silenced.finish())),
        ("by", lists(pieces.iter().map(|piece| &piece.by))?),
        ("until", ends(pieces.iter().flat_map(|piece| piece.ends.iter().copied()), rows)),
        ("effect", effects(pieces.iter().flat_map(|piece| piece.effects.iter().copied()))),
        ("state", Arc::new(entity_states.finish())),
    ];
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, column)| (Field::new(name, column.data_type().clone(), true), column))
        .unzip();
    Ok(Arc::new(StructArray::new(Fields::from(fields), columns, None)))
}
