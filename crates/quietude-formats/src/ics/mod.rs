//! iCalendar (RFC 5545): events as windows, and windows as events.
//!
//! ```text
//! lines     content lines, unfolded, with their numbers
//! calendar  VEVENT and VTIMEZONE
//! value     dates, times, offsets; local times as instants
//! zones     what a TZID means; vtimezone: a zone from its rules
//! event     one VEVENT with zones
//! series    the events with one UID as schedules
//! import    schedules as windows, or as one named schedule
//! pattern   occurrences as recurrences
//! export    windows as events; write: lines and VTIMEZONE
//! ```
//!
//! # What an import does
//!
//! - Events with one UID are one window, with the instances that RECURRENCE-ID moves or
//!   cancels. Its id is the UID, its name the SUMMARY, its scope everything. DESCRIPTION,
//!   LOCATION, CATEGORIES and URL become tags.
//! - A DURATION of days is nominal; one of hours, and DTEND, are elapsed time.
//! - Cancelled events are left out. Transparent ones (TRANSP) are read as others are,
//!   because calendars of holidays are transparent.
//! - A time that floats is in the zone of the option `timezone`, else of X-WR-TIMEZONE, else
//!   of the only VTIMEZONE; without one of these the import fails.
//! - A TZID is a name of the tz database, which may have a prefix, or a name of Windows, and
//!   means that zone whatever the VTIMEZONE says; a note tells if the two differ. Else the
//!   rules of the VTIMEZONE count, and a zone of the tz database with the same rules is
//!   written. If there is none, only events that end are read, in UTC.
//! - An event with a value that is wrong or that documents cannot express is left out, and a
//!   note says where and why. If the import makes one schedule of the events, this is an
//!   error, because other windows may depend on it.
//! - Text that is not made of content lines and components is an error.
//!
//! # Limits
//!
//! | limit | of |
//! | --- | --- |
//! | [`MAX_TEXT_BYTES`], [`MAX_EVENTS`] | a file |
//! | [`MAX_COMPONENT_DEPTH`] | nested components |
//! | [`MAX_ZONES`] | zones that a file names |
//! | [`MAX_ZONE_CHANGES`] | changes of a STANDARD or DAYLIGHT |
//! | [`MAX_EVENT_PROPERTIES`], [`MAX_EVENT_RULES`] | an event |
//! | [`MAX_EVENT_INSTANCES`] of an event, [`MAX_INSTANCES`] of a file | instances that are written as single times |
//! | [`MAX_COUNTED`] | the sum of COUNT in a file |
//! | 65,536 bytes of a rule, 1,000 parts of a schedule | as in the library |
//! | [`MAX_EXPORTED_OCCURRENCES`] | occurrences of an export |
//!
//! [`MAX_TEXT_BYTES`]: crate::limits::MAX_TEXT_BYTES
//! [`MAX_EVENTS`]: crate::limits::MAX_EVENTS
//! [`MAX_COMPONENT_DEPTH`]: crate::limits::MAX_COMPONENT_DEPTH
//! [`MAX_ZONES`]: crate::limits::MAX_ZONES
//! [`MAX_ZONE_CHANGES`]: crate::limits::MAX_ZONE_CHANGES
//! [`MAX_EVENT_PROPERTIES`]: crate::limits::MAX_EVENT_PROPERTIES
//! [`MAX_EVENT_RULES`]: crate::limits::MAX_EVENT_RULES
//! [`MAX_EVENT_INSTANCES`]: crate::limits::MAX_EVENT_INSTANCES
//! [`MAX_INSTANCES`]: crate::limits::MAX_INSTANCES
//! [`MAX_COUNTED`]: crate::limits::MAX_COUNTED
//! [`MAX_EXPORTED_OCCURRENCES`]: crate::limits::MAX_EXPORTED_OCCURRENCES
//!
//! Time and memory are linear in the size of the text: a file of 50 MB with 237,000 recurring
//! events takes 4 seconds of a processor and 0.6 GB beside the text.

mod calendar;
mod event;
mod export;
mod import;
mod lines;
mod pattern;
mod rrule;
mod series;
mod value;
mod vtimezone;
mod write;
mod zones;

pub(crate) use export::export;
pub(crate) use import::import;

/// The property of an exported event with the id of its window.
const OWN_ID: &str = "X-QUIETUDE-WINDOW-ID";

/// The property of one event of each window with the window, but for the schedule.
const OWN_PROPERTY: &str = "X-QUIETUDE-WINDOW";
