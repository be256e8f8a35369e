//! Strategies for generated input. A uniformly random instant is near a clock change about
//! one time in five thousand, so the strategies are biased towards clock changes, ends of
//! months and years, leap days, midnights and the ends of the range, and one millisecond
//! before and after them.

use chrono::{DateTime, Datelike, NaiveDate, Weekday};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use quietude::Effect;

use crate::oracle::clock;
use crate::oracle::enumerate::offset_ranges;
use crate::specs::{
    CalendarSpec, DayOfMonth, Days, END, FIRST, LAST, MatcherSpec, Query, ScheduleSpec, ScopeSpec,
    TopologySpec, WindowSpec,
};
use crate::testing::{DAY, HOUR, MINUTE, SECOND};
use crate::zone_source::ZoneSource;

/// The same cases on every run and every machine.
pub(crate) fn cases(number: u32) -> Config {
    Config {
        cases: number,
        rng_seed: RngSeed::Fixed(20_260_606),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

/// An endless sequence of values of a strategy.
pub(crate) fn stream<S: Strategy>(seed: u8, strategy: S) -> impl Iterator<Item = S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    std::iter::repeat_with(move || {
        strategy.new_tree(&mut runner).expect("the strategies filter nothing").current()
    })
}

const ZONES: [Tz; 20] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::America__Sao_Paulo,
    Tz::Africa__Casablanca,
    Tz::Pacific__Apia,
    Tz::Asia__Kathmandu,
    Tz::Antarctica__Troll,
    Tz::America__Havana,
    Tz::Asia__Tehran,
    Tz::America__St_Johns,
    Tz::Africa__Monrovia,
    Tz::Asia__Manila,
    Tz::America__Juneau,
    Tz::Europe__Dublin,
    Tz::Asia__Gaza,
    Tz::America__Santiago,
    Tz::Australia__Sydney,
    Tz::Pacific__Kiritimati,
];

/// 2110-01-01T00:00:00Z.
const YEAR_2110: i64 = 4_417_977_600_000;

/// Compiled-in zones, and zones from files.
fn zones() -> impl Strategy<Value = ZoneSource> + Clone {
    prop_oneof![
        2 => select(&ZONES[..]).prop_map(ZoneSource::BuiltIn),
        1 => select(ZoneSource::files().collect::<Vec<_>>()),
    ]
}

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// One millisecond before or after, or no change.
fn edge() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![4 => Just(0i64), 2 => Just(-1i64), 2 => Just(1i64)]
}

/// A small or round duration.
fn distance() -> impl Strategy<Value = i64> + Clone {
    let steps = vec![SECOND, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 12 * HOUR, DAY, 7 * DAY];
    let stepped = (select(steps), -2i64..=2).prop_map(|(step, times)| step * times);
    (stepped, edge()).prop_map(|(far, near)| far + near)
}

/// A zone, and an instant near an event in it.
pub(crate) fn zone_instants() -> impl Strategy<Value = (ZoneSource, i64)> {
    let change = |zone: ZoneSource| {
        // A footer rule makes thousands of changes; this takes a few of them.
        let is_of_interest = |(index, start): &(usize, i64)| *start < YEAR_2110 || index % 97 == 0;
        let starts = offset_ranges(zone);
        let starts = starts.iter().map(|(start, ..)| *start).enumerate().skip(1);
        let changes: Vec<i64> = starts.filter(is_of_interest).map(|(_, start)| start).collect();
        if changes.is_empty() { vec![0] } else { changes }
    };
    let civil = (
        prop_oneof![
            6 => 1990..2100i32, 2 => select(&[1900, 2000, 2024, 2096, 2100, 2101, 2400][..]),
            1 => 2i32..9999,
        ],
        select(&[(1, 1), (2, 28), (2, 29), (3, 1), (3, 31), (4, 30), (12, 31), (6, 15)][..]),
    )
        .prop_map(|(year, (month, day))| {
            let date = NaiveDate::from_ymd_opt(year, month, day);
            date.unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 3, 1).expect("valid"))
        })
        .prop_map(|date| date.and_hms_opt(0, 0, 0).expect("valid").and_utc().timestamp_millis());
    zones().prop_flat_map(move |zone| {
        let base = prop_oneof![
            12 => select(change(zone)),
            6 => civil.clone(),
            1 => select(&[FIRST, LAST, END][..]),
            2 => 0i64..4_102_444_800_000,
        ];
        (Just(zone), base)
    })
}

