//! Routes: the tables of Alertmanager's tests, and its rules written a second time.

use quietude::Timestamp;
use quietude_formats::Format;

use super::random::Random;
use super::{at, covering, data, error, import, indented, is_silenced, notes};

const ALWAYS: &str = "time_intervals: [{ name: always, time_intervals: [{}] }]\n";

fn labels(text: &str) -> Vec<(&str, &str)> {
    text.split_whitespace().map(|label| label.split_once('=').expect("a label")).collect()
}

#[test]
fn vendor_table_is_answered() {
    let mut alerts = 0;
    for block in data("alertmanager/routes.txt").split("\n---\n").skip(1) {
        let is_alert = |line: &&str| line.contains(" => ");
        let route: Vec<&str> = block.lines().filter(|line| !is_alert(line)).collect();
        let imported = import(&format!("{ALWAYS}route:\n{}", indented(&route.join("\n"), 2)));
        assert_eq!(notes(&imported), [""; 0]);
        for line in block.lines().filter(is_alert) {
            let (alert, expected) = line.split_once(" => ").expect("an alert");
            let mut ends = covering(&imported.document, &labels(alert));
            let mut expected: Vec<&str> = expected.split(" | ").collect();
            ends.sort_unstable();
            expected.sort_unstable();
            assert_eq!(ends, expected, "{alert}");
            alerts += 1;
        }
    }
    assert_eq!(alerts, 24);
}

/// A route, as Alertmanager has it.
struct Route {
    tests: Vec<(&'static str, &'static str, &'static str)>,
    continues: bool,
    mute: Vec<usize>,
    active: Vec<usize>,
    routes: Vec<Route>,
}

const NAMES: [&str; 3] = ["env", "team", "sev"];
const VALUES: [&str; 4] = ["a", "b", "c", ""];
/// Patterns that are texts or alternations of two texts.
const PATTERNS: [&str; 5] = ["a|b", "b|c", "a|", "c", "a|c"];
/// Hours of the day in which each time interval holds.
const INTERVALS: [(u32, u32); 3] = [(0, 8), (6, 12), (10, 24)];

impl Route {
    fn random(random: &mut Random, depth: usize) -> Self {
        let count = if depth == 0 {
            0
        } else {
            1 + random.below(5).min(2) - usize::from(random.once_in(12))
        };
        let tests = (0..count).map(|_| {
            let operator = random.pick(&["=", "=", "=", "!=", "=~", "!~"]);
            let value =
                if operator.contains('~') { random.pick(&PATTERNS) } else { random.pick(&VALUES) };
            (random.pick(&NAMES), operator, value)
        });
        let tests = tests.collect();
        let mut some = |likely: usize| -> Vec<usize> {
            if depth == 0 || random.once_in(likely) {
                return Vec::new();
            }
            (0..1 + random.below(2)).map(|_| random.below(INTERVALS.len())).collect()
        };
        let (mute, active) = (some(2), some(3));
        let children = if depth > 2 { 0 } else { random.below(4) };
        let routes = (0..children).map(|_| Self::random(random, depth + 1)).collect();
        Self { tests, continues: depth > 0 && random.once_in(4), mute, active, routes }
    }

    fn yaml(&self) -> String {
        use std::fmt::Write as _;
        let tests: Vec<String> = self
            .tests
            .iter()
            .map(|(name, operator, value)| format!("'{name}{operator}\"{value}\"'"))
            .collect();
        let names = |list: &[usize]| {
            list.iter().map(|index| format!("i{index}")).collect::<Vec<_>>().join(", ")
        };
        let mut text = format!("receiver: r\ncontinue: {}\n", self.continues);
        if !tests.is_empty() {
            _ = writeln!(text, "matchers: [{}]", tests.join(", "));
        }
        if !self.mute.is_empty() {
            _ = writeln!(text, "mute_time_intervals: [{}]", names(&self.mute));
        }
        if !self.active.is_empty() {
            _ = writeln!(text, "active_time_intervals: [{}]", names(&self.active));
        }
        if !self.routes.is_empty() {
            text.push_str("routes:\n");
            for route in &self.routes {
                let inner = indented(&route.yaml(), 2);
                _ = write!(text, "-{}", &inner[1..]);
            }
        }
        text
    }

