//! The slot of an entity: everything that most queries need, in one cache line.
//!
//! ```text
//! bytes  field    content
//!    38  key      the id; or start and length (u64 each) in the table's `long_keys`;
//!                 or the hash of the id (u64), in the slot of an override;
//!                 or the hash of a key of labels (u64), and what its windows have in common
//!     1  length   length of the id, or LONG_KEY, or HASH_KEY, or VACANT
//!     1  flags    see below
//!     4  block    start of the entity's block in the arena
//!     8  from     cached span: start, in ms
//!     4  span     cached span: length, in ms
//!     8  payload  single source: prefilter (time-of-week mask, span buckets)
//!                 MULTI_SOURCE:  length of the cached span, class set
//!    --
//!    64
//!
//! flags    bit 7     6   5    4   3    2            1             0
//!          timeline  next     prev     IS_OVERRIDE  MULTI_SOURCE  SILENCED
//! ```
//!
//! *Single source* means that the untyped windows of its own block alone decide
//! whether the entity is silenced. Then the cached span holds the final answer, and
//! `prev` and `next` extend it: they index [`NEIGHBOUR_MS`], the time before and after
//! the span for which the answer is known to be the opposite.
//!
//! A `MULTI_SOURCE` slot also depends on classes or alert-typed windows. Its cached
//! span (length in `payload`) is the answer of its block only. "Silenced" is final
//! nevertheless, so `span` repeats the length in that case and is 0 otherwise: the
//! check for a cached answer is the same for all slots.

use crate::index::near::{AnswerSpan, NearAnswer, NearState, span_contains};
use crate::index::prefilter::{Candidates, Prefilter};

/// The slot of an entity. The module documentation has the layout.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Slot {
    pub(super) key: [u8; INLINE_KEY_LEN],
    /// The length of the id, or [`LONG_KEY`], or [`HASH_KEY`], or [`VACANT`].
    pub(super) length: u8,
    flags: u8,
    /// Start of the entity's block in the arena.
    pub(super) block: u32,
    /// Start of the cached span, and the length for which its answer is final.
    from: i64,
    span: u32,
    /// The prefilter; or the length of the cached span and the class set.
    payload: [u32; 2],
}

const _: () = assert!(size_of::<Slot>() == 64, "a slot is a cache line");

/// The payload of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) enum SlotTail {
    /// The block is the only source: its prefilter.
    Prefilter(Prefilter),
    /// There are more sources: the class set, and maybe alert-typed windows.
    ClassSet(u32),
}

/// Maximum length of an id that is stored in the slot.
pub(super) const INLINE_KEY_LEN: usize = 38;
/// `length` of a slot whose id is in the table's `long_keys`.
pub(super) const LONG_KEY: u8 = u8::MAX;
/// `length` of a slot whose key is a hash.
const HASH_KEY: u8 = LONG_KEY - 2;
/// What a slot with a hash key has beside the hash; what it means is the matter of
/// [`crate::index::keys`].
pub(super) const KEY_CONTENT: usize = INLINE_KEY_LEN - size_of::<u64>();
/// `length` of a slot without an entity. No id compares equal to it.
pub(super) const VACANT: u8 = LONG_KEY - 1;

/// The answer of the cached span.
const SILENCED: u8 = 1;
/// The entity's answer depends on classes or alert-typed windows, too.
pub(super) const MULTI_SOURCE: u8 = 2;
/// The slot belongs to an override of the delta; its key is a hash.
const IS_OVERRIDE: u8 = 4;
/// Positions of the `prev` and `next` fields in the flags: indexes into
/// [`NEIGHBOUR_MS`], two bits each.
const PREV_SHIFT: u32 = 3;
const NEXT_SHIFT: u32 = 5;
/// Both fields.
const NEIGHBOUR_BITS: u8 = 0b1111 << PREV_SHIFT;
/// The entity may have a near-now timeline, because it has many windows.
pub(super) const MAY_HAVE_TIMELINE: u8 = 128;
/// In ms: nothing, about 2 minutes, 17 minutes, 2 hours.
const NEIGHBOUR_MS: [i64; 4] = [0, 1 << 17, 1 << 20, 1 << 23];

