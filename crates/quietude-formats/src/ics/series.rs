//! The events with one UID as schedules: a recurring event, the instances that others
//! replace or cancel, and single events.
//!
//! An instance that is moved is an EXDATE of the rule, and a time of its own. A change for
//! all later instances (RANGE=THISANDFUTURE) ends the rule, and begins another one.

use quietude::calendar::{Bound, LocalOnce, OnceEnd};
use quietude::{Once, Rule, Schedule, Timestamp, Zone};

use crate::convert::Note;
use crate::ics::event::{Context, Moment, Parsed, Refused, item};
use crate::ics::rrule::Parts;
use crate::ics::value::{
    DAY, Form, Length, SECOND, Value, WEEKDAYS, first_instant, interval, iso_local, timestamp, utc,
};
use crate::ics::zones::Budget;
use crate::limits::{MAX_EVENT_INSTANCES, MAX_EVENT_RULES};

/// How many periods one rule has, which is limited by its length.
const PERIODS_OF_RULE: usize = 1_700;

/// One interval.
#[derive(Clone, Debug)]
pub(super) struct Single {
    pub(super) from: i64,
    pub(super) to: i64,
    /// The zone in which it was written, unless that is UTC.
    pub(super) zone: Option<Zone>,
    /// The first day, and the days, of an event of whole days.
    pub(super) days: Option<(i64, i64)>,
}

/// Schedules and intervals of which one is active.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    pub(super) schedules: Vec<Schedule>,
    pub(super) singles: Vec<Single>,
}

/// A recurring event, or its part from one change to the next.
#[derive(Clone, Debug)]
struct Segment {
    start: Moment,
    length: Length,
    rules: Vec<Parts>,
    rdates: Vec<Moment>,
    periods: Vec<(i64, i64)>,
    exdates: Vec<Moment>,
    /// The RECURRENCE-ID with which it begins.
    since: i64,
    /// How much later its local times are than those that RECURRENCE-ID names.
    shift: i64,
    /// The rules, as they are before instances are replaced.
    base: Option<Vec<Schedule>>,
}

impl Series {
    fn push(&mut self, start: &Moment, length: Length) {
        let from = start.instant();
        let to = length.end(start.value, &start.zone);
        let is_date = start.value.form == Form::Date && length.exact == 0;
        let days = is_date.then_some((start.value.reading / DAY, length.days));
        let zone = (start.value.form != Form::Utc && start.is_named).then(|| start.zone.clone());
        if from < to {
            self.singles.push(Single { from, to, zone, days });
        }
    }

    /// One schedule; `None` if there is nothing.
    pub(super) fn schedule(mut self) -> Result<Option<Schedule>, quietude::Error> {
        if let [single] = self.singles.as_slice() {
            self.schedules.push(single.schedule()?);
        } else {
            self.singles.sort_by_key(|single| (single.from, single.to));
            for singles in self.singles.chunks(PERIODS_OF_RULE) {
                self.schedules.push(periods(singles)?);
            }
        }
        match self.schedules.len() {
            0 | 1 => Ok(self.schedules.pop()),
            _ => Schedule::any(self.schedules).map(Some),
        }
    }
}

impl Single {
    /// In local times, if they say the same.
    pub(super) fn schedule(&self) -> Result<Schedule, quietude::Error> {
        let local = |zone: &Zone, at: i64| {
            let reading = at + zone.offset_ms(timestamp(at));
            (first_instant(zone, reading) == at).then(|| iso_local(reading))
        };
        if let Some(zone) = &self.zone
            && let (Some(from), Some(to)) = (local(zone, self.from), local(zone, self.to))
            && from < to
        {
            let (from, to): (Bound, Bound) = (
                from.parse::<quietude::calendar::LocalTime>()?.into(),
                to.parse::<quietude::calendar::LocalTime>()?.into(),
            );
            return Ok(LocalOnce::new(from, OnceEnd::At(to), zone.clone())?.into());
        }
        Ok(Once::new(Timestamp::from_millis(self.from)?, Timestamp::from_millis(self.to)?)?.into())
    }
}

