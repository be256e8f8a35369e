//! Ranges of clock time, without a zone.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, truncated};
use crate::time::civil::DAY_MS;

/// A range of clock time from `from` to `to`, which may cross midnight, and may end some
/// days later.
///
/// The text format is `HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]]`, with or without spaces around the
/// hyphen, and perhaps `+Nd` after it: `to` is on the N-th date after that of `from`, 0 to
/// [`MAX_DAYS`](Self::MAX_DAYS). Without it, `to` is on the same date, or on the next one if
/// it is before `from`. `to` may be 24:00.
///
/// ```
/// use quietude::ClockRange;
///
/// let night: ClockRange = "22:00-02:00".parse()?;
/// assert!(night.crosses_midnight());
/// assert_eq!(night.duration_ms(), 4 * 3_600_000);
/// assert_eq!(night.to_string(), "22:00-02:00");
/// assert!("22:00-22:00".parse::<ClockRange>().is_err());
///
/// let weekend: ClockRange = "18:00-06:00+3d".parse()?;
/// assert_eq!((weekend.to_ms(), weekend.days()), (6 * 3_600_000, 3));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRange {
    /// Milliseconds after midnight, below a day.
    from: u32,
    /// Milliseconds of clock time, from 1 to `MAX_DAYS` days and one more.
    duration: i64,
}

const DAY: u32 = DAY_MS as u32;

impl ClockRange {
    /// `00:00-24:00`.
    pub const WHOLE_DAY: Self = Self { from: 0, duration: DAY_MS };

    /// The maximal number of dates from that of the start to that of the end.
    ///
    /// ```
    /// assert_eq!(quietude::ClockRange::MAX_DAYS, 366);
    /// ```
    pub const MAX_DAYS: u32 = 366;

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
        check_times(from_ms, to_ms)?;
        if from_ms == to_ms {
            let whole = Self { from: from_ms, duration: DAY_MS };
            return Err(Error::invalid(format_args!(
                "{0}-{0} is empty; a whole day is {whole}",
                TimeOfDay(from_ms)
            )));
        }
        let later = if to_ms > from_ms { 0 } else { DAY_MS };
        Ok(Self { from: from_ms, duration: i64::from(to_ms) - i64::from(from_ms) + later })
    }

    /// The range from a time of day to a time of day some dates later, in milliseconds after
    /// midnight.
    ///
    /// ```
    /// use quietude::ClockRange;
    ///
    /// let weekend = ClockRange::over_days(18 * 3_600_000, 6 * 3_600_000, 3)?;
    /// assert_eq!(weekend.to_string(), "18:00-06:00+3d");
    /// assert!(ClockRange::over_days(2, 1, 0).is_err());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `from_ms` is not below 86,400,000, `to_ms` is above it, `days` is more than
    /// [`MAX_DAYS`](Self::MAX_DAYS), or the end is not after the start.
    pub fn over_days(from_ms: u32, to_ms: u32, days: u32) -> Result<Self, Error> {
        check_times(from_ms, to_ms)?;
        if days > Self::MAX_DAYS {
            return Err(Error::out_of_range(format_args!(
                "{days} days are not in 0..={}",
                Self::MAX_DAYS
            )));
        }
        let duration = i64::from(days) * DAY_MS + i64::from(to_ms) - i64::from(from_ms);
        if duration <= 0 {
            let meant = Self { from: from_ms, duration: duration + DAY_MS };
            return Err(Error::invalid(format_args!(
                "it ends on the date of its start, and not after it; did you mean {meant}?"
            )));
        }
        Ok(Self { from: from_ms, duration })
    }

    /// The range that begins at `from_ms` and lasts `duration_ms` milliseconds.
    /// Unchecked: both must come from a valid range.
    pub(crate) const fn from_duration(from_ms: u32, duration_ms: i64) -> Self {
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

    /// The end, in milliseconds after midnight, up to 24:00. It is [`days`](Self::days)
    /// dates after the start.
    #[must_use]
    pub const fn to_ms(self) -> u32 {
        (self.end_ms() - self.days() as i64 * DAY_MS) as u32
    }

    /// The date of the end minus the date of the start. An end at midnight is 24:00 of the
    /// date before it.
    #[must_use]
    pub const fn days(self) -> u32 {
        ((self.end_ms() - 1) / DAY_MS) as u32
    }

    /// The end, in milliseconds after the midnight before the start.
    pub(crate) const fn end_ms(self) -> i64 {
        self.from as i64 + self.duration
    }

    /// Whether the range ends after the midnight that follows its start.
    #[must_use]
    pub const fn crosses_midnight(self) -> bool {
        self.end_ms() > DAY_MS
    }

    /// The length in clock time, in milliseconds. It is the elapsed time on a day without
    /// a clock change.
    #[must_use]
    pub const fn duration_ms(self) -> i64 {
        self.duration
    }
}

