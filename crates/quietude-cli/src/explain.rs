//! `explain`: lists every window that could affect the subject, with the reason
//! why it silences the subject or not.

use std::fmt::Write as _;
use std::process::ExitCode;

use quietude::explain::{Verdict, WindowExplanation};
use quietude::{Timestamp, WindowState, Zone};

use crate::args::ExplainArgs;
use crate::query::{self, Query};
use crate::{Error, format, print};

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let query = Query::new(&args.subject)?;
    let at = query::instant(&args.at)?;
    let zone = args.subject.zones.timezone(args.at.timezone.as_deref())?;
    let zone = zone.as_ref();
    let explanation = query.silencer.explain(&query.subject(), at);

    let mut text = query.title();
    _ = match (explanation.effect, explanation.until) {
        (Some(effect), Some(until)) => {
            writeln!(text, " is silenced ({effect}) at {at} until {}", format::end(until, None))
        }
        _ => writeln!(text, " is not silenced at {at}"),
    };
    if let Some(zone) = zone {
        _ = writeln!(text, "times in brackets: {zone}");
    }
    if let Some(note) = query.unknown_entity_note() {
        _ = writeln!(text, "note: {note}");
    }
    for title in HEADINGS {
        let windows = explanation.windows.iter();
        let mut windows = windows.filter(|w| heading(&w.verdict) == title).peekable();
        if windows.peek().is_some() {
            _ = writeln!(text, "\n{title}");
        }
        for window in windows {
            describe(&mut text, window, at, zone);
        }
    }
    if explanation.windows.is_empty() {
        text.push_str("no window concerns it\n");
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The sections of the output, in order.
const HEADINGS: [&str; 4] = [
    "silenced by",
    "covered, but not now, by",
    "covered for other alert types by",
    "not covered by, though named in",
];

fn heading(verdict: &Verdict) -> &'static str {
    HEADINGS[match verdict {
        Verdict::Silences { .. } => 0,
        Verdict::Inactive { .. } => 1,
        Verdict::OtherAlertType { .. } => 2,
        _ => 3,
    }]
}

fn describe(text: &mut String, explained: &WindowExplanation, at: Timestamp, zone: Option<&Zone>) {
    let window = &explained.window;
    _ = writeln!(text, "  {}", format::name(window));
    let mut line = |key: &str, value: String| _ = writeln!(text, "    {key:<10}{value}");
    line("schedule", format!("{}; {}", format::schedule(window), window.effect()));
    match &explained.verdict {
        Verdict::Silences { via: Some(ancestor) } => line("through", format::plain(ancestor)),
        Verdict::Inactive { state } => line("state", describe_state(*state).to_owned()),
        Verdict::OtherAlertType { covered } => {
            let types: Vec<_> = covered.iter().map(|name| format::plain(name.as_str())).collect();
            line("types", types.join(", "));
        }
        Verdict::OutOfScope => line("scope", format::scope(window)),
        _ => {}
    }
    let validity = window.validity();
    if let Some(valid) = match (validity.start(), validity.end()) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {}", format::instant(from, zone))),
        (None, Some(until)) => Some(format!("until {}", format::instant(until, zone))),
        (Some(from), Some(until)) => {
            let until = format::instant(until, zone);
            Some(format!("{} to {until}", format::instant(from, zone)))
        }
    } {
        line("valid", valid);
    }
    if let Some(closed) = window.closed_at() {
        line("closed", format::instant(closed, zone));
    }
    if let Some(current) = explained.current {
        let (start, end) = (current.start(), current.end());
        let wait = match format::wait(at, end).strip_prefix(", ") {
            Some(wait) => format!(", ends {wait}"),
            None => String::new(),
        };
        let end = format::instant(end, zone);
        line("occurs", format!("{} to {end}{wait}", format::instant(start, zone)));
    }
    if let Some(previous) = explained.previous {
        let ago = format::duration(at.as_millis() - previous.end().as_millis());
        line("ended", format!("{}, {ago} ago", format::instant(previous.end(), zone)));
    }
    if let Some(next) = explained.next {
        let wait = format::wait(at, next.start());
        line("begins", format!("{}{wait}", format::instant(next.start(), zone)));
    }
    for part in &explained.parts {
        line("part", format::plain(part));
    }
    for note in &explained.clock_changes {
        line("clocks", note.clone());
    }
}

fn describe_state(state: WindowState) -> &'static str {
    match state {
        WindowState::Pending => "pending: it has not begun yet",
        WindowState::Active => "active",
        WindowState::Idle => "idle: between two occurrences",
        WindowState::Expired => "expired: there is no further occurrence",
        WindowState::Closed => "closed",
        WindowState::Disabled => "disabled: switched off",
        _ => "unknown",
    }
}
