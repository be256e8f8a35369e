//! Whether any interval covers an instant, from one cache line.

use crate::interval_set::bucket_index::{bucket_of, core_range, scale};

/// The boundaries of the union of all intervals. An instant is covered if the
/// number of boundaries at or before it is odd.
#[derive(Clone)]
pub(super) struct Union {
    base: u64,
    scale: u64,
    lines: Box<[Line]>,
}

/// A bucket of boundaries, as 16 lanes of 15 bits and a spare bit:
///
/// ```text
/// lane 0        [`ODD`] if the number of boundaries before the bucket is odd,
///               else [`PADDING`]; [`UNKNOWN`] if the bucket has too many
/// lanes 1..=15  the leading 15 bits of each boundary's position in the bucket,
///               then [`PADDING`]
/// ```
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Line([u64; 4]);

const LANES: usize = 16;
const EACH_LANE: u64 = 0x0001_0001_0001_0001;
const SPARE_BITS: u64 = 0x8000 * EACH_LANE;
/// Lane 0 if the number of boundaries before the bucket is odd: it counts as a
/// boundary at or before every position. [`PADDING`] counts before none.
const ODD: u16 = 0;
const PADDING: u16 = 0x7FFF;
const UNKNOWN: u16 = 0x8000;
/// Average number of boundaries per line, and its maximum when memory is short.
const LINE_FILL: usize = 8;
const LINE_FILL_MAX: usize = 12;

impl Union {
    /// Uses little more than `spare_bytes`, if [`LINE_FILL_MAX`] allows it.
    pub(super) fn new(boundaries: &[u64], spare_bytes: usize) -> Self {
        let (most, least) = (boundaries.len() / LINE_FILL, boundaries.len() / LINE_FILL_MAX);
        let lines = (spare_bytes / size_of::<Line>()).clamp(least, most);
        let core_range = core_range(boundaries.len(), |at| boundaries[at]);
        let buckets = lines.max(1);
        let base = core_range.start;
        let scale = scale((core_range.end - core_range.start).saturating_sub(1), buckets);
        let mut at = 0;
        let line = |bucket: usize| {
            let mut lanes = [PADDING; LANES];
            lanes[0] = if at % 2 == 1 { ODD } else { PADDING };
            let mut lane = 1;
            while let Some(boundary) = boundaries.get(at) {
                let (its, place) = bucket_of(base, scale, *boundary);
                if its.min(buckets + 1) > bucket {
                    break;
                }
                match lanes.get_mut(lane) {
                    Some(key) if (1..=buckets).contains(&bucket) => *key = (place >> 49) as u16,
                    _ => lanes[0] = UNKNOWN,
                }
                lane += 1;
                at += 1;
            }
            let word = |word: usize| {
                let lanes = lanes[word * 4..word * 4 + 4].iter().rev();
                lanes.fold(0, |word, lane| word << 16 | u64::from(*lane))
            };
            Line([word(0), word(1), word(2), word(3)])
        };
        Self { base, scale, lines: (0..buckets + 2).map(line).collect() }
    }

    /// `None` if the leading bits are not enough to decide.
    #[inline]
    pub(super) fn contains(&self, offset: u64) -> Option<bool> {
        let (bucket, place) = bucket_of(self.base, self.scale, offset);
        let Line([a, b, c, d]) = self.lines[bucket.min(self.lines.len() - 1)];
        let key = place >> 49;
        // The spare bit is set, so that no lane borrows from the next. It stays
        // set in `to` where the lane is at or before the key, and in `before`
        // where the lane is before the key.
        let (to, before) = ((key | 0x8000) * EACH_LANE, (key + 0x7FFF) * EACH_LANE);
        let to = [a, b, c, d].map(|lanes| to.wrapping_sub(lanes));
        let before = [a, b, c, d].map(|lanes| before.wrapping_sub(lanes));
        let met =
            (to[0] ^ before[0]) | (to[1] ^ before[1]) | (to[2] ^ before[2]) | (to[3] ^ before[3]);
        let unknown = a & u64::from(UNKNOWN);
        if (met & SPARE_BITS) | unknown != 0 {
            // A boundary with the same leading bits is at this very instant if
            // one millisecond is more than the lowest of these bits.
            let is_exact = self.scale >= 1 << 49 && key != 0 && key != u64::from(PADDING);
            if unknown != 0 || !is_exact {
                return None;
            }
        }
        let odd = (to[0] ^ to[1] ^ to[2] ^ to[3]) >> 15 & EACH_LANE;
        Some(odd.wrapping_mul(EACH_LANE) >> 48 & 1 == 1)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.lines)
    }
}
