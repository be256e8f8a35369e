//! Necessary clauses of a scope: what a covered subject has for certain.
//!
//! A scope is turned into a conjunction of clauses. A clause is a list of atoms, and
//! one node (the subject, or the ancestor through which it is covered) has at least
//! one atom of every clause. So an index from the atoms of one clause, or from pairs of
//! atoms of two clauses, to windows finds every window that covers a subject. The
//! clauses are necessary, not sufficient: candidates are evaluated.
//!
//! ```text
//! scope                                clauses
//! entity, entities                     one: each id
//! group                                one: the group
//! alert_type                           one: the type
//! attribute  equals, one_of            one: (name, value) each
//!            matches: literals only    one: (name, value) each
//!            starts_with               one: (name, prefix)
//!            matches: literal prefixes one: (name, prefix) each
//!            other                     one: the name
//! all                                  those of all children
//! any                                  one: for each child the atoms of its cheapest
//!                                      clause; none if a child has none
//! not                                  De Morgan; `not` of a test has none
//! everything                           none
//! ```

use smallvec::{SmallVec, smallvec};

use crate::scope::matcher::Literal;
use crate::scope::{Matcher, Node, Scope, Test};

/// What a test of a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property<'a> {
    /// The id of the entity.
    Entity,
    /// A group, directly or by nesting.
    Group,
    /// The alert type of the query.
    AlertType,
    /// A value of the attribute with this name.
    Value(&'a str),
    /// The beginning of a value of the attribute with this name.
    Prefix(&'a str),
    /// The attribute with this name, whatever its value.
    Present(&'a str),
}

/// A property with the text that it must have; empty for [`Property::Present`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Atom<'a> {
    pub(crate) property: Property<'a>,
    pub(crate) text: &'a str,
}

impl<'a> Atom<'a> {
    /// A cost that depends on the kind of the property alone: a guess, if nothing is counted.
    pub(crate) fn rank(&self) -> u64 {
        match self.property {
            Property::Entity => 1,
            Property::Value(_) => 4,
            Property::Prefix(_) => 16,
            Property::Group | Property::AlertType => 64,
            Property::Present(_) => 1024,
        }
    }

    /// The name of the attribute that it is about.
    pub(crate) fn attribute_name(&self) -> Option<&'a str> {
        match self.property {
            Property::Value(name) | Property::Prefix(name) | Property::Present(name) => Some(name),
            Property::Entity | Property::Group | Property::AlertType => None,
        }
    }
}

/// A disjunction of atoms. Without atoms it cannot be met.
type Clause<'a> = SmallVec<[Atom<'a>; 2]>;

/// A conjunction of clauses.
pub(crate) type Clauses<'a> = SmallVec<[Clause<'a>; 3]>;

/// The lengths to which prefixes are cut, in bytes: a query hashes the beginning of a
/// value once for each length in use.
const PREFIX_BYTES: [usize; 10] = [32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// At most this many clauses of an `all` are kept, those with the least cost.
const MAX_CLAUSES: usize = 8;

/// The expected number of windows under an atom, in any unit.
type AtomCost<'c> = dyn Fn(&Atom<'_>) -> u64 + 'c;

impl Scope {
    /// The necessary clauses of the scope. Empty if a subject without any property may be
    /// covered. `cost` chooses among the clauses of the children of an `any`, and among
    /// more than [`MAX_CLAUSES`].
    pub(crate) fn clauses<'a>(&'a self, cost: &AtomCost<'_>) -> Clauses<'a> {
        self.clauses_under(false, cost)
    }