/// A rule without a recurrence: a start and RDATE with periods.
fn periods(singles: &[Single]) -> Result<Schedule, quietude::Error> {
    let first = &singles[0];
    let rest: Vec<String> = singles[1..]
        .iter()
        .map(|single| format!("{}/{}", utc(single.from), utc(single.to)))
        .collect();
    let mut text = format!("DTSTART:{}", utc(first.from));
    if !rest.is_empty() {
        text += &format!("\nRDATE;VALUE=PERIOD:{}", rest.join(","));
    }
    Ok(Rule::parse(&text, first.to - first.from)?.into())
}

impl<'a> Context<'a, '_> {
    /// The schedules of a UID: of the event itself, which may be missing, and of what
    /// replaces its instances.
    pub(super) fn series(
        &mut self,
        master: Option<&Parsed<'_, 'a>>,
        replacements: &[Parsed<'_, 'a>],
    ) -> Result<Series, Refused> {
        let mut series = Series::default();
        let mut segments = Vec::new();
        if let Some(master) = master.filter(|master| !master.is_cancelled) {
            segments.extend(self.segment(master)?);
            if let [segment] = segments.as_slice()
                && segment.rules.is_empty()
                && segment.rdates.is_empty()
                && segment.periods.is_empty()
                && segment.exdates.is_empty()
                && replacements.is_empty()
            {
                series.push(&segment.start, segment.length);
                return Ok(series);
            }
            if segments.is_empty() {
                // An instant lasts no time, but periods of its RDATE do.
                for (from, to) in self.periods(master.event, &master.start)? {
                    series.singles.push(Single { from, to, zone: None, days: None });
                }
            }
        }
        let mut changes: Vec<&Parsed<'_, 'a>> = replacements.iter().collect();
        changes.sort_by_key(|change| {
            change.replaces.as_ref().map(|(id, is_range)| (id.instant(), !*is_range))
        });
        for change in changes {
            let Some((id, is_range)) = &change.replaces else { continue };
            for name in ["RRULE", "RDATE", "EXRULE"] {
                if let Some(line) = change.event.all(name).next() {
                    let message = "is not allowed beside RECURRENCE-ID (RFC 5545, 3.8.4.4)";
                    return Err(Refused::at(line, message));
                }
            }
            if *is_range && !segments.is_empty() {
                if segments.len() >= MAX_EVENT_RULES {
                    let why = format!("more than {MAX_EVENT_RULES} changes of all later instances");
                    return Err(Refused::of(change.event, "RECURRENCE-ID", why));
                }
                split(&mut segments, change, id)?;
            } else {
                let is_same = match segments.iter_mut().rev().find(|s| s.begins_by(id)) {
                    Some(segment) => segment.replace(change, id),
                    None => false,
                };
                if !change.is_cancelled && !is_same {
                    match change.length {
                        Some(length) => series.push(&change.start, length),
                        None => self.notes.push(instant(change)),
                    }
                }
            }
        }
        for segment in &segments {
            let event = master.map(|master| master.event);
            segment
                .compile(&mut series, &mut self.zones.table.budget, &mut |field, message| {
                    let item = event.map_or_else(String::new, item);
                    self.notes.push(Note { item, field: field.to_owned(), message });
                })
                .map_err(|(field, message)| Refused {
                    line: event.map_or(0, |event| event.line_of(field)),
                    field: field.to_owned(),
                    message,
                    is_fatal: false,
                })?;
        }
        Ok(series)
    }

    /// The event itself; `None` if it lasts no time.
    fn segment(&mut self, master: &Parsed<'_, 'a>) -> Result<Option<Segment>, Refused> {
        let Some(length) = master.length else {
            self.notes.push(instant(master));
            return Ok(None);
        };
        let event = master.event;
        let mut rules = Vec::new();
        let mut all = event.all("RRULE").chain(event.all("EXRULE"));
        if let Some(line) = all.nth(MAX_EVENT_RULES) {
            return Err(Refused::at(
                line,
                format!("more than {MAX_EVENT_RULES} rules of one event"),
            ));
        }
        for line in event.all("RRULE") {
            let mut parts = Parts::parse(line.value());
            self.take_count(&parts).map_err(|why| Refused::at(line, why))?;
            // What is meant without these parts (RFC 7529).
            for (name, value) in [("RSCALE", "GREGORIAN"), ("SKIP", "OMIT")] {
                if parts.get(name) == Some(value) {
                    parts.remove(name);
                }
            }
            if let Some(until) = parts.get("UNTIL").map(str::to_owned) {
                let until = self.until(master, &until, |why| Refused::at(line, why))?;
                parts.set("UNTIL", &until);
            }
            rules.push(parts);
        }
        let rdates = self.moments(event, "RDATE", &master.start)?;
        let exdates = self.moments(event, "EXDATE", &master.start)?;
        let mut segment = Segment {
            start: master.start.clone(),
            length,
            rules,
            rdates: rdates.into_iter().map(|(moment, _)| moment).collect(),
            periods: self.periods(event, &master.start)?,
            exdates: exdates.into_iter().map(|(moment, _)| moment).collect(),
            since: i64::MIN,
            shift: 0,
            base: None,
        };
        for line in event.all("EXRULE") {
            let mut parts = Parts::parse(line.value());
            if let Some(until) = parts.get("UNTIL").map(str::to_owned) {
                let until = self.until(master, &until, |why| Refused::at(line, why))?;
                parts.set("UNTIL", &until);
            }
            let budget = &mut self.zones.table.budget;
            segment.except(&parts, budget).map_err(|why| Refused::at(line, why))?;
        }
        Ok(Some(segment))
    }

    /// COUNT takes time to find its end.
    fn take_count(&mut self, rule: &Parts) -> Result<(), String> {
        let count = rule.get("COUNT").and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
        let left = &mut self.zones.table.budget.count;
        *left = left.checked_sub(count).ok_or("COUNT of all events is more than 100,000,000")?;
        Ok(())
    }

    /// UNTIL in the form that the library reads: a date for dates, else in UTC.
    fn until(
        &mut self,
        master: &Parsed<'_, '_>,
        text: &str,
        refused: impl Fn(String) -> Refused,
    ) -> Result<String, Refused> {
        let until = Value::parse(text).map_err(|why| refused(format!("UNTIL: {why}")))?;
        let start = &master.start;
        let read = match (start.value.form, until.form) {
            (Form::Date, Form::Date) | (Form::Local | Form::Utc, Form::Utc) => {
                return Ok(text.to_owned());
            }
            (Form::Date, form) => {
                let offset = start.zone.offset_ms(timestamp(until.reading));
                let shift = if form == Form::Utc { offset } else { 0 };
                Value { reading: until.reading + shift, form: Form::Date }
            }
            (_, Form::Local) => utc(until.instant(&start.zone)),
            (_, Form::Date) => {
                let last = Value { reading: until.reading + DAY - SECOND, form: Form::Local };
                utc(last.instant(&start.zone))
            }
        };
        let what = if start.value.form == Form::Date { "a date" } else { "in UTC" };
        self.notes.push(Note {
            item: item(master.event),
            field: "RRULE.UNTIL".to_owned(),
            message: format!(
                "{text} must be {what} beside this DTSTART (RFC 5545, 3.3.10); it is read as {read}"
            ),
        });
        Ok(read.to_string())
    }
}

