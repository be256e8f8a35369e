//! The columns of a query, cut into pieces without chunk borders.

use std::collections::BTreeSet;

use arrow_array::ArrayRef;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::capsule::{Imported, import, is_column};
use crate::errors::{ColumnError, bad_argument};
use crate::instants::{AT, Instants};
use crate::labels::{LABELS, Labels, field_name};
use crate::text::Text;

/// The columns as Python passes them.
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) entity: Option<&'a Bound<'py, PyAny>>,
    pub(crate) at: &'a Bound<'py, PyAny>,
    pub(crate) alert_type: Option<&'a Bound<'py, PyAny>>,
    pub(crate) labels: Option<&'a Bound<'py, PyAny>>,
    pub(crate) naive_as_utc: bool,
    pub(crate) threads: usize,
}

/// The columns, cut at the borders of all their chunks and into parts for threads.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: usize,
    pub(crate) threads: usize,
    pub(crate) pieces: Vec<Piece>,
}

/// Some rows, of which each column is one array.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The number of the first row.
    pub(crate) first: usize,
    pub(crate) rows: usize,
    pub(crate) entity: Option<Text>,
    pub(crate) at: Instants,
    pub(crate) alert_type: Option<Text>,
    pub(crate) labels: Option<Labels>,
}

const MAX_THREADS: usize = 256;
/// The number of rows from which a piece is divided among threads.
const ROWS_FOR_THREADS: usize = 4_096;
/// The number of pieces for each thread, so that an expensive piece does not hold up the end.
const PIECES_OF_THREAD: usize = 4;

/// The chunks of one column.
struct Chunks<T>(Vec<T>);

/// What the chunks of a column can do.
trait Chunk: Sized {
    fn rows(&self) -> usize;
    fn part(&self, first: usize, rows: usize) -> Self;
}

macro_rules! chunk {
    ($of:ty) => {
        impl Chunk for $of {
            fn rows(&self) -> usize {
                self.len()
            }
            fn part(&self, first: usize, rows: usize) -> Self {
                self.slice(first, rows)
            }
        }
    };
}
chunk!(Text);
chunk!(Instants);
chunk!(Labels);

impl<T: Chunk> Chunks<T> {
    fn new(
        py: Python<'_>,
        imported: &Imported,
        checked: Result<(), ColumnError>,
        of: impl Fn(&ArrayRef) -> Result<T, ColumnError>,
    ) -> PyResult<Self> {
        let chunks = checked.and_then(|()| imported.chunks.iter().map(of).collect());
        chunks.map(Self).map_err(|error| error.exception(py))
    }

    fn rows(&self) -> usize {
        self.0.iter().map(T::rows).sum()
    }

    /// Adds the ends of the chunks.
    fn add_borders(&self, borders: &mut BTreeSet<usize>) {
        let mut end = 0;
        for chunk in &self.0 {
            end += chunk.rows();
            borders.insert(end);
        }
    }

    /// The parts between borders, which include those of the chunks.
    fn cut(&self, borders: &BTreeSet<usize>) -> Vec<T> {
        let mut parts = Vec::with_capacity(borders.len());
        let (mut first, mut begun) = (0, 0);
        let mut chunks = self.0.iter().filter(|chunk| chunk.rows() > 0);
        let mut chunk = chunks.next();
        for &end in borders {
            let Some(current) = chunk else { break };
            parts.push(current.part(first - begun, end - first));
            first = end;
            if end == begun + current.rows() {
                begun = end;
                chunk = chunks.next();
            }
        }
        parts
    }
}

/// The labels: one column of them, or one column for each.
enum LabelColumns {
    Whole(Chunks<Labels>),
    Named(Vec<(String, Chunks<Text>)>),
}

