//! Clock changes, calculated by hand. Each line is checked with a schedule, a silencer and
//! both oracles.
//!
//! `zone | clock | date -> interval`. The interval is in local time with UTC offset, or
//! `does not happen`.

use chrono::NaiveDate;
use quietude::{Interval, Schedule, SilenceEnd, Subject, Timestamp};

use crate::helpers::{at, cells, clamped, clock, ends, rows};
use crate::oracle::{clock_walk, enumerate};
use crate::specs::{CalendarSpec, ScheduleSpec, ScopeSpec, TopologySpec, WindowSpec, silencer};
use crate::testing::DAY;
use crate::zone_source::ZoneSource;

/// 2026-03-29: 02:00 jumps to 03:00. 2026-10-25: 03:00 falls back to 02:00.
const BERLIN: &str = "
# the start, the end, and the whole of it in the gap; around it; up to and from it
Europe/Berlin | 02:30-04:00 | 2026-03-29 -> 2026-03-29T03:00:00+02:00 / 2026-03-29T04:00:00+02:00
Europe/Berlin | 01:30-02:30 | 2026-03-29 -> 2026-03-29T01:30:00+01:00 / 2026-03-29T03:00:00+02:00
Europe/Berlin | 02:10-02:50 | 2026-03-29 -> does not happen
Europe/Berlin | 02:00-03:00 | 2026-03-29 -> does not happen
Europe/Berlin | 02:59:59.999-03:00:00.001 | 2026-03-29 -> 2026-03-29T03:00:00+02:00 / 2026-03-29T03:00:00.001+02:00
Europe/Berlin | 01:59:59.999-02:30 | 2026-03-29 -> 2026-03-29T01:59:59.999+01:00 / 2026-03-29T03:00:00+02:00
Europe/Berlin | 01:00-02:00 | 2026-03-29 -> 2026-03-29T01:00:00+01:00 / 2026-03-29T03:00:00+02:00
Europe/Berlin | 03:00-03:30 | 2026-03-29 -> 2026-03-29T03:00:00+02:00 / 2026-03-29T03:30:00+02:00
Europe/Berlin | 01:00-04:00 | 2026-03-29 -> 2026-03-29T01:00:00+01:00 / 2026-03-29T04:00:00+02:00
Europe/Berlin | 22:00-06:00 | 2026-03-28 -> 2026-03-28T22:00:00+01:00 / 2026-03-29T06:00:00+02:00
Europe/Berlin | 22:00-02:30 | 2026-03-28 -> 2026-03-28T22:00:00+01:00 / 2026-03-29T03:00:00+02:00
Europe/Berlin | 00:00-24:00 | 2026-03-29 -> 2026-03-29T00:00:00+01:00 / 2026-03-30T00:00:00+02:00
# the start, the end, and the whole of it in the fold; around it
Europe/Berlin | 02:30-04:00 | 2026-10-25 -> 2026-10-25T02:30:00+02:00 / 2026-10-25T04:00:00+01:00
Europe/Berlin | 01:30-02:30 | 2026-10-25 -> 2026-10-25T01:30:00+02:00 / 2026-10-25T02:30:00+02:00
Europe/Berlin | 02:15-02:45 | 2026-10-25 -> 2026-10-25T02:15:00+02:00 / 2026-10-25T02:45:00+02:00
Europe/Berlin | 01:30-03:00 | 2026-10-25 -> 2026-10-25T01:30:00+02:00 / 2026-10-25T03:00:00+01:00
Europe/Berlin | 02:00-03:00 | 2026-10-25 -> 2026-10-25T02:00:00+02:00 / 2026-10-25T03:00:00+01:00
Europe/Berlin | 02:59:59.999-03:00 | 2026-10-25 -> 2026-10-25T02:59:59.999+02:00 / 2026-10-25T03:00:00+01:00
Europe/Berlin | 03:00-03:30 | 2026-10-25 -> 2026-10-25T03:00:00+01:00 / 2026-10-25T03:30:00+01:00
Europe/Berlin | 01:00-04:00 | 2026-10-25 -> 2026-10-25T01:00:00+02:00 / 2026-10-25T04:00:00+01:00
Europe/Berlin | 22:00-06:00 | 2026-10-24 -> 2026-10-24T22:00:00+02:00 / 2026-10-25T06:00:00+01:00
Europe/Berlin | 22:00-02:30 | 2026-10-24 -> 2026-10-24T22:00:00+02:00 / 2026-10-25T02:30:00+02:00
Europe/Berlin | 00:00-24:00 | 2026-10-25 -> 2026-10-25T00:00:00+02:00 / 2026-10-26T00:00:00+01:00
";

