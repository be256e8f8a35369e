//! Many questions at once, so that their cache misses overlap.

use crate::index::{Index, Place};
use crate::time::Timestamp;

/// How many questions are in flight: what a stack frame holds with ease, and
/// more than a core can have misses outstanding.
const CHUNK: usize = 32;

pub(super) fn answer(index: &Index, queries: &[(&str, Timestamp)], answers: &mut [bool]) {
    let count = queries.len().min(answers.len());
    let (chunks, rest) = queries[..count].as_chunks::<CHUNK>();
    let (answers, others) = answers[..count].as_chunks_mut::<CHUNK>();
    for (queries, answers) in chunks.iter().zip(answers) {
        answer_chunk(index, queries, answers);
    }
    for ((entity, at), answer) in rest.iter().zip(others) {
        *answer = index.is_silenced_there(index.find(entity), None, *at);
    }
}

fn answer_chunk(index: &Index, queries: &[(&str, Timestamp); CHUNK], answers: &mut [bool; CHUNK]) {
    // First only touch what each question will need: nothing depends on
    // anything here, so the loads are all under way at once.
    let guesses = queries.each_ref().map(|(entity, _)| index.guess(entity));
    let mut far = [(0, Place::Nowhere); CHUNK];
    let mut count = 0;
    for (number, ((entity, at), guess)) in queries.iter().zip(guesses).enumerate() {
        let place = index.find_by(guess, entity);
        let near = index.answer_near(place, *at);
        answers[number] = near == Some(true);
        far[count] = (number, place);
        if near.is_none() {
            index.touch_block(place);
            count += 1;
        }
    }
    for (number, place) in &far[..count] {
        answers[*number] = index.is_silenced_afar(*place, None, queries[*number].1);
    }
}
