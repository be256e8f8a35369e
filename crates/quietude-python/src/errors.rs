//! Exceptions. Their classes are written in Python, in `quietude._errors`.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use quietude::{Error, ErrorKind};

/// A class of the module `quietude.MODULE`, which is looked up once.
macro_rules! python_class {
    ($py:expr, $module:literal, $name:literal) => {{
        static CLASS: pyo3::sync::PyOnceLock<pyo3::Py<pyo3::types::PyType>> =
            pyo3::sync::PyOnceLock::new();
        CLASS.import($py, concat!("quietude.", $module), $name)
    }};
}
pub(crate) use python_class;

/// The name of a kind of errors, as Python code compares it.
fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax => "syntax",
        ErrorKind::OutOfRange => "out_of_range",
        ErrorKind::Duplicate => "duplicate",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Cycle => "cycle",
        ErrorKind::Limit => "limit",
        ErrorKind::Unsupported => "unsupported",
        // And kinds that a later version of the library may have.
        _ => "invalid",
    }
}

/// The exception of an error of the library: `QuietudeError`.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let arguments = (
        error.to_string(),
        kind_name(error.kind()),
        error.path(),
        error.message(),
        error.window(),
        error.line(),
        error.column(),
    );
    let made =
        python_class!(py, "_errors", "QuietudeError").and_then(|class| class.call1(arguments));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

/// The exception of an argument: `QuietudeError` with the name of the argument as its path.
pub(crate) fn bad_argument(py: Python<'_>, name: &str, kind: &str, message: &str) -> PyErr {
    let made = python_class!(py, "_errors", "QuietudeError")
        .and_then(|class| class.call1((format!("{name}: {message}"), kind, name, message)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

/// What is wrong with a column. It has no Python object, so that threads can return it.
#[derive(Clone, Debug)]
pub(crate) struct ColumnError {
    column: String,
    row: Option<usize>,
    kind: &'static str,
    message: String,
}

impl ColumnError {
    /// An error of a whole column: its type, its length, its data.
    pub(crate) fn new(column: impl Into<String>, message: impl Display) -> Self {
        Self { column: column.into(), row: None, kind: "invalid", message: message.to_string() }
    }

    /// An error of one row, counted from 0.
    pub(crate) fn at(column: impl Into<String>, row: usize, message: impl Display) -> Self {
        Self { row: Some(row), ..Self::new(column, message) }
    }

    /// The error with another kind.
    pub(crate) fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// The exception `ColumnError`.
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        let made = python_class!(py, "_errors", "ColumnError")
            .and_then(|class| class.call1((&self.column, self.row, self.kind, &self.message)));
        made.map_or_else(|failed| failed, PyErr::from_value)
    }
}

/// The text of a panic.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

/// The exception of a panic: `InternalError`.
pub(crate) fn internal_error(py: Python<'_>, text: &str) -> PyErr {
    let made = python_class!(py, "_errors", "InternalError").and_then(|class| class.call1((text,)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

/// Runs `f`, and turns a panic into the exception `InternalError`. Every method that
/// evaluates something goes through here.
///
/// Without it a panic would still not unwind into the interpreter, but it would be the
/// exception `PanicException` of PyO3, which `except Exception` does not catch.
pub(crate) fn guarded<T>(py: Python<'_>, f: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(f))
        .unwrap_or_else(|payload| Err(internal_error(py, &panic_text(payload.as_ref()))))
}

/// Panics, for the tests of the package: in a method, or in a thread of a query over
/// columns. The result of both is the exception `InternalError`.
#[pyfunction]
#[pyo3(name = "_panic_for_tests", signature = (in_thread))]
pub(crate) fn panic_for_tests(py: Python<'_>, in_thread: bool) -> PyResult<()> {
    guarded(py, || {
        if in_thread {
            let parts = vec![0, 1];
            let answers = crate::evaluate::in_threads(parts, 2, |part| match part {
                0 => Ok(()),
                _ => panic!("a panic in a thread"),
            });
            return answers.map(drop).map_err(|error| error.exception(py));
        }
        panic!("a panic in a method")
    })
}
