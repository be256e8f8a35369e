//! `datetime` from and to instants.
//!
//! The stable ABI has no access to the fields of a `datetime`, so it is Python that
//! subtracts and adds: the meaning of time zones, of `fold` too, is that of Python.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyAny, PyType};
use quietude::{Interval, Timestamp};

use crate::errors::{bad_argument, exception};

static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static TIMEDELTA: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

const MS_OF_DAY: i64 = 86_400_000;

/// 1970-01-01 in UTC, as a `datetime`.
fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let made = EPOCH.get_or_try_init(py, || {
        let utc = py.import("datetime")?.getattr("timezone")?.getattr("utc")?;
        let class = DATETIME.import(py, "datetime", "datetime")?;
        Ok::<_, PyErr>(class.call1((1970, 1, 1, 0, 0, 0, 0, utc))?.unbind())
    })?;
    Ok(made.bind(py))
}

/// The instant of an aware `datetime`, rounded down to the millisecond.
///
/// # Errors
///
/// `TypeError` if it is no `datetime`, and `QuietudeError` with the path `name` if it has no
/// time zone or is not in the years 1 to 9999 of UTC.
pub(crate) fn from_datetime(at: &Bound<'_, PyAny>, name: &str) -> PyResult<Timestamp> {
    let py = at.py();
    if !at.is_instance(DATETIME.import(py, "datetime", "datetime")?)? {
        let given = at.get_type().name()?;
        let message = format!("{name}: {given} is not a datetime with a time zone");
        return Err(PyTypeError::new_err(message));
    }
    if at.call_method0("utcoffset")?.is_none() {
        let message = format!(
            "{} has no time zone; give it one, such as tzinfo=zoneinfo.ZoneInfo(\"Europe/Paris\")",
            at.call_method0("isoformat")?
        );
        return Err(bad_argument(py, name, "invalid", &message));
    }
    let since = at.sub(epoch(py)?)?;
    let field = |name: &str| since.getattr(name)?.extract::<i64>();
    // A `timedelta` has at most 999,999,999 days, and its other fields are not negative.
    let (days, seconds) = (field("days")?, field("seconds")?);
    let millis = days * MS_OF_DAY + seconds * 1000 + field("microseconds")? / 1000;
    Timestamp::from_millis(millis)
        .map_err(|error| bad_argument(py, name, "out_of_range", error.message()))
}

/// The interval `[start, end)`.
pub(crate) fn interval(start: &Bound<'_, PyAny>, end: &Bound<'_, PyAny>) -> PyResult<Interval> {
    let of = (from_datetime(start, "start")?, from_datetime(end, "end")?);
    Interval::new(of.0, of.1).map_err(|error| exception(start.py(), &error))
}

/// A number of milliseconds as a `timedelta`.
pub(crate) fn to_timedelta(py: Python<'_>, millis: i64) -> PyResult<Bound<'_, PyAny>> {
    let (days, rest) = (millis.div_euclid(MS_OF_DAY), millis.rem_euclid(MS_OF_DAY));
    TIMEDELTA.import(py, "datetime", "timedelta")?.call1((days, 0, 0, rest))
}

/// Instants as `datetime` in the time zone of another one.
pub(crate) struct InZoneOf<'py> {
    zone: Bound<'py, PyAny>,
}

impl<'py> InZoneOf<'py> {
    /// The time zone of `at`.
    pub(crate) fn new(at: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(Self { zone: at.getattr("tzinfo")? })
    }

    /// The instant in this time zone, or in UTC if it has no `datetime` there: its year would
    /// be 0 or 10000. `None` for the end of time.
    pub(crate) fn datetime(&self, at: Timestamp) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.zone.py();
        if at == Timestamp::END {
            return Ok(None);
        }
        let utc = epoch(py)?.add(to_timedelta(py, at.as_millis())?)?;
        match utc.call_method1("astimezone", (&self.zone,)) {
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok(Some(utc)),
            local => local.map(Some),
        }
    }
}
