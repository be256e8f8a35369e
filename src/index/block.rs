//! The windows of one entity (or of all that share them), compiled into one
//! contiguous block that answers for every instant.
//!
//! A block is words, in this order:
//!
//! ```text
//! header     how many of each, and where the list begins
//! spans      one-time intervals, merged                        (spans.rs)
//! meters     what is alone with its period                     (meter.rs)
//! hours      the hours of the week in which a calendar matters (hours.rs)
//! circles    what repeats every day or week, merged            (pattern.rs)
//! monthlies  days of the month, one by one                     (monthly.rs)
//! rare       if there are any: what shares a period, merged; days of the
//!            month in tables; windows that are asked themselves
//! list       every window, plain or asked by alert type
//! ```
//!
//! The list is for questions about windows; `is_active` ends before it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::hours::{self, Hours};
use crate::index::item::{ALWAYS, Item, Kept, position_of};
use crate::index::meter;
use crate::index::monthly::{self, Monthly};
use crate::index::pattern::{self, Scratch, Shape};
use crate::index::spans;
use crate::index::words::Reader;
use crate::index::{Asked, Stretch};
use crate::schedule::ALL_WEEKDAYS;
use crate::time::civil::{DAY_MS, Day, WEEK_MS};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// What the numbers in a block refer to.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) zones: &'a [Zone],
    pub(super) windows: &'a [Arc<Window>],
}

/// The first word of a circle: whether it is a week, the shape of its arcs,
/// its zone.
const IS_WEEK: u32 = 1;
const SHAPE_SHIFT: u32 = 1;
const ZONE_SHIFT: u32 = SHAPE_SHIFT + Shape::BITS;

/// Added to a clock reading, makes it positive and a multiple of a week on
/// Mondays at 00:00.
const BIAS_DAYS: Day = 3 + 7 * 102_740;

/// What a block begins with.
#[derive(Clone, Copy, Debug, Default)]
struct Header {
    meters: u32,
    /// How many words hours, circles and monthlies take.
    calendars: u32,
    /// Whether there is anything rare, and when that can matter.
    rare: u32,
    /// From the header to the list.
    list: u32,
}

impl Header {
    const WORDS: usize = 4;

    #[inline(always)]
    fn read(words: &mut Reader<'_>) -> Self {
        let [meters, calendars, rare, list] = *words.words();
        Self { meters, calendars, rare, list }
    }

    fn words(self) -> [u32; Self::WORDS] {
        [self.meters, self.calendars, self.rare, self.list]
    }
}

/// What a zone's clock shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) day: Day,
    /// Milliseconds since midnight.
    pub(super) time: u32,
    /// Milliseconds from Monday 00:00 to midnight.
    week: u32,
}

/// What is rare can matter only when calendars can, or always.
const IN_SOME_HOURS: u32 = 1;
const IN_ANY_HOUR: u32 = 2;

impl Reading {
    #[inline(always)]
    fn new(reading: i64) -> Self {
        let biased = (reading + i64::from(BIAS_DAYS) * DAY_MS) as u64;
        let day = (biased / DAY_MS as u64) as u32;
        let time = (biased - u64::from(day) * DAY_MS as u64) as u32;
        // day % 7, by the fraction of day / 7: days are few enough.
        let weekday = ((u64::from(day.wrapping_mul(u32::MAX / 7 + 1)) * 7) >> 32) as u32;
        Self { day: day as Day - BIAS_DAYS, time, week: weekday * DAY_MS as u32 }
    }

    /// Where it is on a circle, and how long that is. A mask, as a processor
    /// cannot foresee which circle it is.
    #[inline(always)]
    fn position(self, head: u32) -> (u32, u32) {
        let week = (head & IS_WEEK).wrapping_neg();
        (self.time + (self.week & week), DAY_MS as u32 + ((WEEK_MS - DAY_MS) as u32 & week))
    }

    /// The day that began `from` after midnight, and how long ago that was.
    #[inline(always)]
    pub(super) fn since(self, from: u32) -> (Day, u32) {
        let before = self.time < from;
        let since = self.time.wrapping_sub(from);
        (
            self.day - Day::from(before),
            if before { since.wrapping_add(DAY_MS as u32) } else { since },
        )
    }
}

