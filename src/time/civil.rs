//! Plain calendar arithmetic (proleptic Gregorian), with no zones and no
//! range checks: days are counted from 1970-01-01.

/// Milliseconds of a calendar day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Milliseconds of a week.
pub(crate) const WEEK_MS: i64 = 7 * DAY_MS;

/// 400 Gregorian years: after this many days the calendar repeats, weekdays
/// included.
pub(crate) const CYCLE_DAYS: i32 = 146_097;

/// The same in milliseconds.
pub(crate) const CYCLE_MS: i64 = CYCLE_DAYS as i64 * DAY_MS;

/// A count of days since 1970-01-01.
pub(crate) type Day = i32;

/// The first day that matters: the first that a clock can show is one before
/// 0001-01-01 (a zone may be behind UTC), and what began on the day before that
/// one may last into it.
pub(crate) const FIRST_DAY: Day = -719_164;
/// The last day that a clock can show: one day after 9999-12-31.
pub(crate) const LAST_DAY: Day = 2_932_897;

/// A month, counted from January of the year 0: `year * 12 + month - 1`.
pub(crate) type Month = i32;

/// The day number of a civil date; `month` is 1..=12.
pub(crate) const fn day_of(year: i32, month: u32, day: u32) -> Day {
    // Years begin in March here, so that the leap day is the last of a year.
    let year = year as i64 - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month as i64 + 9) % 12) + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * CYCLE_DAYS as i64 + day_of_era - 719_468) as i32
}

/// The civil date (year, month 1..=12, day 1..=31) of a day number.
///
/// Exact for days within a million of 1970; the arithmetic is unsigned and
/// uses one multiplication for each of century, year and month.
#[inline]
pub(crate) const fn date_of(day: Day) -> (i32, u32, u32) {
    // Shift by 8 whole cycles so that everything is positive, then split by
    // century, year and month, each as a rounded multiplication.
    let shifted = (day + 719_468 + CYCLE_DAYS * 8) as u32;
    let quarters = 4 * shifted + 3;
    let century = quarters / 146_097;
    let rest = quarters % 146_097 / 4;
    let wide = 2_939_745u64 * (4 * rest + 3) as u64;
    let year_of_century = (wide >> 32) as u32;
    let day_of_year = (wide as u32) / 2_939_745 / 4;
    let scaled = 2_141 * day_of_year + 197_913;
    let (month, dom) = (scaled >> 16, (scaled & 0xffff) / 2_141);
    let january_or_february = (day_of_year >= 306) as u32;
    let year = (100 * century + year_of_century + january_or_february) as i32 - 3200;
    (year, month - 12 * january_or_february, dom + 1)
}

/// The month that a day lies in, and its day of that month (from 1).
#[inline]
pub(crate) const fn month_of(day: Day) -> (Month, u32) {
    let (year, month, dom) = date_of(day);
    (year * 12 + month as i32 - 1, dom)
}

/// The first day of a month.
pub(crate) const fn first_of(month: Month) -> Day {
    day_of(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)
}

/// How many days a month has: 28 to 31.
#[inline]
pub(crate) const fn days_in(month: Month) -> u32 {
    let (year, index) = (month.div_euclid(12), month.rem_euclid(12));
    if index == 1 {
        28 + is_leap(year) as u32
    } else {
        // 31, 30 by turns, beginning anew in August.
        30 + ((index + (index > 6) as i32) & 1 ^ 1) as u32
    }
}

/// The days of the shortest month.
pub(crate) const SHORTEST_MONTH: u32 = 28;

/// Four years, one of them with a leap day.
const OLYMPIAD: usize = 4 * 365 + 1;

/// The days of 1901 to 2096: from the first to the last four years in a row of
/// which the last has a leap day.
pub(crate) const NEAR: std::ops::Range<Day> = day_of(1901, 1, 1)..day_of(2097, 1, 1);

