//! Writes schedules and sets of days as JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::json::Document;
#[cfg(feature = "rrule")]
use crate::json::terms::{DAY_MATCHES, FOLDS, GAPS};
use crate::json::terms::{DST_RULES, MONTHS, PERIODS, SHORT_MONTHS, UNITS, WEEKDAYS, name_of};
use crate::json::value::Value;
use crate::schedule::dates::date_of;
use crate::schedule::{
    ClockDates, Combination, DayNode, DayOfMonth, Days, Dst, Item, OnceEnd, Operator, Point,
    PointKind, Schedule,
};
#[cfg(feature = "rrule")]
use crate::schedule::{DayMatch, Fold, Gap, GivenDuration};
use crate::time::{MonthDay, ShortMonth, Timestamp};

/// The tables of values that a schedule may refer to by name.
pub(super) trait NamedValues {
    /// The key of a set of days with a name; `None` if the name does not stand for it.
    fn days_key<'a>(&'a self, name: &'a str, days: &Days) -> Option<&'a str>;

    /// The key of a schedule with a name; `None` if the name does not stand for it.
    fn schedule_key<'a>(&'a self, name: &'a str, schedule: &Schedule) -> Option<&'a str>;
}

pub(super) type Named<'a> = &'a dyn NamedValues;

/// No tables.
pub(super) struct NoNames;

impl NamedValues for NoNames {
    fn days_key<'a>(&'a self, _: &'a str, _: &Days) -> Option<&'a str> {
        None
    }

    fn schedule_key<'a>(&'a self, _: &'a str, _: &Schedule) -> Option<&'a str> {
        None
    }
}

/// A key is a name.
impl NamedValues for Document {
    fn days_key<'a>(&'a self, name: &'a str, days: &Days) -> Option<&'a str> {
        self.calendars.iter().any(|(known, own)| known == name && own == days).then_some(name)
    }

    fn schedule_key<'a>(&'a self, name: &'a str, schedule: &Schedule) -> Option<&'a str> {
        self.schedules.iter().any(|(known, own)| known == name && own == schedule).then_some(name)
    }
}

/// The named sets of days of a document.
pub(super) struct CalendarTable<'a> {
    pub(super) entries: &'a [(String, Days)],
    pub(super) named: Named<'a>,
}

impl Serialize for CalendarTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.entries.iter();
        serializer.collect_map(entries.map(|(name, days)| (name, days_value(days, self.named))))
    }
}

/// The named schedules of a document.
pub(super) struct ScheduleTable<'a> {
    pub(super) entries: &'a [(String, Schedule)],
    pub(super) named: Named<'a>,
}

impl Serialize for ScheduleTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (entries, named) = (self.entries.iter(), self.named);
        serializer
            .collect_map(entries.map(|(name, schedule)| (name, ScheduleForm { schedule, named })))
    }
}

/// A schedule in its form of a document.
pub(super) struct ScheduleForm<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) named: Named<'a>,
}

fn text(t: Timestamp) -> String {
    t.to_string()
}