fn instant(event: &Parsed<'_, '_>) -> Note {
    Note {
        item: item(event.event),
        field: "DTEND".to_owned(),
        message: "an event without a length is an instant: nothing is silenced".to_owned(),
    }
}

impl Segment {
    /// Whether the instance with this RECURRENCE-ID is in this part.
    fn begins_by(&self, id: &Moment) -> bool {
        // A date stands for the instance on it.
        let is_date = id.value.form == Form::Date && self.start.value.form != Form::Date;
        id.instant() + if is_date { DAY - 1 } else { 0 } >= self.since
    }

    /// Takes the instance out; whether it stays because the replacement has its time.
    fn replace(&mut self, change: &Parsed<'_, '_>, id: &Moment) -> bool {
        let at = id.instant();
        let is_same = self.shift == 0
            && !change.is_cancelled
            && change.start.instant() == at
            && change.start.value.form == self.start.value.form
            && change.length == Some(self.length)
            && self.has_instance(at);
        if !is_same {
            // After a change of all later instances some name the new time.
            for shift in if self.shift == 0 { vec![0] } else { vec![0, self.shift] } {
                let value = Value { reading: id.value.reading + shift, ..id.value };
                self.exdates.push(Moment { value, ..id.clone() });
            }
        }
        is_same
    }

