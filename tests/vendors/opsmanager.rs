//! Cloud Manager and Ops Manager: samples, endpoints, errors, a naive model, a
//! slow reference.

use quietude::vendors::VendorApi;
use quietude::vendors::opsmanager::{MaintenanceWindow, Service};
use quietude::{Subject, Topology};

use crate::support::{Dice, Host, at, body_of, data, ms, squeezed};

const BASE: &str = "https://cloud.mongodb.com/api/public/v1.0";
const GROUP: &str = "541ed2009436399a1f54e01b";
const BODY: &str = r#"{"alertTypeNames":["BACKUP"],"startDate":"2015-10-23T22:00:00Z","endDate":"2015-10-23T23:30:00Z"}"#;

fn host(now: &str) -> Host<Service> {
    Host::new(Service::new(BASE), now)
}

fn windows() -> String {
    format!("/api/public/v1.0/groups/{GROUP}/maintenanceWindows")
}

/// The links that stand for `[ ... ]` in the samples, in the samples' style.
fn links(id: &str) -> String {
    format!(
        "[ {{\n@  \"href\" : \"{BASE}/groups/{GROUP}/maintenanceWindows/{id}\",\n@  \"rel\" : \"self\"\n@}}, {{\n@  \
         \"href\" : \"{BASE}/groups/{GROUP}\",\n@  \"rel\" : \"group\"\n@}} ]"
    )
}

