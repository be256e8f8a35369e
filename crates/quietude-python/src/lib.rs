//! The extension module `quietude._native`: documents, silencers and subjects as Python
//! objects, and queries over Arrow columns.
//!
//! | file | content |
//! | --- | --- |
//! | `errors` | exceptions, and panics as exceptions |
//! | `instant` | `datetime` from and to instants |
//! | `subject`, `document`, `silencer` | the classes |
//! | `results` | Python objects of answers |
//! | `capsule` | the Arrow PyCapsule interface; all unsafe code |
//! | `text`, `instants`, `labels` | columns of strings, instants and labels |
//! | `table` | columns of one table, cut where one of them has a chunk border |
//! | `evaluate` | answers of the rows, with several threads |
//! | `answers` | Arrow arrays of answers |
//! | `column` | a column of answers |
//! | `baseline` | the library without columns, for the benchmark |
//!
//! The classes have no state that changes: an object can be used from several threads.
#![deny(unsafe_code)]

mod answers;
mod baseline;
mod capsule;
mod column;
mod document;
mod errors;
mod evaluate;
mod instant;
mod instants;
mod labels;
mod results;
mod silencer;
mod subject;
mod table;
mod text;

use pyo3::prelude::*;

/// The compiled part of the package `quietude`; use that package.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::baseline::Batch;
    #[pymodule_export]
    use crate::column::Column;
    #[pymodule_export]
    use crate::document::Document;
    #[pymodule_export]
    use crate::errors::panic_for_tests;
    #[pymodule_export]
    use crate::silencer::Silencer;
    #[pymodule_export]
    use crate::subject::Subject;
}
