//! The four vendors' APIs: samples, operations, errors, and the conversion of their
//! windows.
//!
//! One folder for each vendor; the other files test several vendors together.

mod convert;
mod coverage_tables;
mod cross_vendor;
mod export;
mod helpers;
mod input_variants;
mod limits;
mod opsmanager;
mod serve;
mod spaceone;
mod sync;
#[path = "../../src/testing.rs"]
mod testing;
mod uptrends;
mod virtana;
