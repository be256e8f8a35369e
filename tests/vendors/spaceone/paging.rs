//! Pages while windows are created.

use std::collections::BTreeSet;

use quietude::vendors::spaceone;

use crate::helpers::{Host, ms};
use crate::testing::SplitMix64;

/// Pages are numbered; in the order of creation they are stable.
#[test]
fn pages_by_creation_no_gaps() {
    for seed in 1..=100 {
        let mut rng = SplitMix64::new(seed);
        let mut host = Host::new(spaceone::Service::new(), "2026-01-01T00:00:00Z");
        let mut ids: Vec<String> = Vec::new();
        let create = |host: &mut Host<spaceone::Service>, ids: &mut Vec<String>, n: u64| {
            // Ids in no order, and many windows of one millisecond.
            let id = format!("mw-{:x}-{}", n % 16, ids.len());
            host.ids(&[&id]);
            host.ok("POST /maintenance-windows", r#"{"title":"t","projects":["p"],"domain_id":"d","start_time":"2026-01-02T00:00:00Z","end_time":"2026-01-03T00:00:00Z"}"#);
            ids.push(id);
        };
        (0..rng.below(12)).for_each(|_| create(&mut host, &mut ids, rng.below(16)));
        let stayed = ids.clone();
        let (mut seen, mut start) = (Vec::new(), 1);
        loop {
            let limit = 1 + rng.below(4);
            let body = format!(
                r#"{{"domain_id":"d","query":{{"sort":{{"key":"created_at"}},"page":{{"start":{start},"limit":{limit}}},"only":["maintenance_window_id"]}}}}"#
            );
            let answer = host.ok("POST /maintenance-windows/search", &body);
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            let rows = answer["results"].as_array().unwrap();
            let id =
                |row: &serde_json::Value| row["maintenance_window_id"].as_str().unwrap().to_owned();
            seen.extend(rows.iter().map(id));
            assert_eq!(answer["total_count"], ids.len());
            if rows.is_empty() {
                break;
            }
            start += rows.len();
            for _ in 0..rng.below(3) {
                let known = rng.choose(&ids).clone();
                let one = format!("PUT /maintenance-window/{known}");
                match rng.below(5) {
                    0 if ids.len() < 30 => create(&mut host, &mut ids, rng.below(16)),
                    1 => host.now = ms(host.now.as_millis() + 1),
                    2 => drop(host.send(&one, r#"{"domain_id":"d","title":"new"}"#)),
                    _ => drop(host.ok(&format!("{one}/close"), r#"{"domain_id":"d"}"#)),
                }
            }
        }
        let unique: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "seen twice: {seen:?}");
        assert!(stayed.iter().all(|id| unique.contains(id)), "missed of {stayed:?}: {seen:?}");
    }
}
