//! What an unknown name was probably meant to be.

use std::collections::HashMap;

use crate::similar;

/// The names of one kind that are known.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// In lower case, with the names themselves.
    folded: HashMap<String, &'a str>,
}

/// The steps of all comparisons of one check, at most: an unknown name beyond it gets no
/// suggestion.
pub(super) const MAX_STEPS: u64 = 50_000_000;

/// Longer names are only compared without case.
const LONGEST: usize = 64;

impl<'a> Names<'a> {
    pub(super) fn new(names: impl Iterator<Item = &'a str>) -> Self {
        Self { folded: names.map(|name| (name.to_lowercase(), name)).collect() }
    }

    /// The known name that equals `text` without case, or that is at most two letters away
    /// and the only one so near.
    pub(super) fn similar(&self, text: &str, steps: &mut u64) -> Option<&'a str> {
        let wanted = text.to_lowercase();
        if let Some(name) = self.folded.get(&wanted) {
            return Some(name);
        }
        let most = if wanted.len() < 6 { 1 } else { 2 };
        if wanted.len() > LONGEST || wanted.len() < 3 {
            return None;
        }
        let (mut best, mut tied): (Option<(usize, &str)>, bool) = (None, false);
        for (folded, name) in &self.folded {
            if folded.len().abs_diff(wanted.len()) > most {
                *steps = steps.checked_sub(1)?;
                continue;
            }
            *steps = steps.checked_sub(4 * wanted.len() as u64)?;
            let Some(distance) = similar::distance(wanted.as_bytes(), folded.as_bytes(), most)
            else {
                continue;
            };
            match best {
                Some((least, _)) if distance > least => {}
                Some((least, _)) if distance == least => tied = true,
                _ => (best, tied) = (Some((distance, *name)), false),
            }
        }
        best.filter(|_| !tied).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_only_nearest_name() {
        let names = Names::new(["db-7", "db-8", "Web-Frontend", "prod"].into_iter());
        let similar = |text| names.similar(text, &mut { MAX_STEPS });
        assert_eq!(similar("bd-7"), Some("db-7"));
        assert_eq!(similar("db-9"), None);
        assert_eq!(similar("DB-8"), Some("db-8"));
        assert_eq!(similar("web-frontnd"), Some("Web-Frontend"));
        assert_eq!(similar("staging"), None);
        assert_eq!(names.similar("bd-7", &mut 0), None);
    }
}
