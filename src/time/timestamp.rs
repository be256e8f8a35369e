//! Instants, in whole milliseconds.

use std::fmt;
use std::ops::Sub;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, TimeZone, Utc};

use crate::error::{Error, truncated};

/// An instant: whole milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
///
/// Inputs with a higher precision are rounded down to the millisecond. The text format
/// is RFC 3339; output is in UTC.
///
/// ```
/// use quietude::Timestamp;
///
/// let t: Timestamp = "2026-11-26T22:15:00+01:00".parse()?;
/// assert_eq!(t, Timestamp::from_millis(1_795_727_700_000)?);
/// assert_eq!(t.to_string(), "2026-11-26T21:15:00Z");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z, the first instant.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// 9999-12-31T23:59:59.999Z, the last instant.
    pub const MAX: Self = Self(253_402_300_799_999);
    /// The instant after [`MAX`](Self::MAX). Used only as the end of an [`Interval`] that
    /// extends to the end of time. No constructor returns it, and nothing is silenced at
    /// it.
    ///
    /// [`Interval`]: crate::Interval
    pub const END: Self = Self(Self::MAX.0 + 1);

    /// The instant `millis` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// If that is not in the years 1 to 9999.
    ///
    /// ```
    /// use quietude::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_millis(-1)?.to_string(), "1969-12-31T23:59:59.999Z");
    /// assert!(Timestamp::from_millis(i64::MIN).is_err());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_millis(millis: i64) -> Result<Self, Error> {
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(Error::out_of_range(format_args!(
                "{millis} ms is not in the years 1 to 9999 ({}..={})",
                Self::MIN.0,
                Self::MAX.0
            )))
        }
    }

    /// The instant `millis` milliseconds after 1970-01-01T00:00:00Z, in constants.
    ///
    /// # Panics
    ///
    /// If `millis` is not in the years 1 to 9999.
    ///
    /// ```
    /// use quietude::Timestamp;
    ///
    /// const EPOCH: Timestamp = Timestamp::constant(0);
    /// assert_eq!(EPOCH.to_string(), "1970-01-01T00:00:00Z");
    /// ```
    #[must_use]
    pub const fn constant(millis: i64) -> Self {
        assert!(Self::MIN.0 <= millis && millis <= Self::MAX.0, "not in the years 1 to 9999");
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The instant after a duration, which is rounded down to the millisecond. `None` if it is
    /// not in the years 1 to 9999.
    ///
    /// ```
    /// use std::time::Duration;
    /// use quietude::Timestamp;
    ///
    /// let t: Timestamp = "2026-11-26T21:15:00Z".parse()?;
    /// assert_eq!(t.checked_add(Duration::from_secs(90)), Some("2026-11-26T21:16:30Z".parse()?));
    /// assert_eq!(Timestamp::MAX.checked_add(Duration::from_millis(1)), None);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let millis = i64::try_from(duration.as_millis()).ok()?;
        Self::from_millis(self.0.checked_add(millis)?).ok()
    }

    /// The instant before a duration, which is rounded down to the millisecond. `None` if it
    /// is not in the years 1 to 9999.
    ///
    /// ```
    /// use std::time::Duration;
    /// use quietude::Timestamp;
    ///
    /// assert_eq!(Timestamp::constant(1_000).checked_sub(Duration::from_secs(1)), Some(Timestamp::constant(0)));
    /// assert_eq!(Timestamp::MIN.checked_sub(Duration::from_secs(1)), None);
    /// ```
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let millis = i64::try_from(duration.as_millis()).ok()?;
        Self::from_millis(self.0.checked_sub(millis)?).ok()
    }

    /// The instant at `millis`, clamped to `MIN..=END`.
    pub(crate) const fn saturating(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::END.0 {
            Self::END
        } else {
            Self(millis)
        }
    }

    /// What a count since 1970-01-01T00:00:00Z probably means, for error messages: seconds
    /// up to the year 5138, or else milliseconds. `None` if that is not in the years 1 to
    /// 9999.
    pub(crate) fn since_epoch(count: i128) -> Option<Self> {
        const SECONDS: i128 = 100_000_000_000;
        let millis = if count.abs() < SECONDS { count * 1000 } else { count };
        i64::try_from(millis).ok().and_then(|millis| Self::from_millis(millis).ok())
    }

    /// The instant as a date and time of chrono.
    pub(crate) fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("the years 1 to 10000 are in chrono's range")
    }
}

/// Rounds down to the millisecond. Instants before the year 1 become
/// [`Timestamp::MIN`], instants after the year 9999 [`Timestamp::MAX`].
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use quietude::Timestamp;
///
/// let t = Utc.with_ymd_and_hms(2026, 6, 6, 19, 48, 51).unwrap();
/// assert_eq!(Timestamp::from(t).to_string(), "2026-06-06T19:48:51Z");
/// ```
impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(t: DateTime<Tz>) -> Self {
        Self(t.timestamp_millis().clamp(Self::MIN.0, Self::MAX.0))
    }
}

/// Exact.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use quietude::Timestamp;
///
/// let t: DateTime<Utc> = Timestamp::constant(0).into();
/// assert_eq!(t, DateTime::UNIX_EPOCH);
/// ```
impl From<Timestamp> for DateTime<Utc> {
    fn from(t: Timestamp) -> Self {
        t.to_utc()
    }
}

/// Rounds down to the millisecond. An error if the time is not in the years 1 to 9999.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use quietude::Timestamp;
///
/// let t = SystemTime::UNIX_EPOCH + Duration::from_micros(1_500);
/// assert_eq!(Timestamp::try_from(t)?, Timestamp::constant(1));
/// # Ok::<(), quietude::Error>(())
/// ```
impl TryFrom<SystemTime> for Timestamp {
    type Error = Error;

