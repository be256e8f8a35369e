//! `timeline`: computes the layout of a timeline (rows, bars and axis), which
//! `terminal` and `svg` draw.
//!
//! The ticks of the axis (midnights, Mondays, first days of months) are computed
//! as occurrences of whole-day schedules, so that clock changes apply to them as
//! they do to windows.

use std::process::ExitCode;

use quietude::calendar::{Operator, Search};
use quietude::zone::Transition;
use quietude::{
    ClockRange, Daily, Effect, Interval, MonthDay, Monthly, NextSilence, Propagation, Registry,
    Schedule, Scope, SilenceEnd, Silencer, Subject, Timestamp, Weekday, Weekly, Window, Zone,
};

use crate::args::TimelineArgs;
use crate::output::{print, write_file};
use crate::progress::Progress;
use crate::query::Query;
use crate::{Error, format, svg, terminal, timeline_json, when};

const DEFAULT_COLUMNS: u16 = 100;
const DAY_MS: u32 = 86_400_000;

pub(crate) fn run(args: &TimelineArgs) -> Result<ExitCode, Error> {
    let alerts = args.subject.alerts()?;
    let mut query = Query::new(&args.subject)?;
    match alerts.as_deref() {
        Some([labels]) => query.about(labels),
        Some(alerts) => {
            let count = alerts.len();
            return Err(
                format!("--alert: the file has {count} alerts; a timeline is of one").into()
            );
        }
        None => {}
    }
    let zone = args.subject.zones.timezone(args.timezone.as_deref())?;
    let zone = zone.unwrap_or_else(|| most_used_zone(query.covering()));
    let within = when::interval(&args.from, &args.to, &zone)?;
    let progress = Progress::start("drawing");
    let text = if args.json {
        // Silences that are nearer than this part of the interval are merged.
        const PARTS: i64 = 100_000;
        let layout =
            Layout::new(&query, within, zone, Scale { resolution: PARTS, min_label_gap: 1 })?;
        format!("{}\n", timeline_json::form(&layout))
    } else if let Some(file) = &args.svg {
        let layout = Layout::new(&query, within, zone, svg::SCALE)?;
        write_file(file, svg::draw(&layout).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    } else {
        let canvas = terminal::Canvas::new(&query, args.width.unwrap_or_else(columns));
        let layout = Layout::new(&query, within, zone, canvas.scale())?;
        canvas.draw(&layout)
    };
    drop(progress);
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

#[allow(clippy::disallowed_methods, reason = "the width of the terminal")]
fn columns() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(DEFAULT_COLUMNS).clamp(40, 1000)
}

/// The zone that most of the windows use; on a tie, the one that comes first. UTC if no
/// window has a zone.
pub(crate) fn most_used_zone<'a>(windows: impl Iterator<Item = &'a Window>) -> Zone {
    let mut counts: Vec<(&Zone, usize)> = Vec::new();
    for zone in windows.filter_map(|window| window.schedule().zone()) {
        match counts.iter_mut().find(|(known, _)| *known == zone) {
            Some((_, count)) => *count += 1,
            None => counts.push((zone, 1)),
        }
    }
    let first_maximum = counts.iter().rev().max_by_key(|(_, count)| *count);
    first_maximum.map_or_else(Zone::utc, |(zone, _)| (*zone).clone())
}

/// The resolution of a drawing.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Number of positions along the axis.
    pub(crate) resolution: i64,
    /// Minimum distance of two axis labels, in positions.
    pub(crate) min_label_gap: i64,
}

/// Everything that a drawing shows.
pub(crate) struct Layout {
    pub(crate) title: String,
    pub(crate) zone: Zone,
    pub(crate) within: Interval,
    /// The union of all windows.
    pub(crate) union: Row,
    /// One row for each window that silences the subject within the interval.
    pub(crate) rows: Vec<Row>,
    pub(crate) axis: Axis,
    pub(crate) weekends: Vec<Interval>,
    pub(crate) changes: Vec<Transition>,
    /// Windows that cover the subject and have no occurrence in the interval:
    /// id and reason.
    pub(crate) absent: Vec<(String, String)>,
}

pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) name: Option<String>,
    pub(crate) detail: String,
    /// In drawing order: stronger effects come later and are drawn on top.
    pub(crate) bars: Vec<Bar>,
}

pub(crate) struct Bar {
    pub(crate) interval: Interval,
    pub(crate) effect: Effect,
    /// Whether it stands for several silences that are too short to draw
    /// separately.
    pub(crate) merged: bool,
    /// The ids of the windows that are active in it. Only in the union row.
    pub(crate) by: Vec<String>,
}

impl Layout {
    fn new(query: &Query<'_>, within: Interval, zone: Zone, scale: Scale) -> Result<Self, Error> {
        let grain_ms = (within.duration_ms() / scale.resolution).max(1);
        let (mut rows, mut absent, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        let mut monitoring = Registry::new();
        for window in query.covering() {
            let silencer = compile_for_everyone([window])?;
            let subject = Subject::entity("anyone");
            let bars = bars(&silencer, subject, within, grain_ms, window.effect());
            let label = format::plain(window.id().as_str());
            if bars.is_empty() {
                absent.push((label, absence_reason(window, within, &zone)));
                continue;
            }
            if window.effect() == Effect::Monitoring {
                monitoring.insert(window.clone())?;
            }
            let name = window.name().map(format::plain);
            rows.push(Row { label, name, detail: format::schedule(window), bars });
            parts.push((rows.len(), part_rows(window, within, grain_ms)?));
        }

        let (silencer, subject) = (&query.silencer, query.subject());
        let mut union = bars(silencer, subject, within, grain_ms, Effect::Notifications);
        let monitoring = compile_for_everyone(monitoring.iter().map(|window| &**window))?;
        let anyone = Subject::entity("anyone");
        union.extend(bars(&monitoring, anyone, within, grain_ms, Effect::Monitoring));
        for bar in &mut union {
            let is_active = |row: &&Row| {
                let shares = |other: &Bar| other.interval.intersect(bar.interval).is_some();
                row.bars.iter().any(|other| other.effect >= bar.effect && shares(other))
            };
            bar.by = rows.iter().filter(is_active).map(|row| row.label.clone()).collect();
        }

        // The rows of parts follow that of their window.
        for (index, part_rows) in parts.into_iter().rev() {
            rows.splice(index..index, part_rows);
        }
        let axis = Axis::new(within, &zone, grain_ms.saturating_mul(scale.min_label_gap));
        let weekends = if axis.shows_days {
            let weekend = [Weekday::Sat, Weekday::Sun];
            let weekend = Weekly::new(weekend, ClockRange::WHOLE_DAY, zone.clone())?;
            let days = Schedule::from(weekend);
            days.occurrences(within).filter_map(|day| day.intersect(within)).collect()
        } else {
            Vec::new()
        };
        Ok(Self {
            title: query.title(),
            union: Row {
                label: "silenced".to_owned(),
                name: None,
                detail: "the union of all windows below".to_owned(),
                bars: union,
            },
            rows,
            changes: zone.transitions(within).collect(),
            axis,
            weekends,
            absent,
            within,
            zone,
        })
    }

    /// The position of `t` on an axis with `resolution` positions.
    pub(crate) fn position(&self, t: Timestamp, resolution: i64) -> i64 {
        let since = i128::from(t.as_millis() - self.within.start().as_millis());
        let position = since * i128::from(resolution) / i128::from(self.within.duration_ms());
        i64::try_from(position).expect("the instant is within the interval")
    }

    /// The start of a position on an axis with `resolution` positions, in
    /// milliseconds since the epoch.
    pub(crate) fn instant_ms(&self, position: i64, resolution: i64) -> i64 {
        let duration_ms = i128::from(self.within.duration_ms());
        let since = i128::from(position) * duration_ms / i128::from(resolution);
        let since = i64::try_from(since).expect("the position is on the axis");
        self.within.start().as_millis() + since
    }

    /// `Sat 24 Oct 2026 00:00 to Tue 27 Oct 2026 00:00, Europe/Paris`
    pub(crate) fn span(&self) -> String {
        let time = |t| match t {
            Timestamp::END => "the end of time".to_owned(),
            t => format::local_time(t, &self.zone, "%a %-d %b %Y"),
        };
        format!("{} to {}, {}", time(self.within.start()), time(self.within.end()), self.zone)
    }

    /// Describes a clock change in one line of English.
    pub(crate) fn describe_change(&self, change: &Transition) -> String {
        describe_change(change, &self.zone)
    }
}

/// Describes a clock change of a zone in one line of English.
pub(crate) fn describe_change(change: &Transition, zone: &Zone) -> String {
    let by = change.offset_after_ms - change.offset_before_ms;
    let way = if by > 0 { "forward" } else { "back" };
    let after = format::local_time(change.at, zone, "%a %-d %b %Y");
    let by = format::duration(by.abs());
    format!("clocks go {way} by {by} to {after} ({})", change.at)
}

/// A row for each part of a combination: when the part is active, whether it is negated or
/// not.
fn part_rows(window: &Window, within: Interval, grain_ms: i64) -> Result<Vec<Row>, Error> {
    const MOST: usize = 8;
    let mut rows = Vec::new();
    for (label, part) in parts_of(window.schedule()).into_iter().take(MOST) {
        let of_part = window.to_builder().schedule(part.clone()).build()?;
        let silencer = compile_for_everyone([&of_part])?;
        let bars = bars(&silencer, Subject::entity("anyone"), within, grain_ms, window.effect());
        let label = format!("- {}", format::plain(&label));
        rows.push(Row { label, name: None, detail: format::plain(&part.describe()), bars });
    }
    Ok(rows)
}

/// The parts of a combination, with what they are for: `except office-hours`.
fn parts_of(schedule: &Schedule) -> Vec<(String, &Schedule)> {
    let Schedule::Combined(combination) = schedule else { return Vec::new() };
    let parts = combination.parts();
    if combination.operator() == Operator::Named {
        return parts.first().map_or_else(Vec::new, parts_of);
    }
    let label = |part: &Schedule, number: usize, word: &str| match part {
        Schedule::Combined(named) if named.name().is_some() => {
            format!("{word} {}", named.name().unwrap_or_default())
        }
        _ => format!("{word} part {number}"),
    };
    let numbered = (1..).zip(parts).map(|(number, part)| match (combination.operator(), part) {
        (Operator::Not, _) => (label(part, number, "except"), part),
        (_, Schedule::Combined(not)) if not.operator() == Operator::Not => {
            let inner = &not.parts()[0];
            (label(inner, number, "except"), inner)
        }
        (Operator::All, _) => (label(part, number, "all:"), part),
        _ => (label(part, number, "any:"), part),
    });
    numbered.collect()
}

/// Compiles windows with their scope replaced by [`Scope::everything`].
pub(crate) fn compile_for_everyone<'a>(
    windows: impl IntoIterator<Item = &'a Window>,
) -> Result<Silencer, Error> {
    let mut registry = Registry::new();
    for window in windows {
        let window = window.to_builder().scope(Scope::everything());
        registry.insert(window.propagation(Propagation::Entity).build()?)?;
    }
    Ok(Silencer::new(&registry)?)
}