    fn passes(&self, labels: &[(&str, &str)]) -> bool {
        self.tests.iter().all(|(name, operator, value)| {
            let label =
                labels.iter().find(|(known, _)| known == name).map_or("", |(_, value)| *value);
            let passes = if operator.contains('~') {
                value.split('|').any(|part| part == label)
            } else {
                label == *value
            };
            passes != operator.starts_with('!')
        })
    }

    /// The routes at which an alert ends: Alertmanager's `Match`.
    fn ends<'a>(&'a self, labels: &[(&str, &str)]) -> Vec<&'a Route> {
        if !self.passes(labels) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for route in &self.routes {
            let ends = route.ends(labels);
            let matches = !ends.is_empty();
            all.extend(ends);
            if matches && !route.continues {
                break;
            }
        }
        if all.is_empty() {
            all.push(self);
        }
        all
    }

    fn is_muted(&self, hour: u32) -> bool {
        let holds = |index: &usize| (INTERVALS[*index].0..INTERVALS[*index].1).contains(&hour);
        self.mute.iter().any(holds) || (!self.active.is_empty() && !self.active.iter().any(holds))
    }

    fn timing(&self) -> (Vec<usize>, Vec<usize>) {
        let sorted = |list: &[usize]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            list
        };
        (sorted(&self.mute), sorted(&self.active))
    }
}

fn intervals() -> String {
    let mut text = String::from("time_intervals:\n");
    for (index, (from, to)) in INTERVALS.iter().enumerate() {
        text += &format!(
            "- name: i{index}\n  time_intervals: [{{times: [{{start_time: '{from:02}:00', end_time: '{to:02}:00'}}]}}]\n"
        );
    }
    text
}

/// An alert is silenced exactly while all routes at which it ends mute it. If a note says that
/// some are left out, those that end at routes with different time intervals may be missing.
#[test]
fn prop_windows_equal_muted_routes() {
    let random = &mut Random::new(7);
    let (mut shared, mut both, mut left_out, mut silenced, mut asked) = (0, 0, 0, 0, 0);
    for _ in 0..700 {
        let route = Route::random(random, 0);
        let text = format!("{}route:\n{}", intervals(), indented(&route.yaml(), 2));
        let imported = import(&text);
        let document = quietude::Document::from_json(&imported.document.to_json());
        let document = document.expect("it is read again");
        let is_incomplete = imported.notes.iter().any(|note| note.message.contains("left out"));
        left_out += u32::from(is_incomplete);
        for code in 0..125_usize {
            // A value of five for each label: three texts, empty and missing.
            let values = [code % 5, code / 5 % 5, code / 25];
            let labels: Vec<(&str, &str)> = NAMES
                .into_iter()
                .zip(values)
                .filter(|(_, value)| *value < 4)
                .map(|(name, value)| (name, VALUES[value]))
                .collect();
            let ends = route.ends(&labels);
            let is_shared = ends.iter().any(|end| end.timing() != ends[0].timing());
            for hour in [0, 7, 9, 11, 20] {
                let midnight = at("2026-06-06T00:00:00Z").as_millis();
                let t = Timestamp::from_millis(midnight + i64::from(hour) * 3_600_000);
                let t = t.expect("a timestamp");
                let expected = !ends.is_empty() && ends.iter().all(|end| end.is_muted(hour));
                let found = is_silenced(&document, &labels, t);
                if !(is_shared && is_incomplete && expected) {
                    assert_eq!(found, expected, "{text}\n{labels:?} {hour}");
                }
                (asked, silenced) = (asked + 1, silenced + u32::from(expected));
                both += u32::from(is_shared && found);
            }
            let has_intervals = ends.iter().any(|end| end.timing() != (Vec::new(), Vec::new()));
            if is_shared && has_intervals {
                shared += 1;
                let is_noted = imported.notes.iter().any(|note| note.field == "continue");
                assert!(is_noted, "{text}\n{labels:?}");
            }
        }
    }
    assert!(shared > 600 && both > 50 && left_out > 0, "{shared} {both} {left_out}");
    assert!(silenced * 20 > asked, "{silenced} of {asked}");
}

