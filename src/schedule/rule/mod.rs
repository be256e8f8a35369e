//! RFC 5545 recurrence rules, evaluated by random access.
//!
//! ```text
//! text   content lines, values (value) and the RECUR parts (recur), each checked
//! expand a set of local times (local_times): dates x times (daily_times),
//!        steps (steps), or BYSETPOS (set_positions)
//! starts instants: zone, COUNT and UNTIL as an end, EXDATE, RDATE (exceptions)
//! mend   what to write instead of a text that lacks a name, a start or a zone
//! ```
//!
//! Occurrences are not enumerated. A set of local times finds the last element up
//! to a local time, and the first one from it on. All occurrences of a rule have
//! the same length, so the one that began last decides whether an instant is
//! covered.

mod daily_times;
mod describe;
mod exceptions;
mod expand;
mod local_times;
mod mend;
mod recur;
mod set_positions;
mod starts;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod value;

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::schedule::ClockEnvelope;
use crate::schedule::rule::local_times::LocalTimeSet;
use crate::schedule::rule::recur::Recur;
use crate::schedule::rule::starts::{OverlapRuns, RuleEnd, StartInstants};
use crate::schedule::rule::text::Properties;
use crate::schedule::rule::value::{Form, Value};
use crate::time::{Interval, Timestamp, Zone, ZoneCache, ZoneResolver};

/// A recurrence rule of RFC 5545: DTSTART with RRULE, RDATE and EXDATE, and an
/// elapsed duration for each occurrence.
///
/// ```
/// use quietude::{Rule, Schedule};
///
/// let text = "DTSTART;TZID=Europe/Berlin:20260101T220000\nRRULE:FREQ=MONTHLY;BYDAY=2TU";
/// let schedule: Schedule = Rule::parse(text, 7_200_000)?.into();
/// assert!(schedule.contains("2026-01-13T21:30:00Z".parse()?)); // 22:30 in Berlin
/// assert!(!schedule.contains("2026-01-14T21:30:00Z".parse()?));
///
/// let error = Rule::parse("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY;BYWEEKNO=3", 1000);
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "rrule.BYWEEKNO: goes with FREQ=YEARLY only (RFC 5545, 3.3.10)"
/// );
/// # Ok::<(), quietude::Error>(())
/// ```
///
/// # Which instants
///
/// - A rule generates local times. "Recurrence instances with an invalid date
///   or nonexistent local time MUST be ignored and MUST NOT be counted"
///   (3.3.10). A local time that occurs twice is the first of the two (3.3.5).
/// - Hours, minutes and seconds step on the clock too: three hours after 23:00
///   is 02:00, and a step that lands in a gap is dropped. The second pass of a
///   fold has no instances of its own.
/// - DTSTART is the beginning of the rule and provides the parts that the rule
///   does not give; it is an instance if the rule generates it. "The recurrence set generated
///   with a DTSTART property value not synchronized with the recurrence rule is
///   undefined" (3.8.5.3), and COUNT counts generated instances.
/// - UNTIL is inclusive. COUNT includes the instances that EXDATE removes. RDATE
///   adds any instants; EXDATE takes precedence over it.
/// - BYSETPOS counts from the beginning of the first interval, even if DTSTART
///   is later in it. A date belongs to its calendar year, even if its week belongs
///   to the year before or after. BYWEEKNO without a day means the weekday of
///   DTSTART.
/// - With a DTSTART that is a DATE an instance begins with the first instant of
///   its date: midnight, or the end of a gap that contains midnight. BYHOUR, BYMINUTE
///   and BYSECOND are ignored (3.3.10). HOURLY, MINUTELY and SECONDLY rules generate
///   times, from the midnight of that date on; a date in UNTIL is its midnight.
/// - A date in EXDATE, in a rule that generates times, excludes the instance on that
///   date of the clock; it is an error if there are several. A time in EXDATE, in a
///   rule that generates dates, excludes the date that it is the midnight of, as it is
///   written or in the zone of the rule; any other time is an error.
/// - Second 60 is read as 59 (3.3.12).
///
/// # What is rejected
///
/// Rules that RFC 5545 forbids, and unknown or repeated parts. EXRULE, more than
/// one RRULE, RSCALE and RDATE with periods are not supported. An HOURLY, MINUTELY
/// or SECONDLY rule whose step is longer than a day and not a whole number of days
/// cannot be combined with BYMONTH, BYYEARDAY, BYMONTHDAY or BYDAY. The text is
/// limited to 65,536 bytes.
///
/// # Cost
///
/// The cost of a query does not depend on the age of DTSTART.
///
/// - DAILY and less frequent rules without BYSETPOS check at most two dates, unless
///   an occurrence is longer than a day. With BYSETPOS they check one or two
///   periods.
/// - HOURLY, MINUTELY and SECONDLY rules whose step does not divide the hour or the
///   day, combined with BYHOUR, BYMINUTE or BYSECOND, use a table that is searched
///   by bisection (8 bytes for each selected time of day, at most 691 kB). If there
///   is a date part as well, dates without an instance are skipped one by one.
/// - COUNT is converted to an end while building, which looks at the time up to that
///   end and not beyond it: less than a millisecond for counts up to 1,000 of instances
///   that are at most a year apart, and tens of milliseconds for counts in the millions
///   of rules with steps or positions.
/// - Dates that are centuries apart, such as a 29th of February every 32 days, take
///   a tenth of a millisecond to find.
///
/// Occurrences overlap if the duration is longer than the time between two of
/// them.
#[derive(Clone)]
pub struct Rule(Arc<Compiled>);

