//! Near misses: scopes that would cover a subject if one test had the other result.
//!
//! For each node of the ancestry, the analysis counts the tests that must change for the
//! scope to select that node: `all` adds the counts of its elements, `any` takes the
//! least, and `not` swaps the two. Counts above one are equal. O(tests * nodes).

use std::fmt;

use smallvec::{SmallVec, smallvec};

use crate::error::truncated;
use crate::scope::cover::{Ancestry, Parity};
use crate::scope::{Node, Scope, Test};

/// The only test of a scope that fails for a subject.
///
/// `Display` gives the test, and the values that failed it:
///
/// ```text
/// all[1].attribute: severity must be "critical"; it is "warning"
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedTest {
    /// The path of the test in the scope of the window, as in a document:
    /// `all[1].not.attribute`. Empty if the scope is one test.
    pub path: String,
    /// The test by itself, without the `not`s around it.
    pub test: Scope,
    /// Whether the test passes and must fail, because it is in an odd number of `not`s.
    pub is_excluded: bool,
    /// What the subject has: the entity, the alert type, or the values of the attribute.
    /// At most [`MAX_VALUES`](Self::MAX_VALUES). Empty for a group.
    pub values: Vec<String>,
}

impl FailedTest {
    /// The maximal number of values in [`values`](Self::values).
    pub const MAX_VALUES: usize = 8;
}

/// The tests of a scope that fail for one node.
#[derive(Clone, Copy)]
struct Miss<'s> {
    /// 0, 1, or 2 for more.
    count: u8,
    /// The first test that fails.
    first: Option<(&'s Scope, Parity)>,
    /// Whether a test that must pass does so.
    shares: bool,
}

type Misses<'s> = SmallVec<[Miss<'s>; 4]>;

impl Miss<'_> {
    const NONE: Self = Self { count: 0, first: None, shares: false };

    /// Both must hold.
    fn and(self, other: Self) -> Self {
        Self {
            count: (self.count + other.count).min(2),
            first: self.first.or(other.first),
            shares: self.shares | other.shares,
        }
    }

    /// One must hold: the one with fewer tests that fail, and then the one that shares a
    /// test.
    fn or(self, other: Self) -> Self {
        let key = |miss: &Self| (miss.count, !miss.shares);
        if key(&other) < key(&self) { other } else { self }
    }
}

impl<'a> Ancestry<'a> {
    /// Whether the scope does not cover the subject only because of one test, and another
    /// test that must pass does so.
    pub(crate) fn is_near_miss(&self, scope: &Scope, descends: bool) -> bool {
        self.only_miss(scope, self.reach(descends)).is_some()
    }

    /// The only test that fails, if [`is_near_miss`](Self::is_near_miss).
    pub(crate) fn near_miss(&self, scope: &Scope, descends: bool) -> Option<FailedTest> {
        let reach = self.reach(descends);
        let (node, test, parity) = self.only_miss(scope, reach)?;
        let mut path = String::new();
        path_to(scope, test, &mut path);
        Some(FailedTest {
            path,
            test: test.clone(),
            is_excluded: parity == Parity::Odd,
            values: self.values(test, node, parity, reach),
        })
    }

