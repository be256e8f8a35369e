//! Sets compared with a naive scan, at every bound and one millisecond before and
//! after it.

use proptest::prelude::*;

use super::length_class::Columns;
use super::max_end_tree::{BLOCK, MaxEndTree};
use super::*;
use crate::testing::SplitMix64;

const END: i64 = Timestamp::END.as_millis();
const MIN: i64 = Timestamp::MIN.as_millis();

fn naive(pairs: &[(i64, i64)], t: i64) -> Vec<usize> {
    let covers = |index: &usize| pairs[*index].0 <= t && t < pairs[*index].1;
    (0..pairs.len()).filter(covers).collect()
}

/// Holds a set against a naive scan, at each bound -1/0/+1 and at `extra`.
pub(super) fn check(pairs: &[(i64, i64)], extra: &[i64]) {
    let set: IntervalSet = pairs
        .iter()
        .map(|(start, end)| Interval::clipped(*start, *end).expect("not empty"))
        .collect();
    set.validate();
    assert_eq!(set.len(), pairs.len());
    let bounds = pairs.iter().flat_map(|(start, end)| [*start, *end]);
    let near = bounds.flat_map(|bound| [bound - 1, bound, bound + 1]);
    let step = (pairs.len() / 50).max(1) | 1;
    for t in near.step_by(step).chain(extra.iter().copied()).chain([MIN, END, END - 1]) {
        let t = Timestamp::saturating(t);
        let expected = naive(pairs, t.as_millis());
        let mut one_by_one: Vec<_> = set.covering(t).collect();
        one_by_one.sort_unstable();
        assert_eq!(one_by_one, expected, "at {t}");
        let mut folded = Vec::new();
        let mut rest = set.covering(t);
        folded.extend(rest.next());
        rest.for_each(|index| folded.push(index));
        folded.sort_unstable();
        assert_eq!(folded, expected, "at {t}, folded");
        let mut folded = Vec::new();
        set.covering(t).for_each(|index| folded.push(index));
        folded.sort_unstable();
        assert_eq!(folded, expected, "at {t}, folded from the first");
        let mut appended = vec![usize::MAX];
        set.covering_into(t, &mut appended);
        assert_eq!(appended.remove(0), usize::MAX);
        appended.sort_unstable();
        assert_eq!(appended, expected, "at {t}, appended");
        assert_eq!(set.contains(t), !expected.is_empty(), "at {t}");
    }
}

impl IntervalSet {
    fn validate(&self) {
        let mut seen = vec![false; self.len()];
        for class in &self.classes {
            assert!(class.buckets.ranks.is_sorted());
            let indices = match &class.columns {
                Columns::Narrow(column) => &column.indices,
                Columns::Wide(column) => {
                    assert!(column.starts.is_sorted());
                    for (start, end) in column.starts.iter().zip(&column.ends) {
                        assert!((class.least..=class.greatest).contains(&(end - start)));
                    }
                    &column.indices
                }
            };
            assert_eq!(class.buckets.ranks.last(), Some(&(indices.len() as u32)));
            for index in indices {
                assert!(!std::mem::replace(&mut seen[*index as usize], true));
            }
        }
        assert!(seen.iter().all(|seen| *seen));
        if self.len() >= 1000 {
            let narrow = self.classes.iter().all(|c| matches!(c.columns, Columns::Narrow(_)));
            let each = if narrow { 24 } else { 28 };
            let limit = self.len() * each + 4096;
            assert!(self.memory_bytes() <= limit, "{} of {limit}", self.memory_bytes());
        }
    }
}

/// A random number generator: a number in `0..bound` for each call.
pub(super) fn numbers(seed: u64) -> impl FnMut(u64) -> i64 {
    let mut rng = SplitMix64::new(seed);
    move |bound| rng.below(bound) as i64
}

#[test]
fn set_empty_and_single() {
    check(&[], &[0]);
    check(&[(0, 1)], &[]);
    check(&[(MIN, END)], &[0]);
    check(&[(MIN, MIN + 1)], &[0]);
    check(&[(END - 1, END)], &[0]);
}

