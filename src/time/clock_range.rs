//! Ranges of clock time, without a zone.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, truncated};
use crate::time::civil::DAY_MS;

/// A range of clock time from `from` to `to`, which may cross midnight.
///
/// The text format is `HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]]`. `to` may be 24:00. If `to` is
/// before `from`, it is on the next day.
///
/// ```
/// use quietude::ClockRange;
///
/// let night: ClockRange = "22:00-02:00".parse()?;
/// assert!(night.crosses_midnight());
/// assert_eq!(night.duration_ms(), 4 * 3_600_000);
/// assert_eq!(night.to_string(), "22:00-02:00");
/// assert!("22:00-22:00".parse::<ClockRange>().is_err());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRange {
    /// Milliseconds after midnight, below a day.
    from: u32,
    /// Milliseconds of clock time, from 1 to a day.
    duration: u32,
}

const DAY: u32 = DAY_MS as u32;

impl ClockRange {
    /// `00:00-24:00`.
    pub const WHOLE_DAY: Self = Self { from: 0, duration: DAY };

    /// The range between two times of day, in milliseconds after midnight.
    ///
    /// # Errors
    ///
    /// If `from_ms` is not below 86,400,000, `to_ms` is above it, or both are
    /// equal.
    ///
    /// ```
    /// use quietude::ClockRange;
    ///
    /// assert_eq!(ClockRange::new(0, 86_400_000)?, ClockRange::WHOLE_DAY);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn new(from_ms: u32, to_ms: u32) -> Result<Self, Error> {
        if from_ms >= DAY {
            return Err(Error::out_of_range(format_args!(
                "from: {from_ms} ms is not a time of day, 0..{DAY}"
            )));
        }
        if to_ms > DAY {
            return Err(Error::out_of_range(format_args!(
                "to: {to_ms} ms is not a time of day, 0..={DAY}"
            )));
        }
        if from_ms == to_ms {
            return Err(Error::invalid(format_args!(
                "{0}-{0} is empty; a whole day is 00:00-24:00",
                TimeOfDay(from_ms)
            )));
        }
        let duration = if to_ms > from_ms { to_ms - from_ms } else { DAY - from_ms + to_ms };
        Ok(Self { from: from_ms, duration })
    }

    /// The range that begins at `from_ms` and lasts `duration_ms` milliseconds.
    /// Unchecked: both must come from a valid range.
    pub(crate) const fn from_duration(from_ms: u32, duration_ms: u32) -> Self {
        Self { from: from_ms, duration: duration_ms }
    }

    /// The start, in milliseconds after midnight.
    ///
    /// ```
    /// let night: quietude::ClockRange = "22:00-02:00".parse()?;
    /// assert_eq!((night.from_ms(), night.to_ms()), (22 * 3_600_000, 2 * 3_600_000));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub const fn from_ms(self) -> u32 {
        self.from
    }

    /// The end, in milliseconds after midnight, up to 24:00. It is on the next day if the
    /// range [crosses midnight](Self::crosses_midnight).
    #[must_use]
    pub const fn to_ms(self) -> u32 {
        let to = self.from + self.duration;
        if to > DAY { to - DAY } else { to }
    }

    /// Whether the range ends after the midnight that follows its start.
    #[must_use]
    pub const fn crosses_midnight(self) -> bool {
        self.from + self.duration > DAY
    }

    /// The length in clock time, in milliseconds. It is the elapsed time on a day without
    /// a clock change.
    #[must_use]
    pub const fn duration_ms(self) -> i64 {
        self.duration as i64
    }
}

impl FromStr for ClockRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::syntax(format_args!(
                "\"{}\" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]]",
                truncated(text)
            ))
        };
        let (from, to) = text.split_once('-').ok_or_else(refused)?;
        let (from, to) =
            (time_of_day(from).ok_or_else(refused)?, time_of_day(to).ok_or_else(refused)?);
        Self::new(from, to).map_err(|error| {
            Error::new(error.kind(), format_args!("\"{}\": {}", truncated(text), error.message()))
        })
    }
}

