//! Requests to the vendors' services, mostly valid.

use quietude::{Document, Registry};

use crate::choices::Choices;
use crate::document::damage;
use crate::generate;
use crate::subjects::topology;

/// `$` and a letter are replaced with a text from [`choice`].
const SPACEONE: [&str; 13] = [
    r#"POST /monitoring/v1/maintenance-windows {"title":"$w","projects":["$p","$p"],"start_time":"$d","end_time":"$d","tags":{"team":"$w"},"domain_id":"d-1"}"#,
    r#"POST /maintenance-windows {"title":"$w","projects":["$p"],"start_time":"$d","end_time":"$d","domain_id":"$p"}"#,
    r#"PUT /maintenance-window/mw-00000000000$i {"title":"$w","domain_id":"d-1"}"#,
    r#"PUT /maintenance-window/mw-00000000000$i {"start_time":"$d","end_time":"$d","projects":["$p"],"domain_id":"d-1"}"#,
    r#"PUT /maintenance-window/mw-00000000000$i/close {"domain_id":"d-1"}"#,
    r#"GET /maintenance-window/mw-00000000000$i?domain_id=d-1&only=title&only=state"#,
    r#"GET /maintenance-windows?domain_id=d-1&state=OPEN"#,
    r#"POST /maintenance-windows/search {"domain_id":"d-1","query":{"filter":[{"k":"$k","v":"$w","o":"$o"}],"only":["title"],"sort":{"key":"$k","desc":true},"page":{"start":$i,"limit":$i}}}"#,
    r#"POST /maintenance-windows/search {"domain_id":"d-1","query":{"filter_or":[{"key":"$k","value":["$w","$p"],"operator":"$o"},{"k":"$k","v":"$d","o":"$o"}],"keyword":"$w","count_only":false}}"#,
    r#"POST /maintenance-windows/stat {"domain_id":"d-1","query":{"aggregate":[{"unwind":{"path":"projects"}},{"group":{"keys":[{"key":"$k","name":"a"}],"fields":[{"name":"b","operator":"$s","key":"$k"}]}},{"sort":{"key":"b","desc":true}},{"limit":$i}]}}"#,
    r#"POST /maintenance-windows/stat {"domain_id":"d-1","query":{"distinct":"$k","page":{"start":1,"limit":$i}}}"#,
    r#"import {"results":[{"maintenance_window_id":"mw-$i","title":"$w","state":"OPEN","start_time":"$d","end_time":"$d","projects":["$p"],"domain_id":"d-1","created_at":"$d","updated_at":"$d","closed_at":null}]}"#,
    r#"GET /nowhere/%zz?$w"#,
];

const OPSMANAGER: [&str; 8] = [
    r#"POST /api/public/v1.0/groups/$g/maintenanceWindows {"startDate":"$d","endDate":"$d","alertTypeNames":["$a"],"description":"$w"}"#,
    r#"POST /groups/$g/maintenanceWindows?pretty=true {"startDate":"$d","endDate":"$d","alertTypeNames":["$a","$a"]}"#,
    r#"GET /groups/$g/maintenanceWindows?envelope=true&pretty=true"#,
    r#"GET /groups/$g/maintenanceWindows/00000000000000000000000$i?envelope=true"#,
    r#"PATCH /groups/$g/maintenanceWindows/00000000000000000000000$i {"endDate":"$d","description":null}"#,
    r#"PATCH /groups/$g/maintenanceWindows/00000000000000000000000$i {"alertTypeNames":["$a"],"startDate":"$d"}"#,
    r#"DELETE /groups/$g/maintenanceWindows/00000000000000000000000$i"#,
    r#"import {"results":[{"id":"00000000000000000000000$i","groupId":"$g","created":"$d","updated":"$d","startDate":"$d","endDate":"$d","alertTypeNames":["$a"]}]}"#,
];