/// So many of a kind are compiled without memory from the heap.
const FEW: usize = 16;

/// Collects the windows of a block, and writes it.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    spans: SmallVec<[(i64, i64); FEW]>,
    arcs: SmallVec<[(Circle, pattern::Arc); FEW]>,
    monthlies: Vec<Monthly>,
    direct: Vec<u32>,
    hours: Hours,
    /// Whether some of `direct` keep to no hours.
    any_hour: bool,
    /// What is being written, and goes behind the rest.
    circles: Vec<u32>,
    rare: Vec<u32>,
    scratch: Scratch,
}

/// A circle of positions. Those of one zone stand together, so that its clock is
/// read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Circle {
    /// Of a zone with this number: the day, or the week.
    Clock {
        zone: u32,
        is_week: bool,
    },
    Period(u32),
}

impl Circle {
    fn modulus(self) -> u32 {
        match self {
            Self::Clock { is_week: false, .. } => DAY_MS as u32,
            Self::Clock { is_week: true, .. } => WEEK_MS as u32,
            Self::Period(modulus) => modulus,
        }
    }
}

impl Compiler {
    /// Empties it, keeping its memory.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.arcs.clear();
        self.monthlies.clear();
        self.direct.clear();
        self.hours = Hours::default();
        self.any_hour = false;
    }

    /// Adds a window that silences whatever the alert type. `number` is its
    /// place in the context, `zone_of` finds a zone by its number there.
    pub(super) fn add<'z>(&mut self, number: u32, item: &Item, zone_of: impl Fn(u32) -> &'z Zone) {
        match *item {
            Item::Nothing => {}
            Item::Span(start, end) => self.spans.push((start, end)),
            Item::Period(modulus, arc) => self.arcs.push((Circle::Period(modulus), arc)),
            Item::Days { zone, weekdays, clock, bounds: (from, until) } => {
                self.hours.insert(weekdays, clock.from_ms(), clock.duration_ms(), zone_of(zone));
                let is_week = weekdays != ALL_WEEKDAYS;
                let days = if is_week { weekdays } else { 1 };
                let length = clock.duration_ms() as u32;
                for day in (0..7).filter(|day| days >> day & 1 != 0) {
                    let start = day * DAY_MS as u32 + clock.from_ms();
                    let arc = pattern::Arc { start, length, from, until };
                    self.arcs.push((Circle::Clock { zone, is_week }, arc));
                }
            }
            Item::Month(monthly) => {
                let (from, length) = (monthly.clock.from_ms(), monthly.clock.duration_ms());
                self.hours.insert(ALL_WEEKDAYS, from, length, zone_of(monthly.zone));
                self.monthlies.push(monthly);
            }
            Item::Direct(kept) => {
                self.direct.push(number);
                match kept {
                    Some(Kept { zone, weekdays, from_ms, length_ms }) => {
                        self.hours.insert(weekdays, from_ms, length_ms, zone_of(zone));
                    }
                    None => self.any_hour = true,
                }
            }
        }
    }

    /// Appends the block of what was added, with the list of all windows.
    pub(super) fn write(&mut self, words: &mut Vec<u32>, plain: &[u32], typed: &[(u32, Asked)]) {
        let start = words.len();
        words.extend([0; Header::WORDS]);
        spans::write(words, &mut self.spans);
        let mut header = Header::default();
        self.arcs.sort_unstable_by_key(|(circle, _)| *circle);
        let (circles, rare, scratch) = (&mut self.circles, &mut self.rare, &mut self.scratch);
        // What an entity with a few windows needs is asked for at once.
        circles.reserve(16 * self.arcs.len().min(32));
        let (mut circle_count, mut rings) = (0, 0);
        for group in self.arcs.chunk_by(|(a, _), (b, _)| a == b) {
            let modulus = group[0].0.modulus();
            match group {
                [(Circle::Period(_), arc)] => {
                    header.meters += 1;
                    meter::write(words, arc, modulus, position_of(arc.from, modulus));
                }
                [(Circle::Period(_), _), ..] => {
                    rings += 1;
                    rare.push(modulus);
                    pattern::write(rare, group, (0, SHAPE_SHIFT), modulus, scratch);
                }
                [(Circle::Clock { zone, is_week }, _), ..] => {
                    circle_count += 1;
                    let week = if *is_week { IS_WEEK } else { 0 };
                    let head = (week | zone << ZONE_SHIFT, SHAPE_SHIFT);
                    pattern::write(circles, group, head, modulus, scratch);
                }
                [] => {}
            }
        }
        let calendars = words.len();
        let keeps_hours = rings == 0 && !self.any_hour;
        let has_calendars = !self.monthlies.is_empty() || circle_count > 0;
        if has_calendars || (keeps_hours && !self.direct.is_empty()) {
            self.hours.write(words);
            words.extend([circle_count, 0]);
            let monthlies = words.len() - 1;
            words.append(circles);
            words[monthlies] = self.write_monthlies(words);
        }
        header.calendars = (words.len() - calendars) as u32;
        let tables = self.write_tables();
        let direct = self.direct.len() as u32;
        if rings + tables + direct != 0 {
            header.rare = if keeps_hours { IN_SOME_HOURS } else { IN_ANY_HOUR };
            words.extend([rings, tables, direct]);
            words.append(&mut self.rare);
            words.append(&mut self.direct);
        }
        header.list = (words.len() - start) as u32;
        words[start..start + Header::WORDS].copy_from_slice(&header.words());

        words.push(plain.len() as u32);
        let typed_at = words.len();
        words.push(0);
        words.extend_from_slice(plain);
        for (number, asked) in typed {
            words.extend([*number, (asked.named.len() as u32) << 1 | u32::from(asked.others)]);
            words.extend_from_slice(&asked.named);
        }
        words[typed_at] = (words.len() - typed_at - 1 - plain.len()) as u32;
    }

    /// Writes the monthlies that are asked one by one; returns how many.
    fn write_monthlies(&mut self, words: &mut Vec<u32>) -> u32 {
        self.monthlies.sort_by_key(|monthly| (monthly.zone, is_bounded(monthly)));
        let few = self.monthlies.chunk_by(are_alike).filter(|group| group.len() < monthly::MANY);
        few.flatten().map(|monthly| monthly.write(words)).count() as u32
    }

    /// Writes the others into tables; returns how many of these there are.
    fn write_tables(&mut self) -> u32 {
        let many = self.monthlies.chunk_by(are_alike).filter(|group| group.len() >= monthly::MANY);
        many.map(|group| monthly::write_table(&mut self.rare, group)).count() as u32
    }
}

