//! Numbers in a row of 32-bit words: how a block lies in memory.

/// Reads words one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u32]);

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn new(words: &'a [u32]) -> Self {
        Self(words)
    }

    #[inline]
    pub(super) fn word(&mut self) -> u32 {
        let (word, rest) = self.0.split_first().expect("a block is as long as it says");
        self.0 = rest;
        *word
    }

    #[inline]
    pub(super) fn i64(&mut self) -> i64 {
        let (low, high) = (self.word(), self.word());
        (i64::from(high as i32) << 32) | i64::from(low)
    }

    #[inline]
    pub(super) fn slice(&mut self, length: usize) -> &'a [u32] {
        let (slice, rest) = self.0.split_at(length);
        self.0 = rest;
        slice
    }
}

/// Appends what [`Reader::i64`] reads.
pub(super) fn push_i64(words: &mut Vec<u32>, value: i64) {
    words.extend([value as u32, (value >> 32) as u32]);
}