    fn try_from(t: SystemTime) -> Result<Self, Error> {
        let millis = match t.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let rounded = before.as_nanos().div_ceil(1_000_000);
                i64::try_from(rounded).map_or(i64::MIN, |millis| -millis)
            }
        };
        Self::from_millis(millis)
    }
}

/// The time from the other instant to this one; negative if the other one is later.
///
/// ```
/// use chrono::TimeDelta;
/// use quietude::Timestamp;
///
/// let (earlier, later) = (Timestamp::constant(0), Timestamp::constant(1_500));
/// assert_eq!(later - earlier, TimeDelta::milliseconds(1_500));
/// assert_eq!(earlier - later, TimeDelta::milliseconds(-1_500));
/// ```
impl Sub for Timestamp {
    type Output = TimeDelta;

    fn sub(self, other: Self) -> TimeDelta {
        // At most 10,000 years, which is in the range.
        TimeDelta::milliseconds(self.0 - other.0)
    }
}

/// Parses RFC 3339 text with any offset; `t` and `z` may be small (RFC 3339, 5.6). Fractions
/// of a millisecond are rounded down.
impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            let since_epoch = text.parse().ok().and_then(Self::since_epoch);
            let meant = since_epoch.map_or_else(String::new, |t| format!("; did you mean {t}?"));
            Error::syntax(format_args!(
                "\"{}\" is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z{meant}",
                truncated(text)
            ))
        };
        // chrono accepts more: a space instead of the T, and second 60. So the format is
        // checked first.
        if !is_rfc3339_shape(text.as_bytes()) {
            return Err(refused());
        }
        let t = DateTime::parse_from_rfc3339(text).map_err(|_| refused())?;
        Self::from_millis(t.timestamp_millis())
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.f]` and `Z` or an offset of at most 23:59, with
/// seconds up to 59. `T` and `Z` in any case.
fn is_rfc3339_shape(text: &[u8]) -> bool {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    if text.len() < SHAPE.len() + 1 {
        return false;
    }
    let (head, tail) = text.split_at(SHAPE.len());
    let shaped = head.iter().zip(SHAPE).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        want => byte.eq_ignore_ascii_case(want),
    });
    let tail = match tail {
        [b'.', digits @ ..] => {
            let end = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
            if end == 0 {
                return false;
            }
            &digits[end..]
        }
        tail => tail,
    };
    shaped
        && head[17] < b'6'
        && match tail {
            b"Z" | b"z" => true,
            [b'+' | b'-', h1, h2, b':', m1, m2] => {
                [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit())
                    && (*h1, *h2) <= (b'2', b'3')
                    && *m1 < b'6'
            }
            _ => false,
        }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamp_range_bounds() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::END.to_string(), "+10000-01-01T00:00:00Z");
        assert_eq!("0001-01-01T00:00:00Z".parse::<Timestamp>().unwrap(), Timestamp::MIN);
        assert_eq!("9999-12-31T23:59:59.999999Z".parse::<Timestamp>().unwrap(), Timestamp::MAX);
        assert!(Timestamp::END.to_string().parse::<Timestamp>().is_err());
        assert!("0001-01-01T00:00:00+00:01".parse::<Timestamp>().is_err());
        assert!(Timestamp::from_millis(Timestamp::END.as_millis()).is_err());
    }

    #[test]
    fn timestamp_debug_equals_display() {
        assert_eq!(format!("{:?}", Timestamp::MIN), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn timestamp_parse_rounds_down() {
        let t: Timestamp = "1969-12-31T23:59:59.9999Z".parse().unwrap();
        assert_eq!(t.as_millis(), -1);
    }

    #[test]
    fn timestamp_parse_small_t_and_z() {
        let t: Timestamp = "2026-06-06T19:48:51Z".parse().unwrap();
        for text in ["2026-06-06t19:48:51z", "2026-06-06T19:48:51z", "2026-06-06t21:48:51+02:00"] {
            assert_eq!(text.parse(), Ok(t), "{text}");
        }
    }

    #[test]
    fn timestamp_parse_epoch_error_shows_instant() {
        for (text, meant) in [
            ("1795727700", "; did you mean 2026-11-26T21:15:00Z?"),
            ("1795727700000", "; did you mean 2026-11-26T21:15:00Z?"),
            ("-1", "; did you mean 1969-12-31T23:59:59Z?"),
            ("99999999999999999", ""),
            ("999999999999999999999999999999999999999", ""),
            ("20260606T194851Z", ""),
        ] {
            let error = text.parse::<Timestamp>().unwrap_err().to_string();
            let form = "is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z";
            assert_eq!(error, format!("\"{text}\" {form}{meant}"));
        }
    }

    #[test]
    fn timestamp_parse_malformed_is_error() {
        for text in [
            "",
            "2026-06-06",
            "2026-06-06T19:48:51",
            "2026-06-06 19:48:51Z",
            "2026-06-06T19:48:60Z",
            "2026-06-06T24:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-06-06D19:48:51Z",
            " 2026-06-06T19:48:51Z",
            "2026-06-06T19:48:51Z ",
            "2026-06-06T19:48:51.Z",
            "2026-06-06T19:48:51+0100",
            "2026-06-06T19:48:51+24:00",
            "2026-06-06T19:48:51+00:60",
            "+2026-06-06T19:48:51Z",
            "0000-12-31T00:00:00Z",
            "２026-06-06T19:48:51Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