fn is_bounded(monthly: &Monthly) -> bool {
    monthly.bounds != ALWAYS
}

/// Whether two monthlies can be in one table.
fn are_alike(a: &Monthly, b: &Monthly) -> bool {
    a.zone == b.zone && !is_bounded(a) && !is_bounded(b)
}

/// The clock readings of one instant, the last one kept.
struct Clocks<'a> {
    zones: &'a [Zone],
    t: i64,
    last: (u32, Reading),
}

impl<'a> Clocks<'a> {
    #[inline(always)]
    fn new(zones: &'a [Zone], t: i64) -> Self {
        // No zone has this number.
        Self { zones, t, last: (u32::MAX, Reading { day: 0, time: 0, week: 0 }) }
    }

    #[inline(always)]
    fn reading(&mut self, zone: u32) -> Reading {
        if self.last.0 != zone {
            self.last = (zone, Reading::new(self.zones[zone as usize].high_water(self.t)));
        }
        self.last.1
    }
}

/// A block is followed by so many words at least, its own among them: what a
/// question may look at is loaded at once.
pub(super) const AHEAD: usize = 80;
/// The words of a cache line.
const LINE: usize = 16;

/// Loads what a question looks at, all at the same time and not one after the
/// other.
#[inline(always)]
pub(super) fn touch(words: &[u32]) {
    let words: &[u32; AHEAD] = words.first_chunk().expect("there is always so much");
    std::hint::black_box(words[LINE] ^ words[2 * LINE] ^ words[3 * LINE] ^ words[4 * LINE]);
}

