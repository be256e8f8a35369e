//! Numbers in a row of 32-bit words: how a block lies in memory.

/// Reads words one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordReader<'a>(&'a [u32]);

impl<'a> WordReader<'a> {
    #[inline]
    pub(super) fn new(words: &'a [u32]) -> Self {
        Self(words)
    }

    #[inline(always)]
    pub(super) fn take_word(&mut self) -> u32 {
        self.take_array::<1>()[0]
    }

    #[inline(always)]
    pub(super) fn take_i64(&mut self) -> i64 {
        i64_from_words(*self.take_array())
    }

    /// So many words at once, for the price of one check.
    #[inline(always)]
    pub(super) fn take_array<const N: usize>(&mut self) -> &'a [u32; N] {
        let (words, rest) = self.0.split_first_chunk().expect("a block is as long as it says");
        self.0 = rest;
        words
    }

    #[inline(always)]
    pub(super) fn take_slice(&mut self, length: usize) -> &'a [u32] {
        let (slice, rest) = self.0.split_at(length);
        self.0 = rest;
        slice
    }

    #[inline(always)]
    pub(super) fn skip(&mut self, length: usize) {
        self.0 = &self.0[length..];
    }

    /// So many records of `N` words.
    #[inline(always)]
    pub(super) fn take_arrays<const N: usize>(&mut self, count: usize) -> &'a [[u32; N]] {
        self.take_slice(count * N).as_chunks().0
    }

    /// So many of the words that follow, from a place on.
    #[inline(always)]
    pub(super) fn peek_at<const N: usize>(&self, place: usize) -> &'a [u32; N] {
        self.0[place..].first_chunk().expect("a block is as long as it says")
    }
}

/// Two words as one number. Said in bytes, it is loaded in one piece; said in
/// shifts, it is taken apart in the sums that it is used in.
#[inline(always)]
pub(super) fn i64_from_words(words: [u32; 2]) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(words.map(u32::to_le_bytes).as_flattened());
    i64::from_le_bytes(bytes)
}

/// Appends what [`Reader::i64`] reads.
pub(super) fn push_i64(words: &mut Vec<u32>, value: i64) {
    words.extend([value as u32, (value >> 32) as u32]);
}