/// The length of the range of time. A longer occurrence covers the same instants.
const LONGEST_SPAN: i64 = Timestamp::END.as_millis() - Timestamp::MIN.as_millis();

struct Compiled {
    text: Box<str>,
    duration_ms: i64,
    /// The duration, limited to [`LONGEST_SPAN`] so that adding it to a local time
    /// does not overflow.
    span: i64,
    floating: bool,
    start: i64,
    starts: StartInstants,
    runs: OverlapRuns,
    plain: bool,
}

impl Rule {
    /// Reads a rule whose DTSTART is in UTC or has a TZID; each occurrence
    /// lasts `duration_ms` milliseconds of elapsed time.
    ///
    /// The text has one property a line: DTSTART, and RRULE, RDATE and EXDATE
    /// as far as they are needed. Without an RRULE, DTSTART is an instance.
    ///
    /// # Errors
    ///
    /// If the text is not valid by RFC 5545 or not supported (see [`Rule`]),
    /// DTSTART floats, an instant is not in the years 1 to 9999, or the
    /// duration is below 1. The error names the part: `rrule.BYDAY`. If the text has no
    /// property names, no DTSTART or no zone, it shows the whole text to write.
    ///
    /// ```
    /// use quietude::Rule;
    ///
    /// let error = Rule::parse("FREQ=DAILY", 3_600_000).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "rrule: \"FREQ=DAILY\" is not a content line such as RRULE:FREQ=DAILY; write \
    ///      \"DTSTART;TZID=Europe/Berlin:20260101T090000\\nRRULE:FREQ=DAILY\", with the start and \
    ///      the zone that you mean"
    /// );
    /// ```
    pub fn parse(text: &str, duration_ms: i64) -> Result<Self, Error> {
        Self::read(text, None, &|name| name.parse(), duration_ms)
    }

    /// Reads a rule, as [`parse`](Self::parse) does, with a zone for floating times:
    /// for a DTSTART without a zone, such as `20260101T220000`, or a DTSTART that is
    /// a date, such as `VALUE=DATE:20260101`. A zone in the text takes precedence.
    ///
    /// ```
    /// use quietude::{Rule, Schedule};
    ///
    /// let text = "DTSTART:20260101T220000\nRRULE:FREQ=DAILY";
    /// let rule = Rule::parse_in(text, chrono_tz::Asia::Tokyo, 3_600_000)?;
    /// assert!(rule.is_floating());
    /// assert!(Schedule::from(rule).contains("2026-01-01T13:30:00Z".parse()?));
    /// assert!(Rule::parse(text, 3_600_000).is_err());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), but DTSTART may float.
    pub fn parse_in(text: &str, zone: impl Into<Zone>, duration_ms: i64) -> Result<Self, Error> {
        Self::read(text, Some(zone.into()), &|name| name.parse(), duration_ms)
    }

