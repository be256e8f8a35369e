//! Days of a month: by number, by number from the end, and by n-th weekday.

use crate::schedule::dates::fast::{LENGTHS, MaskByLength, MaskByWeekday};
use crate::time::civil::{self, Day, Month};
use crate::time::{MonthDay, MonthDayKind, ShortMonth};

/// Days of the month as bits, and as they were given, for printing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MonthDays {
    pub(super) given: Box<[MonthDay]>,
    pub(super) short_month: ShortMonth,
    /// Bit d - 1 for day d.
    from_start: u32,
    /// Bit d - 1 for the d-th day from the end.
    from_end: u32,
    ordinals: Ordinals,
}

/// The n-th weekdays of a month, from either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ordinals {
    /// For each weekday: bit n - 1 for the n-th one of the month.
    nth: [u8; 7],
    /// For each weekday: bit n - 1 for the n-th one from the end.
    nth_last: [u8; 7],
    any: bool,
}

/// A set of days of the month by number only. The index evaluates such a set in
/// a few instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MonthDayMask {
    /// Bit d - 1 for day d.
    pub(crate) from_start: u32,
    /// Bit d - 1 for the d-th day from the end.
    pub(crate) from_end: u32,
    /// Whether a day that does not exist in a month moves to its last day.
    pub(crate) clamp: bool,
}

impl MonthDayMask {
    #[inline]
    pub(crate) fn contains(self, day: Day) -> bool {
        let (length, dom) = civil::month_position(day);
        self.contains_in(length, dom)
    }

    /// Whether day `dom` of a month with `length` days is in the set.
    #[inline]
    pub(crate) fn contains_in(self, length: u32, dom: u32) -> bool {
        let numbered = self.from_start >> (dom - 1) | self.from_end >> (length - dom);
        let lacks = (self.from_start | self.from_end) >> length != 0;
        numbered & 1 != 0 || (self.clamp && dom == length && lacks)
    }
}

impl MonthDays {
    /// The days by number; `None` if there are n-th weekdays.
    pub(super) fn mask(&self) -> Option<MonthDayMask> {
        let mask = MonthDayMask {
            from_start: self.from_start,
            from_end: self.from_end,
            clamp: self.short_month == ShortMonth::Clamp,
        };
        (!self.ordinals.any).then_some(mask)
    }

    /// The mask for each length of a month; `None` if there are n-th weekdays.
    pub(super) fn by_length(&self) -> Option<MaskByLength> {
        let starting_on_monday = |length: u32| self.bits(civil::SHORTEST_MONTH + length, 0);
        (!self.ordinals.any).then(|| MaskByLength([0, 1, 2, 3].map(starting_on_monday)))
    }

    /// The mask for each weekday and length of a month.
    pub(super) fn by_weekday(&self) -> MaskByWeekday {
        let mut masks = [MaskByLength([0; LENGTHS]); 7];
        for (length, first) in (0..LENGTHS).flat_map(|length| (0..7).map(move |day| (length, day)))
        {
            let days = self.bits(civil::SHORTEST_MONTH + length as u32, first);
            for (weekday, of_weekday) in (0..).zip(&mut masks) {
                of_weekday.0[length] |= days & super::on_weekdays(1 << weekday, first);
            }
        }
        MaskByWeekday(masks)
    }

    pub(super) fn new(given: Box<[MonthDay]>, short_month: ShortMonth) -> Self {
        let mut days = Self {
            given: Box::default(),
            short_month,
            from_start: 0,
            from_end: 0,
            ordinals: Ordinals::default(),
        };
        for day in &given {
            match day.0 {
                MonthDayKind::Number(day @ 1..) => days.from_start |= 1 << (day - 1),
                MonthDayKind::Number(day) => days.from_end |= 1 << (-1 - day),
                MonthDayKind::Nth(n, weekday) => {
                    days.ordinals.insert(n, weekday.num_days_from_monday());
                }
            }
        }
        days.given = given;
        days
    }

    /// Days by number, from the start and from the end, and n-th weekdays. A month that
    /// lacks one has none.
    pub(super) fn of((from_start, from_end): (u32, u32), ordinals: Ordinals) -> Self {
        let (given, short_month) = (Box::default(), ShortMonth::Skip);
        Self { given, short_month, from_start, from_end, ordinals }
    }

    #[inline]
    pub(super) fn contains(&self, month: Month, dom: u32, weekday: u32) -> bool {
        let length = civil::days_in(month);
        let numbered = self.from_start >> (dom - 1) | self.from_end >> (length - dom);
        if numbered & 1 != 0 || self.ordinals.contains(dom, length, weekday) {
            return true;
        }
        // With `Clamp` a missing day moves to the last day of the month. This is
        // the rare case.
        dom == length
            && self.short_month == ShortMonth::Clamp
            && self.bits(length, (weekday + 35 - (dom - 1)) % 7) >> (dom - 1) & 1 != 0
    }

    /// The selected days of a month with `length` days that begins on
    /// `first_weekday`, as bits.
    pub(super) fn bits(&self, length: u32, first_weekday: u32) -> u32 {
        let all = u32::MAX >> (32 - length);
        let numbered = (self.from_start & all) | (self.from_end.reverse_bits() >> (32 - length));
        let (nth, lacks_nth) = self.ordinals.bits(length, first_weekday);
        let lacks = lacks_nth || (self.from_start | self.from_end) & !all != 0;
        let clamped = lacks && self.short_month == ShortMonth::Clamp;
        numbered | nth | u32::from(clamped) << (length - 1)
    }
}

impl Ordinals {
    /// Adds the `n`-th such weekday: 1..=5, or -5..=-1 from the end; the
    /// weekday is 0 for Monday.
    pub(crate) fn insert(&mut self, n: i8, weekday: u32) {
        let row = if n > 0 { &mut self.nth } else { &mut self.nth_last };
        row[weekday as usize] |= 1 << (n.unsigned_abs() - 1);
        self.any = true;
    }

    #[inline]
    pub(super) fn contains(&self, dom: u32, length: u32, weekday: u32) -> bool {
        let nth = self.nth[weekday as usize] >> ((dom - 1) / 7);
        let nth_last = self.nth_last[weekday as usize] >> ((length - dom) / 7);
        (nth | nth_last) & 1 != 0
    }

    /// The selected days of a month, and whether one of them does not exist in it.
    pub(super) fn bits(&self, length: u32, first_weekday: u32) -> (u32, bool) {
        let (mut bits, mut lacks) = (0, false);
        if !self.any {
            return (bits, lacks);
        }
        for weekday in 0..7 {
            let (nth, nth_last) = (self.nth[weekday as usize], self.nth_last[weekday as usize]);
            if nth | nth_last == 0 {
                continue;
            }
            // The bit of the first such weekday, and how often it is in the month.
            let first = (weekday + 7 - first_weekday) % 7;
            let count = (length - first).div_ceil(7);
            for n in 0..count {
                bits |= u32::from(nth >> n & 1) << (first + 7 * n);
                bits |= u32::from(nth_last >> n & 1) << (first + 7 * (count - 1 - n));
            }
            lacks |= (nth | nth_last) >> count != 0;
        }
        (bits, lacks)
    }
}