/// The silences of a subject within an interval. Silences that are shorter than
/// `grain_ms` and close together are merged into one bar, so that there are at
/// most two bars per `grain_ms`, however often a window repeats.
fn bars(
    silencer: &Silencer,
    subject: Subject<'_>,
    within: Interval,
    grain_ms: i64,
    effect: Effect,
) -> Vec<Bar> {
    let silent_from = |t| match silencer.silenced_until(subject, t) {
        Some(_) => Some(t),
        None => match silencer.next_silence(subject, t) {
            NextSilence::At(silence) => Some(silence.start),
            _ => None,
        },
    };
    let mut bars: Vec<Bar> = Vec::new();
    let mut t = within.start();
    while let Some(start) = silent_from(t).filter(|start| *start < within.end()) {
        let end = match silencer.silenced_until(subject, start) {
            Some(SilenceEnd::At(end) | SilenceEnd::AtLeast(end)) => end,
            _ => Timestamp::END,
        };
        let next_grain = start.as_millis().saturating_add(grain_ms);
        let next_grain = Timestamp::from_millis(next_grain).unwrap_or(Timestamp::END);
        let merged = end < next_grain && silent_from(end).is_some_and(|next| next < next_grain);
        t = if merged { next_grain } else { end };
        let Ok(interval) = Interval::new(start, t.min(within.end())) else { break };
        match bars.last_mut() {
            Some(last) if merged && last.merged && start <= add_ms(last.interval, grain_ms) => {
                last.interval =
                    Interval::new(last.interval.start(), interval.end()).unwrap_or(last.interval);
            }
            _ => bars.push(Bar { interval, effect, merged, by: Vec::new() }),
        }
    }
    bars
}

