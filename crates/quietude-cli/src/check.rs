//! `check`: is the subject silenced, by which windows, until when, and when is
//! the next silence. With `--alert`, for each alert of a file.

use std::fmt::Write as _;
use std::process::ExitCode;

use quietude::{Effect, EntityState, NextSilence, SilenceEnd, Timestamp, Window, Zone};
use serde_json::{Value, json};

use crate::args::CheckArgs;
use crate::query::{self, Query};
use crate::{EXIT_NOT_SILENCED, Error, format, print, style};

pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Error> {
    let alerts = args.subject.alerts()?;
    let mut query = Query::new(&args.subject)?;
    let (at, zone) = query::instant(&args.at, &args.subject.zones)?;
    let zone = zone.as_ref();
    let Some(alerts) = &alerts else {
        let answer = Answer::new(&query, at);
        if args.json {
            print(&format!("{}\n", answer.json(&query, zone)))?;
        } else {
            print(&answer.text(&query, zone))?;
        }
        return Ok(exit_code(answer.until.is_some()));
    };
    let mut is_silenced = true;
    let (mut texts, mut forms) = (Vec::new(), Vec::new());
    for labels in alerts {
        query.about(labels);
        let answer = Answer::new(&query, at);
        is_silenced &= answer.until.is_some();
        if args.json {
            let mut form = answer.json(&query, zone);
            form["labels"] = json!(labels);
            forms.push(form);
        } else {
            texts.push(answer.text(&query, zone));
        }
    }
    if args.json {
        print(&format!("{}\n", json!({ "alerts": forms })))?;
    } else {
        print(&texts.join("\n"))?;
    }
    Ok(exit_code(is_silenced))
}

fn exit_code(is_silenced: bool) -> ExitCode {
    if is_silenced { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NOT_SILENCED) }
}

struct Answer<'a> {
    at: Timestamp,
    until: Option<SilenceEnd>,
    effect: Option<Effect>,
    state: Option<EntityState>,
    by: Vec<&'a Window>,
    next: NextSilence,
}

impl<'a> Answer<'a> {
    fn new(query: &'a Query<'a>, at: Timestamp) -> Self {
        let (silencer, subject) = (&query.silencer, query.subject());
        Self {
            at,
            until: silencer.silenced_until(subject, at),
            effect: silencer.effect(subject, at),
            state: silencer.entity_state(subject, at),
            by: silencer.silenced_by(subject, at).collect(),
            next: silencer.next_silence(subject, at),
        }
    }

    fn text(&self, query: &Query<'_>, zone: Option<&Zone>) -> String {
        let (title, at, style) = (query.title(), self.at, style::stdout());
        let mut text = String::new();
        let mut line = |key: &str, value: String| _ = writeln!(text, "  {key:<8}{value}");
        let shown = format::instant(at, zone);
        let first = match self.until {
            Some(until) => {
                let until = format::end(until, zone);
                let is = style.good("is silenced");
                format!("{title} {is} at {shown} until {until}\n")
            }
            None => format!("{title} {} at {shown}\n", style.warning("is not silenced")),
        };
        if let Some(zone) = zone {
            line("at", format!("{shown} {zone}"));
        }
        if let Some(effect) = self.effect {
            line("effect", describe_effect(effect).to_owned());
        }
        if let Some(state) = self.state {
            line("state", state.number().to_string());
        }
        for (index, window) in self.by.iter().enumerate() {
            line(if index == 0 { "by" } else { "" }, format::name(window));
            line("", format!("  {}; {}", format::schedule(window), window.effect()));
        }
        if let Some(until) = self.until {
            let wait = match until {
                SilenceEnd::At(end) => format::wait(at, end),
                _ => String::new(),
            };
            line("until", format!("{}{wait}", format::end(until, zone)));
        }
        line(
            "next",
            match self.next {
                NextSilence::At(silence) => {
                    let wait = format::wait(at, silence.start);
                    let end = format::end(silence.end, zone);
                    format!("{}{wait}; until {end}", format::instant(silence.start, zone))
                }
                NextSilence::NotBefore(t) => format!("not before {}", format::instant(t, zone)),
                _ => "never".to_owned(),
            },
        );
        if let Some(note) = query.unknown_entity_note() {
            line("note", note.to_owned());
        }
        first + &text
    }

    fn json(&self, query: &Query<'_>, zone: Option<&Zone>) -> Value {
        let subject = query.subject();
        let by = |window: &&Window| {
            json!({
                "id": window.id().as_str(),
                "name": window.name(),
                "effect": window.effect().to_string(),
                "schedule": format::form(window, "schedule"),
            })
        };
        json!({
            "entity": subject.entity_id(),
            "alert_type": subject.alert_type(),
            "at": instant(self.at, zone),
            "silenced": self.until.is_some(),
            "effect": self.effect.map(|effect| effect.to_string()),
            "state": self.state.map(EntityState::number),
            "until": self.until.map(|until| end(until, zone)),
            "by": self.by.iter().map(by).collect::<Vec<_>>(),
            "next": match self.next {
                NextSilence::At(silence) => json!({
                    "kind": "at",
                    "start": instant(silence.start, zone),
                    "end": end(silence.end, zone),
                }),
                NextSilence::NotBefore(t) => json!({ "kind": "not_before", "at": instant(t, zone) }),
                _ => json!({ "kind": "never" }),
            },
        })
    }
}

fn describe_effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Monitoring => "monitoring (suspended, and notifications with it)",
        _ => "notifications (muted; monitoring goes on)",
    }
}

/// An instant as JSON: in UTC, in milliseconds, and in a zone if one is given.
pub(crate) fn instant(t: Timestamp, zone: Option<&Zone>) -> Value {
    let mut form = json!({ "utc": t.to_string(), "ms": t.as_millis() });
    if let Some(zone) = zone {
        form["local"] = format::rfc3339(t, zone).into();
    }
    form
}

/// The end of a silence as JSON.
pub(crate) fn end(end: SilenceEnd, zone: Option<&Zone>) -> Value {
    match end {
        SilenceEnd::At(t) => json!({ "kind": "at", "at": instant(t, zone) }),
        SilenceEnd::AtLeast(t) => json!({ "kind": "at_least", "at": instant(t, zone) }),
        _ => json!({ "kind": "never" }),
    }
}
