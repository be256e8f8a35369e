//! Periods of a maintenance as rules with an elapsed length.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime};
use quietude::calendar::{LocalOnce, LocalTime, OnceEnd};
use quietude::{Interval, Once, Rule, Schedule, Timestamp, Zone};

use crate::collect::required_zone;
use crate::convert::ImportOptions;
use crate::error::{Error, Place};
use crate::zabbix::json::Period;

const DAY: i64 = 86_400;

/// The most days or weeks from an occurrence to the next one.
const MAX_EVERY: i64 = 2000;

/// The schedule of a period, if it occurs, and what it does not express.
#[derive(Default)]
pub(super) struct Found {
    pub(super) schedule: Option<Schedule>,
    pub(super) notes: Vec<String>,
}

/// The schedule of the period at a place of the text, of a maintenance that is active from
/// `since` to `until`.
pub(super) fn schedule(
    place: &str,
    period: &Period,
    since: Timestamp,
    until: Timestamp,
    options: &ImportOptions,
) -> Result<Found, Error> {
    let fields = Fields { place, period };
    let seconds = fields.within("period", period.period, 1, i64::from(i32::MAX), Some(3600))?;
    let kind = fields.within("timeperiod_type", period.timeperiod_type, 0, 4, Some(0))?;
    if kind == 0 {
        return fields.one_time(seconds, since, until);
    }
    let zone = required_zone(options, Place::path(place), "times of periods of Zabbix")?;
    let start = fields.within("start_time", period.start_time, 0, DAY - 1, Some(0))?;
    let frame = Frame { zone, since, until, start, seconds };
    match kind {
        2 => {
            let every = fields.within("every", period.every, 1, MAX_EVERY, Some(1))?;
            frame.daily(every)
        }
        3 => {
            let every = fields.within("every", period.every, 1, MAX_EVERY, Some(1))?;
            let days = fields.within("dayofweek", period.dayofweek, 1, 127, None)?;
            frame.weekly(every, days)
        }
        4 => {
            let months = fields.within("month", period.month, 1, 4095, None)?;
            let day = fields.within("day", period.day, 0, 31, Some(0))?;
            if day != 0 {
                return frame.monthly(months, &MonthDays::Number(day)).map_err(|e| e.at(place));
            }
            let nth = fields.within("every", period.every, 1, 5, Some(1))?;
            let days = fields.within("dayofweek", period.dayofweek, 1, 127, None)?;
            frame.monthly(months, &MonthDays::Nth(nth, days))
        }
        other => {
            let message =
                format!("{other} is not 0 (one time), 2 (daily), 3 (weekly), 4 (monthly)");
            return fields.error("timeperiod_type", message);
        }
    }
    .map_err(|error| error.at(place))
}

/// An error of the library.
struct Refused(quietude::Error);

impl From<quietude::Error> for Refused {
    fn from(error: quietude::Error) -> Self {
        Self(error)
    }
}

impl Refused {
    fn at(self, place: &str) -> Error {
        Error::new(Place::path(place), self.0)
    }
}

struct Fields<'a> {
    place: &'a str,
    period: &'a Period,
}

impl Fields<'_> {
    fn error<T>(&self, field: &str, message: String) -> Result<T, Error> {
        Err(Error::new(Place::path(format!("{}.{field}", self.place)), message))
    }

    /// The value of a field in a range.
    fn within(
        &self,
        field: &str,
        value: Option<i64>,
        least: i64,
        most: i64,
        default: Option<i64>,
    ) -> Result<i64, Error> {
        match value.or(default) {
            Some(value) if (least..=most).contains(&value) => Ok(value),
            Some(value) => self.error(field, format!("{value} is not in {least}..={most}")),
            None => self.error(field, format!("is missing; it is a number in {least}..={most}")),
        }
    }

    /// Instants, clipped to the time in which the maintenance is active by the window.
    fn one_time(&self, seconds: i64, since: Timestamp, until: Timestamp) -> Result<Found, Error> {
        let Some(start) = self.period.start_date else {
            return self.error("start_date", "is missing".into());
        };
        let start = start.saturating_mul(1000);
        let instant = |millis: i64| {
            Timestamp::from_millis(millis).or_else(|why| self.error("start_date", why.to_string()))
        };
        let (start, end) = (instant(start)?, instant(start.saturating_add(seconds * 1000))?);
        let window = Interval::new(since, until).ok();
        let occurs = Interval::new(start, end).ok().zip(window);
        if occurs.and_then(|(period, window)| period.intersect(window)).is_none() {
            let note = "left out: it is not between active_since and active_till";
            return Ok(Found { notes: vec![note.into()], ..Found::default() });
        }
        let once = Once::new(start, end);
        let once = once.or_else(|why| self.error("start_date", why.to_string()))?;
        Ok(Found { schedule: Some(once.into()), ..Found::default() })
    }
}

/// The days of a monthly period.
enum MonthDays {
    Number(i64),
    /// The n-th (5: the last) of each of these weekdays, as bits from Monday.
    Nth(i64, i64),
}