/// 2026-03-08: 02:00 jumps to 03:00. 2026-11-01: 02:00 falls back to 01:00.
const NEW_YORK: &str = "
America/New_York | 02:30-04:00 | 2026-03-08 -> 2026-03-08T03:00:00-04:00 / 2026-03-08T04:00:00-04:00
America/New_York | 01:30-02:30 | 2026-03-08 -> 2026-03-08T01:30:00-05:00 / 2026-03-08T03:00:00-04:00
America/New_York | 02:15-02:45 | 2026-03-08 -> does not happen
America/New_York | 22:00-06:00 | 2026-03-07 -> 2026-03-07T22:00:00-05:00 / 2026-03-08T06:00:00-04:00
America/New_York | 01:30-03:00 | 2026-11-01 -> 2026-11-01T01:30:00-04:00 / 2026-11-01T03:00:00-05:00
America/New_York | 00:30-01:30 | 2026-11-01 -> 2026-11-01T00:30:00-04:00 / 2026-11-01T01:30:00-04:00
America/New_York | 01:15-01:45 | 2026-11-01 -> 2026-11-01T01:15:00-04:00 / 2026-11-01T01:45:00-04:00
America/New_York | 01:00-02:00 | 2026-11-01 -> 2026-11-01T01:00:00-04:00 / 2026-11-01T02:00:00-05:00
America/New_York | 22:00-06:00 | 2026-10-31 -> 2026-10-31T22:00:00-04:00 / 2026-11-01T06:00:00-05:00
";

/// 2026-10-04: 02:00 jumps to 02:30. 2026-04-05: 02:00 falls back to 01:30.
const LORD_HOWE: &str = "
Australia/Lord_Howe | 02:15-03:00 | 2026-10-04 -> 2026-10-04T02:30:00+11:00 / 2026-10-04T03:00:00+11:00
Australia/Lord_Howe | 01:45-02:15 | 2026-10-04 -> 2026-10-04T01:45:00+10:30 / 2026-10-04T02:30:00+11:00
Australia/Lord_Howe | 02:00-02:30 | 2026-10-04 -> does not happen
Australia/Lord_Howe | 02:10-02:20 | 2026-10-04 -> does not happen
Australia/Lord_Howe | 02:10-02:45 | 2026-10-04 -> 2026-10-04T02:30:00+11:00 / 2026-10-04T02:45:00+11:00
Australia/Lord_Howe | 01:00-03:00 | 2026-10-04 -> 2026-10-04T01:00:00+10:30 / 2026-10-04T03:00:00+11:00
Australia/Lord_Howe | 23:00-02:15 | 2026-10-03 -> 2026-10-03T23:00:00+10:30 / 2026-10-04T02:30:00+11:00
Australia/Lord_Howe | 01:45-03:00 | 2026-04-05 -> 2026-04-05T01:45:00+11:00 / 2026-04-05T03:00:00+10:30
Australia/Lord_Howe | 01:15-01:45 | 2026-04-05 -> 2026-04-05T01:15:00+11:00 / 2026-04-05T01:45:00+11:00
Australia/Lord_Howe | 01:30-02:00 | 2026-04-05 -> 2026-04-05T01:30:00+11:00 / 2026-04-05T02:00:00+10:30
Australia/Lord_Howe | 01:35-01:40 | 2026-04-05 -> 2026-04-05T01:35:00+11:00 / 2026-04-05T01:40:00+11:00
Australia/Lord_Howe | 23:00-02:15 | 2026-04-04 -> 2026-04-04T23:00:00+11:00 / 2026-04-05T02:15:00+10:30
";

