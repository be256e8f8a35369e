//! When the windows of an entity may silence it at all, roughly: many questions
//! end with that, and without the entity's block.

use crate::index::hours::{TimeOfWeekBits, TimeOfWeekMask};

/// Two words of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefilter {
    /// When anything but spans may matter.
    pub(super) time_of_week: TimeOfWeekMask,
    /// A bit for each of 32 buckets that a span touches: about nine hours wide,
    /// and after twelve days time is back in the first.
    pub(super) span_buckets: u32,
}

const BUCKET_SHIFT: u32 = 25;

/// What a glance at an instant leaves open: which windows may matter then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) spans: bool,
    pub(super) rules: bool,
    /// That of the instant.
    pub(super) bits: TimeOfWeekBits,
}

impl Candidates {
    #[inline]
    pub(super) fn is_any(self) -> bool {
        self.spans | self.rules
    }
}

impl Prefilter {
    #[inline(always)]
    pub(super) fn from_words([mask, span_buckets]: [u32; 2]) -> Self {
        Self { time_of_week: TimeOfWeekMask::from_bits(mask), span_buckets }
    }

    pub(super) fn to_words(self) -> [u32; 2] {
        [self.time_of_week.bits(), self.span_buckets]
    }

    /// Adds what may matter in some hours.
    pub(super) fn add_time_of_week(&mut self, hours: TimeOfWeekMask) {
        self.time_of_week = self.time_of_week.union(hours);
    }

    /// Adds one-time intervals.
    pub(super) fn add_spans(&mut self, spans: &[(i64, i64)]) {
        for (start, end) in spans {
            let (first, last) = (start >> BUCKET_SHIFT, (end - 1) >> BUCKET_SHIFT);
            let more = (last - first).min(31) as u32;
            self.span_buckets |= (u32::MAX >> (31 - more)).rotate_left(first as u32 % 32);
        }
    }

    #[inline(always)]
    pub(super) fn candidates(self, t: i64) -> Candidates {
        let spans = self.span_buckets >> ((t >> BUCKET_SHIFT) as u32 % 32) & 1 != 0;
        let bits = TimeOfWeekBits::of(t);
        Candidates { spans, rules: bits.is_in(self.time_of_week), bits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: i64 = 1 << BUCKET_SHIFT;

    fn spans(spans: &[(i64, i64)]) -> Prefilter {
        let mut prefilter = Prefilter::default();
        prefilter.add_spans(spans);
        prefilter
    }

    #[test]
    fn a_span_marks_the_buckets_that_it_touches_and_no_others() {
        let marked = |from: i64, until: i64| -> Vec<u32> {
            let bits = spans(&[(from, until)]).span_buckets;
            (0..32).filter(|bit| bits >> bit & 1 != 0).collect()
        };
        assert_eq!(marked(0, 1), [0]);
        assert_eq!(marked(0, BUCKET), [0]);
        assert_eq!(marked(0, BUCKET + 1), [0, 1]);
        assert_eq!(marked(BUCKET - 1, BUCKET + 1), [0, 1]);
        assert_eq!(marked(33 * BUCKET, 34 * BUCKET), [1]);
        assert_eq!(marked(30 * BUCKET, 33 * BUCKET), [0, 30, 31]);
        assert_eq!(marked(-1, 0), [31]);
        assert_eq!(marked(-2 * BUCKET, BUCKET), [0, 30, 31]);
        let all: Vec<u32> = (0..32).collect();
        for until in [31 * BUCKET + 1, 32 * BUCKET, 33 * BUCKET, i64::MAX / 2] {
            assert_eq!(marked(0, until), all, "{until}");
            assert_eq!(marked(-until, 0), all, "{until}");
        }
        assert_eq!(marked(0, 31 * BUCKET), all[..31]);
    }

    #[test]
    fn spans_are_open_wherever_one_of_them_is() {
        let both = [(5 * BUCKET - 1, 5 * BUCKET + 1), (-70 * BUCKET, -70 * BUCKET + 5)];
        let prefilter = spans(&both);
        for (start, end) in both {
            assert!([start, end - 1].into_iter().all(|t| prefilter.candidates(t).spans));
        }
        assert!(
            !prefilter.candidates(6 * BUCKET).spans && !prefilter.candidates(4 * BUCKET - 1).spans
        );
        assert!(
            prefilter.candidates(4 * BUCKET).spans && prefilter.candidates(6 * BUCKET - 1).spans
        );
        // 1970 is before the usual years.
        assert!(prefilter.candidates(0).rules);
    }

    #[test]
    fn the_others_are_open_in_the_hours_of_any_of_them() {
        use crate::schedule::ALL_WEEKDAYS;
        use crate::time::Zone;
        const HOUR: i64 = 3_600_000;
        let mut prefilter = Prefilter::default();
        for from in [2, 12] {
            prefilter.add_time_of_week(TimeOfWeekMask::for_clock(
                ALL_WEEKDAYS,
                (from * HOUR) as u32,
                HOUR,
                &Zone::utc(),
            ));
        }
        // 2026-11-02.
        let open = |hour: i64| prefilter.candidates(1_793_577_600_000 + hour * HOUR).is_any();
        assert_eq!((0..24).filter(|hour| open(*hour)).collect::<Vec<_>>(), [2, 12]);
    }
}
