//! Documentation pages: what answers mean, how the crate is built, what a query costs,
//! what is guaranteed, and how to contribute.
//!
//! [`vendors`](crate::vendors) documents the vendor APIs.

pub mod glossary {
    #![doc = include_str!("glossary.md")]
}

pub mod semantics {
    #![doc = include_str!("semantics.md")]
}

pub mod labels {
    #![doc = include_str!("labels.md")]
}

pub mod hot_reload {
    #![doc = include_str!("hot_reload.md")]
}

#[cfg(feature = "serde")]
pub mod document {
    #![doc = include_str!("document.md")]
}

pub mod architecture {
    #![doc = include_str!("architecture.md")]
}

pub mod performance {
    #![doc = include_str!("performance.md")]
}

pub mod guarantees {
    #![doc = include_str!("guarantees.md")]
}

pub mod time_zones {
    #![doc = include_str!("time_zones.md")]
}

pub mod features {
    #![doc = include_str!("features.md")]
}

pub mod contributing {
    #![doc = include_str!("contributing.md")]
}
