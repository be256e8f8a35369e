//! The vendor's samples: requests and responses.

use quietude::vendors::virtana::MaintWindow;

use crate::helpers::{body_of, data, ms, without_whitespace};

use super::{CREATE, DELETE, LIST, SCHEDULE, SEARCH, host, spec};

/// Replaces the placeholders of a sample.
fn filled(sample: &str) -> String {
    [
        ("<Timestamp in milliseconds>", "1780775331000"),
        ("<start in milliseconds>", "1780775331000"),
        ("<duration in milliseconds>", "600000"),
        ("<Duration in milliseconds>", "600000"),
        ("<300>", "300"),
        ("<1000>", "1000"),
        ("},\n}'", "}\n}'"),
    ]
    .into_iter()
    .fold(sample.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Templates and requests. A sample with placeholders or a trailing comma is an error with a
/// position; with values filled in it succeeds.
#[test]
fn requests_documented_responses() {
    let mut host = host();
    let sample = |name: &str| data(&format!("virtana/{name}"));
    for (name, place) in [
        ("create-with-ids.template.json", "JSON: expected value at line 4 column 10"),
        ("create-query.template.json", "JSON: expected value at line 4 column 10"),
    ] {
        host.fails(CREATE, &sample(name), 400, place);
        host.ids(&[name]);
        assert_eq!(host.ok(CREATE, &filled(&sample(name))), format!("{{\"id\":\"{name}\"}}"));
    }
    // The sample of a creation posts to `maintwindows:`.
    let request = sample("create.request.txt");
    assert!(request.contains("/v1/modelcontext/maintwindows: \\"));
    host.ids(&["mw_id"]);
    let created = host.ok(&format!("{CREATE}:"), body_of(&filled(&request)));
    assert_eq!(created, without_whitespace(&sample("create.response.json")));

    // A list; its sample has a trailing comma, which is not JSON.
    assert!(host.ok(LIST, &sample("list.template.json")).contains("\"totalCount\":\"3\""));
    host.fails(
        LIST,
        &sample("list-cursor.template.json"),
        400,
        "page_input.cursor: \"<endcursor from previous page result>\" is not a cursor",
    );
    let request = sample("list.request.txt");
    host.fails(LIST, body_of(&request), 400, "JSON: trailing comma at line 5 column 1");
    assert!(host.ok(LIST, body_of(&filled(&request))).contains("\"count\":\"3\""));

    // A search by name.
    assert!(host.ok(SEARCH, &sample("search.template.json")).contains("\"maintWindows\":[],"));
    host.ids(&["99fa4d8b-3223-11f1-8920-625b6e77d030"]);
    host.ok(CREATE, &spec("testMwByQuery", SCHEDULE, "e-9", ""));
    let found = host.ok(SEARCH, body_of(&sample("search.request.txt")));
    assert!(
        found.contains("99fa4d8b-3223-11f1-8920-625b6e77d030") && found.contains("\"count\":\"1\"")
    );

    // Delete the unknown id `<mw id>`, then a window.
    for name in ["delete.template.json", "delete.request.txt"] {
        host.fails(
            DELETE,
            body_of(&sample(name)),
            404,
            "ids[0]: no maintenance window is `<mw id>`",
        );
        host.ids(&["doomed"]);
        host.ok(CREATE, &spec("doomed", SCHEDULE, name, ""));
        let answer = host.ok(DELETE, &body_of(&sample(name)).replace("<mw id>", "doomed"));
        assert_eq!(answer, without_whitespace(&sample("delete.response.json")));
        host.system.remove_deleted(host.now);
    }
}

/// The response of a list is equal to the sample.
#[test]
fn list_response_exact() {
    let sample = data("virtana/list.response.json")
        .replace("<mw id>", "mw-1")
        .replace("<tenant name>", "acme");
    let page: serde_json::Value = serde_json::from_str(&sample).unwrap();
    let window = page["maintWindows"][0].to_string();
    let read = MaintWindow::from_json(&window).unwrap();
    let mut host = host();
    host.user = "aparna.sundar@virtana.com";
    host.now = ms(1_775_526_877_007);
    host.ids(&["mw-1"]);
    let body = r#"{"specification":{"schedule":{"start":0,"duration":600000,"recurrence":null},
        "maintenanceState":300,"exitState":1000,"run_mode":1,"state":"enabled","name":"testInClause",
        "query":{"clause":{"and":{"clauses":[
          {"filter":{"field":"schemaIds","value":"Base.Device","operation":"OP_CONTAINS"}},
          {"filter":{"field":"name","value":"pfg-windows-mssql","operation":1}}]}}},
        "notification":{"message":"","rules":[]}}}"#;
    host.ok(CREATE, body);
    let answer = host.ok(LIST, r#"{"page_input":{"limit":10}}"#);
    let (windows, info) = answer.split_once(",\"pageInfo\":").unwrap();
    let (expected, expected_info) = without_whitespace(&sample)
        .split_once(",\"pageInfo\":")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(windows, expected);
    assert_eq!(format!("{{\"maintWindows\":[{}]", read.to_json()), expected);
    // The fields of `pageInfo` in their order; the cursor has the same form.
    let shape = |info: &str| -> Vec<String> {
        let info: String = info.to_owned();
        info.split(',').map(|field| field.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(shape(info), shape(&expected_info));
    let cursor = info.split("\"endCursor\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!((cursor.len(), cursor.ends_with("==")), (24, true));
    assert!(
        info.contains("\"startCursor\":\"\"")
            && info.contains("\"hasPrev\":false,\"pending\":\"PENDING_FALSE\"")
    );
}

#[test]
fn search_response_exact() {
    let sample = data("virtana/search.response.json").replace("<tenant>", "acme");
    let expected = without_whitespace(&sample).split_once(",\"pageInfo\":").unwrap().0.to_owned();
    let mut host = host();
    host.user = "asundar@zenoss.com";
    host.now = ms(1_775_526_391_375);
    host.ids(&["99fa4d8b-3223-11f1-8920-625b6e77d030"]);
    let clause = r#"{"and":{"clauses":[{"filter":{"field":"coreProperties.name","value":"pfg-windows-mssql","operation":1}},{"in":{"field":"schemaIds","values":["Base.Device"]}}]}}"#;
    host.ok(
        CREATE,
        &format!(r#"{{"specification":{{"schedule":{{"start":"1780775331000","duration":"600000"}},"maintenanceState":"300","name":"testMwByQuery","description":"test mw by entity id","query":{{"clause":{clause}}}}}}}"#),
    );
    let answer = host.ok(SEARCH, body_of(&data("virtana/search.request.txt")));
    assert_eq!(answer.split_once(",\"pageInfo\":").unwrap().0, expected);
}
