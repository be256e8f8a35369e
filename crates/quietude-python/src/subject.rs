//! The class `Subject`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

/// What is asked about: an entity, an alert by its labels, or both.
///
/// Args:
///     entity: The id of the entity. Without it, the label that the document names as
///         ``topology.entity_label`` is the entity.
///     alert_type: The alert type. Scopes of an alert type cover only subjects with it.
///     labels: The labels (attributes) of the alert: a name to a value, or to a list of
///         values. A label that is missing fails a test of it.
///     groups: The ids of groups that the subject is a member of, besides those of the
///         document.
///
/// Raises:
///     TypeError: If an argument has another type.
///
/// Example:
///     >>> Subject("db-7", alert_type="BACKUP", labels={"team": "storage"})
///     Subject('db-7', alert_type='BACKUP', labels={'team': ['storage']})
#[pyclass(module = "quietude", frozen, eq, hash)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    entity: Option<String>,
    alert_type: Option<String>,
    labels: Vec<(String, String)>,
    groups: Vec<String>,
}

#[pymethods]
impl Subject {
    #[new]
    #[pyo3(signature = (entity=None, *, alert_type=None, labels=None, groups=None))]
    fn new(
        entity: Option<String>,
        alert_type: Option<String>,
        labels: Option<&Bound<'_, PyAny>>,
        groups: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let labels = labels.map_or(Ok(Vec::new()), read_labels)?;
        let groups = groups.map_or(Ok(Vec::new()), |groups| strings(groups, "groups"))?;
        Ok(Self { entity, alert_type, labels, groups })
    }

    /// The id of the entity, or None.
    #[getter]
    fn entity(&self) -> Option<&str> {
        self.entity.as_deref()
    }

    /// The alert type, or None.
    #[getter]
    fn alert_type(&self) -> Option<&str> {
        self.alert_type.as_deref()
    }

    /// The labels: a name to a list of values.
    #[getter]
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let labels = PyDict::new(py);
        for (name, value) in &self.labels {
            match labels.get_item(name)? {
                Some(values) => values.cast_into::<PyList>()?.append(value)?,
                None => labels.set_item(name, [value])?,
            }
        }
        Ok(labels)
    }

    /// The ids of the groups that came with the subject.
    #[getter]
    fn groups<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.groups)
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<((Option<&str>,), Bound<'py, PyDict>)> {
        let named = PyDict::new(py);
        named.set_item("alert_type", self.alert_type())?;
        named.set_item("labels", self.labels(py)?)?;
        named.set_item("groups", self.groups(py)?)?;
        Ok(((self.entity(),), named))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut parts = Vec::new();
        let repr = |value: &Bound<'_, PyAny>| Ok::<_, PyErr>(value.repr()?.to_string());
        if let Some(entity) = &self.entity {
            parts.push(repr(PyString::new(py, entity).as_any())?);
        }
        if let Some(alert_type) = &self.alert_type {
            parts.push(format!("alert_type={}", repr(PyString::new(py, alert_type).as_any())?));
        }
        if !self.labels.is_empty() {
            parts.push(format!("labels={}", repr(self.labels(py)?.as_any())?));
        }
        if !self.groups.is_empty() {
            parts.push(format!("groups={}", repr(self.groups(py)?.as_any())?));
        }
        Ok(format!("Subject({})", parts.join(", ")))
    }
}

/// Labels from a mapping of names to a value or a list of values.
fn read_labels(labels: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let Ok(mapping) = labels.cast::<PyMapping>() else {
        let given = labels.get_type().name()?;
        return Err(PyTypeError::new_err(format!("labels: {given} is not a mapping")));
    };
    let mut read = Vec::new();
    for item in mapping.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let Ok(name) = name.extract::<String>() else {
            let given = name.repr()?;
            return Err(PyTypeError::new_err(format!("labels: the name {given} is not a str")));
        };
        if value.is_none() {
            continue;
        }
        let values = match value.extract::<String>() {
            Ok(value) => vec![value],
            Err(_) => strings(&value, &format!("labels[{name:?}]"))?,
        };
        read.extend(values.into_iter().map(|value| (name.clone(), value)));
    }
    Ok(read)
}

/// Strings from an iterable that is not itself a string.
fn strings(values: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    let wrong = |given: &Bound<'_, PyAny>| {
        let given = given.get_type().name()?.to_string();
        Err(PyTypeError::new_err(format!("{name}: {given} is not an iterable of str")))
    };
    if values.is_instance_of::<PyString>() {
        return wrong(values);
    }
    let Ok(iterator) = values.try_iter() else { return wrong(values) };
    let mut read = Vec::new();
    for value in iterator {
        let value = value?;
        match value.extract::<String>() {
            Ok(text) => read.push(text),
            Err(_) => return wrong(&value),
        }
    }
    Ok(read)
}

/// Calls `f` with the subject that `given` stands for: a `Subject`, or a `str` with the id of
/// an entity.
pub(crate) fn with_subject<T>(
    given: &Bound<'_, PyAny>,
    f: impl FnOnce(quietude::Subject<'_>) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(entity) = given.cast::<PyString>() {
        let entity = entity.to_cow()?;
        return f(quietude::Subject::entity(&entity));
    }
    let Ok(subject) = given.cast::<Subject>() else {
        let given = given.get_type().name()?;
        return Err(PyTypeError::new_err(format!("subject: {given} is not a str or a Subject")));
    };
    let Subject { entity, alert_type, labels, groups } = subject.get();
    let labels: Vec<(&str, &str)> =
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let mut query = match entity {
        Some(entity) => quietude::Subject::entity(entity).with_attributes(&labels),
        None => quietude::Subject::labels(&labels),
    };
    query = query.with_groups(&groups);
    if let Some(alert_type) = alert_type {
        query = query.with_alert_type(alert_type);
    }
    f(query)
}
