//! Exact decimal numbers, and the texts of the numbers of a JSON document.

use std::cmp::Ordering;

/// A decimal number of any size. Equal numbers have equal fields, so `1.50`, `15e-1` and
/// `1.5` are the same.
///
/// The value is `0.digits * 10^exponent`, negated if `is_negative`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number {
    is_negative: bool,
    exponent: i64,
    /// Without zeros at both ends; empty for zero.
    digits: String,
}

impl Number {
    /// Reads a JSON number. `None` if it is not one, or its exponent is not in the range
    /// of an `i32`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, decimals].concat();
        if whole.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = all.trim_start_matches('0');
        let leading_zeros = all.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { is_negative: false, exponent: 0, digits });
        }
        // The length of a text is far below the range of an `i64`.
        let exponent = i64::from(exponent) + whole.len() as i64 - leading_zeros as i64;
        Some(Self { is_negative, exponent, digits })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (!number.digits.is_empty()).then_some(number.exponent);
        // Digits of the same exponent have the order of their text.
        let by_size = || size(self).cmp(&size(other)).then_with(|| self.digits.cmp(&other.digits));
        match (self.is_negative, other.is_negative) {
            (false, false) => by_size(),
            (true, true) => by_size().reverse(),
            (is_negative, _) if is_negative => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

const BILLION: u32 = 1_000_000_000;

/// A sum of numbers with nine decimals. It is exact below 10^38.
///
/// The value is `whole + billionths / 10^9`; `billionths` is less than 10^9 for negative
/// sums, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    whole: i128,
    billionths: u32,
}

impl Sum {
    /// Adds a number. Its decimals after the ninth are cut off. `None` if the sum
    /// overflows.
    #[must_use]
    pub(crate) fn plus(self, number: &Number) -> Option<Self> {
        let point = number.exponent;
        let count = number.digits.len() as i64;
        // The digits before the point, and nine after it.
        let digit = |place: i64| match usize::try_from(place) {
            Ok(place) => number.digits.as_bytes().get(place).map_or(0, |digit| digit - b'0'),
            Err(_) => 0,
        };
        if count > 0 && point > 39 {
            return None;
        }
        let mut whole: i128 = 0;
        for place in 0..point {
            whole = whole.checked_mul(10)?.checked_add(digit(place).into())?;
        }
        let billionths =
            (point..point + 9).fold(0, |sum: u32, place| sum * 10 + u32::from(digit(place)));
        let term = Self { whole, billionths };
        let term = if number.is_negative { term.negated() } else { term };
        let billionths = self.billionths + term.billionths;
        let (carry, billionths) = (billionths / BILLION, billionths % BILLION);
        let whole = self.whole.checked_add(term.whole)?.checked_add(carry.into())?;
        // So that the sum is an `i128` without its sign, too.
        (whole != i128::MIN).then_some(Self { whole, billionths })
    }

    fn negated(self) -> Self {
        match self.billionths {
            0 => Self { whole: -self.whole, billionths: 0 },
            billionths => Self { whole: -self.whole - 1, billionths: BILLION - billionths },
        }
    }

    /// The sign, and the size as a whole number and billionths.
    fn parts(self) -> (bool, u128, u32) {
        match (self.whole < 0, self.billionths) {
            (false, billionths) => (false, self.whole.unsigned_abs(), billionths),
            (true, 0) => (true, self.whole.unsigned_abs(), 0),
            (true, billionths) => (true, self.whole.unsigned_abs() - 1, BILLION - billionths),
        }
    }

    /// The sum divided by `count`, cut off after the ninth decimal, as a JSON number.
    pub(crate) fn divided(self, count: u32) -> String {
        let (is_negative, whole, billionths) = self.parts();
        let count = u128::from(count);
        let rest = (whole % count * u128::from(BILLION) + u128::from(billionths)) / count;
        let whole = whole / count;
        let sign = if is_negative && (whole, rest) != (0, 0) { "-" } else { "" };
        if rest == 0 {
            return format!("{sign}{whole}");
        }
        let decimals = format!("{rest:09}");
        format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
    }
}

/// Whether the nearest `f64` of a number has the shortest text of the same number.
pub(super) fn is_exact_as_float(text: &str, float: f64) -> bool {
    Number::parse(text) == Number::parse(&format!("{float:?}"))
}

