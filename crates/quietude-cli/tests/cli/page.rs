//! Tests of `page` without a browser; `tests/browser` has those with one.
use super::*;

/// A file in the folder of the tests.
fn file(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}

/// Runs `page` on a document; returns its run and the page.
fn page(name: &str, document: &str, args: &[&str]) -> (RunOutput, String) {
    let out = file(name);
    _ = std::fs::remove_file(&out);
    let mut all = vec!["page", "--file", document, "--out", &out];
    all.extend(args);
    let ran = run(&all, b"");
    let page = std::fs::read_to_string(&out).unwrap_or_default();
    (ran, page)
}

/// The data of a page.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\" nonce=\"page\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn page_same_instant_gives_same_file() {
    let args = ["--at", "2026-10-25T09:00:00Z"];
    let (first, one) = page("same-1.html", "tests/data/fleet.json", &args);
    let (_, other) = page("same-2.html", "tests/data/fleet.json", &args);
    assert_eq!((first.code, first.out.as_str(), first.err.as_str()), (0, "", ""));
    assert!(one == other && one.len() > 50_000);
    // Nothing is loaded: the only address is the name of the namespace of SVG.
    let addresses = one.match_indices("://").count();
    assert_eq!(addresses, one.matches("http://www.w3.org/2000/svg").count());
    assert!(!one.contains("@import") && !one.contains("url(h") && !one.contains(" src="));
}

#[test]
fn page_days_are_those_of_the_zone() {
    let args = ["--at", "2026-10-25T09:00:00Z", "--timezone", "Europe/Paris"];
    let (_, text) = page("days.html", "tests/data/fleet.json", &args);
    let data = data(&text);
    let days = data["days"].as_array().unwrap();
    assert_eq!(days.len(), 14);
    let midnight = |text: &str| text.parse::<quietude::Timestamp>().unwrap().as_millis();
    assert_eq!(data["from"], midnight("2026-10-24T00:00:00+02:00"));
    assert_eq!(data["to"], midnight("2026-11-07T00:00:00+01:00"));
    assert_eq!(days[2], json!([midnight("2026-10-26T00:00:00+01:00"), "Mon", "26", "Oct 2026"]));
    let args = [
        "--at",
        "2026-10-25T09:00:00Z",
        "--timezone",
        "UTC",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-01T12:00",
    ];
    let (_, text) = page("days.html", "tests/data/fleet.json", &args);
    assert_eq!(self::data(&text)["to"], midnight("2026-10-01T12:00:00Z"));
}

