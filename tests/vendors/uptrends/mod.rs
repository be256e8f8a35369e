//! Uptrends: samples, operations, errors, silence at clock changes, and a model.

mod model;
mod samples;
mod service;
mod silence;

use quietude::vendors::uptrends::Service;

use crate::helpers::Host;
use crate::testing::SplitMix64;

const M: &str = "/Monitor/m-1/MaintenancePeriod";

const DAILY: &str = r#"{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}"#;

fn host() -> Host<Service> {
    let mut service = Service::new("acme", chrono_tz::Europe::Amsterdam).unwrap();
    for monitor in ["m-1", "m-2", "m-3"] {
        service.add_monitor(monitor).unwrap();
    }
    service.set_group("g-1", ["m-1", "m-2"]).unwrap();
    service.set_group("g-0", []).unwrap();
    let mut host = Host::new(service, "2018-09-01T00:00:00Z");
    host.ids(&["123", "124", "125", "126"]);
    host
}

fn random_period(rng: &mut SplitMix64) -> String {
    let time =
        |rng: &mut SplitMix64| format!("{:02}:{:02}", rng.below(24), rng.choose(&[0, 15, 30, 59]));
    let kind = rng.choose(&["DisableMonitoring", "DisableNotifications"]);
    let (start, mut end) = (time(rng), time(rng));
    if start == end {
        end = if start == "00:00" { "00:15".to_owned() } else { "00:00".to_owned() };
    }
    let day = match rng.below(4) {
        0 => {
            let date = |rng: &mut SplitMix64| {
                format!(
                    "2026-{:02}-{:02}T{}",
                    rng.choose(&[3, 10]),
                    rng.choose(&[24, 25, 28, 29]),
                    time(rng)
                )
            };
            let mut dates = [date(rng), date(rng)];
            dates.sort();
            return format!(
                r#"{{"ScheduleMode":"OneTime","StartDateTime":"{}","EndDateTime":"{}","MaintenanceType":"{kind}"}}"#,
                dates[0], dates[1]
            );
        }
        1 => r#""ScheduleMode":"Daily""#.to_owned(),
        2 => format!(
            r#""ScheduleMode":"Weekly","WeekDay":"{}""#,
            rng.choose(&["Sunday", "Saturday", "Monday", "Wednesday"])
        ),
        _ => format!(
            r#""ScheduleMode":"Monthly","MonthDay":{}"#,
            rng.choose(&[1, 24, 25, 28, 29, 30, 31])
        ),
    };
    format!(r#"{{{day},"StartTime":"{start}","EndTime":"{end}","MaintenanceType":"{kind}"}}"#)
}