/// 2018-11-04: midnight jumps to 01:00. 2018-02-18: midnight falls back to
/// 23:00 of the 17th.
const SAO_PAULO: &str = "
America/Sao_Paulo | 00:30-02:00 | 2018-11-04 -> 2018-11-04T01:00:00-02:00 / 2018-11-04T02:00:00-02:00
America/Sao_Paulo | 23:00-00:30 | 2018-11-03 -> 2018-11-03T23:00:00-03:00 / 2018-11-04T01:00:00-02:00
America/Sao_Paulo | 00:00-01:00 | 2018-11-04 -> does not happen
America/Sao_Paulo | 00:10-00:50 | 2018-11-04 -> does not happen
America/Sao_Paulo | 22:00-02:00 | 2018-11-03 -> 2018-11-03T22:00:00-03:00 / 2018-11-04T02:00:00-02:00
America/Sao_Paulo | 22:00-24:00 | 2018-11-03 -> 2018-11-03T22:00:00-03:00 / 2018-11-04T01:00:00-02:00
America/Sao_Paulo | 00:00-24:00 | 2018-11-04 -> 2018-11-04T01:00:00-02:00 / 2018-11-05T00:00:00-02:00
America/Sao_Paulo | 23:30-00:30 | 2018-02-17 -> 2018-02-17T23:30:00-02:00 / 2018-02-18T00:30:00-03:00
America/Sao_Paulo | 22:30-23:30 | 2018-02-17 -> 2018-02-17T22:30:00-02:00 / 2018-02-17T23:30:00-02:00
America/Sao_Paulo | 23:15-23:45 | 2018-02-17 -> 2018-02-17T23:15:00-02:00 / 2018-02-17T23:45:00-02:00
America/Sao_Paulo | 23:00-24:00 | 2018-02-17 -> 2018-02-17T23:00:00-02:00 / 2018-02-18T00:00:00-03:00
America/Sao_Paulo | 00:00-24:00 | 2018-02-17 -> 2018-02-17T00:00:00-02:00 / 2018-02-18T00:00:00-03:00
America/Sao_Paulo | 00:00-01:00 | 2018-02-18 -> 2018-02-18T00:00:00-03:00 / 2018-02-18T01:00:00-03:00
";

/// Standard time in Ramadan: 2026-02-15, 03:00 falls back to 02:00;
/// 2026-03-22, 02:00 jumps to 03:00.
const CASABLANCA: &str = "
Africa/Casablanca | 02:30-04:00 | 2026-02-15 -> 2026-02-15T02:30:00+01:00 / 2026-02-15T04:00:00+00:00
Africa/Casablanca | 01:30-02:30 | 2026-02-15 -> 2026-02-15T01:30:00+01:00 / 2026-02-15T02:30:00+01:00
Africa/Casablanca | 02:15-02:45 | 2026-02-15 -> 2026-02-15T02:15:00+01:00 / 2026-02-15T02:45:00+01:00
Africa/Casablanca | 22:00-06:00 | 2026-02-14 -> 2026-02-14T22:00:00+01:00 / 2026-02-15T06:00:00+00:00
Africa/Casablanca | 02:30-04:00 | 2026-03-22 -> 2026-03-22T03:00:00+01:00 / 2026-03-22T04:00:00+01:00
Africa/Casablanca | 01:30-02:30 | 2026-03-22 -> 2026-03-22T01:30:00+00:00 / 2026-03-22T03:00:00+01:00
Africa/Casablanca | 02:15-02:45 | 2026-03-22 -> does not happen
Africa/Casablanca | 22:00-06:00 | 2026-03-21 -> 2026-03-21T22:00:00+00:00 / 2026-03-22T06:00:00+01:00
";

