//! Random operations compared with a simple model.

use quietude::vendors::VendorApi;
use quietude::vendors::uptrends::Service;

use crate::testing::SplitMix64;

use super::{host, random_period};

/// The model is a list of periods for each monitor.
#[test]
fn random_operations_match_model() {
    for seed in 1..=60 {
        let mut rng = SplitMix64::new(seed);
        let mut host = host();
        let mut model: Vec<(String, i64, String)> = Vec::new();
        let mut next = 1;
        for _ in 0..60 {
            let monitor = *rng.choose(&["m-1", "m-2", "m-3", "m-9"]);
            let known = monitor != "m-9";
            let base = format!("/Monitor/{monitor}/MaintenancePeriod");
            let id = rng.below(next as u64 + 2) as i64;
            let place = model.iter().position(|(m, known, _)| m == monitor && *known == id);
            match rng.below(6) {
                0 | 1 => {
                    let body = random_period(&mut rng);
                    host.ids(&[&next.to_string()]);
                    let status = host.send(&format!("POST {base}"), &body).status;
                    assert_eq!(status, if known { 201 } else { 404 });
                    if known {
                        model.push((monitor.to_owned(), next, body));
                        next += 1;
                    }
                }
                2 => {
                    let body = random_period(&mut rng);
                    host.ids(&[&next.to_string(), &(next + 1).to_string()]);
                    host.ok("POST /MonitorGroup/g-1/MaintenancePeriod", &body);
                    model.push(("m-1".to_owned(), next, body.clone()));
                    model.push(("m-2".to_owned(), next + 1, body));
                    next += 2;
                }
                3 => {
                    let own = if rng.below(4) == 0 { id + 1 } else { id };
                    let body = random_period(&mut rng);
                    let sent = body.replacen('{', &format!("{{\"Id\":{own},"), 1);
                    let status = host.send(&format!("PUT {base}/{id}"), &sent).status;
                    match place {
                        None => assert_eq!(status, 404),
                        Some(_) if own != id => assert_eq!(status, 400),
                        Some(place) => {
                            assert_eq!(status, 204);
                            model[place].2 = body;
                        }
                    }
                }
                4 => {
                    let status = host.send(&format!("DELETE {base}/{id}"), "").status;
                    assert_eq!(status, if place.is_some() { 204 } else { 404 });
                    if let Some(place) = place {
                        model.remove(place);
                    }
                }
                _ => {
                    let date = *rng.choose(&["2026-03-25", "2026-10-01", "2027-01-01"]);
                    let status = host.send(&format!("POST {base}/Cleanup/{date}"), "").status;
                    assert_eq!(status, if known { 204 } else { 404 });
                    model.retain(|(m, _, body)| {
                        let start =
                            body.split("\"StartDateTime\":\"").nth(1).map(|rest| &rest[..10]);
                        m != monitor || start.is_none_or(|start| start >= date)
                    });
                }
            }
            for monitor in ["m-1", "m-2", "m-3"] {
                let own = model.iter().filter(|(m, ..)| m == monitor);
                let all: Vec<_> = own
                    .map(|(_, id, body)| body.replacen('{', &format!("{{\"Id\":{id},"), 1))
                    .collect();
                let listed = host.ok(&format!("GET /Monitor/{monitor}/MaintenancePeriod"), "");
                assert_eq!(listed, format!("[{}]", all.join(",")));
            }
        }
        let back = Service::from_json(&host.system.to_json()).unwrap();
        assert_eq!(back, host.system);
    }
}
