//! The windows of one entity (or of all that share them), compiled into one
//! contiguous block that answers for every instant.
//!
//! A block is words, in this order:
//!
//! ```text
//! [circles << 16 | monthlies] [direct] [words from here to the list]
//! spans      one-time intervals, merged                      (spans.rs)
//! circles    [kind | zone << 2] [modulus, if a period] arcs  (pattern.rs)
//! monthlies  days of the month by number, one by one
//! direct     windows that are asked themselves
//! list       [plain] [typed words] every window, plain or asked by alert type
//! ```
//!
//! The list is for questions about windows; `is_active` ends before it.

use std::sync::Arc;

use crate::index::pattern;
use crate::index::spans;
use crate::index::words::{Reader, push_i64};
use crate::index::{Asked, Stretch};
use crate::schedule::{MonthNumbers, View};
use crate::time::civil::{self, DAY_MS};
use crate::time::{ClockRange, Timestamp, Zone};
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

const WEEK_MS: i64 = 7 * DAY_MS;
/// Added to a clock reading, makes it positive and a multiple of a week on
/// Mondays at 00:00.
const READING_BIAS: i64 = (3 + 7 * 102_740) * DAY_MS;
/// The same for instants, which have no weekdays.
const INSTANT_BIAS: i64 = -Timestamp::MIN.as_millis();
/// All of time.
const ALWAYS: (i64, i64) = (Timestamp::MIN.as_millis(), Timestamp::END.as_millis());

/// The last circle or monthly that is counted; more are asked directly.
const MOST: usize = u16::MAX as usize;

/// Collects the windows of a block, and writes it.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    spans: Vec<(i64, i64)>,
    /// Kind and zone or modulus, and the arcs; few, so a list will do.
    circles: Vec<(Circle, Vec<pattern::Arc>)>,
    monthlies: Vec<Monthly>,
    direct: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Circle {
    Period(u32),
    Day(u32),
    Week(u32),
}

#[derive(Clone, Copy, Debug)]
struct Monthly {
    zone: u32,
    days: MonthNumbers,
    clock: ClockRange,
    bounds: (i64, i64),
}