/// The 30th of December 2011 was skipped: from the end of the 29th, at -10:00,
/// to the beginning of the 31st, at +14:00.
const APIA: &str = "
Pacific/Apia | 22:00-06:00 | 2011-12-28 -> 2011-12-28T22:00:00-10:00 / 2011-12-29T06:00:00-10:00
Pacific/Apia | 22:00-06:00 | 2011-12-29 -> 2011-12-29T22:00:00-10:00 / 2011-12-31T00:00:00+14:00
Pacific/Apia | 22:00-06:00 | 2011-12-30 -> 2011-12-31T00:00:00+14:00 / 2011-12-31T06:00:00+14:00
Pacific/Apia | 22:00-06:00 | 2011-12-31 -> 2011-12-31T22:00:00+14:00 / 2012-01-01T06:00:00+14:00
Pacific/Apia | 10:00-12:00 | 2011-12-30 -> does not happen
Pacific/Apia | 00:00-24:00 | 2011-12-29 -> 2011-12-29T00:00:00-10:00 / 2011-12-31T00:00:00+14:00
Pacific/Apia | 00:00-24:00 | 2011-12-30 -> does not happen
Pacific/Apia | 00:00-24:00 | 2011-12-31 -> 2011-12-31T00:00:00+14:00 / 2012-01-01T00:00:00+14:00
Pacific/Apia | 23:00-22:00 | 2011-12-29 -> 2011-12-29T23:00:00-10:00 / 2011-12-31T00:00:00+14:00
Pacific/Apia | 23:00-22:00 | 2011-12-30 -> 2011-12-31T00:00:00+14:00 / 2011-12-31T22:00:00+14:00
";

/// +05:45 since 1986-01-01, when midnight (+05:30) jumped to 00:15.
const KATHMANDU: &str = "
Asia/Kathmandu | 22:00-06:00 | 2026-03-29 -> 2026-03-29T22:00:00+05:45 / 2026-03-30T06:00:00+05:45
Asia/Kathmandu | 00:00-24:00 | 2026-10-25 -> 2026-10-25T00:00:00+05:45 / 2026-10-26T00:00:00+05:45
Asia/Kathmandu | 00:10-00:20 | 1986-01-01 -> 1986-01-01T00:15:00+05:45 / 1986-01-01T00:20:00+05:45
Asia/Kathmandu | 00:05-00:10 | 1986-01-01 -> does not happen
Asia/Kathmandu | 23:50-00:10 | 1985-12-31 -> 1985-12-31T23:50:00+05:30 / 1986-01-01T00:15:00+05:45
Asia/Kathmandu | 23:00-01:00 | 1985-12-31 -> 1985-12-31T23:00:00+05:30 / 1986-01-01T01:00:00+05:45
";

/// A change of two hours. 2026-03-29: 01:00 jumps to 03:00. 2026-10-25: 03:00 falls back to
/// 01:00.
const TROLL: &str = "
Antarctica/Troll | 02:30-04:00 | 2026-03-29 -> 2026-03-29T03:00:00+02:00 / 2026-03-29T04:00:00+02:00
Antarctica/Troll | 00:30-01:30 | 2026-03-29 -> 2026-03-29T00:30:00+00:00 / 2026-03-29T03:00:00+02:00
Antarctica/Troll | 01:00-03:00 | 2026-03-29 -> does not happen
Antarctica/Troll | 01:30-02:30 | 2026-03-29 -> does not happen
Antarctica/Troll | 22:00-06:00 | 2026-03-28 -> 2026-03-28T22:00:00+00:00 / 2026-03-29T06:00:00+02:00
Antarctica/Troll | 02:30-04:00 | 2026-10-25 -> 2026-10-25T02:30:00+02:00 / 2026-10-25T04:00:00+00:00
Antarctica/Troll | 00:30-01:30 | 2026-10-25 -> 2026-10-25T00:30:00+02:00 / 2026-10-25T01:30:00+02:00
Antarctica/Troll | 01:30-02:30 | 2026-10-25 -> 2026-10-25T01:30:00+02:00 / 2026-10-25T02:30:00+02:00
Antarctica/Troll | 01:00-03:00 | 2026-10-25 -> 2026-10-25T01:00:00+02:00 / 2026-10-25T03:00:00+00:00
Antarctica/Troll | 22:00-06:00 | 2026-10-24 -> 2026-10-24T22:00:00+02:00 / 2026-10-25T06:00:00+00:00
";