/// The status line, the headers and the body of a recorded response, with links
/// in the place of `[ ... ]`.
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
fn the_sample_entity_is_read_with_links_in_the_place_of_dots() {
    let sample = data("opsmanager/entity.json");
    // `[ ... ]` is no JSON, and the reader says where.
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

/// Each response of the document, byte for byte but for the dots.
#[test]
fn the_recorded_session_is_answered_to_the_letter() {
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

    // Create: the recorded request says "new description", the recorded answer
    // "my description"; the answer is what was asked for.
    let mut host = self::host("2015-10-22T20:49:35Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    let request = data("opsmanager/create.request.txt");
    assert!(request.contains(&windows()) && request.contains("-X POST"));
    let body = body_of(&request).replace("new description", "my description");
    let response = host.send(&format!("{create}?pretty=true"), &body);
    answered(&response, "create");
    let (_, headers, _) = recorded("create");
    assert_eq!(headers, [format!("Location: {}", response.header("location").unwrap())]);

    // Update: asked for one id, answered with another; the latter is meant.
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

/// The listing's lines are numbered and run together: what is left without the
/// numbers is the request and the answer of the newer document.
#[test]
fn the_ops_manager_page_is_answered() {
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
    let expected = squeezed(&plain("ops-manager-create.response.txt")).replace("\"links\":[]", "");
    assert!(squeezed(&answer).starts_with(expected.trim_end_matches('}')), "{answer}");
    // The two recorded heads are the transport's: a challenge, then 200.
    assert!(
        data("opsmanager/ops-manager-unauthorized.headers.txt").starts_with("401 Unauthorized")
    );
    assert!(data("opsmanager/ops-manager-create.headers.txt").starts_with("200 OK"));
}

#[test]
fn every_endpoint_of_the_document_is_routed() {
    let listed = [
        ("list", 200, "OK"),
        ("create", 200, "Created"),
        ("get", 200, "OK"),
        ("update", 201, "OK"),
        ("delete", 200, "OK"),
    ];
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    for (name, status, reason) in listed {
        let endpoint = data(&format!("opsmanager/endpoint-{name}.txt"));
        let line = endpoint.trim().replace("GROUP-ID", GROUP).replace("WINDOW-ID", id);
        let response = host.send(&line, if name == "update" { "{}" } else { BODY });
        assert_eq!((response.status, response.reason), (status, reason), "{line}");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
}

#[test]
fn every_field_has_its_error() {
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    let long = "x".repeat(5000);
    let both = [
        (BODY.replace("[\"BACKUP\"]", "[]"), "alertTypeNames: [] is empty: at least one is needed"),
        (BODY.replace("\"BACKUP\"", "\"\""), "alertTypeNames[0]: \"\" is not an id"),
        (BODY.replace("\"BACKUP\"", "\"A\",7"), "alertTypeNames[1]: 7 is not a string"),
        (BODY.replace("[\"BACKUP\"]", "\"BACKUP\""), "alertTypeNames: \"BACKUP\" is not a list"),
        (BODY.replace("T22:00:00Z", ""), "startDate: \"2015-10-23\" is not an RFC 3339 timestamp"),
        (BODY.replace("23:30:00Z", "23:60:00Z"), "endDate: \"2015-10-23T23:60:00Z\" is not"),
        (
            BODY.replace("T23:30", "T22:00"),
            "endDate: 2015-10-23T22:00:00Z is not after startDate 2015-10-23T22:00:00Z",
        ),
        (BODY.replace("T23:30", "T21:00"), "endDate: 2015-10-23T21:00:00Z is not after startDate"),
        (BODY.replace('}', ",\"description\":7}"), "description: 7 is not a string"),
        (
            BODY.replace('}', &format!(",\"description\":\"{long}\"}}")),
            "description: bytes: 5000 are more than 4096",
        ),
        (
            BODY.replace('}', ",\"id\":\"x\"}"),
            "id: is not a field; there are startDate, endDate, alertTypeNames",
        ),
        (BODY.replace('}', ",\"startDate\":\"x\"}"), "\"startDate\" is repeated"),
        ("7".to_owned(), "7 is not an object"),
        (String::new(), "the body is missing"),
    ];
    for (body, message) in &both {
        host.fails(&format!("POST {}", windows()), body, 400, message);
        host.fails(&format!("PATCH {}/{id}", windows()), body, 400, message);
    }
    for (field, rest) in [
        (
            "alertTypeNames",
            r#"{"startDate":"2015-10-23T22:00:00Z","endDate":"2015-10-23T23:30:00Z"}"#,
        ),
        ("startDate", r#"{"alertTypeNames":["A"],"endDate":"2015-10-23T23:30:00Z"}"#),
        (
            "endDate",
            r#"{"alertTypeNames":["A"],"endDate":null,"startDate":"2015-10-23T22:00:00Z"}"#,
        ),
    ] {
        host.fails(&format!("POST {}", windows()), rest, 400, &format!("{field}: is missing"));
    }
    // A PATCH of one end is checked against the other.
    host.fails(
        &format!("PATCH {}/{id}", windows()),
        r#"{"endDate":"2015-10-23T21:00:00Z"}"#,
        400,
        "endDate",
    );
    host.fails(
        &format!("PATCH {}/{id}", windows()),
        r#"{"startDate":"2015-10-23T23:30:00Z"}"#,
        400,
        "endDate",
    );
}

#[test]
fn every_endpoint_has_its_errors() {
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    let other = "/groups/000000000000000000000000/maintenanceWindows";
    for line in ["GET", "DELETE", "PATCH"] {
        // Another group's id, and one that is nobody's.
        host.fails(
            &format!("{line} {other}/{id}"),
            "{}",
            404,
            "WINDOW-ID: no maintenance window is",
        );
        host.fails(
            &format!("{line} {}/5", windows()),
            "{}",
            404,
            "WINDOW-ID: no maintenance window is `5`",
        );
    }
    assert!(host.ok(&format!("GET {other}"), "").contains("\"totalCount\":0"));
    host.fails(
        &format!("GET {}?pretty=yes", windows()),
        "",
        400,
        "pretty: \"yes\" is not true or false",
    );
    host.fails(
        &format!("GET {}?envelope=", windows()),
        "",
        400,
        "envelope: \"\" is not true or false",
    );
    host.fails(
        &format!("GET {}?page=2", windows()),
        "",
        400,
        "page: is not a parameter; there are pretty, envelope",
    );
    host.fails("GET /groups//maintenanceWindows", "", 400, "GROUP-ID: \"\" is not an id");
    host.fails(&format!("PUT {}", windows()), BODY, 405, "GET or POST");
    host.fails(&format!("POST {}/{id}", windows()), BODY, 405, "GET, PATCH or DELETE");
    host.fails("GET /api/public/v1.0/groups", "", 404, "nothing is served at");
    for (new, message) in [
        (id, "is taken already"),
        ("5", "\"5\" is not an id of 24 hex digits"),
        ("", "is not an id"),
    ] {
        host.ids(&[new]);
        host.fails(&format!("POST {}", windows()), BODY, 500, message);
    }
    let body = host.send("GET /", "").body;
    assert_eq!(body, r#"{"detail":"nothing is served at `/`","error":404,"reason":"Not Found"}"#);
}

#[test]
fn an_ended_window_is_not_found_and_still_silenced_what_it_did() {
    let mut host = host("2015-10-23T23:29:59.999Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    // A start in the past is fine.
    host.ok(&format!("POST {}", windows()), BODY);
    assert!(host.ok(&format!("GET {}", windows()), "").contains(id));
    host.now = at("2015-10-23T23:30:00Z");
    for line in ["GET", "PATCH", "DELETE"] {
        host.fails(&format!("{line} {}/{id}", windows()), "{}", 404, "WINDOW-ID");
    }
    assert!(!host.ok(&format!("GET {}", windows()), "").contains(id));
    let group = format!("opsmanager:{GROUP}");
    let groups = [group.as_str()];
    let subject = Subject::entity("db-7").with_groups(&groups).with_alert_type("BACKUP");
    assert!(host.is_silenced(&subject, at("2015-10-23T23:29:59.999Z")));
    assert!(!host.is_silenced(&subject, at("2015-10-23T23:30:00Z")));
    assert_eq!(host.system.remove_ended(at("2015-10-23T23:29:59.999Z")), 0);
    assert_eq!(host.system.remove_ended(at("2015-10-23T23:30:00Z")), 1);
    assert!(host.system.windows().is_empty());
}

#[test]
fn a_group_whose_last_window_is_deleted_leaves_nothing_behind() {
    let mut host = host("2015-10-22T15:04:31Z");
    let untouched = host.system.clone();
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    host.ok(&format!("DELETE {}/{id}", windows()), "");
    assert_eq!(host.system, untouched);
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
}

#[test]
fn a_patch_changes_only_what_is_given() {
    let mut host = host("2015-10-22T00:00:00Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), &BODY.replace('}', ",\"description\":\"d\"}"));
    host.now = at("2015-10-22T01:00:00Z");
    let one = format!("{}/{id}", windows());
    let part = |host: &mut Host<Service>, body: &str| {
        let body = host.ok(&format!("PATCH {one}"), body);
        body[..body.find(",\"links\"").unwrap()].to_owned()
    };
    let rest = |description: &str, start: &str| {
        format!(
            "{{\"alertTypeNames\":[\"BACKUP\"],\"created\":\"2015-10-22T00:00:00Z\",{description}\"endDate\":\"2015-10-23T23:30:00Z\",\
             \"groupId\":\"{GROUP}\",\"id\":\"{id}\",\"startDate\":\"2015-10-23T{start}Z\",\"updated\":\"2015-10-22T01:00:00Z\""
        )
    };
    assert_eq!(part(&mut host, "{}"), rest("\"description\":\"d\",", "22:00:00"));
    // An offset is read, and printed in UTC. Null is as good as absent.
    let body = r#"{"startDate":"2015-10-23T23:00:00+01:00","endDate":null,"alertTypeNames":null}"#;
    assert_eq!(part(&mut host, body), rest("\"description\":\"d\",", "22:00:00"));
    assert_eq!(
        part(&mut host, r#"{"startDate":"2015-10-23T21:00:00Z"}"#),
        rest("\"description\":\"d\",", "21:00:00")
    );
    // But a description can be taken away: the field does not exist then.
    assert_eq!(part(&mut host, r#"{"description":null}"#), rest("", "21:00:00"));
}

#[test]
fn envelopes_hold_one_result_and_join_a_list() {
    let mut host = host("2015-10-22T00:00:00Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    let created = host.send(&format!("POST {}?envelope=true", windows()), BODY);
    assert_eq!((created.status, created.reason), (200, "Created"));
    assert!(
        created.body.starts_with("{\"status\":200,\"content\":{\"alertTypeNames\""),
        "{}",
        created.body
    );
    let list = host.ok(&format!("GET {}?envelope=true&pretty=false", windows()), "");
    assert!(
        list.starts_with("{\"results\":[") && list.ends_with("\"totalCount\":1,\"status\":200}"),
        "{list}"
    );
    let one = format!("{}/{id}", windows());
    assert!(
        host.ok(&format!("PATCH {one}?envelope=true"), "{}")
            .starts_with("{\"status\":201,\"content\"")
    );
    assert_eq!(
        host.ok(&format!("DELETE {one}?envelope=true"), ""),
        "{\"status\":200,\"content\":{}}"
    );
    let gone = host.send(&format!("DELETE {one}?envelope=true&pretty=true"), "");
    assert_eq!(gone.status, 404);
    assert!(
        gone.body.starts_with("{\n  \"status\" : 404,\n  \"content\" : {\n    \"detail\" : "),
        "{}",
        gone.body
    );
}

/// Random operations against a list; silence against a filter over that list.
#[test]
fn random_operations_agree_with_a_naive_model() {
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
        let mut dice = Dice::new(seed);
        let mut host = host("1970-01-01T00:00:00Z");
        let mut model: Vec<Row> = Vec::new();
        let mut now = 0;
        for step in 0..60 {
            now += dice.below(3) as i64 * 1000;
            host.now = ms(now);
            let group = dice.below(2) as usize;
            let base = format!("/groups/{}/maintenanceWindows", groups[group]);
            let start = now + (dice.below(20) as i64 - 10) * 1000;
            let end = start + (dice.below(12) as i64 - 1) * 1000;
            let types: Vec<_> = TYPES.into_iter().filter(|_| dice.below(2) == 0).collect();
            let id = format!("{:024x}", dice.below(step + 1));
            let found =
                model.iter().position(|row| row.group == group && row.id == id && row.end > now);
            match dice.below(4) {
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
            let (group, t) = (dice.below(2) as usize, dice.below(90_000) as i64 - 15_000);
            let asked =
                *dice.pick(&[None, Some("HOST"), Some("AGENT"), Some("BACKUP"), Some("OTHER")]);
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
            assert_eq!(silencer.is_silenced(&subject, ms(t)), expected, "{asked:?} at {t}");
        }
    }
}

#[test]
fn a_broken_state_is_refused_with_its_place() {
    let mut host = host("2015-10-22T00:00:00Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    host.ok(&format!("POST {}", windows()), BODY);
    let text = host.system.to_json();
    for (from, to, place) in [
        ("23:30:00Z", "22:00:00Z", "windows[0].endDate"),
        ("56294bdfd4c643eef5176b73", "5", "windows[0].id"),
        ("\"BACKUP\"", "", "windows[0].alertTypeNames"),
        ("\"base\"", "\"bases\"", "base"),
    ] {
        let error = Service::from_json(&text.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with(place), "{error}");
    }
}
