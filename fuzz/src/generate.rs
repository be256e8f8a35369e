//! Generates instants, schedules and windows, biased towards clock changes, ends of months
//! and years, and the ends of the range.

use chrono::{DateTime, NaiveDate, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use quietude::{
    ClockRange, Daily, Effect, EntityState, Interval, MonthDay, Monthly, Once, Periodic,
    Propagation, Rule, Schedule, ShortMonth, Validity, Weekly, Window, Zone,
};

use crate::calendars;
use crate::choices::Choices;
use crate::clock::{DAY, END, FIRST, HOUR, LAST, MINUTE, SECOND, clamped, offset};
use crate::subjects::scope;

const ZONES: [Tz; 16] = [
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
    Tz::Africa__Monrovia,
    Tz::Asia__Manila,
    Tz::America__Juneau,
    Tz::Europe__Dublin,
    Tz::Asia__Gaza,
];

pub(crate) const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

const LENGTHS: [i64; 12] = [
    1,
    SECOND,
    MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    90 * MINUTE,
    4 * HOUR,
    12 * HOUR,
    DAY - 1,
    DAY,
    7 * DAY,
];

/// A zone, and an instant near an event in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ZonedInstant {
    pub(crate) zone: Tz,
    pub(crate) base: i64,
}

pub(crate) fn zone(s: &mut Choices<'_>) -> Tz {
    if s.once_in(4) { s.pick(&TZ_VARIANTS) } else { s.pick(&ZONES) }
}

pub(crate) fn zoned_instant(s: &mut Choices<'_>) -> ZonedInstant {
    let zone = zone(s);
    let base = match s.below(8) {
        0..=3 => {
            let changes: Vec<_> = Zone::from(zone).transitions(Interval::ALWAYS).collect();
            if changes.is_empty() { 0 } else { s.pick(&changes).at.as_millis() }
        }
        4 | 5 => midnight(s),
        6 => s.within(0, 4_102_444_800_000),
        _ => s.pick(&[LAST, FIRST, END, 0]),
    };
    ZonedInstant { zone, base }
}

/// A midnight UTC on a date with special cases in calendars.
fn midnight(s: &mut Choices<'_>) -> i64 {
    let year = match s.below(4) {
        0 => s.pick(&[1900, 2000, 2024, 2096, 2100, 2101, 2400]),
        1 => s.within(2, 9998),
        _ => s.within(1970, 2100),
    };
    let (month, day) =
        s.pick(&[(1, 1), (2, 28), (2, 29), (3, 1), (3, 31), (4, 30), (12, 31), (6, 15)]);
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)
        .unwrap_or_else(|| NaiveDate::from_ymd_opt(year as i32, 3, 1).expect("a date"));
    date.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp_millis()
}

/// An instant near the base; it may be out of range.
pub(crate) fn near(s: &mut Choices<'_>, base: i64) -> i64 {
    let step = s.pick(&[0, SECOND, 10 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, DAY, 7 * DAY]);
    base + step * s.within(-3, 3) + s.pick(&[0, 0, -1, 1])
}

/// A date near the base.
pub(crate) fn date(s: &mut Choices<'_>, base: i64) -> NaiveDate {
    let t = base + s.within(-40, 40) * DAY;
    let t = t.clamp(FIRST + DAY, LAST - DAY);
    DateTime::from_timestamp_millis(t).expect("in range").naive_utc().date()
}

/// A time of day in milliseconds: near the local time at the base, or any.
fn time_of_day(s: &mut Choices<'_>, center: ZonedInstant) -> i64 {
    let t = match s.below(4) {
        0 | 1 => {
            let t = near(s, center.base);
            t + offset(center.zone, t.clamp(FIRST, LAST))
        }
        2 => s.within(0, 47) * 30 * MINUTE,
        _ => s.within(0, DAY - 1),
    };
    t.rem_euclid(DAY)
}

pub(crate) fn clock_range(s: &mut Choices<'_>, center: ZonedInstant) -> ClockRange {
    let from = time_of_day(s, center);
    let length = if s.once_in(4) { s.within(1, DAY) } else { s.pick(&LENGTHS[..11]) };
    let to = from + length.min(if from == 0 { DAY } else { DAY - 1 });
    let to = if to > DAY { to - DAY } else { to };
    ClockRange::new(from as u32, to as u32).expect("a clock range")
}

