//! `explain`: lists every window that could affect the subject, with the reason
//! why it silences the subject or not.

use std::fmt::Write as _;
use std::process::ExitCode;

use quietude::explain::{Explanation, FailedTest, Verdict, WindowExplanation};
use quietude::{Interval, Timestamp, Window, WindowState, Zone};
use serde_json::{Map, Value, json};

use crate::args::ExplainArgs;
use crate::check::{end, instant};
use crate::query::{self, Query};
use crate::{Error, format, print, style};

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let alerts = args.subject.alerts()?;
    let mut query = Query::new(&args.subject)?;
    let (at, zone) = query::instant(&args.at, &args.subject.zones)?;
    let zone = zone.as_ref();
    let explain = |query: &Query<'_>| query.silencer.explain(query.subject(), at);
    let Some(alerts) = &alerts else {
        let explanation = explain(&query);
        if args.json {
            print(&format!("{}\n", form(&explanation, zone)?))?;
        } else {
            print(&text(&query, &explanation, zone))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let (mut texts, mut forms) = (Vec::new(), Vec::new());
    for labels in alerts {
        query.about(labels);
        let explanation = explain(&query);
        if args.json {
            forms.push(form(&explanation, zone)?);
        } else {
            texts.push(text(&query, &explanation, zone));
        }
    }
    if args.json {
        print(&format!("{}\n", json!({ "alerts": forms })))?;
    } else {
        print(&texts.join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(query: &Query<'_>, explanation: &Explanation, zone: Option<&Zone>) -> String {
    let (at, style) = (explanation.at, style::stdout());
    let mut text = query.title();
    let shown = format::instant(at, zone);
    _ = match (explanation.effect, explanation.until) {
        (Some(effect), Some(until)) => {
            writeln!(text, " is silenced ({effect}) at {shown} until {}", format::end(until, zone))
        }
        _ => writeln!(text, " is not silenced at {shown}"),
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
            _ = writeln!(text, "\n{}", style.heading(title));
        }
        for window in windows {
            describe(&mut text, window, at, zone);
        }
    }
    if explanation.windows.is_empty() {
        text.push_str("no window concerns it\n");
    }
    if explanation.omitted > 0 {
        _ = writeln!(text, "\nand {} more that do not cover it", explanation.omitted);
    }
    text
}

/// The sections of the output, in order.
pub(crate) const HEADINGS: [&str; 5] = [
    "silenced by",
    "covered, but not now, by",
    "covered for other alert types by",
    "not covered, because of one test, by",
    "not covered by, though named in",
];

pub(crate) fn heading(verdict: &Verdict) -> &'static str {
    HEADINGS[match verdict {
        Verdict::Silences { .. } => 0,
        Verdict::Inactive { .. } => 1,
        Verdict::OtherAlertType { .. } => 2,
        Verdict::NearMiss { .. } => 3,
        _ => 4,
    }]
}

pub(crate) fn describe(
    text: &mut String,
    explained: &WindowExplanation,
    at: Timestamp,
    zone: Option<&Zone>,
) {
    _ = writeln!(text, "  {}", format::name(&explained.window));
    for (key, value) in facts(explained, at, zone) {
        _ = writeln!(text, "    {key:<10}{value}");
    }
}

/// The lines of the explanation of a window: keys and values.
pub(crate) fn facts(
    explained: &WindowExplanation,
    at: Timestamp,
    zone: Option<&Zone>,
) -> Vec<(&'static str, String)> {
    let window = &explained.window;
    let mut facts = Vec::new();
    let mut line = |key: &'static str, value: String| facts.push((key, value));
    line("schedule", format!("{}; {}", format::schedule(window), window.effect()));
    match &explained.verdict {
        Verdict::Silences { via: Some(ancestor) } => line("through", format::plain(ancestor)),
        Verdict::Inactive { state } => line("state", describe_state(*state).to_owned()),
        Verdict::OtherAlertType { covered } => {
            let types: Vec<_> = covered.iter().map(|name| format::plain(name.as_str())).collect();
            line("types", types.join(", "));
        }
        Verdict::NearMiss { failed } => {
            line("scope", format::scope(window));
            line("fails", format::plain(&failed.to_string()));
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
    facts
}

pub(crate) fn describe_state(state: WindowState) -> &'static str {
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

/// The explanation as JSON.
fn form(explanation: &Explanation, zone: Option<&Zone>) -> Result<Value, Error> {
    let mut attributes = Map::new();
    for (name, value) in &explanation.attributes {
        let values = attributes.entry(name).or_insert_with(|| json!([]));
        values.as_array_mut().expect("a list was inserted").push(json!(value));
    }
    let windows = explanation.windows.iter().map(|window| window_form(window, zone));
    Ok(json!({
        "entity": explanation.entity,
        "alert_type": explanation.alert_type,
        "groups": explanation.groups,
        "attributes": attributes,
        "at": instant(explanation.at, zone),
        "silenced": explanation.until.is_some(),
        "effect": explanation.effect.map(|effect| effect.to_string()),
        "until": explanation.until.map(|until| end(until, zone)),
        "windows": windows.collect::<Result<Vec<_>, _>>()?,
        "omitted": explanation.omitted,
    }))
}

fn window_form(explained: &WindowExplanation, zone: Option<&Zone>) -> Result<Value, Error> {
    let window = &explained.window;
    let verdict = match &explained.verdict {
        Verdict::Silences { via } => json!({ "kind": "silences", "via": via }),
        Verdict::Inactive { state } => json!({ "kind": "inactive", "state": state.to_string() }),
        Verdict::OtherAlertType { covered } => {
            let covered: Vec<_> = covered.iter().map(|name| name.as_str()).collect();
            json!({ "kind": "other_alert_type", "covered": covered })
        }
        Verdict::NearMiss { failed } => {
            json!({ "kind": "near_miss", "failed": failed_form(window, failed)? })
        }
        _ => json!({ "kind": "out_of_scope" }),
    };
    let interval = |interval: Interval| json!({ "start": instant(interval.start(), zone), "end": instant(interval.end(), zone) });
    Ok(json!({
        "id": window.id().as_str(),
        "name": window.name(),
        "effect": window.effect().to_string(),
        "verdict": verdict,
        "current": explained.current.map(interval),
        "previous": explained.previous.map(interval),
        "next": explained.next.map(interval),
        "clock_changes": explained.clock_changes,
    }))
}

/// The test has its form of the document, as a scope.
fn failed_form(window: &Window, failed: &FailedTest) -> Result<Value, Error> {
    let alone = window.to_builder().scope(failed.test.clone()).build()?;
    Ok(json!({
        "path": failed.path,
        "test": format::form(&alone, "scope"),
        "excluded": failed.is_excluded,
        "values": failed.values,
        "text": failed.to_string(),
    }))
}