    /// The node that the scope nearly selects, and the test that fails.
    fn only_miss<'s>(&self, scope: &'s Scope, reach: usize) -> Option<(usize, &'s Scope, Parity)> {
        let misses = self.misses(scope, Parity::Even, reach).into_iter().enumerate();
        let (node, least) = misses.min_by_key(|(_, miss)| (miss.count, !miss.shares))?;
        let (test, parity) = least.first.filter(|_| least.count == 1 && least.shares)?;
        Some((node, test, parity))
    }

    fn misses<'s>(&self, scope: &'s Scope, parity: Parity, reach: usize) -> Misses<'s> {
        let join = |scopes: &'s [Scope], both: bool| {
            let all = scopes.iter().map(|scope| self.misses(scope, parity, reach));
            let joined = all.reduce(|mut joined, more| {
                for (one, other) in joined.iter_mut().zip(more) {
                    *one = if both { one.and(other) } else { one.or(other) };
                }
                joined
            });
            joined.unwrap_or_else(|| smallvec![Miss::NONE; reach])
        };
        match (scope.node(), parity) {
            (Node::All(scopes), Parity::Even) | (Node::Any(scopes), Parity::Odd) => {
                join(scopes, true)
            }
            (Node::All(scopes), Parity::Odd) | (Node::Any(scopes), Parity::Even) => {
                join(scopes, false)
            }
            (Node::Not(scope), _) => self.misses(scope, parity.other(), reach),
            (node, _) => {
                let is_wanted = parity == Parity::Even;
                let is_key = is_wanted && !matches!(node, Node::Everything);
                let results = self.evaluate(scope, parity, reach).into_iter();
                results
                    .map(|passes| Miss {
                        count: u8::from(passes != is_wanted),
                        first: (passes != is_wanted).then_some((scope, parity)),
                        shares: passes && is_key,
                    })
                    .collect()
            }
        }
    }

    /// What a node has of that which the test looks at. A test that must fail looks at
    /// all nodes.
    fn values(&self, test: &Scope, node: usize, parity: Parity, reach: usize) -> Vec<String> {
        let nodes = if parity == Parity::Odd { 0..reach } else { node..node + 1 };
        let values: Vec<&str> = match test.node() {
            Node::Entity(_) | Node::Entities(_) => {
                let ids = nodes.map(|node| self.id(node)).filter(|id| !id.is_empty());
                ids.take(FailedTest::MAX_VALUES).collect()
            }
            Node::AlertType(_) => self.subject().alert_type().into_iter().collect(),
            Node::Attribute(matcher) => {
                let values = nodes.flat_map(|node| self.attribute_values(node, matcher.name()));
                values.take(FailedTest::MAX_VALUES).collect()
            }
            _ => Vec::new(),
        };
        values.into_iter().map(truncated).collect()
    }
}

/// Writes the path of `test` in `scope`. Returns whether it is in the scope.
fn path_to(scope: &Scope, test: &Scope, path: &mut String) -> bool {
    if std::ptr::eq(scope, test) {
        let name = match scope.node() {
            Node::Entity(_) => "entity",
            Node::Entities(_) => "entities",
            Node::Group(_) => "group",
            Node::AlertType(_) => "alert_type",
            Node::Attribute(_) => "attribute",
            _ => "",
        };
        // The path of a scope that is one test is empty.
        if path.is_empty() || name.is_empty() {
            path.truncate(path.trim_end_matches('.').len());
        } else {
            path.push_str(name);
        }
        return true;
    }
    let start = path.len();
    let mut below = |scope: &Scope, step: &str| {
        path.truncate(start);
        path.push_str(step);
        path_to(scope, test, path)
    };
    match scope.node() {
        Node::All(scopes) => {
            scopes.iter().enumerate().any(|(i, scope)| below(scope, &format!("all[{i}].")))
        }
        Node::Any(scopes) => {
            scopes.iter().enumerate().any(|(i, scope)| below(scope, &format!("any[{i}].")))
        }
        Node::Not(scope) => below(scope, "not."),
        _ => false,
    }
}

/// Texts in quotes, the first three of them.
struct Listed<'a, T>(&'a [T]);

