//! RFC 5545 recurrence rules, evaluated by random access.
//!
//! ```text
//! text   content lines, values (value) and the RECUR parts (recur), each checked
//! expand a set of local times (local_times): dates x times (daily_times),
//!        steps (steps), or BYSETPOS (set_positions)
//! starts instants: zone, COUNT and UNTIL as an end, EXDATE, RDATE (exceptions); folds
//!        and gaps by another rule than that of RFC 5545 (mapping)
//! recurrence  occurrences: starts with an elapsed or a nominal length (duration), periods
//! mend   what to write instead of a text that lacks a name, a start or a zone
//! ```
//!
//! Occurrences are not enumerated. A set of local times finds the last element up
//! to a local time, and the first one from it on. All occurrences of most rules have
//! the same length, so the one that began last decides whether an instant is
//! covered.

mod builder;
mod daily_times;
mod describe;
mod duration;
mod exceptions;
mod expand;
mod local_times;
mod mapping;
mod mend;
mod recur;
mod recurrence;
#[cfg(feature = "rrule-set")]
mod rrule_set;
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
use crate::schedule::dates::DateSet;
use crate::schedule::rule::daily_times::DailyTimes;
use crate::schedule::rule::local_times::LocalTimeSet;
use crate::schedule::rule::recur::Recur;
use crate::schedule::rule::starts::{RuleEnd, StartInstants};
use crate::schedule::rule::text::{PeriodEnd, Properties};
use crate::schedule::rule::value::{Form, Value};
use crate::time::civil::{self, DAY_MS};
use crate::time::{Timestamp, Zone, ZoneCache, ZoneResolver};

pub use builder::RuleBuilder;
pub(crate) use builder::{GivenDuration, RuleOptions};
pub(crate) use describe::fold_and_gap;
pub use duration::NominalDuration;
pub(crate) use mapping::Mapping;
pub use mapping::{Fold, Gap};
pub(crate) use recurrence::{Length, Recurrence};
pub(crate) use times::Times;

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
/// - The length of an occurrence is given beside the text, or by DTEND or DURATION in it. A
///   DTEND with a time gives elapsed milliseconds (3.8.5.3), one that is a DATE whole nominal
///   days. If DTSTART is a DATE, one nominal day is the default. RDATE with periods gives
///   occurrences with their own ends.
/// - [`builder`](Rule::builder) has other rules for local times that do not exist or come
///   twice.
///
/// # What is rejected
///
/// Rules that RFC 5545 forbids, and unknown or repeated parts. EXRULE, more than
/// one RRULE and RSCALE are not supported. An HOURLY, MINUTELY
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