    /// The clauses of the scope, or of its negation.
    fn clauses_under<'a>(&'a self, negated: bool, cost: &AtomCost<'_>) -> Clauses<'a> {
        match (self.node(), negated) {
            (Node::Not(scope), _) => scope.clauses_under(!negated, cost),
            (Node::All(scopes), false) | (Node::Any(scopes), true) => {
                let each = scopes.iter().flat_map(|scope| scope.clauses_under(negated, cost));
                cheapest(each.collect(), cost)
            }
            (Node::Any(scopes), false) | (Node::All(scopes), true) => {
                let mut clause = Clause::new();
                for scope in scopes {
                    let of_scope = scope.clauses_under(negated, cost);
                    match of_scope.into_iter().min_by_key(|clause| clause_cost(clause, cost)) {
                        Some(atoms) => clause.extend(atoms),
                        None => return Clauses::new(),
                    }
                }
                smallvec![clause]
            }
            (Node::Everything | Node::TooDeep, true) => smallvec![Clause::new()],
            (_, true) => Clauses::new(),
            (_, false) => {
                let mut clause = Clause::new();
                match self.each_atom(&mut |atom| clause.push(atom)) {
                    true => smallvec![clause],
                    false => Clauses::new(),
                }
            }
        }
    }

    /// Visits the conjuncts of the scope: the parts of `all`s within `all`s, or the scope. Their
    /// clauses are those of the scope, if it has no [choice](Self::has_choice_of_clauses).
    pub(crate) fn each_conjunct<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        match self.node() {
            Node::All(scopes) => scopes.iter().for_each(|scope| scope.each_conjunct(visit)),
            _ => visit(self),
        }
    }

    /// Calls `add` for each atom of the clause of a scope without branches. Returns whether it
    /// has a clause.
    pub(crate) fn each_atom<'a>(&'a self, add: &mut impl FnMut(Atom<'a>)) -> bool {
        match self.node() {
            Node::Entity(id) => add(Atom { property: Property::Entity, text: id.as_str() }),
            Node::Entities(ids) => {
                let atom = |text| Atom { property: Property::Entity, text };
                ids.iter().for_each(|id| add(atom(id.as_str())));
            }
            Node::Group(id) => add(Atom { property: Property::Group, text: id.as_str() }),
            Node::AlertType(id) => add(Atom { property: Property::AlertType, text: id.as_str() }),
            Node::Attribute(matcher) => matcher.each_atom(add),
            Node::TooDeep => {}
            Node::Everything | Node::Not(_) | Node::All(_) | Node::Any(_) => return false,
        }
        true
    }

    /// The number of tests and other parts in `all`s within `all`s.
    fn conjuncts(&self) -> usize {
        match self.node() {
            Node::All(scopes) => scopes.iter().map(Self::conjuncts).sum(),
            _ => 1,
        }
    }

    /// Whether a subject passes a conjunct exactly if it has an atom of its clause, or none of
    /// its [excluded values](Self::excluded_values): whether it is a test of equal values, or the
    /// `not` of one.
    pub(crate) fn is_exactly_its_clause(&self) -> bool {
        match self.node() {
            Node::Attribute(matcher) => match matcher.test() {
                Test::Equals(_) | Test::OneOf(_) => true,
                Test::Matches(pattern) => pattern.is_list(),
                _ => false,
            },
            Node::Not(scope) => match scope.node() {
                Node::Attribute(matcher) => {
                    matches!(matcher.test(), Test::Equals(_) | Test::OneOf(_))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether the clauses may depend on the cost of atoms: whether the tree has an `any`, or
    /// a negated `all`, or very many clauses.
    pub(crate) fn has_choice_of_clauses(&self) -> bool {
        match self.node() {
            Node::Any(_) => true,
            Node::All(scopes) => {
                self.conjuncts() > MAX_CLAUSES || scopes.iter().any(Self::has_choice_of_clauses)
            }
            Node::Not(scope) => {
                !matches!(scope.node(), Node::Attribute(_)) || scope.has_choice_of_clauses()
            }
            _ => false,
        }
    }

    /// Visits (name, value) pairs of attributes each of which excludes a subject that has
    /// it: values of tests under one `not`, of which every other test is a conjunct. Without
    /// a value, any value excludes.
    pub(crate) fn excluded_values<'a>(&'a self, visit: &mut ExcludedValue<'_, 'a>) {
        self.excluded_values_under(false, visit);
    }

    fn excluded_values_under<'a>(&'a self, negated: bool, visit: &mut ExcludedValue<'_, 'a>) {
        match (self.node(), negated) {
            (Node::Not(scope), _) => scope.excluded_values_under(!negated, visit),
            (Node::All(scopes), false) | (Node::Any(scopes), true) => {
                scopes.iter().for_each(|scope| scope.excluded_values_under(negated, visit));
            }
            (Node::Attribute(matcher), true) => match matcher.test() {
                Test::Equals(value) => visit(matcher.name(), Some(value)),
                Test::OneOf(values) => {
                    values.iter().for_each(|value| visit(matcher.name(), Some(value)));
                }
                Test::Present => visit(matcher.name(), None),
                _ => {}
            },
            _ => {}
        }
    }

    /// Whether attributes and groups of a query can change whether the scope covers a
    /// subject: whether the tree has a test of an attribute or a group.
    pub(crate) fn depends_on_labels(&self) -> bool {
        self.any_label_test(false, &|_| true)
    }

    /// Whether the tree has a test of an attribute.
    pub(crate) fn tests_attributes(&self) -> bool {
        match self.node() {
            Node::Attribute(_) => true,
            Node::All(scopes) | Node::Any(scopes) => scopes.iter().any(Self::tests_attributes),
            Node::Not(scope) => scope.tests_attributes(),
            _ => false,
        }
    }

    /// Whether the tree has a `not`.
    pub(crate) fn has_negation(&self) -> bool {
        match self.node() {
            Node::Not(_) => true,
            Node::All(scopes) | Node::Any(scopes) => scopes.iter().any(Self::has_negation),
            _ => false,
        }
    }

    /// Whether more attributes or groups can make a subject uncovered: whether such a test
    /// is under an odd number of `not`s.
    pub(crate) fn is_narrowed_by_labels(&self) -> bool {
        self.any_label_test(false, &|negated| negated)
    }

    fn any_label_test(&self, negated: bool, accepts: &dyn Fn(bool) -> bool) -> bool {
        match self.node() {
            Node::Attribute(_) | Node::Group(_) => accepts(negated),
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().any(|scope| scope.any_label_test(negated, accepts))
            }
            Node::Not(scope) => scope.any_label_test(!negated, accepts),
            _ => false,
        }
    }
}

