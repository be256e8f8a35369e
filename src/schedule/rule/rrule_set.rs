//! Rules of the crate `rrule` as rules of this crate.

use chrono::{Offset, TimeZone};
use rrule::RRuleSet;

use crate::error::{Error, ErrorKind};
use crate::schedule::rule::Rule;
use crate::time::Timestamp;

/// An instant of the crate `rrule`.
type DateTime = chrono::DateTime<rrule::Tz>;

impl Rule {
    /// The rule of an [`RRuleSet`] of the crate `rrule`, with occurrences of `duration_ms`
    /// milliseconds of elapsed time.
    ///
    /// The instances are those of RFC 5545, see [`Rule`]; for some rules that crate computes
    /// others. It adds to a rule the parts that DTSTART provides.
    ///
    /// # Errors
    ///
    /// If the set has what RFC 5545 forbids and that crate accepts, or what is not supported
    /// here: several RRULEs, an EXRULE, BYEASTER, the local zone of the host, or an instant
    /// that is the second of two with the same local time, which has no text. The error names
    /// the part.
    ///
    /// ```
    /// use quietude::{Rule, Schedule};
    ///
    /// let set: rrule::RRuleSet =
    ///     "DTSTART;TZID=Europe/Berlin:20260101T220000\nRRULE:FREQ=MONTHLY;BYDAY=2TU".parse().unwrap();
    /// let schedule = Schedule::from(Rule::from_rrule_set(&set, 7_200_000)?);
    /// assert!(schedule.contains("2026-01-13T21:30:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_rrule_set(set: &RRuleSet, duration_ms: i64) -> Result<Self, Error> {
        let unsupported = |part: &str, message: &str| {
            Error::new(ErrorKind::Unsupported, message).in_field(part).in_field("rrule")
        };
        if !set.get_exrule().is_empty() {
            return Err(unsupported("EXRULE", "is not supported; RFC 5545 deprecates it"));
        }
        let rule = match set.get_rrule().as_slice() {
            [] => String::new(),
            [rule] => format!("\nRRULE:{rule}"),
            _ => return Err(unsupported("RRULE", "there are several; one is supported")),
        };
        let start = set.get_dt_start();
        let zone = start.timezone();
        let mut text =
            format!("DTSTART{}", written(start, zone).map_err(|e| e.in_field("DTSTART"))?);
        text.push_str(&rule);
        for (name, instants) in [("RDATE", set.get_rdate()), ("EXDATE", set.get_exdate())] {
            for instant in instants {
                let written = written(&instant.with_timezone(&zone), zone);
                text.push_str(&format!("\n{name}{}", written.map_err(|e| e.in_field(name))?));
            }
        }
        Self::parse(&text, duration_ms)
    }
}

/// The parameters and the value of a property: `;TZID=Europe/Berlin:20260101T220000`.
fn written(instant: &DateTime, zone: rrule::Tz) -> Result<String, Error> {
    if zone.is_local() {
        let message = "is in the local zone of the host; name the zone";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Timestamp::from_millis(instant.timestamp_millis())?;
    let local = instant.naive_utc().checked_add_offset(instant.offset().fix());
    let local = local.ok_or_else(|| Error::out_of_range("is not in the years 1 to 9999"))?;
    let first = zone.from_local_datetime(&local).earliest();
    if first.is_some_and(|first| first != *instant) {
        let message = format_args!("{instant} is the second of two instants with this local time");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let time = local.format("%Y%m%dT%H%M%S");
    Ok(match zone.name() {
        "UTC" => format!(":{time}Z"),
        name => format!(";TZID={name}:{time}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Schedule;
    use crate::time::Interval;

    fn converted(text: &str) -> Result<Rule, Error> {
        Rule::from_rrule_set(&text.parse().unwrap(), 3_600_000)
    }

    #[test]
    fn from_rrule_set_equals_text() {
        for text in [
            "DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY;COUNT=40",
            "DTSTART;TZID=Europe/Berlin:20260301T023000\nRRULE:FREQ=WEEKLY;BYDAY=SU;COUNT=30",
            "DTSTART;TZID=America/New_York:20260131T120000\nRRULE:FREQ=MONTHLY;UNTIL=20271231T000000Z",
            "DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=YEARLY;COUNT=5",
            "DTSTART:20260105T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1;COUNT=9\nRDATE:20260106T090000Z\nEXDATE:20260130T090000Z",
        ] {
            let (ours, theirs) = (Rule::parse(text, 3_600_000).unwrap(), converted(text).unwrap());
            let starts = |rule: Rule| -> Vec<Interval> {
                Schedule::from(rule).occurrences(Interval::ALWAYS).take(200).collect()
            };
            assert_eq!(starts(ours), starts(theirs), "{text}");
        }
    }

    #[test]
    fn from_rrule_set_forbidden_is_error() {
        for part in ["INTERVAL=0", "COUNT=0", "BYMONTHDAY=0", "BYDAY=0MO"] {
            let text = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;{part}");
            if let Ok(set) = text.parse::<RRuleSet>() {
                let error = Rule::from_rrule_set(&set, 1000).err().map(|error| error.to_string());
                // The crate drops some of these parts: then there is nothing to refuse.
                let is_kept = set.to_string().contains(part);
                assert_eq!(error.is_some(), is_kept, "{part}: {set} {error:?}");
            }
        }
        let several = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY";
        assert!(
            converted(several)
                .unwrap_err()
                .to_string()
                .starts_with("rrule.RRULE: there are several")
        );
        let excluded = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY";
        if let Ok(set) = excluded.parse::<RRuleSet>()
            && !set.get_exrule().is_empty()
        {
            assert!(Rule::from_rrule_set(&set, 1000).is_err());
        }
    }
}
