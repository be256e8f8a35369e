//! Entities, maintenance windows and alerts. Only the conversion at the end depends on the
//! crate; no clock is read.

use std::sync::Arc;

use chrono_tz::Tz;
use quietude::{
    Daily, Interval, MonthDay, Monthly, Once, Periodic, Registry, Schedule, Scope, Timestamp,
    Validity, Weekday, Weekly, Window,
};

use super::testing::{DAY, HOUR, MINUTE, SplitMix64};

pub(crate) const YEAR: i64 = 365 * DAY;
/// The current time, on a whole minute: 2026-06-15T12:00:00Z.
pub(crate) const NOW: i64 = 1_781_524_800_000;
pub(crate) const SEED: u64 = 20_260_615;

pub(crate) const ZONES: [Tz; 16] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::Europe__London,
    Tz::Europe__Paris,
    Tz::America__New_York,
    Tz::America__Los_Angeles,
    Tz::America__Chicago,
    Tz::America__St_Johns,
    Tz::America__Sao_Paulo,
    Tz::America__Santiago,
    Tz::Asia__Kolkata,
    Tz::Asia__Tokyo,
    Tz::Asia__Singapore,
    Tz::Australia__Sydney,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Auckland,
];

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// A schedule as plain data. Clock times are milliseconds since midnight; if `to` <=
/// `from`, it is on the next day.
#[derive(Clone, Debug)]
pub(crate) enum ScheduleSpec {
    Once {
        start: i64,
        end: i64,
    },
    Daily {
        from: i64,
        to: i64,
        zone: Tz,
    },
    Weekly {
        days: Vec<Weekday>,
        from: i64,
        to: i64,
        zone: Tz,
    },
    /// Days from 1, or -1 for the last one.
    Monthly {
        days: Vec<i32>,
        from: i64,
        to: i64,
        zone: Tz,
    },
    Periodic {
        start: i64,
        duration: i64,
        period: i64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct WindowSpec {
    pub(crate) id: usize,
    pub(crate) entity: usize,
    pub(crate) schedule: ScheduleSpec,
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) entities: Vec<String>,
    pub(crate) specs: Vec<WindowSpec>,
    /// Ids of queries that no window names.
    unknown_ids: Vec<String>,
}

/// `n` windows on `n / 10` entities.
pub(crate) fn fleet(n: usize, seed: u64) -> Fleet {
    let mut rng = SplitMix64::new(seed);
    let count = (n / 10).max(1);
    let mut ids: Vec<String> = (0..count + count / 4 + 8).map(|i| id(i, &mut rng)).collect();
    rng.shuffle(&mut ids);
    let unknown_ids = ids.split_off(count);
    let homes: Vec<Tz> = ids.iter().map(|_| rng.pick(&ZONES)).collect();
    let specs = (0..n)
        .map(|id| {
            let entity = id % count;
            let zone = if rng.percent(90) { homes[entity] } else { rng.pick(&ZONES) };
            let schedule = schedule_spec(&mut rng, zone);
            let (from, until) = match schedule {
                ScheduleSpec::Once { .. } => (None, None),
                _ => validity(&mut rng),
            };
            WindowSpec { id, entity, schedule, from, until }
        })
        .collect();
    Fleet { entities: ids, specs, unknown_ids }
}

/// 24 to 34 bytes, such as `host-0123456.eu-west-1.prod`.
fn id(number: usize, rng: &mut SplitMix64) -> String {
    let role = rng.pick(&["host", "db", "web"]);
    let region = rng.pick(&["eu-west-1", "us-east-2", "ap-southeast-2", "eu-central-1"]);
    let tier = rng.pick(&["prod", "dev", "stage", "canary"]);
    format!("{role}-{number:07}.{region}.{tier}")
}

pub(crate) fn schedule_spec(rng: &mut SplitMix64, zone: Tz) -> ScheduleSpec {
    match rng.below(100) {
        0..60 => {
            let reach = if rng.percent(50) { 7 * DAY } else { YEAR };
            let start = NOW + rng.between(-reach / MINUTE, reach / MINUTE) * MINUTE;
            ScheduleSpec::Once { start, end: start + rng.between(10, 240) * MINUTE }
        }
        60..75 => {
            let (from, to) = clock(rng, 15, 240);
            ScheduleSpec::Daily { from, to, zone }
        }
        75..90 => {
            let mut days = WEEKDAYS;
            rng.shuffle(&mut days);
            let mut days = days[..1 + rng.below(3)].to_vec();
            days.sort_by_key(Weekday::num_days_from_monday);
            let (from, to) = clock(rng, 30, 480);
            ScheduleSpec::Weekly { days, from, to, zone }
        }
        90..95 => {
            let mut days = vec![if rng.percent(20) { -1 } else { 1 + rng.below(31) }];
            if rng.percent(50) {
                let other = 1 + rng.below(28);
                if other != days[0] {
                    days.push(other);
                }
            }
            let (from, to) = clock(rng, 60, 720);
            ScheduleSpec::Monthly { days, from, to, zone }
        }
        _ => {
            // Log-uniform from five minutes to thirty days, by octaves.
            let period = loop {
                let octave = (5 * MINUTE) << rng.below(14);
                let period = octave + rng.below(octave as usize) as i64;
                if period <= 30 * DAY {
                    break period;
                }
            };
            let duration = rng.between(period / 100, period / 2);
            ScheduleSpec::Periodic { start: NOW - rng.between(0, YEAR), duration, period }
        }
    }
}

/// A clock range on whole minutes.
fn clock(rng: &mut SplitMix64, shortest: i64, longest: i64) -> (i64, i64) {
    let from = rng.between(0, 24 * 60 - 1);
    (from * MINUTE, (from + rng.between(shortest, longest)) % (24 * 60) * MINUTE)
}

/// 30 % start within the year; half of them also end within it.
fn validity(rng: &mut SplitMix64) -> (Option<i64>, Option<i64>) {
    if !rng.percent(30) {
        return (None, None);
    }
    let from = NOW + rng.between(-YEAR, YEAR - 1);
    let until = rng.percent(50).then(|| rng.between(from + 1, NOW + YEAR));
    (Some(from), until)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Within 50 ms of the current time.
    Instant,
    /// Within a minute of the current time.
    Now,
    /// 80 % as in `Now`, 20 % within a year before or after.
    Mixed,
    /// Within a year before or after.
    Random,
}

/// Alerts. All ids are in one string, as in a stream, so they are not in cache.
#[derive(Debug)]
pub(crate) struct Queries {
    text: String,
    alerts: Vec<(usize, usize, Option<usize>, i64)>,
}

impl Fleet {
    /// 10 % of the queries have an unknown id. Of the others, 90 % are about one tenth of
    /// the entities and 10 % about any entity.
    pub(crate) fn queries(&self, kind: Kind, count: usize, seed: u64) -> Queries {
        self.generate(kind, count, seed, 10)
    }