/// A visitor of excluded values.
type ExcludedValue<'v, 'a> = dyn FnMut(&'a str, Option<&'a str>) + 'v;

/// The sum of the costs of the atoms.
fn clause_cost(clause: &[Atom<'_>], cost: &AtomCost<'_>) -> u64 {
    clause.iter().fold(0, |sum, atom| sum.saturating_add(cost(atom)))
}

/// The [`MAX_CLAUSES`] clauses with the least cost, in their order.
fn cheapest<'a>(mut clauses: Clauses<'a>, cost: &AtomCost<'_>) -> Clauses<'a> {
    while clauses.len() > MAX_CLAUSES {
        let cost = |at: &usize| (clause_cost(&clauses[*at], cost), *at);
        let costliest = (0..clauses.len()).max_by_key(cost).expect("there are clauses");
        clauses.remove(costliest);
    }
    clauses
}

impl Matcher {
    /// Calls `add` for each atom of the clause of the test: a value that it accepts has one of
    /// them.
    fn each_atom<'a>(&'a self, add: &mut impl FnMut(Atom<'a>)) {
        let name = self.name();
        let present = Atom { property: Property::Present(name), text: "" };
        let of_value = |text| Atom { property: Property::Value(name), text };
        match self.test() {
            Test::Equals(value) => add(of_value(value)),
            Test::OneOf(values) => values.iter().for_each(|value| add(of_value(value))),
            Test::StartsWith(prefix) => add(prefix_atom(name, prefix).unwrap_or(present)),
            Test::Matches(pattern) => {
                let of_literal = |literal: &'a Literal| match literal.is_whole {
                    true => Some(of_value(&literal.text)),
                    false => prefix_atom(name, &literal.text),
                };
                let literals = pattern.literals();
                if literals.is_empty() || literals.iter().any(|it| of_literal(it).is_none()) {
                    add(present);
                } else {
                    literals.iter().filter_map(of_literal).for_each(add);
                }
            }
            Test::Contains(_) | Test::EndsWith(_) | Test::Present => add(present),
        }
    }
}

