//! Columns of labels: maps, lists of pairs, or structs.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Fields};

use crate::errors::ColumnError;
use crate::text::Text;

/// The name of the column in errors.
pub(crate) const LABELS: &str = "labels";

/// One chunk of a column of labels.
#[derive(Clone, Debug)]
pub(crate) enum Labels {
    /// Pairs of a name and a value, `offsets[row]..offsets[row + 1]` for a row.
    Pairs { offsets: OffsetBuffer<i64>, pairs: NullBuffers, names: Box<Text>, values: Box<Text> },
    /// A column for each name.
    Fields { rows: usize, nulls: Option<NullBuffer>, fields: Vec<(String, Text)> },
}

/// The nulls of rows, and of pairs.
#[derive(Clone, Debug)]
pub(crate) struct NullBuffers {
    rows: Option<NullBuffer>,
    pairs: Option<NullBuffer>,
}

impl Labels {
    /// # Errors
    ///
    /// If the type is not one of labels.
    pub(crate) fn new(array: &ArrayRef) -> Result<Self, ColumnError> {
        let nulls = array.nulls().cloned();
        match array.data_type() {
            DataType::Map(..) => {
                let map = array.as_map();
                let offsets = map.offsets().iter().map(|offset| i64::from(*offset)).collect();
                Self::pairs(offsets, nulls, map.entries())
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let offsets = list.offsets().iter().map(|offset| i64::from(*offset)).collect();
                Self::pairs(offsets, nulls, list.values().as_struct())
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                let offsets = list.offsets().iter().copied().collect();
                Self::pairs(offsets, nulls, list.values().as_struct())
            }
            DataType::Struct(_) => {
                let labels = array.as_struct();
                let fields = labels.fields().iter().zip(labels.columns());
                let fields = fields.map(|(field, column)| {
                    let text = Text::new(&field_name(field.name()), column)?;
                    Ok((field.name().clone(), text))
                });
                let fields = fields.collect::<Result<_, ColumnError>>()?;
                Ok(Self::Fields { rows: array.len(), nulls, fields })
            }
            DataType::Null => {
                let nulls = Some(NullBuffer::new_null(array.len()));
                Ok(Self::Fields { rows: array.len(), nulls, fields: Vec::new() })
            }
            other => Err(wrong_type(other)),
        }
    }

    fn pairs(
        offsets: Vec<i64>,
        rows: Option<NullBuffer>,
        entries: &StructArray,
    ) -> Result<Self, ColumnError> {
        Ok(Self::Pairs {
            offsets: OffsetBuffer::new(offsets.into()),
            pairs: NullBuffers { rows, pairs: entries.nulls().cloned() },
            names: Box::new(Text::new("labels.key", entries.column(0))?),
            values: Box::new(Text::new("labels.value", entries.column(1))?),
        })
    }

    /// Whether columns of this type are read.
    pub(crate) fn check_type(data_type: &DataType) -> Result<(), ColumnError> {
        let check_pair = |fields: &Fields| {
            if fields.len() != 2 {
                return Err(wrong_type(data_type));
            }
            Text::check_type("labels.key", fields[0].data_type())?;
            Text::check_type("labels.value", fields[1].data_type())
        };
        match data_type {
            DataType::Null => Ok(()),
            DataType::Struct(fields) => fields.iter().try_for_each(|field| {
                Text::check_type(&field_name(field.name()), field.data_type())
            }),
            DataType::Map(entries, _) | DataType::List(entries) | DataType::LargeList(entries) => {
                match entries.data_type() {
                    DataType::Struct(fields) => check_pair(fields),
                    _ => Err(wrong_type(data_type)),
                }
            }
            other => Err(wrong_type(other)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Pairs { offsets, .. } => offsets.len() - 1,
            Self::Fields { rows, .. } => *rows,
        }
    }

    pub(crate) fn slice(&self, first: usize, rows: usize) -> Self {
        let slice = |nulls: &Option<NullBuffer>| nulls.as_ref().map(|n| n.slice(first, rows));
        match self {
            Self::Pairs { offsets, pairs, names, values } => Self::Pairs {
                offsets: offsets.slice(first, rows),
                pairs: NullBuffers { rows: slice(&pairs.rows), pairs: pairs.pairs.clone() },
                names: names.clone(),
                values: values.clone(),
            },
            Self::Fields { nulls, fields, .. } => Self::Fields {
                rows,
                nulls: slice(nulls),
                fields: fields
                    .iter()
                    .map(|(name, text)| (name.clone(), text.slice(first, rows)))
                    .collect(),
            },
        }
    }

    /// Puts the labels of a row into `found`, in the place of what it has; `false` for null.
    ///
    /// # Errors
    ///
    /// If a name is null. `first` is the number of the first row of this chunk.
    pub(crate) fn get<'a>(
        &'a self,
        row: usize,
        first: usize,
        found: &mut Vec<(&'a str, &'a str)>,
    ) -> Result<bool, ColumnError> {
        found.clear();
        match self {
            Self::Pairs { offsets, pairs, names, values } => {
                if is_null(&pairs.rows, row) {
                    return Ok(false);
                }
                // Validated offsets are not negative, and at most the number of pairs.
                for pair in offsets[row] as usize..offsets[row + 1] as usize {
                    if is_null(&pairs.pairs, pair) {
                        continue;
                    }
                    let Some(name) = names.get(pair) else {
                        let message = "the name of a label is null";
                        return Err(ColumnError::at(LABELS, first + row, message));
                    };
                    found.extend(values.get(pair).map(|value| (name, value)));
                }
            }
            Self::Fields { nulls, fields, .. } => {
                if is_null(nulls, row) {
                    return Ok(false);
                }
                let fields = fields.iter();
                found.extend(
                    fields.filter_map(|(name, text)| Some((name.as_str(), text.get(row)?))),
                );
            }
        }
        Ok(true)
    }
}

fn is_null(nulls: &Option<NullBuffer>, row: usize) -> bool {
    nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
}

/// The name of the column of one label, in errors.
pub(crate) fn field_name(label: &str) -> String {
    format!("{LABELS}.{label}")
}

fn wrong_type(data_type: &DataType) -> ColumnError {
    let message = format!(
        "{data_type} is not a type of labels: a map of strings, a list of structs with a key and a \
         value, or a struct of strings"
    );
    ColumnError::new(LABELS, message)
}