    /// Queries about known entities only, which have handles.
    pub(crate) fn known_queries(&self, kind: Kind, count: usize, seed: u64) -> Queries {
        self.generate(kind, count, seed, 0)
    }

    fn generate(&self, kind: Kind, count: usize, seed: u64, unknown_percent: u32) -> Queries {
        let mut rng = SplitMix64::new(seed);
        let mut queries = Queries { text: String::new(), alerts: Vec::with_capacity(count) };
        let mut entities: Vec<usize> = (0..self.entities.len()).collect();
        rng.shuffle(&mut entities);
        let busy = (entities.len() / 10).max(1);
        for _ in 0..count {
            let (entity, id) = if rng.percent(unknown_percent) {
                (None, &self.unknown_ids[rng.below(self.unknown_ids.len())])
            } else {
                let among = if rng.percent(90) { busy } else { entities.len() };
                let entity = entities[rng.below(among)];
                (Some(entity), &self.entities[entity])
            };
            let anywhere = match kind {
                Kind::Instant | Kind::Now => false,
                Kind::Mixed => rng.percent(20),
                Kind::Random => true,
            };
            let reach = match kind {
                _ if anywhere => YEAR,
                Kind::Instant => 50,
                _ => MINUTE,
            };
            let at = NOW + rng.between(-reach, reach);
            let begin = queries.text.len();
            queries.text.push_str(id);
            queries.alerts.push((begin, queries.text.len(), entity, at));
        }
        queries
    }

