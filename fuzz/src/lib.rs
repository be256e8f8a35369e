//! The bodies of the fuzz targets: one function of bytes for each guarantee, which panics
//! if the guarantee is violated. Each returns whether the bytes were usable.
//!
//! The bytes are either the text that the crate parses, or choices from which well-formed
//! input is generated, so that code behind the parsers is reached as well.
#![forbid(unsafe_code)]

mod alertmanager;
mod calendars;
mod changes;
mod choices;
mod clock;
mod document;
mod formats;
mod generate;
mod ics;
mod index;
mod laws;
mod matchers;
mod monitoring;
mod reference;
mod requests;
mod rule;
mod schedule;
mod subjects;
mod tzif;
mod vendors;
mod yaml;
mod zone;

pub use alertmanager::{alertmanager, grafana};
pub use changes::changes;
pub use document::document;
pub use ics::ics;
pub use index::index;
#[cfg(fuzzing)]
pub use libfuzzer_sys;
pub use matchers::matchers;
pub use monitoring::{cron, icinga2, nagios, zabbix};
pub use rule::rule;
pub use schedule::schedule;
pub use tzif::tzif;
pub use vendors::vendors;
pub use yaml::yaml;
pub use zone::zone;

/// Makes a program of a body: a fuzz target if cargo-fuzz builds it, otherwise a program
/// that runs the body on the files on its command line.
#[macro_export]
macro_rules! target_main {
    ($body:ident) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            $crate::$body(data);
        });
        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::run($crate::$body)
        }
    };
}

/// Runs a body on the files on the command line.
pub fn run(body: fn(&[u8]) -> bool) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        body(&std::fs::read(path)?);
    }
    Ok(())
}

/// `size` pseudo-random bytes (SplitMix64), the same for the same seed.
#[must_use]
pub fn random_bytes(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()
    });
    words.flatten().take(size).collect()
}

/// The bytes as a text if they start with a letter or `{`; other bytes are choices.
fn text_or_bytes(data: &[u8]) -> Option<String> {
    let is_text = data.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'{');
    is_text.then(|| String::from_utf8_lossy(data).into_owned())
}
