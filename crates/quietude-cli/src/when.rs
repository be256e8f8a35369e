//! Times and durations in arguments, and the current time.

use std::str::FromStr;
use std::time::Duration;

use quietude::calendar::LocalTime;
use quietude::{Interval, Timestamp, Zone};

use crate::Error;

/// An instant in RFC 3339, or a local time: `2026-11-26T21:15:00Z`, `2026-11-26T22:15`,
/// `2026-11-26`. A date is its first instant.
#[derive(Clone, Debug)]
pub(crate) enum Time {
    At(Timestamp),
    Local(LocalTime),
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(local) = text.parse() {
            return Ok(Self::Local(local));
        }
        // Ten digits are no date; they may be seconds.
        if text.len() == 10 && text.contains('-') {
            return Err("it is not a date, YYYY-MM-DD".to_owned());
        }
        text.parse().map(Self::At).map_err(|error: quietude::Error| {
            const MEANT: &str = "; did you mean ";
            let others = "nor a local time such as 2026-11-26T22:15, nor a date such as 2026-11-26";
            let error = error.to_string();
            match error.rsplit_once(MEANT) {
                Some((error, meant)) => format!("{error}, {others}{MEANT}{meant}"),
                None => format!("{error}, {others}"),
            }
        })
    }
}

impl Time {
    /// The instant. If a change of the clocks skips the local time, the first instant after
    /// it; if it comes twice, the first one.
    pub(crate) fn instant(&self, zone: &Zone) -> Result<Timestamp, Error> {
        match self {
            Self::At(t) => Ok(*t),
            Self::Local(local) => Ok(local.first_instant(zone)?),
        }
    }

    /// The instant, if the zone of the option `--timezone` is needed only for local times.
    pub(crate) fn instant_in(&self, option: &str, zone: Option<&Zone>) -> Result<Timestamp, Error> {
        match (self, zone) {
            (Self::Local(local), None) => Err(format!(
                "{option} {local}: a local time needs --timezone ZONE; an instant ends in Z or an \
                 offset"
            )
            .into()),
            (_, zone) => self.instant(zone.unwrap_or(&Zone::utc())),
        }
    }
}

/// The interval of the options `--from` and `--to`.
pub(crate) fn interval(from: &Time, to: &Time, zone: &Zone) -> Result<Interval, Error> {
    let (from, to) = (from.instant(zone)?, to.instant(zone)?);
    Ok(Interval::new(from, to).map_err(|_| format!("--to {to} is not after --from {from}"))?)
}

/// The interval of this length from an instant on.
pub(crate) fn following(from: Timestamp, length: Duration) -> Result<Interval, Error> {
    let to = from.checked_add(length).unwrap_or(Timestamp::END);
    Ok(Interval::new(from, to)?)
}

/// A duration such as `90s`, `30m`, `2h` or `1d`, in milliseconds. A day is 24 hours.
pub(crate) fn duration_ms(text: &str) -> Result<u64, String> {
    let wrong = || "it is not a number with a unit: 90s, 30m, 2h or 1d".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(unit) {
        Some(millis) if millis > 0 => Ok(millis),
        _ => Err("it is zero, or too long".to_owned()),
    }
}

/// A duration such as `24h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    duration_ms(text).map(Duration::from_millis)
}

/// The current time. This is the only place that reads the system clock.
#[allow(clippy::disallowed_methods, reason = "a program may read the clock")]
pub(crate) fn now() -> Result<Timestamp, Error> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(since.as_millis().try_into()?)?)
}