struct Compiled {
    text: Box<str>,
    options: RuleOptions,
    floating: bool,
    start: i64,
    recurrence: Recurrence,
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
        Self::read(text, None, &|name| name.parse(), RuleOptions::lasting(duration_ms))
    }

    /// Reads a rule, as [`parse`](Self::parse) does, with a zone for floating times:
    /// for a DTSTART without a zone, such as `20260101T220000`, or a DTSTART that is
    /// a date, such as `VALUE=DATE:20260101`. A zone in the text takes precedence.
    ///
    /// ```
    /// use quietude::{Rule, Schedule, Zone};
    ///
    /// let text = "DTSTART:20260101T220000\nRRULE:FREQ=DAILY";
    /// let tokyo: Zone = "Asia/Tokyo".parse()?;
    /// let rule = Rule::parse_in(text, tokyo, 3_600_000)?;
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
        let options = RuleOptions::lasting(duration_ms);
        Self::read(text, Some(zone.into()), &|name| name.parse(), options)
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
        Self::read(text, None, &|name| zones.get(name), RuleOptions::lasting(duration_ms))
    }

    /// A rule with further options: a nominal duration, or one from the text, and other
    /// rules for folds and gaps.
    ///
    /// ```
    /// use quietude::{Rule, Schedule};
    /// use quietude::calendar::Gap;
    ///
    /// // A day on the clock, from 02:30 to 02:30, which is 23 hours on 2026-03-28.
    /// let text = "DTSTART;TZID=Europe/Berlin:20260101T023000\nRRULE:FREQ=DAILY";
    /// let rule = Rule::builder(text).duration("P1D".parse()?).gap(Gap::Shift).build()?;
    /// let schedule = Schedule::from(rule);
    /// let day = schedule.next_occurrence("2026-03-29T00:00:00Z".parse()?).unwrap();
    /// assert_eq!(day.start(), "2026-03-29T01:30:00Z".parse()?); // 03:30
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn builder(text: impl Into<String>) -> RuleBuilder {
        RuleBuilder::new(text.into())
    }

    /// `zone` is for floating times; `zones` resolves TZID.
    pub(crate) fn read(
        text: &str,
        zone: Option<Zone>,
        zones: ZoneResolver<'_>,
        options: RuleOptions,
    ) -> Result<Self, Error> {
        if let GivenDuration::Millis(duration_ms @ ..1) = options.duration {
            return Err(Error::out_of_range(format_args!("{duration_ms} is not 1 or more"))
                .in_field("duration_ms"));
        }
        let read = text::properties(text, zones).and_then(|properties| {
            let floating = matches!(properties.start.form, Form::Date | Form::Floating);
            Ok((floating, compile(properties, zone.clone(), options.mapping)?))
        });
        let (floating, rule) = read.map_err(|error| {
            mend::explained(error, text, zone.as_ref(), zones).in_field("rrule")
        })?;
        let length = match (&options.duration, rule.own_length) {
            (GivenDuration::Millis(ms), None) => Length::exact(*ms),
            (GivenDuration::Nominal(duration), None) => duration.length(),
            (GivenDuration::InText, Some((length, _))) => length,
            (GivenDuration::InText, None) if rule.is_date => Length { days: 1, exact_ms: 0 },
            (GivenDuration::InText, None) => {
                let message = "is missing; give it, or `duration`, or DTEND in the text";
                return Err(Error::invalid(message).in_field("duration_ms"));
            }
            (given, Some((_, property))) => {
                let field = if matches!(given, GivenDuration::Millis(_)) {
                    "duration_ms"
                } else {
                    "duration"
                };
                let message =
                    format_args!("is given by {property} in the text, too; leave one out");
                return Err(Error::invalid(message).in_field(field));
            }
        };
        Ok(Self(Arc::new(Compiled {
            text: text.into(),
            options,
            floating,
            start: rule.start,
            recurrence: Recurrence::new(rule.starts, length, rule.periods),
        })))
    }

    /// The text, as given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How long each occurrence lasts, in milliseconds; nominal days have 24 hours here.
    #[must_use]
    pub fn duration_ms(&self) -> i64 {
        self.0.recurrence.length().nominal_ms()
    }

    /// The passes of a fold that have starts.
    #[must_use]
    pub fn fold(&self) -> Fold {
        self.0.options.mapping.fold
    }

    /// What happens to starts in a gap.
    #[must_use]
    pub fn gap(&self) -> Gap {
        self.0.options.mapping.gap
    }

    /// How the duration was given.
    pub(crate) fn given_duration(&self) -> &GivenDuration {
        &self.0.options.duration
    }

    pub(crate) fn recurrence(&self) -> &Recurrence {
        &self.0.recurrence
    }

    /// The zone in which the rule is evaluated.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.0.recurrence.starts.zone
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
}

