//! The windows of one entity (or of all that share them), compiled into one
//! contiguous block that answers for every instant.
//!
//! A block is words, in this order:
//!
//! ```text
//! header     how many of each, and where the list begins
//! spans      one-time intervals, merged                        (spans.rs)
//! circles    what repeats every day, week or period, merged    (pattern.rs)
//! meters     what is alone with its period                     (meter.rs)
//! monthlies  days of the month, one by one or in tables        (monthly.rs)
//! direct     windows that are asked themselves
//! list       every window, plain or asked by alert type
//! ```
//!
//! The list is for questions about windows; `is_active` ends before it.

use std::sync::Arc;

use crate::index::meter;
use crate::index::monthly::{self, Monthly};
use crate::index::pattern::{self, Shape};
use crate::index::spans;
use crate::index::words::Reader;
use crate::index::{Asked, Stretch};
use crate::schedule::View;
use crate::time::civil::DAY_MS;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// What the numbers in a block refer to.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) zones: &'a [Zone],
    pub(super) windows: &'a [Arc<Window>],
}

/// The kinds of circle.
const PERIOD: u32 = 0;
const DAY: u32 = 1;
const WEEK: u32 = 2;

/// The first word of a circle: its kind, the shape of its arcs, its zone.
const SHAPE_SHIFT: u32 = 2;
const ZONE_SHIFT: u32 = SHAPE_SHIFT + Shape::BITS;

const WEEK_MS: i64 = 7 * DAY_MS;
/// Added to a clock reading, makes it positive and a multiple of a week on
/// Mondays at 00:00.
const READING_BIAS: i64 = (3 + 7 * 102_740) * DAY_MS;
/// The same for instants, which have no weekdays.
const INSTANT_BIAS: i64 = -Timestamp::MIN.as_millis();
/// All of time.
const ALWAYS: (i64, i64) = (Timestamp::MIN.as_millis(), Timestamp::END.as_millis());

/// What a block begins with.
#[derive(Clone, Copy, Debug, Default)]
struct Header {
    circles: u32,
    meters: u32,
    monthlies: u32,
    tables: u32,
    direct: u32,
    /// From the header to the list.
    list: u32,
}

impl Header {
    const WORDS: usize = 6;

    #[inline(always)]
    fn read(words: &mut Reader<'_>) -> Self {
        let [circles, meters, monthlies, tables, direct, list] = *words.words();
        Self { circles, meters, monthlies, tables, direct, list }
    }

    fn words(self) -> [u32; Self::WORDS] {
        [self.circles, self.meters, self.monthlies, self.tables, self.direct, self.list]
    }
}

/// Collects the windows of a block, and writes it.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    spans: Vec<(i64, i64)>,
    arcs: Vec<(Circle, pattern::Arc)>,
    monthlies: Vec<Monthly>,
    direct: Vec<u32>,
}

/// A circle, with the number of its zone or its length; those of one zone stand
/// together, so that its clock is read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Circle {
    zone: u32,
    kind: u32,
    modulus: u32,
}

impl Circle {
    fn day(zone: u32) -> Self {
        Self { zone, kind: DAY, modulus: DAY_MS as u32 }
    }

    fn week(zone: u32) -> Self {
        Self { zone, kind: WEEK, modulus: WEEK_MS as u32 }
    }

    fn period(modulus: u32) -> Self {
        Self { zone: 0, kind: PERIOD, modulus }
    }
}

