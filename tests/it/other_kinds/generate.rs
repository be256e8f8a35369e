//! Random calendars, cron expressions and combinations near an instant.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use quietude::calendar::{Dst, Fold, Gap, Unit};
use serde_json::{Value, json};

use super::{CronSpec, DaySet, OtherKind, RangesSpec};
use crate::cron_fields::CronFields;
use crate::oracle::clock;
use crate::oracle::dates::{date_of, day_number};
use crate::random::Random;
use crate::sets::{WEEKDAYS, random_set};
use crate::specs::{CalendarSpec, Days, END, FIRST, ScheduleSpec};
use crate::testing::{DAY, HOUR, MINUTE, SECOND};
use crate::zone_source::ZoneSource;

/// Names of schedules and of sets of days; one name may have several definitions.
const NAMES: [&str; 4] = ["nights", "holidays-de", "a", "ä \"b\""];

fn name(random: &mut Random) -> String {
    NAMES[random.below(NAMES.len())].to_owned()
}

/// A schedule near `base`: half of them calendars on sets of days, a fifth of them cron
/// expressions, the others combinations.
pub(crate) fn other_kind(random: &mut Random, zone: ZoneSource, base: i64) -> ScheduleSpec {
    let kind = match random.below(10) {
        0..5 => OtherKind::Ranges(ranges(random, zone, base)),
        5..7 => OtherKind::Cron(cron(random, zone, base)),
        _ => {
            // Searches in combinations end sooner if all parts are on one clock. Those of
            // others come from time to time.
            let is_mixed = random.once_in(4);
            return combination(random, zone, base, 2, is_mixed);
        }
    };
    ScheduleSpec::Other(kind)
}

/// A local time near `base`: near that before or at a change of the clocks, or round.
fn near_time(random: &mut Random, zone: ZoneSource, base: i64) -> i64 {
    let read = clock(zone, base + random.pick(&[-1, 0, -HOUR, 30 * MINUTE]));
    let steps = [0, 0, 0, SECOND, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 12 * HOUR];
    let away = random.pick(&steps) * random.within(-2, 2) + random.pick(&[0, 0, 0, -1, 1]);
    match random.below(5) {
        0 => random.within(0, 47) * 30 * MINUTE,
        _ => (read + away).rem_euclid(DAY),
    }
}

/// Start and end of a clock range, in milliseconds from midnight.
fn range(random: &mut Random, zone: ZoneSource, base: i64) -> (i64, i64) {
    let from = near_time(random, zone, base);
    let length = match random.below(8) {
        0 => *random.pick(&[DAY - 1, DAY, DAY + HOUR]),
        1 => *random.pick(&[2 * DAY, 66 * HOUR, 3 * DAY - 1]),
        2 if random.once_in(60) => *random.pick(&[40 * DAY, 366 * DAY - HOUR]),
        3 => {
            let to = near_time(random, zone, base);
            if to > from { to - from } else { to + DAY - from }
        }
        _ => *random.pick(&[
            1,
            SECOND,
            MINUTE,
            15 * MINUTE,
            30 * MINUTE,
            HOUR,
            61 * MINUTE,
            4 * HOUR,
        ]),
    };
    (from, from + length)
}