impl Serialize for ScheduleForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = self.named;
        // A name that stands for something else is left out.
        if let Schedule::Combined(combination) = self.schedule
            && let (Some(name), [schedule]) = (combination.name(), combination.parts())
            && named.schedule_key(name, schedule).is_none()
        {
            return ScheduleForm { schedule, named }.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        match self.schedule {
            Schedule::Once(once) => {
                map.serialize_entry("kind", "once")?;
                map.serialize_entry("start", &text(once.interval().start()))?;
                if !once.is_endless() {
                    map.serialize_entry("end", &text(once.interval().end()))?;
                }
            }
            Schedule::LocalOnce(once) => {
                map.serialize_entry("kind", "once")?;
                map.serialize_entry("start", &once.start().to_string())?;
                match once.end() {
                    OnceEnd::At(end) => map.serialize_entry("end", &end.to_string())?,
                    OnceEnd::After(duration_ms) => {
                        map.serialize_entry("duration_ms", duration_ms)?
                    }
                    OnceEnd::Never => {}
                }
                map.serialize_entry("timezone", once.zone().name())?;
            }
            Schedule::Periodic(periodic) => {
                map.serialize_entry("kind", "periodic")?;
                map.serialize_entry("start", &text(periodic.start()))?;
                map.serialize_entry("duration_ms", &periodic.duration_ms())?;
                map.serialize_entry("period_ms", &periodic.period_ms())?;
            }
            Schedule::Daily(daily) => {
                map.serialize_entry("kind", "daily")?;
                calendar(&mut map, daily.calendar(), named)?;
            }
            Schedule::Weekly(weekly) => {
                map.serialize_entry("kind", "weekly")?;
                let weekdays: Vec<_> =
                    weekly.weekdays().map(|day| name_of(&WEEKDAYS, &day)).collect();
                map.serialize_entry("weekdays", &weekdays)?;
                calendar(&mut map, weekly.calendar(), named)?;
            }
            Schedule::Monthly(monthly) => {
                map.serialize_entry("kind", "monthly")?;
                match monthly.days() {
                    [day] => map.serialize_entry("day", &month_day(*day))?,
                    days => {
                        let days: Vec<_> = days.iter().map(|day| month_day(*day)).collect();
                        map.serialize_entry("day", &days)?;
                    }
                }
                if monthly.short_month() != ShortMonth::Skip {
                    let rule = name_of(&SHORT_MONTHS, &monthly.short_month());
                    map.serialize_entry("short_month", rule)?;
                }
                calendar(&mut map, monthly.calendar(), named)?;
            }
            Schedule::Calendar(of_days) => {
                map.serialize_entry("kind", "calendar")?;
                if let Some(days) = of_days.days() {
                    map.serialize_entry("days", &days_value(days, named))?;
                }
                calendar_with_unit(&mut map, of_days.calendar(), named)?;
            }
            #[cfg(feature = "rrule")]
            Schedule::Rule(rule) => {
                map.serialize_entry("kind", "rule")?;
                map.serialize_entry("rrule", rule.text())?;
                if rule.is_floating() {
                    map.serialize_entry("timezone", rule.zone().name())?;
                }
                match rule.given_duration() {
                    GivenDuration::Millis(ms) => map.serialize_entry("duration_ms", ms)?,
                    GivenDuration::Nominal(duration) => {
                        map.serialize_entry("duration", &duration.to_string())?;
                    }
                    GivenDuration::InText => {}
                }
                fold_and_gap(&mut map, rule.fold(), rule.gap())?;
            }
            #[cfg(feature = "rrule")]
            Schedule::Cron(cron) => {
                map.serialize_entry("kind", "cron")?;
                map.serialize_entry("cron", cron.text())?;
                map.serialize_entry("duration_ms", &cron.duration_ms())?;
                map.serialize_entry("timezone", cron.zone().name())?;
                if cron.day_match() != DayMatch::Or {
                    map.serialize_entry("day_match", name_of(&DAY_MATCHES, &cron.day_match()))?;
                }
                fold_and_gap(&mut map, cron.fold(), cron.gap())?;
            }
            Schedule::Combined(combination) => combined(&mut map, combination, named)?,
        }
        map.end()
    }
}

/// Writes the rules for folds and gaps that are not the default.
#[cfg(feature = "rrule")]
fn fold_and_gap<M: SerializeMap>(map: &mut M, fold: Fold, gap: Gap) -> Result<(), M::Error> {
    if fold != Fold::First {
        map.serialize_entry("fold", name_of(&FOLDS, &fold))?;
    }
    if gap != Gap::Skip {
        map.serialize_entry("gap", name_of(&GAPS, &gap))?;
    }
    Ok(())
}

fn combined<M: SerializeMap>(
    map: &mut M,
    combination: &Combination,
    named: Named<'_>,
) -> Result<(), M::Error> {
    let parts = combination.parts().iter().map(|schedule| ScheduleForm { schedule, named });
    let kind = match combination.operator() {
        Operator::Any => "any",
        Operator::All => "all",
        Operator::Not => "not",
        Operator::Named => "ref",
    };
    map.serialize_entry("kind", kind)?;
    match combination.operator() {
        Operator::Any | Operator::All => map.serialize_entry("of", &parts.collect::<Vec<_>>()),
        Operator::Not => parts.into_iter().try_for_each(|part| map.serialize_entry("of", &part)),
        Operator::Named => {
            let name = combination.name().unwrap_or_default();
            let key = combination.parts().first().and_then(|part| named.schedule_key(name, part));
            map.serialize_entry("name", key.unwrap_or(name))
        }
    }
}

/// Writes the fields that all calendar kinds have.
fn calendar<M: SerializeMap>(
    map: &mut M,
    calendar: &ClockDates,
    named: Named<'_>,
) -> Result<(), M::Error> {
    write_calendar(map, calendar, named, false)
}

fn calendar_with_unit<M: SerializeMap>(
    map: &mut M,
    calendar: &ClockDates,
    named: Named<'_>,
) -> Result<(), M::Error> {
    write_calendar(map, calendar, named, true)
}