impl Compiler {
    /// Empties it, keeping its memory.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.arcs.clear();
        self.monthlies.clear();
        self.direct.clear();
    }

    /// Adds a window that silences whatever the alert type. `number` is its
    /// place in the context, `zone` finds the place of a zone there.
    pub(super) fn add(
        &mut self,
        number: u32,
        window: &Window,
        zone: &mut impl FnMut(&Zone) -> u32,
    ) {
        let (from, until) = window.bounds();
        let (from, until) = (from.max(ALWAYS.0), until.min(ALWAYS.1));
        if from >= until {
            return;
        }
        match window.schedule().view() {
            View::Once(interval) => {
                let (start, end) = (interval.start().as_millis(), interval.end().as_millis());
                self.spans.push((start.max(from), end.min(until)));
            }
            View::Periodic(periodic) => {
                let start = periodic.start().as_millis();
                if periodic.is_always_on() {
                    self.spans.push((start.max(from), until));
                    return;
                }
                match u32::try_from(periodic.period_ms()) {
                    Ok(modulus) => {
                        let arc = pattern::Arc {
                            start: position_of(start, modulus),
                            // Below the period, which fits.
                            length: periodic.duration_ms() as u32,
                            from: start.max(from),
                            until,
                        };
                        if arc.from < arc.until {
                            self.arcs.push((Circle::period(modulus), arc));
                        }
                    }
                    Err(_) => self.direct.push(number),
                }
            }
            View::Calendar(calendar) => {
                let (clock, dates) = (calendar.clock, &calendar.dates);
                let length = clock.duration_ms() as u32;
                let arc = |start| pattern::Arc { start, length, from, until };
                if let Some(weekdays) = dates.weekday_bits() {
                    let zone = zone(&calendar.zone);
                    if weekdays == 0x7f {
                        self.arcs.push((Circle::day(zone), arc(clock.from_ms())));
                    } else {
                        let days = (0..7).filter(|day| weekdays >> day & 1 != 0);
                        self.arcs.extend(days.map(|day| {
                            (Circle::week(zone), arc(day * DAY_MS as u32 + clock.from_ms()))
                        }));
                    }
                } else if let Some(days) = dates.month_numbers() {
                    let zone = zone(&calendar.zone);
                    self.monthlies.push(Monthly { zone, days, clock, bounds: (from, until) });
                } else {
                    self.direct.push(number);
                }
            }
            #[cfg(feature = "rrule")]
            View::Rule(_) => self.direct.push(number),
        }
    }

    /// Appends the block of what was added, with the list of all windows.
    pub(super) fn write(&mut self, words: &mut Vec<u32>, plain: &[u32], typed: &[(u32, Asked)]) {
        let start = words.len();
        words.extend([0; Header::WORDS]);
        spans::write(words, &mut self.spans);
        let mut header = Header::default();
        self.arcs.sort_unstable_by_key(|(circle, _)| *circle);
        let mut meters = Vec::new();
        for group in self.arcs.chunk_by(|(a, _), (b, _)| a == b) {
            let circle = group[0].0;
            if let [(Circle { kind: PERIOD, modulus, .. }, arc)] = group {
                header.meters += 1;
                meter::write(&mut meters, arc, *modulus, position_of(arc.from, *modulus));
                continue;
            }
            header.circles += 1;
            let arcs: Vec<_> = group.iter().map(|(_, arc)| *arc).collect();
            let head = circle.kind | circle.zone << ZONE_SHIFT;
            let writes_modulus = circle.kind == PERIOD;
            let head = (head, SHAPE_SHIFT);
            pattern::write(words, &arcs, head, circle.modulus, writes_modulus, ALWAYS);
        }
        words.append(&mut meters);
        self.write_monthlies(words, &mut header);
        words.extend_from_slice(&self.direct);
        header.direct = self.direct.len() as u32;
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

    fn write_monthlies(&mut self, words: &mut Vec<u32>, header: &mut Header) {
        let is_bounded = |monthly: &Monthly| monthly.bounds != ALWAYS;
        self.monthlies.sort_by_key(|monthly| (monthly.zone, is_bounded(monthly)));
        let alike = |a: &Monthly, b: &Monthly| a.zone == b.zone && !is_bounded(a) && !is_bounded(b);
        let mut tables = Vec::new();
        for group in self.monthlies.chunk_by(alike) {
            if group.len() >= monthly::MANY {
                header.tables += 1;
                monthly::write_table(&mut tables, group);
            } else {
                header.monthlies += group.len() as u32;
                group.iter().for_each(|monthly| monthly.write(words));
            }
        }
        words.append(&mut tables);
    }
}

