//! Rules from the tests of other libraries, with the instances that these expect.

use super::starts_until;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::schedule::rule::value::written;
use crate::time::Zone;

const VECTORS: &str = include_str!("vectors.txt");

#[test]
fn rule_agrees_with_vectors_of_other_libraries() {
    let mut seen = 0;
    for block in VECTORS.split("\n# ").skip(1) {
        let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty()).collect();
        let [name, zone, rule @ .., expected] = &*lines else { panic!("{block}") };
        let zone: Zone = zone.strip_prefix("zone ").expect(block).parse().unwrap();
        let rule = Rule::parse_in(&rule.join("\n"), zone, 1000);
        let schedule = Schedule::from(rule.unwrap_or_else(|error| panic!("{name}: {error}")));
        let starts = starts_until(&schedule, i64::MAX - 1).into_iter();
        let found: Vec<String> = starts.map(|t| format!("{}Z", written(t))).collect();
        let expected = expected.strip_prefix("= ").expect(block);
        assert_eq!(found.join(" "), expected, "{name}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
