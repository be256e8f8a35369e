//! The four vendors' APIs: their own samples, their operations, their errors,
//! and their windows in the engine.

mod convert;
mod export;
mod forms;
mod limits;
mod opsmanager;
mod paging;
mod serve;
mod spaceone;
mod stat;
mod support;
mod together;
mod uptrends;
mod virtana;
mod virtana_model;
mod walk;
