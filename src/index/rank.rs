//! Sorted boundaries, of which an odd number at or before a position means
//! "inside": the one place where they are counted.

/// Between the boundaries and the end of their lane; no position gets there.
const PADDING: u32 = u32::MAX;

/// How many words `count` boundaries take: few of them fill a lane of `N`, a
/// power of two, so that as many steps find a rank among all of them.
#[inline(always)]
pub(super) fn padded<const N: usize>(count: usize) -> usize {
    count.max(N)
}

/// Writes boundaries, filling up their lane.
pub(super) fn write<const N: usize>(words: &mut Vec<u32>, boundaries: impl Iterator<Item = u32>) {
    let start = words.len();
    words.extend(boundaries);
    words.resize(start + padded::<N>(words.len() - start), PADDING);
}

/// The boundaries alone.
pub(super) fn without_padding(words: &[u32]) -> &[u32] {
    &words[..rank(words, PADDING - 1)]
}

/// Whether an odd number of the padded boundaries is at or before `position`,
/// which is below `u32::MAX`.
#[inline(always)]
pub(super) fn is_inside<const N: usize>(boundaries: &[u32], position: u32) -> bool {
    match boundaries.first_chunk::<N>() {
        Some(lane) if boundaries.len() == N => {
            let mut rank = 0;
            let mut step = N / 2;
            while step > 0 {
                rank |= usize::from(lane[rank | (step - 1)] <= position) * step;
                step /= 2;
            }
            (rank & 1 != 0) ^ (lane[rank] <= position)
        }
        _ => many(boundaries, position),
    }
}

/// The same for boundaries of any size without padding.
#[inline(always)]
pub(super) fn many(boundaries: &[u32], position: u32) -> bool {
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
    fn a_lane_is_searched_as_a_slice_is() {
        for count in 0..40u32 {
            let boundaries: Vec<u32> = (0..count).map(|n| n * 10 + 5).collect();
            let mut words = Vec::new();
            write::<8>(&mut words, boundaries.iter().copied());
            assert_eq!(words.len(), padded::<8>(count as usize));
            for position in (0..count * 10 + 20).chain([PADDING - 1]) {
                assert_eq!(
                    is_inside::<8>(&words, position),
                    many(&boundaries, position),
                    "{position} among {count}"
                );
            }
        }
    }

    #[test]
    fn padding_is_told_from_boundaries() {
        for count in [0u32, 1, 7, 8, 9] {
            let boundaries: Vec<u32> = (0..count).chain([PADDING - 1]).collect();
            let mut words = Vec::new();
            write::<16>(&mut words, boundaries.iter().copied());
            assert_eq!(words.len(), 16);
            assert_eq!(without_padding(&words), boundaries);
        }
    }
}
