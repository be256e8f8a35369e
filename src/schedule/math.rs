//! Number theory of repeating schedules, and bit selection.

/// The greatest common divisor of two positive numbers.
pub(crate) fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The least common multiple of two positive numbers; `None` on overflow.
pub(crate) fn lcm(a: i64, b: i64) -> Option<i64> {
    (a / gcd(a, b)).checked_mul(b)
}

/// The index of the `n`-th set bit, counted from 0; there are more than `n` set
/// bits.
pub(crate) fn nth_bit(mut bits: u64, n: u32) -> u32 {
    for _ in 0..n {
        bits &= bits - 1;
    }
    bits.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lcm_small_and_overflow() {
        assert_eq!(lcm(4, 6), Some(12));
        assert_eq!(lcm(7, 7), Some(7));
        assert_eq!(lcm(1, 9), Some(9));
        assert_eq!(lcm(i64::MAX, i64::MAX - 1), None);
    }

    #[test]
    fn nth_bit_selects_in_ascending_order() {
        assert_eq!([0, 1, 2].map(|n| nth_bit(1 << 63 | 0b1010, n)), [1, 3, 63]);
    }
}
