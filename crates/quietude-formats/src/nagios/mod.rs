//! Time periods and scheduled downtimes of Nagios.
//!
//! The text is an object configuration (`define timeperiod { .. }`), or status or retention
//! data (`hostdowntime { .. }`); a text may have both. A time period is a named schedule. A
//! downtime is one window, `downtime-7`: the host is an entity, and a service is the host
//! with the description as the alert type, because a downtime of a host mutes its services.
//!
//! # Meaning
//!
//! The source is `check_time_against_period` of Nagios Core 4:
//!
//! - For each date the first exception that has it counts: calendar dates, then days of a
//!   named month, days of any month, weekdays of a named month, weekdays of any month; in
//!   each of these the first of the file. Without one, the weekday counts.
//! - The end of a time range is inside, to the second: 17:00 lasts until 17:00:01. 00:00-00:00
//!   in an exception is no time. (Naemon's ends are outside.)
//! - Times are readings of the clock: both passes of a fold, nothing of a gap.
//! - A range of days in a month that ends before it begins goes over the end of the month. One
//!   of a year ends with the year.
//!
//! Where Nagios Core 4 deviates from its documentation, the documentation counts: a range with
//! a step ends, and the dates of a clock change are whole dates.

mod blocks;
mod directive;
mod downtimes;
mod periods;

use crate::collect::Collected;
use crate::convert::{ImportOptions, Imported};
use crate::error::Error;

/// Reads an object configuration, status data or retention data.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let mut into = Collected::default();
    let mut periods = Vec::new();
    blocks::read(text, |block| {
        match block.kind {
            "timeperiod" => periods.push(periods::Period::read(block)?),
            "hostdowntime" | "servicedowntime" => downtimes::add(&block, &mut into)?,
            _ => {}
        }
        Ok(())
    })?;
    periods::add(periods, options, &mut into)?;
    Ok(into.finish())
}