    fn has_instance(&mut self, at: i64) -> bool {
        let Some(within) = interval(at, at + SECOND) else { return false };
        if self.base.is_none() {
            let rules = self.rules.iter().map(Some).chain(self.rules.is_empty().then_some(None));
            let schedules = rules.filter_map(|rule| self.rule(rule).ok()).map(Schedule::from);
            self.base = Some(schedules.collect());
        }
        let mut schedules = self.base.iter().flatten();
        schedules.any(|schedule| {
            schedule.occurrences(within).any(|found| found.start().as_millis() == at)
        })
    }

    /// Excludes what another rule generates (EXRULE of RFC 2445).
    fn except(&mut self, parts: &Parts, budget: &mut Budget) -> Result<(), String> {
        let plain = Self { rdates: vec![], periods: vec![], exdates: vec![], ..self.clone() };
        let excluded: Schedule =
            plain.rule(Some(parts)).map_err(|error| of_rule("EXRULE", &error).1)?.into();
        let last = if parts.is_endless() {
            if self.rules.iter().any(Parts::is_endless) {
                return Err(
                    "has no end, and the RRULE neither; name the dates in EXDATE".to_owned()
                );
            }
            let mut last = plain.start.instant();
            for rule in &self.rules {
                let rule =
                    Schedule::from(plain.rule(Some(rule)).map_err(|e| of_rule("RRULE", &e).1)?);
                let of_rule = rule.previous_occurrence(Timestamp::END);
                last = last.max(of_rule.map_or(last, |found| found.start().as_millis()));
            }
            let of_rdates = self.rdates.iter().map(Moment::instant).max();
            last.max(of_rdates.unwrap_or(last))
        } else {
            Timestamp::MAX.as_millis()
        };
        let Some(within) = interval(self.start.instant(), last + 1) else { return Ok(()) };
        for (index, found) in excluded.occurrences(within).enumerate() {
            if index >= MAX_EVENT_INSTANCES || budget.instances == 0 {
                return Err(format!("excludes more than {index} instances"));
            }
            budget.instances -= 1;
            self.exdates.push(Moment::utc(found.start().as_millis()));
        }
        Ok(())
    }

