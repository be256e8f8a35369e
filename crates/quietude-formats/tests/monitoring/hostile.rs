//! Hostile input: an error, in bounded time and memory.
#![allow(clippy::disallowed_methods, reason = "the time that an import takes is tested")]

use std::time::Instant;

use quietude_formats::{Format, ImportOptions};

use crate::in_zone;
use crate::random::Random;

const FORMATS: [(Format, &str); 5] = [
    (Format::Cron, include_str!("../data/cron/crontab")),
    (Format::Icinga2, include_str!("../data/icinga2/periods.conf")),
    (Format::Nagios, include_str!("../data/nagios/timeperiods.cfg")),
    (Format::Zabbix, include_str!("../data/zabbix/maintenances.json")),
    (
        Format::Icinga2,
        "apply ScheduledDowntime \"b\" to Service {\n  comment = {{{ a }}}\n  ranges = { sunday = \
         \"22:00-06:00\" }\n  assign where service.vars.x == \"y\" && (\"l\" in host.groups || \
         !match(\"d*\", service.name))\n  ignore where host.vars[\"z\"] in [ \"q\", 5 ]\n}\n",
    ),
];

fn options() -> ImportOptions {
    in_zone("Europe/Berlin").duration_millis(3_600_000)
}

#[test]
fn mutated_texts_are_read_or_refused() {
    let mut refused = 0;
    for (index, (format, text)) in FORMATS.into_iter().enumerate() {
        // A part is enough, and faster.
        let end = text.char_indices().nth(3000).map_or(text.len(), |(end, _)| end);
        for seed in 0..400 {
            let mut random = Random::new(seed * 8 + index as u64);
            let mut bytes = text.as_bytes()[..end].to_vec();
            for _ in 0..random.within(1, 6) {
                let at = random.within(0, bytes.len() as i64 - 1) as usize;
                match random.within(0, 4) {
                    0 => bytes[at] = random.next() as u8,
                    1 => bytes.insert(at, *random.pick(b"{}[]()\"\\/-*,;=\n0919a%#!&|")),
                    2 => drop(bytes.remove(at)),
                    3 => {
                        let to = (at + random.within(1, 40) as usize).min(bytes.len());
                        let part = bytes[at..to].to_vec();
                        bytes.splice(at..at, part);
                    }
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            match format.import(&text, &options()) {
                Ok(imported) => drop(imported.document.to_json()),
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().len() < 2000, "{error}");
                }
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

/// Imports a text that must be refused, in seconds even without optimisation.
#[track_caller]
fn check(format: Format, text: &str, expected: &str) {
    let start = Instant::now();
    let error = format.import(text, &options()).expect_err("an error").to_string();
    assert!(error.contains(expected), "{error}");
    assert!(error.len() < 1000, "{} bytes", error.len());
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

const LONG: usize = 50 << 20;

#[test]
fn a_line_of_50_megabytes_is_refused() {
    let line = "1".repeat(LONG);
    check(Format::Cron, &format!("@daily x\n{line}"), "line 2: 52428800 bytes are more than 65536");
    check(Format::Nagios, &format!("\n{line}"), "line 2: 52428800 bytes are more than 65536");
    check(Format::Icinga2, &format!("\n{line}"), "line 2: a word of 52428800 bytes");
    check(Format::Icinga2, &format!("x = \"{line}\""), "line 1: the string is longer");
    check(Format::Zabbix, &format!("[{{\"name\": \"{line}\"}}]"), "line 1, column");
    check(Format::Zabbix, &line, "line 1, column");
    let too_long = "\n".repeat((64 << 20) + 1);
    for (format, _) in FORMATS {
        check(format, &too_long, "67108865 bytes, and 67108864 are the limit");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = |open: &str| open.repeat(100_000);
    check(
        Format::Icinga2,
        &format!("object Host \"a\" {}", deep("{ ")),
        "line 1: blocks are nested",
    );
    let expression = |open: &str| {
        format!("apply ScheduledDowntime \"a\" to Host {{\nassign where {}", deep(open))
    };
    for open in ["(", "!", "[", "f(", "{ a = ", "a[", "-", "a && (", "a == !"] {
        check(Format::Icinga2, &expression(open), "line 2: ");
    }
    check(Format::Icinga2, &expression("a && "), "line 2: more than");
    check(Format::Icinga2, &expression("a."), "line 2: more than");
    check(Format::Zabbix, &deep("["), "line 1, column");
    check(Format::Zabbix, &format!("{{\"x\": {}", deep("[")), "line 1, column");
}

#[test]
fn many_items_are_refused() {
    let many = |item: &str, count: usize| item.repeat(count);
    check(Format::Cron, &many("* * * * *\n", 200_000), "more than 100000");
    check(Format::Cron, &many("@reboot\n", 200_000), "more than 100000");
    let period = "define timeperiod {\ntimeperiod_name a\n}\n";
    check(Format::Nagios, &many(period, 200_000), "more than 100000");
    let lines =
        format!("define timeperiod {{\ntimeperiod_name a\n{}", many("day 1 00:00-24:00\n", 20_000));
    check(Format::Nagios, &lines, "line 10002: more than 10000 lines");
    check(Format::Icinga2, &many("object TimePeriod \"a\" {}\n", 200_000), "more than 100000");
    let ranges =
        format!("object TimePeriod \"a\" {{ ranges = {{ {}", many("monday = \"\"\n", 20_000));
    check(Format::Icinga2, &ranges, "more than 10000");
    check(Format::Zabbix, &format!("[{}", many("{},", 2_000_000)), "more than 100000 elements");
    let periods = format!("[{{\"timeperiods\":[{}", many("{},", 2_000_000));
    check(Format::Zabbix, &periods, "more than 10000 elements");
}

#[test]
fn references_that_nest_or_cycle_are_left_out() {
    let chain: Vec<_> = (0..2000)
        .map(|n| {
            format!("object TimePeriod \"p{n}\" {{ ranges.monday = \"09:00-17:00\"\nexcludes = [ \"p{}\" ] }}\n", n + 1)
        })
        .collect();
    let text =
        format!("{}object TimePeriod \"p2000\" {{ excludes = [ \"p2000\" ] }}\n", chain.concat());
    let imported = crate::import(Format::Icinga2, &text, &options());
    assert_eq!(imported.document.schedules.len(), 0);
    assert_eq!(imported.notes.len(), 2001);
    let nagios =
        "define timeperiod {\nname t\nuse t\n}\ndefine timeperiod {\ntimeperiod_name a\nuse t\n}\n";
    let imported = crate::import(Format::Nagios, nagios, &options());
    assert_eq!(imported.document.schedules.len(), 0);
    assert!(imported.notes[0].message.contains("16 levels"), "{}", imported.notes[0]);
}

#[test]
fn templates_that_multiply_are_refused_in_time() {
    let start = Instant::now();
    // Each template imports the next one many times.
    let uses = |n: usize| vec![format!("t{}", n + 1); 12].join(",");
    let nagios: Vec<_> = (0..12)
        .map(|n| {
            format!("define timeperiod {{\nname t{n}\nuse {}\nmonday 09:00-17:00\n}}\n", uses(n))
        })
        .collect();
    let text = format!(
        "{}define timeperiod {{\nname t12\n}}\ndefine timeperiod {{\ntimeperiod_name a\nuse t0\n}}\n",
        nagios.concat()
    );
    let result = Format::Nagios.import(&text, &options());
    assert!(result.is_err() || !result.unwrap().notes.is_empty());
    let imports = |n: usize| format!("import \"t{}\"\n", n + 1).repeat(12);
    let icinga: Vec<_> =
        (0..12).map(|n| format!("template TimePeriod \"t{n}\" {{\n{}}}\n", imports(n))).collect();
    let text = format!(
        "{}template TimePeriod \"t12\" {{\n}}\nobject TimePeriod \"a\" {{\nimport \"t0\"\n}}\n",
        icinga.concat()
    );
    let result = Format::Icinga2.import(&text, &options());
    assert!(result.is_err() || !result.unwrap().notes.is_empty());
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}
