//! Random operations compared with a simple model.

use quietude::vendors::VendorApi;
use quietude::vendors::spaceone::Service;
use quietude::{Subject, Topology};

use crate::helpers::{Host, ms};
use crate::testing::SplitMix64;

use super::{WINDOW, WINDOWS};

/// The model is a list of windows; silence is a filter over that list.
#[test]
fn random_operations_match_model() {
    struct Row {
        domain: usize,
        id: String,
        start: i64,
        end: i64,
        projects: Vec<String>,
        closed: Option<i64>,
        updated: i64,
    }
    let over =
        |row: &Row, now: i64| now >= row.end || row.closed.is_some_and(|closed| now >= closed);
    for seed in 1..=60 {
        let mut rng = SplitMix64::new(seed);
        let mut host = Host::new(Service::new(), "1970-01-01T00:00:00Z");
        let (mut model, mut now): (Vec<Row>, i64) = (Vec::new(), 0);
        for step in 0..60 {
            now += rng.below(3) as i64 * 1000;
            host.now = ms(now);
            let domain = rng.below(2) as usize;
            let start = now + (rng.below(20) as i64 - 5) * 1000;
            let end = start + (rng.below(12) as i64 - 1) * 1000;
            let projects: Vec<String> =
                (0..rng.below(3)).map(|_| format!("p-{}", rng.below(4))).collect();
            let id = format!("mw-{}", rng.below(step + 1));
            let found = model.iter().position(|row| row.domain == domain && row.id == id);
            match rng.below(5) {
                0 | 1 => {
                    let id = format!("mw-{step}");
                    host.ids(&[&id]);
                    let body = format!(
                        r#"{{"title":"t","projects":{projects:?},"start_time":"{}","end_time":"{}","domain_id":"d-{domain}"}}"#,
                        ms(start),
                        ms(end)
                    );
                    let good = start < end && !projects.is_empty();
                    assert_eq!(
                        host.send(&format!("POST {WINDOWS}"), &body).status,
                        if good { 200 } else { 400 }
                    );
                    if good {
                        model.push(Row {
                            domain,
                            id,
                            start,
                            end,
                            projects,
                            closed: None,
                            updated: now,
                        });
                    }
                }
                2 | 3 => {
                    let body = format!(r#"{{"end_time":"{}","domain_id":"d-{domain}"}}"#, ms(end));
                    let status = host.send(&format!("PUT {WINDOW}/{id}"), &body).status;
                    match found.map(|place| &mut model[place]) {
                        None => assert_eq!(status, 404),
                        Some(row) if over(row, now) || end <= row.start => assert_eq!(status, 400),
                        Some(row) => {
                            assert_eq!(status, 200);
                            (row.end, row.updated) = (end, now);
                        }
                    }
                }
                _ => {
                    let body = format!(r#"{{"domain_id":"d-{domain}"}}"#);
                    let status = host.send(&format!("PUT {WINDOW}/{id}/close"), &body).status;
                    assert_eq!(status, if found.is_some() { 200 } else { 404 });
                    if let Some(row) = found.map(|place| &mut model[place])
                        && !over(row, now)
                    {
                        (row.closed, row.updated) = (Some(now), now);
                    }
                }
            }
            for domain in 0..2 {
                let sort = r#"{"sort":{"key":"maintenance_window_id"}}"#;
                let body = format!(r#"{{"domain_id":"d-{domain}","query":{sort}}}"#);
                let answer = host.ok(&format!("POST {WINDOWS}/search"), &body);
                let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
                let mut rows: Vec<_> = model.iter().filter(|row| row.domain == domain).collect();
                rows.sort_by(|a, b| a.id.cmp(&b.id));
                assert_eq!(answer["total_count"], rows.len());
                for (row, listed) in rows.iter().zip(answer["results"].as_array().unwrap()) {
                    assert_eq!(listed["maintenance_window_id"], row.id);
                    assert_eq!(listed["state"], if over(row, now) { "CLOSED" } else { "OPEN" });
                    assert_eq!(
                        listed["closed_at"],
                        serde_json::json!(row.closed.map(|t| ms(t).to_string()))
                    );
                    assert_eq!(
                        (&listed["end_time"], &listed["updated_at"]),
                        (&ms(row.end).to_string().into(), &ms(row.updated).to_string().into())
                    );
                }
            }
        }
        assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
        let silencer = host.silencer(&Topology::default());
        for _ in 0..300 {
            let (domain, project, t) =
                (rng.below(2), rng.below(5), rng.below(90_000) as i64 - 10_000);
            let name = format!("spaceone:d-{domain}:p-{project}");
            let brought = [name.as_str()];
            let subject = Subject::entity("db-7").with_groups(&brought).with_alert_type("ANY");
            let expected = model.iter().any(|row| {
                row.domain == domain as usize
                    && row.start <= t
                    && t < row.end
                    && row.closed.is_none_or(|closed| t < closed)
                    && row.projects.contains(&format!("p-{project}"))
            });
            assert_eq!(silencer.is_silenced(subject, ms(t)), expected, "{name} at {t}");
        }
    }
}