fn month_day(s: &mut Choices<'_>) -> MonthDay {
    let sign = s.pick(&[1, -1]);
    if s.once_in(3) {
        MonthDay::nth(sign * s.within(1, 5) as i32, s.pick(&WEEK)).expect("an n-th")
    } else {
        let day = if s.once_in(2) { s.pick(&[1, 28, 29, 30, 31]) } else { s.within(1, 31) };
        MonthDay::new(sign * day as i32).expect("a day")
    }
}

/// A daily, weekly or monthly schedule, with optional rules.
fn calendar(s: &mut Choices<'_>, center: ZonedInstant) -> Schedule {
    let clock = clock_range(s, center);
    macro_rules! with_rules {
        ($kind:expr) => {{
            let mut kind = $kind;
            if s.once_in(3) {
                let n = if s.once_in(4) { s.within(1, u32::MAX.into()) } else { s.within(1, 9) };
                kind = kind.with_interval(n as u32, date(s, center.base)).expect("a step");
                if s.once_in(3) {
                    kind = kind.with_count(s.within(1, 40) as u32).expect("a count");
                }
            }
            if s.once_in(5) {
                kind = kind.with_months(s.few(4, |s| s.within(1, 12) as u32)).expect("months");
            }
            if s.once_in(4) {
                kind = kind.without_dates(s.few(3, |s| date(s, center.base))).expect("dates");
            }
            kind.into()
        }};
    }
    match s.below(3) {
        0 => with_rules!(Daily::new(clock, center.zone)),
        1 => {
            let days = s.few(4, |s| s.pick(&WEEK));
            with_rules!(Weekly::new(days, clock, center.zone).expect("weekdays"))
        }
        _ => {
            let days = s.few(3, month_day);
            let rule = s.pick(&[ShortMonth::Skip, ShortMonth::Clamp]);
            let monthly = Monthly::on_days(days, clock, center.zone).expect("days");
            with_rules!(monthly.with_short_month(rule))
        }
    }
}

/// A duration.
pub(crate) fn length(s: &mut Choices<'_>) -> i64 {
    match s.below(8) {
        0 => s.within(1, 400 * DAY),
        1 => s.pick(&[i64::MAX, END - FIRST, 366 * DAY, 30 * DAY]),
        _ => s.pick(&LENGTHS),
    }
}

/// A schedule; if it has a period, that is at least `least_period`.
pub(crate) fn schedule(s: &mut Choices<'_>, center: ZonedInstant, least_period: i64) -> Schedule {
    match s.below(8) {
        0 => {
            let start = near(s, center.base).clamp(FIRST, LAST - 1);
            let end = start.saturating_add(length(s)).min(LAST);
            Once::new(clamped(start), clamped(end)).expect("an interval").into()
        }
        1 => {
            let period = if s.once_in(4) { s.within(1, 90 * DAY) } else { length(s) };
            let period = period.max(least_period);
            let back = s.within(0, 10_000).saturating_mul(period);
            let start = near(s, center.base).saturating_sub(back).clamp(FIRST, LAST);
            Periodic::new(clamped(start), length(s), period).expect("a period").into()
        }
        2 => {
            let text = rule_text(s, center);
            let rule = Rule::parse_in(&text, center.zone, length(s));
            rule.map_or_else(|_| Daily::new(clock_range(s, center), center.zone).into(), Into::into)
        }
        3 => calendars::schedule(s, center),
        _ => calendar(s, center),
    }
}