    pub(crate) fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        for spec in &self.specs {
            registry.insert(self.window(spec)).expect("ids are unique");
        }
        registry
    }

    /// A registry in which every tenth daily, weekly or monthly window is an RFC 5545 rule
    /// that started five years ago.
    #[cfg(feature = "rrule")]
    pub(crate) fn registry_with_rules(&self) -> Registry {
        let mut registry = self.registry();
        for (number, spec) in
            self.specs.iter().filter(|spec| spec.schedule.zone().is_some()).enumerate()
        {
            if number % 10 == 0 {
                let window = self.window(spec).to_builder().schedule(spec.schedule.rfc5545());
                registry.replace(window.build().expect("it was valid")).expect("it is there");
            }
        }
        registry
    }

    /// Every tenth recurring window as a calendar on a set of days, a cron expression or a
    /// combination.
    #[cfg(feature = "rrule")]
    pub(crate) fn registry_with_calendars(&self) -> Registry {
        let mut registry = self.registry();
        let recurring = self.specs.iter().filter(|spec| spec.schedule.zone().is_some());
        for (number, spec) in recurring.enumerate().step_by(10) {
            let schedule = spec.schedule.of_another_kind(number / 10);
            let window = self.window(spec).to_builder().schedule(schedule);
            registry.replace(window.build().expect("it was valid")).expect("it is there");
        }
        registry
    }

    pub(crate) fn window(&self, spec: &WindowSpec) -> Window {
        let bound = |ms: Option<i64>| ms.map(at);
        Window::builder(format!("w-{:07}", spec.id))
            .schedule(spec.schedule.build())
            .scope(Scope::entity(self.entities[spec.entity].as_str()))
            .validity(Validity::new(bound(spec.from), bound(spec.until)))
            .build()
            .expect("the workload is valid")
    }

    /// The windows of each entity, for direct evaluation.
    pub(crate) fn by_entity(&self, registry: &Registry) -> Vec<Vec<Arc<Window>>> {
        let mut windows = vec![Vec::new(); self.entities.len()];
        for (spec, window) in self.specs.iter().zip(registry.iter()) {
            windows[spec.entity].push(window.clone());
        }
        windows
    }
}

impl Queries {
    pub(crate) fn pairs(&self) -> Vec<(&str, Timestamp)> {
        self.alerts.iter().map(|(from, to, _, ms)| (&self.text[*from..*to], at(*ms))).collect()
    }

    /// The entity of each query: an index into [`Fleet::entities`].
    pub(crate) fn entities(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        self.alerts.iter().map(|alert| alert.2)
    }
}

