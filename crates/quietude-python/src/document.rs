//! The class `Document`.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::errors::{bad_argument, exception, guarded, python_class};
use crate::instant::from_datetime;

/// Windows and a topology: one JSON document, parsed and checked.
///
/// Immutable. A pickle is the compact JSON; it has no limit of its size, so that every
/// document can be pickled.
///
/// Args:
///     text: The JSON document, at most 256 MiB. ``Document()`` has no windows.
///
/// Raises:
///     QuietudeError: If the text is not a document: ``path``, ``line`` and ``column`` are the
///         place, ``window`` is the id of the window.
///
/// Example:
///     >>> document = Document('{"version": 1, "windows": []}')
///     >>> len(document)
///     0
#[pyclass(module = "quietude", frozen)]
#[derive(Debug)]
pub(crate) struct Document {
    document: quietude::Document,
}

impl Document {
    pub(crate) fn inner(&self) -> &quietude::Document {
        &self.document
    }

    fn compact(&self) -> PyResult<String> {
        serde_json::to_string(&self.document).map_err(|error| {
            // Writing to memory does not fail.
            pyo3::exceptions::PyMemoryError::new_err(error.to_string())
        })
    }
}

#[pymethods]
impl Document {
    #[new]
    #[pyo3(signature = (text=None))]
    fn new(py: Python<'_>, text: Option<&str>) -> PyResult<Self> {
        guarded(py, || {
            let Some(text) = text else {
                return Ok(Self { document: quietude::Document::default() });
            };
            match py.detach(|| quietude::Document::from_json(text)) {
                Ok(document) => Ok(Self { document }),
                Err(error) => Err(exception(py, &error)),
            }
        })
    }

    /// All errors of a text, at most 100, in the order of the text; an empty list if it is
    /// a document.
    #[staticmethod]
    fn check(py: Python<'_>, text: &str) -> PyResult<Vec<Py<PyAny>>> {
        guarded(py, || {
            let errors = py.detach(|| quietude::Document::check(text));
            Ok(errors.iter().map(|error| exception(py, error).into_value(py).into()).collect())
        })
    }

    /// The document as JSON.
    ///
    /// Args:
    ///     compact: Without line breaks and indents. Indented JSON of a large document may
    ///         exceed 256 MiB, which ``Document`` does not read again.
    #[pyo3(signature = (*, compact=false))]
    fn to_json(&self, py: Python<'_>, compact: bool) -> PyResult<String> {
        guarded(py, || {
            py.detach(|| if compact { self.compact() } else { Ok(self.document.to_json()) })
        })
    }

    /// The ids of the windows, in the order of the document.
    #[getter]
    fn window_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.document.registry.iter().map(|window| window.id().as_str()))
    }

    /// Checks the windows for what was probably not meant.
    ///
    /// Args:
    ///     now: An aware ``datetime``; windows that ended before it are reported.
    ///
    /// Returns:
    ///     The findings, in the order of the windows.
    ///
    /// Raises:
    ///     QuietudeError: If ``now`` has no time zone.
    fn lint(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<Vec<Py<PyAny>>> {
        guarded(py, || {
            let now = from_datetime(now, "now")?;
            let quietude::Document { registry, topology, .. } = &self.document;
            let report = py.detach(|| quietude::lint::check(registry, topology, now));
            let report = report.map_err(|error| exception(py, &error))?;
            let class = python_class!(py, "_types", "Finding")?;
            let made = report.findings.iter().map(|finding| {
                let severity = finding.severity().to_string();
                let (window, code) = (finding.window.as_str(), finding.code.as_str());
                let fix = finding.fix.as_deref();
                let finding = (code, severity, window, &finding.path, &finding.message, fix);
                Ok(class.call1(finding)?.unbind())
            });
            made.collect()
        })
    }

    fn __len__(&self) -> usize {
        self.document.registry.len()
    }

    fn __eq__(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || py.detach(|| Ok(self.compact()? == other.compact()?)))
    }

    fn __hash__(&self) -> u64 {
        // Equal documents have as many windows.
        self.document.registry.len() as u64
    }

    fn __repr__(&self) -> String {
        format!("<Document with {} windows>", self.document.registry.len())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let unpickle = py.get_type::<Self>().getattr("_of_pickle")?;
        Ok((unpickle, (self.to_json(py, true)?,)))
    }

    /// The document of a pickle.
    ///
    /// The limit on the size of a text does not apply: the compact form of a document may be
    /// longer than the text of which it was read.
    #[staticmethod]
    fn _of_pickle(py: Python<'_>, text: &str) -> PyResult<Self> {
        guarded(py, || match py.detach(|| serde_json::from_str(text)) {
            Ok(document) => Ok(Self { document }),
            Err(error) => Err(bad_argument(py, "pickle", "syntax", &error.to_string())),
        })
    }
}
