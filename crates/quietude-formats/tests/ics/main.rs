//! iCalendar: import and export.

mod helpers;
mod round_trip;
