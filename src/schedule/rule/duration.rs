//! DURATION values, RFC 5545 section 3.3.6.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, truncated};
use crate::schedule::rule::recurrence::Length;

/// A duration in the form of RFC 5545, such as `P2D` or `PT36H`. Weeks and days are nominal:
/// they are added on the clock, and the hours, minutes and seconds after that are elapsed
/// time. It is displayed as it was written.
///
/// ```
/// use quietude::calendar::NominalDuration;
///
/// let duration: NominalDuration = "P1DT2H".parse()?;
/// assert_eq!((duration.days(), duration.exact_ms()), (1, 2 * 3_600_000));
/// assert!("P1M".parse::<NominalDuration>().is_err());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NominalDuration {
    text: Box<str>,
    length: Length,
}

impl NominalDuration {
    /// The nominal days, those of weeks included.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.length.days
    }

    /// The elapsed milliseconds after the nominal days.
    #[must_use]
    pub fn exact_ms(&self) -> i64 {
        self.length.exact_ms
    }

    pub(crate) fn length(&self) -> Length {
        self.length
    }
}

/// The most nominal days: those of the range of time.
const MOST_DAYS: u64 = 3_660_000;

impl FromStr for NominalDuration {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |why: &str| {
            Error::syntax(format_args!(
                "\"{}\" is not a duration such as P2D, PT36H or P1DT2H (RFC 5545, 3.3.6){why}",
                truncated(text)
            ))
        };
        if text.starts_with('-') {
            let message = format_args!("\"{}\" is negative", truncated(text));
            return Err(Error::out_of_range(message));
        }
        let mut rest =
            text.strip_prefix('+').unwrap_or(text).strip_prefix('P').ok_or_else(|| refused(""))?;
        let (mut days, mut seconds) = (0u64, 0u64);
        // Units are in this order, and each at most once.
        let mut order = 0;
        let mut in_time = false;
        let mut is_empty = true;
        while !rest.is_empty() {
            if let Some(time) = rest.strip_prefix('T').filter(|_| !in_time) {
                (rest, in_time, is_empty) = (time, true, true);
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let Some(unit) = rest[digits..].chars().next().filter(|c| c.is_ascii()) else {
                return Err(refused(""));
            };
            let count: u64 = rest[..digits].parse().map_err(|_| refused(""))?;
            rest = &rest[digits + 1..];
            is_empty = false;
            let (place, scale) = match (unit, in_time) {
                ('Y' | 'M', false) => {
                    return Err(refused("; years and months have no fixed length"));
                }
                ('W', false) => (1, 7),
                ('D', false) => (2, 1),
                ('H', true) => (3, 3600),
                ('M', true) => (4, 60),
                ('S', true) => (5, 1),
                _ => return Err(refused("")),
            };
            // Weeks stand alone.
            if place <= order || order == 1 {
                return Err(refused(""));
            }
            order = place;
            let total = if in_time { &mut seconds } else { &mut days };
            *total = total.saturating_add(count.saturating_mul(scale));
        }
        if is_empty {
            return Err(refused(""));
        }
        let length = Length {
            days: days.min(MOST_DAYS) as u32,
            exact_ms: i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000),
        };
        if length.nominal_ms() == 0 {
            let message = format_args!("\"{}\" is not positive", truncated(text));
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self { text: text.into(), length })
    }
}

impl fmt::Display for NominalDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for NominalDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_parse_nominal_and_exact() {
        const HOUR: i64 = 3_600_000;
        for (text, days, exact_ms) in [
            ("P2D", 2, 0),
            ("PT36H", 0, 36 * HOUR),
            ("P1DT2H", 1, 2 * HOUR),
            ("P1W", 7, 0),
            ("+PT1H30M5S", 0, HOUR + 1_805_000),
            ("PT90S", 0, 90_000),
            ("P0DT1S", 0, 1000),
            ("P99999999999999999999D", 0, 0),
        ] {
            let parsed = text.parse::<NominalDuration>();
            if text.len() > 20 {
                assert!(parsed.is_err(), "{text}");
                continue;
            }
            let duration = parsed.unwrap();
            assert_eq!((duration.days(), duration.exact_ms()), (days, exact_ms), "{text}");
            assert_eq!(duration.to_string(), text);
        }
        for text in [
            "", "P", "PT", "P0D", "PT0S", "-P1D", "-PT1H", "P1Y", "P1M", "1D", "P1H", "PT1D",
            "P1DT", "P1W2D", "PT1S1H", "P1D1D", "P D", "p1d", "P1.5D", "P1\u{e9}",
        ] {
            assert!(text.parse::<NominalDuration>().is_err(), "{text}");
        }
    }
}