    /// Reads a rule, as [`parse`](Self::parse) does, with zones of the application
    /// for TZID. `zones` is called once for each name.
    ///
    /// ```
    /// use quietude::{Rule, Zone};
    ///
    /// let text = "DTSTART;TZID=Home:20260101T220000\nRRULE:FREQ=DAILY";
    /// let rule = Rule::parse_with_zones(text, |_| "Europe/Paris".parse(), 3_600_000)?;
    /// assert_eq!(rule.start().to_string(), "2026-01-01T21:00:00Z");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and the errors of `zones`.
    pub fn parse_with_zones(
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
        duration_ms: i64,
    ) -> Result<Self, Error> {
        let zones = ZoneCache::new(&zones);
        Self::read(text, None, &|name| zones.get(name), duration_ms)
    }

    /// `zone` is for floating times; `zones` resolves TZID.
    pub(crate) fn read(
        text: &str,
        zone: Option<Zone>,
        zones: ZoneResolver<'_>,
        duration_ms: i64,
    ) -> Result<Self, Error> {
        if duration_ms < 1 {
            return Err(Error::out_of_range(format_args!("{duration_ms} is not 1 or more"))
                .in_field("duration_ms"));
        }
        let read = text::properties(text, zones).and_then(|properties| {
            let floating = matches!(properties.start.form, Form::Date | Form::Floating);
            Ok((floating, compile(properties, zone.clone())?))
        });
        let (floating, (start, starts)) = read.map_err(|error| {
            mend::explained(error, text, zone.as_ref(), zones).in_field("rrule")
        })?;
        let span = duration_ms.min(LONGEST_SPAN);
        Ok(Self(Arc::new(Compiled {
            text: text.into(),
            duration_ms,
            span,
            floating,
            start,
            runs: starts.runs(span),
            plain: starts.is_plain(),
            starts,
        })))
    }

    /// The text, as given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How long each occurrence lasts, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> i64 {
        self.0.duration_ms
    }

    /// The zone in which the rule is evaluated.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.0.starts.zone
    }

    /// Whether the text has no zone. To read such a text again, use
    /// [`parse_in`](Self::parse_in) with [`zone`](Self::zone).
    #[must_use]
    pub fn is_floating(&self) -> bool {
        self.0.floating
    }

    /// DTSTART as an instant.
    ///
    /// ```
    /// use quietude::Rule;
    ///
    /// let rule = Rule::parse("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY", 1)?;
    /// assert_eq!(rule.start().to_string(), "2026-01-01T22:00:00Z");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn start(&self) -> Timestamp {
        Timestamp::saturating(self.0.start)
    }

    pub(crate) fn contains(&self, t: i64) -> bool {
        let rule = &*self.0;
        if t >= Timestamp::END.as_millis() {
            return false;
        }
        if rule.plain
            && let Some(is_covered) = rule.starts.any_within(t, rule.span)
        {
            return is_covered;
        }
        rule.starts.until(t).is_some_and(|start| t.saturating_sub(start) < rule.span)
    }

    fn occurrence(&self, start: i64) -> Option<Interval> {
        Interval::clipped(start, start.saturating_add(self.0.span))
    }

    /// The occurrence that covers `t` and began last.
    pub(crate) fn occurrence_at(&self, t: i64) -> Option<Interval> {
        self.occurrence(self.0.starts.until(t)?)
            .filter(|occurrence| occurrence.contains(Timestamp::saturating(t)))
    }

    /// The occurrence that covers `t` and began first.
    pub(crate) fn first_occurrence_at(&self, t: i64) -> Option<Interval> {
        let before = t.saturating_sub(self.0.span).max(Timestamp::MIN.as_millis() - 1);
        let start = self.0.starts.after(before).filter(|start| *start <= t)?;
        self.occurrence(start)
    }

    pub(crate) fn next_occurrence(&self, after: i64) -> Option<Interval> {
        self.occurrence(self.0.starts.after(after)?)
    }

    pub(crate) fn previous_occurrence(&self, before: i64) -> Option<Interval> {
        self.occurrence(self.0.starts.until(before.saturating_sub(1))?)
    }

    pub(crate) fn covered_until(&self, t: i64) -> i64 {
        self.0.starts.covered_until(t, self.0.span, &self.0.runs)
    }

    /// The first local time in `low..high` that the rule generates and the clock never shows.
    pub(crate) fn dropped_within(&self, low: i64, high: i64) -> Option<i64> {
        self.0.starts.dropped_within(low, high)
    }

    /// A bound on when occurrences happen, if all of them have the same times of
    /// day.
    pub(crate) fn clock_envelope(&self) -> Option<ClockEnvelope<&Zone>> {
        let (weekdays, first, last) = self.0.starts.times_of_day()?;
        let length_ms = self.0.duration_ms.saturating_add(i64::from(last - first));
        Some(ClockEnvelope { zone: self.zone(), weekdays, from_ms: first, length_ms })
    }

    /// The instant from which on the rule is periodic, and the period in
    /// milliseconds; see [`Schedule::cycle`](crate::Schedule::cycle).
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (steady, cycle) = self.0.starts.cycle();
        // An occurrence that began before may end after that instant.
        (steady.map(|steady| steady.saturating_add(self.0.span)), cycle)
    }
}