/// 2026-03-08: midnight jumps to 01:00. 2025-11-02: 01:00 falls back to
/// midnight.
const HAVANA: &str = "
America/Havana | 00:30-02:00 | 2026-03-08 -> 2026-03-08T01:00:00-04:00 / 2026-03-08T02:00:00-04:00
America/Havana | 23:00-00:30 | 2026-03-07 -> 2026-03-07T23:00:00-05:00 / 2026-03-08T01:00:00-04:00
America/Havana | 00:00-01:00 | 2026-03-08 -> does not happen
America/Havana | 22:00-24:00 | 2026-03-07 -> 2026-03-07T22:00:00-05:00 / 2026-03-08T01:00:00-04:00
America/Havana | 00:00-24:00 | 2026-03-08 -> 2026-03-08T01:00:00-04:00 / 2026-03-09T00:00:00-04:00
America/Havana | 00:30-02:00 | 2025-11-02 -> 2025-11-02T00:30:00-04:00 / 2025-11-02T02:00:00-05:00
America/Havana | 23:00-00:30 | 2025-11-01 -> 2025-11-01T23:00:00-04:00 / 2025-11-02T00:30:00-04:00
America/Havana | 00:15-00:45 | 2025-11-02 -> 2025-11-02T00:15:00-04:00 / 2025-11-02T00:45:00-04:00
America/Havana | 00:00-01:00 | 2025-11-02 -> 2025-11-02T00:00:00-04:00 / 2025-11-02T01:00:00-05:00
America/Havana | 22:00-24:00 | 2025-11-01 -> 2025-11-01T22:00:00-04:00 / 2025-11-02T00:00:00-04:00
";

/// 2022-03-22: midnight jumps to 01:00. 2022-09-22: midnight falls back to
/// 23:00 of the 21st. None since.
const TEHRAN: &str = "
Asia/Tehran | 00:30-02:00 | 2022-03-22 -> 2022-03-22T01:00:00+04:30 / 2022-03-22T02:00:00+04:30
Asia/Tehran | 23:00-00:30 | 2022-03-21 -> 2022-03-21T23:00:00+03:30 / 2022-03-22T01:00:00+04:30
Asia/Tehran | 00:10-00:50 | 2022-03-22 -> does not happen
Asia/Tehran | 22:00-02:00 | 2022-03-21 -> 2022-03-21T22:00:00+03:30 / 2022-03-22T02:00:00+04:30
Asia/Tehran | 23:30-00:30 | 2022-09-21 -> 2022-09-21T23:30:00+04:30 / 2022-09-22T00:30:00+03:30
Asia/Tehran | 22:30-23:30 | 2022-09-21 -> 2022-09-21T22:30:00+04:30 / 2022-09-21T23:30:00+04:30
Asia/Tehran | 23:15-23:45 | 2022-09-21 -> 2022-09-21T23:15:00+04:30 / 2022-09-21T23:45:00+04:30
Asia/Tehran | 22:00-02:00 | 2022-09-21 -> 2022-09-21T22:00:00+04:30 / 2022-09-22T02:00:00+03:30
Asia/Tehran | 22:00-02:00 | 2026-03-21 -> 2026-03-21T22:00:00+03:30 / 2026-03-22T02:00:00+03:30
";

