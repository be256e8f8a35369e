//! Alert types.

use std::collections::HashMap;

use crate::scope::AlertType;
use crate::window::Window;

/// Numbers for the alert types that scopes name.
pub(super) type AlertTypes = HashMap<AlertType, u32>;

/// For which alert types a window covers an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct AlertTypeFilter {
    /// Exceptions from `others`, by number, ascending.
    pub(super) exceptions: Box<[u32]>,
    /// The answer for any other type, and for none.
    pub(super) default: bool,
}

impl AlertTypeFilter {
    /// For any, and for none.
    pub(super) fn any() -> Self {
        Self { exceptions: Box::default(), default: true }
    }

    pub(super) fn is_any(&self) -> bool {
        self.default && self.exceptions.is_empty()
    }
}

pub(super) fn collect_alert_types<'a>(windows: impl Iterator<Item = &'a Window>) -> AlertTypes {
    let mut types = AlertTypes::new();
    for window in windows {
        window.scope().alert_types(&mut |alert_type| {
            let next = types.len() as u32;
            types.entry(alert_type.clone()).or_insert(next);
        });
    }
    types
}
