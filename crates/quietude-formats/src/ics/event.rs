//! A VEVENT: its start, its length and what makes it recur, with zones.

use quietude::Zone;

use crate::convert::Note;
use crate::error::{Error, Place};
use crate::ics::calendar::Event;
use crate::ics::lines::{Line, truncated};
use crate::ics::value::{DAY, Form, Length, Value, utc};
use crate::ics::zones::{Found, Zones};

/// Why an event is left out.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) line: usize,
    pub(super) field: String,
    pub(super) message: String,
    /// The import fails, because an option would help.
    pub(super) is_fatal: bool,
}

impl Refused {
    pub(super) fn at(line: &Line<'_>, message: impl Into<String>) -> Self {
        let field = line.name().to_ascii_uppercase();
        Self { line: line.number(), field, message: message.into(), is_fatal: false }
    }

    pub(super) fn of(event: &Event<'_>, field: &str, message: impl Into<String>) -> Self {
        let (line, field) = (event.line, field.to_owned());
        Self { line, field, message: message.into(), is_fatal: false }
    }

    pub(super) fn error(&self) -> Error {
        let place = Place { path: self.field.clone(), ..Place::line(self.line) };
        Error::new(place, &self.message)
    }
}

/// A date or a time in a zone.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) value: Value,
    /// UTC, if the value is in UTC.
    pub(super) zone: Zone,
    /// Whether documents can name the zone.
    pub(super) is_named: bool,
    /// Whether the text of a rule can have the zone.
    pub(super) is_built_in: bool,
}

impl Moment {
    /// A time in UTC.
    pub(super) fn utc(at: i64) -> Self {
        Self { value: utc(at), zone: Zone::utc(), is_named: true, is_built_in: true }
    }

    pub(super) fn instant(&self) -> i64 {
        self.value.instant(&self.zone)
    }
}

/// What the times of a VCALENDAR need.
pub(super) struct Context<'a, 'n> {
    pub(super) zones: Zones<'a>,
    /// The zone of floating times.
    pub(super) floating: Option<Found>,
    pub(super) notes: &'n mut Vec<Note>,
}

/// A VEVENT that is read.
#[derive(Debug)]
pub(super) struct Parsed<'e, 'a> {
    pub(super) event: &'e Event<'a>,
    pub(super) uid: Option<String>,
    pub(super) start: Moment,
    /// `None` for an instant.
    pub(super) length: Option<Length>,
    /// RECURRENCE-ID, and whether it is for all later ones, too.
    pub(super) replaces: Option<(Moment, bool)>,
    pub(super) is_cancelled: bool,
    pub(super) is_transparent: bool,
    pub(super) sequence: i64,
}

impl<'a> Event<'a> {
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Line<'a>> {
        self.properties.iter().filter(move |line| line.is(name))
    }

    /// The first UID, unless it is empty.
    pub(super) fn uid(&self) -> Option<&str> {
        let uid = self.all("UID").next()?.value().trim();
        (!uid.is_empty()).then_some(uid)
    }

    /// The only property of this name.
    pub(super) fn one(&self, name: &str) -> Result<Option<&Line<'a>>, Refused> {
        let mut found = self.all(name);
        let first = found.next();
        match found.find(|other| first.is_some_and(|first| first.value() != other.value())) {
            Some(second) => Err(Refused::at(second, "is given twice in the event")),
            None => Ok(first),
        }
    }
}

