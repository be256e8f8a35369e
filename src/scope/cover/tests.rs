//! Tables of covered entities, and an independent second implementation.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::scope::TopologyBuilder;

/// site > rack > db-7 > {disk, port}, and a second rack with its db-8.
fn fleet() -> Topology {
    Topology::builder()
        .add_child("site", "rack")
        .add_child("rack", "db-7")
        .add_child("db-7", "disk")
        .add_child("db-7", "port")
        .add_child("site", "rack-2")
        .add_child("rack-2", "db-8")
        .add_member("prod-eu", "rack")
        .add_subgroup("prod", "prod-eu")
        .add_subgroup("all", "prod")
        .add_member("databases", "db-7")
        .add_attribute("rack", "name", "r1")
        .add_attribute("db-7", "name", "pg-1")
        .add_attribute("disk", "name", "c1")
        .add_attribute("db-7", "tier", "gold")
        .add_attribute("db-7", "tier", "billed")
        .build()
        .unwrap()
}

/// The entities of the fleet that are covered, in order.
fn covered(scope: &Scope, descends: bool) -> String {
    let topology = fleet();
    let ids = topology.entities().filter(|id| covers(scope, descends, &(*id).into(), &topology));
    ids.collect::<Vec<_>>().join(" ")
}

fn name(value: &str) -> Scope {
    Matcher::equals("name", value).into()
}

#[test]
fn mentions_any_test_negated_or_not() {
    let topology = fleet();
    let subject = Subject::entity("disk").with_alert_type("latency");
    let ancestry = Ancestry::of(&subject, &topology);
    let [rack, other] = ["rack", "rack-2"].map(Scope::entity);
    let latency = Scope::alert_type("latency");
    for (scope, speaks) in [
        (rack.clone(), true),
        (other.clone(), false),
        (!rack.clone(), true),
        (!other.clone(), false),
        (latency.clone(), false),
        (!latency.clone(), false),
        (other.clone().or(Scope::group("prod")), true),
        (other.clone().and(!Scope::group("prod")), true),
        (other.clone().and(latency.clone()), false),
        (!other.or(latency), false),
        (Scope::everything(), true),
    ] {
        assert_eq!(ancestry.mentions(&scope), speaks, "{scope:?}");
    }
}

#[test]
fn covers_selection_and_exclusion_propagate() {
    let [site, rack, db] = ["site", "rack", "db-7"].map(Scope::entity);
    let prod = Scope::group("prod");
    let named = || Scope::from(Matcher::present("name"));
    let table = [
        (
            Scope::everything(),
            "site rack db-7 disk port rack-2 db-8",
            "site rack db-7 disk port rack-2 db-8",
        ),
        (rack.clone(), "rack db-7 disk port", "rack"),
        (Scope::entities(["disk", "rack-2"]), "disk rack-2 db-8", "disk rack-2"),
        (prod.clone(), "rack db-7 disk port", "rack"),
        (Scope::group("all").and(Scope::group("prod-eu")), "rack db-7 disk port", "rack"),
        (Scope::group("unknown"), "", ""),
        // Prod but not db-7: what is below db-7 stays audible with it.
        (prod.clone().and(!db.clone()), "rack", "rack"),
        (prod.and(!name("c1")), "rack db-7 port", "rack"),
        // A device named c1 is asked for, and c1 is a component below it.
        (Scope::group("databases").and(name("c1")), "", ""),
        (Scope::group("databases").and(name("pg-1")), "db-7 disk port", "db-7"),
        // Two tests of one scope look at one member, not at two.
        (rack.clone().and(db.clone()), "", ""),
        (rack.clone().or(db.clone()), "rack db-7 disk port", "rack db-7"),
        (!rack.clone(), "site rack-2 db-8", "site db-7 disk port rack-2 db-8"),
        (!site.clone(), "", "rack db-7 disk port rack-2 db-8"),
        // Excepted where one ancestor is a rack and another is db-7.
        (site.clone().and(!rack.clone().and(db.clone())), "site rack rack-2 db-8", "site"),
        // Under two `not`s db-7 is again a test of the selected one, the site: an
        // exception from an exception brings nobody back.
        (site.and(!rack.and(!db)), "site rack-2 db-8", "site"),
        (named(), "rack db-7 disk port", "rack db-7 disk"),
        (!named(), "site rack-2 db-8", "site port rack-2 db-8"),
        (Matcher::one_of("tier", ["none", "billed"]).into(), "db-7 disk port", "db-7"),
        (Matcher::matches("tier", "g.*").unwrap().into(), "db-7 disk port", "db-7"),
        (
            !Scope::from(Matcher::equals("tier", "gold")),
            "site rack rack-2 db-8",
            "site rack disk port rack-2 db-8",
        ),
    ];
    for (scope, below, alone) in table {
        assert_eq!(covered(&scope, true), below, "{scope:?}");
        assert_eq!(covered(&scope, false), alone, "{scope:?} entity only");
    }
}

