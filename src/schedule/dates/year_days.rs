//! Days of a year: by number, by week number, and by n-th weekday.

use crate::time::civil::{self, Day, Month};

/// Days of the year, as one bitmap for each of the 28 shapes of a year.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct YearDays(Box<[[u64; 6]; SHAPES]>);

/// A shape is the weekday of January 1st (7) and the position of the leap day (4):
/// in none of the three years around, in this one, in the one before, or in the
/// one after. The neighbouring years determine the week numbers at both ends.
const SHAPES: usize = 28;

/// The properties of a year that determine the days in it.
#[cfg(feature = "rrule")]
#[derive(Clone, Copy)]
struct Shape {
    /// The weekday of January 1st, 0 for Monday.
    january_first: i32,
    /// The lengths of the year before, this year and the year after, in days.
    lengths: [i32; 3],
}

/// The index of a year's shape, and its January 1st.
#[inline]
fn shape_of(year: i32) -> (usize, Day) {
    let first = civil::day_of(year, 1, 1);
    // At most one in four years is a leap year.
    let leap = match year & 3 {
        0 => usize::from(civil::is_leap(year)),
        1 => 2 * usize::from(civil::is_leap(year - 1)),
        2 => 0,
        _ => 3 * usize::from(civil::is_leap(year + 1)),
    };
    (leap * 7 + civil::weekday_of(first) as usize, first)
}

/// The position of a day in its year.
#[cfg(feature = "rrule")]
pub(crate) struct YearDay {
    /// 1 for January 1st.
    pub(crate) number: i32,
    /// -1 for December 31st.
    pub(crate) number_from_end: i32,
    /// 0 for Monday.
    pub(crate) weekday: u32,
    /// The number of its week, in the year to which the week belongs.
    pub(crate) week: i32,
    /// -1 for the last week of the year to which the week belongs.
    pub(crate) week_from_end: i32,
}

#[cfg(feature = "rrule")]
impl YearDays {
    /// The days for which `selects` holds; weeks begin on `week_start`, 0 for
    /// Monday.
    pub(crate) fn new(week_start: u32, selects: impl Fn(&YearDay) -> bool) -> Self {
        let mut masks = Box::new([[0; 6]; SHAPES]);
        for (shape, mask) in Shape::all().zip(masks.iter_mut()) {
            for index in 0..shape.lengths[1] {
                if selects(&shape.day(index, week_start as i32)) {
                    mask[index as usize / 64] |= 1 << (index % 64);
                }
            }
        }
        Self(masks)
    }
}

#[cfg(feature = "rrule")]
impl Shape {
    /// In the order of [`shape_of`].
    fn all() -> impl Iterator<Item = Self> {
        (0..4).flat_map(|leap| {
            (0..7).map(move |january_first| {
                let length = |year| 365 + i32::from(leap == year);
                Self { january_first, lengths: [length(2), length(1), length(3)] }
            })
        })
    }

    /// The `index`-th day, from 0.
    fn day(self, index: i32, week_start: i32) -> YearDay {
        let length = self.lengths[1];
        // Week 1 is the first with four days or more in the year; this is the
        // index of its first day, which may be in the year before.
        let week_1 = |january_first: i32| {
            let into_week = (january_first - week_start).rem_euclid(7);
            if into_week <= 3 { -into_week } else { 7 - into_week }
        };
        let before = week_1(self.january_first - self.lengths[0]) - self.lengths[0];
        let this = week_1(self.january_first);
        let after = week_1(self.january_first + length) + length;
        let then = week_1(self.january_first + length + self.lengths[2]) + length + self.lengths[2];
        let (begin, end) = match index {
            _ if index < this => (before, this),
            _ if index < after => (this, after),
            _ => (after, then),
        };
        YearDay {
            number: index + 1,
            number_from_end: index - length,
            weekday: (self.january_first + index).rem_euclid(7) as u32,
            week: (index - begin) / 7 + 1,
            week_from_end: -((end - 1 - index) / 7 + 1),
        }
    }
}

impl YearDays {
    #[inline]
    pub(super) fn contains(&self, day: Day, month: Month) -> bool {
        let (shape, first) = shape_of(month.div_euclid(12));
        let index = (day - first) as usize;
        self.0[shape][index / 64] >> (index % 64) & 1 != 0
    }

    /// The days of a month that begins on `first`, as bits.
    pub(super) fn bits(&self, month: Month, first: Day) -> u32 {
        let (shape, january_first) = shape_of(month.div_euclid(12));
        let index = (first - january_first) as usize;
        let (word, shift) = (index / 64, index % 64);
        let mask = &self.0[shape];
        let next = mask.get(word + 1).copied().unwrap_or(0);
        // Two shifts, because a shift by 64 is not defined.
        (mask[word] >> shift | next << 1 << (63 - shift)) as u32
    }
}