impl ScheduleSpec {
    /// About the same schedule as a calendar, a cron expression or a combination, in turn.
    /// Holidays and a lunch break make them differ from plain kinds.
    #[cfg(feature = "rrule")]
    pub(crate) fn of_another_kind(&self, number: usize) -> Schedule {
        use quietude::calendar::{Calendar, Cron, Days};
        let valid = "the workload is valid";
        let (from, to, zone) = match self {
            Self::Daily { from, to, zone }
            | Self::Weekly { from, to, zone, .. }
            | Self::Monthly { from, to, zone, .. } => (*from, *to, *zone),
            Self::Once { .. } | Self::Periodic { .. } => return self.build(),
        };
        let weekday = |day: &Weekday| day.num_days_from_sunday().to_string();
        let (month_days, weekdays, days) = match self {
            Self::Weekly { days, .. } => {
                let names: Vec<String> = days.iter().map(weekday).collect();
                ("*".to_owned(), names.join(","), Days::weekdays(days.iter().copied()))
            }
            Self::Monthly { days, .. } => {
                let name = |day: &i64| if *day < 0 { "L".to_owned() } else { day.to_string() };
                let names: Vec<String> = days.iter().map(|day| name(&i64::from(*day))).collect();
                let days = Days::month_days(days.iter().copied());
                (names.join(","), "*".to_owned(), days)
            }
            _ => ("*".to_owned(), "*".to_owned(), Ok(Days::every_day())),
        };
        let length = (to - from).rem_euclid(24 * 60 * MINUTE);
        match number % 3 {
            0 => {
                let clock = quietude::ClockRange::new(from as u32, to as u32).expect(valid);
                let calendar = Calendar::new(clock, zone).with_days(days.expect(valid));
                calendar.without_days(Days::easter(1).expect(valid)).into()
            }
            1 => {
                let (hour, minute) = (from / (60 * MINUTE), from / MINUTE % 60);
                let text = format!("{minute} {hour} {month_days} * {weekdays}");
                Cron::new(text, length, zone).expect(valid).into()
            }
            _ => {
                let lunch = quietude::Daily::new("12:00-13:00".parse().expect(valid), zone);
                let outside = Schedule::not(lunch.into()).expect(valid);
                Schedule::all([self.build(), outside]).expect(valid)
            }
        }
    }

    pub(crate) fn build(&self) -> Schedule {
        let clock = |from: i64, to: i64| {
            quietude::ClockRange::new(from as u32, to as u32).expect("the workload is valid")
        };
        match self {
            Self::Once { start, end } => {
                Once::new(at(*start), at(*end)).expect("the workload is valid").into()
            }
            Self::Daily { from, to, zone } => Daily::new(clock(*from, *to), *zone).into(),
            Self::Weekly { days, from, to, zone } => {
                Weekly::new(days.iter().copied(), clock(*from, *to), *zone)
                    .expect("the workload is valid")
                    .into()
            }
            Self::Monthly { days, from, to, zone } => {
                let days = days.iter().map(|day| MonthDay::new(*day).expect("a day"));
                Monthly::on_days(days, clock(*from, *to), *zone)
                    .expect("the workload is valid")
                    .into()
            }
            Self::Periodic { start, duration, period } => {
                Periodic::new(at(*start), *duration, *period).expect("the workload is valid").into()
            }
        }
    }

    /// The schedule as an RFC 5545 rule.
    #[cfg(feature = "rrule")]
    fn rfc5545(&self) -> Schedule {
        let (from, to, zone, recurs) = match self {
            Self::Daily { from, to, zone } => (*from, *to, zone, "FREQ=DAILY".to_owned()),
            Self::Weekly { days, from, to, zone } => {
                let days = days.iter().map(|day| day.to_string()[..2].to_uppercase());
                let days: Vec<String> = days.collect();
                (*from, *to, zone, format!("FREQ=WEEKLY;BYDAY={}", days.join(",")))
            }
            Self::Monthly { days, from, to, zone } => {
                let days: Vec<String> = days.iter().map(ToString::to_string).collect();
                (*from, *to, zone, format!("FREQ=MONTHLY;BYMONTHDAY={}", days.join(",")))
            }
            Self::Once { .. } | Self::Periodic { .. } => panic!("the schedule has no clock range"),
        };
        let seconds = from / 1000;
        let time = format!("{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        let text = format!("DTSTART;TZID={zone}:20211101T{time}\nRRULE:{recurs}");
        let duration = if to > from { to - from } else { to - from + DAY };
        quietude::Rule::parse(&text, duration).expect("the workload is valid").into()
    }

    pub(crate) fn zone(&self) -> Option<Tz> {
        match self {
            Self::Daily { zone, .. } | Self::Weekly { zone, .. } | Self::Monthly { zone, .. } => {
                Some(*zone)
            }
            Self::Once { .. } | Self::Periodic { .. } => None,
        }
    }
}

/// The kinds of windows on one entity, to measure how queries scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowMix {
    Once,
    Daily,
    Weekly,
    Monthly,
    /// The same period, with different starts.
    Periodic,
    /// A different period for each window.
    Periods,
    /// The mix of [`fleet`].
    Mixed,
}

