//! Crontabs and texts of Icinga 2, Nagios and Zabbix are imported or refused. The document of
//! an import is read again as it was written, and its schedules answer.

use std::fmt::Write as _;

use quietude::Document;
use quietude_formats::{Format, ImportOptions};

use crate::choices::Choices;
use crate::clock::{HOUR, clamped};

/// 2026-01-01, in milliseconds.
const BEGIN: i64 = 1_767_225_600_000;

/// A crontab.
pub fn cron(data: &[u8]) -> bool {
    check(Format::Cron, &text(data, crontab))
}

/// Configuration of Icinga 2, or the JSON of its downtimes.
pub fn icinga2(data: &[u8]) -> bool {
    check(Format::Icinga2, &text(data, objects))
}

/// Configuration or status data of Nagios.
pub fn nagios(data: &[u8]) -> bool {
    check(Format::Nagios, &text(data, periods))
}

/// Maintenances of Zabbix.
pub fn zabbix(data: &[u8]) -> bool {
    check(Format::Zabbix, &text(data, maintenances))
}

/// The bytes as a text if the first one is printable, and otherwise a text of choices.
fn text(data: &[u8], generate: impl Fn(&mut Choices<'_>) -> String) -> String {
    if data.first().is_some_and(|byte| byte.is_ascii_graphic()) {
        return String::from_utf8_lossy(data).into_owned();
    }
    generate(&mut Choices::new(data))
}

fn check(format: Format, text: &str) -> bool {
    let options =
        ImportOptions::new().timezone(chrono_tz::Europe::Berlin).duration_millis(3_600_000);
    let imported = match format.import(text, &options) {
        Ok(imported) => imported,
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.is_empty() && shown.len() < 4000 && !shown.contains('\n'), "{shown:?}");
            return false;
        }
    };
    for note in &imported.notes {
        assert!(!note.item.is_empty() && !note.message.is_empty(), "{note:?}");
    }
    let document = imported.document;
    let written = document.to_json();
    let again = Document::from_json(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.to_json(), written);
    for hour in 0..20 {
        let t = clamped(BEGIN + hour * 371 * HOUR);
        for ((_, one), (_, other)) in document.schedules.iter().zip(&again.schedules) {
            assert_eq!(one.contains(t), other.contains(t), "{t} {written}");
        }
        for (one, other) in document.registry.iter().zip(again.registry.iter()) {
            assert_eq!(one.is_active(t), other.is_active(t), "{t} {written}");
        }
    }
    true
}

/// A number, mostly of a range.
fn number(s: &mut Choices<'_>, least: i64, most: i64) -> i64 {
    if s.once_in(40) { s.within(-100, 100_000) } else { s.within(least, most) }
}

fn crontab(s: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for _ in 0..=s.below(4) {
        if s.once_in(8) {
            text += s.pick(&[
                "@daily x\n",
                "@reboot y\n",
                "TZ=UTC\n",
                "CRON_TZ = \"Asia/Tokyo\"\n",
                "# c\n",
            ]);
            continue;
        }
        let fields: Vec<String> = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
            .into_iter()
            .map(|(least, most)| {
                let (a, b) = (number(s, least, most), number(s, least, most));
                match s.below(6) {
                    0 => format!("{}-{}", a.min(b), a.max(b)),
                    1 => format!("*/{}", number(s, 1, 9)),
                    2 => format!("{a},{b}"),
                    3 => format!("{a}"),
                    _ => "*".to_owned(),
                }
            })
            .collect();
        let _ = writeln!(text, "{} command", fields.join(" "));
    }
    text
}

const WEEKDAYS: [&str; 4] = ["monday", "tuesday", "saturday", "sunday"];
const MONTHS: [&str; 4] = ["january", "february", "june", "december"];

/// A day as Icinga 2 and Nagios write it.
fn day(s: &mut Choices<'_>) -> String {
    match s.below(6) {
        0 => format!("2026-{:02}-{:02}", number(s, 1, 12), number(s, 1, 28)),
        1 => format!("day {}", number(s, -31, 31)),
        2 => format!("{} {}", s.pick(&MONTHS), number(s, -31, 31)),
        3 => format!("{} {}", s.pick(&WEEKDAYS), number(s, -5, 5)),
        4 => format!("{} {} {}", s.pick(&WEEKDAYS), number(s, 1, 5), s.pick(&MONTHS)),
        _ => s.pick(&WEEKDAYS).to_owned(),
    }
}

/// Days, perhaps a range with a step.
fn days(s: &mut Choices<'_>) -> String {
    let mut text = day(s);
    if s.once_in(3) {
        let _ = write!(text, " - {}", day(s));
    }
    if s.once_in(4) {
        let _ = write!(text, " / {}", number(s, 0, 9));
    }
    text
}