impl MonthDays {
    fn contain(&self, date: NaiveDate) -> bool {
        match *self {
            Self::Number(day) => i64::from(date.day()) == day,
            Self::Nth(nth, weekdays) => {
                let is_last = || date.checked_add_days(Days::new(7)).map(|d| d.month());
                has_bit(weekdays, date.weekday().num_days_from_monday())
                    && match nth {
                        5 => is_last() != Some(date.month()),
                        _ => i64::from((date.day() - 1) / 7 + 1) == nth,
                    }
            }
        }
    }
}

fn has_bit(bits: i64, index: u32) -> bool {
    bits >> index & 1 == 1
}

/// What all periods with a time of day have.
struct Frame<'a> {
    zone: &'a Zone,
    since: Timestamp,
    until: Timestamp,
    /// Seconds after midnight.
    start: i64,
    /// The length.
    seconds: i64,
}

impl Frame<'_> {
    /// The date of an instant.
    fn date(&self, at: Timestamp) -> NaiveDate {
        let local = at.as_millis() + self.zone.offset_ms(at);
        let utc = DateTime::from_timestamp_millis(local).unwrap_or_default();
        utc.naive_utc().date()
    }

    fn local(&self, date: NaiveDate) -> Option<NaiveDateTime> {
        let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(self.start as u32, 0)?;
        Some(date.and_time(time))
    }

    /// The instant of the start on a date, or of the end of the gap in which it is.
    fn instant(&self, date: NaiveDate) -> Option<Timestamp> {
        let local = self.local(date)?.format("%Y-%m-%dT%H:%M:%S").to_string();
        local.parse::<LocalTime>().ok()?.first_instant(self.zone).ok()
    }

    /// Whether an occurrence of a date begins before the maintenance is active.
    fn is_early(&self, date: NaiveDate) -> bool {
        self.instant(date).is_none_or(|start| start < self.since)
    }

    /// The first date, at the daily time, at which Zabbix looks for an occurrence.
    fn first_tick(&self) -> NaiveDate {
        let mut date = self.date(self.since);
        while self.is_early(date)
            && let Some(next) = date.succ_opt()
            && date < self.date(self.until)
        {
            date = next;
        }
        date
    }

    fn daily(&self, every: i64) -> Result<Found, Refused> {
        let anchor = self.date(self.since);
        let dates = Dates { first: Some(anchor), step: every, is_match: &|_| true };
        self.rule(dates, &format!("FREQ=DAILY;INTERVAL={every}"), every, anchor)
    }

    fn weekly(&self, every: i64, weekdays: i64) -> Result<Found, Refused> {
        let since = self.date(self.since);
        let into_week = since.weekday().num_days_from_monday();
        let monday = since.checked_sub_days(Days::new(into_week.into())).unwrap_or(since);
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let days: Vec<_> = (0u32..)
            .zip(names)
            .filter(|(index, _)| has_bit(weekdays, *index))
            .map(|(_, name)| name)
            .collect();
        let rule = format!("FREQ=WEEKLY;INTERVAL={every};WKST=MO;BYDAY={}", days.join(","));
        let is_match = |date: NaiveDate| {
            let day = (date - monday).num_days();
            (day / 7) % every == 0 && has_bit(weekdays, (day % 7) as u32)
        };
        let dates = Dates { first: Some(monday), step: 1, is_match: &is_match };
        self.rule(dates, &rule, every, monday)
    }

    /// A rule for the dates from the first one on, with what Zabbix does otherwise.
    fn rule(
        &self,
        dates: Dates<'_>,
        rule: &str,
        every: i64,
        anchor: NaiveDate,
    ) -> Result<Found, Refused> {
        let mut found = Found::default();
        let is_long = self.seconds > DAY;
        // A short occurrence that begins before the maintenance is active is over when
        // Zabbix looks for occurrences.
        let last = self.date(self.until);
        let from = dates.find(last, |date| is_long || !self.is_early(date));
        let Some(from) = from else {
            found.notes.push("left out: it does not occur while the maintenance is active".into());
            return Ok(found);
        };
        let mut schedule = self.parsed(from, rule)?;
        if self.is_early(from) {
            let tick = self.local(self.first_tick());
            let tick = tick.map(|tick| tick.format("%Y-%m-%dT%H:%M:%S").to_string());
            if let Some(tick) = tick {
                let tick: LocalTime = tick.parse()?;
                let from_tick = LocalOnce::new(tick, OnceEnd::Never, self.zone.clone())?;
                schedule = Schedule::all([schedule, from_tick.into()])?;
            }
        }
        found.schedule = Some(schedule);
        if every > 1 && !(3600..DAY - 3600).contains(&self.start) && self.changes_clock() {
            found.notes.push(
                "Zabbix counts days of 24 elapsed hours, so that after a change of the clock an \
                 occurrence near midnight may count for the date before or after it; here dates \
                 are counted"
                    .into(),
            );
        }
        let first_tick = self.first_tick();
        if is_long && from > first_tick && from > anchor {
            let before = anchor.pred_opt().and_then(|day| self.instant(day));
            let ends = before.map(|start| start.as_millis() + self.seconds * 1000);
            let tick = self.instant(first_tick).map(Timestamp::as_millis);
            if ends > tick {
                found.notes.push(self.phantom(from));
            }
        }
        self.note_gaps(&mut found);
        Ok(found)
    }

    fn monthly(&self, months: i64, days: &MonthDays) -> Result<Found, Refused> {
        let mut found = Found::default();
        let is_match = |date: NaiveDate| has_bit(months, date.month0()) && days.contain(date);
        let since = self.date(self.since);
        let dates = Dates { first: Some(since), step: 1, is_match: &is_match };
        // The rarest day is a 29 February, or the fifth of a weekday in it.
        let last = since.checked_add_days(Days::new(41 * 366)).unwrap_or(NaiveDate::MAX);
        let from = dates.find(last.min(self.date(self.until)), |date| !self.is_early(date));
        let Some(from) = from else {
            found.notes.push("left out: it does not occur while the maintenance is active".into());
            return Ok(found);
        };
        let mut rule = "FREQ=MONTHLY".to_owned();
        if months != 4095 {
            let months: Vec<_> =
                (0..12).filter(|m| has_bit(months, *m)).map(|m| (m + 1).to_string()).collect();
            rule.push_str(&format!(";BYMONTH={}", months.join(",")));
        }
        match *days {
            MonthDays::Number(day) => rule.push_str(&format!(";BYMONTHDAY={day}")),
            MonthDays::Nth(nth, weekdays) => {
                let nth = if nth == 5 { -1 } else { nth };
                let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
                let days: Vec<_> = (0u32..)
                    .zip(names)
                    .filter(|(index, _)| has_bit(weekdays, *index))
                    .map(|(_, name)| format!("{nth}{name}"))
                    .collect();
                rule.push_str(&format!(";BYDAY={}", days.join(",")));
            }
        }
        found.schedule = Some(self.parsed(from, &rule)?);
        let before = if self.is_early(since) { Some(since) } else { since.pred_opt() };
        let ends = before.and_then(|day| self.instant(day));
        let ends = ends.map(|start| start.as_millis() + self.seconds * 1000);
        let is_first = self.instant(from) == Some(self.since);
        if !is_first && ends > Some(self.since.as_millis()) {
            found.notes.push(self.phantom(from));
        }
        self.note_gaps(&mut found);
        Ok(found)
    }

    fn parsed(&self, from: NaiveDate, rule: &str) -> Result<Schedule, Refused> {
        let start = self.local(from).unwrap_or_default().format("%Y%m%dT%H%M%S");
        let text = format!("DTSTART:{start}\nRRULE:{rule}");
        Ok(Rule::parse_in(&text, self.zone.clone(), self.seconds * 1000)?.into())
    }

    fn phantom(&self, first: NaiveDate) -> String {
        format!(
            "before {first}, its first date, Zabbix Server takes the last day before the \
             maintenance for a start, and may be in maintenance then; here it is not"
        )
    }

    /// Whether the zone has changes of its clock while the maintenance is active.
    fn changes_clock(&self) -> bool {
        let active = Interval::new(self.since, self.until).ok();
        active.is_some_and(|active| self.zone.transitions(active).next().is_some())
    }

    /// Notes a date on which the start does not exist and an earlier occurrence goes on.
    fn note_gaps(&self, found: &mut Found) {
        let Ok(active) = Interval::new(self.since, self.until) else { return };
        if self.start + self.seconds <= DAY {
            return;
        }
        for transition in self.zone.transitions(active).take(1000) {
            let (before, after) = (transition.offset_before_ms, transition.offset_after_ms);
            let at = transition.at.as_millis();
            let local = (at + before).rem_euclid(DAY * 1000);
            let start = self.start * 1000;
            if after > before && (local..local + after - before).contains(&start) {
                let date = self.date(transition.at);
                found.notes.push(format!(
                    "on {date} the clock skips the start; Zabbix Server then has no maintenance \
                     by this period on that date, here an earlier occurrence goes on"
                ));
                return;
            }
        }
    }
}

/// Dates that are asked one by one.
struct Dates<'a> {
    first: Option<NaiveDate>,
    step: i64,
    is_match: &'a dyn Fn(NaiveDate) -> bool,
}

impl Dates<'_> {
    /// The first date up to `last` that is in the set and accepted.
    fn find(&self, last: NaiveDate, is_accepted: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
        // Beyond this no period has its first date: a weekday every n weeks, or 41 years.
        const MOST: usize = 41 * 366;
        let step = Days::new(u64::try_from(self.step).unwrap_or(1));
        let dates = std::iter::successors(self.first, |date| date.checked_add_days(step));
        let mut dates = dates.take_while(|date| *date <= last).take(MOST);
        dates.find(|date| (self.is_match)(*date) && is_accepted(*date))
    }
}