#[test]
fn covers_alert_type_of_query() {
    let topology = fleet();
    let backup = Scope::alert_type("BACKUP");
    let asked = Subject::entity("db-7");
    for (scope, untyped, typed, other) in [
        (backup.clone(), false, true, false),
        (!backup.clone(), true, false, true),
        (Scope::entity("rack").and(backup), false, true, false),
    ] {
        assert_eq!(covers(&scope, true, &asked, &topology), untyped, "{scope:?}");
        let with = |alert_type| asked.with_alert_type(alert_type);
        assert_eq!(covers(&scope, true, &with("BACKUP"), &topology), typed, "{scope:?}");
        assert_eq!(covers(&scope, true, &with("backup"), &topology), other, "{scope:?}");
    }
}

#[test]
fn covers_query_attributes_apply_to_subject_only() {
    let topology = fleet();
    let judge = |scope: &Scope, subject: Subject<'_>| covers(scope, true, &subject, &topology);
    let subject = Subject::entity("disk")
        .with_groups(&["prod", "loose", "unused"])
        .with_attributes(&[("name", "brought"), ("colour", "red")]);
    assert!(judge(&Scope::group("loose"), subject));
    assert!(judge(&name("brought").and(name("c1")), subject));
    assert!(judge(&Scope::group("loose").and(Matcher::equals("colour", "red").into()), subject));
    // Nesting known to the topology goes on from a group that was brought.
    assert!(judge(&Scope::group("all").and(name("c1")), subject));
    // Not to db-7, whose name and groups are its own.
    assert!(!judge(&Scope::group("databases").and(Scope::group("loose")), subject));
    assert!(!judge(&Scope::entity("db-7").and(name("brought")), subject));
    // But it counts against exclusion, which looks at all of them.
    assert!(!judge(&Scope::entity("db-7").and(!name("brought")), subject));
}

#[test]
fn covers_unknown_subject_uses_query_attributes() {
    let topology = fleet();
    let subject =
        Subject::entity("new").with_groups(&["prod-eu"]).with_attributes(&[("name", "n")]);
    for scope in [Scope::entity("new"), Scope::group("all"), name("n"), !Scope::entity("site")] {
        assert!(covers(&scope, true, &subject, &topology), "{scope:?}");
        assert!(covers(&scope, false, &subject, &topology), "{scope:?}");
    }
    for scope in [Scope::entity("rack"), Scope::group("databases"), name("r1")] {
        assert!(!covers(&scope, true, &subject, &topology), "{scope:?}");
    }
}

#[test]
fn ancestry_is_breadth_first_and_distinct() {
    let topology = Topology::builder()
        .add_child("b", "a")
        .add_child("c", "a")
        .add_child("top", "b")
        .add_child("top", "c")
        .add_child("c", "b")
        .build()
        .unwrap();
    let ancestry = Ancestry::of(&"a".into(), &topology);
    let ids: Vec<_> = (0..ancestry.nodes.len()).map(|at| ancestry.id(at)).collect();
    assert_eq!(ids, ["a", "b", "c", "top"]);
    let through = |scope: Scope| ancestry.covered_through(&scope, true);
    assert_eq!(through(Scope::everything()), Some("a"));
    assert_eq!(through(Scope::entities(["top", "c"])), Some("c"));
    assert_eq!(through(Scope::entity("z")), None);
    let stranger = Ancestry::of(&"new".into(), &topology);
    assert_eq!(stranger.covered_through(&Scope::everything(), true), Some("new"));
}

