//! The tags of a window in compact form.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// Keys and values in one text, which takes a fraction of the memory of a map. The map is
/// built when it is asked for, because most applications never read the tags of all windows.
#[derive(Clone, Default)]
pub(super) struct Tags {
    /// Key, value, key, value and so on, in the order of the keys.
    text: Box<str>,
    /// The end of each key and each value in the text.
    ends: Box<[usize]>,
    map: OnceLock<BTreeMap<String, String>>,
}

impl Tags {
    pub(super) fn new(map: &BTreeMap<String, String>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(2 * map.len()));
        for part in map.iter().flat_map(|(key, value)| [key, value]) {
            text.push_str(part);
            ends.push(text.len());
        }
        Self { text: text.into(), ends: ends.into(), map: OnceLock::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The tags in the order of their keys.
    pub(super) fn pairs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let part = |index: usize| {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            &self.text[start..self.ends[index]]
        };
        (0..self.ends.len() / 2).map(move |index| (part(2 * index), part(2 * index + 1)))
    }

    pub(super) fn to_map(&self) -> BTreeMap<String, String> {
        self.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// The map, which is kept.
    pub(super) fn map(&self) -> &BTreeMap<String, String> {
        self.map.get_or_init(|| self.to_map())
    }
}

/// Whether the tags are equal; the map may be built in one of them only.
impl PartialEq for Tags {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.pairs()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_equals_the_given_one() {
        for pairs in [&[][..], &[("a", "")], &[("", "x"), ("b", "ü\0"), ("ab", "")]] {
            let map: BTreeMap<String, String> =
                pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let tags = Tags::new(&map);
            assert_eq!(*tags.map(), map);
            assert_eq!(tags.pairs().len(), map.len());
            // The map makes no difference.
            assert_eq!(tags, Tags::new(&map));
        }
    }
}