#[test]
fn set_equal_intervals() {
    check(&[(0, 100); 1000], &[50, 99, 150]);
}

#[test]
fn set_nested_intervals() {
    let nested: Vec<_> = (0..1000).map(|i| (i, 3000 - i)).collect();
    check(&nested, &[500, 1500]);
}

#[test]
fn set_adjacent_and_separated_intervals() {
    let touching: Vec<_> = (0..3000).map(|i| (i * 10, i * 10 + 10)).collect();
    check(&touching, &[]);
    let apart: Vec<_> = (0..3000).map(|i| (i * 1_000_000, i * 1_000_000 + 10)).collect();
    check(&apart, &[]);
}

#[test]
fn set_cluster_with_outliers() {
    let mut number = numbers(1);
    let mut pairs = vec![(MIN, MIN + 5), (MIN, 0), (END - 7, END), (5, END), (0, END - 1)];
    for _ in 0..3000 {
        let start = number(1_000_000);
        pairs.push((start, start + 1 + number(300)));
    }
    check(&pairs, &[-1_000_000_000_000, 1_000_000_000_000]);
}

#[test]
fn set_lengths_of_all_magnitudes() {
    let mut number = numbers(2);
    let mut pairs = Vec::new();
    for _ in 0..5000 {
        let length = 1 << number(40);
        let start = number(1 << 31) - (1 << 30);
        pairs.push((start, start + length + number(length as u64)));
    }
    let extra: Vec<_> = (0..500).map(|_| number(1 << 31) - (1 << 30)).collect();
    check(&pairs, &extra);
}

#[test]
fn set_most_share_one_bucket() {
    // The bulk is spread over years, half of all begin in one second.
    let mut number = numbers(3);
    let mut pairs = Vec::new();
    for i in 0..4000 {
        let start = if i % 2 == 0 { number(1000) } else { number(1 << 40) };
        pairs.push((start, start + 1 + number(50)));
    }
    let extra: Vec<_> = (0..500).map(|_| number(1100)).collect();
    check(&pairs, &extra);
}

#[test]
fn set_indices_beyond_one_bound() {
    let pairs: Vec<_> = (0..100_000).map(|i| (i * 7, i * 7 + 3)).collect();
    check(&pairs, &[]);
}

#[test]
fn max_end_tree_skips_blocks_without_hits() {
    // All but one of a class are over just before the question.
    let mut spans = vec![Span { start: 1, end: 100, index: 0 }; 100_000];
    spans.push(Span { start: 1, end: 120, index: 1 });
    let max_ends = MaxEndTree::new(&spans);
    assert_eq!(max_ends.next(0, 110), 100_000 / BLOCK);
    assert_eq!(max_ends.next(17, 110), 100_000 / BLOCK);
    assert_eq!(max_ends.next(17, 99), 17);
    assert_eq!(max_ends.next(0, 120), 100_001_usize.div_ceil(BLOCK));
    let past_the_end = max_ends.0[0].len();
    assert_eq!(max_ends.next(past_the_end, 110), past_the_end);
}

proptest! {
    #[test]
    fn set_agrees_with_naive_scan(
        shape in prop_oneof![
            Just((1000, 100)), Just((50, 20)), Just((1 << 40, 1 << 20)), Just((1 << 44, 1 << 44)),
            Just((1 << 22, 1 << 10)), Just((1 << 24, 1 << 30)),
        ],
        raw in prop::collection::vec((any::<u64>(), any::<u64>()), 0..300),
        extra in prop::collection::vec(any::<u64>(), 0..50),
    ) {
        let (reach, longest): (u64, u64) = shape;
        let pairs: Vec<_> = raw
            .iter()
            .map(|(start, length)| {
                let start = (start % reach) as i64;
                (start, start + 1 + (length % longest) as i64)
            })
            .collect();
        let extra: Vec<_> = extra.iter().map(|t| (t % reach) as i64).collect();
        check(&pairs, &extra);
    }
}
