//! Maintenances of Zabbix against a slow evaluator, and their scopes.

use chrono::{Datelike, NaiveDate, TimeDelta};
use quietude::{Effect, Subject, Topology};
use quietude_formats::Format;

use crate::mktime::{ZONES, compare, exists, instant, midnight, questions, reading, zone};
use crate::random::Random;
use crate::{check_round_trip, import, in_zone, window};

#[derive(Debug)]
struct Period {
    kind: i64,
    every: i64,
    month: i64,
    weekdays: i64,
    day: i64,
    start: i64,
    length: i64,
    date: i64,
}

impl Period {
    fn random(random: &mut Random, since: i64) -> Self {
        let kind = *random.pick(&[0, 2, 3, 4, 4]);
        let by_day = random.once_in(2);
        let longest = if random.once_in(5) { 16 * 24 } else { 96 };
        Self {
            kind,
            every: random.within(1, if kind == 4 { 5 } else { 4 }),
            month: random.within(1, 4095),
            weekdays: random.within(1, 127),
            day: if kind == 4 && by_day { random.within(1, 31) } else { 0 },
            start: random.within(0, 95) * 900,
            length: random.within(1, longest) * 900,
            date: since + random.within(-200, 2000) * 900,
        }
    }

    fn text(&self) -> String {
        let Self { kind, every, month, weekdays, day, start, length, date } = self;
        format!(
            r#"{{ "timeperiod_type": "{kind}", "every": "{every}", "month": "{month}",
                 "dayofweek": "{weekdays}", "day": "{day}", "start_time": "{start}",
                 "period": {length}, "start_date": "{date}" }}"#
        )
    }

    fn is_on(&self, date: NaiveDate, since: NaiveDate) -> bool {
        let has = |bits: i64, index: u32| bits >> index & 1 == 1;
        let weekday = date.weekday().num_days_from_monday();
        match self.kind {
            2 => date >= since && (date - since).num_days() % self.every == 0,
            3 => {
                let monday = since - TimeDelta::days(since.weekday().num_days_from_monday().into());
                let days = (date - monday).num_days();
                days >= 0 && days / 7 % self.every == 0 && has(self.weekdays, weekday)
            }
            4 if self.day != 0 => {
                has(self.month, date.month0()) && i64::from(date.day()) == self.day
            }
            4 => {
                let week = i64::from(date.day0() / 7 + 1);
                let is_last = (date + TimeDelta::days(7)).month() != date.month();
                let is_nth = if self.every == 5 { is_last } else { week == self.every };
                has(self.month, date.month0()) && has(self.weekdays, weekday) && is_nth
            }
            _ => false,
        }
    }

    /// Whether the period is active, of a maintenance that is.
    fn is_active(&self, t: i64, since: i64, zone: chrono_tz::Tz) -> bool {
        if self.kind == 0 {
            return (self.date * 1000..(self.date + self.length) * 1000).contains(&t);
        }
        let first = reading(since, zone).date();
        let today = reading(t, zone).date();
        let local = |date: NaiveDate| midnight(date) + TimeDelta::seconds(self.start);
        // The first daily time that is not before the maintenance.
        let tick = (0..5)
            .map(|n| first + TimeDelta::days(n))
            .find(|date| instant(local(*date), zone) >= since && exists(local(*date), zone));
        let tick = tick.map(|date| instant(local(date), zone));
        (-1..18).any(|n| {
            let date = today - TimeDelta::days(n);
            let start = instant(local(date), zone);
            let is_late = start >= since || (self.kind != 4 && tick.is_some_and(|tick| t >= tick));
            self.is_on(date, first)
                && exists(local(date), zone)
                && is_late
                && (start..start + self.length * 1000).contains(&t)
        })
    }
}