impl Slot {
    pub(super) const EMPTY: Self = Self {
        key: [0; INLINE_KEY_LEN],
        length: VACANT,
        flags: 0,
        block: 0,
        from: 0,
        span: 0,
        payload: [0; 2],
    };

    /// The cached span, and the answer of the entity's block in it.
    pub(super) fn near_span(&self) -> AnswerSpan {
        let span = if self.is(MULTI_SOURCE) { self.payload[0] } else { self.span };
        let until = self.from.saturating_add(i64::from(span));
        AnswerSpan { from: self.from, until, silenced: self.is(SILENCED) }
    }

    /// The final answer at `t`, if `t` is in the cached span.
    #[inline]
    pub(crate) fn answer(&self, t: i64) -> Option<bool> {
        span_contains(self.from, self.span, t).then_some(self.is(SILENCED))
    }

    /// The answer at `t`, if `t` is in the known part of a neighbouring span. Only for
    /// slots with a single source.
    #[inline]
    pub(super) fn neighbour_answer(&self, t: i64) -> Option<bool> {
        let neighbour_ms =
            |at: u32| NEIGHBOUR_MS[usize::from(self.flags >> at) % NEIGHBOUR_MS.len()] as u64;
        let since = t.wrapping_sub(self.from);
        let before = (!since as u64) < neighbour_ms(PREV_SHIFT);
        let after = (since.wrapping_sub(i64::from(self.span)) as u64) < neighbour_ms(NEXT_SHIFT);
        (before | after).then_some(!self.is(SILENCED))
    }

    /// A copy of the cached answer for entity handles.
    pub(crate) fn near_answer(&self) -> NearAnswer {
        let silenced = self.is(SILENCED);
        let skipped = u32::from((self.from & 1 != 0) != silenced);
        let from = self.from.wrapping_add(skipped.into());
        NearAnswer { from, span: self.span.saturating_sub(skipped), block: self.block }
    }

    /// [`near_answer`](Self::near_answer) without an answer.
    pub(crate) fn no_answer(&self) -> NearAnswer {
        NearAnswer { from: 0, span: 0, block: self.block }
    }

    /// Whether the cached span can be kept for `now` = `t`: it contains `t` with a margin
    /// on both sides; or it contains `t`, a neighbouring span is known, and there is no
    /// timeline to rebuild.
    pub(super) fn near_is_fresh(&self, t: i64) -> bool {
        let cached = self.near_span();
        let has_neighbour =
            cached.contains(t) && self.is(NEIGHBOUR_BITS) && !self.is(MAY_HAVE_TIMELINE);
        cached.contains_margin(t, NEIGHBOUR_MS[1]) || has_neighbour
    }

    /// Whether the slot belongs to an entity; false for the default slot.
    pub(crate) fn is_occupied(&self) -> bool {
        self.length != VACANT
    }

    /// Whether a flag is set.
    #[inline]
    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The class set; set 0 for slots with a single source.
    pub(super) fn class_set(&self) -> u32 {
        if self.is(MULTI_SOURCE) { self.payload[1] } else { 0 }
    }

    /// The candidates at `t`, by the prefilter. Only for slots with a single source.
    #[inline]
    pub(super) fn candidates_at(&self, t: i64) -> Candidates {
        Prefilter::from_words(self.payload).candidates(t)
    }

    /// Initializes everything but the key.
    pub(super) fn init(
        &mut self,
        block: u32,
        tail: SlotTail,
        may_have_timeline: bool,
        state: impl Into<NearState>,
    ) {
        self.block = block;
        (self.flags, self.payload) = match tail {
            SlotTail::Prefilter(prefilter) => (0, prefilter.to_words()),
            SlotTail::ClassSet(class_set) => (MULTI_SOURCE, [0, class_set]),
        };
        if may_have_timeline {
            self.flags |= MAY_HAVE_TIMELINE;
        }
        self.set_near(state);
    }