/// A time of day in milliseconds: round, or near the local time at `base`.
fn times_of_day(zone: ZoneSource, base: i64) -> impl Strategy<Value = i64> {
    let read =
        [base - 1, base, base - HOUR, base + 30 * MINUTE].map(|t| clock(zone, t).rem_euclid(DAY));
    let time = prop_oneof![
        4 => (select(read.to_vec()), distance()).prop_map(|(t, d)| t + d),
        3 => (0i64..48).prop_map(|half| half * 30 * MINUTE),
        1 => select(&[0, 1, DAY - 1, DAY - SECOND][..]),
        1 => 0..DAY,
    ];
    time.prop_map(|t| t.rem_euclid(DAY))
}

fn clock_ranges(zone: ZoneSource, base: i64) -> impl Strategy<Value = (u32, u32)> {
    let lengths = [1, SECOND, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 90 * MINUTE, 4 * HOUR];
    let length = prop_oneof![
        6 => select(lengths.to_vec()),
        2 => select(&[12 * HOUR, 23 * HOUR, DAY - 1, DAY][..]),
        1 => 1..=DAY,
    ];
    prop_oneof![
        8 => (times_of_day(zone, base), length, any::<bool>()).prop_map(|(from, length, zero)| {
            let to = from + length.min(if from == 0 { DAY } else { DAY - 1 });
            let to = if to > DAY { to - DAY } else { to };
            // The end of the day can be written as 0:00 or 24:00.
            let to = if to == DAY && zero && from > 0 { 0 } else { to };
            (from as u32, to as u32)
        }),
        1 => Just((0, DAY as u32)),
    ]
}

/// The date of an instant, in UTC and in the years 1 to 9999.
fn date_near(t: i64, days: i64) -> NaiveDate {
    let t = (t + days * DAY).clamp(FIRST + DAY, LAST - DAY);
    DateTime::from_timestamp_millis(t).expect("in range").date_naive()
}

fn days(base: i64) -> impl Strategy<Value = Days> {
    let today = date_near(base, 0);
    let near = (-2i64..=2).prop_map(move |days| date_near(base, days));
    let number = prop_oneof![
        3 => near.clone().prop_map(|date| date.day() as i32),
        2 => select(&[1, 28, 29, 30, 31, -1, -2, -3, -4, -29, -30, -31][..]),
    ];
    let nth = (prop_oneof![select(&WEEK[..]), Just(today.weekday())], 1..=5i32, any::<bool>());
    let day = prop_oneof![
        3 => number.prop_map(DayOfMonth::Number),
        2 => nth.prop_map(|(weekday, n, last)| DayOfMonth::Nth(if last { -n } else { n }, weekday)),
    ];
    prop_oneof![
        4 => Just(Days::Each),
        2 => subsequence(WEEK.to_vec(), 1..=7).prop_map(Days::OfWeek),
        2 => near.prop_map(|date| Days::OfWeek(vec![date.weekday()])),
        4 => (vec(day, 1..4), any::<bool>())
            .prop_map(|(days, clamp)| Days::OfMonth { days, clamp }),
    ]
}

pub(crate) fn calendar_specs(zone: ZoneSource, base: i64) -> BoxedStrategy<CalendarSpec> {
    let step = prop_oneof![3 => 1..=4u32, 1 => select(&[5, 7, 12, 31, 1000, u32::MAX][..])];
    let anchor = (-40i64..=40).prop_map(move |days| date_near(base, days));
    let except = (-3i64..=3).prop_map(move |days| date_near(base, days));
    let months = prop_oneof![
        6 => Just(Vec::new()),
        1 => subsequence((1..=12).collect::<Vec<u32>>(), 1..=11),
        1 => Just(vec![date_near(base, 0).month()]),
    ];
    (
        (days(base), clock_ranges(zone, base), months),
        (option::weighted(0.3, (step, anchor)), vec(except, 0..3), any::<bool>()),
        option::weighted(0.4, 1..=30u32),
    )
        .prop_map(move |((days, (from, to), months), (every, except, excepts), count)| {
            CalendarSpec {
                days,
                from,
                to,
                zone,
                every,
                months,
                except: if excepts { except } else { Vec::new() },
                count: count.filter(|_| every.is_some()),
            }
        })
        .boxed()
}