/// Where an instant is on the circle of a period.
#[inline(always)]
fn position_of(t: i64, modulus: u32) -> u32 {
    ((t + INSTANT_BIAS) as u64 % u64::from(modulus)) as u32
}

/// The clock readings of one instant, the last one kept.
struct Clocks<'a> {
    zones: &'a [Zone],
    t: i64,
    last: (u32, i64),
}

impl Clocks<'_> {
    #[inline]
    fn reading(&mut self, zone: u32) -> i64 {
        if self.last.0 != zone {
            self.last = (zone, self.zones[zone as usize].high_water(self.t));
        }
        self.last.1
    }
}

/// Whether the block silences at `t`, which is inside of time.
#[inline]
pub(super) fn is_active(words: &[u32], context: Context<'_>, t: i64) -> bool {
    let mut words = Reader::new(words);
    let header = Header::read(&mut words);
    if spans::contains(&mut words, t) {
        return true;
    }
    let mut clocks = Clocks { zones: context.zones, t, last: (u32::MAX, 0) };
    for _ in 0..header.circles {
        let [head, count] = *words.words();
        let arcs = (Shape::of(head >> SHAPE_SHIFT), count);
        let (modulus, position) = match head & 3 {
            DAY => {
                let reading = (clocks.reading(head >> ZONE_SHIFT) + READING_BIAS) as u64;
                (DAY_MS as u32, (reading % DAY_MS as u64) as u32)
            }
            WEEK => {
                let reading = (clocks.reading(head >> ZONE_SHIFT) + READING_BIAS) as u64;
                (WEEK_MS as u32, (reading % WEEK_MS as u64) as u32)
            }
            _ => {
                let modulus = words.word();
                (modulus, position_of(t, modulus))
            }
        };
        if pattern::contains(&mut words, arcs, modulus, position, t) {
            return true;
        }
    }
    if meter::contains(words.records(header.meters as usize), t) {
        return true;
    }
    for rule in words.records(header.monthlies as usize) {
        let rule = monthly::Rule::read(rule);
        if rule.exists(t) && rule.contains(clocks.reading(rule.zone)) {
            return true;
        }
    }
    if header.tables | header.direct == 0 {
        return false;
    }
    for _ in 0..header.tables {
        let table = monthly::Table::read(&mut words);
        if table.contains(clocks.reading(table.zone)) {
            return true;
        }
    }
    let at = Timestamp::saturating(t);
    let direct = words.slice(header.direct as usize);
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
    let reading = |zone: u32| context.zones[zone as usize].high_water(t);
    for _ in 0..header.circles {
        let [head, count] = *words.words();
        let arcs = (Shape::of(head >> SHAPE_SHIFT), count);
        let own = if head & 3 == PERIOD {
            let modulus = words.word();
            let around = |back, ahead| Stretch::around(t, back, ahead);
            pattern::stretch(&mut words, arcs, modulus, position_of(t, modulus), t, around)
        } else {
            let zone = head >> ZONE_SHIFT;
            let modulus = if head & 3 == DAY { DAY_MS } else { WEEK_MS };
            let position = (reading(zone) + READING_BIAS) as u64 % modulus as u64;
            let (modulus, position) = (modulus as u32, position as u32);
            pattern::stretch(&mut words, arcs, modulus, position, t, on_clock(zone))
        };
        stretch = stretch.or(own);
    }
    stretch = stretch.or(meter::stretch(words.records(header.meters as usize), t));
    for rule in words.records(header.monthlies as usize) {
        let rule = monthly::Rule::read(rule);
        stretch = stretch.or(rule.stretch(reading(rule.zone), t, on_clock(rule.zone)));
    }
    for _ in 0..header.tables {
        let table = monthly::Table::read(&mut words);
        stretch = stretch.or(table.stretch(reading(table.zone), on_clock(table.zone)));
    }
    let at = Timestamp::saturating(t);
    for number in words.slice(header.direct as usize) {
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
