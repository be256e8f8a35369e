//! Exact decimal numbers, and the exact text of the numbers of a JSON document.

use std::cmp::Ordering;

use crate::json::value::Value;

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

    /// The number of a value; `None` if it is not a number.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Self::parse(&number.to_string()),
            Value::Fraction(text) => Self::parse(text),
            _ => None,
        }
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
        // So that the size of the sum is an `i128`, too.
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

    /// The sum as a number.
    pub(crate) fn value(self) -> Value {
        self.divided(1)
    }

    /// The sum divided by `count`, cut off after the ninth decimal.
    pub(crate) fn divided(self, count: u32) -> Value {
        let (is_negative, whole, billionths) = self.parts();
        let count = u128::from(count);
        let rest = (whole % count * u128::from(BILLION) + u128::from(billionths)) / count;
        let whole = whole / count;
        let sign = if is_negative { "-" } else { "" };
        if rest == 0 {
            // A quotient is at most `whole`, which was an `i128`.
            let whole = i128::try_from(whole).unwrap_or(i128::MAX);
            return Value::Integer(if is_negative { -whole } else { whole });
        }
        let decimals = format!("{rest:09}");
        Value::Fraction(format!("{sign}{whole}.{}", decimals.trim_end_matches('0')))
    }
}

/// Replaces the numbers of `value` that the parser has rounded by their exact text in the
/// JSON document `text`, from which `value` was parsed.
pub(super) fn restore_exact(value: &mut Value, text: &str) {
    if has_fraction(value) {
        restore(value, &mut tokens(text));
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Fraction(_) => true,
        Value::List(values) => values.iter().any(has_fraction),
        Value::Object(fields) => fields.iter().any(|(_, value)| has_fraction(value)),
        _ => false,
    }
}

/// A value has its numbers in the order of the document.
fn restore<'a>(value: &mut Value, tokens: &mut impl Iterator<Item = &'a str>) {
    match value {
        Value::Integer(_) => drop(tokens.next()),
        Value::Fraction(rounded) => {
            let exact = tokens.next().and_then(|token| exact(token, rounded));
            if let Some(exact) = exact {
                *value = exact;
            }
        }
        Value::List(values) => values.iter_mut().for_each(|value| restore(value, tokens)),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| restore(value, tokens)),
        Value::Null | Value::Bool(_) | Value::Text(_) => {}
    }
}

/// The number `token`, unless it equals `rounded`.
fn exact(token: &str, rounded: &str) -> Option<Value> {
    let number = Number::parse(token)?;
    if Number::parse(rounded).is_some_and(|rounded| rounded == number) {
        return None;
    }
    Some(token.parse().map_or_else(|_| Value::Fraction(token.to_owned()), Value::Integer))
}

/// Whether the nearest `f64` of a number has the shortest text of the same number.
pub(super) fn is_exact_as_float(text: &str, float: f64) -> bool {
    Number::parse(text) == Number::parse(&format!("{float:?}"))
}

/// The numbers of a JSON document, in order.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
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
                let value = Number::of(&total.divided(divisor)).unwrap();
                assert_eq!(value, number(&format!("{exact}e-9")), "{total:?} / {divisor}");
            }
        }
    }

    #[test]
    fn sum_large_exact_or_overflow() {
        let big = "123456789012345678901234567890";
        assert_eq!(
            sum(&[big, big, "-1"]).unwrap().value(),
            Value::Integer(246913578024691357802469135779)
        );
        assert_eq!(sum(&[big, "0.5"]).unwrap().value(), Value::Fraction(format!("{big}.5")));
        assert_eq!(
            sum(&["1e16", "1.5e-5"]).unwrap().value(),
            Value::Fraction("10000000000000000.000015".into())
        );
        assert_eq!(sum(&["-0.25", "-0.5"]).unwrap().divided(2), Value::Fraction("-0.375".into()));
        assert_eq!(sum(&["1", "1"]).unwrap().divided(3), Value::Fraction("0.666666666".into()));
        assert_eq!(sum(&["-1", "-1"]).unwrap().divided(3), Value::Fraction("-0.666666666".into()));
        assert_eq!(
            sum(&["1e38", "-1e38", "1e-9"]).unwrap().value(),
            Value::Fraction("0.000000001".into())
        );
        assert_eq!(
            sum(&["1.9999999999", "1e-10"]).unwrap().value(),
            Value::Fraction("1.999999999".into())
        );
        assert_eq!(sum(&["1e-2147483648", "1e-10"]).unwrap().value(), Value::Integer(0));
        for texts in [["1e38", "1e38"], ["-1e38", "-1e38"], ["1e39", "0"], ["1e2147483647", "0"]] {
            assert_eq!(sum(&texts), None, "{texts:?}");
        }
        let least = i128::MIN.to_string();
        assert_eq!(sum(&[&least]), None);
        let most = i128::MAX.to_string();
        assert_eq!(sum(&[&most, "0.9"]).unwrap().value(), Value::Fraction(format!("{most}.9")));
        assert_eq!(sum(&[&format!("-{most}")]).unwrap().value(), Value::Integer(-i128::MAX));
    }

    #[test]
    fn restore_exact_rounded_numbers_only() {
        let parsed = |text: &str| Value::parse(text).unwrap();
        let fraction = |text: &str| Value::Fraction(text.to_owned());
        assert_eq!(
            parsed(
                r#"{"a\"1": [1, 1.50, "2.5", 123456789012345678901234567890], "3": -0.1234567890123456789, "e": [1e16, 1.5e-5, -7e-400]}"#
            ),
            Value::fields([
                (
                    "a\"1",
                    Value::List(vec![
                        Value::Integer(1),
                        fraction("1.5"),
                        "2.5".into(),
                        Value::Integer(123456789012345678901234567890),
                    ])
                ),
                ("3", fraction("-0.1234567890123456789")),
                ("e", Value::List(vec![fraction("1e16"), fraction("1.5e-5"), fraction("-7e-400")])),
            ])
        );
        for text in [
            "1.5",
            "0.1",
            "-0.1234567890123456789",
            "-7e-400",
            "123456789012345678901234567890",
            "1234567890123456789012345678901234567890",
        ] {
            assert_eq!(parsed(text).to_json(), text);
        }
        assert_eq!(parsed("[1.50, 1e16]").to_json(), "[1.5,1e+16]");
    }
}