/// A ladder of diamonds has 2^n paths and 2n rungs; a chain is deep. Walking
/// paths, or members times members, would not end.
#[test]
fn ancestry_size_is_linear() {
    let ladder = |link: fn(TopologyBuilder, String, String) -> TopologyBuilder| {
        (0..5_000).fold(Topology::builder(), |builder, i| {
            let rung = |side: &str, i: i32| format!("{side}{i}");
            ["l", "r"].into_iter().fold(builder, |builder, side| {
                let builder = link(builder, rung("l", i), rung(side, i + 1));
                link(builder, rung("r", i), rung(side, i + 1))
            })
        })
    };
    let parents = ladder(|builder, up, down| builder.add_child(up, down)).build().unwrap();
    let ancestry = Ancestry::of(&"l5000".into(), &parents);
    assert_eq!(ancestry.nodes.len(), 10_001);
    assert!(ancestry.covered_by(&Scope::entity("r0").and(!Scope::entity("r5000")), true));
    assert!(!ancestry.covered_by(&Scope::entity("r4999").and(!Scope::entity("r0")), true));

    let groups = ladder(|builder, up, down| builder.add_subgroup(up, down));
    let groups = groups.add_member("l5000", "a").build().unwrap();
    let ancestry = Ancestry::of(&"a".into(), &groups);
    assert!(ancestry.covered_by(&Scope::group("r0"), false));
    assert!(!ancestry.covered_by(&Scope::group("r5000"), false));
}

/// What was told about a small world, kept as plain lists.
#[derive(Clone, Debug, Default)]
struct World {
    children: Vec<(String, String)>,
    members: Vec<(String, String)>,
    nested: Vec<(String, String)>,
    attributes: Vec<(String, String, String)>,
}

#[derive(Clone, Debug)]
struct Question {
    entity: String,
    alert_type: Option<String>,
    groups: Vec<String>,
    attributes: Vec<(String, String)>,
}

impl World {
    fn topology(&self) -> Topology {
        let mut builder = Topology::builder();
        for (up, down) in &self.children {
            builder = builder.add_child(up, down);
        }
        for (group, entity) in &self.members {
            builder = builder.add_member(group, entity);
        }
        for (outer, inner) in &self.nested {
            builder = builder.add_subgroup(outer, inner);
        }
        for (entity, name, value) in &self.attributes {
            builder = builder.add_attribute(entity, name, value);
        }
        builder.build().unwrap()
    }

    /// Who is above `entity`, along every path there is.
    fn is_above(&self, above: &str, entity: &str) -> bool {
        self.children
            .iter()
            .any(|(up, down)| down == entity && (up == above || self.is_above(above, up)))
    }

    fn is_within(&self, outer: &str, inner: &str) -> bool {
        outer == inner
            || self.nested.iter().any(|(up, down)| down == inner && self.is_within(outer, up))
    }

    /// Whether a test that is no branch passes at `a`.
    fn passes(&self, test: &Scope, a: &str, question: &Question) -> bool {
        let own = a == question.entity;
        match test.node() {
            Node::Everything => true,
            Node::Entity(id) => id.as_str() == a,
            Node::Entities(ids) => ids.iter().any(|id| id.as_str() == a),
            Node::Group(id) => {
                let known = self.members.iter().filter(|(_, entity)| entity == a).map(|(g, _)| g);
                let brought = question.groups.iter().filter(|_| own);
                known.chain(brought).any(|group| self.is_within(id.as_str(), group))
            }
            Node::AlertType(alert_type) => {
                question.alert_type.as_deref() == Some(alert_type.as_str())
            }
            Node::Attribute(matcher) => {
                let passes =
                    |name: &str, value: &str| name == matcher.name() && matcher.accepts(value);
                self.attributes.iter().any(|(entity, n, v)| entity == a && passes(n, v))
                    || (own && question.attributes.iter().any(|(n, v)| passes(n, v)))
            }
            other => panic!("{other:?} is a branch"),
        }
    }

    /// Whether the tree holds, with `a` selected and `nots` around it.
    fn holds(&self, scope: &Scope, nots: usize, a: &str, family: &[&str], q: &Question) -> bool {
        match scope.node() {
            Node::All(scopes) => scopes.iter().all(|scope| self.holds(scope, nots, a, family, q)),
            Node::Any(scopes) => scopes.iter().any(|scope| self.holds(scope, nots, a, family, q)),
            Node::Not(scope) => !self.holds(scope, nots + 1, a, family, q),
            _ if nots.is_multiple_of(2) => self.passes(scope, a, q),
            _ => family.iter().any(|member| self.passes(scope, member, q)),
        }
    }

