//! `preview` and `report` against `eval`: the differences that random questions find, and
//! the sum over all boundaries.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use quietude::{Document, Effect, Interval, Timestamp};

use super::documents::File;
use super::*;

/// Pseudorandom numbers (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// A subject of `eval`: an entity, and perhaps an alert type.
type Who = (String, Option<String>);

fn document(file: &str) -> Document {
    Document::from_json(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The windows that silence each subject at each instant, by `eval`.
fn silenced_by(file: &str, questions: &[(Who, Vec<i64>)]) -> Vec<Vec<Vec<String>>> {
    let mut input = String::new();
    for ((entity, alert_type), at_ms) in questions {
        let line = json!({ "entity": entity, "alert_type": alert_type, "at_ms": at_ms });
        input.push_str(&format!("{line}\n"));
    }
    let ran = run(&["eval", "--file", file], input.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let by = |line: &str| {
        let mut answer: Value = serde_json::from_str(line).unwrap();
        serde_json::from_value(answer["by"].take()).expect(line)
    };
    let answers: Vec<_> = ran.out.lines().map(by).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// The strongest effect of windows.
fn effect(by: &[String], document: &Document) -> Option<String> {
    let effects = by.iter().map(|id| document.registry.get(id).expect("it is known").effect());
    effects.max().map(|effect| effect.to_string())
}

/// A change of `preview`: from, to, and the effects before and after.
type Change = (i64, i64, Option<String>, Option<String>);

fn changes(list: &Value) -> Vec<Change> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let change = |change: &Value| {
        let ms = |bound: &str| change[bound]["ms"].as_i64().unwrap();
        (ms("start"), ms("end"), text(&change["before"]), text(&change["after"]))
    };
    list.as_array().unwrap().iter().map(change).collect()
}

/// Asks 100,000 random questions about all entities of a document and its successor: the
/// effects differ exactly where `preview` has a change, and as it has it. The first and last
/// milliseconds of all changes are asked about, too.
fn preview_equals_questions(edit: impl Fn(&mut Value), seed: u64) -> usize {
    let old = read("tests/data/fleet.json");
    let mut new: Value = serde_json::from_str(&old).unwrap();
    edit(&mut new);
    let (old_file, new_file) =
        (File::new("old.json", &old), File::new("new.json", new.to_string()));
    let (before, after) = (document(old_file.name()), document(new_file.name()));
    let from: Timestamp = "2026-10-20T00:00:00Z".parse().unwrap();
    let to: Timestamp = "2026-12-04T00:00:00Z".parse().unwrap();
    let ran = run(
        &[
            "preview",
            "--from",
            old_file.name(),
            "--to",
            new_file.name(),
            "--json",
            "--at",
            "2026-10-20T00:00:00Z",
            "--within",
            "45d",
        ],
        b"",
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let preview: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(preview["within"]["end"]["ms"], json!(to.as_millis()));
    let found: HashMap<Who, Vec<Change>> = preview["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entity| {
            let who = (
                entity["entity"].as_str().unwrap().to_owned(),
                entity["alert_type"].as_str().map(str::to_owned),
            );
            (who, changes(&entity["changes"]))
        })
        .collect();

    let entities: BTreeSet<String> = [&before, &after]
        .iter()
        .flat_map(|document| {
            let silencer = quietude::Silencer::builder().topology(document.topology.clone());
            let silencer = silencer.build(&document.registry).unwrap();
            silencer.known_entities().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let types = [
        None,
        Some("BACKUP"),
        Some("LOCK_WAIT"),
        Some("REPLICA_SET"),
        Some("SECURITY"),
        Some("other"),
    ];
    let mut random = Random(seed);
    let mut questions: Vec<(Who, Vec<i64>)> = Vec::new();
    let each = 100_000 / (entities.len() * types.len()) + 1;
    for entity in &entities {
        for alert_type in types {
            let who: Who = (entity.clone(), alert_type.map(str::to_owned));
            let length = (to.as_millis() - from.as_millis()) as u64;
            let mut at_ms: Vec<i64> =
                (0..each).map(|_| from.as_millis() + random.below(length) as i64).collect();
            let changes = found.get(&who).into_iter().flatten();
            let ends = changes.flat_map(|(from, to, ..)| [from - 1, *from, to - 1, *to]);
            at_ms.extend(ends.filter(|t| (from.as_millis()..to.as_millis()).contains(t)));
            questions.push((who, at_ms));
        }
    }
    let asked: usize = questions.iter().map(|(_, at_ms)| at_ms.len()).sum();
    assert!(asked >= 100_000);
    let (old_by, new_by) =
        (silenced_by(old_file.name(), &questions), silenced_by(new_file.name(), &questions));
    let mut differences = 0;
    for (index, (who, at_ms)) in questions.iter().enumerate() {
        // Changes of an alert type are listed only if they are not those of the entity.
        let without_type = (who.0.clone(), None);
        let changes = found.get(who).or_else(|| found.get(&without_type));
        for (position, t) in at_ms.iter().enumerate() {
            let was = effect(&old_by[index][position], &before);
            let is = effect(&new_by[index][position], &after);
            let change = changes
                .and_then(|changes| changes.iter().find(|(from, to, ..)| (*from..*to).contains(t)));
            match change {
                Some((.., old, new)) => assert_eq!((old, new), (&was, &is), "{who:?} {t}"),
                None => assert_eq!(was, is, "{who:?} {t}"),
            }
            differences += usize::from(was != is);
        }
    }
    differences
}

fn window<'v>(document: &'v mut Value, id: &str) -> &'v mut Value {
    let windows = document["windows"].as_array_mut().unwrap();
    windows.iter_mut().find(|window| window["id"] == id).unwrap()
}

#[test]
fn preview_of_windows_equals_random_questions() {
    let found = preview_equals_questions(
        |document| {
            window(document, "par-nightly-backup")["schedule"]["clock"] = json!("22:00-03:30");
            window(document, "fra-power-works")["effect"] = json!("notifications");
            window(document, "backup-noise")["scope"] = json!({ "alert_type": "BACKUP" });
            window(document, "bronze-mondays")["scope"]["all"][1] = json!({ "group": "web" });
            let windows = document["windows"].as_array_mut().unwrap();
            windows.retain(|window| window["id"] != "staging-weekends");
            windows.push(
                json!({ "id": "added", "effect": "monitoring", "scope": { "group": "prod-eu" },
                "schedule": { "kind": "weekly", "weekdays": ["sunday"], "clock": "01:30-04:00",
                    "timezone": "Europe/Berlin" } }),
            );
        },
        1,
    );
    assert!(found > 1000, "{found}");
}

#[test]
fn preview_of_topology_equals_random_questions() {
    let found = preview_equals_questions(
        |document| {
            let entities = document["topology"]["entities"].as_array_mut().unwrap();
            entities.retain(|entity| entity["id"] != "lab-2");
            for entity in entities.iter_mut() {
                match entity["id"].as_str().unwrap() {
                    "db-7" => entity["parents"] = json!(["par1-r01"]),
                    "web-par-1" => entity["groups"] = json!(["staging"]),
                    "kafka-fra-1" => entity["attributes"]["name"] = json!(["elastic"]),
                    _ => {}
                }
            }
            entities.push(json!({ "id": "new-db", "groups": ["databases", "prod-eu"] }));
        },
        2,
    );
    assert!(found > 1000, "{found}");
}

#[test]
fn preview_of_the_same_document_is_empty() {
    let fleet = "tests/data/fleet.json";
    let args = ["preview", "--from", fleet, "--to", fleet, "--at", "2026-11-26T00:00:00Z"];
    let ran = run(&args, b"");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "nothing differs from 2026-11-26T00:00:00Z to 2026-12-26T00:00:00Z\n")
    );
}

/// Between two neighbouring boundaries of any window nothing changes, so that the answers of
/// `eval` at all boundaries add up to the report.
#[test]
fn report_of_a_month_equals_the_sum_of_eval_at_every_boundary() {
    let fleet = format!("{ROOT}/tests/data/fleet.json");
    let known = document(&fleet);
    let month = Interval::new(
        "2026-10-01T00:00:00Z".parse().unwrap(),
        "2026-11-01T00:00:00Z".parse().unwrap(),
    )
    .unwrap();
    let mut bounds = BTreeSet::from([month.start()]);
    for window in known.registry.iter() {
        let mut next = window.occurrence_at(month.start());
        next = next.or_else(|| window.next_occurrence(month.start()));
        while let Some(occurrence) = next.filter(|next| next.start() < month.end()) {
            bounds.extend([occurrence.start().max(month.start()), occurrence.end()]);
            next = window.next_occurrence(occurrence.start());
        }
    }
    let bounds: Vec<i64> =
        bounds.into_iter().filter(|t| *t < month.end()).map(Timestamp::as_millis).collect();
    assert!(bounds.len() > 1800, "{}", bounds.len());

    let args = ["report", "--file", &fleet, "--from", "2026-10-01", "--to", "2026-11-01", "--json"];
    for alert_type in [None, Some("BACKUP")] {
        let given = alert_type.map_or_else(Vec::new, |name| vec!["--alert-type", name]);
        let ran = run(&[&args[..], &given].concat(), b"");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let rows = report["entities"].as_array().unwrap();
        let who = |row: &Value| -> Who {
            (row["entity"].as_str().unwrap().to_owned(), alert_type.map(str::to_owned))
        };
        let questions: Vec<_> = rows.iter().map(|row| (who(row), bounds.clone())).collect();
        let mut windows: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (row, answers) in rows.iter().zip(silenced_by(&fleet, &questions)) {
            let (mut total, mut monitoring) = (0, 0);
            let mut by_window: BTreeMap<String, i64> = BTreeMap::new();
            for (index, by) in answers.iter().enumerate() {
                let end = bounds.get(index + 1).copied().unwrap_or(month.end().as_millis());
                let length = end - bounds[index];
                let strongest = effect(by, &known);
                total += if by.is_empty() { 0 } else { length };
                monitoring +=
                    if strongest == Some(Effect::Monitoring.to_string()) { length } else { 0 };
                for id in by {
                    *by_window.entry(id.clone()).or_default() += length;
                }
            }
            assert_eq!(row["silenced_ms"], json!(total), "{row}");
            assert_eq!(row["monitoring_ms"], json!(monitoring), "{row}");
            assert_eq!(row["notifications_ms"], json!(total - monitoring), "{row}");
            let listed = row["by"].as_array().unwrap().iter();
            let listed: BTreeMap<String, i64> = listed
                .map(|by| (by["window"].as_str().unwrap().to_owned(), by["ms"].as_i64().unwrap()))
                .collect();
            assert_eq!(listed, by_window, "{row}");
            for (id, ms) in by_window {
                let (entities, sum) = windows.entry(id).or_default();
                *entities += 1;
                *sum += ms;
            }
        }
        let listed = report["windows"].as_array().unwrap();
        for row in listed {
            let own = windows.remove(row["window"].as_str().unwrap()).unwrap_or_default();
            assert_eq!((&row["entities"], &row["silenced_ms"]), (&json!(own.0), &json!(own.1)));
            let entities = own.0.max(1);
            assert!(own.0 == 0 || row["active_ms"] == json!(own.1 / entities), "{row}");
        }
        assert!(windows.is_empty() && listed.len() > 40, "{windows:?}");
    }
}

/// The forms of the report have the same numbers.
#[test]
fn report_csv_and_table_have_the_numbers_of_json() {
    let report = |more: &[&str]| {
        let args = ["--from", "2026-11-01", "--to", "2026-12-01", "--timezone", "Europe/Berlin"];
        fleet("report", &[&args, more].concat()).out
    };
    let json: Value = serde_json::from_str(&report(&["--json"])).unwrap();
    assert_eq!(json["from"]["local"], json!("2026-11-01T00:00:00+01:00"));
    let (entities, windows) = (report(&["--csv"]), report(&["--csv", "--by", "window"]));
    let both = report(&["--csv", "--by", "both"]);
    let (mut rows, mut pairs) = (entities.lines().skip(1), both.lines().skip(1));
    for row in json["entities"].as_array().unwrap() {
        let entity = row["entity"].as_str().unwrap();
        let expected = format!(
            "{entity},{},{},{}",
            row["silenced_ms"], row["notifications_ms"], row["monitoring_ms"]
        );
        assert_eq!(rows.next(), Some(expected.as_str()));
        for by in row["by"].as_array().unwrap() {
            let expected = format!("{entity},{},{}", by["window"].as_str().unwrap(), by["ms"]);
            assert_eq!(pairs.next(), Some(expected.as_str()));
        }
    }
    assert_eq!((rows.next(), pairs.next()), (None, None));
    let mut rows = windows.lines().skip(1);
    for row in json["windows"].as_array().unwrap() {
        let window = row["window"].as_str().unwrap();
        let expected =
            format!("{window},{},{},{}", row["active_ms"], row["entities"], row["silenced_ms"]);
        assert_eq!(rows.next(), Some(expected.as_str()));
    }
    let table = report(&[]);
    assert!(
        table.contains("\n  db-7              95:15:00   13.22 %       87:15:00     8:00:00\n"),
        "{table}"
    );
    assert!(
        table.contains("\n  fra-power-works         8:00:00    1.11 %        12   96:00:00\n"),
        "{table}"
    );
    assert!(
        table.contains("\n  fra-ledger-close        0:00:30    0.00 %         0    0:00:00\n"),
        "{table}"
    );
    let pairs = report(&["--by", "both", "--entity", "db-7"]);
    assert!(pairs.contains("\n  db-7    fra-db7-vacuum      30:00:00  4.16 %\n"), "{pairs}");
}