#[test]
fn periods_equal_the_slow_evaluator() {
    let (mut asked, mut used) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed ^ 0x5555);
        let name = *random.pick(&ZONES);
        let since = random.within(1_420_070_400 / 900, 1_700_000_000 / 900) * 900;
        let until = since + random.within(1, 20 * 365 * 24) * 3600;
        let periods: Vec<Period> =
            (0..random.within(1, 3)).map(|_| Period::random(&mut random, since)).collect();
        let texts: Vec<_> = periods.iter().map(Period::text).collect();
        let text = format!(
            r#"{{ "result": [ {{ "maintenanceid": "7", "name": "m", "active_since": "{since}",
                 "active_till": "{until}", "hosts": [ {{ "host": "a" }} ],
                 "timeperiods": [ {} ] }} ] }}"#,
            texts.join(",\n")
        );
        let imported = import(Format::Zabbix, &text, &in_zone(name));
        check_round_trip(&imported.document);
        let found = imported.document.registry.get("maintenance-7");
        let (since, until) = (since * 1000, until * 1000);
        let tz = zone(name);
        let first = reading(since, tz).date();
        let near: Vec<NaiveDate> = (0..10).map(|n| first + TimeDelta::days(n * n / 2)).collect();
        let instants = questions(&mut random, &near, name, 150);
        let expected = |t: i64| {
            let is_active = (since..until).contains(&t);
            is_active && periods.iter().any(|period| period.is_active(t, since, tz))
        };
        let is_active = |t| found.is_some_and(|window| window.is_active(t));
        asked += compare(
            &format!("{name}\n{text}\n{:?}", imported.notes),
            &instants,
            is_active,
            expected,
        );
        used += usize::from(found.is_some());
    }
    assert!(used > 300 && asked > 50_000, "{used} maintenances, {asked} instants");
}

#[test]
fn maintenances_have_hosts_groups_and_tags() {
    let text = |evaltype: i64| {
        format!(
            r#"[ {{ "maintenanceid": "1", "name": "m", "active_since": 1767225600, "active_till": 1798761600,
              "tags_evaltype": {evaltype}, "maintenance_type": "{}", "description": "why",
              "hosts": [ {{ "hostid": "1", "host": "db-1" }}, {{ "host": "db-2" }} ],
              "hostgroups": [ {{ "groupid": "2", "name": "Europe" }} ],
              "tags": [ {{ "tag": "service", "operator": "0", "value": "mysql" }},
                        {{ "tag": "service", "operator": "2", "value": "Postgre" }},
                        {{ "tag": "scope", "operator": "2", "value": "" }} ],
              "timeperiods": [ {{ "timeperiod_type": 0, "start_date": 1767225600, "period": 3600 }} ] }} ]"#,
            evaltype / 2
        )
    };
    let topology = Topology::builder().add_subgroup("Europe", "Europe/Latvia");
    let topology = topology.add_member("Europe/Latvia", "riga").build().expect("a topology");
    let covers = |evaltype: i64, entity: &str, tags: &[(&str, &str)]| {
        let imported =
            import(Format::Zabbix, &text(evaltype), &quietude_formats::ImportOptions::new());
        assert_eq!(imported.notes, []);
        check_round_trip(&imported.document);
        let window = window(&imported.document, "maintenance-1");
        let effect = if evaltype == 0 { Effect::Notifications } else { Effect::Monitoring };
        assert_eq!((window.effect(), &*window.tags()["description"]), (effect, "why"));
        let labels: Vec<(&str, &str)> = tags.to_vec();
        window.covers(&Subject::entity(entity).with_attributes(&labels), &topology)
    };
    // And/Or: one of the tests of each name. Or: one of all.
    let both = [("service", "PostgreSQL"), ("scope", "")];
    assert!(covers(0, "db-1", &both) && covers(0, "riga", &both) && !covers(0, "db-3", &both));
    assert!(covers(0, "db-2", &[("service", "mysql"), ("scope", "x")]));
    assert!(!covers(0, "db-2", &[("service", "mysql")]) && !covers(0, "db-2", &[]));
    assert!(covers(2, "db-2", &[("service", "mysql")]) && covers(2, "db-2", &[("scope", "x")]));
    assert!(!covers(2, "db-2", &[("service", "mysql2")]));
}
