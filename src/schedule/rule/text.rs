//! Content lines and their values, RFC 5545 section 3.1.

use crate::error::{Error, ErrorKind, truncated};
use crate::limits::MAX_RULE_BYTES;
use crate::schedule::rule::duration::NominalDuration;
use crate::schedule::rule::recur::Recur;
use crate::schedule::rule::value::{Form, Value, given_twice};
use crate::time::ZoneResolver;

/// The properties of a rule. Each value is checked by itself.
#[derive(Debug)]
pub(super) struct Properties {
    pub(super) start: Value,
    pub(super) recur: Option<Recur>,
    pub(super) exdates: Vec<Value>,
    pub(super) rdates: Vec<Value>,
    /// RDATE periods.
    pub(super) periods: Vec<(Value, PeriodEnd)>,
    /// DTEND.
    pub(super) end: Option<Value>,
    pub(super) duration: Option<NominalDuration>,
}

/// The end of a period, section 3.3.9.
#[derive(Debug)]
pub(super) enum PeriodEnd {
    At(Value),
    After(NominalDuration),
}

/// Reads the properties of a rule; `zones` resolves TZID.
pub(super) fn properties(text: &str, zones: ZoneResolver<'_>) -> Result<Properties, Error> {
    if text.len() > MAX_RULE_BYTES {
        return Err(Error::beyond(text.len(), "bytes", MAX_RULE_BYTES));
    }
    if let Some(character) = text.chars().find(|c| !c.is_ascii()) {
        return Err(Error::syntax(format_args!("{character:?} is not ASCII")));
    }
    let (mut start, mut recur) = (None, None);
    let (mut exdates, mut rdates, mut periods) = (Vec::new(), Vec::new(), Vec::new());
    let (mut end, mut duration) = (None, None);
    for line in unfolded(text).lines().map(|line| line.trim_end_matches('\r')) {
        if line.is_empty() {
            continue;
        }
        let line = Line::split(line)?;
        let name = line.name.to_ascii_uppercase();
        match name.as_str() {
            "DTSTART" if start.is_some() => return Err(given_twice().in_field("DTSTART")),
            "DTSTART" => {
                let [value] =
                    line.values(zones).map_err(|e| e.in_field("DTSTART"))?.try_into().map_err(
                        |_| Error::invalid("more than one value is given").in_field("DTSTART"),
                    )?;
                start = Some(value);
            }
            "RRULE" if recur.is_some() => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "more than one rule; what several of them mean is undefined (RFC 5545, 3.8.5.3)",
                )
                .in_field("RRULE"));
            }
            "RRULE" => {
                if let Some((parameter, _)) = line.parameters.first() {
                    return Err(Error::invalid(format_args!(
                        "the parameter {} is not allowed",
                        truncated(parameter)
                    ))
                    .in_field("RRULE"));
                }
                recur = Some(Recur::parse(line.value)?);
            }
            "EXDATE" => exdates.extend(line.values(zones).map_err(|e| e.in_field("EXDATE"))?),
            "DTEND" if end.is_some() => return Err(given_twice().in_field("DTEND")),
            "DTEND" => {
                let [value] =
                    line.values(zones).map_err(|e| e.in_field("DTEND"))?.try_into().map_err(
                        |_| Error::invalid("more than one value is given").in_field("DTEND"),
                    )?;
                end = Some(value);
            }
            "DURATION" if duration.is_some() => return Err(given_twice().in_field("DURATION")),
            "DURATION" => {
                let value = line.value.parse::<NominalDuration>();
                duration = Some(value.map_err(|e| e.in_field("DURATION"))?);
            }
            "RDATE" if line.is_periods() => {
                periods.extend(line.periods(zones).map_err(|e| e.in_field("RDATE"))?);
            }
            "RDATE" => rdates.extend(line.values(zones).map_err(|e| e.in_field("RDATE"))?),
            "EXRULE" => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "is deprecated (RFC 5545, 8.3.2); name the dates in EXDATE",
                )
                .in_field("EXRULE"));
            }
            _ => {
                return Err(Error::syntax(format_args!(
                    "the property {} is none of DTSTART, DTEND, DURATION, RRULE, EXDATE and RDATE",
                    truncated(line.name)
                )));
            }
        }
    }
    let start = start.ok_or_else(|| Error::invalid("is missing").in_field("DTSTART"))?;
    if start.form == Form::Date
        && let Some(recur) = &mut recur
    {
        recur.ignore_times();
    }
    Ok(Properties { start, recur, exdates, rdates, periods, end, duration })
}

/// Removes the folding of 3.1: a line break followed by a space or a tab.
pub(super) fn unfolded(text: &str) -> String {
    let breaks = ["\r\n ", "\r\n\t", "\n ", "\n\t"];
    breaks.iter().fold(text.to_owned(), |text, fold| text.replace(fold, ""))
}

