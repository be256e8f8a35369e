//! The batch queries of the library without any columns: the baseline of the benchmark.

use pyo3::prelude::*;
use quietude::Timestamp;

use crate::errors::{exception, guarded};
use crate::silencer::Silencer;

/// Rows as the library takes them; for the benchmark of the package.
#[pyclass(module = "quietude._native", name = "_Batch", frozen)]
#[derive(Debug)]
pub(crate) struct Batch {
    silencer: Py<Silencer>,
    ids: Vec<String>,
    instants: Vec<Timestamp>,
}

#[pymethods]
impl Batch {
    #[new]
    fn new(
        py: Python<'_>,
        silencer: Py<Silencer>,
        ids: Vec<String>,
        millis: Vec<i64>,
    ) -> PyResult<Self> {
        let instants = millis.into_iter().map(Timestamp::from_millis).collect::<Result<_, _>>();
        let instants = instants.map_err(|error| exception(py, &error))?;
        Ok(Self { silencer, ids, instants })
    }

    /// Asks `is_silenced_columns` of the library, and returns the number of silenced rows.
    fn run(&self, py: Python<'_>) -> PyResult<usize> {
        guarded(py, || {
            let silencer = self.silencer.get().inner();
            let columns = quietude::batch::Columns::new(&self.ids, &self.instants);
            let mut answers = vec![false; self.ids.len()];
            let asked = py.detach(|| silencer.is_silenced_columns(&columns, &mut answers));
            asked.map_err(|error| exception(py, &error))?;
            Ok(answers.iter().filter(|answer| **answer).count())
        })
    }
}