/// The atom of a prefix, cut to one of [`PREFIX_BYTES`]; `None` if nothing remains.
fn prefix_atom<'a>(name: &'a str, prefix: &'a str) -> Option<Atom<'a>> {
    let text = PREFIX_BYTES.iter().find_map(|bytes| prefix.get(..*bytes))?;
    Some(Atom { property: Property::Prefix(name), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clauses, where an atom costs as much as its name and text are long.
    fn clauses(scope: &Scope) -> String {
        let clauses = scope.clauses(&|atom| text(atom).len() as u64);
        let each = clauses.iter().map(|clause| match clause.len() {
            0 => "never".into(),
            _ => clause.iter().map(text).collect::<Vec<_>>().join("|"),
        });
        each.collect::<Vec<_>>().join(" ")
    }

    fn text(atom: &Atom<'_>) -> String {
        let text = atom.text;
        match atom.property {
            Property::Entity => format!("entity:{text}"),
            Property::Group => format!("group:{text}"),
            Property::AlertType => format!("type:{text}"),
            Property::Value(name) => format!("{name}={text}"),
            Property::Prefix(name) => format!("{name}^{text}"),
            Property::Present(name) => format!("{name}?"),
        }
    }

    fn matches(pattern: &str) -> Scope {
        Matcher::matches("n", pattern).unwrap().into()
    }

    fn equals(name: &str, value: &str) -> Scope {
        Matcher::equals(name, value).into()
    }

    #[test]
    fn clauses_of_tests() {
        assert_eq!(clauses(&Scope::everything()), "");
        assert_eq!(clauses(&!Scope::everything()), "never");
        assert_eq!(clauses(&Scope::entity("a")), "entity:a");
        assert_eq!(clauses(&Scope::entities(["b", "a"])), "entity:b|entity:a");
        assert_eq!(clauses(&Scope::group("g")), "group:g");
        assert_eq!(clauses(&Scope::alert_type("t")), "type:t");
        assert_eq!(clauses(&equals("n", "")), "n=");
        assert_eq!(clauses(&Matcher::one_of("n", ["x", "y"]).into()), "n=x|n=y");
        assert_eq!(clauses(&Matcher::starts_with("n", "x").into()), "n^x");
        assert_eq!(clauses(&Matcher::starts_with("n", "abcdefg").into()), "n^abcdef");
        assert_eq!(clauses(&Matcher::starts_with("n", "").into()), "n?");
        assert_eq!(clauses(&Matcher::contains("n", "x").into()), "n?");
        assert_eq!(clauses(&Matcher::ends_with("n", "x").into()), "n?");
        assert_eq!(clauses(&Matcher::present("n").into()), "n?");
    }

    #[test]
    fn clauses_of_patterns() {
        for (pattern, expected) in [
            ("abc", "n=abc"),
            ("abc|de", "n=abc|n=de"),
            ("", "n="),
            ("a?", "n=a|n="),
            ("web-.*", "n^web-"),
            ("web[12].*", "n^web1|n^web2"),
            ("(?:a|b)c.*", "n^ac|n^bc"),
            ("(?i)ab", "n=AB|n=Ab|n=aB|n=ab"),
            (".*", "n?"),
            (".*x", "n?"),
            ("a*|bcd", "n^a|n=|n=bcd"),
            ("x*", "n^x|n="),
            ("ü.*", "n^ü"),
            ("[^a]", "n?"),
        ] {
            assert_eq!(clauses(&matches(pattern)), expected, "{pattern}");
        }
    }

    #[test]
    fn clauses_of_trees() {
        let (short, long) = (equals("n", "x"), equals("a-long-name", "x"));
        let both = "a-long-name=x n=x";
        assert_eq!(clauses(&Scope::all([long.clone(), short.clone()])), both);
        assert_eq!(clauses(&!Scope::any([!long.clone(), !short.clone()])), both);
        assert_eq!(clauses(&Scope::all([!short.clone(), long.clone()])), "a-long-name=x");
        assert_eq!(clauses(&Scope::all([!short.clone(), !long.clone()])), "");
        let either = "a-long-name=x|n=x";
        assert_eq!(clauses(&Scope::any([long.clone(), short.clone()])), either);
        assert_eq!(clauses(&!Scope::all([!long.clone(), !short.clone()])), either);
        assert_eq!(clauses(&Scope::any([long.clone(), !short.clone()])), "");
        assert_eq!(clauses(&Scope::any([long.clone(), !Scope::everything()])), "a-long-name=x");
        let nested = Scope::any([Scope::all([long.clone(), short]), Scope::group("g")]);
        assert_eq!(clauses(&nested), "n=x|group:g");
        let many = Scope::all((0..20).map(|n| equals(&"n".repeat(20 - n), "x")));
        assert_eq!(clauses(&many).split(' ').count(), MAX_CLAUSES);
        assert!(clauses(&many).ends_with(" nn=x n=x"));
    }

    #[test]
    fn is_exactly_its_clause_needs_equal_values() {
        let one_of = || Scope::attribute(Matcher::one_of("b", ["2", "3"]));
        let yes = [equals("a", "1"), matches("x|y"), one_of(), !equals("a", "1"), !one_of()];
        let no = [
            Scope::everything(),
            matches("x.*"),
            matches(r"a\b|b"),
            Matcher::starts_with("a", "1").into(),
            !matches("x|y"),
            !Scope::all([equals("b", "2")]),
            Scope::entity("b"),
            Scope::any([equals("a", "1"), equals("b", "2")]),
        ];
        assert!(yes.iter().all(Scope::is_exactly_its_clause));
        for scope in no {
            assert!(!scope.is_exactly_its_clause(), "{scope:?}");
        }
    }

    #[test]
    fn each_conjunct_has_the_clauses_without_a_choice() {
        let nested = Scope::all([equals("n", "x"), Scope::group("g")]);
        let scope = Scope::all([!equals("m", "y"), nested, Scope::everything(), matches("a|b")]);
        assert!(!scope.has_choice_of_clauses());
        let mut found = Vec::new();
        scope.each_conjunct(&mut |conjunct| {
            let mut atoms = Vec::new();
            if conjunct.each_atom(&mut |atom| atoms.push(text(&atom))) {
                found.push(atoms.join("|"));
            }
        });
        assert_eq!(found.join(" "), clauses(&scope));
        assert_eq!(found, ["n=x", "group:g", "n=a|n=b"]);
    }

    #[test]
    fn excluded_values_only_of_conjuncts() {
        let one_of = Scope::attribute(Matcher::one_of("b", ["2", "3"]));
        let either = !Scope::any([one_of, equals("c", "4"), !equals("d", "5")]);
        let scope = Scope::all([!equals("a", "1"), either, Scope::any([!equals("e", "6")])]);
        let mut found = Vec::new();
        let scope = scope.and(!Scope::attribute(Matcher::present("f")));
        scope.excluded_values(&mut |name, value| {
            found.push(format!("{name}={}", value.unwrap_or("*")));
        });
        assert_eq!(found, ["a=1", "b=2", "b=3", "c=4", "f=*"]);
    }

    #[test]
    fn depends_on_labels_and_narrowing() {
        let (entity, attribute) = (Scope::entity("a"), equals("n", "x"));
        let of = |scope: &Scope| (scope.depends_on_labels(), scope.is_narrowed_by_labels());
        assert_eq!(of(&Scope::everything()), (false, false));
        assert_eq!(of(&!entity.clone()), (false, false));
        assert_eq!(of(&Scope::all([!entity.clone(), attribute.clone()])), (true, false));
        assert_eq!(of(&Scope::any([entity, !Scope::group("g")])), (true, true));
        assert_eq!(of(&!Scope::all([!attribute])), (true, false));
    }
}
