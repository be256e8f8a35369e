//! Cron expressions with a duration: text, dates and times of day.

use std::fmt;
use std::sync::Arc;

use chrono::Weekday;

use crate::error::{Error, truncated};
use crate::schedule::cron::fields::{Fields, parse};
use crate::schedule::dates::DateSet;
use crate::schedule::days::{Days, Item};
use crate::schedule::rule::{Fold, Gap, Length, Mapping, Recurrence, Times, daily_recurrence};
use crate::time::Zone;

mod fields;
#[cfg(test)]
mod tests;

/// A cron expression with an elapsed duration for each of its times, in a zone.
///
/// Five fields are minute, hour, day of the month, month and day of the week. Six fields
/// begin with seconds, seven also end with years. The syntax is that of Vixie cron with the
/// usual extensions:
///
/// | in | allowed |
/// | --- | --- |
/// | each field | `*`, numbers, lists `1,2`, ranges `1-5`, steps `*/15`, `1-31/2` and `10/5` (from 10 to the end) |
/// | months, days of the week | three letters of the English name, in any case; 0 and 7 are Sunday |
/// | day of the month | `?` for `*`, `L` the last day, `L-3` three days before it, `15W` the weekday nearest to the 15th, `LW` the last weekday |
/// | day of the week | `?` for `*`, `5L` the last Friday, `TUE#3` the third Tuesday; a range may end with `7` or `SUN` |
/// | the whole text | `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually` |
///
/// ```
/// use quietude::{Schedule, Zone, calendar::Cron};
///
/// let paris: Zone = "Europe/Paris".parse()?;
/// let backup: Schedule = Cron::new("0 22 * * MON-FRI", 2 * 3_600_000, paris)?.into();
/// assert!(backup.contains("2026-11-27T22:30:00Z".parse()?)); // Friday, 23:30 in Paris
/// assert!(!backup.contains("2026-11-28T22:30:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
///
/// A query costs about as much as that of a daily schedule, whatever the fields hold.
#[derive(Clone)]
pub struct Cron(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    fields: Fields,
    duration_ms: i64,
    zone: Zone,
    day_match: DayMatch,
    mapping: Mapping,
    recurrence: Recurrence,
}

/// What two restricted day fields of a [`Cron`] mean together.
///
/// A field that is `*` or `?` does not restrict; one with a step, such as `*/10`, does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DayMatch {
    /// Either suffices.
    #[default]
    Or,
    /// Both must hold.
    And,
}

impl Cron {
    /// Reads a cron expression; each of its times lasts `duration_ms` milliseconds of
    /// elapsed time.
    ///
    /// # Errors
    ///
    /// If the text is not valid: the error names the field, and what it may hold. If the
    /// duration is below 1.
    pub fn new(
        text: impl AsRef<str>,
        duration_ms: i64,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let text = text.as_ref();
        let fields = parse(text).map_err(|error| error.in_field("cron"))?;
        if duration_ms < 1 {
            return Err(Error::out_of_range(format_args!("{duration_ms} is not 1 or more"))
                .in_field("duration_ms"));
        }
        let (day_match, mapping) = (DayMatch::default(), Mapping::default());
        Ok(Self::compile(text, fields, duration_ms, zone.into(), day_match, mapping))
    }

    fn compile(
        text: &str,
        fields: Fields,
        duration_ms: i64,
        zone: Zone,
        day_match: DayMatch,
        mapping: Mapping,
    ) -> Self {
        let dates = DateSet::on_days(&fields.days(day_match));
        let length = Length::exact(duration_ms);
        let recurrence = daily_recurrence(dates, fields.times(), zone.clone(), mapping, length);
        let text = text.into();
        Self(Arc::new(Compiled { text, fields, duration_ms, zone, day_match, mapping, recurrence }))
    }

    fn with(&self, day_match: DayMatch, mapping: Mapping) -> Self {
        let Compiled { text, fields, duration_ms, zone, .. } = &*self.0;
        Self::compile(text, fields.clone(), *duration_ms, zone.clone(), day_match, mapping)
    }

    /// Sets what two restricted day fields mean together.
    #[must_use]
    pub fn with_day_match(self, day_match: DayMatch) -> Self {
        self.with(day_match, self.0.mapping)
    }

    /// Sets which passes of a fold have starts.
    #[must_use]
    pub fn with_fold(self, fold: Fold) -> Self {
        self.with(self.0.day_match, Mapping { fold, ..self.0.mapping })
    }

    /// Sets what happens to a start in a gap.
    #[must_use]
    pub fn with_gap(self, gap: Gap) -> Self {
        self.with(self.0.day_match, Mapping { gap, ..self.0.mapping })
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

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.0.zone
    }

    /// What two restricted day fields mean together.
    #[must_use]
    pub fn day_match(&self) -> DayMatch {
        self.0.day_match
    }

    /// The passes of a fold that have starts.
    #[must_use]
    pub fn fold(&self) -> Fold {
        self.0.mapping.fold
    }

    /// What happens to starts in a gap.
    #[must_use]
    pub fn gap(&self) -> Gap {
        self.0.mapping.gap
    }

    pub(super) fn recurrence(&self) -> &Recurrence {
        &self.0.recurrence
    }

    /// The dates, for descriptions.
    pub(super) fn days(&self) -> Days {
        self.0.fields.days(self.0.day_match)
    }

    /// The times of day in milliseconds, for descriptions; `None` if there are many.
    pub(super) fn few_times(&self) -> Option<Vec<u32>> {
        const MOST: usize = 6;
        let times = self.0.fields.times();
        (times.len() <= MOST).then(|| (0..times.len()).map(|n| times.nth(n)).collect())
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        let key = |cron: &Self| {
            let Compiled { duration_ms, day_match, mapping, .. } = *cron.0;
            (duration_ms, day_match, mapping)
        };
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.text == other.0.text
                && key(self) == key(other)
                && self.0.zone == other.0.zone)
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?}, {} ms, {})", self.0.text, self.0.duration_ms, self.0.zone)
    }
}

/// The error that a text is not a cron expression.
fn refused(text: &str, why: &str) -> Error {
    Error::syntax(format_args!("\"{}\" {why}", truncated(text)))
}