fn add_ms(interval: Interval, by_ms: i64) -> Timestamp {
    let end = interval.end().as_millis().saturating_add(by_ms);
    Timestamp::from_millis(end).unwrap_or(Timestamp::END)
}

/// Why a window has no bar: its state, and its next occurrence.
fn absence_reason(window: &Window, within: Interval, zone: &Zone) -> String {
    let state = window.state_at(within.start());
    match window.search_next(within.start()) {
        Search::At(next) => {
            let start = format::local_time(next.start(), zone, "%a %-d %b %Y");
            format!("{state}, next {start}")
        }
        Search::Beyond(t) => {
            let start = format::local_time(t, zone, "%a %-d %b %Y");
            format!("{state}, next not before {start}")
        }
        Search::Never => state.to_string(),
    }
}

/// The ticks and labels of the time axis.
pub(crate) struct Axis {
    /// The next larger unit of `minor`: dates for times, months for dates, years
    /// for months.
    pub(crate) major: Vec<Tick>,
    pub(crate) minor: Vec<Tick>,
    /// The unit of the grid lines, as text.
    pub(crate) grid_unit: &'static str,
    pub(crate) grid: Vec<Timestamp>,
    shows_days: bool,
}

pub(crate) struct Tick {
    pub(crate) at: Timestamp,
    pub(crate) label: String,
}

#[derive(Clone, Copy)]
enum Step {
    /// Local times of day that are multiples of this number of milliseconds.
    Clock(u32),
    Days,
    Weeks,
    Months(u32),
    Years(i64),
}

const MINUTE_MS: u32 = 60_000;
const HOUR_MS: u32 = 60 * MINUTE_MS;

/// Tick distances, in ascending order.
const STEPS: [Step; 26] = [
    Step::Clock(MINUTE_MS),
    Step::Clock(5 * MINUTE_MS),
    Step::Clock(10 * MINUTE_MS),
    Step::Clock(15 * MINUTE_MS),
    Step::Clock(30 * MINUTE_MS),
    Step::Clock(HOUR_MS),
    Step::Clock(2 * HOUR_MS),
    Step::Clock(3 * HOUR_MS),
    Step::Clock(6 * HOUR_MS),
    Step::Clock(12 * HOUR_MS),
    Step::Days,
    Step::Weeks,
    Step::Months(1),
    Step::Months(3),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
    Step::Years(20),
    Step::Years(50),
    Step::Years(100),
    Step::Years(200),
    Step::Years(500),
    Step::Years(1000),
    Step::Years(2000),
    Step::Years(5000),
];

impl Step {
    /// Minimum distance of two ticks, in milliseconds. Clock changes are ignored.
    fn min_ms(self) -> i64 {
        let days = |n: i64| n * i64::from(DAY_MS);
        match self {
            Self::Clock(ms) => i64::from(ms),
            Self::Days => days(1),
            Self::Weeks => days(7),
            Self::Months(n) => days(28 * i64::from(n)),
            Self::Years(n) => days(365 * n),
        }
    }

