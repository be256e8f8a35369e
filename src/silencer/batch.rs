//! Batch queries: many queries in stages, so that their cache misses overlap.

use std::array::from_fn;

use crate::error::Error;
use crate::index::{Index, Slot};
use crate::scope::Subject;
use crate::time::Timestamp;

/// The number of queries per stage: more than a core can have outstanding cache misses,
/// and few enough for a stack frame.
const CHUNK: usize = 32;

/// Returns an error that names a column unless it has the length of another one.
pub(super) fn check_length(
    (name, rows): (&str, usize),
    (other, expected): (&str, usize),
) -> Result<(), Error> {
    if rows == expected {
        return Ok(());
    }
    let message = format_args!("{rows} rows are not {expected}, as the {other} are");
    Err(Error::invalid(message).in_field(name))
}

/// There are as many answers as queries.
pub(super) fn answer(index: &Index, queries: &[(&str, Timestamp)], answers: &mut [bool]) {
    if index.has_keyed_only() {
        for ((entity, at), answer) in queries.iter().zip(answers) {
            *answer = index.is_silenced(&Subject::entity(entity), *at);
        }
        return;
    }
    let (chunks, rest) = queries.as_chunks::<CHUNK>();
    let (answers, others) = answers.as_chunks_mut::<CHUNK>();
    for (queries, answers) in chunks.iter().zip(answers) {
        answer_chunk(index, queries, answers);
    }
    for ((entity, at), answer) in rest.iter().zip(others) {
        *answer = index.is_silenced_at(index.lookup(entity), None, *at);
    }
}

fn answer_chunk(index: &Index, queries: &[(&str, Timestamp); CHUNK], answers: &mut [bool; CHUNK]) {
    // The iterations of each loop are independent of each other, and loops that load
    // are short, so that as many loads as possible are outstanding at once.
    let probes = queries.each_ref().map(|(entity, _)| index.probe(entity));
    probes.iter().for_each(|probe| index.prefetch_slot(*probe));
    let slots: [&Slot; CHUNK] = from_fn(|number| {
        let (entity, _) = queries[number];
        index.lookup_probed(probes[number], entity)
    });
    let mut far = IndexList::default();
    for (number, (slot, (_, at))) in slots.iter().zip(queries).enumerate() {
        let near = slot.answer(at.as_millis());
        answers[number] = near == Some(true);
        far.push_if(near.is_none(), number);
    }
    let mut open = IndexList::default();
    for number in far.iter() {
        open.push_if(index.may_be_silenced(slots[number], queries[number].1), number);
    }
    open.iter().for_each(|number| index.prefetch_block(slots[number]));
    for number in open.iter() {
        answers[number] = index.is_silenced_slow(slots[number], None, queries[number].1);
    }
}

/// The numbers of some queries of a chunk, collected branch-free.
#[derive(Default)]
struct IndexList {
    numbers: [usize; CHUNK],
    count: usize,
}

impl IndexList {
    #[inline]
    fn push_if(&mut self, condition: bool, number: usize) {
        self.numbers[self.count] = number;
        self.count += usize::from(condition);
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.numbers[..self.count].iter().copied()
    }
}