fn ranges(random: &mut Random, zone: ZoneSource, base: i64) -> RangesSpec {
    let today = date_near(base);
    // Sets of days are known in the inner years only.
    let has_sets = (5..9995).contains(&today.year());
    let of_some = |random: &mut Random, n: u64| has_sets && !random.once_in(n);
    let mut spec = RangesSpec {
        days: of_some(random, 5).then(|| DaySet::new(near_set(random, today))),
        name: None,
        ranges: (0..*random.pick(&[1, 1, 1, 2, 3])).map(|_| range(random, zone, base)).collect(),
        dst: *random.pick(&[Dst::HighWater, Dst::Reading, Dst::Shift]),
        zone,
        every: None,
        from_anchor: false,
        count: None,
        except: None,
        counted: Arc::default(),
    };
    if spec.days.is_some() && random.once_in(4) {
        spec.name = Some(name(random));
    }
    if random.once_in(4) {
        let unit = *random.pick(&[Unit::Day, Unit::Week, Unit::Month]);
        let anchor = date_near(base + random.within(-40, 40) * DAY);
        spec.every = Some((random.within(1, 4) as u32, unit, anchor));
        // A count begins at the anchor anyway.
        spec.from_anchor = random.once_in(3);
        spec.count = random.once_in(3).then(|| random.within(1, 30) as u32);
    }
    if has_sets && random.once_in(4) {
        let set = match random.below(3) {
            0 => random_set(random, 1),
            _ => near_set(random, today),
        };
        spec.except = Some(DaySet::new(set));
    }
    spec
}

/// A date within the years 1 to 9999.
fn date_near(t: i64) -> NaiveDate {
    date_of(t.clamp(FIRST + DAY, END - 2 * DAY).div_euclid(DAY))
}

/// A set of days; mostly one that has, or leaves out, a day near a date.
fn near_set(random: &mut Random, today: NaiveDate) -> Value {
    let near = |random: &mut Random| date_of(day_number(today) + random.within(-3, 3));
    let weekday = |date: NaiveDate| WEEKDAYS[date.weekday().num_days_from_monday() as usize];
    let (day, last) = (near(random), near(random));
    let (first, last) = (day.min(last), day.max(last));
    match random.below(14) {
        0 => json!({"weekdays": [format!("{}..{}", weekday(day), weekday(near(random)))]}),
        1 => json!({"month_days": [day.day()]}),
        2 => json!({"month_days": [format!("{}..-1", day.day())]}),
        3 => json!({"dates": [first.to_string(), format!("{first}..{last}")]}),
        4 => {
            let away = random.within(-40, 40);
            let date = date_of(day_number(day) - away);
            json!({"offset": away, "of": {"dates": [date.to_string()]}})
        }
        5 => json!({"nth": day.day().div_ceil(7), "weekday": weekday(day)}),
        6 => json!({"nth": random.pick(&[1, 2, -1]), "of": {"weekdays": ["monday..friday"]},
                    "in": random.pick(&["week", "month"])}),
        7 => json!({"nearest_weekday": day.day()}),
        8 => {
            let point = |date: NaiveDate| json!({"month": month(date), "day": date.day().min(28)});
            json!({"span": {"from": point(first), "to": point(last), "step": random.within(1, 3)}})
        }
        9 => json!({"all": [{"years": [today.year()]}, {"months": [month(day)]}]}),
        10 => json!({"not": {"dates": [format!("{first}..{last}")]}}),
        11 => json!({"any": [{"weekdays": [weekday(day)]}, random_set(random, 1)]}),
        _ => random_set(random, 2),
    }
}

/// The name of a month.
fn month(date: NaiveDate) -> &'static str {
    crate::sets::MONTHS[date.month0() as usize]
}

/// A cron expression with few times a day.
fn cron(random: &mut Random, zone: ZoneSource, base: i64) -> CronSpec {
    let read = near_time(random, zone, base) / MINUTE;
    let (hour, minute) = (read / 60, read % 60);
    let mut minutes = vec![minute, *random.pick(&[0, 15, 30, 59, minute])];
    let mut hours = vec![hour, (hour + random.pick(&[0, 1, 23])) % 24];
    if random.once_in(6) {
        hours = (0..24).collect();
    }
    for list in [&mut minutes, &mut hours] {
        list.sort_unstable();
        list.dedup();
    }
    let text = |list: &[i64]| match list.len() {
        24 => "*".to_owned(),
        _ => list.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
    };
    let times = hours.iter().flat_map(|hour| minutes.iter().map(move |m| (hour * 60 + m) * MINUTE));
    let fields = CronFields::random(random)
        .at_times(&format!("{} {}", text(&minutes), text(&hours)), times.collect());
    CronSpec {
        fields,
        duration_ms: *random.pick(&[1, MINUTE, 15 * MINUTE, HOUR, 100 * MINUTE, DAY, 3 * DAY]),
        fold: *random.pick(&[Fold::First, Fold::Both]),
        gap: *random.pick(&[Gap::Skip, Gap::Shift]),
        zone,
    }
}

