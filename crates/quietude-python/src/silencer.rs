//! The class `Silencer`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::column::Column;
use crate::document::Document;
use crate::errors::{bad_argument, exception, guarded};
use crate::evaluate;
use crate::instant::{InZoneOf, from_datetime, interval, to_timedelta};
use crate::results;
use crate::subject::with_subject;
use crate::table::{Arguments, Table};

/// An immutable compiled snapshot of a document, which answers queries.
///
/// A subject is the id of an entity (``str``) or a ``Subject``. An instant is a ``datetime``
/// with a time zone, rounded down to the millisecond, in the years 1 to 9999 of UTC. Answers
/// are in the time zone of that ``datetime``.
///
/// Thread-safe: methods have no side effects. Those over columns, and the constructor, release
/// the GIL. A pickle has the document, and is compiled again when it is loaded.
///
/// Args:
///     document: A ``Document``, or its JSON text.
///     now: The instant around which answers are precomputed; queries near it are the
///         fastest, and their answers are the same without it.
///
/// Raises:
///     QuietudeError: If the text is not a document, or exceeds a limit.
///
/// Example:
///     >>> from datetime import datetime, timezone
///     >>> silencer = Silencer('''{"version": 1, "windows": [
///     ...     {"id": "w", "scope": {"entity": "db-7"}, "schedule":
///     ...      {"kind": "daily", "clock": "22:00-02:00", "timezone": "Europe/Paris"}}]}''')
///     >>> silencer.is_silenced("db-7", datetime(2026, 11, 26, 21, 15, tzinfo=timezone.utc))
///     True
#[pyclass(module = "quietude", frozen)]
#[derive(Debug)]
pub(crate) struct Silencer {
    document: Py<Document>,
    now: Option<Py<PyAny>>,
    silencer: quietude::Silencer,
}

#[pymethods]
impl Silencer {
    #[new]
    #[pyo3(signature = (document, *, now=None))]
    fn new(document: &Bound<'_, PyAny>, now: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = document.py();
        guarded(py, || {
            let document: Py<Document> = match document.cast::<Document>() {
                Ok(document) => document.clone().unbind(),
                Err(_) if document.is_instance_of::<PyString>() => {
                    py.get_type::<Document>().call1((document,))?.cast_into()?.unbind()
                }
                Err(_) => {
                    let given = document.get_type().name()?;
                    let message = format!("document: {given} is not a Document or a str");
                    return Err(PyTypeError::new_err(message));
                }
            };
            let at = now.map(|now| from_datetime(now, "now")).transpose()?;
            let of = document.get().inner();
            let mut builder = quietude::Silencer::builder().topology(of.topology.clone());
            if let Some(at) = at {
                builder = builder.now(at);
            }
            let silencer = py.detach(|| builder.build(&of.registry));
            let silencer = silencer.map_err(|error| exception(py, &error))?;
            Ok(Self { document, now: now.map(|now| now.clone().unbind()), silencer })
        })
    }

    /// The document.
    #[getter]
    fn document(&self, py: Python<'_>) -> Py<Document> {
        self.document.clone_ref(py)
    }

    /// The memory of the compiled snapshot in bytes, without the document: an estimate.
    #[getter]
    fn memory_bytes(&self) -> usize {
        let usage = self.silencer.memory_usage();
        usage.index_bytes() + usage.window_bytes() + usage.zone_bytes()
    }

    /// Whether the subject is silenced at the instant.
    ///
    /// Raises:
    ///     TypeError: If an argument has another type.
    ///     QuietudeError: If ``at`` has no time zone or is out of range.
    fn is_silenced(&self, subject: &Bound<'_, PyAny>, at: &Bound<'_, PyAny>) -> PyResult<bool> {
        guarded(at.py(), || {
            let instant = from_datetime(at, "at")?;
            with_subject(subject, |subject| Ok(self.silencer.is_silenced(subject, instant)))
        })
    }

    /// The ids of the windows that silence the subject at the instant, in the order of the
    /// document; an empty list if it is not silenced.
    ///
    /// Raises:
    ///     As ``is_silenced``.
    fn silenced_by(
        &self,
        subject: &Bound<'_, PyAny>,
        at: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<&str>> {
        guarded(at.py(), || {
            let instant = from_datetime(at, "at")?;
            with_subject(subject, |subject| {
                let by = self.silencer.silenced_by(subject, instant);
                Ok(by.map(|window| window.id().as_str()).collect())
            })
        })
    }

    /// The end of the silence of the subject, across all windows: a ``SilenceEnd``. ``None``
    /// if it is not silenced at the instant.
    ///
    /// Raises:
    ///     As ``is_silenced``.
    fn silenced_until<'py>(
        &self,
        subject: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = at.py();
        guarded(py, || {
            let (instant, zone) = (from_datetime(at, "at")?, InZoneOf::new(at)?);
            with_subject(subject, |subject| {
                let end = self.silencer.silenced_until(subject, instant);
                end.map(|end| results::silence_end(py, end, &zone)).transpose()
            })
        })
    }