impl LabelColumns {
    fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = given.py();
        let Ok(named) = given.cast::<PyDict>() else {
            let column = import(given, LABELS)?;
            let checked = Labels::check_type(&column.data_type);
            return Ok(Self::Whole(Chunks::new(py, &column, checked, Labels::new)?));
        };
        let mut columns = Vec::with_capacity(named.len());
        for (name, column) in named.iter() {
            let Ok(name) = name.extract::<String>() else {
                let message = format!("{LABELS}: the name {} is not a str", name.repr()?);
                return Err(PyTypeError::new_err(message));
            };
            let column = read_text(&column, &field_name(&name))?;
            columns.push((name, column));
        }
        Ok(Self::Named(columns))
    }

    /// The number of rows of each column, with its name in errors.
    fn rows(&self) -> Vec<(String, usize)> {
        match self {
            Self::Whole(chunks) => vec![(LABELS.to_owned(), chunks.rows())],
            Self::Named(columns) => {
                columns.iter().map(|(name, chunks)| (field_name(name), chunks.rows())).collect()
            }
        }
    }

    fn add_borders(&self, borders: &mut BTreeSet<usize>) {
        match self {
            Self::Whole(chunks) => chunks.add_borders(borders),
            Self::Named(columns) => {
                columns.iter().for_each(|(_, chunks)| chunks.add_borders(borders));
            }
        }
    }

    fn cut(&self, borders: &BTreeSet<usize>) -> Vec<Labels> {
        match self {
            Self::Whole(chunks) => chunks.cut(borders),
            Self::Named(columns) => {
                let mut cut: Vec<_> = columns
                    .iter()
                    .map(|(name, chunks)| (name, chunks.cut(borders).into_iter()))
                    .collect();
                let mut first = 0;
                let parts = borders.iter().map(|end| {
                    let rows = end - std::mem::replace(&mut first, *end);
                    let fields = cut
                        .iter_mut()
                        .filter_map(|(name, parts)| Some((name.clone(), parts.next()?)))
                        .collect();
                    Labels::Fields { rows, nulls: None, fields }
                });
                parts.collect()
            }
        }
    }
}

fn read_text(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Chunks<Text>> {
    if given.is_instance_of::<PyString>() && !is_column(given)? {
        let message = format!("{name}: a str is not a column; put it into one");
        return Err(PyTypeError::new_err(message));
    }
    let column = import(given, name)?;
    let checked = Text::check_type(name, &column.data_type);
    Chunks::new(given.py(), &column, checked, |array| Text::new(name, array))
}

impl Table {
    /// # Errors
    ///
    /// If a column is none, or has another type or length; if there are no subjects; if the
    /// number of threads is not in its range.
    pub(crate) fn read(arguments: &Arguments<'_, '_>) -> PyResult<Self> {
        let Arguments { at, threads, .. } = *arguments;
        let py = at.py();
        if !(1..=MAX_THREADS).contains(&threads) {
            let message = format!("{threads} is not in 1..={MAX_THREADS}");
            return Err(bad_argument(py, "threads", "out_of_range", &message));
        }
        let column = import(at, AT)?;
        let checked = Instants::check_type(&column.data_type, arguments.naive_as_utc);
        let at = Chunks::new(py, &column, checked, Instants::new)?;
        let entity = arguments.entity.map(|given| read_text(given, "entity")).transpose()?;
        let alert_type =
            arguments.alert_type.map(|given| read_text(given, "alert_type")).transpose()?;
        let labels = arguments.labels.map(LabelColumns::read).transpose()?;
        if entity.is_none() && labels.is_none() {
            let message = "without a column of entities, one of labels is needed";
            return Err(ColumnError::new("entity", message).exception(py));
        }

        let rows = at.rows();
        let mut lengths = Vec::new();
        lengths.extend(entity.as_ref().map(|chunks| ("entity".to_owned(), chunks.rows())));
        lengths.extend(alert_type.as_ref().map(|chunks| ("alert_type".to_owned(), chunks.rows())));
        lengths.extend(labels.as_ref().map(LabelColumns::rows).into_iter().flatten());
        for (name, length) in lengths {
            if length != rows {
                let message = format!("{length} rows are not {rows}, as the instants are");
                return Err(ColumnError::new(name, message).exception(py));
            }
        }

        let mut borders = BTreeSet::new();
        at.add_borders(&mut borders);
        entity.iter().chain(&alert_type).for_each(|chunks| chunks.add_borders(&mut borders));
        labels.iter().for_each(|labels| labels.add_borders(&mut borders));
        if threads > 1 {
            let step = rows.div_ceil(threads * PIECES_OF_THREAD).max(ROWS_FOR_THREADS);
            borders.extend((step..rows).step_by(step));
        }
        borders.remove(&0);

        let mut entity = entity.map(|chunks| chunks.cut(&borders).into_iter());
        let mut alert_type = alert_type.map(|chunks| chunks.cut(&borders).into_iter());
        let mut labels = labels.map(|labels| labels.cut(&borders).into_iter());
        let mut first = 0;
        let pieces = at.cut(&borders).into_iter().map(|at| {
            let piece = Piece {
                first,
                rows: at.len(),
                entity: entity.as_mut().and_then(Iterator::next),
                at,
                alert_type: alert_type.as_mut().and_then(Iterator::next),
                labels: labels.as_mut().and_then(Iterator::next),
            };
            first += piece.rows;
            piece
        });
        Ok(Self { rows, threads, pieces: pieces.collect() })
    }
}
