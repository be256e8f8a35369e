//! Calendar arithmetic (proleptic Gregorian), without zones and without range
//! checks. Days are counted from 1970-01-01.

/// Milliseconds of a calendar day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Milliseconds of a week.
pub(crate) const WEEK_MS: i64 = 7 * DAY_MS;

/// The days of 400 Gregorian years, after which the calendar repeats, weekdays
/// included.
pub(crate) const CYCLE_DAYS: i32 = 146_097;

/// The milliseconds of 400 Gregorian years.
pub(crate) const CYCLE_MS: i64 = CYCLE_DAYS as i64 * DAY_MS;

/// A count of days since 1970-01-01.
pub(crate) type Day = i32;

/// The first day on which an occurrence can begin: two days before 0001-01-01.
/// A zone behind UTC shows the day before 0001-01-01, and an occurrence may have
/// begun one day earlier.
pub(crate) const FIRST_DAY: Day = -719_164;
/// The last day that a clock can show: one day after 9999-12-31.
pub(crate) const LAST_DAY: Day = 2_932_897;

/// A count of months since January of the year 0: `year * 12 + month - 1`.
pub(crate) type Month = i32;

/// The day number of a civil date; `month` is 1..=12.
pub(crate) const fn day_of(year: i32, month: u32, day: u32) -> Day {
    // Years begin in March here, so that the leap day is the last day of a year.
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

/// The month of a day, and the day of that month (from 1).
#[inline]
pub(crate) const fn month_of(day: Day) -> (Month, u32) {
    let (year, month, dom) = date_of(day);
    (year * 12 + month as i32 - 1, dom)
}

/// The first day of a month.
pub(crate) const fn first_of(month: Month) -> Day {
    day_of(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)
}

/// The number of days of a month: 28 to 31.
#[inline]
pub(crate) const fn days_in(month: Month) -> u32 {
    let (year, index) = (month.div_euclid(12), month.rem_euclid(12));
    if index == 1 {
        28 + is_leap(year) as u32
    } else {
        // 31 and 30 alternate, and start again with 31 in August.
        30 + ((index + (index > 6) as i32) & 1 ^ 1) as u32
    }
}

/// The days of the shortest month.
pub(crate) const SHORTEST_MONTH: u32 = 28;

/// Four years, one of them with a leap day.
const FOUR_YEARS_DAYS: usize = 4 * 365 + 1;

/// 1901-01-01 to 2096-12-31: the range in which the calendar repeats every four
/// years, so that one table of 1461 entries covers it.
pub(crate) const TABLE_DAYS: std::ops::Range<Day> = day_of(1901, 1, 1)..day_of(2097, 1, 1);

/// For each day of four years, the position in its month, packed in one byte:
///
/// ```text
/// bit   7   6   5   4   3   2   1   0
///       0  |length -28 |  day of month - 1
/// ```
const MONTH_POSITIONS: [u8; FOUR_YEARS_DAYS] = {
    let mut positions = [0; FOUR_YEARS_DAYS];
    let mut day = 0;
    while day < FOUR_YEARS_DAYS {
        let (month, dom) = month_of(TABLE_DAYS.start + day as Day);
        positions[day] = ((days_in(month) - SHORTEST_MONTH) << 5 | (dom - 1)) as u8;
        day += 1;
    }
    positions
};

/// For a day of [`TABLE_DAYS`]: the length of its month minus
/// [`SHORTEST_MONTH`] (0 to 3), and the day of the month minus 1.
#[inline(always)]
pub(crate) fn month_position_fast(day: Day) -> (u32, u32) {
    let place =
        u32::from(MONTH_POSITIONS[(day - TABLE_DAYS.start) as u32 as usize % FOUR_YEARS_DAYS]);
    (place >> 5 & 3, place & 31)
}

/// The length of the month of a day, and the day of the month, from 1.
#[inline(always)]
pub(crate) fn month_position(day: Day) -> (u32, u32) {
    if TABLE_DAYS.contains(&day) {
        let (more, before) = month_position_fast(day);
        (SHORTEST_MONTH + more, before + 1)
    } else {
        month_position_slow(day)
    }
}

#[cold]
#[inline(never)]
fn month_position_slow(day: Day) -> (u32, u32) {
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
    // 1970-01-01 was a Thursday; the added weeks keep the sum positive.
    mod_7((day + 3 + 7 * 200_000) as u32)
}

/// `n % 7`, by multiplication with the reciprocal: the low 32 bits of
/// `n * (2^32 / 7)` are the fractional part of `n / 7`, and 7 times the fraction
/// is the remainder. Exact for `n` below 2^32 / 3: the reciprocal is rounded up by
/// 3/7, and so the product by `3 * n` in total.
#[inline(always)]
pub(crate) const fn mod_7(n: u32) -> u32 {
    ((n.wrapping_mul(u32::MAX / 7 + 1) as u64 * 7) >> 32) as u32
}

/// Splits a local time (milliseconds since 1970-01-01T00:00 on that clock) into
/// its day and the milliseconds since midnight.
#[inline]
pub(crate) const fn split(reading: i64) -> (Day, i64) {
    (reading.div_euclid(DAY_MS) as Day, reading.rem_euclid(DAY_MS))
}

/// [`split`] in fewer instructions, for local times within a day of the years 1
/// to 9999.
#[inline]
pub(crate) const fn split_fast(reading: i64) -> (Day, i64) {
    split_biased(reading + BIAS_MS)
}

/// Added to any day that a clock can show, gives a positive number.
const BIAS_DAYS: Day = 1_000_000;

/// [`BIAS_DAYS`] in milliseconds: added to a local time, makes it positive, so
/// that unsigned division can be used.
pub(crate) const BIAS_MS: i64 = BIAS_DAYS as i64 * DAY_MS;

/// [`split_fast`] of a local time to which [`BIAS_MS`] was added.
#[inline(always)]
pub(crate) const fn split_biased(reading: i64) -> (Day, i64) {
    let reading = reading as u64;
    let day = reading / DAY_MS as u64;
    (day as Day - BIAS_DAYS, (reading - day * DAY_MS as u64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn civil_all_days_agree_with_chrono() {
        let mut date = NaiveDate::from_ymd_opt(-1, 12, 31).unwrap();
        let mut day = day_of(-1, 12, 31);
        assert!(day < FIRST_DAY);
        while day <= LAST_DAY + 1 {
            let (year, month, dom) = date_of(day);
            assert_eq!((year, month, dom), (date.year(), date.month(), date.day()), "{date}");
            assert_eq!(day_of(year, month, dom), day);
            assert_eq!(weekday_of(day), date.weekday().num_days_from_monday());
            assert_eq!(month_position(day), (days_in(month_of(day).0), dom), "{date}");
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
