//! Draws a timeline as one self-contained SVG file, with exact times in the
//! tooltips.

use std::fmt::{self, Write as _};

use quietude::{Effect, Interval, Timestamp};

use crate::format;
use crate::timeline::{Bar, Layout, Row, Scale};

// Sizes are in pixels. Positions along the time axis are in tenths of a pixel.
const WIDTH: i64 = 1280;
const CHART_X: i64 = 292;
const CHART_WIDTH: i64 = 956;
const TENTHS: i64 = CHART_WIDTH * 10;
const CHART_Y: i64 = 136;
const ROW: i64 = 40;
const UNION_ROW: i64 = 46;
const UNION_GAP: i64 = 10;
const FOOTER_LINE: i64 = 19;
/// Minimum width of a bar in tenths of a pixel, so that short ones are visible.
const MIN_BAR_WIDTH: i64 = 20;
// Characters that fit left of the chart, by font size.
const MAX_LABEL_CHARS: usize = 33;
const MAX_DETAIL_CHARS: usize = 44;
/// Characters that fit in one line of the notes below the chart.
const MAX_NOTE_CHARS: usize = 170;
/// Maximum number of clock changes that are drawn. If there are more, none is.
const MAX_DRAWN_CHANGES: usize = 8;
/// Maximum number of clock changes that the notes list.
const MAX_LISTED_CHANGES: usize = 4;

pub(crate) const SCALE: Scale = Scale { resolution: CHART_WIDTH, min_label_gap: 54 };