impl<T: AsRef<str>> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        for (index, text) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{:?}", if index == 0 { "" } else { ", " }, truncated(text.as_ref()))?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        let must = if self.is_excluded { "must not" } else { "must" };
        match self.test.node() {
            Node::Entity(id) => write!(f, "the entity {must} be {}", Listed(&[id]))?,
            Node::Entities(ids) => write!(f, "the entity {must} be one of {}", Listed(ids))?,
            Node::Group(id) => return write!(f, "it {must} be in the group {}", Listed(&[id])),
            Node::AlertType(name) => write!(f, "the alert type {must} be {}", Listed(&[name]))?,
            Node::Attribute(matcher) => {
                write!(f, "{} {must} ", truncated(matcher.name()))?;
                match matcher.test() {
                    Test::Equals(value) => write!(f, "be {}", Listed(&[value]))?,
                    Test::OneOf(values) => write!(f, "be one of {}", Listed(values))?,
                    Test::Contains(part) => write!(f, "contain {}", Listed(&[part]))?,
                    Test::StartsWith(prefix) => write!(f, "begin with {}", Listed(&[prefix]))?,
                    Test::EndsWith(suffix) => write!(f, "end with {}", Listed(&[suffix]))?,
                    Test::Matches(pattern) => write!(f, "match {}", Listed(&[pattern.as_str()]))?,
                    Test::Present => f.write_str("be present")?,
                }
            }
            _ => f.write_str("it is excluded")?,
        }
        match &*self.values {
            [] => f.write_str("; it is missing"),
            values => write!(f, "; it is {}", Listed(values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::{Matcher, Subject, Topology};

    fn equals(name: &str, value: &str) -> Scope {
        Matcher::equals(name, value).into()
    }

    fn topology() -> Topology {
        Topology::builder()
            .add_child("rack-1", "db-7")
            .add_member("prod", "rack-1")
            .add_attribute("db-7", "tier", "gold")
            .build()
            .unwrap()
    }

    fn miss(scope: &Scope, subject: &Subject<'_>) -> Option<String> {
        let topology = topology();
        let ancestry = Ancestry::of(subject, &topology);
        ancestry.near_miss(scope, true).map(|failed| failed.to_string())
    }

    const LABELS: &[(&str, &str)] = &[("a", "1"), ("b", "2"), ("m", "x"), ("m", "y")];

    #[test]
    fn near_miss_names_the_failed_test() {
        let subject = Subject::labels(LABELS);
        let [a, b] = [equals("a", "1"), equals("b", "2")];
        let [not_a, not_b] = [equals("a", "0"), equals("b", "0")];
        for (scope, text) in [
            (a.clone().and(not_b.clone()), Some(r#"all[1].attribute: b must be "0"; it is "2""#)),
            (
                a.clone().and(!b.clone()),
                Some(r#"all[1].not.attribute: b must not be "2"; it is "2""#),
            ),
            (
                a.clone().and(equals("c", "")),
                Some(r#"all[1].attribute: c must be ""; it is missing"#),
            ),
            (
                a.clone().and(equals("m", "z")),
                Some(r#"all[1].attribute: m must be "z"; it is "x", "y""#),
            ),
            (
                a.clone().and(Scope::group("prod")),
                Some(r#"all[1].group: it must be in the group "prod""#),
            ),
            (
                a.clone().and(Scope::entity("db-7")),
                Some(r#"all[1].entity: the entity must be "db-7"; it is missing"#),
            ),
            (
                Scope::any([not_b.clone(), Scope::all([a.clone(), not_b.clone()])]),
                Some(r#"any[1].all[1].attribute: b must be "0"; it is "2""#),
            ),
            (
                !Scope::any([!a.clone(), b.clone()]),
                Some(r#"not.any[1].attribute: b must not be "2"; it is "2""#),
            ),
            (
                a.clone().and(!Scope::all([b.clone(), a.clone()])),
                Some(r#"all[1].not.all[0].attribute: b must not be "2"; it is "2""#),
            ),
            // It covers the subject.
            (a.clone().and(b.clone()), None),
            // Two tests fail.
            (Scope::all([a.clone(), not_b.clone(), equals("c", "3")]), None),
            (a.clone().and(!Scope::any([b.clone(), a.clone()])), None),
            // No test that must pass does so.
            (not_a.clone(), None),
            (!a.clone(), None),
            (not_a.clone().or(not_b.clone()), None),
            (Scope::everything().and(not_a.clone()), None),
            ((!not_a.clone()).and(not_b.clone()), None),
        ] {
            assert_eq!(miss(&scope, &subject).as_deref(), text, "{scope:?}");
        }
    }

    #[test]
    fn near_miss_looks_at_ancestors() {
        let subject = Subject::entity("db-7");
        let prod = || Scope::group("prod");
        let near = |scope: Scope| miss(&scope, &subject);
        let text = r#"all[1].not.entity: the entity must not be "db-7"; it is "db-7", "rack-1""#;
        assert_eq!(near(prod().and(!Scope::entity("db-7"))).as_deref(), Some(text));
        // rack-1 is in the group and db-7 is not: the nearest node is described.
        let text = r#"all[0].group: it must be in the group "prod""#;
        assert_eq!(near(prod().and(equals("tier", "gold"))).as_deref(), Some(text));
        assert_eq!(near(prod().and(Scope::entity("rack-1"))), None);
    }

    #[test]
    fn near_miss_has_test_and_values() {
        let subject = Subject::labels(LABELS).with_alert_type("DISK");
        let topology = topology();
        let ancestry = Ancestry::of(&subject, &topology);
        let scope = equals("a", "1").and(Scope::alert_type("BACKUP"));
        let failed = ancestry.near_miss(&scope, false).unwrap();
        assert_eq!(failed.test, Scope::alert_type("BACKUP"));
        assert_eq!((failed.is_excluded, &*failed.values), (false, &["DISK".to_owned()][..]));
        let text = r#"all[1].alert_type: the alert type must be "BACKUP"; it is "DISK""#;
        assert_eq!(failed.to_string(), text);
        let many: Vec<_> = (0..100).map(|i| ("m", if i % 2 == 0 { "x" } else { "y" })).collect();
        let subject = Subject::labels(&many).with_groups(&["g"]);
        let scope = Scope::group("g").and(equals("m", "z"));
        let failed = Ancestry::of(&subject, &topology).near_miss(&scope, true).unwrap();
        assert_eq!(failed.values.len(), FailedTest::MAX_VALUES);
        assert!(failed.to_string().ends_with(r#"it is "x", "y", "x" and 5 more"#));
    }

    /// The test that is named is the only one that has to change.
    #[test]
    fn near_miss_flipped_test_covers() {
        let subject = Subject::labels(LABELS);
        let leaf = |i: u64| match i % 6 {
            0 => equals("a", "1"),
            1 => equals("a", "0"),
            2 => equals("b", "2"),
            3 => Matcher::present("c").into(),
            4 => equals("m", "y"),
            _ => Scope::group("prod"),
        };
        let mut random = crate::testing::SplitMix64::new(7);
        let mut found = 0;
        let topology = topology();
        for _ in 0..20_000 {
            let scope = tree(&mut || random.below(1_u64 << 20), 3, &leaf);
            let ancestry = Ancestry::of(&subject, &topology);
            let Some(failed) = ancestry.near_miss(&scope, true) else { continue };
            found += 1;
            assert!(!ancestry.covered_by(&scope, true), "{scope:?}");
            let mut count = 0;
            let flipped = replaced(&scope, &failed.path, "", failed.is_excluded, &mut count);
            assert_eq!(count, 1, "{scope:?} {failed:?}");
            assert!(ancestry.covered_by(&flipped, true), "{scope:?} {failed:?}");
        }
        assert!(found > 1000, "{found}");
    }

    fn tree(next: &mut dyn FnMut() -> u64, depth: u32, leaf: &dyn Fn(u64) -> Scope) -> Scope {
        let kind = if depth == 0 { 0 } else { next() % 6 };
        let few = |next: &mut dyn FnMut() -> u64| {
            (0..1 + next() % 3).map(|_| tree(next, depth - 1, leaf)).collect::<Vec<_>>()
        };
        match kind {
            0 | 1 => leaf(next()),
            2 | 3 => Scope::all(few(next)),
            4 => Scope::any(few(next)),
            _ => !tree(next, depth - 1, leaf),
        }
    }

    /// The scope with another result of the test at `path`.
    fn replaced(scope: &Scope, path: &str, here: &str, result: bool, count: &mut u32) -> Scope {
        let mut list = |scopes: &[Scope], field: &str| -> Vec<Scope> {
            let each = scopes.iter().enumerate();
            each.map(|(i, s)| replaced(s, path, &format!("{here}{field}[{i}]."), result, count))
                .collect()
        };
        match scope.node() {
            Node::All(scopes) => Scope::all(list(scopes, "all")),
            Node::Any(scopes) => Scope::any(list(scopes, "any")),
            Node::Not(scope) => !replaced(scope, path, &format!("{here}not."), result, count),
            _ if [format!("{here}attribute"), format!("{here}group")].iter().any(|p| p == path) => {
                *count += 1;
                if result { !Scope::everything() } else { Scope::everything() }
            }
            _ => scope.clone(),
        }
    }
}
