//! The class `Column`.

use arrow_array::{Array, ArrayRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::capsule::{export, export_schema};
use crate::errors::guarded;

/// A column of answers, in the memory layout of Arrow.
///
/// It has the Arrow PyCapsule interface: ``pyarrow.array(column)`` and
/// ``polars.Series(column)`` take it without a copy.
#[pyclass(module = "quietude", frozen)]
#[derive(Debug)]
pub(crate) struct Column {
    array: ArrayRef,
}

impl Column {
    pub(crate) fn new(array: ArrayRef) -> Self {
        Self { array }
    }
}

#[pymethods]
impl Column {
    /// The type, as a capsule named ``arrow_schema``.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        guarded(py, || export_schema(py, &self.array))
    }

    /// The type and the data, as capsules named ``arrow_schema`` and ``arrow_array``.
    ///
    /// Args:
    ///     requested_schema: Ignored, as the interface allows: the data have one layout.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        guarded(py, || export(py, &self.array))
    }

    /// The number of rows that are null.
    #[getter]
    fn null_count(&self) -> usize {
        self.array.null_count()
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!("<Column of {} rows, {}>", self.array.len(), self.array.data_type())
    }
}
