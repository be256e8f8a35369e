//! Tests of the structure of a set: classes, lines of the union, and memory.

use super::length_class::bytes;
use super::tests::numbers;
use super::*;

fn set_of(pairs: impl IntoIterator<Item = (i64, i64)>) -> IntervalSet {
    let interval = |(start, end)| Interval::clipped(start, end).expect("not empty");
    pairs.into_iter().map(interval).collect()
}

fn spans_of(pairs: &[(u64, u64)]) -> Vec<Span> {
    let span = |&(start, length)| Span { start, end: start + length, index: 0 };
    pairs.iter().map(span).collect()
}

/// What a class of these lengths costs a question: the fixed cost, and those
/// looked at in vain, which are as many as begin within the difference of the
/// lengths.
fn cost_of_class(lengths: &[u64], reach: u64) -> u128 {
    let (least, greatest) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
    24 + lengths.len() as u128 * u128::from(greatest - least) / u128::from(reach)
}

/// The least cost of all ways to part the magnitudes, low to high, into classes.
fn least_cost(by_magnitude: &[Vec<u64>], reach: u64) -> u128 {
    (1..=by_magnitude.len())
        .map(|first| {
            let (class, rest) = by_magnitude.split_at(first);
            cost_of_class(&class.concat(), reach) + least_cost(rest, reach)
        })
        .min()
        .unwrap_or(0)
}

#[test]
fn classify_minimizes_cost() {
    let mut number = numbers(4);
    for round in 0..300 {
        let (begin, reach) = (number(5000) as u64, 1 + number(4000) as u64);
        let magnitudes = 1 + round % 7;
        let lengths: Vec<u64> = (0..1 + number(40))
            .map(|_| {
                let least = 1 << number(magnitudes);
                least + number(least) as u64
            })
            .collect();
        let pairs: Vec<_> = lengths.iter().map(|length| (begin, *length)).collect();
        let class_of = classify(&spans_of(&pairs), &(begin..begin + reach));

        let mut by_magnitude: Vec<Vec<u64>> = vec![Vec::new(); 7];
        let mut by_class: Vec<Vec<u64>> = vec![Vec::new(); 256];
        for length in &lengths {
            let magnitude = length.ilog2() as usize;
            by_magnitude[magnitude].push(*length);
            by_class[usize::from(class_of[magnitude])].push(*length);
        }
        by_magnitude.retain(|lengths| !lengths.is_empty());
        by_class.retain(|lengths| !lengths.is_empty());
        let cost: u128 = by_class.iter().map(|lengths| cost_of_class(lengths, reach)).sum();
        assert_eq!(cost, least_cost(&by_magnitude, reach), "{lengths:?} within {reach}");
    }
}

#[test]
fn memory_bytes_is_sum_of_parts() {
    // One class of 3000, of which 4 share a bucket, and its offsets are halves.
    let halves = set_of((0..3000).map(|i| (i * 1_000_000, i * 1_000_000 + 10)));
    assert_eq!(halves.classes.len(), 1);
    let columns = 3000 * (4 + 4 + 4);
    let buckets = (750 + 3) * 4;
    let max_ends = 3 * size_of::<Box<[u64]>>() + (188 + 12 + 1) * 8;
    let class = size_of::<LengthClass>() + columns + buckets + max_ends;
    assert_eq!(bytes(&halves.classes), class);
    // 24 bytes each leave enough for 8 of the 6000 boundaries a line.
    assert_eq!(halves.memory_bytes(), class + (750 + 2) * 32);

    // The same in whole offsets; now as few lines as may be, with 12 a line.
    let whole = set_of((0..3000).map(|i| (i * 10_000_000_000, i * 10_000_000_000 + 10)));
    assert_eq!(whole.classes.len(), 1);
    let columns = 3000 * (8 + 8 + 4);
    let class = size_of::<LengthClass>() + columns + buckets + max_ends;
    assert_eq!(whole.memory_bytes(), class + (500 + 2) * 32);

    // What covers itself has few boundaries.
    let touching = set_of((0..3000).map(|i| (i * 10, i * 10 + 10)));
    assert_eq!(touching.memory_bytes(), bytes(&touching.classes) + (1 + 2) * 32);
    assert_eq!(set_of([]).memory_bytes(), (1 + 2) * 32);
}