    /// Its text: DTSTART, RRULE, RDATE and EXDATE.
    fn text(&self, rule: Option<&Parts>, with_dates: bool) -> String {
        let zone = match self.start.value.form {
            Form::Local if self.start.is_built_in => format!(";TZID={}", self.start.zone.name()),
            Form::Date => ";VALUE=DATE".to_owned(),
            _ => String::new(),
        };
        let mut text = format!("DTSTART{zone}:{}", self.start.value);
        if let Some(rule) = rule {
            text += &format!("\nRRULE:{rule}");
        }
        let mut list = |name: &str, moments: &[Moment]| {
            let of = |form: Form| -> String {
                let own = |moment: &&Moment| {
                    moment.value.form == form
                        && (form != Form::Local || moment.zone == self.start.zone)
                };
                let own = moments.iter().filter(own).map(|moment| moment.value.to_string());
                own.collect::<Vec<_>>().join(",")
            };
            let local = of(Form::Local);
            let is_local = self.start.value.form == Form::Local;
            if is_local && !local.is_empty() {
                text += &format!("\n{name}{zone}:{local}");
            }
            let dates = of(Form::Date);
            if !dates.is_empty() {
                text += &format!("\n{name};VALUE=DATE:{dates}");
            }
            let others = moments.iter().filter(|moment| {
                let is_written = is_local && moment.zone == self.start.zone;
                moment.value.form == Form::Utc || (moment.value.form == Form::Local && !is_written)
            });
            let others: Vec<String> =
                others.map(|moment| utc(moment.instant()).to_string()).collect();
            if !others.is_empty() {
                text += &format!("\n{name}:{}", others.join(","));
            }
        };
        if with_dates {
            list("RDATE", &self.rdates);
        }
        list("EXDATE", &self.exdates);
        if with_dates && !self.periods.is_empty() {
            let periods =
                self.periods.iter().map(|(from, to)| format!("{}/{}", utc(*from), utc(*to)));
            text += &format!("\nRDATE;VALUE=PERIOD:{}", periods.collect::<Vec<_>>().join(","));
        }
        text
    }

    /// One rule, with RDATE and EXDATE.
    fn rule(&self, rule: Option<&Parts>) -> Result<Rule, quietude::Error> {
        let is_first = rule.is_none() || self.rules.first() == rule;
        let mut builder = Rule::builder(self.text(rule, is_first));
        let is_date = self.start.value.form == Form::Date;
        if is_date || !self.start.is_built_in {
            builder = builder.zone(self.start.zone.clone());
        }
        match self.length {
            Length { days: 1, exact: 0 } if is_date => {}
            Length { days: 0, exact } => builder = builder.duration_ms(exact),
            Length { days, exact: 0 } => builder = builder.duration(format!("P{days}D").parse()?),
            Length { days, exact } => {
                builder = builder.duration(format!("P{days}DT{}S", exact / SECOND).parse()?);
            }
        }
        builder.build()
    }

    /// Adds the schedules; an error has the field.
    fn compile(
        &self,
        series: &mut Series,
        budget: &mut Budget,
        note: &mut dyn FnMut(&str, String),
    ) -> Result<(), (&'static str, String)> {
        let rules = self.rules.iter().map(Some).chain(self.rules.is_empty().then_some(None));
        for parts in rules {
            let field = if parts.is_some() { "RRULE" } else { "RDATE" };
            let rule = self.rule(parts).map_err(|error| of_rule(field, &error))?;
            let start = rule.start().as_millis();
            let schedule = Schedule::from(rule);
            if parts.is_some() && self.shift == 0 {
                self.check_start(start, &schedule, note);
            }
            if self.start.is_named {
                series.schedules.push(schedule);
                continue;
            }
            // Documents cannot name the zone.
            let is_endless = parts.is_some_and(Parts::is_endless);
            let mut found = schedule.occurrences(quietude::Interval::ALWAYS);
            let most = MAX_EVENT_INSTANCES.min(budget.instances);
            let instances: Vec<_> = found.by_ref().take(most).collect();
            budget.instances -= instances.len();
            if is_endless || found.next().is_some() {
                let message = format!(
                    "the rules of its VTIMEZONE are those of no zone of the tz database; only rules \
                     that end, with at most {most} instances, are written in such a zone"
                );
                return Err((field, message));
            }
            for found in instances {
                let (from, to) = (found.start().as_millis(), found.end().as_millis());
                series.singles.push(Single { from, to, zone: None, days: None });
            }
        }
        Ok(())
    }