/// Returns an error if a time of day is out of range.
fn check_times(from_ms: u32, to_ms: u32) -> Result<(), Error> {
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
    Ok(())
}

/// Splits `+Nd` from the end of a clock range.
fn days_of(text: &str) -> (&str, Option<u32>) {
    let split = text.strip_suffix('d').and_then(|text| text.rsplit_once('+'));
    let Some((range, days)) = split else { return (text, None) };
    let digits = (1..=4).contains(&days.len()) && days.bytes().all(|byte| byte.is_ascii_digit());
    match days.parse() {
        Ok(days) if digits => (range.trim_end(), Some(days)),
        _ => (text, None),
    }
}

impl FromStr for ClockRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (range, days) = days_of(text);
        let parts = range.split_once('-').map(|(from, to)| (from.trim_end(), to.trim_start()));
        let Some((Some(from), Some(to))) =
            parts.map(|(from, to)| (time_of_day(from), time_of_day(to)))
        else {
            return Err(Error::syntax(format_args!(
                "\"{}\" is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]][+Nd]{}",
                truncated(text),
                hint(text)
            )));
        };
        if from == DAY {
            let hint = hint(text);
            return Err(Error::out_of_range(format_args!("\"{}\"{hint}", truncated(text))));
        }
        let range = match days {
            Some(days) => Self::over_days(from, to, days),
            None => Self::new(from, to),
        };
        range.map_err(|error| {
            Error::new(error.kind(), format_args!("\"{}\": {}", truncated(text), error.message()))
        })
    }
}

/// What is wrong with a clock range, and what was probably meant; empty if it does not look
/// like one.
fn hint(text: &str) -> String {
    let dashes = text.chars().filter(|c| matches!(c, '-' | '\u{2013}' | '\u{2014}')).count();
    let Some((from, to)) = text.split_once(['-', '\u{2013}', '\u{2014}']) else {
        return String::new();
    };
    let (Some(first), Some(last)) = (loose_time(from), loose_time(to)) else {
        return String::new();
    };
    if dashes != 1 {
        return String::new();
    }
    let end = last.ms;
    let (reason, meant) = if !first.valid || !last.valid {
        let wrong = if first.valid { to } else { from };
        (format!("{} is not a time of day, 00:00 to 24:00", wrong.trim()), None)
    } else if first.ms > DAY || end >= 2 * DAY {
        let wrong = if first.ms > DAY { from } else { to };
        (format!("{} is after 24:00, the end of the day", wrong.trim()), None)
    } else if first.ms == DAY {
        // The midnight that begins the day.
        let meant = ClockRange::new(0, end % DAY).ok();
        ("it begins at 00:00 to 23:59:59.999".to_owned(), meant)
    } else if end > DAY {
        let meant =
            if end - DAY < first.ms { ClockRange::new(first.ms, end - DAY).ok() } else { None };
        ("it ends at 24:00 at most, or on the next day before it begins".to_owned(), meant)
    } else {
        (String::new(), ClockRange::new(first.ms, end).ok())
    };
    let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
    let meant = meant.map_or_else(String::new, |range| format!("; did you mean {range}?"));
    reason + &meant
}

/// A time that is written as `H:MM` or `HH:MM`, and may be too late in the day.
struct LooseTime {
    ms: u32,
    /// Whether minutes and seconds are below 60.
    valid: bool,
}

fn loose_time(text: &str) -> Option<LooseTime> {
    let (clock, millis) = text.trim().split_once('.').unwrap_or((text.trim(), "000"));
    let number = |text: &str, most: usize| {
        let digits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse::<u32>().ok() } else { None }
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2)?;
    let minutes = number(parts.next()?, 2)?;
    let seconds = parts.next().map_or(Some(0), |seconds| number(seconds, 2))?;
    let millis = if millis.len() == 3 { number(millis, 3)? } else { return None };
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis;
    parts.next().is_none().then_some(LooseTime { ms, valid: minutes < 60 && seconds < 60 })
}

/// Parses `HH:MM[:SS[.mmm]]`, up to 24:00; returns milliseconds.
pub(super) fn time_of_day(text: &str) -> Option<u32> {
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
        let (from, to, days) = (self.from, self.to_ms(), self.days());
        write!(f, "{}-{}", TimeOfDay(from), TimeOfDay(to))?;
        // The next date goes without saying if the end is before the start.
        let is_short = days == 0 || (days == 1 && to < from);
        if is_short { Ok(()) } else { write!(f, "+{days}d") }
    }
}