fn times(s: &mut Choices<'_>) -> String {
    let time = |s: &mut Choices<'_>| format!("{:02}:{:02}", number(s, 0, 23), number(s, 0, 59));
    let range = |s: &mut Choices<'_>| format!("{}-{}", time(s), time(s));
    s.few(3, range).join(",")
}

fn objects(s: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for index in 0..=s.below(4) {
        let entries: Vec<String> =
            s.few(3, |s| format!("    \"{}\" = \"{}\"\n", days(s), times(s)));
        let entries = entries.concat();
        let name = s.pick(&["a", "b", "c"]);
        let _ = match s.below(4) {
            0 => writeln!(
                text,
                "apply ScheduledDowntime \"{name}\" to {} {{\n  ranges = {{\n{entries}  }}\n  assign \
                 where {}\n}}",
                s.pick(&["Host", "Service"]),
                expression(s, 3)
            ),
            1 => writeln!(text, "template TimePeriod \"t{index}\" {{ ranges = {{\n{entries} }} }}"),
            _ => writeln!(
                text,
                "object TimePeriod \"{name}\" {{\n  ranges += {{\n{entries}  }}\n  {} = [ \"{}\" ]\n}}",
                s.pick(&["excludes", "includes"]),
                s.pick(&["a", "b", "c"])
            ),
        };
    }
    text
}

fn expression(s: &mut Choices<'_>, depth: usize) -> String {
    if depth > 0 && s.once_in(2) {
        let (left, right) = (expression(s, depth - 1), expression(s, depth - 1));
        return match s.below(4) {
            0 => format!("!({left})"),
            1 => format!("({left} && {right})"),
            _ => format!("{left} || {right}"),
        };
    }
    let path =
        s.pick(&["host.name", "host.vars.os", "service.name", "host.groups", "service.vars.x"]);
    match s.below(5) {
        0 => format!("\"x\" in {path}"),
        1 => format!("match(\"a*?b\", {path})"),
        2 => format!("{path} in [ \"a\", 5 ]"),
        3 => format!("{path} != \"\""),
        _ => format!("{path} == \"a\""),
    }
}

fn periods(s: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for _ in 0..=s.below(4) {
        let name = s.pick(&["a", "b", "c"]);
        let lines: Vec<String> = s.few(4, |s| format!("  {}  {}\n", days(s), times(s)));
        let _ = match s.below(5) {
            0 => writeln!(
                text,
                "hostdowntime {{\nhost_name={name}\ndowntime_id=1\nstart_time={}\nend_time={}\nfixed={}\n}}",
                number(s, 0, 2_000_000_000),
                number(s, 0, 2_000_000_000),
                s.below(2)
            ),
            1 => writeln!(
                text,
                "define timeperiod {{\n  name {name}\n  use c\n{}  register 0\n}}",
                lines.concat()
            ),
            _ => writeln!(
                text,
                "define timeperiod {{\n  timeperiod_name {name}\n{}  exclude {}\n}}",
                lines.concat(),
                s.pick(&["a", "b", "c"])
            ),
        };
    }
    text
}

fn maintenances(s: &mut Choices<'_>) -> String {
    let one = |s: &mut Choices<'_>| {
        let periods = s.few(3, |s| {
            format!(
                "{{ \"timeperiod_type\": {}, \"every\": {}, \"month\": {}, \"dayofweek\": {}, \"day\": {}, \
                 \"start_time\": {}, \"period\": {}, \"start_date\": {} }}",
                s.pick(&[0, 2, 3, 4]),
                number(s, 1, 5),
                number(s, 1, 4095),
                number(s, 1, 127),
                number(s, 0, 31),
                number(s, 0, 86_399),
                number(s, 1, 1_000_000),
                number(s, 1_700_000_000, 1_800_000_000)
            )
        });
        let tag = format!(
            "{{ \"tag\": \"t\", \"operator\": {}, \"value\": \"{}\" }}",
            s.pick(&[0, 2]),
            s.pick(&["", "x"])
        );
        format!(
            "{{ \"maintenanceid\": \"{}\", \"active_since\": {}, \"active_till\": {}, \"hosts\": [ {{ \
             \"host\": \"a\" }} ], \"tags\": [ {tag} ], \"timeperiods\": [ {} ] }}",
            s.below(4),
            number(s, 1_600_000_000, 1_700_000_000),
            number(s, 1_700_000_000, 1_900_000_000),
            periods.join(", ")
        )
    };
    format!("[ {} ]", s.few(3, one).join(", "))
}