impl<'a> Context<'a, '_> {
    /// Reads one value of a property; `text` is a part of the value of the line, `start` the
    /// DTSTART of the event, unless that is what is read.
    pub(super) fn moment(
        &mut self,
        line: &Line<'_>,
        text: &str,
        start: Option<&Moment>,
    ) -> Result<Moment, Refused> {
        let value = Value::parse(text).map_err(|why| Refused::at(line, why))?;
        let id = line.parameter("TZID").filter(|id| !id.is_empty());
        let of_start = start.map(|start| Found {
            zone: start.zone.clone(),
            is_named: start.is_named,
            is_built_in: start.is_built_in,
        });
        let found = match (value.form, id, of_start) {
            // A TZID beside Z means nothing.
            (Form::Utc, ..) => return Ok(Moment::utc(value.reading)),
            (Form::Local, Some(id), _) => self.zone(line, &id)?,
            (_, _, Some(found)) => found,
            (form, id, None) => match (self.floating.clone(), id) {
                (Some(found), _) => found,
                (None, Some(id)) => self.zone(line, &id)?,
                (None, None) => {
                    let what = if form == Form::Date { "is a date, and dates have" } else { "has" };
                    let message = format!(
                        "{} {what} no zone; give the option `timezone`, such as Europe/Berlin",
                        truncated(text)
                    );
                    return Err(Refused { is_fatal: true, ..Refused::at(line, message) });
                }
            },
        };
        let Found { zone, is_named, is_built_in } = found;
        Ok(Moment { value, zone, is_named, is_built_in })
    }

    fn zone(&mut self, line: &Line<'_>, id: &str) -> Result<Found, Refused> {
        let found = self.zones.get(id, self.notes);
        found.map_err(|why| Refused {
            field: format!("{}.TZID", line.name()),
            ..Refused::at(line, why)
        })
    }

    /// The values of all properties of a name, each with its line. Some files end a list with
    /// a comma.
    pub(super) fn moments<'l>(
        &mut self,
        event: &'l Event<'a>,
        name: &'static str,
        start: &Moment,
    ) -> Result<Vec<(Moment, &'l Line<'a>)>, Refused> {
        let mut moments = Vec::new();
        for line in event.all(name).filter(|line| !is_periods(line)) {
            for text in line.value().split(',').filter(|text| !text.trim().is_empty()) {
                moments.push((self.moment(line, text, Some(start))?, line));
            }
        }
        Ok(moments)
    }

    /// The periods of RDATE as instants.
    pub(super) fn periods(
        &mut self,
        event: &Event<'_>,
        start: &Moment,
    ) -> Result<Vec<(i64, i64)>, Refused> {
        let mut periods = Vec::new();
        for line in event.all("RDATE").filter(|line| is_periods(line)) {
            for text in line.value().split(',').filter(|text| !text.trim().is_empty()) {
                let Some((from, to)) = text.split_once('/') else {
                    let message = format!(
                        "\"{}\" is not a period such as 20260101T220000Z/PT2H (RFC 5545, 3.3.9)",
                        truncated(text)
                    );
                    return Err(Refused::at(line, message));
                };
                let begin = self.moment(line, from, Some(start))?;
                let from = begin.instant();
                let to = if to.starts_with(['P', '+', '-']) {
                    let length = duration(line, to)?.unwrap_or(Length { days: 0, exact: 0 });
                    length.end(begin.value, &begin.zone)
                } else {
                    self.moment(line, to, Some(start))?.instant()
                };
                if to < from {
                    return Err(Refused::at(line, "has a period that ends before it begins"));
                }
                if from < to {
                    periods.push((from, to));
                }
            }
        }
        Ok(periods)
    }

    /// Reads the properties of an event but for its recurrence.
    pub(super) fn parsed<'e>(&mut self, event: &'e Event<'a>) -> Result<Parsed<'e, 'a>, Refused> {
        let text = |name: &str| {
            let found = event.one(name)?;
            Ok(found.map(|line| line.value().trim().to_owned()))
        };
        let Some(line) = event.one("DTSTART")? else {
            return Err(Refused::of(event, "DTSTART", "is missing"));
        };
        let start = self.moment(line, line.value(), None)?;
        let replaces = match event.one("RECURRENCE-ID")? {
            None => None,
            Some(line) => {
                let is_range = match line.parameter("RANGE") {
                    None => false,
                    Some(range) if range.eq_ignore_ascii_case("THISANDFUTURE") => true,
                    Some(range) => {
                        let range = truncated(&range);
                        let message =
                            format!("RANGE={range} is not THISANDFUTURE (RFC 5545, 3.2.13)");
                        return Err(Refused::at(line, message));
                    }
                };
                Some((self.moment(line, line.value(), Some(&start))?, is_range))
            }
        };
        let length = self.length(event, &start)?;
        let sequence: Option<String> = text("SEQUENCE")?;
        let status: Option<String> = text("STATUS")?;
        let transparency: Option<String> = text("TRANSP")?;
        let is = |found: Option<String>, value: &str| {
            found.is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        Ok(Parsed {
            event,
            uid: text("UID")?.filter(|uid| !uid.is_empty()),
            start,
            length,
            replaces,
            is_cancelled: is(status, "CANCELLED"),
            is_transparent: is(transparency, "TRANSPARENT"),
            sequence: sequence.and_then(|number| number.parse().ok()).unwrap_or(0),
        })
    }

    /// The length by DTEND or DURATION; that of a DATE is one day. `None` for an instant.
    fn length(&mut self, event: &Event<'a>, start: &Moment) -> Result<Option<Length>, Refused> {
        let one_day = Length { days: 1, exact: 0 };
        let is_date = start.value.form == Form::Date;
        match (event.one("DTEND")?, event.one("DURATION")?) {
            (Some(_), Some(line)) => {
                let message = "is given beside DTEND; one of them is allowed (RFC 5545, 3.6.1)";
                Err(Refused::at(line, message))
            }
            (None, None) => Ok(is_date.then_some(one_day)),
            (None, Some(line)) => duration(line, line.value()),
            (Some(line), None) => {
                let end = self.moment(line, line.value(), Some(start))?;
                if (end.value.form == Form::Date) != is_date {
                    let message = format!(
                        "{} must be a date if DTSTART is one, else a time (RFC 5545, 3.8.2.2)",
                        end.value
                    );
                    return Err(Refused::at(line, message));
                }
                let before = || {
                    let message = format!("{} is before DTSTART {}", end.value, start.value);
                    Err(Refused::at(line, message))
                };
                if is_date {
                    let days = (end.value.reading - start.value.reading) / DAY;
                    return match days {
                        ..0 => before(),
                        // Some write the last day, which RFC 5545 does not allow.
                        0 => {
                            self.notes.push(Note {
                                item: item(event),
                                field: "DTEND".to_owned(),
                                message: format!(
                                    "{} is the date of DTSTART, which RFC 5545 (3.6.1) does not allow; \
                                     it is read as one day",
                                    end.value
                                ),
                            });
                            Ok(Some(one_day))
                        }
                        days => Ok(Some(Length { days, exact: 0 })),
                    };
                }
                match end.instant() - start.instant() {
                    ..0 => before(),
                    0 => Ok(None),
                    exact => Ok(Some(Length { days: 0, exact })),
                }
            }
        }
    }
}

/// How notes name an event.
pub(super) fn item(event: &Event<'_>) -> String {
    let uid = event.all("UID").next().map_or("", |line| line.value().trim());
    format!("VEVENT \"{}\" (line {})", truncated(uid), event.line)
}

/// Whether the values of RDATE are periods.
fn is_periods(line: &Line<'_>) -> bool {
    line.is("RDATE")
        && match line.parameter("VALUE") {
            Some(kind) => kind.eq_ignore_ascii_case("PERIOD"),
            None => line.value().contains('/'),
        }
}

/// A DURATION; `None` if it is zero.
fn duration(line: &Line<'_>, text: &str) -> Result<Option<Length>, Refused> {
    let text = text.trim();
    let is_zero = text.starts_with(['P', '+'])
        && text.contains(|c: char| c.is_ascii_digit())
        && !text.contains(|c: char| c.is_ascii_digit() && c != '0');
    if is_zero {
        return Ok(None);
    }
    let parsed = text.parse::<quietude::calendar::NominalDuration>();
    let parsed = parsed.map_err(|error| Refused::at(line, error.to_string()))?;
    Ok(Some(Length { days: i64::from(parsed.days()), exact: parsed.exact_ms() }))
}
