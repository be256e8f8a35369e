//! Alert type ids, and the filter that tells for which alert types a window applies.

use std::collections::HashMap;

use crate::scope::AlertType;
use crate::window::Window;

/// Ids of the alert types that scopes name.
pub(super) type AlertTypes = HashMap<AlertType, u32>;

/// The alert types for which a window covers an entity: a default and exceptions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct AlertTypeFilter {
    /// Ids of the alert types with the opposite of `default`, ascending.
    pub(super) exceptions: Box<[u32]>,
    /// The answer for all other alert types, and for queries without one.
    pub(super) default: bool,
}

impl AlertTypeFilter {
    /// The filter that accepts every query.
    pub(super) fn any() -> Self {
        Self { exceptions: Box::default(), default: true }
    }

    /// Whether the filter accepts every query.
    pub(super) fn is_any(&self) -> bool {
        self.default && self.exceptions.is_empty()
    }
}

/// Whether a query with this alert type passes the filter with these parts.
#[inline]
pub(super) fn passes(exceptions: &[u32], default: bool, alert_type: Option<u32>) -> bool {
    alert_type.is_some_and(|id| exceptions.contains(&id)) != default
}

/// Assigns ids to all alert types that the scopes of windows name.
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
