//! Where in a sorted list an offset has its place.

use std::ops::Range;

use crate::time::interval_set::Span;

/// Ranks in a sorted list of offsets, by buckets of equal width over the bulk
/// of the list, with one more on either side for what lies outside of it.
#[derive(Clone)]
pub(super) struct Directory {
    pub(super) base: u64,
    /// Buckets a millisecond, as a fraction of 2^64.
    pub(super) scale: u64,
    /// How many are before each bucket; one more for the end.
    pub(super) ranks: Box<[u32]>,
}

/// Intervals in a bucket, on average.
const BUCKET_FILL: usize = 4;

/// Where all but the outliers of a sorted list are, which has `len` elements.
pub(super) fn bulk(len: usize, sorted: impl Fn(usize) -> u64) -> Range<u64> {
    if len == 0 {
        return 0..0;
    }
    let few = len / 128;
    let (low, high) = (sorted(few), sorted(len - 1 - few));
    let margin = (high - low) / 16 + 1;
    low.saturating_sub(margin).max(sorted(0))..(high + margin).min(sorted(len - 1)) + 1
}

/// Such that `buckets` of equal width hold offsets up to `reach`.
pub(super) fn scale(reach: u64, buckets: usize) -> u64 {
    let whole = ((buckets as u128) << 64) / u128::from(reach + 1);
    u64::try_from(whole).unwrap_or(u64::MAX)
}

/// The bucket of an offset, from 1 on if it is not before the base, and its
/// place in there, as a fraction of 2^64.
#[inline]
pub(super) fn locate(base: u64, scale: u64, offset: u64) -> (usize, u64) {
    match offset.checked_sub(base) {
        None => (0, 0),
        Some(place) => {
            let product = u128::from(place) * u128::from(scale);
            (1 + (product >> 64) as usize, product as u64)
        }
    }
}

impl Directory {
    /// And how wide a bucket is at most.
    pub(super) fn new(spans: &[Span], bulk: &Range<u64>) -> (Self, u64) {
        let buckets = (spans.len() / BUCKET_FILL).max(1);
        let reach = (bulk.end - bulk.start).saturating_sub(1);
        let scale = scale(reach, buckets);
        let mut ranks = vec![0_u32; buckets + 3];
        for span in spans {
            let bucket = locate(bulk.start, scale, span.start).0.min(buckets + 1);
            ranks[bucket + 1] += 1;
        }
        let mut rank = 0;
        for count in &mut ranks {
            rank += *count;
            *count = rank;
        }
        let width = reach / buckets as u64 + 2;
        (Self { base: bulk.start, scale, ranks: ranks.into() }, width)
    }

    /// The ranks in the bucket of `offset`.
    #[inline]
    pub(super) fn bucket(&self, offset: u64) -> Range<usize> {
        let last = self.ranks.len() - 2;
        let bucket = locate(self.base, self.scale, offset).0.min(last);
        self.ranks[bucket] as usize..self.ranks[bucket + 1] as usize
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.ranks)
    }
}
