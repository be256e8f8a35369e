//! Names of weekdays and months, and the name that was probably meant.

use chrono::Weekday;

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

/// The candidate that differs least from a word, by at most two letters, as the end of an
/// error: `; did you mean "monday"?`, or nothing.
pub(crate) fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 2;
    let word = word.to_lowercase();
    if word.len() > 40 {
        return String::new();
    }
    let near = candidates.into_iter().map(|name| (distance(&word, name), name));
    match near.filter(|(edits, _)| *edits <= MOST).min() {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None => String::new(),
    }
}

/// The number of letters to insert, remove or replace (Levenshtein distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