/// Far-future occurrences by current rules, which continue without end.
const TZIF_FILES: &str = "
# the last Sunday of March, 01:00 UTC, and of October: 29 and 25 in 2150, 26 and 29 in 2400,
# 28 and 31 in 9999
Europe/Berlin | 02:30-04:00 | 2150-03-29 -> 2150-03-29T03:00:00+02:00 / 2150-03-29T04:00:00+02:00
Europe/Berlin | 02:10-02:50 | 2150-03-29 -> does not happen
Europe/Berlin | 01:30-03:00 | 2150-10-25 -> 2150-10-25T01:30:00+02:00 / 2150-10-25T03:00:00+01:00
Europe/Berlin | 22:00-23:00 | 2150-07-01 -> 2150-07-01T22:00:00+02:00 / 2150-07-01T23:00:00+02:00
Europe/Berlin | 02:10-02:50 | 2400-03-26 -> does not happen
Europe/Berlin | 02:15-02:45 | 2400-10-29 -> 2400-10-29T02:15:00+02:00 / 2400-10-29T02:45:00+02:00
Europe/Berlin | 01:30-02:30 | 9999-03-28 -> 9999-03-28T01:30:00+01:00 / 9999-03-28T03:00:00+02:00
Europe/Berlin | 01:30-03:00 | 9999-10-31 -> 9999-10-31T01:30:00+02:00 / 9999-10-31T03:00:00+01:00
Europe/Berlin | 22:00-06:00 | 9999-12-30 -> 9999-12-30T22:00:00+01:00 / 9999-12-31T06:00:00+01:00
# as above, but summer is standard time, and winter goes back from it, at 01:00 UTC
Europe/Dublin | 00:30-01:30 | 2150-03-29 -> 2150-03-29T00:30:00+00:00 / 2150-03-29T02:00:00+01:00
Europe/Dublin | 01:10-01:50 | 2150-03-29 -> does not happen
Europe/Dublin | 01:30-02:30 | 2150-10-25 -> 2150-10-25T01:30:00+01:00 / 2150-10-25T02:30:00+00:00
# the second Sunday of March, the first of November: 8 and 1 in 2150
America/New_York | 02:15-02:45 | 2150-03-08 -> does not happen
America/New_York | 01:30-02:30 | 2150-03-08 -> 2150-03-08T01:30:00-05:00 / 2150-03-08T03:00:00-04:00
America/New_York | 00:30-02:30 | 2150-11-01 -> 2150-11-01T00:30:00-04:00 / 2150-11-01T02:30:00-05:00
# half an hour on the first Sunday of October, back on the first of April: 4 and 5 in 2150
Australia/Lord_Howe | 02:15-03:00 | 2150-10-04 -> 2150-10-04T02:30:00+11:00 / 2150-10-04T03:00:00+11:00
Australia/Lord_Howe | 02:00-02:30 | 2150-10-04 -> does not happen
Australia/Lord_Howe | 01:45-03:00 | 2150-04-05 -> 2150-04-05T01:45:00+11:00 / 2150-04-05T03:00:00+10:30
# an hour before the last Sunday of March; with the beginning of that of October
America/Nuuk | 23:00-24:00 | 2150-03-28 -> does not happen
America/Nuuk | 22:30-23:30 | 2150-03-28 -> 2150-03-28T22:30:00-02:00 / 2150-03-29T00:00:00-01:00
America/Nuuk | 23:15-23:45 | 2150-10-24 -> 2150-10-24T23:15:00-01:00 / 2150-10-24T23:45:00-01:00
America/Nuuk | 23:30-00:30 | 2150-10-24 -> 2150-10-24T23:30:00-01:00 / 2150-10-25T00:30:00-02:00
# 50 hours after the fourth Thursday of March begins, 26 and so Saturday 28, 02:00; in October 24
Asia/Gaza | 01:30-02:30 | 2150-03-28 -> 2150-03-28T01:30:00+02:00 / 2150-03-28T03:00:00+03:00
Asia/Gaza | 02:10-02:50 | 2150-03-28 -> does not happen
Asia/Gaza | 01:30-02:30 | 2150-10-24 -> 2150-10-24T01:30:00+03:00 / 2150-10-24T02:30:00+02:00
# 26 hours after it: Friday 27, 02:00; the last Sunday of October
Asia/Jerusalem | 02:10-02:50 | 2150-03-27 -> does not happen
Asia/Jerusalem | 01:30-02:30 | 2150-03-27 -> 2150-03-27T01:30:00+02:00 / 2150-03-27T03:00:00+03:00
Asia/Jerusalem | 01:30-02:30 | 2150-10-25 -> 2150-10-25T01:30:00+03:00 / 2150-10-25T02:30:00+02:00
# a change of two hours
Antarctica/Troll | 01:00-03:00 | 2150-03-29 -> does not happen
Antarctica/Troll | 00:30-03:30 | 2150-10-25 -> 2150-10-25T00:30:00+02:00 / 2150-10-25T03:30:00+00:00
# Morocco went back to UTC on 2026-09-20 at 02:00, and stays there
Africa/Casablanca | 00:30-01:30 | 2026-09-20 -> 2026-09-20T00:30:00+01:00 / 2026-09-20T01:30:00+01:00
Africa/Casablanca | 01:30-02:30 | 2026-09-20 -> 2026-09-20T01:30:00+01:00 / 2026-09-20T02:30:00+00:00
Africa/Casablanca | 22:00-06:00 | 2150-07-01 -> 2150-07-01T22:00:00+00:00 / 2150-07-02T06:00:00+00:00
# Cuba did not fall back on 2026-11-01, and does on 2027-11-07, 01:00
America/Havana | 00:30-02:00 | 2026-11-01 -> 2026-11-01T00:30:00-04:00 / 2026-11-01T02:00:00-04:00
America/Havana | 22:00-02:00 | 2027-03-13 -> 2027-03-13T22:00:00-04:00 / 2027-03-14T02:00:00-04:00
America/Havana | 00:30-02:00 | 2027-11-07 -> 2027-11-07T00:30:00-04:00 / 2027-11-07T02:00:00-05:00
# nor did British Columbia, Alberta and Manitoba, which never do again
America/Vancouver | 00:30-02:00 | 2026-11-01 -> 2026-11-01T00:30:00-07:00 / 2026-11-01T02:00:00-07:00
America/Edmonton | 22:00-06:00 | 2027-01-01 -> 2027-01-01T22:00:00-06:00 / 2027-01-02T06:00:00-06:00
America/Winnipeg | 22:00-06:00 | 9000-01-01 -> 9000-01-01T22:00:00-05:00 / 9000-01-02T06:00:00-05:00
Africa/Monrovia | 22:00-06:00 | 9000-01-01 -> 9000-01-01T22:00:00+00:00 / 9000-01-02T06:00:00+00:00
";