fn write_calendar<M: SerializeMap>(
    map: &mut M,
    calendar: &ClockDates,
    named: Named<'_>,
    is_of_days: bool,
) -> Result<(), M::Error> {
    match calendar.clocks() {
        [clock] => map.serialize_entry("clock", &clock.to_string())?,
        clocks => {
            let clocks: Vec<_> = clocks.iter().map(ToString::to_string).collect();
            map.serialize_entry("clock", &clocks)?;
        }
    }
    map.serialize_entry("timezone", calendar.zone.name())?;
    if calendar.dst() != Dst::HighWater {
        map.serialize_entry("dst", name_of(&DST_RULES, &calendar.dst()))?;
    }
    let dates = &calendar.dates;
    if let Some(every) = dates.interval() {
        let unit = Value::from(name_of(&UNITS, &every.unit));
        let unit = is_of_days.then_some(("unit", unit));
        let from_anchor = dates.is_from_anchor().then_some(("from_anchor", Value::Bool(true)));
        let fields = [Some(("n", Value::Integer(every.n.into()))), unit]
            .into_iter()
            .chain([Some(("anchor", Value::from(date_of(every.anchor).to_string()))), from_anchor]);
        map.serialize_entry("every", &Value::fields(fields.flatten()))?;
    }
    if let Some(months) = dates.months().filter(|_| !is_of_days) {
        let months: Vec<_> = months.map(|month| name_of(&MONTHS, &month)).collect();
        map.serialize_entry("months", &months)?;
    }
    let except: Vec<_> = dates.exceptions().map(|date| date.to_string()).collect();
    if let Some(days) = dates.excepted_days() {
        map.serialize_entry("except", &days_value(days, named))?;
    } else if !except.is_empty() {
        map.serialize_entry("except", &except)?;
    }
    if let Some(count) = dates.count() {
        map.serialize_entry("count", &count)?;
    }
    Ok(())
}

pub(super) fn month_day(day: MonthDay) -> Value {
    match day.nth_weekday() {
        Some((n, weekday)) => Value::fields([
            ("nth", Value::Integer(n.into())),
            ("weekday", name_of(&WEEKDAYS, &weekday).into()),
        ]),
        None => Value::Integer(day.number().unwrap_or_default().into()),
    }
}

/// The form of a set of days.
pub(super) fn days_value(days: &Days, named: Named<'_>) -> Value {
    let number = |n: i32| Value::Integer(n.into());
    let one = |name: &str, value: Value| Value::fields([(name, value)]);
    let sets = |sets: &[Days]| sets.iter().map(|set| days_value(set, named)).collect::<Value>();
    match days.node() {
        DayNode::Weekdays(given, _) => {
            one("weekdays", list(given, |day| name_of(&WEEKDAYS, &day).into()))
        }
        DayNode::MonthDays(given, _) => one("month_days", list(given, |day| number(day.into()))),
        DayNode::NthWeekday(n, weekday) => Value::fields([
            ("nth", number((*n).into())),
            ("weekday", name_of(&WEEKDAYS, weekday).into()),
        ]),
        DayNode::NthOf(n, of, unit) => Value::fields([
            ("nth", number(*n)),
            ("of", days_value(of, named)),
            ("in", name_of(&PERIODS, unit).into()),
        ]),
        DayNode::Months(given, _) => {
            one("months", list(given, |month| name_of(&MONTHS, &month).into()))
        }
        DayNode::Years(given, _) => one("years", list(given, number)),
        DayNode::Dates(given, _) => {
            one("dates", list(given, |day| date_of(day).to_string().into()))
        }
        DayNode::Span(span) => {
            let step = (span.step != 1).then_some(("step", Value::Integer(span.step.into())));
            let ends = [("from", point(span.from)), ("to", point(span.to))];
            one("span", Value::fields(ends.into_iter().chain(step)))
        }
        DayNode::Easter(later) => one("easter", number(*later)),
        DayNode::Offset(later, of) => {
            Value::fields([("offset", number(*later)), ("of", days_value(of, named))])
        }
        DayNode::NearestWeekday(day) => one("nearest_weekday", number((*day).into())),
        DayNode::Named(name, of) => match named.days_key(name, of) {
            Some(key) => one("ref", key.into()),
            None => days_value(of, named),
        },
        DayNode::Any(parts) => one("any", sets(parts)),
        DayNode::All(parts) => one("all", sets(parts)),
        DayNode::Not(of) => one("not", days_value(of, named)),
    }
}

/// A list of values and ranges of them.
fn list<T: Copy>(items: &[Item<T>], form: impl Fn(T) -> Value) -> Value {
    let text = |value: T| match form(value) {
        Value::Text(text) => text,
        other => other.to_json(),
    };
    let items = items.iter().map(|item| match *item {
        Item::One(one) => form(one),
        Item::Range(first, last) => format!("{}..{}", text(first), text(last)).into(),
    });
    items.collect()
}

fn point(point: Point) -> Value {
    let day = |day: DayOfMonth| match day {
        DayOfMonth::Number(n) => vec![("day", Value::Integer(n.into()))],
        DayOfMonth::Nth(n, weekday) => vec![
            ("nth", Value::Integer(n.into())),
            ("weekday", name_of(&WEEKDAYS, &weekday).into()),
        ],
    };
    match point.kind() {
        PointKind::Date(date) => date_of(date).to_string().into(),
        PointKind::Yearly(month, DayOfMonth::Number(day @ 1..)) => {
            format!("{month:02}-{day:02}").into()
        }
        PointKind::Yearly(month, of_month) => {
            let month = ("month", Value::from(name_of(&MONTHS, &u32::from(month))));
            Value::fields([month].into_iter().chain(day(of_month)))
        }
        PointKind::Monthly(of_month) => Value::fields(day(of_month)),
    }
}
