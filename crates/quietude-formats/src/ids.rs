//! Ids of imported items: readable, unique, and valid in a document.

use std::collections::HashMap;

/// Gives ids, and no id twice.
#[derive(Default)]
pub(crate) struct Ids {
    /// The ids, and the number that the next item with this name is tried with.
    given: HashMap<String, u64>,
}

impl Ids {
    /// The id for a name: the name itself, without control characters and shortened. If an
    /// item had it before, `#2`, `#3` and so on are added.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let id = valid_id(name);
        let Some(next) = self.given.get(&id) else {
            self.given.insert(id.clone(), 2);
            return id;
        };
        let mut number = *next;
        let mut free = format!("{id}#{number}");
        while self.given.contains_key(&free) {
            number += 1;
            free = format!("{id}#{number}");
        }
        self.given.insert(id, number + 1);
        self.given.insert(free.clone(), 2);
        free
    }
}

/// The name with `_` for control characters. A long one is cut, and a hash of it is added,
/// so that two long names with one beginning remain two.
fn valid_id(name: &str) -> String {
    const LONGEST: usize = 240;
    if name.is_empty() {
        return "unnamed".to_owned();
    }
    let plain = |c: char| if c.is_control() { '_' } else { c };
    if name.len() <= LONGEST {
        return name.chars().map(plain).collect();
    }
    let cut = (0..=LONGEST).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    // FNV-1a.
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, step);
    let begin: String = name[..cut].chars().map(plain).collect();
    format!("{begin}~{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_repeated_name_is_numbered() {
        let mut ids = Ids::default();
        assert_eq!(
            ["a", "a", "a#2", "a", ""].map(|name| ids.unique(name)),
            ["a", "a#2", "a#2#2", "a#3", "unnamed"]
        );
    }

    #[test]
    fn unique_long_names_are_cut_and_distinct() {
        let mut ids = Ids::default();
        let [a, b] = ["a", "b"].map(|end| ids.unique(&format!("{}{end}", "é\n".repeat(300))));
        assert!(a.len() < 260 && a != b && !a.contains('\n'), "{a} {b}");
    }
}
