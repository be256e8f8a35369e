//! Writes blocks.

use smallvec::SmallVec;

use crate::index::AlertTypeFilter;
use crate::index::block::{FEW_CALENDARS, Header, IS_WEEK, WindowList, SHAPE_SHIFT, ZONE_SHIFT};
use crate::index::calendar::{CalendarRule, Days};
use crate::index::glance::Prefilter;
use crate::index::hours::TimeOfWeekMask;
use crate::index::item::{LoweredWindow, ClockEnvelope};
use crate::index::pattern::{self, ModRange, CycleKey, Scratch, position_of};
use crate::index::words::WordReader;
use crate::index::{meter, monthly, spans};
use crate::schedule::{ALL_WEEKDAYS, MonthNumbers};
use crate::time::Zone;
use crate::time::civil::DAY_MS;

/// So many of a kind are compiled without memory from the heap.
const FEW: usize = 16;

/// Collects the windows of a block, and writes it.
#[derive(Debug, Default)]
pub(in crate::index) struct BlockWriter {
    spans: SmallVec<[(i64, i64); FEW]>,
    arcs: SmallVec<[(CycleKey, ModRange); FEW]>,
    /// With the hours in which each may matter.
    calendars: SmallVec<[(CalendarRule, TimeOfWeekMask); FEW]>,
    direct: Vec<u32>,
    /// When some of `direct` may matter.
    direct_hours: TimeOfWeekMask,
    /// What is being written, and goes behind the spans.
    rest: Vec<u32>,
    scratch: Scratch,
}

/// How many of each kind the rest has, in the order in which they are there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OverflowCounts {
    pub(super) circles: u32,
    pub(super) rings: u32,
    pub(super) monthlies: u32,
    pub(super) tables: u32,
    pub(super) direct: u32,
}

impl OverflowCounts {
    fn words(self) -> [u32; 5] {
        [self.circles, self.rings, self.monthlies, self.tables, self.direct]
    }
}

impl BlockWriter {
    /// Empties it, keeping its memory.
    pub(in crate::index) fn clear(&mut self) {
        self.spans.clear();
        self.arcs.clear();
        self.calendars.clear();
        self.direct.clear();
        self.direct_hours = TimeOfWeekMask::default();
    }