/// A parsed line.
struct Row {
    calendar: CalendarSpec,
    date: NaiveDate,
    expected: Option<(i64, i64)>,
}

fn row(line: &str, source: fn(&str) -> ZoneSource) -> Row {
    let (case, expected) = line.split_once("->").expect("case -> expected");
    let [zone, range, date] = cells(case)[..] else { panic!("zone | clock | date: {line}") };
    let expected = match expected.trim() {
        "does not happen" => None,
        interval => {
            let (start, end) = interval.split_once('/').expect("start / end");
            Some((at(start.trim()).as_millis(), at(end.trim()).as_millis()))
        }
    };
    Row {
        calendar: CalendarSpec::daily(clock(range), source(zone)),
        date: date.parse().unwrap(),
        expected,
    }
}

fn check(table: &str) {
    check_with(table, ZoneSource::built_in);
}

fn check_with(table: &str, source: fn(&str) -> ZoneSource) {
    for line in rows(table) {
        let Row { calendar, date, expected } = row(line, source);
        assert_eq!(clock_walk::occurrence(&calendar, date), expected, "clock walk: {line}");
        assert_eq!(enumerate::occurrence_of(&calendar, date), expected, "enumeration: {line}");
        let only = CalendarSpec { every: Some((1, date)), count: Some(1), ..calendar.clone() };
        check_schedule(&ScheduleSpec::Calendar(only.clone()).build(), expected, line);
        check_silencer(&ScheduleSpec::Calendar(only), expected, line);
        // The daily schedule has the same occurrence.
        if let Some((start, end)) = expected {
            let every_day = ScheduleSpec::Calendar(calendar).build();
            assert_eq!(every_day.occurrence_at(clamped(start)).map(ends), expected, "{line}");
            let last = every_day.occurrence_at(clamped(end - 1)).map(ends);
            assert_eq!(last, expected, "{line}");
        }
    }
}