#[test]
fn page_bars_are_the_silences_of_each_window() {
    let args = [
        "--at",
        "2026-10-25T09:00:00Z",
        "--from",
        "2026-01-01",
        "--to",
        "2026-12-31",
        "--timezone",
        "UTC",
    ];
    let (_, text) = page("bars.html", "tests/data/fleet.json", &args);
    let data = data(&text);
    let document = quietude::Document::from_json(&read("tests/data/fleet.json")).unwrap();
    let from = data["from"].as_i64().unwrap();
    let mut instants = 0;
    for (window, drawn) in document.registry.iter().zip(data["windows"].as_array().unwrap()) {
        assert_eq!(drawn["id"], window.id().as_str());
        let bars: Vec<i64> =
            drawn["bars"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
        let bars: Vec<_> =
            bars.chunks(3).map(|bar| (from + bar[0], from + bar[1], bar[2])).collect();
        assert!(bars.len() <= 20_000);
        assert!(bars.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{}", window.id());
        let mut at = from;
        while at < data["to"].as_i64().unwrap() {
            let is = window.is_active(quietude::Timestamp::from_millis(at).unwrap());
            let bar = bars.iter().find(|bar| bar.0 <= at && at < bar.1);
            assert_eq!(bar.is_some(), is, "{} at {at}", window.id());
            instants += 1;
            at += 1_799_000;
        }
        // At the ends of each bar, to the millisecond.
        for (start, end, flags) in bars {
            let is =
                |ms: i64| quietude::Timestamp::from_millis(ms).is_ok_and(|t| window.is_active(t));
            assert!(flags & 1 == 0 && is(start), "{}", window.id());
            assert!(flags & 12 != 0 || (is(end - 1) && !is(end)), "{}", window.id());
            assert!(flags & 2 != 0 || !is(start - 1), "{}", window.id());
        }
    }
    assert!(instants > 900_000, "{instants}");
}

#[test]
fn page_text_of_the_document_ends_no_element() {
    let text = "</script><!--<script>&\u{2028}";
    let schedule = json!({ "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" });
    let document = json!({ "version": 1, "windows": [ { "id": text.trim_end_matches('\u{2028}'),
        "name": text, "schedule": schedule, "scope": { "entity": "e" }, "tags": { text: text } } ] });
    let name = file("a<b>&amp;.json");
    std::fs::write(&name, document.to_string()).unwrap();
    let (ran, page) = page("text.html", &name, &["--at", "2026-10-25T09:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (_, rest) = page.split_once("id=\"data\" nonce=\"page\">").unwrap();
    let json = rest.split_once("\n<script").unwrap().0.strip_suffix("</script>").unwrap();
    assert!(!json.contains(['<', '>', '&', '\u{2028}']));
    assert_eq!(data(&page)["windows"][0]["name"], text);
    assert!(page.contains("<title>a&lt;b&gt;&amp;amp;.json</title>"));
}

#[test]
fn page_many_silences_are_merged_in_bounded_time() {
    let window = |id: &str, schedule: Value| json!({ "id": id, "schedule": schedule, "scope": "everything" });
    let periodic = |duration: i64, period: i64| {
        json!({ "kind": "periodic", "start": "0001-01-01T00:00:00Z",
        "duration_ms": duration, "period_ms": period })
    };
    let document = json!({ "version": 1, "windows": [
        window("blink", periodic(1, 2)), window("on", periodic(1, 1)), window("hourly", periodic(60_000, 3_600_000)), window("minutely", periodic(1000, 60_000)),
        window("never", json!({ "kind": "all", "of": [periodic(1, 4),
            { "kind": "not", "of": periodic(1, 4) }] })) ] });
    let name = file("merged.json");
    std::fs::write(&name, document.to_string()).unwrap();
    let args = ["--at", "2026-10-25T09:00:00Z", "--from", "2026-01-01", "--to", "2027-01-01"];
    let (ran, page) = page("merged.html", &name, &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let data = data(&page);
    let bars = |index: usize| data["windows"][index]["bars"].as_array().unwrap().len() / 3;
    assert_eq!([bars(0), bars(1), bars(2), bars(3), bars(4)], [1, 1, 365 * 24, 1, 0]);
    assert!(data["notes"].to_string().contains("close together as one bar"));
}

#[test]
fn page_errors_leave_no_file() {
    let fleet = "tests/data/fleet.json";
    let at = ["--at", "2026-10-25T09:00:00Z"];
    for (args, part) in [
        (["--from", "2026-10-25", "--to", "2026-10-25"], "is not after --from"),
        (["--from", "2026-01-01", "--to", "2027-02-06"], "401 days; at most 400"),
    ] {
        let (ran, text) = page("none.html", fleet, &[&at[..], &args[..]].concat());
        assert_eq!((ran.code, text.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    let (ran, _) = page("no/such/folder.html", fleet, &at);
    assert!(ran.code == 2 && ran.err.contains("folder.html: "), "{}", ran.err);
    // A page is written at the ends of time, too.
    for at in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
        for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Niue"] {
            let args = ["--at", at, "--timezone", zone];
            let (ran, text) = page("ends.html", fleet, &args);
            assert_eq!((ran.code, text.is_empty()), (0, false), "{at} {zone}: {}", ran.err);
        }
    }
}

/// The rows of entities of a large document have the windows that cover them, as those of a
/// small one have, and a note that the others are left out.
#[test]
fn page_entities_of_a_large_document_have_the_windows_that_cover_them() {
    let daily = json!({ "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" });
    let window = |id: &str, scope: Value| json!({ "id": id, "schedule": daily, "scope": scope });
    let mut windows = vec![
        window("entity", json!({ "entity": "a" })),
        window("parent", json!({ "entity": "rack" })),
        window("group", json!({ "group": "g" })),
        window("not", json!({ "all": [{ "group": "g" }, { "not": { "entity": "b" } }] })),
        window(
            "typed",
            json!({ "all": [{ "entity": "b" },
            { "any": [{ "alert_type": "DISK" }, { "alert_type": "CPU" }] }] }),
        ),
        window("attribute", json!({ "attribute": { "name": "tier", "equals": "gold" } })),
    ];
    let mut alone = window("alone", json!({ "entity": "rack" }));
    alone["propagation"] = json!("entity");
    windows.push(alone);
    let topology = json!({ "groups": [{ "id": "g" }], "entities": [
        { "id": "site" }, { "id": "rack", "parents": ["site"], "attributes": { "tier": ["gold"] } },
        { "id": "a", "parents": ["rack"], "groups": ["g"] }, { "id": "b", "groups": ["g"] } ] });
    let ids = ["site", "rack", "a", "b"];
    let rows = |name: &str, windows: &[Value]| {
        let document = json!({ "version": 1, "windows": windows, "topology": topology });
        let file = file(name);
        std::fs::write(&file, document.to_string()).unwrap();
        let (ran, text) = page(&format!("{name}.html"), &file, &["--at", "2026-10-25T09:00:00Z"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let data = data(&text);
        let id = |index: &Value| data["windows"][index.as_u64().unwrap() as usize]["id"].clone();
        let row = |entity: &str| {
            let entities = data["entities"].as_array().unwrap();
            let row = entities.iter().find(|row| row[0] == entity).unwrap();
            let set = &data["sets"][row[1].as_u64().unwrap() as usize];
            ["covered", "types"].map(|list| {
                let list = set[list].as_array().unwrap().iter();
                list.map(|pair| (id(&pair[0]), pair[1].clone())).collect::<Vec<_>>()
            })
        };
        (ids.map(row), data["notes"].to_string().contains("not those that nearly do"))
    };
    let (small, has_note) = rows("small.json", &windows);
    assert!(!has_note);
    assert_eq!(small[2][0].len(), 5, "{small:?}");
    assert_eq!(small[3][1], [(json!("typed"), json!("DISK, CPU"))]);
    assert!(small[2][0].contains(&(json!("parent"), json!("rack"))), "{small:?}");
    windows.extend(
        (0..5_100).map(|n| window(&format!("w-{n}"), json!({ "entity": format!("e-{n}") }))),
    );
    let (large, has_note) = rows("large.json", &windows);
    assert!(has_note);
    assert_eq!(large, small);
}
