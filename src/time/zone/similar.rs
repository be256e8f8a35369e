//! The known name that an unknown name was probably meant to be: that of a zone, or a word of
//! documents.

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
        } else if is_fixed_offset(&name) {
            // Their signs are those of POSIX: `GMT+2` probably does not mean `Etc/GMT+2`,
            // which is two hours behind.
            continue;
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

/// Whether a folded name is one of `Etc/GMT+1` to `Etc/GMT-14`, or the like.
fn is_fixed_offset(name: &[u8]) -> bool {
    name.last().is_some_and(u8::is_ascii_digit) && name.windows(3).any(|part| part == b"gmt")
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
    use crate::time::zone::tzdb;

    #[test]
    fn similar_name_found() {
        for (text, meant) in [
            ("europe/berlin", Some("Europe/Berlin")),
            ("EUROPE/BERLIN", Some("Europe/Berlin")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("Europe/Belrin", Some("Europe/Berlin")),
            ("Eurpe/Berlinn", Some("Europe/Berlin")),
            ("America/New York", Some("America/New_York")),
            ("america/new-york", Some("America/New_York")),
            ("Berlin", Some("Europe/Berlin")),
            ("utc", Some("UTC")),
            ("etc/gmt+2", Some("Etc/GMT+2")),
            ("GMT+2", None),
            ("GMT-10", None),
            ("gmt", Some("GMT")),
            ("Xyz", None),
            ("Mars/Olympus", None),
            ("", None),
            ("\u{fc}", None),
        ] {
            assert_eq!(name(text, tzdb::names()), meant, "{text}");
        }
        assert_eq!(name(&"x".repeat(100_000), tzdb::names()), None);
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