/// A schedule of one date has one occurrence or none.
fn check_schedule(schedule: &Schedule, expected: Option<(i64, i64)>, line: &str) {
    let found: Vec<_> = schedule.occurrences(Interval::ALWAYS).map(ends).collect();
    assert_eq!(found, Vec::from_iter(expected), "{line}");
    assert_eq!(schedule.next_occurrence(Timestamp::MIN).map(ends), expected, "{line}");
    assert_eq!(schedule.previous_occurrence(Timestamp::END).map(ends), expected, "{line}");
    for (t, inside) in edges(expected) {
        assert_eq!(schedule.contains(clamped(t)), inside, "{line}: at {}", clamped(t));
        assert_eq!(schedule.occurrence_at(clamped(t)).is_some(), inside, "{line}");
    }
}

fn check_silencer(schedule: &ScheduleSpec, expected: Option<(i64, i64)>, line: &str) {
    let spec = WindowSpec::new("w", schedule.clone(), ScopeSpec::Entity("a".to_owned()));
    let silencer = silencer(&[spec], &TopologySpec::default());
    let subject = Subject::entity("a");
    for (t, inside) in edges(expected) {
        assert_eq!(silencer.is_silenced(subject, clamped(t)), inside, "{line}");
        let until = expected.filter(|_| inside).map(|(_, end)| SilenceEnd::At(clamped(end)));
        assert_eq!(silencer.silenced_until(subject, clamped(t)), until, "{line}");
        assert!(!silencer.is_silenced(Subject::entity("b"), clamped(t)), "{line}");
    }
    let next = silencer.next_silence(subject, Timestamp::MIN).silence();
    let found = next.map(|silence| (silence.start, silence.end));
    let expected = expected.map(|(start, end)| (clamped(start), SilenceEnd::At(clamped(end))));
    assert_eq!(found, expected, "{line}");
}

/// Instants around an interval, and whether each is inside.
fn edges(expected: Option<(i64, i64)>) -> Vec<(i64, bool)> {
    let Some((start, end)) = expected else { return vec![(0, false)] };
    let hours = (start - DAY..end + DAY).step_by(900_000);
    let near = [start, end].into_iter().flat_map(|t| [t - 1, t, t + 1]);
    hours.chain(near).map(|t| (t, start <= t && t < end)).collect()
}

#[test]
fn berlin_one_hour_change() {
    check(BERLIN);
}

#[test]
fn new_york_one_hour_change() {
    check(NEW_YORK);
}

#[test]
fn lord_howe_half_hour_change() {
    check(LORD_HOWE);
}

#[test]
fn sao_paulo_change_at_midnight() {
    check(SAO_PAULO);
}

#[test]
fn casablanca_change_in_ramadan() {
    check(CASABLANCA);
}

#[test]
fn apia_skipped_day() {
    check(APIA);
}

#[test]
fn kathmandu_quarter_hour_offset() {
    check(KATHMANDU);
}

#[test]
fn troll_two_hour_change() {
    check(TROLL);
}

#[test]
fn havana_change_at_midnight() {
    check(HAVANA);
}

#[test]
fn tehran_change_at_midnight_until_2022() {
    check(TEHRAN);
}

#[test]
fn far_future_from_file_and_built_in() {
    check_with(TZIF_FILES, ZoneSource::file);
    check(TZIF_FILES);
}

#[test]
fn files_unchanged_rules_equal_built_in() {
    for table in [BERLIN, NEW_YORK, LORD_HOWE, CASABLANCA, APIA, TROLL] {
        check_with(table, ZoneSource::file);
    }
    check_with(CASABLANCA, |_| ZoneSource::File(16));
}