#[test]
fn core_range_excludes_outliers() {
    // Of 256 two at either end are left aside; a sixteenth of the way between
    // the others, and one, is added on both sides.
    let sorted = |at: usize| match at {
        0 | 1 => at as u64,
        254.. => 1_000_000,
        _ => 1000 + 16 * at as u64,
    };
    let (low, high) = (1032, 5048);
    let margin = (5048 - 1032) / 16 + 1;
    assert_eq!(core_range(256, sorted), low - margin..high + margin + 1);
    // It ends where the list does.
    assert_eq!(core_range(256, |at| 1000 + 16 * at as u64), 1000..1000 + 16 * 255 + 1);
    assert_eq!(core_range(0, |_| unreachable!()), 0..0);
}

/// Holds a union to the parity of the boundaries, around each of them and half
/// way to the next, and counts the answers that it leaves open.
fn open(boundaries: &[u64], union: &Union) -> usize {
    let around = boundaries.windows(2).flat_map(|pair| {
        let [a, b] = [pair[0], pair[1]];
        [a - 1, a, a + 1, a + (b - a) / 2, b]
    });
    let mut open = 0;
    for offset in around {
        let before = boundaries.partition_point(|boundary| *boundary <= offset);
        match union.contains(offset) {
            Some(answer) => assert_eq!(answer, before % 2 == 1, "at {offset}"),
            None => open += 1,
        }
    }
    open
}

#[test]
fn union_contains_uses_all_lanes() {
    // Eight buckets, each of about 1000 units: seven boundaries in each of the
    // others, 15 in the fourth; a unit is one millisecond, or many.
    for unit in [1_u64, 1 << 20] {
        let mut boundaries: Vec<u64> = (0..8)
            .filter(|bucket| *bucket != 3)
            .flat_map(|bucket| (0..7).map(move |i| 30 + bucket * 1000 + 130 * i))
            .chain((0..15).map(|i| 3021 + 60 * i))
            .collect();
        boundaries.extend([1, 8000]);
        boundaries.sort_unstable();
        let boundaries: Vec<u64> = boundaries.into_iter().map(|at| at * unit).collect();
        let union = Union::new(&boundaries, usize::MAX);
        assert_eq!(union.bytes(), (boundaries.len() / 8 + 2) * 32);
        let asked = 5 * (boundaries.len() - 1);
        let open = open(&boundaries, &union);
        // A millisecond is many keys, or at a boundary and next to it only the
        // intervals themselves can tell.
        let most = if unit == 1 { 10 } else { asked - (boundaries.len() - 1) + 10 };
        assert!(open <= most, "{open} of {asked}");
    }
}

#[test]
fn union_close_boundaries_unknown_or_correct() {
    // So many one unit after the other, from each lane on.
    for before in 0..8_u64 {
        for together in 2..=8 {
            for unit in [1_u64, 1 << 20] {
                let close = (0..together).map(|i| 3_600 * unit + i);
                let early = (0..before).map(|i| (3_050 + 60 * i) * unit);
                let others =
                    (0..8).flat_map(|bucket| (0..6).map(move |i| 1 + bucket * 1000 + 8 * i));
                let others = others.filter(|at| !(3000..4000).contains(at));
                let mut boundaries: Vec<u64> = others.map(|at| at * unit).collect();
                boundaries.extend(early.chain(close).chain([8000 * unit]));
                boundaries.sort_unstable();
                open(&boundaries, &Union::new(&boundaries, usize::MAX));
            }
        }
    }
}

#[test]
fn covering_skips_blocks_of_misses() {
    // Of one class: a hundred that do not last long, then a hundred that do; a
    // hundred is more than is gathered at once.
    let lasts = |i: i64| if i / 100 % 2 == 0 { 512 } else { 1023 };
    let pairs: Vec<_> = (0..3000).map(|i| (i, i + lasts(i))).collect();
    assert_eq!(set_of(pairs.iter().copied()).classes.len(), 1);
    super::tests::check(&pairs, &(0..4100).step_by(7).collect::<Vec<_>>());
}

#[test]
fn covering_many_at_timestamp_min() {
    let first = Timestamp::MIN.as_millis();
    super::tests::check(&[(first, first + 100); 200], &[first + 50, first + 99]);
}

#[test]
fn set_len_size_hint_and_debug() {
    let set = set_of([(0, 10), (5, 20), (30, 40)]);
    assert_eq!((set.len(), set.is_empty()), (3, false));
    assert_eq!((set_of([]).len(), set_of([]).is_empty()), (0, true));
    let at = Timestamp::saturating(7);
    assert_eq!(set.covering(at).size_hint(), (0, Some(3)));
    assert_eq!(format!("{set:?}"), "IntervalSet { len: 3, .. }");
    let covering = format!("{:?}", set.covering(at));
    assert!(["[0, 1]", "[1, 0]"].contains(&covering.as_str()), "{covering}");
}
