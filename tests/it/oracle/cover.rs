//! Who is covered, to the letter: *a window covers s if for some a among s and
//! its ancestors the tree holds, where a test under an even number of `not`s
//! looks at a alone, and a test under an odd number holds if s or any of its
//! ancestors passes it. With entity only, every test looks at s alone.*

use crate::model::{Plan, Question, Test, Who, World};

pub(crate) fn covers(plan: &Plan, world: &World, question: &Question) -> bool {
    let mut family = vec![question.entity.as_str()];
    if !plan.entity_only {
        climb(&question.entity, &world.children, &mut family);
    }
    family.iter().any(|a| holds(&plan.who, 0, a, &family, world, question))
}

/// Adds all that lies above `id`, along pairs of (upper, lower).
fn climb<'a>(id: &str, pairs: &'a [(String, String)], reached: &mut Vec<&'a str>) {
    for (upper, lower) in pairs {
        if lower == id && !reached.contains(&upper.as_str()) {
            reached.push(upper);
            climb(upper, pairs, reached);
        }
    }
}

/// Whether the tree holds for `a`, `nots` deep in negations.
fn holds(who: &Who, nots: u32, a: &str, family: &[&str], world: &World, q: &Question) -> bool {
    match who {
        Who::All(parts) => parts.iter().all(|part| holds(part, nots, a, family, world, q)),
        Who::Any(parts) => parts.iter().any(|part| holds(part, nots, a, family, world, q)),
        Who::Not(part) => !holds(part, nots + 1, a, family, world, q),
        test if nots.is_multiple_of(2) => passes(test, a, world, q),
        test => family.iter().any(|member| passes(test, member, world, q)),
    }
}

/// Whether `a`, which may be the entity of the question, passes one test.
fn passes(test: &Who, a: &str, world: &World, question: &Question) -> bool {
    let is_subject = a == question.entity;
    match test {
        Who::Everything => true,
        Who::Entity(id) => id == a,
        Who::Entities(ids) => ids.iter().any(|id| id == a),
        Who::AlertType(name) => question.alert_type.as_ref() == Some(name),
        Who::Group(id) => {
            let known = world.members.iter().filter(|(_, entity)| entity == a).map(|(g, _)| g);
            let brought = question.groups.iter().filter(|_| is_subject);
            known.chain(brought).any(|group| {
                let mut nested_in = vec![group.as_str()];
                climb(group, &world.nested, &mut nested_in);
                nested_in.contains(&id.as_str())
            })
        }
        Who::Attribute(name, test) => {
            let known = world.attributes.iter().filter(|(entity, ..)| entity == a);
            let known = known.map(|(_, name, value)| (name, value));
            let brought = question.attributes.iter().filter(|_| is_subject).map(|(n, v)| (n, v));
            known.chain(brought).any(|(n, value)| n == name && accepts(test, value))
        }
        Who::All(_) | Who::Any(_) | Who::Not(_) => unreachable!("not a test"),
    }
}

fn accepts(test: &Test, value: &str) -> bool {
    match test {
        Test::Equals(text) => value == text,
        Test::OneOf(texts) => texts.iter().any(|text| value == text),
        Test::Contains(text) => value.contains(&**text),
        Test::StartsWith(text) => value.starts_with(&**text),
        Test::EndsWith(text) => value.ends_with(&**text),
        Test::Matches(text) => {
            value.strip_prefix(&**text).is_some_and(|rest| rest.chars().count() <= 1)
        }
        Test::Present => true,
    }
}
