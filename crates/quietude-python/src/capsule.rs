//! The Arrow PyCapsule interface: arrays in and out. This file has all unsafe code.
//!
//! The C data interface consists of pointers, and its consumer has to trust its producer
//! that they and the lengths are right; the last offset of strings is such a length. Everything
//! that can be checked is checked before a value is read: the other offsets, keys of
//! dictionaries and UTF-8.
#![allow(unsafe_code)]

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{ArrowError, DataType};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::errors::ColumnError;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// The chunks of a column, with their type.
pub(crate) struct Imported {
    pub(crate) data_type: DataType,
    pub(crate) chunks: Vec<ArrayRef>,
}

/// Whether an object has the PyCapsule interface.
pub(crate) fn is_column(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.hasattr("__arrow_c_array__")? || object.hasattr("__arrow_c_stream__")?)
}

/// The chunks of the column that an object exports.
///
/// # Errors
///
/// `TypeError` if the object does not have the interface, `ColumnError` if its data are
/// invalid, and every exception of the object.
pub(crate) fn import(object: &Bound<'_, PyAny>, column: &str) -> PyResult<Imported> {
    let py = object.py();
    let bad_data = |error: ArrowError| ColumnError::new(column, error).exception(py);
    if object.hasattr("__arrow_c_array__")? {
        let capsules = object.call_method0("__arrow_c_array__")?;
        let capsules = capsules.cast_into::<PyTuple>()?;
        let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = capsules.extract()?;
        let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
        let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
        // SAFETY: by the PyCapsule interface, capsules of these names have a pointer to such a
        // structure, which lives as long as the capsule and may be moved from once. A
        // structure that was released is not passed on.
        let (schema, array) = unsafe {
            if schema.as_ref().release().is_none() || array.as_ref().is_released() {
                let message = "the array was released already";
                return Err(ColumnError::new(column, message).exception(py));
            }
            let array = FFI_ArrowArray::from_raw(array.as_ptr());
            (FFI_ArrowSchema::from_raw(schema.as_ptr()), array)
        };
        // SAFETY: the producer guarantees that the array is of the schema; what can be checked
        // is checked by `validate_full` below.
        let data = unsafe { from_ffi(array, &schema) }.map_err(bad_data)?;
        py.detach(|| data.validate_full()).map_err(bad_data)?;
        return Ok(Imported {
            data_type: data.data_type().clone(),
            chunks: vec![make_array(data)],
        });
    }
    if object.hasattr("__arrow_c_stream__")? {
        let capsule = object.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?;
        let stream = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
        // SAFETY: as above.
        let reader = unsafe { ArrayStreamReader::from_raw(stream.as_ptr()) };
        let reader = reader.map_err(bad_data)?;
        let data_type = arrow_array::ArrayReader::field(&reader).data_type().clone();
        let mut chunks = Vec::new();
        for chunk in reader {
            let chunk = chunk.map_err(bad_data)?;
            let data = chunk.to_data();
            py.detach(|| data.validate_full()).map_err(bad_data)?;
            chunks.push(chunk);
        }
        return Ok(Imported { data_type, chunks });
    }
    let given = object.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "{column}: {given} is not an Arrow column: it has neither __arrow_c_array__ nor \
         __arrow_c_stream__"
    )))
}

/// The capsule of the type of an array.
pub(crate) fn export_schema<'py>(
    py: Python<'py>,
    array: &ArrayRef,
) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(array.data_type());
    let schema = schema.map_err(|error| ColumnError::new("answers", error).exception(py))?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

/// The capsules of an array: its type and its data, which are shared with the array.
pub(crate) fn export<'py>(
    py: Python<'py>,
    array: &ArrayRef,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let data = FFI_ArrowArray::new(&array.to_data());
    Ok((export_schema(py, array)?, PyCapsule::new_with_value(py, data, ARRAY)?))
}
