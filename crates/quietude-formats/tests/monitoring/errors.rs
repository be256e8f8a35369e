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
    check(Format::Cron, "# c\n61 0 * * * x\n", "?");
    check(Format::Cron, "0 22 * *\n", "?");
    check(Format::Cron, "CRON_TZ=Europe/Pariss\n", "?");
    check(Format::Cron, "0 0 22 ? * FRY\n", "?");
}

#[test]
fn nagios_errors_name_the_line() {
    check(Format::Nagios, "define timeperiod {\n timeperiod_name a\n mondy 09:00-17:00\n}\n", "?");
    check(Format::Nagios, "define timeperiod {\n timeperiod_name a\n monday 09:00-25:00\n}\n", "?");
    check(Format::Nagios, "define timeperiod {\n alias a\n}\n", "?");
    check(Format::Nagios, "define timeperiod {\n timeperiod_name a\n", "?");
    check(Format::Nagios, "define timeperoid {\n}\n", "?");
    check(Format::Nagios, "hostdowntime {\nhost_name=a\nfixed=1\nstart_time=x\n}\n", "?");
}

#[test]
fn icinga2_errors_name_the_line() {
    let period =
        |ranges: &str| format!("object TimePeriod \"a\" {{\n  ranges = {{ {ranges} }}\n}}\n");
    check(Format::Icinga2, &period("\"mondy\" = \"09:00-17:00\""), "?");
    check(Format::Icinga2, &period("\"monday\" = \"09:00\""), "?");
    check(Format::Icinga2, &period("\"2026-13-01\" = \"09:00-17:00\""), "?");
    check(Format::Icinga2, "object TimePeriod \"a\" {\n  exclude = [ \"b\" ]\n}\n", "?");
    check(Format::Icinga2, "object Host \"a\" {\n", "?");
    check(Format::Icinga2, "object TimePeriod \"a\" {\n  ranges = \n}\n", "?");
    check(Format::Icinga2, "{ \"results\": 1 }", "?");
}

#[test]
fn zabbix_errors_name_the_place() {
    check(Format::Zabbix, "{ \"result\": [ { \"active_since\": \"x\" } ] }", "?");
    check(Format::Zabbix, "{ \"error\": { \"code\": -32602 } }", "?");
    let text = |period: &str| {
        format!(
            r#"[ {{ "name": "m", "active_since": 0, "active_till": 100000, "hosts": [ {{ "host": "a" }} ],
                 "timeperiods": [ {{ "timeperiod_type": 3, "period": 60, {period} }} ] }} ]"#
        )
    };
    check(Format::Zabbix, &text("\"every\": 0, \"dayofweek\": 1"), "?");
    check(Format::Zabbix, &text("\"every\": 1"), "?");
    check(Format::Zabbix, &text("\"dayofweek\": 1, \"start_time\": 86400"), "?");
}

#[test]
fn options_that_are_needed_are_named() {
    let none = ImportOptions::new();
    let check = |format: Format, text: &str, options: &ImportOptions, expected: &str| {
        assert_eq!(format.import(text, options).expect_err("an error").to_string(), expected);
    };
    check(Format::Cron, "\n@daily x\n", &none, "?");
    check(Format::Cron, "\n@daily x\n", &in_zone("UTC"), "?");
    check(Format::Nagios, "define timeperiod {\n timeperiod_name a\n}\n", &none, "?");
    check(Format::Icinga2, "object TimePeriod \"a\" {\n}\n", &none, "?");
}
