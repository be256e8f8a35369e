//! The entities that a scope covers, one scope per line, in a small topology. The
//! expectations are derived by hand from the rules on scopes.
//!
//! ```text
//!            site         cluster
//!           /    \           |
//!     rack-1      rack-2     |        rack-1 is in prod, web-1 in eu, eu in prod
//!     /    \      /    \    /         vm-1 is in batch
//!  db-7   db-8  web-1   vm-1          db-7: tier gold, names pg-1 and c1
//!    |                                rack-2: tier silver
//!  db-7-wal                           db-7-wal: name "wal of pg-1"
//! ```

use quietude::{
    Daily, Document, Propagation, Registry, Scope, Silencer, Subject, Timestamp, Topology, Window,
};

use crate::helpers::{at, rows};

/// The topology does not contain `stranger`.
const ENTITIES: [&str; 10] = [
    "site", "rack-1", "rack-2", "db-7", "db-7-wal", "db-8", "web-1", "vm-1", "cluster", "stranger",
];

/// `scope | covered with Propagation::Descendants | covered with Propagation::Entity`
const SCOPES: &str = r#"
# leaves
"everything" | all | all
{"entity":"rack-1"} | rack-1 db-7 db-7-wal db-8 | rack-1
{"entity":"site"} | site rack-1 rack-2 db-7 db-7-wal db-8 web-1 vm-1 | site
{"entity":"db-7-wal"} | db-7-wal | db-7-wal
{"entity":"stranger"} | stranger | stranger
{"entity":"nobody"} | none | none
{"entities":["db-8","cluster"]} | db-8 cluster vm-1 | db-8 cluster
# groups, and the groups they are nested in
{"group":"eu"} | web-1 | web-1
{"group":"prod"} | rack-1 db-7 db-7-wal db-8 web-1 | rack-1 web-1
{"group":"batch"} | vm-1 | vm-1
{"group":"nobody"} | none | none
# attributes; one of several values is enough
{"attribute":{"name":"tier","equals":"gold"}} | db-7 db-7-wal | db-7
{"attribute":{"name":"tier","one_of":["silver","bronze"]}} | rack-2 web-1 vm-1 | rack-2
{"attribute":{"name":"tier","present":true}} | rack-2 web-1 vm-1 db-7 db-7-wal | rack-2 db-7
{"attribute":{"name":"name","equals":"c1"}} | db-7 db-7-wal | db-7
{"attribute":{"name":"name","contains":"pg-1"}} | db-7 db-7-wal | db-7 db-7-wal
{"attribute":{"name":"name","starts_with":"wal"}} | db-7-wal | db-7-wal
{"attribute":{"name":"name","ends_with":"1"}} | db-7 db-7-wal | db-7 db-7-wal
{"attribute":{"name":"name","matches":"pg-."}} | db-7 db-7-wal | db-7
{"attribute":{"name":"name","matches":"pg"}} | none | none
{"attribute":{"name":"name","matches":"c1|wal"}} | db-7 db-7-wal | db-7
{"attribute":{"name":"Tier","present":true}} | none | none
# all: every part must hold for the same entity
{"all":[{"entity":"rack-1"},{"entity":"site"}]} | none | none
{"all":[{"group":"prod"},{"attribute":{"name":"tier","equals":"gold"}}]} | none | none
{"all":[{"entity":"rack-1"},{"group":"prod"}]} | rack-1 db-7 db-7-wal db-8 | rack-1
{"any":[{"entity":"db-8"},{"entity":"cluster"}]} | db-8 cluster vm-1 | db-8 cluster
{"any":[{"all":[{"group":"batch"}]},{"all":[{"entity":"site"},{"group":"prod"}]}]} | vm-1 | vm-1
# an exclusion applies to descendants
{"not":"everything"} | none | none
{"not":{"entity":"site"}} | cluster stranger | rack-1 rack-2 db-7 db-7-wal db-8 web-1 vm-1 cluster stranger
{"not":{"entity":"db-7"}} | site rack-1 rack-2 db-8 web-1 vm-1 cluster stranger | site rack-1 rack-2 db-7-wal db-8 web-1 vm-1 cluster stranger
{"not":{"group":"batch"}} | site rack-1 rack-2 db-7 db-7-wal db-8 web-1 cluster stranger | site rack-1 rack-2 db-7 db-7-wal db-8 web-1 cluster stranger
{"not":{"attribute":{"name":"tier","equals":"gold"}}} | site rack-1 rack-2 db-8 web-1 vm-1 cluster stranger | site rack-1 rack-2 db-7-wal db-8 web-1 vm-1 cluster stranger
{"all":[{"group":"prod"},{"not":{"entity":"db-7"}}]} | rack-1 db-8 web-1 | rack-1 web-1
{"all":[{"entity":"site"},{"not":{"entity":"rack-1"}}]} | site rack-2 web-1 vm-1 | site
{"all":[{"entity":"site"},{"not":{"any":[{"entity":"rack-2"},{"group":"prod"}]}}]} | site | site
# tests under two nots are evaluated per entity, as without a not
{"not":{"not":{"entity":"rack-1"}}} | rack-1 db-7 db-7-wal db-8 | rack-1
{"not":{"all":[{"group":"prod"},{"not":{"entity":"db-7"}}]}} | site rack-2 vm-1 cluster stranger db-7 db-7-wal | site rack-2 db-7 db-7-wal db-8 vm-1 cluster stranger
{"not":{"not":{"not":{"entity":"rack-1"}}}} | site rack-2 web-1 vm-1 cluster stranger | site rack-2 db-7 db-7-wal db-8 web-1 vm-1 cluster stranger
"#;

