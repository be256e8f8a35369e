//! Is entity X silenced at time T?
mod error;
mod time;

pub use error::{Error, ErrorKind};
pub use time::{Interval, Timestamp};