#[test]
fn continue_is_silenced_while_all_routes_are_muted() {
    let imported = import(
        "time_intervals:\n- { name: early, time_intervals: [{ times: [{ start_time: '00:00', end_time: '12:00' }] }] }\n\
         - { name: late, time_intervals: [{ times: [{ start_time: '06:00', end_time: '24:00' }] }] }\n\
         route:\n  receiver: r\n  routes:\n  - { matchers: [a=b], receiver: x, continue: true, mute_time_intervals: [early] }\n  \
         - { matchers: [c=d], receiver: y, mute_time_intervals: [late] }\n",
    );
    assert_eq!(
        notes(&imported),
        [
            "route.routes[0]: continue: for alerts that also end at route.routes[1], with other time intervals, this route mutes one of several notifications; they are silenced while all these routes are muted",
            "route.routes[1]: continue: for alerts that also end at route.routes[0], with other time intervals, this route mutes one of several notifications; they are silenced while all these routes are muted",
        ]
    );
    let ids: Vec<&str> =
        imported.document.registry.iter().map(|window| window.id().as_str()).collect();
    assert_eq!(ids, ["a=b", "a=b & c=d", "c=d"]);
    for (labels, expected) in [
        (&[("a", "b")][..], [true, true, false]),
        (&[("c", "d")], [false, true, true]),
        (&[("a", "b"), ("c", "d")], [false, true, false]),
        (&[("a", "c")], [false, false, false]),
    ] {
        let found = ["05", "11", "13"].map(|hour| {
            is_silenced(&imported.document, labels, at(&format!("2026-06-06T{hour}:00:00Z")))
        });
        assert_eq!(found, expected, "{labels:?}");
    }
}

#[test]
fn route_of_no_alert_is_noted() {
    let route = |routes: &str| {
        notes(&import(&format!(
            "{ALWAYS}route:\n  receiver: r\n  routes:\n{}",
            indented(routes, 2)
        )))
    };
    let expected = "no alert ends at this route, so that it has no window";
    // An earlier route takes all alerts; a child takes all; the tests exclude each other.
    let earlier = "- matchers: []\n- matchers: [a=b]\n  mute_time_intervals: [always]";
    assert_eq!(route(earlier), [format!("route.routes[1]: {expected}")]);
    let child = "- matchers: [a=b]\n  mute_time_intervals: [always]\n  routes: [{ matchers: ['a=~\"b|c\"'] }]";
    assert_eq!(route(child), [format!("route.routes[0]: {expected}")]);
    let apart = "- matchers: ['a=b', 'a!~b.*']\n  mute_time_intervals: [always]";
    assert_eq!(route(apart), [format!("route.routes[0]: {expected}")]);
}

#[test]
fn scope_leaves_out_what_the_tests_exclude() {
    let imported = import(&format!(
        "{ALWAYS}route:\n  receiver: r\n  routes:\n  - matchers: [team=a]\n  - matchers: [team=b, sev=c]\n  - matchers: [team=b]\n    mute_time_intervals: [always]\n"
    ));
    let window = imported.document.registry.get("team=b").expect("a window");
    let form = serde_json::to_value(&**window).expect("a form");
    let label = |name: &str, value: &str| serde_json::json!({ "attribute": { "name": name, "equals": value } });
    assert_eq!(
        form["scope"],
        serde_json::json!({ "all": [label("team", "b"), { "not": label("sev", "c") }] })
    );
}