/// `NAME;PARAMETER=value;...:value`
struct Line<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn split(line: &'a str) -> Result<Self, Error> {
        let refused = || {
            Error::syntax(format_args!(
                "\"{}\" is not a content line such as RRULE:FREQ=DAILY",
                truncated(line)
            ))
        };
        let mut quoted = false;
        let unquoted = |c: char| {
            quoted ^= c == '"';
            !quoted && c == ':'
        };
        let colon = line.find(unquoted).ok_or_else(refused)?;
        let mut head = line[..colon].split(';');
        let name = head.next().filter(|name| !name.is_empty()).ok_or_else(refused)?;
        let parameters = head
            .map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
                let value = inner.unwrap_or(value);
                (!name.is_empty() && !value.contains('"')).then_some((name, value))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(refused)?;
        // No value ends in `;`, but some calendars write one.
        let value = &line[colon + 1..];
        let value = value.strip_suffix(';').filter(|rest| !rest.is_empty()).unwrap_or(value);
        Ok(Self { name, parameters, value })
    }

    /// Whether the values are periods: RDATE;VALUE=PERIOD, or values with a slash.
    fn is_periods(&self) -> bool {
        let mut kinds =
            self.parameters.iter().filter(|(name, _)| name.eq_ignore_ascii_case("VALUE"));
        kinds
            .next()
            .map_or(self.value.contains('/'), |(_, kind)| kind.eq_ignore_ascii_case("PERIOD"))
    }

    /// The periods of RDATE.
    fn periods(&self, zones: ZoneResolver<'_>) -> Result<Vec<(Value, PeriodEnd)>, Error> {
        let mut zone = None;
        for (name, value) in &self.parameters {
            match name.to_ascii_uppercase().as_str() {
                "VALUE" => {}
                "TZID" if zone.is_some() => return Err(given_twice().in_field("TZID")),
                "TZID" => zone = Some(zones(value).map_err(|e| e.in_field("TZID"))?),
                _ => {
                    return Err(Error::invalid(format_args!(
                        "the parameter {} is neither VALUE nor TZID",
                        truncated(name)
                    )));
                }
            }
        }
        let value = |text: &str| Value::parse("RDATE", text, Some(false), zone.as_ref());
        let periods = self.value.split(',').map(|period| {
            let (start, end) = period.split_once('/').ok_or_else(|| {
                Error::syntax(format_args!(
                    "\"{}\" is not a period such as 20260101T220000Z/PT2H (RFC 5545, 3.3.9)",
                    truncated(period)
                ))
            })?;
            let end = match end.starts_with(['P', '+', '-']) {
                true => PeriodEnd::After(end.parse()?),
                false => PeriodEnd::At(value(end)?),
            };
            Ok((value(start)?, end))
        });
        periods.collect()
    }

    /// The dates or times of DTSTART, DTEND, EXDATE or RDATE.
    fn values(&self, zones: ZoneResolver<'_>) -> Result<Vec<Value>, Error> {
        let (mut kind, mut zone) = (None, None);
        for (name, value) in &self.parameters {
            let slot = match name.to_ascii_uppercase().as_str() {
                "VALUE" => &mut kind,
                "TZID" => &mut zone,
                _ => {
                    return Err(Error::invalid(format_args!(
                        "the parameter {} is neither VALUE nor TZID",
                        truncated(name)
                    )));
                }
            };
            if slot.replace(*value).is_some() {
                return Err(given_twice().in_field(&name.to_ascii_uppercase()));
            }
        }
        let name = self.name.to_ascii_uppercase();
        let is_date = match kind {
            None => None,
            Some(kind) if kind.eq_ignore_ascii_case("DATE-TIME") => Some(false),
            Some(kind) if kind.eq_ignore_ascii_case("DATE") => Some(true),
            Some(kind) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format_args!("\"{}\" is neither DATE nor DATE-TIME", truncated(kind)),
                )
                .in_field("VALUE"));
            }
        };
        let zone = zone.map(|name| zones(name).map_err(|e| e.in_field("TZID")));
        let zone = zone.transpose()?;
        let values = self.value.split(',');
        values.map(|text| Value::parse(&name, text, is_date, zone.as_ref())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_split_at_first_unquoted_colon() {
        let line = Line::split(r#"DTSTART;TZID="a:b";X=d:e:f"#).unwrap();
        assert_eq!((line.name, line.value), ("DTSTART", "e:f"));
        assert_eq!(line.parameters, [("TZID", "a:b"), ("X", "d")]);
    }

    #[test]
    fn line_split_malformed_parameter_is_error() {
        for bad in ["A;=b:1", "A;B=\"c\"d:1", "A;B=c\"d\":1", "A;B:1", "A;:1", ":1", "A"] {
            assert!(Line::split(bad).is_err(), "{bad}");
        }
        assert!(Line::split("A;B=:1").is_ok() && Line::split("A:").is_ok());
    }
}
