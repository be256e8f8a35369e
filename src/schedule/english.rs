//! Formats numbers, dates and durations in English.

use std::fmt::Display;

use chrono::Weekday;

use crate::time::weekday_name;

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} and {last}", items.join(", ")) }
}

/// `day`, or `2 days`.
pub(crate) fn units(n: i64, unit: &str) -> String {
    if n == 1 { unit.to_owned() } else { format!("{n} {unit}s") }
}

/// A period, in the greatest unit that divides it: `15 minutes`, `day`.
pub(crate) fn period(ms: i64) -> String {
    let scales = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
        (1, "millisecond"),
    ];
    let (scale, unit) =
        scales.into_iter().find(|(scale, _)| ms % scale == 0).unwrap_or((1, "millisecond"));
    units(ms / scale, unit)
}

/// A duration, in the greatest unit up to hours that divides it:
/// `2 h`, `90 s`.
pub(crate) fn duration(ms: i64) -> String {
    let scales = [(3_600_000, "h"), (60_000, "min"), (1000, "s")];
    match scales.into_iter().find(|(scale, _)| ms % scale == 0) {
        Some((scale, unit)) => format!("{} {unit}", ms / scale),
        None => format!("{ms} ms"),
    }
}

/// `1st`, `22nd`, `113th`.
pub(crate) fn ordinal(n: i64) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// `first` to `fifth`, then numbers; from the end `last`, `second-last` and so on.
pub(crate) fn rank(n: i64) -> String {
    let word = match n.abs() {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        5 => "fifth".to_owned(),
        n => ordinal(n),
    };
    match n {
        -1 => "last".to_owned(),
        n if n < 0 => format!("{word}-last"),
        _ => word,
    }
}

/// `the 24th`, `the last day`, `the second-last day`.
pub(crate) fn day_of_month(n: i64) -> String {
    if n > 0 { format!("the {}", ordinal(n)) } else { format!("the {} day", rank(n)) }
}

/// `second Tuesday`.
pub(crate) fn nth_weekday(n: i64, weekday: Weekday) -> String {
    format!("{} {}", rank(n), weekday_name(weekday))
}

/// `January` for 1.
pub(crate) fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES[month as usize - 1]
}

/// Up to three items by name, otherwise their number.
pub(crate) fn few<T: Display>(items: &[T], unit: &str) -> String {
    if items.len() <= 3 { join(items) } else { units(items.len() as i64, unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_format_in_english() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 111].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 111th"
        );
        assert_eq!([1, -1, -2, 20].map(rank).join(" "), "first last second-last 20th");
        assert_eq!(
            [90_000, 7_200_000, 1_500, 60_000].map(duration),
            ["90 s", "2 h", "1500 ms", "1 min"]
        );
        assert_eq!(
            [86_400_000, 900_000, 1_500].map(period),
            ["day", "15 minutes", "1500 milliseconds"]
        );
        assert_eq!(join(["a", "b", "c"]), "a, b and c");
    }
}