/// The texts of the numbers of a valid JSON document, in order.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        loop {
            match bytes.get(at)? {
                b'"' => {
                    at += 1;
                    while *bytes.get(at)? != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'-' | b'0'..=b'9' => {
                    let start = at;
                    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                    at += bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                    return Some(&text[start..at]);
                }
                _ => at += 1,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn sum(texts: &[&str]) -> Option<Sum> {
        texts.iter().try_fold(Sum::default(), |sum, text| sum.plus(&number(text)))
    }

    #[test]
    fn number_equal_texts_equal() {
        for same in [
            ["1.5", "1.50", "15e-1", "0.15E+1", "0001500e-3"],
            ["0", "-0", "0.0", "0e9", "-0.000"],
            ["1e16", "10000000000000000", "1.0e+16", "0.1e17", "100e14"],
            ["-1.5e-5", "-0.000015", "-15e-6", "-1.50E-05", "-0.15e-4"],
        ] {
            assert!(same.iter().all(|text| number(text) == number(same[0])), "{same:?}");
        }
        for text in ["", "-", "x", "1.2.3", "1e", "1e99999999999", ".5", "1,5", "+1", "e1"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn number_order_by_value() {
        let ascending = [
            "-1e300",
            "-123456789012345678901234567890",
            "-1e16",
            "-1000",
            "-10",
            "-9.5",
            "-1.5e-5",
            "-1e-300",
            "0",
            "1e-300",
            "1.4e-5",
            "1.5e-5",
            "0.1",
            "0.100000000000000000000000000000000001",
            "0.12",
            "0.123",
            "9.5",
            "10",
            "1000",
            "1e16",
            "1.00000000000000000001e16",
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            "1e300",
        ];
        for (at, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(number(a).cmp(&number(b)), at.cmp(&other), "{a} {b}");
            }
        }
    }

    /// Sums and averages against arithmetic on billionths.
    #[test]
    fn sum_matches_billionths() {
        let mut seed = 7_u64;
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for _ in 0..20_000 {
            let count = 1 + random() % 5;
            let mut billionths = 0_i128;
            let mut total = Sum::default();
            for _ in 0..count {
                let term = i128::from(random() as i64) >> (random() % 64);
                let exponent = random() % 19;
                billionths += term * 10_i128.pow(exponent as u32);
                let text = format!("{term}e{}", exponent as i64 - 9);
                total = total.plus(&number(&text)).unwrap();
            }
            for divisor in [1, count as u32] {
                let exact = billionths / i128::from(divisor);
                assert_eq!(
                    number(&total.divided(divisor)),
                    number(&format!("{exact}e-9")),
                    "{total:?} / {divisor}"
                );
            }
        }
    }

    #[test]
    fn sum_large_exact_or_overflow() {
        let big = "123456789012345678901234567890";
        let most = i128::MAX.to_string();
        for (terms, count, expected) in [
            (["0", "-0"], 1, "0"),
            ([big, big], 1, "246913578024691357802469135780"),
            ([big, "0.5"], 1, "123456789012345678901234567890.5"),
            ([big, "-123456789012345678901234567891"], 1, "-1"),
            (["1e16", "1.5e-5"], 1, "10000000000000000.000015"),
            (["-0.25", "-0.5"], 2, "-0.375"),
            (["1", "1"], 3, "0.666666666"),
            (["-1", "-1"], 3, "-0.666666666"),
            (["-1e-9", "0"], 2, "0"),
            (["1.9999999999", "1e-10"], 1, "1.999999999"),
            (["1e-2147483648", "1e-10"], 1, "0"),
            ([&most, "0.9"], 1, "170141183460469231731687303715884105727.9"),
            ([&format!("-{most}"), "0"], 1, "-170141183460469231731687303715884105727"),
        ] {
            assert_eq!(sum(&terms).unwrap().divided(count), expected, "{terms:?}");
        }
        assert_eq!(sum(&["1e38", "-1e38", "1e-9"]).unwrap().divided(1), "0.000000001");
        let least = i128::MIN.to_string();
        for texts in [
            ["1e38", "1e38"],
            ["-1e38", "-1e38"],
            ["1e39", "0"],
            ["1e2147483647", "0"],
            [&least, "0"],
            [&format!("-{most}"), "-1"],
        ] {
            assert_eq!(sum(&texts), None, "{texts:?}");
        }
    }

    #[test]
    fn tokens_numbers_outside_strings() {
        let text = r#"{"1": [2, -3.5e+6,"4\\",7E8], "\"9": 10}"#;
        assert_eq!(tokens(text).collect::<Vec<_>>(), ["2", "-3.5e+6", "7E8", "10"]);
        assert_eq!(tokens("-1").collect::<Vec<_>>(), ["-1"]);
        assert_eq!(tokens(r#""1"#).count() + tokens("").count(), 0);
    }
}