    /// The ticks within an interval, in ascending order.
    fn instants(self, within: Interval, zone: &Zone) -> Vec<Timestamp> {
        let first = MonthDay::new(1).expect("every month has one");
        let whole = ClockRange::WHOLE_DAY;
        let firsts = |months: Vec<u32>| {
            let firsts = Monthly::new(first, whole, zone.clone()).with_months(months);
            occurrence_starts(firsts.expect("months of a year"), within)
        };
        match self {
            Self::Clock(ms) => {
                let times = (0..DAY_MS).step_by(ms as usize).flat_map(|from| {
                    let clock = ClockRange::new(from, DAY_MS).expect("times of a day");
                    occurrence_starts(Daily::new(clock, zone.clone()), within)
                });
                let mut times: Vec<_> = times.collect();
                times.sort_unstable();
                // All times inside a gap map to the end of the gap.
                times.dedup();
                times
            }
            Self::Days => occurrence_starts(whole_days(zone), within),
            Self::Weeks => {
                let mondays = Weekly::new([Weekday::Mon], whole, zone.clone());
                occurrence_starts(mondays.expect("one weekday"), within)
            }
            Self::Months(n) => firsts((1..=12).step_by(n as usize).collect()),
            Self::Years(n) => {
                let year = |t| format::clock(t, zone, "%Y").parse::<i64>().unwrap_or_default();
                firsts(vec![1]).into_iter().filter(|t| year(*t) % n == 0).collect()
            }
        }
    }
}

impl Axis {
    fn new(within: Interval, zone: &Zone, min_ms: i64) -> Self {
        let wide = |step: &&Step| step.min_ms() >= min_ms;
        let step = *STEPS.iter().find(wide).unwrap_or(&STEPS[STEPS.len() - 1]);
        let (minor_form, major) = match step {
            Step::Clock(_) => ("%H:%M", Some((Step::Days, "%a %-d %b"))),
            Step::Days => ("%a %-d", Some((Step::Months(1), "%B %Y"))),
            Step::Weeks => ("%-d %b", Some((Step::Months(1), "%b %Y"))),
            Step::Months(_) => ("%b", Some((Step::Years(1), "%Y"))),
            Step::Years(_) => ("%Y", None),
        };
        let ticks = |step: Step, form: &str| -> Vec<Tick> {
            let tick = |at| Tick { at, label: format::clock(at, zone, form) };
            step.instants(within, zone).into_iter().map(tick).collect()
        };
        let minor = ticks(step, minor_form);
        let mut majors = Vec::new();
        if let Some((major, form)) = major {
            majors = ticks(major, form);
            // The day, month or year that contains the start of the interval.
            if majors.first().is_none_or(|tick| tick.at > within.start()) {
                let label = format::clock(within.start(), zone, form);
                majors.insert(0, Tick { at: within.start(), label });
            }
        }
        let (grid_unit, grid) = match step {
            Step::Clock(_) => ("midnight", Step::Days.instants(within, zone)),
            Step::Days => ("midnight", minor.iter().map(|tick| tick.at).collect()),
            Step::Weeks => ("Monday", minor.iter().map(|tick| tick.at).collect()),
            Step::Months(_) => ("1st of a month", minor.iter().map(|tick| tick.at).collect()),
            Step::Years(_) => ("1st of January", minor.iter().map(|tick| tick.at).collect()),
        };
        let shows_days = matches!(step, Step::Clock(_) | Step::Days);
        Self { major: majors, minor, grid_unit, grid, shows_days }
    }
}

pub(crate) fn whole_days(zone: &Zone) -> Daily {
    Daily::new(ClockRange::WHOLE_DAY, zone.clone())
}

/// The starts of the occurrences that begin within an interval.
pub(crate) fn occurrence_starts(schedule: impl Into<Schedule>, within: Interval) -> Vec<Timestamp> {
    let schedule = schedule.into();
    let starts = schedule.occurrences(within).map(Interval::start);
    starts.filter(|start| within.contains(*start)).collect()
}