    /// Adds a window that silences whatever the alert type. `number` is its
    /// place in the context, `zone_of` finds a zone by its number there.
    pub(in crate::index) fn add<'z>(
        &mut self,
        number: u32,
        item: &LoweredWindow,
        zone_of: impl Fn(u32) -> &'z Zone,
    ) {
        match *item {
            LoweredWindow::Never => {}
            LoweredWindow::Span(start, end) => self.spans.push((start, end)),
            LoweredWindow::Periodic(modulus, arc) => self.arcs.push((CycleKey::Period(modulus), arc)),
            LoweredWindow::Calendar(calendar) => {
                self.calendars.push((calendar, calendar.hours(zone_of(calendar.zone))));
            }
            LoweredWindow::Fallback(kept) => {
                self.direct.push(number);
                let hours = kept.map_or(TimeOfWeekMask::ANY, |kept| {
                    let ClockEnvelope { zone, weekdays, from_ms, length_ms } = kept;
                    TimeOfWeekMask::of(weekdays, from_ms, length_ms, zone_of(zone))
                });
                self.direct_hours = self.direct_hours.or(hours);
            }
        }
    }

    /// Adds what is in a block, if each of its windows has a piece of its own there;
    /// returns their numbers.
    pub(in crate::index) fn take_apart<'a>(&mut self, words: &'a [u32]) -> Option<&'a [u32]> {
        let mut reader = WordReader::new(words);
        let head = Header::read(&mut reader);
        let list = WindowList::of(words);
        if head.has_rest || !list.typed.is_empty() {
            return None;
        }
        for meter in reader.records(head.meters as usize) {
            let (period, arc) = meter::arc(meter);
            self.arcs.push((CycleKey::Period(period), arc));
        }
        for (number, hours) in (0..head.calendars).zip(head.hours) {
            let calendar = head.calendar(&reader, number).calendar();
            self.calendars.push((calendar, TimeOfWeekMask::read(*hours)));
        }
        spans::each(&mut WordReader::new(&words[head.spans as usize..]), |span| self.spans.push(span));
        let pieces = self.arcs.len() + self.calendars.len() + self.spans.len();
        (pieces == list.plain.len()).then_some(list.plain)
    }

    /// Takes a window out again; whether it was there.
    pub(in crate::index) fn remove(&mut self, item: &LoweredWindow) -> bool {
        fn take<T>(from: &mut SmallVec<[T; FEW]>, is: impl Fn(&T) -> bool) -> bool {
            let at = from.iter().position(is);
            at.map(|at| from.swap_remove(at)).is_some()
        }
        match *item {
            LoweredWindow::Never | LoweredWindow::Fallback(_) => false,
            LoweredWindow::Span(start, end) => take(&mut self.spans, |known| *known == (start, end)),
            LoweredWindow::Periodic(modulus, arc) => {
                take(&mut self.arcs, |known| *known == (CycleKey::Period(modulus), arc))
            }
            LoweredWindow::Calendar(calendar) => take(&mut self.calendars, |(known, _)| *known == calendar),
        }
    }

    /// Appends the block of what was added, with the list of all windows; returns
    /// when the plain ones may matter.
    pub(in crate::index) fn write(
        &mut self,
        words: &mut Vec<u32>,
        plain: &[u32],
        typed: &[(u32, AlertTypeFilter)],
    ) -> Prefilter {
        let start = words.len();
        let mut glance = Prefilter::default();
        self.calendars.iter().for_each(|(_, hours)| glance.add(*hours));
        glance.add_spans(&self.spans);

        let many = self.calendars.len() > FEW_CALENDARS;
        if many {
            self.add_circles();
        } else {
            // Those that have bounds go first.
            self.calendars.sort_by_key(|(calendar, _)| !calendar.is_bounded());
        }
        self.arcs.sort_unstable_by_key(|(circle, _)| *circle);
        let has_rings = self.arcs.windows(2).any(|two| two[0].0 == two[1].0);
        let has_rest = many || has_rings || !self.direct.is_empty();
        let few = if many { &[][..] } else { &self.calendars[..] };

        // What is not known yet is written when it is.
        words.extend([0; 2]);
        words.extend(few.iter().map(|(_, hours)| hours.word()));
        let rest_hours = words.len();
        words.extend(has_rest.then_some(0));
        let (calendars, bounded) = (few.len(), few.partition_point(|(one, _)| one.is_bounded()));
        let mut counts = OverflowCounts::default();
        let meters = self.write_arcs(words, &mut counts);
        if many {
            self.write_monthlies(&mut counts);
        } else {
            self.calendars.iter().for_each(|(calendar, _)| calendar.write(words));
        }
        counts.direct = self.direct.len() as u32;
        self.rest.append(&mut self.direct);

        words.push(0);
        let spans = words.len();
        spans::write(words, &mut self.spans);
        if has_rest {
            let mut hours = if counts.rings == 0 { self.direct_hours } else { TimeOfWeekMask::ANY };
            if many {
                hours = self.calendars.iter().fold(hours, |all, (_, hours)| all.or(*hours));
            }
            glance.add(hours);
            words[rest_hours] = hours.word();
            words.extend(counts.words());
            words.append(&mut self.rest);
        }
        if meters != 0 {
            glance.add(TimeOfWeekMask::ANY);
        }
        words[spans - 1] = (words.len() - start) as u32;
        words[start] = Header::counts(meters, calendars, bounded, has_rest);
        words[start + 1] = (spans - start) as u32;

        words.push(plain.len() as u32);
        let typed_at = words.len();
        words.push(0);
        words.extend_from_slice(plain);
        for (number, asked) in typed {
            words.extend([*number, (asked.named.len() as u32) << 1 | u32::from(asked.others)]);
            words.extend_from_slice(&asked.named);
        }
        words[typed_at] = (words.len() - typed_at - 1 - plain.len()) as u32;
        glance
    }

    /// The calendars on days of the week, as arcs.
    fn add_circles(&mut self) {
        for (calendar, _) in &self.calendars {
            let CalendarRule { zone, days: Days::Week(weekdays), clock, bounds: (from, until) } =
                *calendar
            else {
                continue;
            };
            let is_week = weekdays != ALL_WEEKDAYS;
            let days = if is_week { weekdays } else { 1 };
            let length = clock.duration_ms() as u32;
            for day in (0..7).filter(|day| days >> day & 1 != 0) {
                let start = day * DAY_MS as u32 + clock.from_ms();
                let arc = ModRange { start, length, from, until };
                self.arcs.push((CycleKey::Clock { zone, is_week }, arc));
            }
        }
    }

    /// Writes what is alone with its period, and behind the spans what is not;
    /// returns how many are alone. Arcs of one circle stand together.
    fn write_arcs(&mut self, words: &mut Vec<u32>, counts: &mut OverflowCounts) -> u32 {
        let (rest, scratch) = (&mut self.rest, &mut self.scratch);
        let mut meters = 0;
        for group in self.arcs.chunk_by(|(a, _), (b, _)| a == b) {
            let modulus = group[0].0.modulus();
            match group {
                [(CycleKey::Clock { zone, is_week }, _), ..] => {
                    counts.circles += 1;
                    let week = if *is_week { IS_WEEK } else { 0 };
                    let head = (week | zone << ZONE_SHIFT, SHAPE_SHIFT);
                    pattern::write(rest, group, head, modulus, scratch);
                }
                [(CycleKey::Period(_), arc)] => {
                    meters += 1;
                    meter::write(words, arc, modulus, position_of(arc.from, modulus));
                }
                [(CycleKey::Period(_), _), ..] => {
                    counts.rings += 1;
                    rest.push(modulus);
                    pattern::write(rest, group, (0, SHAPE_SHIFT), modulus, scratch);
                }
                [] => {}
            }
        }
        meters
    }

    /// Writes the calendars on days of the month, those asked one by one and then
    /// those in tables.
    fn write_monthlies(&mut self, counts: &mut OverflowCounts) {
        let calendars = self.calendars.iter().map(|(calendar, _)| calendar);
        let mut monthlies: Vec<(&CalendarRule, MonthNumbers)> = calendars
            .filter_map(|calendar| match calendar.days {
                Days::Month(days) => Some((calendar, days)),
                Days::Week(_) => None,
            })
            .collect();
        monthlies.sort_by_key(|(monthly, _)| (monthly.zone, monthly.is_bounded()));
        let groups = || monthlies.chunk_by(|(a, _), (b, _)| are_alike(a, b));
        for (monthly, _) in groups().filter(|group| group.len() < monthly::MANY).flatten() {
            counts.monthlies += 1;
            monthly.write_whole(&mut self.rest);
        }
        for group in groups().filter(|group| group.len() >= monthly::MANY) {
            counts.tables += 1;
            let monthlies = group.iter().map(|(monthly, days)| (*days, monthly.clock));
            monthly::write_table(&mut self.rest, group[0].0.zone, monthlies);
        }
    }
}

/// Whether two monthlies can be in one table.
fn are_alike(a: &CalendarRule, b: &CalendarRule) -> bool {
    a.zone == b.zone && !a.is_bounded() && !b.is_bounded()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::bounds::ALWAYS;

    #[test]
    fn monthlies_are_alike_in_one_zone_without_bounds() {
        let of = |zone, bounds| CalendarRule {
            zone,
            days: Days::Month(MonthNumbers { from_start: 1, from_end: 0, clamp: false }),
            clock: "09:00-11:00".parse().unwrap(),
            bounds,
        };
        let (ever, bound) = (ALWAYS, (0, ALWAYS.1));
        assert!(!of(0, ever).is_bounded() && of(0, bound).is_bounded());
        assert!(are_alike(&of(1, ever), &of(1, ever)));
        assert!(!are_alike(&of(1, ever), &of(2, ever)));
        assert!(!are_alike(&of(1, bound), &of(1, ever)) && !are_alike(&of(1, ever), &of(1, bound)));
        assert!(!are_alike(&of(1, bound), &of(1, bound)));
    }
}