    /// Notes a DTSTART that the rule does not generate.
    fn check_start(&self, start: i64, schedule: &Schedule, note: &mut dyn FnMut(&str, String)) {
        let is_excluded = self.exdates.iter().any(|moment| {
            moment.value.reading == self.start.value.reading || moment.instant() == start
        });
        let Some(within) = interval(start, start + 1) else { return };
        let is_instance =
            schedule.occurrences(within).any(|found| found.start().as_millis() == start);
        if !is_instance && !is_excluded {
            note(
                "DTSTART",
                "is no instance of RRULE, which RFC 5545 (3.8.5.3) leaves undefined: only what the \
                 rule generates is silenced"
                    .to_owned(),
            );
        }
    }
}

/// The property that an error of a rule is about, and the message with the part of it.
fn of_rule(field: &'static str, error: &quietude::Error) -> (&'static str, String) {
    let path = error.path().strip_prefix("rrule").unwrap_or(error.path());
    let path = path.strip_prefix('.').unwrap_or(path);
    let (name, part) = path.split_once('.').unwrap_or((path, ""));
    let known = ["RRULE", "RDATE", "EXDATE", "DTSTART"].into_iter().find(|known| *known == name);
    let (field, part) = known.map_or((field, path), |known| (known, part));
    let separator = if part.is_empty() { "" } else { ": " };
    (field, format!("{part}{separator}{}", error.message()))
}