pub(crate) fn schedule_specs(zone: ZoneSource, base: i64) -> BoxedStrategy<ScheduleSpec> {
    let (base, latest) = (base.clamp(FIRST, LAST), LAST);
    let length = prop_oneof![
        4 => select(vec![1, SECOND, MINUTE, HOUR, 4 * HOUR, DAY, 7 * DAY]),
        1 => 1..=30 * DAY,
    ];
    let once = (distance(), length.clone()).prop_map(move |(away, length)| {
        let start = (base + away).clamp(FIRST, latest - 1);
        ScheduleSpec::Once { start, end: (start + length).min(latest) }
    });
    let period = prop_oneof![
        3 => select(vec![5 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY]),
        1 => 5 * MINUTE..=30 * DAY,
    ];
    let ago = prop_oneof![4 => 0..=40i64, 1 => 0..=10_000i64];
    let periodic = (distance(), ago, period, length, 1..=120i64).prop_map(
        move |(away, ago, period_ms, length, share)| {
            // The base is `away` from the start of an occurrence.
            let start = (base + away - ago * period_ms).clamp(FIRST, latest);
            let duration_ms = if share > 100 { length } else { (period_ms * share / 100).max(1) };
            ScheduleSpec::Periodic { start, duration_ms, period_ms }
        },
    );
    prop_oneof![
        2 => once,
        2 => periodic,
        6 => calendar_specs(zone, base).prop_map(ScheduleSpec::Calendar),
    ]
    .boxed()
}

/// A schedule, and an instant near an event of it.
pub(crate) fn schedules() -> impl Strategy<Value = (ScheduleSpec, i64)> {
    zone_instants().prop_flat_map(|(zone, base)| (schedule_specs(zone, base), Just(base)))
}

const ENTITIES: [&str; 7] = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];
const NAMES: [&str; 2] = ["n", "m"];
const VALUES: [&str; 5] = ["a", "ab", "b", "ba", "abc"];
const ALERTS: [&str; 3] = ["t", "u", "v"];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(texts).prop_map(str::to_owned)
}

/// Links from a lower to a higher index, so that there is no cycle.
fn links(
    texts: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = Vec<(String, String)>> {
    vec((0..texts.len(), 0..texts.len()), 0..most).prop_map(|pairs| {
        let ordered = pairs.into_iter().filter(|(a, b)| a != b);
        ordered.map(|(a, b)| (texts[a.min(b)].into(), texts[a.max(b)].into())).collect()
    })
}

prop_compose! {
    /// The last id of each list is in the topology only if a query or scope names it.
    pub(crate) fn topology_specs()(
        entities in vec(one_of(&ENTITIES[..6]), 0..3),
        children in links(&ENTITIES[..6], 10),
        members in vec((one_of(&GROUPS[..4]), one_of(&ENTITIES[..6])), 0..7),
        nested in links(&GROUPS[..4], 5),
        attributes in vec((one_of(&ENTITIES[..6]), one_of(&NAMES), one_of(&VALUES)), 0..9),
    ) -> TopologySpec {
        TopologySpec { entities, children, members, nested, attributes, entity_label: None }
    }
}

prop_compose! {
    pub(crate) fn queries()(
        entity in one_of(&ENTITIES),
        alert_type in option::of(one_of(&ALERTS)),
        groups in vec(one_of(&GROUPS), 0..3),
        attributes in vec((one_of(&NAMES), one_of(&VALUES)), 0..3),
        with_attributes in prop_oneof![2 => Just(false), 1 => Just(true)],
    ) -> Query {
        let (groups, attributes) = if with_attributes { (groups, attributes) } else { Default::default() };
        Query { entity, alert_type, groups, attributes }
    }
}

pub(crate) fn scope_specs() -> BoxedStrategy<ScopeSpec> {
    let test = (vec(one_of(&VALUES), 1..3), 0..7).prop_map(|(values, kind)| {
        let value = values[0].clone();
        match kind {
            0 => MatcherSpec::Equals(value),
            1 => MatcherSpec::OneOf(values),
            2 => MatcherSpec::Contains(value),
            3 => MatcherSpec::StartsWith(value),
            4 => MatcherSpec::EndsWith(value),
            5 => MatcherSpec::Matches(value),
            _ => MatcherSpec::Present,
        }
    });
    let leaf = prop_oneof![
        1 => Just(ScopeSpec::Everything),
        6 => one_of(&ENTITIES).prop_map(ScopeSpec::Entity),
        2 => vec(one_of(&ENTITIES), 1..4).prop_map(ScopeSpec::Entities),
        4 => one_of(&GROUPS).prop_map(ScopeSpec::Group),
        2 => one_of(&ALERTS[..2]).prop_map(ScopeSpec::AlertType),
        3 => (one_of(&NAMES), test).prop_map(|(name, test)| ScopeSpec::Attribute(name, test)),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 1..4).prop_map(ScopeSpec::All),
            2 => vec(inner.clone(), 1..4).prop_map(ScopeSpec::Any),
            3 => inner.prop_map(|scope| ScopeSpec::Not(Box::new(scope))),
        ]
    })
    .boxed()
}

