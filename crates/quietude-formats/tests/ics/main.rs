//! iCalendar: import and export.

mod events;
mod helpers;
mod hostile;
mod readers;
mod round_trip;
mod samples;
mod vectors;
