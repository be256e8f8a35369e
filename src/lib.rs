//! Is entity X silenced at time T?
mod error;
mod scope;
mod time;

pub use error::{Error, ErrorKind};
pub use scope::{
    AlertType, Attributes, EntityId, GroupId, Ids, MAX_ID_BYTES, MAX_PATTERN_BYTES,
    MAX_SCOPE_DEPTH, Matcher, Scope, Subject, Topology, TopologyBuilder, WindowId,
};
pub use time::{Interval, Timestamp};
