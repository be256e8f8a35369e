//! Draws a timeline as text, without colour. Each column is an equal part of the
//! interval.

use std::fmt::Write as _;

use quietude::Effect;
use quietude::zone::Transition;

use crate::format;
use crate::query::Query;
use crate::timeline::{Layout, Row, Scale, Tick};

/// Labels take at most one part in `LABEL_SHARE` of the line.
const LABEL_SHARE: usize = 3;
/// Minimum distance of axis labels in columns: `00:00` and two spaces.
const MIN_LABEL_GAP: i64 = 7;
/// Maximum number of clock changes that the legend lists.
const MAX_LISTED_CHANGES: usize = 4;
const UNION: &str = "silenced";

pub(crate) struct Canvas {
    labels: usize,
    columns: usize,
}

impl Canvas {
    pub(crate) fn new(query: &Query<'_>, width: u16) -> Self {
        let width = usize::from(width);
        let widths = query.covering().map(|window| display_width(window.id().as_str()));
        let longest = widths.max().unwrap_or(0).max(UNION.len());
        let labels = longest.min(width / LABEL_SHARE);
        Self { labels, columns: width - labels - 2 }
    }

    pub(crate) fn scale(&self) -> Scale {
        Scale { resolution: self.columns as i64, min_label_gap: MIN_LABEL_GAP }
    }

    pub(crate) fn draw(&self, layout: &Layout) -> String {
        let mut text = format!("{}, {}\n\n", layout.title, layout.span());
        let marks = Marks::new(layout, self.columns);
        for ticks in [&layout.axis.major, &layout.axis.minor] {
            if !ticks.is_empty() {
                self.line(&mut text, "", &labels(layout, ticks, self.columns));
            }
        }
        self.line(&mut text, "", &marks.ruler);
        self.line(&mut text, UNION, &marks.row(layout, &layout.union));
        self.line(&mut text, "", &marks.empty);
        for row in &layout.rows {
            self.line(&mut text, &row.label, &marks.row(layout, row));
        }
        if layout.rows.is_empty() {
            text.push_str("no window silences it here\n");
        }
        text.push('\n');
        self.legend(&mut text, layout);
        text
    }

    fn line(&self, text: &mut String, label: &str, cells: &[char]) {
        let label = pad_or_truncate(label, self.labels);
        let cells: String = cells.iter().collect();
        let line = format!("{label}  {cells}");
        _ = writeln!(text, "{}", line.trim_end());
    }

    fn legend(&self, text: &mut String, layout: &Layout) {
        let bars = || layout.rows.iter().flat_map(|row| &row.bars);
        let cell = format::duration(layout.within.duration_ms() / self.columns as i64);
        let mut keys = Vec::new();
        if bars().any(|bar| bar.effect == Effect::Notifications) {
            keys.push("▒ notifications muted, ░ in part".to_owned());
        }
        if bars().any(|bar| bar.effect == Effect::Monitoring) {
            keys.push("█ monitoring suspended, ▌ in part".to_owned());
        }
        if !layout.axis.grid.is_empty() {
            keys.push(format!("│ {}", layout.axis.grid_unit));
        }
        keys.push(format!("a column is {cell}"));
        for line in format::lines(&keys, "   ", self.labels + 2 + self.columns) {
            _ = writeln!(text, "{line}");
        }
        for change in layout.changes.iter().take(MAX_LISTED_CHANGES) {
            _ = writeln!(text, "{} {}", arrow(change), layout.describe_change(change));
        }
        if let Some(more @ 1..) = layout.changes.len().checked_sub(MAX_LISTED_CHANGES) {
            _ = writeln!(text, "and {more} more changes of the clocks");
        }
        for (index, (label, why)) in layout.absent.iter().enumerate() {
            if index == 0 {
                text.push_str("not in this stretch:\n");
            }
            _ = writeln!(text, "  {label}  {why}");
        }
    }
}

/// The axis, and the cells of a row without bars.
struct Marks {
    ruler: Vec<char>,
    empty: Vec<char>,
}

impl Marks {
    fn new(layout: &Layout, columns: usize) -> Self {
        let column = |t| layout.position(t, columns as i64) as usize;
        let mut ruler = vec!['─'; columns];
        let mut empty = vec![' '; columns];
        for tick in &layout.axis.minor {
            ruler[column(tick.at)] = '┬';
        }
        for at in &layout.axis.grid {
            ruler[column(*at)] = '┼';
            empty[column(*at)] = '│';
        }
        // Marks that are only a few columns apart are not useful.
        if layout.changes.len() * 6 <= columns {
            for change in &layout.changes {
                ruler[column(change.at)] = arrow(change);
                empty[column(change.at)] = '┊';
            }
        }
        Self { ruler, empty }
    }

    fn row(&self, layout: &Layout, row: &Row) -> Vec<char> {
        let columns = self.empty.len() as i64;
        let mut cells = self.empty.clone();
        for (index, cell) in (0..columns).zip(&mut cells) {
            let from = layout.instant_ms(index, columns);
            let until = layout.instant_ms(index + 1, columns).max(from + 1);
            let (mut whole, mut part) = (None, None);
            for bar in &row.bars {
                let (start, end) =
                    (bar.interval.start().as_millis(), bar.interval.end().as_millis());
                if start <= from && until <= end && !bar.merged {
                    whole = whole.max(Some(bar.effect));
                } else if start < until && from < end {
                    part = part.max(Some(bar.effect));
                }
            }
            *cell = match (whole, part) {
                (Some(Effect::Monitoring), _) => '█',
                (_, Some(Effect::Monitoring)) => '▌',
                (Some(_), _) => '▒',
                (None, Some(_)) => '░',
                (None, None) => *cell,
            };
        }
        cells
    }
}

/// Places the labels of the axis, each starting at its tick. Labels that would
/// overlap are omitted.
fn labels(layout: &Layout, ticks: &[Tick], columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    let column = |tick: &Tick| layout.position(tick.at, columns as i64) as usize;
    let mut free = 0;
    for (index, tick) in ticks.iter().enumerate() {
        let at = column(tick);
        let label: Vec<char> = tick.label.chars().collect();
        // The first tick may be before the chart. If its label would overlap the
        // next label, the next one is kept.
        let end = ticks.get(index + 1).map_or(columns, |next| match index {
            0 => column(next),
            _ => columns,
        });
        let fits = at + label.len() <= end.min(columns);
        if at >= free && fits {
            cells[at..at + label.len()].copy_from_slice(&label);
            free = at + label.len() + 1;
        }
    }
    cells
}

fn arrow(change: &Transition) -> char {
    if change.offset_after_ms > change.offset_before_ms { '»' } else { '«' }
}

/// Truncates a label, or pads it with spaces, to `columns` columns.
fn pad_or_truncate(label: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    let cut = display_width(label) > columns;
    for c in label.chars() {
        let wide = char_width(c);
        if used + wide + usize::from(cut) > columns {
            break;
        }
        text.push(c);
        used += wide;
    }
    if cut {
        text.push('…');
        used += 1;
    }
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    text
}

pub(crate) fn display_width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns that a character takes: 2 for East Asian scripts and emoji, otherwise
/// 1. An approximation that is good enough for labels.
pub(crate) fn char_width(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    if wide { 2 } else { 1 }
}