impl fmt::Debug for ClockRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Displays milliseconds after midnight in the shortest accepted format.
pub(crate) struct TimeOfDay(pub(crate) u32);

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
    fn clock_range_over_days_shortest_form() {
        let day = 86_400_000;
        for (text, form, duration) in [
            ("18:00-18:00+2d", "18:00-18:00+2d", 2 * day),
            ("18:00-18:00+1d", "18:00-18:00+1d", day),
            ("22:00-02:00+1d", "22:00-02:00", day / 6),
            ("09:00-10:00+0d", "09:00-10:00", day / 24),
            ("00:00-00:00+1d", "00:00-24:00", day),
            ("00:00-24:00+1d", "00:00-24:00+1d", 2 * day),
            ("00:00-00:00+2d", "00:00-24:00+1d", 2 * day),
            ("12:00 - 06:00 +3d", "12:00-06:00+3d", 2 * day + day * 3 / 4),
            ("00:00-24:00+366d", "00:00-24:00+366d", 367 * day),
        ] {
            let range: ClockRange = text.parse().unwrap();
            assert_eq!((range.to_string().as_str(), range.duration_ms()), (form, duration));
            assert_eq!(form.parse::<ClockRange>().unwrap(), range);
        }
        for (text, message) in [
            (
                "22:00-02:00+0d",
                "it ends on the date of its start, and not after it; did you mean 22:00-02:00?",
            ),
            (
                "18:00-18:00+0d",
                "it ends on the date of its start, and not after it; did you mean 18:00-18:00+1d?",
            ),
            ("18:00-18:00", "18:00-18:00 is empty; a whole day is 18:00-18:00+1d"),
            ("00:00-00:00", "00:00-00:00 is empty; a whole day is 00:00-24:00"),
            ("18:00-18:00+367d", "367 days are not in 0..=366"),
        ] {
            let error = text.parse::<ClockRange>().unwrap_err();
            assert_eq!(error.to_string(), format!("\"{text}\": {message}"));
        }
        for text in ["18:00-18:00+d", "18:00-18:00+-1d", "18:00-18:00+1", "18:00-18:00+99999d"] {
            assert!(text.parse::<ClockRange>().is_err(), "{text}");
        }
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
    fn clock_range_parse_spaces_around_hyphen() {
        for text in ["20:00 - 24:00", "20:00- 24:00", "20:00 -24:00", "20:00  -  24:00"] {
            assert_eq!(text.parse::<ClockRange>().unwrap().to_string(), "20:00-24:00", "{text}");
        }
    }

    #[test]
    fn clock_range_parse_error_says_what_is_allowed() {
        const FORM: &str = " is not a clock range, HH:MM[:SS[.mmm]]-HH:MM[:SS[.mmm]][+Nd]";
        const LATE: &str = ": it ends at 24:00 at most, or on the next day before it begins";
        for (text, form, hint) in [
            ("20:00-24:30", FORM, &format!("{LATE}; did you mean 20:00-00:30?")[..]),
            ("22:00-24:01", FORM, &format!("{LATE}; did you mean 22:00-00:01?")),
            ("22:00-46:00", FORM, LATE),
            ("22:00-47:00", FORM, LATE),
            ("22:00-48:00", FORM, ": 48:00 is after 24:00, the end of the day"),
            ("25:00-26:00", FORM, ": 25:00 is after 24:00, the end of the day"),
            ("22:60-23:00", FORM, ": 22:60 is not a time of day, 00:00 to 24:00"),
            ("24:00:00.001-01:00", FORM, ": 24:00:00.001 is after 24:00, the end of the day"),
            ("24:00-01:00", "", ": it begins at 00:00 to 23:59:59.999; did you mean 00:00-01:00?"),
            ("7:05-8:00", FORM, "; did you mean 07:05-08:00?"),
            ("22:00\u{2013}02:00", FORM, "; did you mean 22:00-02:00?"),
            ("22:00", FORM, ""),
            ("22:00-23:00-24:00", FORM, ""),
        ] {
            let error = text.parse::<ClockRange>().unwrap_err();
            assert_eq!(error.to_string(), format!("\"{text}\"{form}{hint}"));
        }
    }

    #[test]
    fn clock_range_debug_equals_display() {
        let night: ClockRange = "22:00-02:00".parse().unwrap();
        assert_eq!(format!("{night:?}"), "22:00-02:00");
    }
}
