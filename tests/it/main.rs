//! What the crate promises, as tests: laws over generated input, then tables,
//! each answer held against oracles that share nothing with the crate.
//!
//! - `model`: windows, worlds and questions as plain data
//! - `place`: zones, built in or from a file, as plain data
//! - `oracle`: two ways to the right answer, slow and short
//! - `generate`: input that aims at the edges
//! - `dice`: numbers that look random
//! - everything else: what must hold

#![allow(clippy::disallowed_methods, reason = "tests may hold a watch, and read chrono's dates")]
#![allow(clippy::print_stdout, reason = "the long run says how much it asked")]

mod api;
mod dice;
mod dst;
mod extremes;
mod generate;
#[cfg(feature = "serde")]
mod json;
mod laws;
mod limits;
mod memory;
mod model;
mod oracle;
mod place;
mod readers;
#[cfg(feature = "serde")]
mod scope;
mod silencer;
mod surface;
mod text;
mod tidy;
mod transitions;
mod tzdb;
mod vocabulary;
mod zoneinfo;
