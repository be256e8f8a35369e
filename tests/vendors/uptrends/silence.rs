//! Silence around clock changes, compared with a slow reference.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use quietude::vendors::uptrends::Service;
use quietude::{Effect, Subject, Topology};

use crate::helpers::{Host, at, ms};
use crate::testing::SplitMix64;

use super::{M, random_period};

/// The reference: a period is active on each of its dates, from the first instant with the local
/// time of its start or later to the first one of its end. Iterates minute by minute.
fn reference(periods: &[serde_json::Value], zone: chrono_tz::Tz, t: i64) -> Option<Effect> {
    #[allow(clippy::disallowed_methods, reason = "far from the ends of the range")]
    let reading = |t: i64| zone.timestamp_millis_opt(t).unwrap().naive_local();
    // The maximum local time so far: within a fold, the end of its first pass.
    let high = (0..=180).map(|minutes| reading(t - minutes * 60_000)).max().unwrap();
    periods
        .iter()
        .filter(|period| in_force(period, high))
        .map(|period| match period["MaintenanceType"].as_str().unwrap() {
            "DisableMonitoring" => Effect::Monitoring,
            _ => Effect::Notifications,
        })
        .max()
}

fn in_force(period: &serde_json::Value, high: NaiveDateTime) -> bool {
    let field = |name: &str| period[name].as_str().unwrap().to_owned();
    let clock = |date: NaiveDate, name: &str| -> NaiveDateTime {
        format!("{date}T{}:00", field(name)).parse().unwrap()
    };
    let own = |date: NaiveDate| match period["ScheduleMode"].as_str().unwrap() {
        "Daily" => true,
        "Weekly" => date.format("%A").to_string() == field("WeekDay"),
        _ => {
            let day = period["MonthDay"].as_u64().unwrap() as u32;
            let is_last = date.succ_opt().unwrap().day() == 1;
            date.day() == day || (is_last && day > date.day())
        }
    };
    if period["ScheduleMode"] == "OneTime" {
        let time = |name: &str| -> NaiveDateTime { format!("{}:00", field(name)).parse().unwrap() };
        return time("StartDateTime") <= high && high < time("EndDateTime");
    }
    [high.date(), high.date().pred_opt().unwrap()].into_iter().filter(|date| own(*date)).any(
        |date| {
            let (start, end) = (clock(date, "StartTime"), clock(date, "EndTime"));
            let end = if end <= start { end + TimeDelta::days(1) } else { end };
            start <= high && high < end
        },
    )
}

#[test]
fn silence_at_clock_changes_matches_reference() {
    for (seed, zone) in [
        chrono_tz::Europe::Amsterdam,
        chrono_tz::America::New_York,
        chrono_tz::Australia::Lord_Howe,
    ]
    .into_iter()
    .enumerate()
    {
        let mut rng = SplitMix64::new(seed as u64 + 1);
        for _ in 0..8 {
            let mut host = Host::new(Service::new("acme", zone).unwrap(), "2026-01-01T00:00:00Z");
            host.system.add_monitor("m-1").unwrap();
            host.ids(&["1", "2", "3"]);
            let mut periods = Vec::new();
            for _ in 0..=rng.below(3) {
                let body = random_period(&mut rng);
                host.ok(&format!("POST {M}"), &body);
                periods.push(serde_json::from_str(&body).unwrap());
            }
            let silencer = host.silencer(&Topology::default());
            for _ in 0..400 {
                let near = *rng.choose(&[
                    "2026-03-28T12:00:00Z",
                    "2026-10-24T12:00:00Z",
                    "2026-03-08T00:00:00Z",
                    "2026-02-28T00:00:00Z",
                    "2026-04-04T06:00:00Z",
                ]);
                let t = at(near).as_millis() + rng.below(2 * 24 * 60) as i64 * 60_000
                    - rng.below(2) as i64;
                let subject = Subject::entity("uptrends:m-1");
                assert_eq!(
                    silencer.effect(subject, ms(t)),
                    reference(&periods, zone, t),
                    "{} in {zone}: {periods:?}",
                    ms(t)
                );
            }
        }
    }
}
