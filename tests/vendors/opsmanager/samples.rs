//! The vendor's samples: each response is compared byte for byte, except for elided links.

use quietude::vendors::VendorApi;
use quietude::vendors::opsmanager::{MaintenanceWindow, Service};

use crate::helpers::{at, body_of, data, without_whitespace};

use super::{BASE, BODY, GROUP, host, windows};

/// The links that replace `[ ... ]` in the samples, in the format of the samples.
fn links(id: &str) -> String {
    format!(
        "[ {{\n@  \"href\" : \"{BASE}/groups/{GROUP}/maintenanceWindows/{id}\",\n@  \"rel\" : \"self\"\n@}}, {{\n@  \
         \"href\" : \"{BASE}/groups/{GROUP}\",\n@  \"rel\" : \"group\"\n@}} ]"
    )
}

/// The status line, the headers and the body of a recorded response. Links replace
/// `[ ... ]`.
fn recorded(name: &str) -> (String, Vec<String>, String) {
    let text = data(&format!("opsmanager/{name}.response.txt"));
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines().map(str::to_owned);
    let status = lines.next().unwrap();
    let mut filled = String::new();
    let mut id = String::new();
    for line in body.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if let Some(own) = line.trim_start().strip_prefix("\"id\" : \"") {
            own[..24].clone_into(&mut id);
        }
        // The list's own links stand at the depth of its results.
        let is_list = indent.len() == 2 && body.contains("totalCount");
        let value = if is_list {
            format!(
                "[ {{\n@  \"href\" : \"{BASE}/groups/{GROUP}/maintenanceWindows\",\n@  \"rel\" : \"self\"\n@}} ]"
            )
        } else {
            links(&id)
        };
        let line = line.replace("\"links\": [", "\"links\" : [");
        filled += &line.replace("[ ... ]", &value.replace('@', indent));
        filled.push('\n');
    }
    (status, lines.collect(), filled.trim_end().to_owned())
}

fn status_line(response: &quietude::vendors::Response) -> String {
    format!("HTTP/1.1 {} {}", response.status, response.reason)
}

#[test]
fn sample_entity_with_links_parses() {
    let sample = data("opsmanager/entity.json");
    // `[ ... ]` is not JSON; the error has the position.
    let error = MaintenanceWindow::from_json(&sample).unwrap_err();
    assert!(error.to_string().starts_with("JSON: expected value at line 10 column 15"), "{error}");
    let window = MaintenanceWindow::from_json(&sample.replace("[ ... ]", "[]")).unwrap();
    assert_eq!((window.id(), window.group_id()), ("5628faffd4c606594adaa3b2", GROUP));
    assert_eq!(
        (window.created(), window.updated()),
        (at("2015-10-22T15:04:31Z"), at("2015-10-22T15:04:31Z"))
    );
    assert_eq!(
        (window.start_date(), window.end_date()),
        (at("2015-10-23T22:00:00Z"), at("2015-10-23T23:30:00Z"))
    );
    assert_eq!(window.alert_type_names(), ["REPLICA_SET"]);
    assert_eq!(window.description(), Some("new description"));
}

/// Each response of the documentation, byte for byte, except for `[ ... ]`.
#[test]
fn recorded_session_exact_responses() {
    // List: two windows, the second without a description.
    let mut host = host("2015-10-22T15:04:31Z");
    host.ids(&["5628faffd4c606594adaa3b2", "56290359d4c606594adaafe8"]);
    let create = format!("POST {}", windows());
    host.ok(&create, &BODY.replace('}', ",\"description\":\"new description\"}"));
    host.now = at("2015-10-22T15:40:09Z");
    host.ok(&create, &BODY.replace("\"BACKUP\"", "\"AGENT\",\"BACKUP\""));
    let answered = |response: &quietude::vendors::Response, name: &str| {
        let (status, _, body) = recorded(name);
        assert_eq!(status_line(response), status, "{name}");
        assert_eq!(response.body, body, "{name}");
    };
    answered(&host.send(&format!("GET {}?pretty=true", windows()), ""), "list");

    // Get: the same id, with two alert types.
    let mut host = self::host("2015-10-22T15:04:31Z");
    host.ids(&["5628faffd4c606594adaa3b2"]);
    let two = BODY.replace("\"BACKUP\"", "\"AGENT\",\"BACKUP\"");
    host.ok(&create, &two.replace('}', ",\"description\":\"new description\"}"));
    let one = format!("{}/5628faffd4c606594adaa3b2", windows());
    answered(&host.send(&format!("GET {one}?pretty=true"), ""), "get");

    // Create: the recorded request has "new description" and the recorded response "my
    // description"; our response has the description of the request.
    let mut host = self::host("2015-10-22T20:49:35Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    let request = data("opsmanager/create.request.txt");
    assert!(request.contains(&windows()) && request.contains("-X POST"));
    let body = body_of(&request).replace("new description", "my description");
    let response = host.send(&format!("{create}?pretty=true"), &body);
    answered(&response, "create");
    let (_, headers, _) = recorded("create");
    assert_eq!(headers, [format!("Location: {}", response.header("location").unwrap())]);

    // Update: the ids of the recorded request and response differ; use the latter.
    host.now = at("2015-10-23T16:11:49Z");
    let request = data("opsmanager/update.request.txt");
    assert!(request.contains("-X PATCH"));
    let one = format!("{}/56294bdfd4c643eef5176b73", windows());
    answered(&host.send(&format!("PATCH {one}?pretty=true"), body_of(&request)), "update");

    // Delete.
    assert!(data("opsmanager/delete.request.txt").contains("-X DELETE"));
    answered(&host.send(&format!("DELETE {one}?pretty=true"), ""), "delete");
    host.fails(&format!("GET {one}"), "", 404, "WINDOW-ID: no maintenance window is");
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
    assert!(host.ok(&format!("GET {}", windows()), "").contains("\"totalCount\":0"));
}

/// The lines of the listing are numbered and joined. Without the numbers it is the request and
/// the response of the newer documentation.
#[test]
fn ops_manager_page_requests_succeed() {
    let plain = |name: &str| {
        let text = data(&format!("opsmanager/{name}"));
        let words: Vec<&str> = text.split(' ').collect();
        let mut line = 1;
        let kept = words.into_iter().filter(|word| {
            let is_number = *word == line.to_string();
            line += i32::from(is_number);
            !is_number
        });
        kept.collect::<Vec<_>>().join(" ")
    };
    let request = plain("ops-manager-create.request.txt");
    assert!(request.contains("--request POST"));
    let json = &request[request.rfind("' {").unwrap() + 2..=request.rfind('}').unwrap()];
    let mut host = host("2015-10-22T20:49:35Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    let project = "/api/public/v1.0/groups/%7BPROJECT-ID%7D/maintenanceWindows/";
    let answer =
        host.ok(&format!("POST {project}"), &json.replace("new description", "my description"));
    let expected =
        without_whitespace(&plain("ops-manager-create.response.txt")).replace("\"links\":[]", "");
    assert!(without_whitespace(&answer).starts_with(expected.trim_end_matches('}')), "{answer}");
    // The two recorded headers belong to the HTTP server: a challenge, then 200.
    assert!(
        data("opsmanager/ops-manager-unauthorized.headers.txt").starts_with("401 Unauthorized")
    );
    assert!(data("opsmanager/ops-manager-create.headers.txt").starts_with("200 OK"));
}
