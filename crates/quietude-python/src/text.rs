//! Columns of strings.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, LargeStringArray, StringArray, StringViewArray,
};
use arrow_buffer::{ArrowNativeType, ScalarBuffer};
use arrow_schema::DataType;

use crate::errors::ColumnError;

/// One chunk of a column of strings, in any of the layouts of Arrow.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Utf8(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    /// The number of the value of each row; [`NO_VALUE`] for null.
    Dictionary(ScalarBuffer<u32>, Arc<Text>),
    /// Nulls alone, of a column without a type.
    Null(usize),
}

const NO_VALUE: u32 = u32::MAX;

impl Text {
    /// # Errors
    ///
    /// If the type is not one of strings.
    pub(crate) fn new(column: &str, array: &ArrayRef) -> Result<Self, ColumnError> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string().clone()),
            DataType::LargeUtf8 => Self::Large(array.as_string().clone()),
            DataType::Utf8View => Self::View(array.as_string_view().clone()),
            DataType::Null => Self::Null(array.len()),
            DataType::Dictionary(keys, values) if values.is_string() => match keys.as_ref() {
                DataType::Int8 => Self::dictionary::<Int8Type>(column, array)?,
                DataType::Int16 => Self::dictionary::<Int16Type>(column, array)?,
                DataType::Int32 => Self::dictionary::<Int32Type>(column, array)?,
                DataType::Int64 => Self::dictionary::<Int64Type>(column, array)?,
                DataType::UInt8 => Self::dictionary::<UInt8Type>(column, array)?,
                DataType::UInt16 => Self::dictionary::<UInt16Type>(column, array)?,
                DataType::UInt32 => Self::dictionary::<UInt32Type>(column, array)?,
                _ => Self::dictionary::<UInt64Type>(column, array)?,
            },
            _ => return Err(Self::wrong_type(column, array.data_type())),
        })
    }

    /// Whether columns of this type are read.
    pub(crate) fn check_type(column: &str, data_type: &DataType) -> Result<(), ColumnError> {
        let is_text = |data_type: &DataType| data_type.is_string() || data_type.is_null();
        match data_type {
            DataType::Dictionary(_, values) if values.is_string() => Ok(()),
            data_type if is_text(data_type) => Ok(()),
            data_type => Err(Self::wrong_type(column, data_type)),
        }
    }

    fn wrong_type(column: &str, data_type: &DataType) -> ColumnError {
        let message = format!(
            "{data_type} is not a type of strings: Utf8, LargeUtf8, Utf8View, or a dictionary of \
             one of them"
        );
        ColumnError::new(column, message)
    }

    fn dictionary<K: ArrowDictionaryKeyType>(
        column: &str,
        array: &ArrayRef,
    ) -> Result<Self, ColumnError> {
        let array: &DictionaryArray<K> = array.as_dictionary();
        let values = Self::new(column, array.values())?;
        let keys = array.keys();
        let numbers = (0..keys.len()).map(|row| {
            if keys.is_null(row) { NO_VALUE } else { keys.value(row).as_usize() as u32 }
        });
        // Validated data have no key beyond the values, of which there are fewer.
        if array.values().len() >= NO_VALUE as usize {
            return Err(ColumnError::new(column, "the dictionary has 2^32 values or more"));
        }
        Ok(Self::Dictionary(numbers.collect(), Arc::new(values)))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Utf8(array) => array.len(),
            Self::Large(array) => array.len(),
            Self::View(array) => array.len(),
            Self::Dictionary(numbers, _) => numbers.len(),
            Self::Null(rows) => *rows,
        }
    }

    pub(crate) fn slice(&self, first: usize, rows: usize) -> Self {
        match self {
            Self::Utf8(array) => Self::Utf8(array.slice(first, rows)),
            Self::Large(array) => Self::Large(array.slice(first, rows)),
            Self::View(array) => Self::View(array.slice(first, rows)),
            Self::Dictionary(numbers, values) => {
                Self::Dictionary(numbers.slice(first, rows), Arc::clone(values))
            }
            Self::Null(_) => Self::Null(rows),
        }
    }

    /// The string of a row; `None` for null.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Dictionary(numbers, values) => match numbers[row] {
                NO_VALUE => None,
                number => values.get(number as usize),
            },
            Self::Null(_) => None,
        }
    }
}
