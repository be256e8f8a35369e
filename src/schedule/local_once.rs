//! One-time schedules between local times.

use crate::error::Error;
use crate::time::{Bound, Interval, Timestamp, Zone};

/// A schedule that occurs once, where the start or the end is a local time of a zone.
///
/// A local time stands for the first instant at which the clock shows it or a later time. If
/// both lie in one gap, there is no occurrence.
///
/// ```
/// use quietude::calendar::{Bound, LocalOnce, LocalTime, OnceEnd};
/// use quietude::{Schedule, Zone};
///
/// let start: LocalTime = "2026-06-06T15:00".parse()?;
/// let zone: Zone = "Europe/Paris".parse()?;
/// let move_out = LocalOnce::new(start, OnceEnd::After(2 * 3_600_000), zone)?;
/// assert!(Schedule::from(move_out).contains("2026-06-06T14:59:59Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOnce {
    start: Bound,
    end: OnceEnd,
    zone: Zone,
    interval: Option<Interval>,
}

/// How a [`LocalOnce`] ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OnceEnd {
    /// At an instant or a local time.
    At(Bound),
    /// This number of milliseconds after the start.
    After(i64),
    /// Never.
    Never,
}

impl LocalOnce {
    /// Occurs from `start` to `end`.
    ///
    /// # Errors
    ///
    /// If neither start nor end is a local time, if the end is not after the start as they
    /// are written, or if one of them is not in the years 1 to 9999.
    pub fn new(
        start: impl Into<Bound>,
        end: OnceEnd,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let (start, zone) = (start.into(), zone.into());
        if !start.is_local() && !matches!(&end, OnceEnd::At(end) if end.is_local()) {
            let error = Error::invalid("is only for a local `start` or `end`, without an offset");
            return Err(error.in_field("timezone"));
        }
        let from = start.instant(&zone).map_err(|error| error.in_field("start"))?;
        let until = match &end {
            OnceEnd::Never => Timestamp::END,
            OnceEnd::After(duration_ms) => after(from, *duration_ms)?,
            OnceEnd::At(end) => {
                let until = end.instant(&zone).map_err(|error| error.in_field("end"))?;
                let in_order = match (&start, end) {
                    (Bound::Local(start), Bound::Local(end)) => start.reading() < end.reading(),
                    _ => from < until,
                };
                if !in_order {
                    let message = format_args!("{end} is not after start {start}");
                    return Err(Error::invalid(message).in_field("end"));
                }
                until
            }
        };
        let interval = Interval::clipped(from.as_millis(), until.as_millis());
        Ok(Self { start, end, zone, interval })
    }

    /// The start, as given.
    #[must_use]
    pub fn start(&self) -> &Bound {
        &self.start
    }

    /// The end, as given.
    #[must_use]
    pub fn end(&self) -> &OnceEnd {
        &self.end
    }

    /// The zone of the local times.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The only occurrence; `None` if start and end lie in one gap of the clock.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }
}

/// The instant `duration_ms` milliseconds after `start`.
pub(super) fn after(start: Timestamp, duration_ms: i64) -> Result<Timestamp, Error> {
    if duration_ms < 1 {
        return Err(Error::out_of_range(format_args!("{duration_ms} is not 1 or more"))
            .in_field("duration_ms"));
    }
    let end = start.as_millis().saturating_add(duration_ms);
    Timestamp::from_millis(end).map_err(|error| error.in_field("duration_ms"))
}
