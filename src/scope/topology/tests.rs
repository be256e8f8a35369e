//! Rows, equality, cycles and limits of topologies.

use super::*;
use crate::error::{Error, ErrorKind};

fn built(builder: TopologyBuilder) -> Topology {
    builder.build().unwrap()
}

fn ids(ids: Ids<'_>) -> Vec<&str> {
    ids.collect()
}

#[test]
fn topology_empty() {
    let empty = Topology::default();
    assert_eq!((empty.len(), empty.group_len()), (0, 0));
    assert_eq!((empty.entities().len(), empty.groups().len()), (0, 0));
    assert_eq!(empty.parents_of("a").len() + empty.groups_of("a").len(), 0);
    assert_eq!(empty.outer_groups_of("a").len() + empty.attributes_of("a").len(), 0);
    assert_eq!(built(Topology::builder()), empty);
    assert_eq!(format!("{empty:?}"), "Topology { entities: 0, groups: 0, .. }");
}

#[test]
fn topology_rows_in_order_of_first_mention() {
    let topology = built(
        Topology::builder()
            .add_child("z", "a")
            .add_child("y", "a")
            .add_child("z", "a")
            .add_child("y", "b")
            .add_member("h", "a")
            .add_member("g", "a")
            .add_member("h", "a")
            .add_subgroup("top", "h")
            .add_subgroup("g", "h")
            .add_subgroup("top", "h"),
    );
    assert_eq!(ids(topology.entities()), ["z", "a", "y", "b"]);
    assert_eq!(ids(topology.parents_of("a")), ["z", "y"]);
    assert_eq!(ids(topology.groups()), ["h", "g", "top"]);
    assert_eq!(ids(topology.groups_of("a")), ["h", "g"]);
    assert_eq!(ids(topology.outer_groups_of("h")), ["top", "g"]);
    assert_eq!(format!("{:?}", topology.groups_of("a")), r#"["h", "g"]"#);
}

#[test]
fn topology_transposed_relations_agree() {
    let topology = built(
        Topology::builder()
            .add_child("r", "b")
            .add_child("r", "a")
            .add_child("s", "a")
            .add_member("g", "a")
            .add_member("g", "r")
            .add_subgroup("top", "g")
            .add_subgroup("top", "f"),
    );
    let entity = |id| topology.entity(id).unwrap();
    let group = |id| topology.group(id).unwrap();
    let numbers = |row: Row<'_>| row.iter().map(|number| number as usize).collect::<Vec<_>>();
    assert_eq!(
        numbers(topology.children(entity("r"))),
        [entity("b"), entity("a")].map(EntityIx::index)
    );
    assert_eq!(topology.parents(entity("a")), [entity("r"), entity("s")]);
    assert_eq!(
        numbers(topology.members(group("g"))),
        [entity("r"), entity("a")].map(EntityIx::index)
    );
    assert_eq!(topology.direct_groups(entity("a")), [group("g")]);
    assert_eq!(
        numbers(topology.subgroups(group("top"))),
        [group("g"), group("f")].map(GroupIx::index)
    );
    assert_eq!(topology.supergroups(group("f")), [group("top")]);
    for ix in topology.entity_indices() {
        assert_eq!(topology.entity(topology.id_of(ix)), Some(ix));
        let number = ix.index() as u32;
        assert!(topology.parents(ix).iter().all(|up| topology.children(*up).contains(number)));
        let mut children = topology.children(ix).iter().map(EntityIx::at);
        assert!(children.all(|down| topology.parents(down).contains(&ix)));
    }
}

#[test]
fn attributes_ordered_by_name_then_mention() {
    let topology = built(
        Topology::builder()
            .add_attribute("a", "z", "2")
            .add_attribute("a", "b", "9")
            .add_attribute("a", "z", "1")
            .add_attribute("a", "z", "2")
            .add_attribute("c", "b", "")
            .entity("d"),
    );
    let all: Vec<_> = topology.attributes_of("a").collect();
    assert_eq!(all, [("b", "9"), ("z", "2"), ("z", "1")]);
    let a = topology.entity("a").unwrap();
    assert!(topology.attributes(a).eq(all));
    let name = |name| topology.attribute_name(name).unwrap();
    assert!(topology.attribute_values(a, name("z")).eq(["2", "1"]));
    assert!(topology.attribute_values(a, name("b")).eq(["9"]));
    let (c, d) = (topology.entity("c").unwrap(), topology.entity("d").unwrap());
    assert!(topology.attribute_values(c, name("b")).eq([""]));
    assert_eq!(topology.attribute_values(c, name("z")).count(), 0);
    assert_eq!(topology.attribute_values(d, name("b")).count(), 0);
    assert_eq!(topology.attribute_name("9"), None);
}

#[test]
fn topology_rebuilt_from_rows_is_equal() {
    let topology = built(
        Topology::builder()
            .add_subgroup("top", "g")
            .add_child("r", "b")
            .add_child("s", "a")
            .add_child("r", "a")
            .add_member("g", "a")
            .add_member("f", "r")
            .add_attribute("b", "n", "1")
            .add_attribute("a", "m", "2"),
    );
    let mut again = Topology::builder();
    again = topology.entities().fold(again, TopologyBuilder::entity);
    again = topology.groups().fold(again, TopologyBuilder::group);
    for id in topology.entities() {
        again = topology.parents_of(id).fold(again, |b, parent| b.add_child(parent, id));
        again = topology.groups_of(id).fold(again, |b, group| b.add_member(group, id));
        again = topology.attributes_of(id).fold(again, |b, (n, v)| b.add_attribute(id, n, v));
    }
    for id in topology.groups() {
        again = topology.outer_groups_of(id).fold(again, |b, outer| b.add_subgroup(outer, id));
    }
    let again = built(again);
    assert_ne!(again, Topology::default());
    // Values are numbered by mention, which is none of the reader's business.
    assert_eq!(again.inner.parents, topology.inner.parents);
    assert_eq!(again, topology);
}

#[test]
fn topology_eq_detects_each_difference() {
    let base = || Topology::builder().entity("a").entity("b").group("g").group("h");
    let others = [
        base(),
        base().entity("c"),
        base().entity("d"),
        base().group("i"),
        base().group("j"),
        base().add_child("a", "b"),
        base().add_child("b", "a"),
        base().add_member("g", "a"),
        base().add_member("h", "a"),
        base().add_subgroup("g", "h"),
        base().add_subgroup("h", "g"),
        base().add_attribute("a", "n", "1"),
        base().add_attribute("a", "n", "2"),
        base().add_attribute("a", "m", "1"),
        base().add_attribute("b", "n", "1"),
        base().add_attribute("a", "n", "1").add_attribute("a", "n", "2"),
    ]
    .map(built);
    for (i, one) in others.iter().enumerate() {
        for (j, other) in others.iter().enumerate() {
            assert_eq!(one == other, i == j, "{i} {j}");
        }
    }
}

#[test]
fn topology_contains_mentioned_entities() {
    let topology = built(Topology::builder().add_child("r", "a").add_member("g", "m"));
    assert_eq!(["r", "a", "m", "g"].map(|id| topology.contains(id)), [true, true, true, false]);
}

#[test]
fn build_cycle_is_error_with_path() {
    fn cycle(builder: TopologyBuilder) -> Error {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cycle);
        error
    }
    let b = Topology::builder;
    assert_eq!(
        cycle(b().add_child("a", "a")).to_string(),
        "parents lead back to themselves: a -> a"
    );
    assert_eq!(
        cycle(b().add_subgroup("g", "h").add_subgroup("h", "g")).to_string(),
        "groups lead back to themselves: g -> h -> g"
    );
    // What hangs below the cycle or above it is not named.
    let around = b().add_child("c", "below").add_child("top", "a");
    let around = around.add_child("b", "a").add_child("c", "b").add_child("a", "c");
    assert_eq!(cycle(around).to_string(), "parents lead back to themselves: c -> a -> b -> c");
    let ring =
        (0..1000).fold(b(), |b, i| b.add_child(format!("{}", (i + 1) % 1000), i.to_string()));
    assert_eq!(
        cycle(ring).to_string(),
        "parents lead back to themselves: \
         1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> (992 more) -> 1"
    );
    let ring = (0..8).fold(b(), |b, i| b.add_child(format!("{}", (i + 1) % 8), i.to_string()));
    let text = "parents lead back to themselves: 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 0 -> 1";
    assert_eq!(cycle(ring).to_string(), text);
}

