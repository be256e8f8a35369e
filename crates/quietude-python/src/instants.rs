//! Columns of instants.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};
use quietude::{Timestamp, Zone};

use crate::errors::ColumnError;

/// The name of the column in errors.
pub(crate) const AT: &str = "at";

/// One chunk of a column of timestamps.
#[derive(Clone, Debug)]
pub(crate) struct Instants {
    unit: TimeUnit,
    values: ScalarBuffer<i64>,
    nulls: Option<NullBuffer>,
}

impl Instants {
    /// # Errors
    ///
    /// If the type is not that of timestamps.
    pub(crate) fn new(array: &ArrayRef) -> Result<Self, ColumnError> {
        let (unit, values) = match array.data_type() {
            DataType::Timestamp(unit @ TimeUnit::Second, _) => {
                (*unit, array.as_primitive::<TimestampSecondType>().values().clone())
            }
            DataType::Timestamp(unit @ TimeUnit::Millisecond, _) => {
                (*unit, array.as_primitive::<TimestampMillisecondType>().values().clone())
            }
            DataType::Timestamp(unit @ TimeUnit::Microsecond, _) => {
                (*unit, array.as_primitive::<TimestampMicrosecondType>().values().clone())
            }
            DataType::Timestamp(unit @ TimeUnit::Nanosecond, _) => {
                (*unit, array.as_primitive::<TimestampNanosecondType>().values().clone())
            }
            DataType::Null => {
                let values = ScalarBuffer::from(vec![0; array.len()]);
                let nulls = Some(NullBuffer::new_null(array.len()));
                return Ok(Self { unit: TimeUnit::Millisecond, values, nulls });
            }
            other => return Err(wrong_type(other)),
        };
        Ok(Self { unit, values, nulls: array.nulls().cloned() })
    }

    /// Whether columns of this type are read.
    ///
    /// # Errors
    ///
    /// If it is not that of timestamps, if it has no time zone and `naive_as_utc` is not set,
    /// or if its time zone does not exist.
    pub(crate) fn check_type(data_type: &DataType, naive_as_utc: bool) -> Result<(), ColumnError> {
        match data_type {
            DataType::Null => Ok(()),
            DataType::Timestamp(_, None) if naive_as_utc => Ok(()),
            DataType::Timestamp(_, None) => Err(ColumnError::new(
                AT,
                "the timestamps have no time zone; if they are in UTC, pass naive_as_utc=True",
            )),
            DataType::Timestamp(_, Some(zone)) if is_offset(zone) => Ok(()),
            DataType::Timestamp(_, Some(zone)) => {
                let found = zone.parse::<Zone>().map(drop);
                found.map_err(|error| ColumnError::new(AT, error.message()).of_kind("not_found"))
            }
            other => Err(wrong_type(other)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn slice(&self, first: usize, rows: usize) -> Self {
        let nulls = self.nulls.as_ref().map(|nulls| nulls.slice(first, rows));
        Self { unit: self.unit, values: self.values.slice(first, rows), nulls }
    }

    /// The instant of a row, rounded down to the millisecond; `None` for null.
    ///
    /// # Errors
    ///
    /// If it is not in the years 1 to 9999. `first` is the number of the first row of this
    /// chunk.
    #[inline]
    pub(crate) fn get(&self, row: usize, first: usize) -> Result<Option<Timestamp>, ColumnError> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(None);
        }
        let value = self.values[row];
        let millis = match self.unit {
            TimeUnit::Second => value.saturating_mul(1_000),
            TimeUnit::Millisecond => value,
            TimeUnit::Microsecond => value.div_euclid(1_000),
            TimeUnit::Nanosecond => value.div_euclid(1_000_000),
        };
        match Timestamp::from_millis(millis) {
            Ok(at) => Ok(Some(at)),
            Err(_) => Err(self.out_of_range(row, first)),
        }
    }

    #[cold]
    fn out_of_range(&self, row: usize, first: usize) -> ColumnError {
        let unit = match self.unit {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        };
        let message =
            format!("{} {unit} since 1970 is not in the years 1 to 9999", self.values[row]);
        ColumnError::at(AT, first + row, message).of_kind("out_of_range")
    }
}

fn wrong_type(data_type: &DataType) -> ColumnError {
    ColumnError::new(AT, format!("{data_type} is not a type of timestamps, of any unit"))
}

/// Whether a time zone is an offset: `Z`, or such as `+02:00`, `+0200`, `+2` and `GMT+2`, which
/// Java has.
fn is_offset(zone: &str) -> bool {
    let offset = ["GMT", "UTC", "UT"].iter().find_map(|name| zone.strip_prefix(name));
    match offset.unwrap_or(zone).as_bytes() {
        b"Z" => true,
        [b'+' | b'-', digits @ ..] => {
            matches!(digits.len(), 1..=5)
                && digits.iter().enumerate().all(|(index, byte)| {
                    byte.is_ascii_digit() || (*byte == b':' && index == 2 && digits.len() == 5)
                })
        }
        _ => false,
    }
}