#[test]
fn errors_name_place_and_meaning() {
    for (text, expected) in [
        (
            "receivers: []",
            "line 1, column 1: `route` is missing; this is neither a configuration of Alertmanager nor a list of silences",
        ),
        ("- a", "line 1, column 3: [0]: a is not an object"),
        (
            "route: { receiver: r, mute_time_intervals: [t] }\ntime_intervals: [{name: t}]",
            "line 1, column 44: route.mute_time_intervals: the root route has no time intervals; put them on its routes",
        ),
        (
            "route: { receiver: r, matchers: [a=b] }",
            "line 1, column 33: route.matchers: the root route has no matchers; it is for every alert",
        ),
        (
            "route: { receiver: r, routes: [{ mute_time_intervals: [weekend] }] }\ntime_intervals: [{name: weekends}]",
            "line 1, column 56: route.routes[0].mute_time_intervals[0]: \"weekend\" is not the name of a time interval; \"weekends\" is",
        ),
        (
            "route: { receiver: r, routes: [{ mute_time_interval: [t] }] }",
            "line 1, column 34: route.routes[0].mute_time_interval: is not a field of this object; `mute_time_intervals` is",
        ),
        (
            "route: { receiver: r, routes: [{ matchers: [a=~'('] }] }",
            "line 1, column 45: route.routes[0].matchers[0]: ",
        ),
        (
            "route: { receiver: r, routes: [{ match: { a: [b] } }] }",
            "line 1, column 46: route.routes[0].match.a: a list is not text",
        ),
        (
            "route: { receiver: r, routes: [{ continue: maybe }] }",
            "line 1, column 44: route.routes[0].continue: maybe is not true or false",
        ),
        (
            "route: { receiver: r }\ntime_intervals: [{name: t}, {name: t}]",
            "line 2, column 36: time_intervals[1].name: the name \"t\" is repeated",
        ),
        (
            "route: { receiver: r }\nroute: { receiver: r }",
            "line 2, column 1: the key \"route\" is repeated",
        ),
        ("route: { receiver: r", "line "),
        ("route: !foo r", "line 1, column 8: the tag \"!foo\" is not read"),
        ("a: b\n---\nc: d", "line 2, column 1: a second YAML document; only one is read"),
    ] {
        let error = error(Format::Alertmanager, text);
        assert!(error.starts_with(expected), "{error}\nexpected:\n{expected}");
    }
}

#[test]
fn anchors_and_merge_keys_are_applied() {
    let imported = import(
        "time_intervals: [{ name: always, time_intervals: [{}] }]\n\
         x-defaults: &muted { mute_time_intervals: [always], receiver: night }\n\
         route:\n  receiver: r\n  routes:\n  - <<: *muted\n    matchers: [a=b]\n  - <<: [*muted]\n    receiver: day\n    matchers: [a=c]\n",
    );
    let windows: Vec<_> = imported
        .document
        .registry
        .iter()
        .map(|window| (window.id().as_str(), window.tags()["receiver"].as_str()))
        .collect();
    assert_eq!(windows, [("a=b", "night"), ("a=c", "day")]);
}

#[test]
fn deprecated_list_and_inhibition_rules() {
    let imported = import(
        "mute_time_intervals: [{ name: old, time_intervals: [{}] }]\ninhibit_rules: [{ source_match: { a: b } }]\n\
         route: { receiver: r, routes: [{ matchers: [a=b], mute_time_intervals: [old] }] }\n",
    );
    assert_eq!(
        notes(&imported),
        ["inhibit_rules: 1 rules mute alerts while others fire, which is no matter of time"]
    );
    assert!(is_silenced(&imported.document, &[("a", "b")], at("2026-06-06T12:00:00Z")));
}