/// Ends the last part before an instance, and begins another one with it.
fn split(segments: &mut Vec<Segment>, change: &Parsed<'_, '_>, id: &Moment) -> Result<(), Refused> {
    let refused = |why: &str| Refused::of(change.event, "RECURRENCE-ID", why);
    let Some(segment) = segments.last_mut() else { return Ok(()) };
    let [rule] = segment.rules.as_slice() else {
        return Err(refused("RANGE=THISANDFUTURE is read for an event with one RRULE"));
    };
    if !segment.rdates.is_empty() || !segment.periods.is_empty() {
        return Err(refused("RANGE=THISANDFUTURE is not read for an event with RDATE"));
    }
    let shifted = Value { reading: id.value.reading + segment.shift, ..id.value };
    let at = Moment { value: shifted, ..id.clone() };
    if at.value.form != segment.start.value.form && segment.start.value.form == Form::Date {
        return Err(refused("must be a date, as DTSTART is one"));
    }
    let mut plain = Segment { exdates: Vec::new(), base: None, ..segment.clone() };
    if !plain.has_instance(at.instant()) {
        return Err(refused("RANGE=THISANDFUTURE needs an instance of RRULE, and this is none"));
    }
    let mut later = rule.clone();
    if let Some(count) = rule.get("COUNT").and_then(|count| count.parse::<usize>().ok()) {
        let schedule =
            Schedule::from(plain.rule(Some(rule)).map_err(|e| refused(&of_rule("RRULE", &e).1))?);
        let within = interval(plain.start.instant(), at.instant());
        let before = within.map_or(0, |within| {
            let found = schedule.occurrences(within).take(MAX_EVENT_INSTANCES + 1);
            found.filter(|found| found.start().as_millis() < at.instant()).count()
        });
        if before > MAX_EVENT_INSTANCES {
            return Err(refused("RANGE=THISANDFUTURE is read for the first 5000 instances"));
        }
        later.set("COUNT", &count.saturating_sub(before).to_string());
    }
    let mut earlier = rule.clone();
    earlier.remove("COUNT");
    let until = match segment.start.value.form {
        Form::Date => Value { reading: at.value.reading - DAY, form: Form::Date },
        _ => utc(at.instant() - SECOND),
    };
    earlier.set("UNTIL", &until.to_string());
    let before = Segment { rules: vec![earlier], base: None, ..segment.clone() };
    if change.is_cancelled {
        *segment = before;
        return Ok(());
    }
    let Some(length) = change.length else {
        return Err(refused("RANGE=THISANDFUTURE without a length"));
    };
    let start = &change.start;
    let zone_is_same = start.value.form == segment.start.value.form
        && (start.value.form != Form::Local || start.zone == segment.start.zone);
    // RECURRENCE-ID in the zone of the event.
    let reading = match (at.value.form, segment.start.value.form) {
        (Form::Utc, Form::Local) => {
            at.value.reading + segment.start.zone.offset_ms(timestamp(at.value.reading))
        }
        _ => at.value.reading,
    };
    let by = start.value.reading - reading;
    let on_same_date = start.value.reading.div_euclid(DAY) == reading.div_euclid(DAY);
    let names: &[&str] = if on_same_date {
        &["BYDAY", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"]
    } else {
        &[]
    };
    let is_dates = !matches!(later.get("FREQ"), Some("HOURLY" | "MINUTELY" | "SECONDLY") | None);
    let is_daily = on_same_date || later.get("FREQ") == Some("DAILY");
    let is_weekly = !on_same_date
        && later.get("FREQ") == Some("WEEKLY")
        && later.get("INTERVAL").is_none_or(|interval| interval == "1")
        && later.has_only(&["BYDAY"]);
    if !zone_is_same || !is_dates || !(is_weekly || (is_daily && later.has_only(names))) {
        return Err(refused(
            "RANGE=THISANDFUTURE is read if it moves instances within their date, or days of a DAILY \
             or WEEKLY rule, in the zone of the event",
        ));
    }
    if is_weekly && let Some(days) = later.get("BYDAY") {
        let by = start.value.reading.div_euclid(DAY) - reading.div_euclid(DAY);
        let days = rotated(days, by).ok_or_else(|| refused("BYDAY is not read"))?;
        later.set("BYDAY", &days);
    }
    if let Some(until) = later.get("UNTIL") {
        let value = Value::parse(until).map_err(|why| refused(&why))?;
        let later_until = match value.form {
            Form::Date => Value { reading: value.reading + by.div_euclid(DAY) * DAY, ..value },
            _ => {
                // By the clock, as the instances.
                let zone = &segment.start.zone;
                let reading = value.reading + zone.offset_ms(timestamp(value.reading)) + by;
                let local = Value { reading, form: Form::Local };
                utc(local.instant(zone))
            }
        };
        later.set("UNTIL", &later_until.to_string());
    }
    let exdates = segment.exdates.iter().filter(|moment| moment.instant() > at.instant());
    let exdates = exdates.map(|moment| {
        let zone = &segment.start.zone;
        let reading = match (moment.value.form, segment.start.value.form) {
            (Form::Utc, Form::Local) => {
                moment.value.reading + zone.offset_ms(timestamp(moment.value.reading))
            }
            _ => moment.value.reading,
        };
        let form = match moment.value.form {
            Form::Date => Form::Date,
            _ => segment.start.value.form,
        };
        let by = if form == Form::Date { by.div_euclid(DAY) * DAY } else { by };
        let value = Value { reading: reading + by, form };
        Moment { value, ..segment.start.clone() }
    });
    let after = Segment {
        start: start.clone(),
        length,
        rules: vec![later],
        rdates: Vec::new(),
        periods: Vec::new(),
        exdates: exdates.collect(),
        since: id.instant(),
        shift: segment.shift + by,
        base: None,
    };
    *segment = before;
    segments.push(after);
    Ok(())
}

/// BYDAY without numbers, moved by days.
fn rotated(days: &str, by: i64) -> Option<String> {
    let days = days.split(',').map(|day| {
        let index = WEEKDAYS.iter().position(|name| *name == day)? as i64;
        Some(WEEKDAYS[(index + by).rem_euclid(7) as usize])
    });
    days.collect::<Option<Vec<_>>>().map(|days| days.join(","))
}
