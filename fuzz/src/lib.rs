//! What the fuzzers run: for each promise a function of bytes that panics
//! where the promise is broken. Each says whether it could make use of the
//! bytes at all.
//!
//! The bytes are a text, where a text is what the crate is given, or else the
//! choices in the making of something well-formed, so that what lies behind
//! the parsers is reached too.
#![forbid(unsafe_code)]

mod changes;
mod clock;
mod direct;
mod document;
mod index;
mod laws;
mod make;
mod rule;
mod schedule;
mod script;
mod source;
mod subjects;
mod tzif;
mod vendors;
mod zone;

pub use changes::changes;
pub use document::document;
pub use index::index;
#[cfg(fuzzing)]
pub use libfuzzer_sys;
pub use rule::rule;
pub use schedule::schedule;
pub use tzif::tzif;
pub use vendors::vendors;
pub use zone::zone;

/// Makes a program of a body: a target of cargo-fuzz if it is what builds it,
/// else one that runs the body on the files that it is given.
#[macro_export]
macro_rules! shell {
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

/// Runs a body on the files that the command line names.
///
/// # Errors
///
/// If a file cannot be read.
pub fn run(body: fn(&[u8]) -> bool) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        body(&std::fs::read(path)?);
    }
    Ok(())
}

/// `size` bytes that look random, and are the same for the same seed.
#[must_use]
pub fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()
    });
    words.flatten().take(size).collect()
}

/// The bytes as a text, if they begin as one; else they are choices.
fn text_or_bytes(data: &[u8]) -> Option<String> {
    let is_text = data.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'{');
    is_text.then(|| String::from_utf8_lossy(data).into_owned())
}