/// Of each day of four years how many days more than the least its month has,
/// and how many come before it in that month.
const PLACES: [u8; OLYMPIAD] = {
    let mut places = [0; OLYMPIAD];
    let mut day = 0;
    while day < OLYMPIAD {
        let (month, dom) = month_of(NEAR.start + day as Day);
        places[day] = ((days_in(month) - SHORTEST_MONTH) << 5 | (dom - 1)) as u8;
        day += 1;
    }
    places
};

/// How many days more than the shortest the month has that a day of [`NEAR`]
/// lies in, below 4, and how many of them come before it.
#[inline(always)]
pub(crate) fn place_near(day: Day) -> (u32, u32) {
    let place = u32::from(PLACES[(day - NEAR.start) as u32 as usize % OLYMPIAD]);
    (place >> 5 & 3, place & 31)
}

/// How many days the month has that a day lies in, and which of these it is, from 1.
#[inline(always)]
pub(crate) fn place_in_month(day: Day) -> (u32, u32) {
    if NEAR.contains(&day) {
        let (more, before) = place_near(day);
        (SHORTEST_MONTH + more, before + 1)
    } else {
        place_far(day)
    }
}

#[cold]
#[inline(never)]
fn place_far(day: Day) -> (u32, u32) {
    let (month, dom) = month_of(day);
    (days_in(month), dom)
}

/// Whether a year has a 29th of February.
pub(crate) const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// 0 for Monday to 6 for Sunday.
#[inline]
pub(crate) const fn weekday_of(day: Day) -> u32 {
    // 1970-01-01 was a Thursday; the added weeks keep the sum positive. Days are
    // few enough for the fraction of a seventh to tell which of seven it is.
    let since_monday = (day + 3 + 7 * 200_000) as u32;
    ((since_monday.wrapping_mul(u32::MAX / 7 + 1) as u64 * 7) >> 32) as u32
}

/// Splits a clock reading (milliseconds since 1970-01-01T00:00 on that clock)
/// into its day and the time of day.
#[inline]
pub(crate) const fn split(reading: i64) -> (Day, i64) {
    (reading.div_euclid(DAY_MS) as Day, reading.rem_euclid(DAY_MS))
}

/// [`split`], in fewer steps, for what a clock can show in the years 1 to 9999,
/// and a day on either side.
#[inline]
pub(crate) const fn split_shown(reading: i64) -> (Day, i64) {
    split_ahead(reading + AHEAD_MS)
}

/// Days from before all that a clock can show to 1970.
const AHEAD: Day = 1_000_000;

/// What is added to a clock reading to make it positive.
pub(crate) const AHEAD_MS: i64 = AHEAD as i64 * DAY_MS;

/// [`split_shown`] of what is [ahead](AHEAD_MS) of the clock.
#[inline(always)]
pub(crate) const fn split_ahead(reading: i64) -> (Day, i64) {
    let reading = reading as u64;
    let day = reading / DAY_MS as u64;
    (day as Day - AHEAD, (reading - day * DAY_MS as u64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn every_day_agrees_with_chrono() {
        let mut date = NaiveDate::from_ymd_opt(-1, 12, 31).unwrap();
        let mut day = day_of(-1, 12, 31);
        assert!(day < FIRST_DAY);
        while day <= LAST_DAY + 1 {
            let (year, month, dom) = date_of(day);
            assert_eq!((year, month, dom), (date.year(), date.month(), date.day()), "{date}");
            assert_eq!(day_of(year, month, dom), day);
            assert_eq!(weekday_of(day), date.weekday().num_days_from_monday());
            assert_eq!(place_in_month(day), (days_in(month_of(day).0), dom), "{date}");
            let next = date.succ_opt().unwrap();
            if next.day() == 1 {
                assert_eq!(days_in(month_of(day).0), dom, "{date}");
                assert_eq!(first_of(month_of(day).0 + 1), day + 1);
            }
            date = next;
            day += 1;
        }
        assert_eq!(date_of(FIRST_DAY), (0, 12, 30));
        assert_eq!(date_of(LAST_DAY), (10_000, 1, 1));
    }
}
