//! What cannot be said is left out and named.

use quietude_formats::{Format, ImportOptions};

use crate::{import, in_zone, notes};

#[test]
fn nagios_notes_name_the_period_and_the_line() {
    let text = "define timeperiod {
  timeperiod_name a
  alias           The first
  monday          22:00-06:00
}
define timeperiod {
  timeperiod_name b
  monday 2 - wednesday 2   00:00-24:00
}
define timeperiod {
  timeperiod_name c
  february 1 - february 29 00:00-24:00
  exclude         d
}
define timeperiod {
  timeperiod_name d
  monday          00:00-24:00
  exclude         b, missing
}
hostdowntime {
host_name=db-1
downtime_id=7
start_time=1764288000
end_time=1764291600
fixed=0
}
servicedowntime {
host_name=db-1
service_description=ping
downtime_id=8
start_time=1764288000
end_time=1764291600
triggered_by=7
fixed=1
}
servicedowntime {
host_name=db-1
service_description=ping
downtime_id=9
start_time=1764288000
end_time=1764291600
triggered_by=0
fixed=1
comment=moved; to rack=2
}
";
    let imported = import(Format::Nagios, text, &in_zone("UTC"));
    let window = crate::window(&imported.document, "downtime-9");
    assert_eq!(window.tags()["comment"], "moved; to rack=2");
    assert!(window.is_active(crate::at(1_764_288_000_000)));
    assert!(!window.is_active(crate::at(1_764_291_600_000)));
    let alert = |alert_type: &str| {
        let subject = quietude::Subject::entity("db-1").with_alert_type(alert_type);
        window.covers(&subject, &quietude::Topology::default())
    };
    assert!(alert("ping") && !alert("disk"));
    assert_eq!(
        notes(&imported),
        [
            "hostdowntime \"7\": fixed: left out: a flexible downtime begins with a problem of the host or service",
            "servicedowntime \"8\": triggered_by: left out: it begins with another downtime",
            "timeperiod \"a\": alias: a named schedule has no second name; lost is \"The first\"",
            "timeperiod \"a\": monday 22:00-06:00: 22:00-06:00 ends before it begins; Nagios never matches it",
            "timeperiod \"b\": monday 2 - wednesday 2 00:00-24:00: left out: its first day is after its last one in some months only",
            "timeperiod \"c\": february 1 - february 29 00:00-24:00: left out: a year may lack its last day, and Nagios then takes that of the next",
            "timeperiod \"d\": exclude: left out: \"b\" cannot be used: its first day is after its last one in some months only"
        ]
    );
}

#[test]
fn icinga2_notes_name_the_object_and_the_attribute() {
    let text = r#"
object TimePeriod "a" {
  display_name = "The first"
  ranges = {
    "december 24 - january 6" = "00:00-24:00"
    "monday - friday" = "09:00-17:00,50:00-10:00"
    "2026-01-01 - 2026-12-31 / 3" = "00:00-24:00"
  }
}
object TimePeriod "b" { ranges = { "monday -5 - monday -1" = "00:00-24:00" } }
object TimePeriod "c" { ranges = get_ranges() }
object TimePeriod "d" { excludes = [ "b" ] }
object TimePeriod NodeName { }
object TimePeriod "f" { import "unknown" }
object ScheduledDowntime "g" { host_name = "a"; ranges = { "day 1" = "00:00-24:00" }; fixed = false; duration = 2h }
apply ScheduledDowntime "h" for (k => v in host.vars.d) to Host { ranges = { "day 1" = "00:00-24:00" } assign where true }
apply ScheduledDowntime "i" to Host { ranges = { monday = host.vars.backup }
  assign where host.vars.backup }
apply ScheduledDowntime "j" to Host { ranges = { monday = "01:00-02:00" }
  assign where host.vars.backup }
if (true) { object TimePeriod "k" { } }
"#;
    let imported = import(Format::Icinga2, text, &in_zone("Europe/Berlin"));
    assert_eq!(
        notes(&imported),
        [
            "TimePeriod of line 21: left out: the block around it is not evaluated",
            "TimePeriod \"a\": display_name: a named schedule has no second name; lost is \"The first\"",
            "TimePeriod \"a\": ranges[\"december 24 - january 6\"]: it ends before it begins; Icinga 2 never matches it",
            "TimePeriod \"a\": ranges[\"monday - friday\"]: of a range that begins with a weekday, Icinga 2 matches only the first day; here too",
            "TimePeriod \"a\": ranges[\"monday - friday\"]: 50:00-10:00 ends before it begins; Icinga 2 never matches it",
            "TimePeriod \"a\": ranges[\"2026-01-01 - 2026-12-31 / 3\"]: Icinga 2 counts the step in days of 24 elapsed hours, so that it may take other days after a change of the clock; here dates are counted",
            "TimePeriod of line 13: left out: its name is NodeName, and not a string",
            "ScheduledDowntime \"g\": fixed: left out: a flexible downtime begins with a problem of the host or service",
            "ScheduledDowntime \"h\": for: left out: one rule makes a downtime for each element of a list",
            "ScheduledDowntime \"i\": assign where: left out: `host.vars.backup` is not evaluated",
            "ScheduledDowntime \"j\": assign where: left out: `host.vars.backup` is not evaluated",
            "TimePeriod \"b\": ranges[\"monday -5 - monday -1\"]: left out: a month may lack one of its days",
            "TimePeriod \"c\": ranges: left out: = get_ranges(..) is not evaluated",
            "TimePeriod \"d\": excludes: left out: \"b\" cannot be used: a month may lack one of its days",
            "TimePeriod \"f\": import: left out: the template \"unknown\" is not in this text"
        ]
    );
}

