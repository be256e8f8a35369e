//! The vendors' own tables: texts in their syntax, and the answers of their tests and
//! manuals.

use std::collections::BTreeMap;

use quietude_formats::{Format, ImportOptions};

use crate::{at, check_round_trip, import, in_zone};

/// A row: the name of a period or window, its zone, instants, the answer, the source.
struct Row {
    name: String,
    zone: String,
    instants: Vec<i64>,
    is_inside: bool,
    source: String,
}

fn rows(table: &str) -> Vec<Row> {
    let rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let [name, zone, instants, answer, source] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let number = |text: &str| text.parse::<i64>().expect("a number");
        let instants = match instants.split_once('+') {
            None => vec![number(instants)],
            Some((first, steps)) => {
                let (step, count) = steps.split_once('*').expect("a step and a count");
                (0..number(count)).map(|n| number(first) + n * number(step)).collect()
            }
        };
        assert!(matches!(answer, "in" | "out"), "{line}");
        let (is_inside, name, zone) = (answer == "in", name.to_owned(), zone.to_owned());
        Row { name, zone, instants, is_inside, source: source.to_owned() }
    });
    rows.collect()
}

/// Asks each row; the text is imported once for each zone. At least `least` instants.
fn check(format: Format, text: &str, table: &str, least: usize) {
    let mut by_zone: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(table) {
        by_zone.entry(row.zone.clone()).or_default().push(row);
    }
    let mut count = 0;
    let mut wrong = Vec::new();
    for (zone, rows) in by_zone {
        let options = match format {
            Format::Cron => ImportOptions::new().duration_millis(600_000),
            _ => in_zone(&zone),
        };
        let imported = import(format, text, &options);
        check_round_trip(&imported.document);
        for row in rows {
            let window = imported.document.registry.get(&row.name);
            for instant in row.instants {
                count += 1;
                let t = at(instant);
                let is_inside = match window {
                    Some(window) => window.is_active(t),
                    None => crate::schedule(&imported.document, &row.name).contains(t),
                };
                if is_inside != row.is_inside {
                    wrong.push(format!(
                        "{} in {zone} at {t}: {is_inside}; {}",
                        row.name, row.source
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= least, "{count}");
}

#[test]
fn nagios_answers_as_its_tests() {
    let text = include_str!("../data/nagios/timeperiods.cfg");
    check(Format::Nagios, text, include_str!("../data/nagios/answers.tsv"), 3200);
}

#[test]
fn icinga2_answers_as_its_tests() {
    let text = include_str!("../data/icinga2/periods.conf");
    check(Format::Icinga2, text, include_str!("../data/icinga2/answers.tsv"), 1300);
}

#[test]
fn zabbix_answers_as_its_manual() {
    let text = include_str!("../data/zabbix/maintenances.json");
    check(Format::Zabbix, text, include_str!("../data/zabbix/answers.tsv"), 100);
}

#[test]
fn cron_answers_as_its_manual() {
    let text = include_str!("../data/cron/crontab");
    check(Format::Cron, text, include_str!("../data/cron/answers.tsv"), 70);
}