    /// The greatest effect of the windows that silence the subject at the instant:
    /// ``"notifications"`` or ``"monitoring"``. ``None`` if it is not silenced.
    ///
    /// Raises:
    ///     As ``is_silenced``.
    fn effect(
        &self,
        subject: &Bound<'_, PyAny>,
        at: &Bound<'_, PyAny>,
    ) -> PyResult<Option<&'static str>> {
        guarded(at.py(), || {
            let instant = from_datetime(at, "at")?;
            with_subject(subject, |subject| {
                Ok(self.silencer.effect(subject, instant).map(results::effect_name))
            })
        })
    }

    /// The windows, the end, the effect and the state, as one ``Answer``. ``None`` if the
    /// subject is not silenced at the instant.
    ///
    /// Raises:
    ///     As ``is_silenced``.
    fn answer<'py>(
        &self,
        subject: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = at.py();
        guarded(py, || {
            let (instant, zone) = (from_datetime(at, "at")?, InZoneOf::new(at)?);
            with_subject(subject, |subject| {
                let answer = self.silencer.answer(subject, instant);
                answer.map(|answer| results::answer(py, &answer, &zone)).transpose()
            })
        })
    }

    /// The verdict on every window that could silence the subject at the instant: an
    /// ``Explanation``, whose ``str`` is text for people.
    ///
    /// Raises:
    ///     As ``is_silenced``.
    fn explain<'py>(
        &self,
        subject: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = at.py();
        guarded(py, || {
            let (instant, zone) = (from_datetime(at, "at")?, InZoneOf::new(at)?);
            with_subject(subject, |subject| {
                let explanation = self.silencer.explain(subject, instant);
                results::explanation(py, &explanation, &zone)
            })
        })
    }

    /// The effect on the subject over the interval ``[start, end)``: a list of ``Segment``
    /// without gaps, of which neighbours differ.
    ///
    /// Raises:
    ///     QuietudeError: If ``end`` is not after ``start``, or there are more than 1,000,000
    ///         segments; and as ``is_silenced``.
    fn timeline<'py>(
        &self,
        subject: &Bound<'py, PyAny>,
        start: &Bound<'py, PyAny>,
        end: &Bound<'py, PyAny>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let py = start.py();
        guarded(py, || {
            let (within, zone) = (interval(start, end)?, InZoneOf::new(start)?);
            with_subject(subject, |subject| {
                let segments = py.detach(|| self.silencer.timeline(subject, within).into_vec());
                let segments = segments.map_err(|error| exception(py, &error))?;
                segments.iter().map(|segment| results::segment(py, segment, &zone)).collect()
            })
        })
    }

    /// How long the subject is silenced within ``[start, end)``: a ``SilencedTime``, exact to
    /// the millisecond.
    ///
    /// Raises:
    ///     QuietudeError: If ``end`` is not after ``start``, or a window is active more than
    ///         1,000,000 times; and as ``is_silenced``.
    fn silenced_time<'py>(
        &self,
        subject: &Bound<'py, PyAny>,
        start: &Bound<'py, PyAny>,
        end: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = start.py();
        guarded(py, || {
            let within = interval(start, end)?;
            with_subject(subject, |subject| {
                let time = py.detach(|| self.silencer.silenced_time(subject, within));
                results::silenced_time(py, &time.map_err(|error| exception(py, &error))?)
            })
        })
    }

    /// How long a window is active within ``[start, end)``, whomever it covers: a
    /// ``timedelta``, exact to the millisecond.
    ///
    /// Raises:
    ///     QuietudeError: If no window has the id, ``end`` is not after ``start``, or the
    ///         window is active more than 1,000,000 times.
    fn active_time<'py>(
        &self,
        window_id: &str,
        start: &Bound<'py, PyAny>,
        end: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = start.py();
        guarded(py, || {
            let within = interval(start, end)?;
            let window = self.document.get().inner().registry.get(window_id);
            let Some(window) = window else {
                let message = format!("no window has the id {window_id:?}");
                return Err(bad_argument(py, "window_id", "not_found", &message));
            };
            let time = py.detach(|| window.active_ms(within));
            to_timedelta(py, time.map_err(|error| exception(py, &error))?)
        })
    }

    /// ``is_silenced`` of each row, as a column of booleans.
    ///
    /// A column is an object with ``__arrow_c_array__`` or ``__arrow_c_stream__``, of pyarrow,
    /// Polars, DuckDB or another engine. Nothing is copied. The rows are answered without the
    /// GIL.
    ///
    /// Args:
    ///     entity: Strings (also large, view or dictionary), or ``None`` for no entity in any
    ///         row.
    ///     at: Timestamps of any unit with a time zone, rounded down to the millisecond.
    ///     alert_type: Strings; null for no alert type.
    ///     labels: Maps, lists of structs with a key and a value, structs, a table, or a
    ///         ``dict`` of a name to a column of strings. Null for no labels; a null value is
    ///         a label that is missing.
    ///     naive_as_utc: Whether timestamps without a time zone are in UTC. Without it they
    ///         are an error.
    ///     threads: The number of threads, 1 to 256.
    ///
    /// Returns:
    ///     A ``Column`` with ``__arrow_c_array__``. A row is null if its instant is null, or
    ///     if it has neither an entity nor labels.
    ///
    /// Raises:
    ///     ColumnError: If a column has another type or length, or an instant is not in the
    ///         years 1 to 9999: with ``column`` and ``row``, counted from 0.
    #[pyo3(signature = (entity, at, *, alert_type=None, labels=None, naive_as_utc=false, threads=1))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn is_silenced_columns(
        &self,
        py: Python<'_>,
        entity: Option<&Bound<'_, PyAny>>,
        at: &Bound<'_, PyAny>,
        alert_type: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        naive_as_utc: bool,
        threads: usize,
    ) -> PyResult<Column> {
        let arguments = Arguments { entity, at, alert_type, labels, naive_as_utc, threads };
        self.ask(py, &arguments, evaluate::is_silenced)
    }

    /// ``silenced_by`` of each row, as a column of lists of strings; an empty list if the row
    /// is not silenced. Arguments, nulls and errors are those of ``is_silenced_columns``; the
    /// ids of all answers have at most 2 GiB.
    #[pyo3(signature = (entity, at, *, alert_type=None, labels=None, naive_as_utc=false, threads=1))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn silenced_by_columns(
        &self,
        py: Python<'_>,
        entity: Option<&Bound<'_, PyAny>>,
        at: &Bound<'_, PyAny>,
        alert_type: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        naive_as_utc: bool,
        threads: usize,
    ) -> PyResult<Column> {
        let arguments = Arguments { entity, at, alert_type, labels, naive_as_utc, threads };
        self.ask(py, &arguments, evaluate::silenced_by)
    }

    /// ``silenced_until`` of each row, as a column of structs: ``kind`` (``"at"``,
    /// ``"at_least"`` or ``"never"``) and ``at``, microseconds in UTC, null for ``"never"``.
    /// The struct is null if the row is not silenced. Arguments, nulls and errors are those of
    /// ``is_silenced_columns``.
    #[pyo3(signature = (entity, at, *, alert_type=None, labels=None, naive_as_utc=false, threads=1))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn silenced_until_columns(
        &self,
        py: Python<'_>,
        entity: Option<&Bound<'_, PyAny>>,
        at: &Bound<'_, PyAny>,
        alert_type: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        naive_as_utc: bool,
        threads: usize,
    ) -> PyResult<Column> {
        let arguments = Arguments { entity, at, alert_type, labels, naive_as_utc, threads };
        self.ask(py, &arguments, evaluate::silenced_until)
    }

    /// ``effect`` of each row, as a column of strings; null if the row is not silenced.
    /// Arguments, nulls and errors are those of ``is_silenced_columns``.
    #[pyo3(signature = (entity, at, *, alert_type=None, labels=None, naive_as_utc=false, threads=1))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn effect_columns(
        &self,
        py: Python<'_>,
        entity: Option<&Bound<'_, PyAny>>,
        at: &Bound<'_, PyAny>,
        alert_type: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        naive_as_utc: bool,
        threads: usize,
    ) -> PyResult<Column> {
        let arguments = Arguments { entity, at, alert_type, labels, naive_as_utc, threads };
        self.ask(py, &arguments, evaluate::effect)
    }

    /// All answers of each row, as a column of structs: ``is_silenced``, ``by``, ``until`` and
    /// ``effect``, as the methods for one of them return them. The windows of a row are looked
    /// up once. Arguments and errors are those of ``is_silenced_columns``.
    #[pyo3(signature = (entity, at, *, alert_type=None, labels=None, naive_as_utc=false, threads=1))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn answer_columns(
        &self,
        py: Python<'_>,
        entity: Option<&Bound<'_, PyAny>>,
        at: &Bound<'_, PyAny>,
        alert_type: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        naive_as_utc: bool,
        threads: usize,
    ) -> PyResult<Column> {
        let arguments = Arguments { entity, at, alert_type, labels, naive_as_utc, threads };
        self.ask(py, &arguments, evaluate::answers)
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<((Py<Document>,), Bound<'py, PyDict>)> {
        let named = PyDict::new(py);
        named.set_item("now", &self.now)?;
        Ok(((self.document.clone_ref(py),), named))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Silencer({})", self.document.bind(py).repr()?))
    }
}

impl Silencer {
    pub(crate) fn inner(&self) -> &quietude::Silencer {
        &self.silencer
    }

    /// Reads the columns, and answers their rows without the GIL.
    fn ask(
        &self,
        py: Python<'_>,
        arguments: &Arguments<'_, '_>,
        answer: fn(&quietude::Silencer, &Table) -> evaluate::Answered,
    ) -> PyResult<Column> {
        guarded(py, || {
            let table = Table::read(arguments)?;
            let answered = py.detach(|| answer(&self.silencer, &table));
            answered.map(Column::new).map_err(|error| error.exception(py))
        })
    }
}
