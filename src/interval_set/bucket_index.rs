//! An interpolation index: from an offset to its approximate rank in a sorted
//! list.

use std::ops::Range;

use crate::interval_set::Span;

/// Ranks in a sorted list of offsets, for buckets of equal width over the core
/// range of the list, plus one bucket on either side for outliers.
#[derive(Clone)]
pub(super) struct BucketIndex {
    pub(super) base: u64,
    /// Buckets per millisecond, as a fraction of 2^64.
    pub(super) scale: u64,
    /// The number of elements before each bucket, and the total.
    pub(super) ranks: Box<[u32]>,
}

/// Average number of intervals per bucket.
const BUCKET_FILL: usize = 4;

/// The range of a sorted list of `len` elements without its outliers: without
/// 1/128 of the elements at either end, widened by a margin of 1/16.
pub(super) fn core_range(len: usize, sorted: impl Fn(usize) -> u64) -> Range<u64> {
    if len == 0 {
        return 0..0;
    }
    let few = len / 128;
    let (low, high) = (sorted(few), sorted(len - 1 - few));
    let margin = (high - low) / 16 + 1;
    low.saturating_sub(margin).max(sorted(0))..(high + margin).min(sorted(len - 1)) + 1
}

/// The scale at which `buckets` buckets of equal width cover offsets up to
/// `reach`.
pub(super) fn scale(reach: u64, buckets: usize) -> u64 {
    let whole = ((buckets as u128) << 64) / u128::from(reach + 1);
    u64::try_from(whole).unwrap_or(u64::MAX)
}

/// The bucket of an offset and the position in the bucket, as a fraction of
/// 2^64. Bucket 0 is for offsets before the base.
#[inline]
pub(super) fn bucket_of(base: u64, scale: u64, offset: u64) -> (usize, u64) {
    match offset.checked_sub(base) {
        None => (0, 0),
        Some(place) => {
            let product = u128::from(place) * u128::from(scale);
            (1 + (product >> 64) as usize, product as u64)
        }
    }
}

impl BucketIndex {
    /// Returns the index and the maximal width of a bucket.
    pub(super) fn new(spans: &[Span], core_range: &Range<u64>) -> (Self, u64) {
        let buckets = (spans.len() / BUCKET_FILL).max(1);
        let reach = (core_range.end - core_range.start).saturating_sub(1);
        let scale = scale(reach, buckets);
        let mut ranks = vec![0_u32; buckets + 3];
        for span in spans {
            let bucket = bucket_of(core_range.start, scale, span.start).0.min(buckets + 1);
            ranks[bucket + 1] += 1;
        }
        let mut rank = 0;
        for count in &mut ranks {
            rank += *count;
            *count = rank;
        }
        let width = reach / buckets as u64 + 2;
        (Self { base: core_range.start, scale, ranks: ranks.into() }, width)
    }

    /// The ranks in the bucket of `offset`.
    #[inline]
    pub(super) fn bucket(&self, offset: u64) -> Range<usize> {
        let last = self.ranks.len() - 2;
        let bucket = bucket_of(self.base, self.scale, offset).0.min(last);
        self.ranks[bucket] as usize..self.ranks[bucket + 1] as usize
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.ranks)
    }
}
