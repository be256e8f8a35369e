//! Pages that say more than one item can: what the answers mean, how the crate
//! is built, what a question costs, what is promised, and how to work on it.

pub mod semantics {
    #![doc = include_str!("semantics.md")]
}

pub mod architecture {
    #![doc = include_str!("architecture.md")]
}

pub mod performance {
    #![doc = include_str!("performance.md")]
}

pub mod promises {
    #![doc = include_str!("promises.md")]
}

pub mod contributing {
    #![doc = include_str!("contributing.md")]
}