/// Whether the block silences at `t`. What its numbers refer to is looked up
/// only where that is needed.
#[inline(always)]
pub(super) fn is_active<'a>(words: &[u32], context: impl Fn() -> Context<'a>, t: i64) -> bool {
    touch(words);
    let mut words = Reader::new(words);
    let header = Header::read(&mut words);
    if spans::contains(&mut words, t) || meter::contains(words.records(header.meters as usize), t) {
        return true;
    }
    let calendars = words.slice(header.calendars as usize);
    let may_matter = Hours::may_matter(calendars, t);
    (may_matter && is_active_by_calendar(calendars, Clocks::new(context().zones, t)))
        || (header.rare > u32::from(!may_matter) && is_active_rarely(words, context(), t))
}

/// What a processor cannot foresee costs it more than a few sums: circles and
/// monthlies are added up, and only then is it asked whether one said "yes".
#[inline(always)]
fn is_active_by_calendar(words: &[u32], mut clocks: Clocks<'_>) -> bool {
    let mut words = Reader::new(&words[hours::WORDS..]);
    let [circles, monthlies] = *words.words();
    let mut active = false;
    for _ in 0..circles {
        let [head, count] = *words.words();
        let (position, modulus) = clocks.reading(head >> ZONE_SHIFT).position(head);
        let shape = (Shape::of(head >> SHAPE_SHIFT), count);
        active |= pattern::contains(&mut words, shape, modulus, position, clocks.t);
    }
    for rule in words.records(monthlies as usize) {
        let rule = monthly::Rule::read(rule);
        active |= rule.exists(clocks.t) && rule.contains(clocks.reading(rule.zone));
    }
    active
}

#[inline(never)]
fn is_active_rarely(mut words: Reader<'_>, context: Context<'_>, t: i64) -> bool {
    let at = Timestamp::saturating(t);
    if at >= Timestamp::END {
        return false;
    }
    let mut clocks = Clocks::new(context.zones, t);
    let [rings, tables, direct] = *words.words();
    for _ in 0..rings {
        let [modulus, head, count] = *words.words();
        let shape = (Shape::of(head >> SHAPE_SHIFT), count);
        let position = position_of(t, modulus);
        if pattern::contains(&mut words, shape, modulus, position, t) {
            return true;
        }
    }
    for _ in 0..tables {
        let table = monthly::Table::read(&mut words);
        if table.contains(clocks.reading(table.zone)) {
            return true;
        }
    }
    let direct = words.slice(direct as usize);
    direct.iter().any(|number| context.windows[*number as usize].is_active(at))
}

/// How far around the present a stretch is worth extending, in milliseconds.
const NEAR_MS: i64 = 600_000;
/// In how many steps.
const STEPS: usize = 16;

/// A stretch of time around `t` in which the answer of the block stays as it
/// is: not the longest there is, but one that reaches ten minutes to either
/// side if the answer does.
pub(super) fn stretch(words: &[u32], context: Context<'_>, t: i64) -> Stretch {
    let mut found = stretch_at(words, context, t);
    for _ in 0..STEPS {
        if found.until >= t + NEAR_MS || found.until >= ALWAYS.1 {
            break;
        }
        let next = stretch_at(words, context, found.until);
        if next.answer != found.answer {
            break;
        }
        found.until = next.until;
    }
    for _ in 0..STEPS {
        if found.from <= t - NEAR_MS || found.from <= ALWAYS.0 {
            break;
        }
        let previous = stretch_at(words, context, found.from - 1);
        if previous.answer != found.answer {
            break;
        }
        found.from = previous.from;
    }
    // After the end of time nothing is silenced.
    if found.answer { found.within(ALWAYS.0, ALWAYS.1) } else { found }
}