    fn covers(&self, scope: &Scope, descends: bool, question: &Question) -> bool {
        let mut family = vec![question.entity.as_str()];
        if descends {
            let above = ENTITIES.iter().filter(|above| self.is_above(above, &question.entity));
            family.extend(above);
        }
        family.iter().any(|a| self.holds(scope, 0, a, &family, question))
    }
}

const ENTITIES: [&str; 7] = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];
const NAMES: [&str; 2] = ["n", "m"];
const VALUES: [&str; 4] = ["a", "ab", "b", "ba"];
const ALERTS: [&str; 2] = ["t", "u"];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

/// Links that go from a lower to a higher place, and so never round.
fn links(
    texts: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = Vec<(String, String)>> {
    vec((0..texts.len(), 0..texts.len()), most / 3..most).prop_map(|pairs| {
        let ordered = pairs.into_iter().filter(|(a, b)| a != b);
        ordered.map(|(a, b)| (texts[a.min(b)].into(), texts[a.max(b)].into())).collect()
    })
}

prop_compose! {
    // The last of each is left unknown unless a question or a scope names it.
    fn worlds()(
        children in links(&ENTITIES[..6], 12),
        members in vec((one_of(&GROUPS[..4]), one_of(&ENTITIES[..6])), 0..7),
        nested in links(&GROUPS[..4], 5),
        attributes in vec((one_of(&ENTITIES[..6]), one_of(&NAMES), one_of(&VALUES)), 0..9),
    ) -> World {
        World { children, members, nested, attributes }
    }
}

prop_compose! {
    fn questions()(
        // Low in the world, where there are ancestors.
        entity in prop_oneof![4 => one_of(&ENTITIES[3..6]), 2 => one_of(&ENTITIES)],
        alert_type in proptest::option::of(one_of(&ALERTS)),
        groups in vec(one_of(&GROUPS), 0..3),
        attributes in vec((one_of(&NAMES), one_of(&VALUES)), 0..3),
    ) -> Question {
        Question { entity, alert_type, groups, attributes }
    }
}

fn scopes() -> impl Strategy<Value = Scope> {
    let matcher =
        (one_of(&NAMES), vec(one_of(&VALUES), 1..3), 0..7).prop_map(|(name, values, kind)| {
            let value = values[0].clone();
            match kind {
                0 => Matcher::equals(name, value),
                1 => Matcher::one_of(name, values),
                2 => Matcher::contains(name, value),
                3 => Matcher::starts_with(name, value),
                4 => Matcher::ends_with(name, value),
                5 => Matcher::matches(name, format!("{value}.?")).unwrap(),
                _ => Matcher::present(name),
            }
        });
    let leaf = prop_oneof![
        1 => Just(Scope::everything()),
        4 => one_of(&ENTITIES).prop_map(Scope::entity),
        2 => vec(one_of(&ENTITIES), 1..3).prop_map(Scope::entities),
        4 => one_of(&GROUPS).prop_map(Scope::group),
        2 => one_of(&ALERTS).prop_map(Scope::alert_type),
        4 => matcher.prop_map(Scope::attribute),
    ];
    leaf.prop_recursive(5, 20, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 1..4).prop_map(Scope::all),
            2 => vec(inner.clone(), 1..4).prop_map(Scope::any),
            3 => inner.prop_map(|scope| !scope),
        ]
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 10_000,
        rng_seed: RngSeed::Fixed(20_260_606),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn covers_agrees_with_oracle(world in worlds(), scope in scopes(), question in questions()) {
        prop_assert_eq!(scope.validate(), Ok(()));
        let topology = world.topology();
        let groups: Vec<&str> = question.groups.iter().map(String::as_str).collect();
        let attributes: Vec<(&str, &str)> =
            question.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut subject = Subject::from(&question.entity)
            .with_groups(&groups)
            .with_attributes(&attributes);
        if let Some(alert_type) = &question.alert_type {
            subject = subject.with_alert_type(alert_type);
        }
        let ancestry = Ancestry::of(&subject, &topology);
        for descends in [true, false] {
            let expected = world.covers(&scope, descends, &question);
            prop_assert_eq!(ancestry.covered_by(&scope, descends), expected, "descends: {}", descends);
            prop_assert_eq!(covers(&scope, descends, &subject, &topology), expected);
        }
    }
}