/// A date and time near the base, in the syntax of RFC 5545.
fn rule_time(s: &mut Choices<'_>, center: ZonedInstant, form: Form) -> String {
    let t = near(s, center.base).clamp(FIRST, LAST);
    let reading = if form == Form::Utc { t } else { t + offset(center.zone, t) };
    let time = DateTime::from_timestamp_millis(reading).expect("in chrono's range");
    match form {
        Form::Date => time.format("%Y%m%d").to_string(),
        Form::Utc => time.format("%Y%m%dT%H%M%SZ").to_string(),
        Form::Zoned | Form::Floating => time.format("%Y%m%dT%H%M%S").to_string(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Zoned,
    Utc,
    Floating,
    Date,
}

/// The text of a rule that is mostly valid, with numbers that are not too large.
pub(crate) fn rule_text(s: &mut Choices<'_>, center: ZonedInstant) -> String {
    let form = s.pick(&[Form::Zoned, Form::Zoned, Form::Utc, Form::Floating, Form::Date]);
    let parameters = match form {
        Form::Zoned => format!(";TZID={}", center.zone.name()),
        Form::Date => ";VALUE=DATE".to_owned(),
        Form::Utc | Form::Floating => String::new(),
    };
    let mut text = format!("DTSTART{parameters}:{}", rule_time(s, center, form));
    if !s.once_in(16) {
        text.push_str("\nRRULE:");
        text.push_str(&recurrence(s, center, form));
    }
    for name in ["EXDATE", "RDATE"] {
        if s.once_in(4) {
            // Calendars write dates for times, and times for dates.
            let other = if form == Form::Date { Form::Floating } else { Form::Date };
            let times = s.few(3, |s| {
                let form = if name == "EXDATE" && s.once_in(4) { other } else { form };
                rule_time(s, center, form)
            });
            let mixed = times.iter().any(|time| (time.len() == 8) != (form == Form::Date));
            let parameters = if mixed { "" } else { &*parameters };
            text.push_str(&format!("\n{name}{parameters}:{}", times.join(",")));
        }
    }
    if s.once_in(16) {
        // A text that lacks a name, or its line breaks.
        text = text.replace(s.pick(&["RRULE:", "\n"]), s.pick(&["", "\\n", ";"]));
    }
    text
}

fn recurrence(s: &mut Choices<'_>, center: ZonedInstant, form: Form) -> String {
    let mut parts = vec![format!(
        "FREQ={}",
        s.pick(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY"])
    )];
    if s.once_in(3) {
        let wide = s.once_in(4);
        parts.push(format!("INTERVAL={}", s.within(1, if wide { 100_000 } else { 8 })));
    }
    match s.below(4) {
        1 => parts.push(format!("COUNT={}", s.within(1, 300))),
        2 => {
            let form = if form == Form::Zoned { Form::Utc } else { form };
            parts.push(format!("UNTIL={}", rule_time(s, center, form)));
        }
        _ => {}
    }
    if s.once_in(4) {
        let ordinals = s.once_in(3);
        let days = s.few(3, |s| {
            let day = s.pick(&["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
            if ordinals { format!("{}{day}", signed(s, 5)) } else { day.to_owned() }
        });
        parts.push(format!("BYDAY={}", days.join(",")));
    }
    let numbers = [
        ("BYMONTH", 6, 12, false),
        ("BYMONTHDAY", 6, 31, true),
        ("BYYEARDAY", 10, 366, true),
        ("BYWEEKNO", 10, 53, true),
        ("BYHOUR", 5, 23, false),
        ("BYMINUTE", 6, 59, false),
        ("BYSECOND", 6, 60, false),
        ("BYSETPOS", 6, 10, true),
    ];
    for (name, rarity, most, both) in numbers {
        if s.once_in(rarity) {
            let values = s.few(3, |s| match both {
                true => signed(s, most).to_string(),
                false => s.within(i64::from(name == "BYMONTH"), most).to_string(),
            });
            parts.push(format!("{name}={}", values.join(",")));
        }
    }
    if s.once_in(6) {
        parts.push(format!("WKST={}", s.pick(&["SU", "MO", "TH"])));
    }
    parts.join(";")
}

fn signed(s: &mut Choices<'_>, most: i64) -> i64 {
    s.within(1, most) * s.pick(&[1, -1])
}

/// A window near an instant.
pub(crate) fn window(s: &mut Choices<'_>, id: &str, center: ZonedInstant) -> Window {
    // Most windows use the same zone, and so its clock changes.
    let other = if s.once_in(4) { ZonedInstant { zone: zone(s), ..center } } else { center };
    let bound = |s: &mut Choices<'_>, rarity| {
        s.once_in(rarity).then(|| clamped(near(s, center.base).clamp(FIRST, LAST)))
    };
    let (from, until) = (bound(s, 5), bound(s, 5));
    let until = until.filter(|until| from.is_none_or(|from| from < *until));
    let until = until.filter(|until| until.as_millis() > FIRST);
    let reach = s.pick(&[Propagation::Descendants, Propagation::Entity]);
    let mut window = Window::builder(id)
        .schedule(schedule(s, other, SECOND))
        .scope(scope(s, 3))
        .effect(s.pick(&[Effect::Notifications, Effect::Monitoring]))
        .propagation(reach)
        .validity(Validity::new(from, until));
    if s.once_in(16) {
        window = window.disable();
    }
    if let Some(closed) = bound(s, 6) {
        window = window.closed_at(closed);
    }
    if s.once_in(4) {
        window = window.state_during(EntityState::new(s.within(-1, 5)));
    }
    window.build().unwrap_or_else(|error| panic!("{error}"))
}
