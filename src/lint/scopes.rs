//! Whom windows cover: nobody, everybody, or what the topology does not know.

use crate::lint::known::{Coverage, Known};
use crate::lint::{Code, Finding};
use crate::scope::{Matcher, Node, Scope, Test};
use crate::window::Window;

/// The tests of an `all` that are compared with each other, at most.
const MAX_COMPARED: usize = 64;

/// Appends findings. Returns whether everything was checked.
pub(super) fn check(window: &Window, known: &mut Known<'_>, findings: &mut Vec<Finding>) -> bool {
    let mut names = NameCheck { window, known, findings, is_complete: true, labels: true };
    names.visit(window.scope(), "scope");
    let NameCheck { mut is_complete, labels: are_labels_known, .. } = names;
    let scope = window.scope();
    if let Some(path) = contradiction(scope, "scope") {
        let message = "no subject can pass all of these tests".to_owned();
        let finding = Finding::new(Code::Contradiction, window, path, message);
        findings.push(finding.with_fix("correct the tests; of `any`, one is enough"));
    } else if known.topology().len() > 1 {
        // A query may have labels that the topology does not know.
        let is_decided = !scope.depends_on_labels() || are_labels_known;
        match known.coverage(window) {
            None => is_complete = false,
            Some(Coverage::Nobody) if is_decided && !is_one_entity(scope) => {
                let count = known.topology().len();
                let message = format!("it covers none of the {count} entities of the topology");
                let finding = Finding::new(Code::CoversNobody, window, "scope", message);
                findings.push(finding.with_fix("correct the scope, or the topology"));
            }
            Some(Coverage::Everybody) => {
                let count = known.topology().len();
                let message = format!("it covers all {count} entities of the topology");
                let finding = Finding::new(Code::CoversEverybody, window, "scope", message);
                findings.push(finding.with_fix("name the entities or groups that are meant"));
            }
            Some(_) => {}
        }
    }
    if scope.depends_on_labels() && scope.clauses(&|atom| atom.rank()).is_empty() {
        let message =
            "no value of a label is necessary: each query with labels tests it".to_owned();
        let fix = "add a test of a label by `equals` or `one_of`";
        findings.push(Finding::new(Code::BroadScope, window, "scope", message).with_fix(fix));
    }
    is_complete
}

/// An unknown entity by itself is another finding.
fn is_one_entity(scope: &Scope) -> bool {
    matches!(scope.node(), Node::Entity(_))
}

/// Looks for names that the topology does not have.
struct NameCheck<'w, 'f, 'a> {
    window: &'w Window,
    known: &'f mut Known<'a>,
    findings: &'f mut Vec<Finding>,
    is_complete: bool,
    /// Whether the topology has all groups and names of attributes.
    labels: bool,
}

