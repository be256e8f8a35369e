//! Many questions at once, so that their cache misses overlap.

use crate::index::{Index, Place};
use crate::time::Timestamp;

/// How many questions are in flight: what a stack frame holds with ease, and
/// more than a core can have misses outstanding.
const CHUNK: usize = 32;

pub(super) fn answer(index: &Index, queries: &[(&str, Timestamp)], answers: &mut [bool]) {
    for (queries, answers) in queries.chunks(CHUNK).zip(answers.chunks_mut(CHUNK)) {
        // First only touch what each question will need: nothing depends on
        // anything here, so the loads are all under way at once.
        let mut hashes = [0; CHUNK];
        for ((entity, _), hash) in queries.iter().zip(&mut hashes) {
            *hash = index.touch(entity);
        }
        let mut places = [Place::Nowhere; CHUNK];
        for (((entity, at), hash), place) in queries.iter().zip(hashes).zip(&mut places) {
            *place = index.find_hashed(hash, entity);
            index.touch_block(*place, *at);
        }
        for (((_, at), place), answer) in queries.iter().zip(places).zip(answers) {
            *answer = index.is_silenced_there(place, None, *at);
        }
    }
}
