//! Sorted boundaries, of which an odd number at or before a position means
//! "inside": the one place where they are counted.

use crate::index::words::WordReader;

/// No lane is wider, so that many words behind the boundaries are enough.
pub(super) const MAX_LANE: usize = 16;

/// Whether an odd number of the `count` boundaries that come next is at or before
/// `position`. Few of them are compared all at once, with what comes behind them
/// up to `N`, which does not count; moves past them.
#[inline(always)]
pub(super) fn is_inside_lane<const N: usize>(
    words: &mut WordReader<'_>,
    count: usize,
    position: u32,
) -> bool {
    const { assert!(N <= MAX_LANE) };
    let inside = if count <= N {
        let lane: &[u32; N] = words.peek_at(0);
        let before = lane.iter().zip(0..N as u32);
        let before = before.map(|(boundary, at)| (*boundary <= position) & (at < count as u32));
        before.fold(0, |odd, before| odd ^ u32::from(before)) != 0
    } else {
        is_inside({ *words }.take_slice(count), position)
    };
    words.skip(count);
    inside
}

/// The same for boundaries of any number.
#[inline(always)]
pub(super) fn is_inside(boundaries: &[u32], position: u32) -> bool {
    rank(boundaries, position) & 1 != 0
}

/// How many boundaries are at or before `position`.
#[inline(always)]
pub(super) fn rank(boundaries: &[u32], position: u32) -> usize {
    boundaries.partition_point(|boundary| *boundary <= position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_counted_as_a_slice_is_whatever_comes_behind_it() {
        for count in 0..40u32 {
            let boundaries: Vec<u32> = (0..count).map(|n| n * 10 + 5).collect();
            for behind in [0, 7, u32::MAX] {
                let words = [&boundaries[..], &[behind; 8]].concat();
                for position in (0..count * 10 + 20).chain([u32::MAX - 1]) {
                    let mut reader = WordReader::new(&words);
                    let inside = is_inside_lane::<8>(&mut reader, count as usize, position);
                    assert_eq!(
                        inside,
                        is_inside(&boundaries, position),
                        "{position} among {count}"
                    );
                    assert_eq!(*reader.peek_at::<8>(0), [behind; 8]);
                }
            }
        }
    }
}