/// Parses `HH:MM[:SS[.mmm]]`, up to 24:00; returns milliseconds.
fn time_of_day(text: &str) -> Option<u32> {
    let two = |bytes: &[u8]| match bytes {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some(u32::from(a - b'0') * 10 + u32::from(b - b'0'))
        }
        _ => None,
    };
    let bytes = text.as_bytes();
    let (hours, minutes) = (two(bytes.get(..2)?)?, two(bytes.get(3..5)?)?);
    let (seconds, millis) = match bytes.get(5..)? {
        [] => (0, 0),
        [b':', seconds @ ..] if seconds.len() == 2 => (two(seconds)?, 0),
        [b':', s1, s2, b'.', m1, m2, m3] if m1.is_ascii_digit() => {
            (two(&[*s1, *s2])?, u32::from(m1 - b'0') * 100 + two(&[*m2, *m3])?)
        }
        _ => return None,
    };
    let within_hour = (minutes * 60 + seconds) * 1000 + millis;
    let valid = bytes[2] == b':'
        && minutes < 60
        && seconds < 60
        && (hours < 24 || (hours == 24 && within_hour == 0));
    valid.then_some(hours * 3_600_000 + within_hour)
}

impl fmt::Display for ClockRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", TimeOfDay(self.from), TimeOfDay(self.to_ms()))
    }
}

impl fmt::Debug for ClockRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Displays milliseconds after midnight in the shortest accepted format.
struct TimeOfDay(u32);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        write!(f, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds % 60 != 0 || millis != 0 {
            write!(f, ":{:02}", seconds % 60)?;
        }
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_range_parse_display_round_trip() {
        for (text, from, to, crosses) in [
            ("22:00-02:00", 79_200_000, 7_200_000, true),
            ("00:00-24:00", 0, 86_400_000, false),
            ("22:00-24:00", 79_200_000, 86_400_000, false),
            ("23:59:59.999-00:00:00.001", 86_399_999, 1, true),
            ("00:00:01-00:00", 1000, 86_400_000, false),
        ] {
            let range: ClockRange = text.parse().unwrap();
            assert_eq!(
                (range.from_ms(), range.to_ms(), range.crosses_midnight()),
                (from, to, crosses)
            );
            assert_eq!(range.to_string().parse::<ClockRange>().unwrap(), range);
        }
        assert_eq!("22:00-00:00".parse::<ClockRange>().unwrap().to_string(), "22:00-24:00");
    }

    #[test]
    fn clock_range_parse_malformed_is_error() {
        for text in [
            "",
            "-",
            "22:00",
            "22:00-",
            "7:05-08:00",
            " 07:05-08:00",
            "07:05-08:00 ",
            "24:00-01:00",
            "22:00-24:01",
            "22:60-23:00",
            "21:60-23:00",
            "22:00-23:00:60",
            "22:00-22:00",
            "00:00-00:00",
            "22:00:00.5-23:00",
            "22:00:00.a00-23:00",
            "22.00-23.00",
            "22:00-23:00-24:00",
            "２2:00-23:00",
            "22:0é-23:00",
            "22:00:é-23:00",
        ] {
            assert!(text.parse::<ClockRange>().is_err(), "{text}");
        }
        assert!(ClockRange::new(86_400_000, 1).is_err());
        assert!(ClockRange::new(0, 86_400_001).is_err());
        assert!(ClockRange::new(0, u32::MAX).is_err());
    }

    #[test]
    fn clock_range_parse_invalid_time_names_format() {
        for text in ["22:00-24:01", "24:00:00.001-01:00", "22:00-25:00", "22:60-23:00"] {
            let error = text.parse::<ClockRange>().unwrap_err();
            let expected =
                format!("\"{text}\" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]]");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn clock_range_debug_equals_display() {
        let night: ClockRange = "22:00-02:00".parse().unwrap();
        assert_eq!(format!("{night:?}"), "22:00-02:00");
    }
}
