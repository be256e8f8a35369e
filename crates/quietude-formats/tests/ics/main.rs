//! iCalendar: import and export.

mod helpers;
mod readers;
mod round_trip;
mod samples;
mod vectors;
