//! Pages while windows are created and deleted: no window is returned twice or missed.

use std::collections::BTreeSet;

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::Service;

use crate::helpers::Host;
use crate::testing::SplitMix64;

fn create(host: &mut Host<Service>, id: u64) {
    host.ids(&[&format!("mw-{id}")]);
    let body = format!(
        r#"{{"specification":{{"name":"n-{id}","schedule":{{"start":{id},"duration":1}},"maintenanceState":300,"owner":"o-{}","withIds":{{"ids":["e"]}}}}}}"#,
        id % 2
    );
    host.ok("POST /maintwindows", &body);
}

/// One page: the ids, the next cursor, `hasNext` and `hasPrev`.
fn page(
    host: &mut Host<Service>,
    search: bool,
    limit: u64,
    cursor: &str,
) -> (Vec<u64>, String, bool, bool) {
    let input = format!(r#"{{"limit":{limit},"cursor":"{cursor}"}}"#);
    let answer = if search {
        let clause = r#"{"filter":{"field":"owner","value":"o-1","operation":1}}"#;
        let body =
            format!(r#"{{"search_input":{{"query":{{"clause":{clause}}},"page_input":{input}}}}}"#);
        host.ok("POST /maintwindows:search", &body)
    } else {
        host.ok("POST /maintwindows:list", &format!(r#"{{"page_input":{input}}}"#))
    };
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let ids: Vec<u64> = answer["maintWindows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|window| window["id"].as_str().unwrap()[3..].parse().unwrap())
        .collect();
    let info = &answer["pageInfo"];
    assert_eq!(info["count"], ids.len().to_string());
    assert_eq!(info["startCursor"], cursor);
    let (next, prev) = (info["hasNext"].as_bool().unwrap(), info["hasPrev"].as_bool().unwrap());
    (ids, info["endCursor"].as_str().unwrap().to_owned(), next, prev)
}

#[test]
fn pages_unchanged_list_complete() {
    let mut host = Host::new(Service::new("acme").unwrap(), "2026-01-01T00:00:00Z");
    (1..=10).for_each(|id| create(&mut host, id));
    for limit in 1..=11 {
        let (mut seen, mut cursor, mut next) = (Vec::new(), String::new(), true);
        while next {
            let (ids, end, more, prev) = page(&mut host, false, limit, &cursor);
            assert_eq!(prev, !seen.is_empty());
            assert!(ids.len() as u64 == limit || !more);
            seen.extend(ids);
            (cursor, next) = (end, more);
        }
        assert_eq!(seen, Vec::from_iter(1..=10));
        // The last cursor gives an empty page.
        assert_eq!(page(&mut host, false, limit, &cursor).0, [0; 0]);
    }
}

#[test]
fn pages_changing_list_no_gaps() {
    for seed in 1..=300 {
        let mut rng = SplitMix64::new(seed);
        let mut host = Host::new(Service::new("acme").unwrap(), "2026-01-01T00:00:00Z");
        let mut live = BTreeSet::new();
        let mut next_id = 1;
        let mut grow = |host: &mut Host<Service>, live: &mut BTreeSet<u64>| {
            create(host, next_id);
            live.insert(next_id);
            next_id += 1;
        };
        (0..rng.below(20)).for_each(|_| grow(&mut host, &mut live));
        let search = rng.below(2) == 0;
        let asked = |id: &u64| !search || id % 2 == 1;
        let mut stayed: BTreeSet<u64> = live.iter().copied().filter(asked).collect();
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let (ids, end, more, _) = page(&mut host, search, 1 + rng.below(4), &cursor);
            seen.extend(ids);
            cursor = end;
            if !more {
                break;
            }
            for _ in 0..rng.below(3) {
                if rng.below(2) == 0 {
                    grow(&mut host, &mut live);
                } else if let Some(id) = live.iter().copied().nth(rng.below(20) as usize) {
                    host.ok("POST /maintwindows:deleteBulk", &format!(r#"{{"ids":["mw-{id}"]}}"#));
                    if rng.below(2) == 0 {
                        host.system.remove_deleted(host.now);
                    }
                    live.remove(&id);
                    stayed.remove(&id);
                }
            }
            // The state may move to another host between two pages.
            host.system =
                Service::from_json(&quietude::vendors::VendorApi::to_json(&host.system)).unwrap();
        }
        let unique: BTreeSet<u64> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len(), "seen twice: {seen:?}");
        assert!(stayed.is_subset(&unique), "missed: {:?} of {seen:?}", stayed.difference(&unique));
        assert!(seen.is_sorted() && unique.iter().all(asked));
    }
}

#[test]
fn cursor_stale_error() {
    let mut host = Host::new(Service::new("acme").unwrap(), "2026-01-01T00:00:00Z");
    create(&mut host, 1);
    let early = VendorApi::to_json(&host.system);
    create(&mut host, 2);
    let (_, cursor, ..) = page(&mut host, false, 2, "");
    // The host restores a state without the second window.
    host.system = Service::from_json(&early).unwrap();
    let body = format!(r#"{{"page_input":{{"cursor":"{cursor}"}}}}"#);
    let message = format!("page_input.cursor: \"{cursor}\" is not a cursor of this query");
    host.fails("POST /maintwindows:list", &body, 400, &message);
    // Cursors of another query and of another tenant are invalid too.
    let (_, searched, ..) = page(&mut host, true, 1, "");
    let body = format!(r#"{{"page_input":{{"cursor":"{searched}"}}}}"#);
    host.fails("POST /maintwindows:list", &body, 400, "page_input.cursor: ");
    let (_, listed, ..) = page(&mut host, false, 1, "");
    let mut other = Host::new(Service::new("other").unwrap(), "2026-01-01T00:00:00Z");
    create(&mut other, 1);
    let body = format!(r#"{{"page_input":{{"cursor":"{listed}"}}}}"#);
    other.fails("POST /maintwindows:list", &body, 400, "page_input.cursor: ");
}
