//! Pages that say more than one item can: what the answers mean, how the crate
//! is built, and what a question costs.

pub mod semantics {
    #![doc = include_str!("semantics.md")]
}

pub mod architecture {
    #![doc = include_str!("architecture.md")]
}

pub mod performance {
    #![doc = include_str!("performance.md")]
}