    /// The slot of an override. Overrides are always `MULTI_SOURCE`.
    pub(super) fn for_override(hash: u64, class_set: u32, cached: AnswerSpan) -> Self {
        let flags = MULTI_SOURCE | IS_OVERRIDE;
        let mut slot = Self { payload: [0, class_set], length: LONG_KEY, flags, ..Self::EMPTY };
        slot.key[..8].copy_from_slice(&hash.to_le_bytes());
        slot.set_near(cached);
        slot
    }

    /// The hash of the id, if this is the slot of an override.
    pub(super) fn override_hash(&self) -> Option<u64> {
        let hash = self.key.first_chunk().copied().map(u64::from_le_bytes);
        hash.filter(|_| self.is(IS_OVERRIDE))
    }

    /// Makes a hash the key of the slot.
    pub(super) fn set_hash_key(&mut self, hash: u64) {
        self.length = HASH_KEY;
        self.key[..8].copy_from_slice(&hash.to_le_bytes());
    }

    /// Sets the content beside a hash key.
    pub(super) fn set_key_content(&mut self, content: [u8; KEY_CONTENT]) {
        self.key[8..].copy_from_slice(&content);
    }

    /// The content beside a hash key.
    #[inline]
    pub(super) fn key_content(&self) -> Option<&[u8; KEY_CONTENT]> {
        self.key.last_chunk().filter(|_| self.length == HASH_KEY)
    }

    /// The hash that is the key of the slot.
    #[inline]
    pub(super) fn hash_key(&self) -> Option<u64> {
        let hash = self.key.first_chunk().copied().map(u64::from_le_bytes);
        hash.filter(|_| self.length == HASH_KEY)
    }