const VIRTANA: [&str; 10] = [
    r#"POST /v1/modelcontext/maintwindows {"specification":{"name":"$w","schedule":{"start":$n,"duration":$l,"recurrence":$l},"maintenanceState":300,"withIds":{"ids":["$p","$w"]}}}"#,
    r#"POST /maintwindows: {"specification":{"name":"$w","schedule":{"start":"$n","duration":"$l","recurrence":null,"skipNext":$i},"maintenanceState":$i,"exitState":1000,"runMode":"MANUAL","status":"DISABLED","with_ids":{"ids":["$p"]}}}"#,
    r#"POST /maintwindows {"specification":{"name":"$w","schedule":{"start":$n,"duration":$l,"recurrence":null},"maintenanceState":300,"doNotPropagateToChildren":true,"force":true,"tags":["$w"],"query":{"clause":{"and":{"clauses":[{"filter":{"field":"$f","value":"$w","operation":$i}},{"not":{"clause":{"in":{"field":"$f","values":["$w","$p"]}}}}]}}}}}"#,
    r#"POST /maintwindows {"specification":{"name":"$w","schedule":{"start":$n,"duration":$l,"recurrence":$l},"maintenanceState":300,"query":{"clause":{"or":{"clauses":[{"filter":{"field":"$f","value":"$w","operation":"OP_REGEX"}},{"filter":{"field":"$f","value":"$w","operation":"OP_NOT_EQUALS"}}]}}}}}"#,
    r#"POST /maintwindows:list {"page_input":{"limit":$i}}"#,
    r#"POST /maintwindows:list {"pageInput":{"limit":1,"cursor":"BGaKku3UaNQEZouS7dRqhg=="}}"#,
    r#"POST /maintwindows:search {"search_input":{"page_input":{"limit":10},"query":{"clause":{"filter":{"field":"run_mode","value":"$w","operation":1}}}}}"#,
    r#"POST /maintwindows:search {"searchInput":{"query":{"clause":{"filter":{"field":"$f","value":"$w","operation":$i}}}}}"#,
    r#"POST /maintwindows:deleteBulk {"ids":["mw-$i","mw-$i"]}"#,
    r#"import {"maintWindows":[{"id":"mw-$i","tenant":"acme","withIds":{"ids":["$p"]},"runMode":"AUTO","schedule":{"start":"$n","duration":"$l","skipNext":"$i","recurrence":"$l"},"maintenanceState":"300","exitState":"0","status":"ENABLED","createTime":"$n","updateTime":"$n","deleted":false,"name":"$w"}]}"#,
];

const UPTRENDS: [&str; 10] = [
    r#"POST /Monitor/m-$i/MaintenancePeriod {"ScheduleMode":"Daily","StartTime":"$t","EndTime":"$t","MaintenanceType":"DisableNotifications"}"#,
    r#"POST /Monitor/m-1/MaintenancePeriod {"ScheduleMode":"Weekly","WeekDay":"Thursday","StartTime":"$t","EndTime":"$t","MaintenanceType":"DisableMonitoring"}"#,
    r#"POST /Monitor/m-1/MaintenancePeriod {"ScheduleMode":"Monthly","MonthDay":3$i,"StartTime":"$t","EndTime":"$t","MaintenanceType":"DisableMonitoring"}"#,
    r#"POST /MonitorGroup/g-1/MaintenancePeriod {"ScheduleMode":"OneTime","StartDateTime":"$m","EndDateTime":"$m","MaintenanceType":"DisableMonitoring"}"#,
    r#"PUT /Monitor/m-1/MaintenancePeriod/$i {"Id":$i,"ScheduleMode":"OneTime","StartDateTime":"$m","EndDateTime":"$m","MaintenanceType":"DisableNotifications"}"#,
    r#"PUT /Monitor/m-2/MaintenancePeriod/$i {"ScheduleMode":"Daily","StartTime":"$t","EndTime":"$t","MaintenanceType":"DisableNotifications"}"#,
    r#"GET /Monitor/m-$i/MaintenancePeriod"#,
    r#"DELETE /Monitor/m-1/MaintenancePeriod/$i"#,
    r#"POST /Monitor/m-1/MaintenancePeriod/Cleanup/$m"#,
    r#"import [{"Id":$i,"ScheduleMode":"Monthly","MonthDay":2$i,"StartTime":"$t","EndTime":"$t","MaintenanceType":"DisableMonitoring"},{"Id":9,"ScheduleMode":"OneTime","StartDateTime":"$m","EndDateTime":"$m","MaintenanceType":"DisableMonitoring"}]"#,
];

