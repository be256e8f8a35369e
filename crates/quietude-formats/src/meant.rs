//! What an unknown name was probably meant to be, for error messages.

/// The name that differs least from the word, if it differs by at most a third of its
/// letters.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 60;
    if word.len() > LONGEST {
        return None;
    }
    let near = names.filter(|name| name.len() <= LONGEST).map(|name| (distance(word, name), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= name.chars().count().max(3)).then_some(name)
}

/// Levenshtein distance of two words, upper and lower case alike.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_typo_finds_name() {
        let names = ["mute_time_intervals", "receiver"];
        let meant = |word| nearest(word, names.into_iter());
        assert_eq!(meant("mute_time_interval"), Some("mute_time_intervals"));
        assert_eq!(meant("Receiver"), Some("receiver"));
        assert_eq!(meant("nothing"), None);
        assert_eq!(meant(""), None);
    }
}