    /// Sets the cached span and its neighbours. A span that is too long for a slot is
    /// cut at its end; a neighbour behind the cut is dropped.
    pub(super) fn set_near(&mut self, state: impl Into<NearState>) {
        let NearState { span: cached, before_ms, after_ms } = state.into();
        let length = cached.until.abs_diff(cached.from);
        let span = length.min(u32::MAX.into()) as u32;
        self.flags = self.flags & (MULTI_SOURCE | IS_OVERRIDE | MAY_HAVE_TIMELINE)
            | if cached.silenced { SILENCED } else { 0 };
        (self.from, self.span) = (cached.from, span);
        if self.is(MULTI_SOURCE) {
            self.payload[0] = span;
            self.span = if cached.silenced { span } else { 0 };
        } else {
            let level =
                |ms: i64| NEIGHBOUR_MS[1..].iter().filter(|least| **least <= ms).count() as u8;
            let after_ms = if u64::from(span) == length { after_ms } else { 0 };
            self.flags |= level(before_ms) << PREV_SHIFT | level(after_ms) << NEXT_SHIFT;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_in_cached_span_is_final() {
        assert_eq!(size_of::<Slot>(), 64);
        let span = |silenced| AnswerSpan { from: 10, until: 20, silenced };
        let answers = |slot: &Slot| [9, 10, 19, 20].map(|t| slot.answer(t));
        let mut slot = Slot::EMPTY;
        assert_eq!(answers(&slot), [None; 4]);
        let nothing = SlotTail::Prefilter(Prefilter::default());
        slot.init(5, nothing, false, span(true));
        assert_eq!(answers(&slot), [None, Some(true), Some(true), None]);
        assert_eq!((slot.block, slot.class_set(), slot.is(MULTI_SOURCE)), (5, 0, false));
        slot.set_near(span(false));
        assert_eq!(answers(&slot), [None, Some(false), Some(false), None]);
        assert_eq!(slot.near_span(), span(false));
        // With several sources only "silenced" is final.
        slot.init(5, SlotTail::ClassSet(6), false, span(true));
        assert_eq!((slot.block, slot.class_set()), (5, 6));
        assert_eq!(answers(&slot), [None, Some(true), Some(true), None]);
        assert!(slot.is(MULTI_SOURCE) && slot.near_span() == span(true));
        slot.set_near(span(false));
        assert_eq!(answers(&slot), [None; 4]);
        assert!(slot.is(MULTI_SOURCE) && slot.near_span() == span(false));
        slot.set_near(span(true));
        assert_eq!(slot.answer(10), Some(true));
        slot.set_near(AnswerSpan::EMPTY);
        assert!(slot.answer(0).is_none() && !slot.near_span().contains(0));
    }

    #[test]
    fn set_near_long_span_is_cut() {
        let long = i64::from(u32::MAX);
        let mut slot = Slot::EMPTY;
        for until in [10 + long - 1, 10 + long, 10 + long + 1, i64::MAX] {
            let span = AnswerSpan { from: 10, until, silenced: false };
            slot.init(0, SlotTail::Prefilter(Prefilter::default()), false, span);
            assert_eq!(slot.near_span(), AnswerSpan { until: until.min(10 + long), ..span });
        }
        slot.set_near(AnswerSpan { from: i64::MAX - 5, until: i64::MAX, silenced: false });
        let is_opposite = [i64::MIN, i64::MAX - 6, i64::MAX - 5, i64::MAX - 1, i64::MAX];
        let is_opposite = is_opposite.map(|t| slot.answer(t).is_some());
        assert_eq!(is_opposite, [false, false, true, true, false]);
        slot.set_near(AnswerSpan::always(true));
        assert_eq!([i64::MIN, 0].map(|t| slot.answer(t)), [Some(true), None]);
    }

    #[test]
    fn neighbour_answer_beside_span_is_opposite() {
        let (two, quarter, hours) = (NEIGHBOUR_MS[1], NEIGHBOUR_MS[2], NEIGHBOUR_MS[3]);
        let levels = [0, two - 1, two, quarter - 1, quarter, hours - 1, hours, i64::MAX];
        let of = [0, 0, two, two, quarter, quarter, hours, hours];
        let span = |silenced| AnswerSpan { from: 100, until: 200, silenced };
        let mut slot = Slot::EMPTY;
        for silenced in [false, true] {
            let is_opposite = |slot: &Slot, t: i64| slot.neighbour_answer(t) == Some(!silenced);
            for (before, least) in levels.into_iter().zip(of) {
                slot.set_near(NearState { span: span(silenced), before_ms: before, after_ms: 0 });
                let instants = [i64::MIN, 99 - least, 100 - least, 99, 100, 200, i64::MAX];
                let some = least != 0;
                let expected = [false, false, some, some, false, false, false];
                assert_eq!(instants.map(|t| is_opposite(&slot, t)), expected, "{before}");
                slot.set_near(NearState { span: span(silenced), before_ms: 0, after_ms: before });
                let instants = [i64::MIN, 99, 199, 200, 199 + least, 200 + least, i64::MAX];
                let expected = [false, false, false, some, some, false, false];
                assert_eq!(instants.map(|t| is_opposite(&slot, t)), expected, "{before}");
            }
            slot.set_near(NearState { span: span(silenced), before_ms: hours, after_ms: two });
            let instants = [100 - hours, 199 + two, 200 + two].map(|t| is_opposite(&slot, t));
            assert_eq!(instants, [true, true, false]);
            slot.set_near(span(silenced));
            assert_eq!([99, 200].map(|t| slot.neighbour_answer(t)), [None; 2]);
        }
        // Not known behind a cut, and not with several sources.
        let until = 100 + i64::from(u32::MAX) + 1;
        let long = AnswerSpan { from: 100, until, silenced: true };
        slot.set_near(NearState { span: long, before_ms: two, after_ms: two });
        let instants = [99, until - 1, until].map(|t| slot.neighbour_answer(t));
        assert_eq!(instants, [Some(false), None, None]);
        slot.init(
            0,
            SlotTail::ClassSet(1),
            false,
            NearState { span: span(false), before_ms: two, after_ms: two },
        );
        assert_eq!([99, 200].map(|t| slot.neighbour_answer(t)), [None; 2]);
    }

    #[test]
    fn near_answer_matches_slot() {
        let ends = [(i64::MIN, 7), (-8, -1), (-7, 0), (0, 1), (1, 2), (4, 9), (5, i64::MAX)];
        let more = SlotTail::ClassSet(1);
        for tail in [SlotTail::Prefilter(Prefilter::default()), more] {
            for (from, until) in ends.into_iter().chain([(3, 3), (i64::MAX, i64::MAX)]) {
                for silenced in [false, true] {
                    let mut slot = Slot::EMPTY;
                    slot.init(5, tail, false, AnswerSpan { from, until, silenced });
                    let (near, end) = (slot.near_answer(), slot.near_span().until);
                    assert_eq!(near.block, 5);
                    // All but the first instant; also that one, if its parity encodes the answer.
                    assert!(near.answer(from).is_none_or(|it| Some(it) == slot.answer(from)));
                    let is_right = (from & 1 != 0) == silenced;
                    assert!(
                        !is_right || near.answer(from) == slot.answer(from),
                        "{from} {silenced}"
                    );
                    let state = [from.saturating_sub(1), from.saturating_add(1), end, i64::MAX];
                    for t in state.into_iter().chain([end.saturating_sub(1), i64::MIN, 0, 6]) {
                        assert!(
                            t == from || near.answer(t) == slot.answer(t),
                            "{from} {until} {t}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn near_is_fresh_with_margin_or_neighbour() {
        let margin = NEIGHBOUR_MS[1];
        let span = AnswerSpan { from: 0, until: 4 * margin, silenced: true };
        let instants = [-1, 0, margin - 1, margin, 3 * margin - 1, 3 * margin, 4 * margin - 1];
        let settled = |slot: &Slot| instants.map(|t| slot.near_is_fresh(t));
        let mut slot = Slot::EMPTY;
        slot.set_near(span);
        assert_eq!(settled(&slot), [false, false, false, true, true, false, false]);
        slot.set_near(NearState { span, before_ms: 0, after_ms: margin });
        assert_eq!(settled(&slot), [false, true, true, true, true, true, true]);
        assert!(!slot.near_is_fresh(4 * margin));
        slot.set_near(AnswerSpan::always(false));
        assert!(slot.near_is_fresh(i64::MIN) && !slot.near_is_fresh(i64::MAX));
        // Neighbours do not keep a slot fresh that may have a timeline.
        slot.init(0, SlotTail::ClassSet(0), true, AnswerSpan::EMPTY);
        for tail in [SlotTail::Prefilter(Prefilter::default()), SlotTail::ClassSet(0)] {
            slot.init(0, tail, true, NearState { span, before_ms: 0, after_ms: margin });
            assert_eq!(settled(&slot), [false, false, false, true, true, false, false]);
            slot.set_near(span);
            assert!(slot.is(MAY_HAVE_TIMELINE));
        }
    }

    #[test]
    fn candidates_at_matches_prefilter() {
        let mut prefilter = Prefilter::default();
        prefilter.add_spans(&[(0, 1000)]);
        let mut slot = Slot::EMPTY;
        slot.init(0, SlotTail::Prefilter(prefilter), false, AnswerSpan::EMPTY);
        for t in [0, 1 << 40] {
            assert_eq!(slot.candidates_at(t), prefilter.candidates(t));
        }
        assert!(slot.candidates_at(0).spans);
    }

    #[test]
    fn for_override_keeps_hash_and_class_set() {
        let hash = 0x0123_4567_89ab_cdef;
        let mut slot =
            Slot::for_override(hash, 9, AnswerSpan { from: 10, until: 20, silenced: false });
        for _ in 0..2 {
            assert_eq!((slot.override_hash(), slot.class_set()), (Some(hash), 9));
            assert!(slot.is_occupied() && slot.is(MULTI_SOURCE) && slot.near_span().contains(15));
            assert_eq!((slot.answer(15), slot.near_span().silenced), (None, false));
            slot.set_near(AnswerSpan { from: 10, until: 20, silenced: false });
        }
        slot.set_near(AnswerSpan { from: 10, until: 20, silenced: true });
        assert_eq!((slot.answer(15), slot.override_hash()), (Some(true), Some(hash)));
        assert_eq!(Slot::EMPTY.override_hash(), None);
    }
}