/// The share of windows that are calendars on sets of days, cron expressions or combinations.
const OTHER_KINDS: f64 = 0.25;

#[cfg(all(feature = "serde", feature = "rrule"))]
fn other_kinds(zone: ZoneSource, base: i64, seed: u64) -> BoxedStrategy<ScheduleSpec> {
    let mut random = crate::random::Random(seed);
    Just(crate::other_kinds::other_kind(&mut random, zone, base)).boxed()
}

#[cfg(not(all(feature = "serde", feature = "rrule")))]
fn other_kinds(zone: ZoneSource, base: i64, _: u64) -> BoxedStrategy<ScheduleSpec> {
    schedule_specs(zone, base)
}

/// A window near `base`, with an empty id.
pub(crate) fn window_specs(zone: ZoneSource, base: i64) -> BoxedStrategy<WindowSpec> {
    window_specs_with(OTHER_KINDS, zone, base)
}

/// A window the occurrences of which are known exactly, and do not overlap.
pub(crate) fn plain_window_specs(zone: ZoneSource, base: i64) -> BoxedStrategy<WindowSpec> {
    window_specs_with(0.0, zone, base)
}

fn window_specs_with(other_share: f64, zone: ZoneSource, base: i64) -> BoxedStrategy<WindowSpec> {
    let base = base.clamp(FIRST, LAST);
    let bound = distance().prop_map(move |away| (base + away).clamp(FIRST, LAST));
    // Half of the calendars use the zone whose clock changes at `base`.
    let zones = prop_oneof![1 => Just(zone), 1 => zones()];
    let schedule =
        (zones, any::<u64>(), prop::bool::weighted(other_share)).prop_flat_map(move |drawn| {
            let (zone, seed, is_other) = drawn;
            if is_other { other_kinds(zone, base, seed) } else { schedule_specs(zone, base) }
        });
    let scope = prop_oneof![1 => scope_specs(), 1 => one_of(&ENTITIES).prop_map(ScopeSpec::Entity)];
    (
        (schedule, scope, any::<bool>(), any::<bool>(), prop::bool::weighted(0.05)),
        option::weighted(0.2, bound.clone()),
        option::weighted(0.2, bound.clone()),
        option::weighted(0.15, bound),
        option::weighted(0.3, 0..5i64),
    )
        .prop_map(
            |((schedule, scope, strong, entity_only, disabled), from, until, closed_at, state)| {
                WindowSpec {
                    id: String::new(),
                    schedule,
                    scope,
                    effect: if strong { Effect::Monitoring } else { Effect::Notifications },
                    entity_only,
                    disabled,
                    from,
                    until: until.filter(|until| from.unwrap_or(FIRST) < *until),
                    closed_at,
                    state,
                }
            },
        )
        .boxed()
}

/// Windows over a topology, and an instant near an event of them.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub specs: Vec<WindowSpec>,
    pub topology: TopologySpec,
    pub base: i64,
}

pub(crate) fn scenarios(most: usize) -> impl Strategy<Value = Scenario> {
    zone_instants()
        .prop_flat_map(move |(zone, base)| {
            (
                vec(window_specs(zone, base), 1..most),
                topology_specs(),
                Just(base.clamp(FIRST, LAST)),
            )
        })
        .prop_map(|(mut specs, topology, base)| {
            for (number, spec) in specs.iter_mut().enumerate() {
                spec.id = format!("w-{number}");
            }
            Scenario { specs, topology, base }
        })
}