const STYLE: &str = r#"
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; fill: #1f2733; }
  .title { font-size: 21px; font-weight: 600; }
  .span { font-size: 13.5px; fill: #5a6675; }
  .major { font-size: 12.5px; font-weight: 600; }
  .minor { font-size: 11.5px; fill: #5a6675; }
  .label { font-size: 13px; font-weight: 600; }
  .detail, .note { font-size: 11px; fill: #6b7685; }
  .key { font-size: 12px; }
  .change { font-size: 11px; font-weight: 600; fill: #7a3ea1; }
  .stripe { fill: #f6f8fa; }
  .union { fill: #eef2f7; }
  .weekend { fill: #1f2733; fill-opacity: 0.045; }
  .grid { stroke: #c3ccd6; stroke-width: 1; }
  .tick { stroke: #dfe5eb; stroke-width: 1; }
  .frame { stroke: #8793a1; stroke-width: 1; }
  .jump { stroke: #7a3ea1; stroke-width: 1.4; stroke-dasharray: 4 3; }
  .notifications { fill: #3f7fca; }
  .monitoring { fill: url(#hatch); stroke: #b3480f; stroke-width: 0.8; }
  .merged { fill-opacity: 0.42; }
  .bar:hover { opacity: 0.72; }
"#;

/// Diagonal lines: the effect `monitoring` is recognizable without colour.
const HATCH: &str = r##"<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#e4752f"/><rect width="2.4" height="7" fill="#b3480f"/></pattern>"##;

pub(crate) fn draw(layout: &Layout) -> String {
    let rows = layout.rows.len() as i64;
    let bottom = CHART_Y + UNION_ROW + UNION_GAP + rows.max(1) * ROW;
    let notes = notes(layout);
    let height = bottom + 44 + notes.len() as i64 * FOOTER_LINE;

    let mut svg = String::new();
    _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{}, {}</title>\n\
         <style>{STYLE}</style>\n<defs>{HATCH}</defs>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        Escaped(&layout.title),
        Escaped(&layout.span())
    );
    text(&mut svg, "title", 28, 42, &layout.title);
    text(&mut svg, "span", 28, 66, &layout.span());
    legend(&mut svg, layout);
    background(&mut svg, layout, bottom);
    axis(&mut svg, layout, bottom);
    changes(&mut svg, layout, bottom);
    let bars_end = row(&mut svg, layout, &layout.union, CHART_Y, UNION_ROW);
    for (index, window) in (0..).zip(&layout.rows) {
        row(&mut svg, layout, window, bars_end + UNION_GAP + index * ROW, ROW);
    }
    if layout.rows.is_empty() {
        text(&mut svg, "detail", CHART_X + 12, bottom - 15, "no window silences it here");
    }
    for (index, note) in (0..).zip(&notes) {
        text(&mut svg, "note", 28, bottom + 42 + index * FOOTER_LINE, note);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws the legend, right of the title.
fn legend(svg: &mut String, layout: &Layout) {
    type Shown = fn(&Bar) -> bool;
    const KEYS: [(&str, &str, i64, Shown); 3] = [
        ("notifications", "notifications muted", 168, |bar| {
            bar.effect == Effect::Notifications && !bar.merged
        }),
        ("monitoring", "monitoring suspended", 178, |bar| bar.effect == Effect::Monitoring),
        ("notifications merged", "several, too short to tell apart", 228, |bar| bar.merged),
    ];
    let mut x = CHART_X + CHART_WIDTH;
    for (class, words, width, shown) in KEYS.into_iter().rev() {
        if layout.rows.iter().flat_map(|row| &row.bars).any(shown) {
            x -= width;
            _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x}\" y=\"31\" width=\"26\" height=\"13\" rx=\"3\"/>"
            );
            text(svg, "key", x + 34, 42, words);
        }
    }
}

/// Draws the row stripes, weekends and grid lines.
fn background(svg: &mut String, layout: &Layout, bottom: i64) {
    let stripe = |svg: &mut String, class: &str, y: i64, height: i64| {
        let width = CHART_X + CHART_WIDTH - 16;
        _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"16\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        );
    };
    stripe(svg, "union", CHART_Y, UNION_ROW);
    for index in (0..layout.rows.len() as i64).step_by(2) {
        stripe(svg, "stripe", CHART_Y + UNION_ROW + UNION_GAP + index * ROW, ROW);
    }
    for weekend in &layout.weekends {
        let (x, width) = extent(layout, *weekend);
        let height = bottom - CHART_Y;
        _ = writeln!(
            svg,
            "<rect class=\"weekend\" x=\"{x}\" y=\"{CHART_Y}\" width=\"{width}\" height=\"{height}\"/>"
        );
    }
}

fn axis(svg: &mut String, layout: &Layout, bottom: i64) {
    for tick in &layout.axis.minor {
        line(svg, "tick", layout, tick.at, CHART_Y - 5, bottom);
    }
    for at in &layout.axis.grid {
        line(svg, "grid", layout, *at, CHART_Y - 5, bottom);
    }
    let right = CHART_X + CHART_WIDTH;
    for y in [CHART_Y, bottom] {
        _ = writeln!(
            svg,
            "<line class=\"frame\" x1=\"{CHART_X}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>"
        );
    }
    for (class, ticks, y, letter) in
        [("major", &layout.axis.major, 106, 75), ("minor", &layout.axis.minor, 126, 66)]
    {
        let mut free = 0;
        for (index, tick) in ticks.iter().enumerate() {
            let x = position(layout, tick.at);
            let end = x + tick.label.chars().count() as i64 * letter;
            let next = ticks.get(index + 1).map_or(i64::MAX, |next| position(layout, next.at));
            // The first tick may be before the chart. If its label would overlap
            // the next label, the next one is kept.
            if x >= free && end <= TENTHS + 200 && (index > 0 || end + 60 <= next) {
                let x = Tenths(CHART_X * 10 + x);
                let label = Escaped(&tick.label);
                _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{label}</text>");
                free = end + 60;
            }
        }
    }
}

/// Draws a row: label and bars. Returns the y coordinate of its end.
fn row(svg: &mut String, layout: &Layout, row: &Row, y: i64, height: i64) -> i64 {
    let about = [Some(&row.label), row.name.as_ref(), Some(&row.detail)];
    let about: Vec<_> = about.into_iter().flatten().map(String::as_str).collect();
    _ = write!(svg, "<g><title>{}</title>", Escaped(&about.join("\n")));
    text(svg, "label", 28, y + height / 2 - 3, &truncate(&row.label, MAX_LABEL_CHARS));
    let detail = row.name.as_ref().unwrap_or(&row.detail);
    text(svg, "detail", 28, y + height / 2 + 13, &truncate(detail, MAX_DETAIL_CHARS));
    svg.push_str("</g>\n");
    for bar in &row.bars {
        let (x, width) = extent(layout, bar.interval);
        let (top, tall) = (y + 9, height - 18);
        let (class, title) = (bar.effect, tooltip(layout, row, bar));
        let merged = if bar.merged { " merged" } else { "" };
        _ = writeln!(
            svg,
            "<rect class=\"bar {class}{merged}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" \
             height=\"{tall}\" rx=\"2.5\"><title>{}</title></rect>",
            Escaped(&title)
        );
    }
    y + height
}

/// The tooltip of a bar, with exact times.
fn tooltip(layout: &Layout, row: &Row, bar: &Bar) -> String {
    let mut title = row.label.clone();
    if let Some(name) = &row.name {
        _ = write!(title, ": {name}");
    }
    let (start, end) = (bar.interval.start(), bar.interval.end());
    let edge = |t: Timestamp, cut: bool| {
        let cut = if cut { " (edge of the picture)" } else { "" };
        match t {
            Timestamp::END => "the end of time".to_owned(),
            t => format!("{}{cut}\n  {t}", format::local(t, &layout.zone)),
        }
    };
    let from = edge(start, start == layout.within.start());
    let until = edge(end, end == layout.within.end());
    _ = write!(title, "\nfrom {from}\nuntil {until}\n{}", bar.effect);
    if bar.merged {
        title.push_str("\nseveral occurrences, too short to draw one by one");
    } else {
        _ = write!(title, ", {}", format::duration(bar.interval.duration_ms()));
    }
    if !bar.by.is_empty() {
        _ = write!(title, "\nby {}", bar.by.join(", "));
    }
    title
}

/// Draws a dashed line at each clock change, labelled with its size.
fn changes(svg: &mut String, layout: &Layout, bottom: i64) {
    if layout.changes.len() > MAX_DRAWN_CHANGES {
        return;
    }
    for change in &layout.changes {
        let title = layout.describe_change(change);
        _ = write!(svg, "<g><title>{}</title>", Escaped(&title));
        line(svg, "jump", layout, change.at, CHART_Y, bottom + 4);
        let by = change.offset_after_ms - change.offset_before_ms;
        let sign = if by > 0 { "+" } else { "\u{2212}" };
        let x = Tenths(CHART_X * 10 + position(layout, change.at));
        _ = writeln!(
            svg,
            "<text class=\"change\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">clocks {sign}{}</text></g>",
            bottom + 17,
            format::duration(by.abs())
        );
    }
}

/// The notes below the chart: clock changes, and windows without a bar.
fn notes(layout: &Layout) -> Vec<String> {
    let listed = layout.changes.iter().take(MAX_LISTED_CHANGES);
    let mut notes: Vec<_> = listed.map(|change| layout.describe_change(change)).collect();
    if let Some(more @ 1..) = layout.changes.len().checked_sub(MAX_LISTED_CHANGES) {
        notes.push(format!("and {more} more changes of the clocks"));
    }
    let absent: Vec<_> =
        layout.absent.iter().map(|(label, why)| format!("{label}: {why}")).collect();
    if !absent.is_empty() {
        notes.push("not in this stretch:".to_owned());
    }
    notes.extend(format::lines(&absent, "; ", MAX_NOTE_CHARS));
    notes
}

fn line(svg: &mut String, class: &str, layout: &Layout, at: Timestamp, from: i64, to: i64) {
    let x = Tenths(CHART_X * 10 + position(layout, at));
    _ = writeln!(svg, "<line class=\"{class}\" x1=\"{x}\" y1=\"{from}\" x2=\"{x}\" y2=\"{to}\"/>");
}

fn text(svg: &mut String, class: &str, x: i64, y: i64, words: &str) {
    let words = Escaped(words);
    _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>");
}

/// The position of `t` along the axis, in tenths of a pixel.
fn position(layout: &Layout, t: Timestamp) -> i64 {
    layout.position(t, TENTHS)
}

/// The left edge and width of an interval on the chart.
fn extent(layout: &Layout, interval: Interval) -> (Tenths, Tenths) {
    let (left, right) = (position(layout, interval.start()), position(layout, interval.end()));
    (Tenths(CHART_X * 10 + left), Tenths((right - left).max(MIN_BAR_WIDTH)))
}

fn truncate(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(letters - 1).chain(['…']).collect(),
    }
}

/// A length in tenths of a pixel; displayed in pixels.
struct Tenths(i64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / 10)?;
        match self.0 % 10 {
            0 => Ok(()),
            tenth => write!(f, ".{tenth}"),
        }
    }
}

/// Displays text with the special characters of XML escaped.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\u{fffe}' | '\u{ffff}' => f.write_char(char::REPLACEMENT_CHARACTER)?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