#[test]
fn build_cycle_beside_acyclic_path() {
    // What is mentioned first leads up to the top, and to nothing more.
    let builder = Topology::builder().add_child("top", "mid").add_child("mid", "low");
    let around = builder.clone().add_child("b", "low").add_child("a", "b").add_child("b", "a");
    let error = around.build().unwrap_err();
    assert_eq!(error.to_string(), "parents lead back to themselves: b -> a -> b");
    let straight = builder.add_child("b", "low").add_child("a", "b").add_child("top", "a");
    assert_eq!(straight.build().unwrap().len(), 5);
}

#[test]
fn topology_debug_and_size_hint() {
    let builder = Topology::builder().add_attribute("a", "n", "1").add_member("g", "b");
    let shown = "TopologyBuilder { entities: 2, groups: 1, fault: None, .. }";
    assert_eq!(format!("{builder:?}"), shown);
    let topology = built(builder);
    assert_eq!(format!("{:?}", topology.attributes_of("a")), r#"[("n", "1")]"#);
    assert_eq!(topology.attributes_of("a").size_hint(), (1, Some(1)));
    assert_eq!(topology.entities().size_hint(), (2, Some(2)));
    assert_eq!(topology.groups_of("b").size_hint(), (1, Some(1)));
    assert_eq!(topology.groups_of("a").size_hint(), (0, Some(0)));
}

#[test]
fn build_reports_first_invalid_id() {
    let b = Topology::builder;
    for bad in [
        b().entity(""),
        b().add_child("", "a"),
        b().add_child("a", ""),
        b().group(""),
        b().add_member("", "a"),
        b().add_member("g", ""),
        b().add_subgroup("", "g"),
        b().add_subgroup("g", ""),
        b().add_attribute("", "n", "v"),
        b().add_attribute("a", "", "v"),
    ] {
        let error = bad.entity("\n").build().unwrap_err();
        assert!(error.to_string().starts_with("\"\" is not an id"), "{error}");
    }
    assert!(b().add_attribute("a", "n", "").build().is_ok());
}

#[test]
fn build_deep_chain_uses_no_stack() {
    const DEEP: usize = 100_000;
    let chain = (1..DEEP).fold(Topology::builder(), |builder, i| {
        let (up, down) = ((i - 1).to_string(), i.to_string());
        builder.add_child(&up, &down).add_subgroup(&up, &down)
    });
    let topology = built(chain.clone());
    assert_eq!((topology.len(), topology.group_len()), (DEEP, DEEP));
    let ring = chain.add_child((DEEP - 1).to_string(), "0");
    assert_eq!(ring.build().unwrap_err().kind(), ErrorKind::Cycle);
}
