//! The current time.

use std::time::{SystemTime, UNIX_EPOCH};

use quietude::Timestamp;

/// The current time, in whole milliseconds. A clock before the year 1 or after 9999 gives the
/// nearest instant.
#[must_use]
pub fn now() -> Timestamp {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    };
    saturating(millis)
}

/// The instant some milliseconds after another one, within the years 1 to 9999.
///
/// ```
/// use quietude::Timestamp;
/// use quietude_alertmanager::clock::after;
///
/// let start: Timestamp = "2026-11-26T22:00:00Z".parse()?;
/// assert_eq!(after(start, 1_500), "2026-11-26T22:00:01.500Z".parse()?);
/// assert_eq!(after(start, i64::MAX), Timestamp::MAX);
/// # Ok::<(), quietude::Error>(())
/// ```
#[must_use]
pub fn after(start: Timestamp, millis: i64) -> Timestamp {
    saturating(start.as_millis().saturating_add(millis))
}

fn saturating(millis: i64) -> Timestamp {
    let millis = millis.clamp(Timestamp::MIN.as_millis(), Timestamp::MAX.as_millis());
    Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX)
}

/// A number of milliseconds as seconds with three decimals: `-1.500`.
///
/// ```
/// assert_eq!(quietude_alertmanager::clock::seconds(-1_500), "-1.500");
/// ```
#[must_use]
pub fn seconds(millis: i64) -> String {
    let (sign, size) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    format!("{sign}{}.{:03}", size / 1_000, size % 1_000)
}