/// `scope | entity | of the query -> yes or no`; `!t` is an alert type, `@g` a group,
/// `name=value` an attribute.
const QUERIES: &str = r#"
# an alert type matches only queries that name it
{"alert_type":"BACKUP"} | db-8 | -> no
{"alert_type":"BACKUP"} | db-8 | !BACKUP -> yes
{"alert_type":"BACKUP"} | stranger | !BACKUP -> yes
{"alert_type":"BACKUP"} | db-8 | !backup -> no
{"all":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | db-8 | !BACKUP -> yes
{"all":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | db-8 | !CPU -> no
{"all":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | web-1 | !BACKUP -> no
{"any":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | db-8 | -> yes
{"any":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | web-1 | -> no
{"any":[{"entity":"rack-1"},{"alert_type":"BACKUP"}]} | web-1 | !BACKUP -> yes
{"not":{"alert_type":"BACKUP"}} | db-8 | -> yes
{"not":{"alert_type":"BACKUP"}} | db-8 | !CPU -> yes
{"not":{"alert_type":"BACKUP"}} | db-8 | !BACKUP -> no
# groups of the query; their nesting is that of the topology
{"group":"prod"} | stranger | -> no
{"group":"prod"} | stranger | @prod -> yes
{"group":"prod"} | stranger | @eu -> yes
{"group":"prod"} | stranger | @other -> no
{"group":"other"} | stranger | @other -> yes
{"group":"eu"} | stranger | @prod -> no
{"not":{"group":"batch"}} | db-7-wal | @batch -> no
{"all":[{"group":"prod"},{"not":{"group":"batch"}}]} | db-8 | @batch -> no
{"all":[{"group":"prod"},{"group":"batch"}]} | web-1 | @batch -> yes
# rack-1 is in prod and db-8 in batch, but no one is in both
{"all":[{"group":"prod"},{"group":"batch"}]} | db-8 | @batch -> no
# attributes of the query, in addition to those of the topology
{"attribute":{"name":"tier","equals":"gold"}} | stranger | tier=gold -> yes
{"attribute":{"name":"tier","equals":"gold"}} | db-8 | tier=gold -> yes
{"attribute":{"name":"tier","equals":"gold"}} | db-7 | tier=silver -> yes
{"attribute":{"name":"tier","equals":"silver"}} | db-7 | tier=silver -> yes
{"attribute":{"name":"color","matches":"r(e|o)d"}} | db-7 | color=red -> yes
{"attribute":{"name":"color","matches":"r(e|o)d"}} | db-7 | color=reddish -> no
{"not":{"attribute":{"name":"tier","present":true}}} | stranger | tier=gold -> no
{"all":[{"entity":"rack-1"},{"not":{"attribute":{"name":"tier","equals":"gold"}}}]} | db-8 | -> yes
{"all":[{"entity":"rack-1"},{"not":{"attribute":{"name":"tier","equals":"gold"}}}]} | db-8 | tier=gold -> no
# attributes of the query belong to the entity, not to its ancestors
{"all":[{"entity":"rack-1"},{"attribute":{"name":"tier","equals":"gold"}}]} | db-8 | tier=gold -> no
"#;

fn topology() -> Topology {
    let mut builder = Topology::builder();
    for (parent, child) in [
        ("site", "rack-1"),
        ("site", "rack-2"),
        ("rack-1", "db-7"),
        ("rack-1", "db-8"),
        ("db-7", "db-7-wal"),
        ("rack-2", "web-1"),
        ("rack-2", "vm-1"),
        ("cluster", "vm-1"),
    ] {
        builder = builder.add_child(parent, child);
    }
    let builder =
        builder.add_member("prod", "rack-1").add_member("eu", "web-1").add_subgroup("prod", "eu");
    let builder = builder.add_member("batch", "vm-1");
    let builder =
        builder.add_attribute("db-7", "tier", "gold").add_attribute("rack-2", "tier", "silver");
    let builder = builder.add_attribute("db-7", "name", "pg-1").add_attribute("db-7", "name", "c1");
    builder.add_attribute("db-7-wal", "name", "wal of pg-1").build().unwrap()
}

/// Parses a scope as part of a document.
#[track_caller]
fn scope(json: &str) -> Scope {
    let text = format!(
        r#"{{"version":1,"windows":[{{"id":"w","scope":{json},"schedule":
        {{"kind":"daily","clock":"00:00-24:00","timezone":"UTC"}}}}]}}"#
    );
    let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{json}: {error}"));
    document.registry.get("w").unwrap().scope().clone()
}