/// DTSTART as an instant, and all starts.
fn compile(properties: Properties, zone: Option<Zone>) -> Result<(i64, StartInstants), Error> {
    let Properties { start, recur, exdates, rdates } = properties;
    let zone = match &start.form {
        Form::Utc => Zone::utc(),
        Form::Zoned(zone) => zone.clone(),
        Form::Date => zone.ok_or_else(|| {
            Error::invalid(
                "has no zone, and a DATE takes no TZID; name a zone beside the text, such as \
                 \"timezone\": \"Europe/Berlin\"",
            )
            .in_field("DTSTART")
        })?,
        Form::Floating => zone.ok_or_else(|| {
            Error::invalid("has no zone; give TZID, end it with Z, or name a zone for it")
                .in_field("DTSTART")
        })?,
    };
    let dates = start.form == Form::Date && recur.as_ref().is_none_or(Recur::keeps_dates);
    let begin = checked_instant(&start, &zone).map_err(|error| error.in_field("DTSTART"))?;
    let exceptions = exceptions::exdates(&exdates, &start, dates, &zone)
        .map_err(|error| error.in_field("EXDATE"))?;
    let mut rdates =
        exceptions::rdates(&rdates, &start, &zone).map_err(|error| error.in_field("RDATE"))?;

    let (local_times, end) = match &recur {
        None => {
            rdates.push(begin);
            (LocalTimeSet::Nothing, RuleEnd::Never)
        }
        Some(recur) => {
            recur.check_until(&start.form, &zone)?;
            let end = match (&recur.until, recur.count) {
                (Some(until), _) if until.form == Form::Utc => {
                    RuleEnd::Instant(until.instant(&zone))
                }
                (Some(until), _) => RuleEnd::Reading(until.reading),
                (None, Some(count)) => RuleEnd::Count(count),
                (None, None) => RuleEnd::Never,
            };
            (expand::local_times(recur, start.reading)?, end)
        }
    };
    let starts = StartInstants::new(local_times, zone, dates, start.reading, end);
    let exdates = exceptions
        .resolved(&starts, &rdates, &start.form)
        .map_err(|error| error.in_field("EXDATE"))?;
    Ok((begin, starts.with_exceptions(exdates, rdates)))
}

/// The instant of a value, in the years 1 to 9999.
fn checked_instant(value: &Value, floating: &Zone) -> Result<i64, Error> {
    let t = value.instant(floating);
    Timestamp::from_millis(t).map(|_| t)
}

/// Rules are equal if their text, their duration and the data of their zones are.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.text() == other.text()
                && self.duration_ms() == other.duration_ms()
                && self.0.starts == other.0.starts)
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("text", &self.text())
            .field("zone", self.zone())
            .field("duration_ms", &self.duration_ms())
            .finish()
    }
}
