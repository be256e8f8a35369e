//! Random operations compared with a simple model.

use quietude::vendors::VendorApi;
use quietude::vendors::opsmanager::Service;
use quietude::{Subject, Topology};

use crate::helpers::ms;
use crate::testing::SplitMix64;

use super::host;

/// The model is a list of windows; silence is a filter over that list.
#[test]
fn random_operations_match_model() {
    struct Row {
        group: usize,
        id: String,
        start: i64,
        end: i64,
        types: Vec<&'static str>,
        created: i64,
        updated: i64,
    }
    const TYPES: [&str; 4] = ["HOST", "AGENT", "BACKUP", "CLUSTER"];
    let groups = ["541ed2009436399a1f54e01b", "541ed2009436399a1f54e01c"];
    for seed in 1..=60 {
        let mut rng = SplitMix64::new(seed);
        let mut host = host("1970-01-01T00:00:00Z");
        let mut model: Vec<Row> = Vec::new();
        let mut now = 0;
        for step in 0..60 {
            now += rng.below(3) as i64 * 1000;
            host.now = ms(now);
            let group = rng.below(2) as usize;
            let base = format!("/groups/{}/maintenanceWindows", groups[group]);
            let start = now + (rng.below(20) as i64 - 10) * 1000;
            let end = start + (rng.below(12) as i64 - 1) * 1000;
            let types: Vec<_> = TYPES.into_iter().filter(|_| rng.below(2) == 0).collect();
            let id = format!("{:024x}", rng.below(step + 1));
            let found =
                model.iter().position(|row| row.group == group && row.id == id && row.end > now);
            match rng.below(4) {
                0 | 1 => {
                    let id = format!("{step:024x}");
                    host.ids(&[&id]);
                    let body = format!(
                        r#"{{"startDate":"{}","endDate":"{}","alertTypeNames":{types:?}}}"#,
                        ms(start),
                        ms(end)
                    );
                    let good = end > start && !types.is_empty();
                    assert_eq!(
                        host.send(&format!("POST {base}"), &body).status,
                        if good { 200 } else { 400 }
                    );
                    if good {
                        model.push(Row {
                            group,
                            id,
                            start,
                            end,
                            types,
                            created: now,
                            updated: now,
                        });
                    }
                }
                2 => {
                    let body = format!(r#"{{"endDate":"{}"}}"#, ms(end));
                    let status = host.send(&format!("PATCH {base}/{id}"), &body).status;
                    match found.map(|place| &mut model[place]) {
                        None => assert_eq!(status, 404),
                        Some(row) if end <= row.start => assert_eq!(status, 400),
                        Some(row) => {
                            assert_eq!(status, 201);
                            (row.end, row.updated) = (end, now);
                        }
                    }
                }
                _ => {
                    let status = host.send(&format!("DELETE {base}/{id}"), "").status;
                    assert_eq!(status, if found.is_some() { 200 } else { 404 });
                    if let Some(place) = found {
                        model.remove(place);
                    }
                }
            }
            for (group, name) in groups.iter().enumerate() {
                let body = host.ok(&format!("GET /groups/{name}/maintenanceWindows"), "");
                let listed: serde_json::Value = serde_json::from_str(&body).unwrap();
                let rows: Vec<_> =
                    model.iter().filter(|row| row.group == group && row.end > now).collect();
                assert_eq!(listed["totalCount"], rows.len());
                for (row, listed) in rows.iter().zip(listed["results"].as_array().unwrap()) {
                    assert_eq!(
                        (listed["id"].as_str().unwrap(), listed["groupId"].as_str().unwrap()),
                        (row.id.as_str(), *name)
                    );
                    assert_eq!(listed["alertTypeNames"], serde_json::json!(row.types));
                    for (field, time) in [
                        ("created", row.created),
                        ("updated", row.updated),
                        ("startDate", row.start),
                        ("endDate", row.end),
                    ] {
                        assert_eq!(listed[field], ms(time).to_string(), "{field}");
                    }
                }
            }
        }
        assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
        let silencer = host.silencer(&Topology::default());
        for _ in 0..300 {
            let (group, t) = (rng.below(2) as usize, rng.below(90_000) as i64 - 15_000);
            let asked =
                *rng.choose(&[None, Some("HOST"), Some("AGENT"), Some("BACKUP"), Some("OTHER")]);
            let name = format!("opsmanager:{}", groups[group]);
            let brought = [name.as_str()];
            let mut subject = Subject::entity("db-7").with_groups(&brought);
            if let Some(asked) = asked {
                subject = subject.with_alert_type(asked);
            }
            let expected = model.iter().any(|row| {
                row.group == group
                    && row.start <= t
                    && t < row.end
                    && asked.is_some_and(|asked| row.types.contains(&asked))
            });
            assert_eq!(silencer.is_silenced(subject, ms(t)), expected, "{asked:?} at {t}");
        }
    }
}