impl WindowMix {
    pub(crate) const ALL: [Self; 7] = [
        Self::Once,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Periodic,
        Self::Periods,
        Self::Mixed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Periodic => "periodic, one period",
            Self::Periods => "periodic, distinct periods",
            Self::Mixed => "mixed",
        }
    }
}

/// `n` windows on one entity, short enough that most answers are negative, so that all
/// windows must be evaluated.
pub(crate) fn one_entity_fleet(kind: WindowMix, n: usize, seed: u64) -> Fleet {
    let mut rng = SplitMix64::new(seed);
    let entities = vec![id(0, &mut rng)];
    let unknown_ids = vec![id(1, &mut rng)];
    let zones = [Tz::Europe__Berlin, Tz::America__New_York, Tz::UTC];
    let specs = (0..n)
        .map(|id| {
            let zone = zones[id % zones.len()];
            let from = rng.between(0, DAY - 1);
            let to = (from + rng.between(1, (DAY / 4 / n as i64).max(2))) % DAY;
            let schedule = match kind {
                WindowMix::Once => {
                    let start = NOW + rng.between(-YEAR, YEAR);
                    let longest = (YEAR / 2 / n as i64).max(2);
                    ScheduleSpec::Once { start, end: start + rng.between(1, longest) }
                }
                WindowMix::Daily => ScheduleSpec::Daily { from, to, zone },
                WindowMix::Weekly => {
                    ScheduleSpec::Weekly { days: vec![rng.pick(&WEEKDAYS)], from, to, zone }
                }
                WindowMix::Monthly => {
                    ScheduleSpec::Monthly { days: vec![1 + rng.below(31)], from, to, zone }
                }
                WindowMix::Periodic => {
                    let longest = (DAY / 2 / n as i64).max(2);
                    let start = NOW - YEAR - rng.between(0, DAY);
                    ScheduleSpec::Periodic { start, duration: rng.between(1, longest), period: DAY }
                }
                WindowMix::Periods => {
                    let period = HOUR + 7919 * id as i64;
                    let start = NOW - YEAR - rng.between(0, DAY);
                    ScheduleSpec::Periodic {
                        start,
                        duration: (period / 4 / n as i64).max(1),
                        period,
                    }
                }
                WindowMix::Mixed => schedule_spec(&mut rng, zone),
            };
            WindowSpec { id, entity: 0, schedule, from: None, until: None }
        })
        .collect();
    Fleet { entities, specs, unknown_ids }
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).expect("the workload is in range")
}

/// Intervals for the interval set: `n` over two years, on whole seconds so that crates with
/// 32-bit bounds can hold them. Lengths are log-uniform by octaves, scaled so that about
/// `hits` of them contain an instant.
pub(crate) fn intervals(n: usize, hits: usize, seed: u64) -> Vec<Interval> {
    let mut rng = SplitMix64::new(seed);
    let reach = 2 * YEAR / 1000;
    // The mean length of an octave is 1.5 times its shortest length.
    let octaves = 6;
    let mean = |least: i64| least * 3 / 2 * ((1 << octaves) - 1) / octaves;
    let wanted = reach * hits as i64 / n as i64;
    let least = (1..).find(|least| mean(*least + 1) > wanted).unwrap_or(1);
    (0..n)
        .map(|_| {
            let start = rng.between(0, reach - 1);
            let octave = least << rng.below(octaves as usize);
            let length = octave + rng.below(octave as usize) as i64;
            let ms = |seconds: i64| at(NOW - YEAR + seconds * 1000);
            Interval::new(ms(start), ms(start + length)).expect("lengths are not 0")
        })
        .collect()
}