/// The name of a vendor, and some requests, one per line.
pub(crate) fn lines(s: &mut Choices<'_>) -> String {
    let (vendor, templates): (_, &[&str]) = match s.below(4) {
        0 => ("spaceone", &SPACEONE),
        1 => ("opsmanager", &OPSMANAGER),
        2 => ("virtana", &VIRTANA),
        _ => ("uptrends", &UPTRENDS),
    };
    let mut text = format!("{vendor}\n");
    for _ in 0..1 + s.below(12) {
        let mut line = match s.below(12) {
            0 => s.pick(&["+1", "+3600000", "-86400000", "+9223372036854775807"]).to_owned(),
            1 => format!("native {}", native(s)),
            _ => {
                let template = s.pick(templates);
                filled(s, template)
            }
        };
        if s.once_in(4) {
            damage(s, &mut line);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A native document on one line.
fn native(s: &mut Choices<'_>) -> String {
    let center = generate::zoned_instant(s);
    let mut registry = Registry::new();
    for number in 0..s.below(4) {
        let window = generate::window(s, &format!("w-{number}"), center);
        registry.insert(window).expect("ids are unique");
    }
    Document::new(registry, topology(s)).to_json().replace('\n', "")
}

/// Replaces the placeholders of a template.
fn filled(s: &mut Choices<'_>, template: &str) -> String {
    let mut parts = template.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut rest = part.chars();
        match rest.next() {
            Some(letter) => text.push_str(choice(s, letter)),
            None => text.push('$'),
        }
        text.push_str(rest.as_str());
    }
    text
}

/// A text for a placeholder: `d` date and time, `t` time of day, `m` local date and time,
/// `n` instant as a number, `l` length, `i` last digit of an id, `w` word, `p` project or
/// other id, `g` group, `a` alert type, `k` key, `o` operator, `s` statistic, `f` field.
fn choice(s: &mut Choices<'_>, letter: char) -> &'static str {
    let from: &[&str] = match letter {
        'd' => &[
            "2026-11-26T12:00:00Z",
            "2026-11-26T14:00:00Z",
            "2026-11-27T00:00:00.001Z",
            "2026-10-25T02:30:00+02:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ],
        't' => &["22:00", "22:30", "00:00", "24:00", "02:30", "23:59"],
        'm' => &[
            "2026-11-26T12:00",
            "2026-11-27",
            "2026-03-29T02:30",
            "2026-10-25T02:30",
            "9999-12-31T23:59",
            "2026-11-27T09:00:00",
        ],
        'n' => &["1795694400000", "0", "-62135596800000", "253402300799999", "1795694400001"],
        'l' => &["600000", "86400000", "1", "9223372036854775807", "0", "null"],
        'i' => &["1", "2", "3", "0", "4"],
        'w' => &["db work", "a", "", "é \\\" %", "WORK", "2", "^(a|b)*$"],
        'p' => &["p-1", "p-2", "d-1", "a:b", "50%"],
        'g' => &["541ed2009436399a1f54e01b", "541ed2009436399a1f54e01c", "x"],
        'a' => &["BACKUP", "REPLICA_SET", "HOST", "AGENT", "CLUSTER", "PAGE"],
        'k' => &["title", "projects", "state", "start_time", "created_at", "tags.team", "b", "a.0"],
        'o' => &["eq", "contain", "in", "not", "gt", "regex", "not_in", "datetime_gte", "size"],
        's' => &["count", "sum", "average", "max", "min", "push", "first", "add_to_set", "size"],
        'f' => &["name", "coreProperties.name", "schemaIds", "id", "status", "start", "a:b"],
        _ => &["$"],
    };
    s.pick(from)
}
