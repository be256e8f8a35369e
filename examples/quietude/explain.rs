//! `explain`: what every window that could concern the subject has to say.

use std::fmt::Write as _;
use std::process::ExitCode;

use quietude::{Outcome, Timestamp, Verdict, WindowState, Zone};

use crate::args::ExplainArgs;
use crate::question::{self, Question};
use crate::{Failure, say, words};

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let question = Question::new(&args.about)?;
    let at = question::instant(&args.at)?;
    let zone = args.about.zones.given(args.at.timezone.as_deref())?;
    let zone = zone.as_ref();
    let explanation = question.silencer.explain(&question.subject(), at);

    let mut text = question.title();
    _ = match (explanation.effect, explanation.until) {
        (Some(effect), Some(until)) => {
            writeln!(text, " is silenced ({effect}) at {at} until {}", words::end(until, None))
        }
        _ => writeln!(text, " is not silenced at {at}"),
    };
    if let Some(zone) = zone {
        _ = writeln!(text, "times in brackets: {zone}");
    }
    if let Some(doubt) = question.doubt() {
        _ = writeln!(text, "note: {doubt}");
    }
    for title in HEADINGS {
        let verdicts = explanation.verdicts.iter();
        let mut verdicts = verdicts.filter(|v| heading(&v.outcome) == title).peekable();
        if verdicts.peek().is_some() {
            _ = writeln!(text, "\n{title}");
        }
        for verdict in verdicts {
            describe(&mut text, verdict, at, zone);
        }
    }
    if explanation.verdicts.is_empty() {
        text.push_str("no window concerns it\n");
    }
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What the verdicts come to, in the order in which one asks.
const HEADINGS: [&str; 4] = [
    "silenced by",
    "covered, but not now, by",
    "covered for other alert types by",
    "not covered by, though named in",
];

fn heading(outcome: &Outcome) -> &'static str {
    HEADINGS[match outcome {
        Outcome::Silences { .. } => 0,
        Outcome::Inactive { .. } => 1,
        Outcome::OtherAlertType { .. } => 2,
        _ => 3,
    }]
}

fn describe(text: &mut String, verdict: &Verdict, at: Timestamp, zone: Option<&Zone>) {
    let window = &verdict.window;
    _ = writeln!(text, "  {}", words::name(window));
    let mut line = |key: &str, value: String| _ = writeln!(text, "    {key:<10}{value}");
    line("schedule", format!("{}; {}", words::schedule(window), window.effect()));
    match &verdict.outcome {
        Outcome::Silences { via: Some(ancestor) } => line("through", words::plain(ancestor)),
        Outcome::Inactive { state } => line("state", state_in_words(*state).to_owned()),
        Outcome::OtherAlertType { covered } => {
            let types: Vec<_> = covered.iter().map(|name| words::plain(name.as_str())).collect();
            line("types", types.join(", "));
        }
        Outcome::OutOfScope => line("scope", words::scope(window)),
        _ => {}
    }
    if let Some(closed) = window.closed_at() {
        line("closed", words::instant(closed, zone));
    }
    if let Some(current) = verdict.current {
        let (start, end) = (current.start(), current.end());
        let wait = words::wait(at, end);
        let end = words::instant(end, zone);
        line("occurs", format!("{} to {end}{wait}", words::instant(start, zone)));
    }
    if let Some(previous) = verdict.previous {
        let ago = words::duration(at.as_millis() - previous.end().as_millis());
        line("ended", format!("{}, {ago} ago", words::instant(previous.end(), zone)));
    }
    if let Some(next) = verdict.next {
        let wait = words::wait(at, next.start());
        line("begins", format!("{}{wait}", words::instant(next.start(), zone)));
    }
}

fn state_in_words(state: WindowState) -> &'static str {
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
