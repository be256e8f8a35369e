//! Names of weekdays and months, and the name that was probably meant.

use chrono::Weekday;

use crate::meant::nearest;

/// The weekdays, from Sunday, as in a crontab.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The months, from January.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The weekday with a full name in lower case.
pub(crate) fn weekday(name: &str) -> Option<Weekday> {
    let index = WEEKDAYS.iter().position(|known| *known == name)?;
    Some(weekday_from_sunday(index))
}

/// The weekday with a number, 0 for Sunday.
pub(crate) fn weekday_from_sunday(index: usize) -> Weekday {
    let monday_first = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    match index % 7 {
        0 => Weekday::Sun,
        6 => Weekday::Sat,
        index => monday_first[index - 1],
    }
}

/// The number, from 1, of the month with a full name in lower case.
pub(crate) fn month(name: &str) -> Option<u32> {
    let index = MONTHS.iter().position(|known| *known == name)?;
    u32::try_from(index + 1).ok()
}

/// The name that was probably meant by a word, as the end of an error: `; did you mean
/// "monday"?`, or nothing.
pub(crate) fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, names.into_iter()) {
        Some(name) if name != word => format!("; did you mean \"{name}\"?"),
        _ => String::new(),
    }
}