/// A rule without a length that is given beside it.
struct CompiledRule {
    /// DTSTART as an instant.
    start: i64,
    /// Whether DTSTART is a date.
    is_date: bool,
    starts: StartInstants,
    periods: Vec<(i64, i64)>,
    /// The length that the text gives, and the property that does.
    own_length: Option<(Length, &'static str)>,
}

fn compile(
    properties: Properties,
    zone: Option<Zone>,
    mapping: Mapping,
) -> Result<CompiledRule, Error> {
    let Properties { start, recur, exdates, rdates, periods, end, duration } = properties;
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
    let periods = periods.iter().map(|(from, to)| period(from, to, &start, &zone));
    let mut periods =
        periods.collect::<Result<Vec<_>, _>>().map_err(|error| error.in_field("RDATE"))?;
    let own_length = match (end, duration) {
        (Some(_), Some(_)) => {
            let error =
                Error::invalid("is given beside DTEND; one of them is allowed (RFC 5545, 3.6.1)");
            return Err(error.in_field("DURATION"));
        }
        (Some(end), None) => {
            let length = length_until(&end, &start, begin, &zone);
            Some((length.map_err(|error| error.in_field("DTEND"))?, "DTEND"))
        }
        (None, duration) => duration.map(|duration| (duration.length(), "DURATION")),
    };

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
    let starts = StartInstants::new(local_times, zone, dates, start.reading, end, mapping);
    let added: Vec<i64> =
        rdates.iter().copied().chain(periods.iter().map(|(from, _)| *from)).collect();
    let exdates = exceptions
        .resolved(&starts, &added, &start.form)
        .map_err(|error| error.in_field("EXDATE"))?;
    // EXDATE takes precedence.
    periods.retain(|(from, _)| !exdates.contains(from));
    let is_date = start.form == Form::Date;
    let starts = starts.with_exceptions(exdates, rdates);
    Ok(CompiledRule { start: begin, is_date, starts, periods, own_length })
}

/// The length from DTSTART to DTEND: whole nominal days of two dates, else elapsed time.
fn length_until(end: &Value, start: &Value, begin: i64, zone: &Zone) -> Result<Length, Error> {
    let is_not_after = || Error::invalid("is not after DTSTART");
    if (end.form == Form::Date) != (start.form == Form::Date) {
        let message = "must be a date if DTSTART is one, else a time (RFC 5545, 3.8.2.2)";
        return Err(Error::invalid(message));
    }
    if end.form == Form::Date {
        let days = (end.reading - start.reading) / DAY_MS;
        return match u32::try_from(days) {
            Ok(days @ 1..) => Ok(Length { days, exact_ms: 0 }),
            _ => Err(is_not_after()),
        };
    }
    match checked_instant(end, zone)? - begin {
        exact_ms @ 1.. => Ok(Length::exact(exact_ms)),
        _ => Err(is_not_after()),
    }
}

/// The start and the end of an RDATE period.
fn period(from: &Value, to: &PeriodEnd, start: &Value, zone: &Zone) -> Result<(i64, i64), Error> {
    exceptions::check_zone("RDATE", from, &start.form)?;
    let begin = checked_instant(from, zone)?;
    let end = match to {
        PeriodEnd::At(to) => {
            exceptions::check_zone("RDATE", to, &start.form)?;
            checked_instant(to, zone)?
        }
        PeriodEnd::After(duration) => {
            let Length { days, exact_ms } = duration.length();
            let reading = from.reading + i64::from(days) * DAY_MS;
            let later = Value { reading, form: from.form.clone() }.instant(zone);
            later.saturating_add(exact_ms)
        }
    };
    if end <= begin {
        return Err(Error::invalid("has a period whose end is not after its start"));
    }
    Ok((begin, end))
}

/// The occurrences that begin at each of `times` on each of `dates`.
pub(crate) fn daily_recurrence(
    dates: DateSet,
    times: Times,
    zone: Zone,
    mapping: Mapping,
    length: Length,
) -> Recurrence {
    let first = i64::from(civil::FIRST_DAY) * DAY_MS;
    let end = match dates.last_if_it_ends() {
        Some(last) => RuleEnd::Reading((i64::from(last) + 1) * DAY_MS - 1),
        None => RuleEnd::Never,
    };
    let local_times = if dates.is_empty() {
        LocalTimeSet::Nothing
    } else {
        LocalTimeSet::Days(Box::new(DailyTimes { dates, times }))
    };
    let starts = StartInstants::new(local_times, zone, false, first, end, mapping);
    Recurrence::new(starts.with_exceptions(Vec::new(), Vec::new()), length, Vec::new())
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
                && self.0.options == other.0.options
                && self.0.recurrence.starts == other.0.recurrence.starts)
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