impl NameCheck<'_, '_, '_> {
    fn visit(&mut self, scope: &Scope, path: &str) {
        let topology = self.known.topology();
        match scope.node() {
            Node::Entity(id) => self.entity(id.as_str(), format!("{path}.entity"), 0),
            Node::Entities(ids) => {
                let mut unknown =
                    ids.iter().enumerate().filter(|(_, id)| !topology.contains(id.as_str()));
                if let Some((index, id)) = unknown.next() {
                    self.entity(id.as_str(), format!("{path}.entities[{index}]"), unknown.count());
                }
            }
            Node::Group(id) if topology.group(id.as_str()).is_none() => {
                self.labels = false;
                if topology.group_len() > 0 {
                    let similar = self.known.similar_group(id.as_str());
                    let message = format!("the topology has no group `{id}`");
                    self.add(Code::UnknownGroup, format!("{path}.group"), message, similar);
                }
            }
            Node::Attribute(matcher) => self.attribute(matcher, &format!("{path}.attribute")),
            Node::All(scopes) => self.visit_list(scopes, &format!("{path}.all")),
            Node::Any(scopes) => self.visit_list(scopes, &format!("{path}.any")),
            Node::Not(scope) => self.visit(scope, &format!("{path}.not")),
            Node::Group(_) | Node::Everything | Node::AlertType(_) | Node::TooDeep => {}
        }
    }

    fn visit_list(&mut self, scopes: &[Scope], path: &str) {
        for (index, scope) in scopes.iter().enumerate() {
            self.visit(scope, &format!("{path}[{index}]"));
        }
    }

    fn entity(&mut self, id: &str, path: String, others: usize) {
        if self.known.topology().len() == 0 || self.known.topology().contains(id) {
            return;
        }
        let more =
            if others > 0 { format!(", nor {others} more of the list") } else { String::new() };
        let message = format!("the topology has no entity `{id}`{more}");
        let similar = self.known.similar_entity(id);
        self.add(Code::UnknownEntity, path, message, similar);
    }

    fn attribute(&mut self, matcher: &Matcher, path: &str) {
        let (topology, name) = (self.known.topology(), matcher.name());
        if topology.attribute_name(name).is_none() {
            self.labels = false;
            if topology.attribute_names().next().is_some() {
                let similar = self.known.similar_attribute(name);
                let message = format!("no entity of the topology has the attribute `{name}`");
                self.add(Code::UnknownAttribute, format!("{path}.name"), message, similar);
            }
            return;
        }
        let has = |known: &mut Known<'_>, value: &str| {
            known.values().get(name).is_some_and(|values| values.contains(value))
        };
        let unknown =
            |value: &str| format!("no entity of the topology has the value `{value}` of `{name}`");
        match matcher.test() {
            Test::Equals(value) if !has(self.known, value) => {
                let similar = self.known.similar_value(name, value);
                self.add(Code::UnknownValue, format!("{path}.equals"), unknown(value), similar);
            }
            Test::OneOf(values) => {
                let missing = values.iter().enumerate().find(|(_, value)| !has(self.known, value));
                if let Some((index, value)) = missing {
                    let similar = self.known.similar_value(name, value);
                    let path = format!("{path}.one_of[{index}]");
                    self.add(Code::UnknownValue, path, unknown(value), similar);
                }
            }
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Matches(_) => {
                match self.known.accepts_any(matcher) {
                    Some(true) => {}
                    Some(false) => {
                        let message = format!("it matches no value of `{name}` in the topology");
                        let finding =
                            Finding::new(Code::MatchesNothing, self.window, path, message);
                        self.findings.push(finding.with_fix("correct the text or the pattern"));
                    }
                    None => self.is_complete = false,
                }
            }
            Test::Equals(_) | Test::Present => {}
        }
    }

    fn add(&mut self, code: Code, path: String, message: String, similar: Option<&str>) {
        let finding = Finding::new(code, self.window, path, message);
        self.findings.push(match similar {
            Some(similar) => finding.with_fix(format!("did you mean `{similar}`?")),
            None => finding,
        });
    }
}

/// The path of tests that no subject can pass together, if the scope needs all of them.
fn contradiction(scope: &Scope, path: &str) -> Option<String> {
    match scope.node() {
        Node::Not(inner) if matches!(inner.node(), Node::Everything) => Some(format!("{path}.not")),
        Node::All(scopes) => {
            let path = format!("{path}.all");
            let compared = &scopes[..scopes.len().min(MAX_COMPARED)];
            for (index, first) in compared.iter().enumerate() {
                if compared[index + 1..].iter().any(|second| excludes(first, second)) {
                    return Some(path);
                }
            }
            let mut parts = scopes.iter().enumerate();
            parts.find_map(|(index, scope)| contradiction(scope, &format!("{path}[{index}]")))
        }
        Node::Any(scopes) => {
            let path = format!("{path}.any");
            let is_impossible = |scope: &Scope| contradiction(scope, "").is_some();
            scopes.iter().all(is_impossible).then_some(path)
        }
        _ => None,
    }
}

/// Whether no subject passes both tests. A selected entity has one id, a query one alert
/// type; and a test that the selected entity passes excludes it under a `not`.
fn excludes(first: &Scope, second: &Scope) -> bool {
    match (first.node(), second.node()) {
        (Node::Not(inner), _) if **inner == *second => true,
        (_, Node::Not(inner)) if **inner == *first => true,
        (Node::AlertType(a), Node::AlertType(b)) => a != b,
        (Node::Entity(a), Node::Entity(b)) => a != b,
        (Node::Entity(a), Node::Entities(all)) | (Node::Entities(all), Node::Entity(a)) => {
            !all.contains(a)
        }
        (Node::Entities(a), Node::Entities(b)) if a.len() <= MAX_COMPARED => {
            !a.iter().any(|id| b.contains(id))
        }
        _ => false,
    }
}
