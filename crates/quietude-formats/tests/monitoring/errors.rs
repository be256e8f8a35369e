//! Errors name the place, the value and what is allowed.

use quietude_formats::{Format, ImportOptions};

use crate::in_zone;

#[track_caller]
fn check(format: Format, text: &str, expected: &str) {
    let options = in_zone("UTC").duration_millis(60_000);
    let error = format.import(text, &options).expect_err("an error").to_string();
    assert_eq!(error, expected);
}

#[test]
fn cron_errors_name_the_line() {
    check(
        Format::Cron,
        "# c\n61 0 * * * x\n",
        "line 2: cron.minute: \"61\" is not allowed; there are 0 to 59, *, lists 0,30, ranges 0-10 and steps */15",
    );
    check(
        Format::Cron,
        "0 22 * *\n",
        "line 1: \"0 22 * *\" is not a line of a crontab, such as \"0 22 * * 1-5 command\" or \"@daily command\", or \"NAME=value\"",
    );
    check(
        Format::Cron,
        "CRON_TZ=Europe/Pariss\n",
        "line 1: CRON_TZ: \"Europe/Pariss\" is not a time zone of the tz database 2026f; did you mean Europe/Paris?",
    );
    check(
        Format::Cron,
        "0 0 22 ? * FRY\n",
        "line 1: day of the week: \"FRY\" is not 1 (Sunday) to 7 or SUN to SAT; did you mean \"fri\"?",
    );
}

#[test]
fn nagios_errors_name_the_line() {
    check(
        Format::Nagios,
        "define timeperiod {\n timeperiod_name a\n mondy 09:00-17:00\n}\n",
        "line 3: \"mondy\" are no days such as \"monday\", \"2026-12-24\", \"december 25\", \"day -1\", \"monday 3\" or \"monday 1 april\", ranges of these with \" - \", and steps with \" / \"; did you mean \"monday\"?",
    );
    check(
        Format::Nagios,
        "define timeperiod {\n timeperiod_name a\n monday 09:00-25:00\n}\n",
        "line 3: \"09:00-25:00\" is not a range of times such as 09:00-17:00, up to 24:00",
    );
    check(
        Format::Nagios,
        "define timeperiod {\n alias a\n}\n",
        "line 1: a timeperiod without timeperiod_name",
    );
    check(
        Format::Nagios,
        "define timeperiod {\n timeperiod_name a\n",
        "line 1: the block \"timeperiod\" has no end",
    );
    check(
        Format::Nagios,
        "define timeperoid {\n}\n",
        "line 1: \"timeperoid\" is no kind of object; did you mean \"timeperiod\"?",
    );
    check(
        Format::Nagios,
        "hostdowntime {\nhost_name=a\nfixed=1\nstart_time=x\n}\n",
        "line 4: start_time: \"x\" is not a whole number",
    );
}

#[test]
fn icinga2_errors_name_the_line() {
    let period =
        |ranges: &str| format!("object TimePeriod \"a\" {{\n  ranges = {{ {ranges} }}\n}}\n");
    check(
        Format::Icinga2,
        &period("\"mondy\" = \"09:00-17:00\""),
        "line 2: ranges: \"mondy\" is no day such as \"monday\", \"2026-12-24\", \"december 25\", \"day -1\", \"monday 3\" or \"monday 1 april\"; did you mean \"monday\"?",
    );
    check(
        Format::Icinga2,
        &period("\"monday\" = \"09:00\""),
        "line 2: ranges: \"09:00\" is not a range of times such as 09:00-17:00",
    );
    check(
        Format::Icinga2,
        &period("\"2026-13-01\" = \"09:00-17:00\""),
        "line 2: ranges: \"2026-13-01\" is no day such as \"monday\", \"2026-12-24\", \"december 25\", \"day -1\", \"monday 3\" or \"monday 1 april\"",
    );
    check(
        Format::Icinga2,
        "object TimePeriod \"a\" {\n  exclude = [ \"b\" ]\n}\n",
        "line 2: \"exclude\" is no attribute here; did you mean \"excludes\"?",
    );
    check(
        Format::Icinga2,
        "object Host \"a\" {\n",
        "line 1: the block that begins here has no end",
    );
    check(
        Format::Icinga2,
        "object TimePeriod \"a\" {\n  ranges = \n}\n",
        "line 3: \"}\" where a value is expected",
    );
    check(
        Format::Icinga2,
        "{ \"results\": 1 }",
        "line 1, column 14: invalid type: integer `1`, expected a list of downtimes, or an object with the field `results`",
    );
}

#[test]
fn zabbix_errors_name_the_place() {
    check(
        Format::Zabbix,
        "{ \"result\": [ { \"active_since\": \"x\" } ] }",
        "line 1, column 35: invalid value: string \"x\", expected a whole number, perhaps as a string",
    );
    check(
        Format::Zabbix,
        "{ \"error\": { \"code\": -32602 } }",
        "line 1, column 9: it has the field `error`: Zabbix did not answer with maintenances",
    );
    let text = |period: &str| {
        format!(
            r#"[ {{ "name": "m", "active_since": 0, "active_till": 100000, "hosts": [ {{ "host": "a" }} ],
                 "timeperiods": [ {{ "timeperiod_type": 3, "period": 60, {period} }} ] }} ]"#
        )
    };
    check(
        Format::Zabbix,
        &text("\"every\": 0, \"dayofweek\": 1"),
        "line 2, column 82: [0].timeperiods[0].every: 0 is not in 1..=2000",
    );
    check(
        Format::Zabbix,
        &text("\"every\": 1"),
        "line 2, column 35: [0].timeperiods[0].dayofweek: is missing; it is a number in 1..=127",
    );
    check(
        Format::Zabbix,
        &text("\"dayofweek\": 1, \"start_time\": 86400"),
        "line 2, column 103: [0].timeperiods[0].start_time: 86400 is not in 0..=86399",
    );
}

#[test]
fn options_that_are_needed_are_named() {
    let none = ImportOptions::new();
    let check = |format: Format, text: &str, options: &ImportOptions, expected: &str| {
        assert_eq!(format.import(text, options).expect_err("an error").to_string(), expected);
    };
    check(
        Format::Cron,
        "\n@daily x\n",
        &none,
        "line 2: the times of a crontab are local times of the server, whose zone is not in the text; give the time zone, such as Europe/Berlin",
    );
    check(
        Format::Cron,
        "\n@daily x\n",
        &in_zone("UTC"),
        "line 2: a crontab does not say how long a silence lasts; give the duration",
    );
    check(
        Format::Nagios,
        "define timeperiod {\n timeperiod_name a\n}\n",
        &none,
        "line 1: the time periods of Nagios are local times of the server, whose zone is not in the text; give the time zone, such as Europe/Berlin",
    );
    check(
        Format::Icinga2,
        "object TimePeriod \"a\" {\n}\n",
        &none,
        "line 1: the ranges of Icinga 2 are local times of the server, whose zone is not in the text; give the time zone, such as Europe/Berlin",
    );
}