/// A combination; `depth` is how deep it may be nested. Its parts are calendars in one zone,
/// or of all kinds.
fn combination(
    random: &mut Random,
    zone: ZoneSource,
    base: i64,
    depth: u32,
    is_mixed: bool,
) -> ScheduleSpec {
    if depth == 0 || (depth == 1 && random.once_in(2)) {
        return part(random, zone, base, is_mixed);
    }
    let inner = |random: &mut Random| combination(random, zone, base, depth - 1, is_mixed);
    let some = |random: &mut Random| (0..random.within(1, 3)).map(|_| inner(random)).collect();
    ScheduleSpec::Other(match random.below(8) {
        0..3 => OtherKind::Any(some(random)),
        // One but not the others, or within the hours around the base. Searches in `all` of
        // short parts that never meet are long, and tested elsewhere.
        3..6 => {
            let mut parts: Vec<ScheduleSpec> = some(random);
            for other in &mut parts[1..] {
                *other = ScheduleSpec::Other(OtherKind::Not(Box::new(other.clone())));
            }
            if random.once_in(2) {
                let from = near_time(random, zone, base - 10 * HOUR);
                let clock = (from as u32, ((from + 20 * HOUR) % DAY) as u32);
                parts.push(ScheduleSpec::Calendar(CalendarSpec::daily(clock, zone)));
            }
            OtherKind::All(parts)
        }
        6 => OtherKind::Not(Box::new(inner(random))),
        _ => OtherKind::Named(name(random), Box::new(inner(random))),
    })
}

fn part(random: &mut Random, zone: ZoneSource, base: i64, is_mixed: bool) -> ScheduleSpec {
    let plain = |random: &mut Random| {
        // Less than a day, or the whole day.
        let (from, to) = loop {
            let (from, to) = range(random, zone, base);
            if to - from < DAY || (from, to) == (0, DAY) {
                break (from, to);
            }
        };
        let to = if to > DAY { to - DAY } else { to };
        let mut daily = CalendarSpec::daily((from as u32, to as u32), zone);
        if random.once_in(2) {
            let weekday = date_near(base + random.within(-1, 1) * DAY).weekday();
            daily.days = Days::OfWeek(vec![weekday, weekday.succ().succ()]);
        }
        ScheduleSpec::Calendar(daily)
    };
    if !is_mixed {
        let dst = Dst::HighWater;
        return match random.below(3) {
            0 => ScheduleSpec::Other(OtherKind::Ranges(RangesSpec {
                dst,
                every: None,
                from_anchor: false,
                count: None,
                ..ranges(random, zone, base)
            })),
            _ => plain(random),
        };
    }
    let away = random.within(-3, 3) * random.pick(&[0, 1, HOUR, DAY]);
    match random.below(6) {
        0 => ScheduleSpec::Once {
            start: (base + away).clamp(FIRST, END - 2),
            end: (base + away + random.pick(&[1, HOUR, DAY, 3 * DAY])).clamp(FIRST + 1, END - 1),
        },
        1 => ScheduleSpec::Periodic {
            start: (base + away - random.within(0, 40) * DAY).clamp(FIRST, END - 2),
            duration_ms: *random.pick(&[1, HOUR, 11 * HOUR]),
            period_ms: *random.pick(&[12 * HOUR, DAY, 7 * DAY]),
        },
        2 => ScheduleSpec::Other(OtherKind::Ranges(ranges(random, zone, base))),
        3 => ScheduleSpec::Other(OtherKind::Cron(cron(random, zone, base))),
        _ => plain(random),
    }
}