/// A permanently active window, and a silencer with only this window.
struct SingleWindow {
    window: Window,
    silencer: Silencer,
}

impl SingleWindow {
    fn new(json: &str, propagation: Propagation) -> Self {
        let always = Daily::new("00:00-24:00".parse().unwrap(), chrono_tz::UTC);
        let window = Window::builder("w").schedule(always).scope(scope(json));
        let window = window.propagation(propagation).build().unwrap();
        let mut registry = Registry::new();
        registry.insert(window.clone()).unwrap();
        let silencer = Silencer::builder().topology(topology()).build(&registry).unwrap();
        Self { window, silencer }
    }

    /// Whether the subject is covered, by the window and by silencers with and without a
    /// current time, which must agree.
    #[track_caller]
    fn covers(&self, subject: &Subject<'_>) -> bool {
        let t = now();
        let answer = self.window.covers(subject, self.silencer.topology());
        for silencer in [&self.silencer, &self.silencer.with_now(t)] {
            assert_eq!(silencer.is_silenced(subject, t), answer, "{subject:?}");
            assert_eq!(silencer.silenced_by(subject, t).count(), usize::from(answer));
            let explanation = silencer.explain(subject, t);
            let silences = |v: &&quietude::explain::WindowExplanation| {
                matches!(v.verdict, quietude::explain::Verdict::Silences { .. })
            };
            assert_eq!(explanation.windows.iter().any(|v| silences(&v)), answer, "{explanation}");
        }
        answer
    }
}

fn now() -> Timestamp {
    at("2026-11-26T21:15:00Z")
}

#[test]
fn scope_covers_expected_entities() {
    for row in rows(SCOPES) {
        let row = cells(row);
        for (propagation, expected) in
            [(Propagation::Descendants, row[1]), (Propagation::Entity, row[2])]
        {
            let single = SingleWindow::new(row[0], propagation);
            let mut expected: Vec<&str> = match expected {
                "all" => ENTITIES.to_vec(),
                "none" => Vec::new(),
                some => some.split(' ').collect(),
            };
            let covered = |id: &&str| single.covers(&Subject::entity(id));
            let mut found: Vec<&str> = ENTITIES.iter().copied().filter(covered).collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{} with {propagation:?}", row[0]);
        }
    }
}

/// The cells of a line. A pattern may contain `|`, but not between spaces.
fn cells(row: &str) -> Vec<&str> {
    row.split(" | ").map(str::trim).collect()
}

#[test]
fn query_attributes_and_groups() {
    for row in rows(QUERIES) {
        let row = cells(row);
        let (parts, expected) = row[2].split_once("->").unwrap();
        let (mut alert_type, mut groups, mut attributes) = (None, Vec::new(), Vec::new());
        for part in parts.split_whitespace() {
            match (part.strip_prefix('!'), part.strip_prefix('@')) {
                (Some(name), _) => alert_type = Some(name),
                (_, Some(group)) => groups.push(group),
                _ => attributes.push(part.split_once('=').unwrap()),
            }
        }
        let subject = Subject::entity(row[1]).with_groups(&groups).with_attributes(&attributes);
        let subject = alert_type.map_or(subject, |name| subject.with_alert_type(name));
        let covered = SingleWindow::new(row[0], Propagation::Descendants).covers(&subject);
        assert_eq!(covered, expected.trim() == "yes", "{row:?}");
    }
}