#[test]
fn zabbix_notes_name_the_maintenance_and_the_field() {
    let text = r#"{ "result": [
      { "name": "a", "active_since": "1767225600", "active_till": "1798761600",
        "timeperiods": [ { "timeperiod_type": 0, "start_date": 1767225600 } ] },
      { "name": "b", "active_since": "1767225600", "active_till": "1798761600", "hosts": [ { "hostid": "7" } ],
        "timeperiods": [ { "timeperiod_type": 0, "start_date": 1767225600 } ] },
      { "name": "c", "active_since": "1767225600", "active_till": "1767225600", "hosts": [ { "host": "h" } ] },
      { "name": "d", "active_since": "1767225600", "active_till": "1798761600", "hosts": [ { "host": "h" } ],
        "timeperiods": [ { "timeperiod_type": 0, "start_date": 1 },
                         { "timeperiod_type": 4, "month": 2, "day": 30 } ] },
      { "name": "e", "active_since": "1767225600", "active_till": "1798761600", "hosts": [ { "host": "h" } ],
        "timeperiods": [ { "timeperiod_type": 2, "every": 2, "start_time": 1800, "period": 3600 },
                         { "timeperiod_type": 2, "every": 1, "start_time": 9000, "period": 86400 },
                         { "timeperiod_type": 3, "dayofweek": 16, "start_time": 9000, "period": 172800 },
                         { "timeperiod_type": 4, "month": 4095, "day": 15, "start_time": 36000, "period": 86400 } ] } ] }"#;
    let imported = import(Format::Zabbix, text, &in_zone("Europe/Berlin"));
    assert_eq!(
        notes(&imported),
        [
            "result[0] \"a\": hosts: left out: neither hosts nor host groups; ask for selectHosts and selectHostGroups",
            "result[1] \"b\": hosts[0]: left out: without the technical name `host`; ask for selectHosts: [\"host\"]",
            "result[2] \"c\": active_till: left out: it is not after active_since",
            "result[3] \"d\": timeperiods[0]: left out: it is not between active_since and active_till",
            "result[3] \"d\": timeperiods[1]: left out: it does not occur while the maintenance is active",
            "result[3] \"d\": timeperiods: left out: it has no period that occurs while it is active",
            "result[4] \"e\": timeperiods[0]: Zabbix counts days of 24 elapsed hours, so that after a change of the clock an occurrence near midnight may count for the date before or after it; here dates are counted",
            "result[4] \"e\": timeperiods[1]: on 2026-03-29 the clock skips the start; Zabbix Server then has no maintenance by this period on that date, here an earlier occurrence goes on",
            "result[4] \"e\": timeperiods[2]: on 2026-03-29 the clock skips the start; Zabbix Server then has no maintenance by this period on that date, here an earlier occurrence goes on",
            "result[4] \"e\": timeperiods[3]: before 2026-01-15, its first date, Zabbix Server takes the last day before the maintenance for a start, and may be in maintenance then; here it is not"
        ]
    );
}

#[test]
fn texts_without_items_are_empty_documents() {
    for (format, text) in [
        (Format::Cron, "# nothing\nSHELL=/bin/sh\n"),
        (Format::Nagios, "define host {\n host_name a\n}\n"),
        (Format::Icinga2, "object Host \"a\" { }\nconst A = 1\n"),
        (Format::Zabbix, "{ \"jsonrpc\": \"2.0\", \"result\": [], \"id\": 1 }"),
    ] {
        let imported = import(format, text, &ImportOptions::new());
        assert!(imported.document.registry.is_empty() && imported.notes.is_empty(), "{format}");
    }
}

#[test]
fn nagios_end_of_a_range_with_a_step_is_noted() {
    let text = "define timeperiod {\n timeperiod_name a\n day 1 - 15 / 5 00:00-24:00\n \
                2026-01-01 / 7 00:00-24:00\n}\n";
    let imported = import(Format::Nagios, text, &in_zone("UTC"));
    assert_eq!(
        notes(&imported),
        [
            "timeperiod \"a\": day 1 - 15 / 5 00:00-24:00: Nagios Core takes no notice of the end of a range with a step; here it ends, as documented"
        ]
    );
}
