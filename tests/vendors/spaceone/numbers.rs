//! Numbers of any size and with exponents: compared and added exactly.

use quietude::vendors::VendorApi;
use quietude::vendors::spaceone::Service;

use crate::helpers::Host;

use super::{WINDOW, WINDOWS, filled};

/// The windows `mw-1` to `mw-4` with these numbers as `tags.n`.
fn numbered(numbers: &[&str]) -> Host<Service> {
    let mut host = filled();
    host.now = crate::helpers::at("2026-01-01T09:00:00Z");
    for (index, number) in numbers.iter().enumerate() {
        let body = format!(r#"{{"domain_id":"d-1","tags":{{"n":{number}}}}}"#);
        let answer = host.ok(&format!("PUT {WINDOW}/mw-{}", index + 1), &body);
        assert!(answer.contains("\"n\":"), "{answer}");
    }
    host
}

/// The ids that `condition` finds, in the order of `tags.n`.
fn found(host: &mut Host<Service>, condition: &str) -> Vec<String> {
    let body = format!(
        r#"{{"domain_id":"d-1","query":{{"filter":[{condition}],"sort":{{"key":"tags.n"}}}}}}"#
    );
    let answer = host.ok(&format!("POST {WINDOWS}/search"), &body);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["results"].as_array().unwrap();
    rows.iter().map(|row| row["maintenance_window_id"].as_str().unwrap().to_owned()).collect()
}

fn stat(host: &mut Host<Service>, operator: &str) -> String {
    let body = format!(
        r#"{{"domain_id":"d-1","query":{{"aggregate":[{{"group":{{"fields":[{{"name":"x","operator":"{operator}","key":"tags.n"}}]}}}}]}}}}"#
    );
    let answer = host.ok(&format!("POST {WINDOWS}/stat"), &body);
    let answer = answer.strip_prefix(r#"{"results":[{"x":"#).unwrap_or_else(|| panic!("{answer}"));
    answer.strip_suffix("}]}").unwrap().to_owned()
}

const BIG: &str = "123456789012345678901234567890";

#[test]
fn filter_numbers_exact() {
    let mut host = numbered(&[BIG, "1e16", "1.5e-5", "-2.5E+3"]);
    for (condition, expected) in [
        (r#"{"k":"tags.n","v":1000,"o":"lt"}"#, ["mw-4", "mw-3"].as_slice()),
        (r#"{"k":"tags.n","v":1000,"o":"gt"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"tags.n","v":123456789012345678901234567890,"o":"eq"}"#, &["mw-1"]),
        (r#"{"k":"tags.n","v":123456789012345678901234567891,"o":"eq"}"#, &[]),
        (r#"{"k":"tags.n","v":123456789012345678901234567889,"o":"gt"}"#, &["mw-1"]),
        (r#"{"k":"tags.n","v":[10000000000000000,0.000015],"o":"in"}"#, &["mw-3", "mw-2"]),
        (r#"{"k":"tags.n","v":1e16,"o":"lte"}"#, &["mw-4", "mw-3", "mw-2"]),
        (r#"{"k":"tags.n","v":1.49e-5,"o":"gt"}"#, &["mw-3", "mw-2", "mw-1"]),
        (r#"{"k":"tags.n","v":-2500,"o":"eq"}"#, &["mw-4"]),
        (r#"{"k":"tags.n","v":1e300,"o":"lt"}"#, &["mw-4", "mw-3", "mw-2", "mw-1"]),
    ] {
        assert_eq!(found(&mut host, condition), expected, "{condition}");
    }
    assert_eq!(stat(&mut host, "max"), BIG);
    assert_eq!(stat(&mut host, "min"), "-2500.0");
}

#[test]
fn sum_numbers_exact() {
    for (numbers, sum, average) in [
        (
            [BIG, BIG, "1", "0"],
            "246913578024691357802469135781",
            "61728394506172839450617283945.25",
        ),
        (["1e16", "1.5e-5", "0", "0"], "10000000000000000.000015", "2500000000000000.00000375"),
        (
            ["100000000000000000000000000000", "-0.5", "0", "0"],
            "99999999999999999999999999999.5",
            "24999999999999999999999999999.875",
        ),
        ([BIG, "-123456789012345678901234567890", "0.1", "0.2"], "0.3", "0.075"),
        (["1e-9", "1e-9", "1e-9", "-3e-9"], "0", "0"),
        (["-1", "-1", "-1", "2.5"], "-0.5", "-0.125"),
    ] {
        let mut host = numbered(&numbers);
        assert_eq!(stat(&mut host, "sum"), sum, "{numbers:?}");
        assert_eq!(stat(&mut host, "average"), average, "{numbers:?}");
    }
    let mut host = numbered(&["1e38", "1e38"]);
    let body = r#"{"domain_id":"d-1","query":{"aggregate":[{"group":{"fields":[{"name":"x","operator":"sum","key":"tags.n"}]}}]}}"#;
    let error = "query.aggregate[0].group.fields[0]: 1e38 is too big a number to add";
    host.fails(&format!("POST {WINDOWS}/stat"), body, 400, error);
}

/// A number is printed as it was written, if a float cannot hold it.
#[test]
fn tags_numbers_printed_exact() {
    let numbers = [BIG, "0.1234567890123456789", "-7e-400", "1.25"];
    let mut host = numbered(&numbers);
    for (index, number) in numbers.iter().enumerate() {
        let answer = host.ok(&format!("GET {WINDOW}/mw-{}?domain_id=d-1", index + 1), "");
        assert!(answer.contains(&format!("\"tags\":{{\"n\":{number}}}")), "{answer}");
    }
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
}

/// Timestamps are before other texts, so that the order of a mixture is total.
#[test]
fn sort_timestamps_and_texts_total_order() {
    let numbers = [
        r#""2026-01-01T24""#,
        r#""2026-01-02T01:00:00Z""#,
        r#""2026-01-01T23:00:00-05:00""#,
        "null",
    ];
    let mut host = numbered(&numbers);
    let all = r#"{"k":"title","v":"","o":"contain"}"#;
    assert_eq!(found(&mut host, all), ["mw-4", "mw-2", "mw-3", "mw-1"]);
}
