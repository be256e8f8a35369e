//! Pagination cursors: a position in the order of creation, bound to a query.
//!
//! ```text
//! 16 bytes, URL-safe base64 with padding (24 characters), big-endian:
//!   0..8   checksum of number and query
//!   8..16  number XOR checksum of 0 and query
//! ```

use crate::error::Error;
use crate::json::value::Value;

/// The cursor behind the window with the number `after`.
pub(super) fn encode(after: u64, query: &str) -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&checksum(after, query).to_be_bytes());
    // Obfuscated, so that clients do not depend on the number.
    bytes[8..].copy_from_slice(&(after ^ checksum(0, query)).to_be_bytes());
    let mut text = String::with_capacity(24);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let sextet = (word >> (18 - 6 * index) & 63) as usize;
            text.push(if index <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    text
}

/// The number of a cursor. Returns an error if the cursor is not one of `query`, or its
/// number exceeds `last`.
pub(super) fn decode(cursor_text: &str, query: &str, last: u64) -> Result<u64, Error> {
    let invalid = || {
        let cursor = Value::from(cursor_text);
        Error::invalid(format_args!(
            "{cursor} is not a cursor of this query: begin anew without one"
        ))
    };
    let bytes = decode_base64(cursor_text).ok_or_else(invalid)?;
    let number = bytes[8..].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let after = number ^ checksum(0, query);
    // Comparing with the canonical encoding rejects other spellings and other queries.
    if after <= last && encode(after, query) == cursor_text { Ok(after) } else { Err(invalid()) }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn decode_base64(text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_suffix("==").filter(|digits| digits.len() == 22)?;
    let mut number = 0u128;
    for (index, byte) in digits.bytes().enumerate() {
        let sextet = ALPHABET.iter().position(|known| *known == byte)? as u128;
        // 22 sextets are 132 bits; the last four are padding.
        number = if index < 21 { number << 6 | sextet } else { number << 2 | sextet >> 4 };
    }
    Some(number.to_be_bytes())
}

/// 64-bit FNV-1a hash of the query and the number.
fn checksum(number: u64, query: &str) -> u64 {
    let bytes = query.bytes().chain(number.to_be_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_round_trip_and_errors() {
        for after in [0, 1, 2, 63, 64, u64::MAX] {
            let text = encode(after, "list");
            assert_eq!(text.len(), 24);
            assert_eq!(decode(&text, "list", u64::MAX), Ok(after));
            assert!(decode(&text, "search", u64::MAX).is_err());
            assert!(after == 0 || decode(&text, "list", after - 1).is_err());
            for at in 0..text.len() {
                let mut other = text.clone().into_bytes();
                other[at] = if other[at] == b'A' { b'B' } else { b'A' };
                assert!(decode(std::str::from_utf8(&other).unwrap(), "list", u64::MAX).is_err());
            }
        }
        for bad in ["", "==", "é", "fNybM12dj1zRmkLdQq8Ovw", "fNybM12dj1zRmkLdQq8Ovw=="] {
            assert!(decode(bad, "list", u64::MAX).is_err(), "{bad}");
        }
    }
}