impl Compiler {
    /// Empties it, keeping its memory.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.circles.clear();
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
                    Ok(modulus) if self.has_room(Circle::Period(modulus)) => {
                        let start_at = (start + INSTANT_BIAS) as u64 % u64::from(modulus);
                        let arc = pattern::Arc {
                            start: start_at as u32,
                            // Below the period, which fits.
                            length: periodic.duration_ms() as u32,
                            from: start.max(from),
                            until,
                        };
                        self.circle(Circle::Period(modulus)).push(arc);
                    }
                    _ => self.direct.push(number),
                }
            }
            View::Calendar(calendar) => {
                let (clock, dates) = (calendar.clock, &calendar.dates);
                let length = clock.duration_ms() as u32;
                if let Some(weekdays) = dates.weekday_bits() {
                    let zone = zone(&calendar.zone);
                    let arc = |start| pattern::Arc { start, length, from, until };
                    let daily = weekdays == 0x7f;
                    let circle = if daily { Circle::Day(zone) } else { Circle::Week(zone) };
                    if !self.has_room(circle) {
                        self.direct.push(number);
                    } else if daily {
                        self.circle(circle).push(arc(clock.from_ms()));
                    } else {
                        let days = (0..7).filter(|day| weekdays >> day & 1 != 0);
                        let arcs = days.map(|day| arc(day * DAY_MS as u32 + clock.from_ms()));
                        self.circle(circle).extend(arcs);
                    }
                } else if let Some(days) = dates.month_numbers()
                    && self.monthlies.len() < MOST
                {
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

    fn has_room(&self, circle: Circle) -> bool {
        self.circles.len() < MOST || self.circles.iter().any(|(known, _)| *known == circle)
    }

    fn circle(&mut self, circle: Circle) -> &mut Vec<pattern::Arc> {
        let index = match self.circles.iter().position(|(known, _)| *known == circle) {
            Some(index) => index,
            None => {
                self.circles.push((circle, Vec::new()));
                self.circles.len() - 1
            }
        };
        &mut self.circles[index].1
    }

    /// Appends the block of what was added, with the list of all windows.
    pub(super) fn write(&mut self, words: &mut Vec<u32>, plain: &[u32], typed: &[(u32, Asked)]) {
        // Circles of one zone stand together, so that its clock is read once.
        let zone_of = |circle: &Circle| match circle {
            Circle::Period(_) => u32::MAX,
            Circle::Day(zone) | Circle::Week(zone) => *zone,
        };
        self.circles.sort_unstable_by_key(|(circle, _)| (zone_of(circle), *circle));
        self.monthlies.sort_unstable_by_key(|monthly| monthly.zone);

        let start = words.len();
        words.push((self.circles.len() as u32) << 16 | self.monthlies.len() as u32);
        words.push(self.direct.len() as u32);
        words.push(0);
        spans::write(words, &mut self.spans);
        for (circle, arcs) in &self.circles {
            let modulus = match circle {
                Circle::Period(modulus) => {
                    words.extend([PERIOD, *modulus]);
                    *modulus
                }
                Circle::Day(zone) => {
                    words.push(DAY | zone << 2);
                    DAY_MS as u32
                }
                Circle::Week(zone) => {
                    words.push(WEEK | zone << 2);
                    WEEK_MS as u32
                }
            };
            pattern::write(words, arcs, modulus, ALWAYS);
        }
        for monthly in &self.monthlies {
            monthly.write(words);
        }
        words.extend_from_slice(&self.direct);
        words[start + 2] = (words.len() - start) as u32;

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
}

impl Monthly {
    fn write(&self, words: &mut Vec<u32>) {
        let bounded = self.bounds != ALWAYS;
        let flags = u32::from(bounded) | u32::from(self.days.clamp) << 1;
        words.extend([flags | self.zone << 2, self.days.from_start, self.days.from_end]);
        words.extend([self.clock.from_ms(), self.clock.duration_ms() as u32]);
        if bounded {
            push_i64(words, self.bounds.0);
            push_i64(words, self.bounds.1);
        }
    }
}

/// A monthly as written.
struct MonthlyRule {
    zone: u32,
    days: MonthNumbers,
    from_ms: i64,
    duration_ms: i64,
    bounds: (i64, i64),
}

impl MonthlyRule {
    #[inline]
    fn read(words: &mut Reader<'_>) -> Self {
        let head = words.word();
        let days =
            MonthNumbers { from_start: words.word(), from_end: words.word(), clamp: head & 2 != 0 };
        let (from_ms, duration_ms) = (i64::from(words.word()), i64::from(words.word()));
        let bounds = if head & 1 != 0 { (words.i64(), words.i64()) } else { ALWAYS };
        Self { zone: head >> 2, days, from_ms, duration_ms, bounds }
    }
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
pub(super) fn is_active(words: &[u32], context: Context<'_>, t: i64) -> bool {
    let mut words = Reader::new(words);
    let (counts, direct) = (words.word(), words.word());
    words.word();
    if spans::contains(&mut words, t) {
        return true;
    }
    let mut clocks = Clocks { zones: context.zones, t, last: (u32::MAX, 0) };
    for _ in 0..counts >> 16 {
        let head = words.word();
        let (modulus, position) = match head & 3 {
            PERIOD => {
                let modulus = words.word();
                (modulus, (t + INSTANT_BIAS) as u64 % u64::from(modulus))
            }
            DAY => {
                let reading = clocks.reading(head >> 2) + READING_BIAS;
                (DAY_MS as u32, reading as u64 % DAY_MS as u64)
            }
            _ => {
                let reading = clocks.reading(head >> 2) + READING_BIAS;
                (WEEK_MS as u32, reading as u64 % WEEK_MS as u64)
            }
        };
        if pattern::contains(&mut words, modulus, position as u32, t) {
            return true;
        }
    }
    for _ in 0..counts & 0xffff {
        let monthly = MonthlyRule::read(&mut words);
        if monthly.bounds.0 <= t && t < monthly.bounds.1 {
            let (date, since) = civil::split(clocks.reading(monthly.zone) - monthly.from_ms);
            if since < monthly.duration_ms && monthly.days.contains(date) {
                return true;
            }
        }
    }
    let at = Timestamp::saturating(t);
    words
        .slice(direct as usize)
        .iter()
        .any(|number| context.windows[*number as usize].is_active(at))
}

/// A stretch of time around `t` in which the answer of the block stays as it
/// is: not the longest there is, but one that ends where a window, a clock or
/// a calendar does something.
pub(super) fn stretch(words: &[u32], context: Context<'_>, t: i64) -> Stretch {
    let mut words = Reader::new(words);
    let (counts, direct) = (words.word(), words.word());
    words.word();
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
    for _ in 0..counts >> 16 {
        let head = words.word();
        if head & 3 == PERIOD {
            let modulus = words.word();
            let position = (t + INSTANT_BIAS) as u64 % u64::from(modulus);
            let around =
                |back: u32, ahead: u32| Stretch::around(t, i64::from(back), i64::from(ahead));
            stretch =
                stretch.or(pattern::stretch(&mut words, modulus, position as u32, t, &around));
        } else {
            let modulus = if head & 3 == DAY { DAY_MS } else { WEEK_MS };
            let position = (reading(head >> 2) + READING_BIAS) as u64 % modulus as u64;
            let on_clock = on_clock(head >> 2);
            let around = |back: u32, ahead: u32| on_clock(i64::from(back), i64::from(ahead));
            let own = pattern::stretch(&mut words, modulus as u32, position as u32, t, &around);
            stretch = stretch.or(own);
        }
    }
    for _ in 0..counts & 0xffff {
        let monthly = MonthlyRule::read(&mut words);
        let (from, until) = monthly.bounds;
        let (date, since) = civil::split(reading(monthly.zone) - monthly.from_ms);
        let on_clock = on_clock(monthly.zone);
        stretch = stretch.or(if t < from {
            Stretch { from: i64::MIN, until: from, answer: false }
        } else if t >= until {
            Stretch { from: until, until: i64::MAX, answer: false }
        } else if !monthly.days.contains(date) {
            on_clock(since, DAY_MS - since).answering(false).within(from, until)
        } else if since < monthly.duration_ms {
            on_clock(since, monthly.duration_ms - since).answering(true).within(from, until)
        } else {
            let back = since - monthly.duration_ms;
            on_clock(back, DAY_MS - since).answering(false).within(from, until)
        });
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
    pub(super) const EMPTY: Self = Self { plain: &[], typed: &[] };

    pub(super) fn of(words: &'a [u32]) -> Self {
        let mut words = Reader::new(&words[words[2] as usize..]);
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
