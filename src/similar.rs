//! The known name that an unknown name was probably meant to be, by edit distance: that of a
//! zone, a word of a document, an id.

/// Longer texts are not compared: the longest name has 32 bytes.
const LONGEST: usize = 64;

/// The most similar of `names`: equal without case and with `_` for a space or a hyphen, or
/// in its last part alone (`berlin`), or at most two letters away. `None` if none is, or two
/// have the same distance. Takes some hundred thousand steps at most.
pub(crate) fn name<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > LONGEST {
        return None;
    }
    let wanted = folded(text);
    let edits = if wanted.len() < 6 { 1 } else { 2 };
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for known in names {
        let name = folded(known);
        let distance = if name == wanted {
            0
        } else if name.rsplit(|byte| *byte == b'/').next() == Some(wanted.as_slice()) {
            1
        } else {
            match distance(&wanted, &name, edits) {
                Some(distance) => distance + 1,
                None => continue,
            }
        };
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, other)) if distance == least => tied |= other != known,
            _ => (best, tied) = (Some((distance, known)), false),
        }
    }
    best.filter(|_| !tied).map(|(_, name)| name)
}

/// Whether two names are equal without case and with `_` for a space or a hyphen.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

fn folded(name: &str) -> Vec<u8> {
    let fold = |byte: u8| match byte {
        b' ' | b'-' => b'_',
        byte => byte.to_ascii_lowercase(),
    };
    name.bytes().map(fold).collect()
}

/// The number of letters to insert, remove, replace or swap with their neighbour; `None` if
/// there are more than `most`.
pub(crate) fn distance(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // The rows of the table for the two previous prefixes of `a`, and for the current one.
    let (mut older, mut old) = (Vec::new(), (0..=b.len()).collect::<Vec<_>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = old[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(old[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: &Vec<usize> = &older;
                least = least.min(swapped[j - 2] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|edits| *edits > most) {
            return None;
        }
        older = std::mem::replace(&mut old, row);
    }
    old.last().copied().filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_name_found() {
        let names = ["weekly", "weekday", "Europe/Berlin", "America/New_York", "a/b", "c/b"];
        for (text, meant) in [
            ("weekly", Some("weekly")),
            ("WEEKLY", Some("weekly")),
            ("wekly", Some("weekly")),
            ("wekely", Some("weekly")),
            ("weekla", Some("weekly")),
            // As far from both.
            ("weekdly", None),
            ("Berlin", Some("Europe/Berlin")),
            ("America/New York", Some("America/New_York")),
            ("america/new-york", Some("America/New_York")),
            ("b", None),
            ("xyz", None),
            ("", None),
            ("\u{fc}", None),
        ] {
            assert_eq!(name(text, names.into_iter()), meant, "{text}");
        }
        assert_eq!(name(&"x".repeat(100_000), names.into_iter()), None);
        assert!(is_same("New York", "new_york") && !is_same("New York", "newyork"));
    }

    #[test]
    fn distance_up_to_most() {
        assert_eq!(distance(b"abc", b"abc", 2), Some(0));
        assert_eq!(distance(b"abc", b"acb", 2), Some(1));
        assert_eq!(distance(b"abc", b"xaby", 2), Some(2));
        assert_eq!(distance(b"abc", b"xyz", 2), None);
        assert_eq!(distance(b"", b"ab", 2), Some(2));
        assert_eq!(distance(b"", b"abc", 2), None);
    }
}