/// A stretch that ends where a window, a clock or a calendar does something.
fn stretch_at(words: &[u32], context: Context<'_>, t: i64) -> Stretch {
    let mut words = Reader::new(words);
    let header = Header::read(&mut words);
    let mut stretch = spans::stretch(&mut words, t);
    // Distances on the clock of a zone are distances in time only while the
    // clock runs evenly.
    let on_clock = |zone: u32| {
        let piece = context.zones[zone as usize].piece_at(t);
        move |back: i64, ahead: i64| {
            if piece.runs {
                Stretch::around(t, back, ahead).within(piece.start, piece.end)
            } else {
                Stretch { from: piece.start, until: piece.end, answer: false }
            }
        }
    };
    let reading = |zone: u32| Reading::new(context.zones[zone as usize].high_water(t));
    stretch = stretch.or(meter::stretch(words.records(header.meters as usize), t));
    if let Some(calendars) = words.slice(header.calendars as usize).get(hours::WORDS..) {
        let mut words = Reader::new(calendars);
        let [circles, monthlies] = *words.words();
        for _ in 0..circles {
            let [head, count] = *words.words();
            let shape = (Shape::of(head >> SHAPE_SHIFT), count);
            let zone = head >> ZONE_SHIFT;
            let (position, modulus) = reading(zone).position(head);
            let own = pattern::stretch(&mut words, shape, modulus, position, t, on_clock(zone));
            stretch = stretch.or(own);
        }
        for rule in words.records(monthlies as usize) {
            let rule = monthly::Rule::read(rule);
            stretch = stretch.or(rule.stretch(reading(rule.zone), t, on_clock(rule.zone)));
        }
    }
    if header.rare == 0 {
        return stretch;
    }
    let [rings, tables, direct] = *words.words();
    for _ in 0..rings {
        let [modulus, head, count] = *words.words();
        let shape = (Shape::of(head >> SHAPE_SHIFT), count);
        let around = |back, ahead| Stretch::around(t, back, ahead);
        let position = position_of(t, modulus);
        let own = pattern::stretch(&mut words, shape, modulus, position, t, around);
        stretch = stretch.or(own);
    }
    for _ in 0..tables {
        let table = monthly::Table::read(&mut words);
        stretch = stretch.or(table.stretch(reading(table.zone), on_clock(table.zone)));
    }
    let at = Timestamp::saturating(t);
    for number in words.slice(direct as usize) {
        let window = &context.windows[*number as usize];
        stretch = stretch.or(match window.occurrence_at(at) {
            Some(current) => Stretch {
                from: current.start().as_millis(),
                until: current.end().as_millis(),
                answer: true,
            },
            None => Stretch {
                from: window
                    .previous_occurrence(at)
                    .map_or(i64::MIN, |previous| previous.end().as_millis()),
                until: window.next_occurrence(at).map_or(i64::MAX, |next| next.start().as_millis()),
                answer: false,
            },
        });
    }
    stretch
}

/// The windows of a block: the plain ones, and those asked by alert type.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    pub(super) plain: &'a [u32],
    typed: &'a [u32],
}

impl<'a> List<'a> {
    pub(super) fn of(words: &'a [u32]) -> Self {
        let header = Header::read(&mut Reader::new(words));
        let mut words = Reader::new(&words[header.list as usize..]);
        let (plain, typed) = (words.word() as usize, words.word() as usize);
        Self { plain: words.slice(plain), typed: words.slice(typed) }
    }

    /// How many words the windows take, no less than their number.
    pub(super) fn len(self) -> usize {
        self.plain.len() + self.typed.len()
    }

    /// The windows asked by alert type: number, types named, and whether those
    /// are the exceptions from "yes" or from "no".
    pub(super) fn typed(self) -> impl Iterator<Item = (u32, &'a [u32], bool)> + Clone + use<'a> {
        let mut words = self.typed;
        std::iter::from_fn(move || {
            let ([number, head], rest) = words.split_first_chunk()?;
            let (named, rest) = rest.split_at((head >> 1) as usize);
            words = rest;
            Some((*number, named, head & 1 != 0))
        })
    }
}

#[cfg(test)]
pub(super) mod tests;
