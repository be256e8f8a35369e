//! `check`: whether, by which windows, until when, and what comes next.

use std::fmt::Write as _;
use std::process::ExitCode;

use quietude::{Effect, End, EntityState, Next, Timestamp, Window, Zone};
use serde_json::{Value, json};

use crate::args::CheckArgs;
use crate::question::{self, Question};
use crate::{AUDIBLE, Failure, say, words};

pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let question = Question::new(&args.about)?;
    let at = question::instant(&args.at)?;
    let answer = Answer::new(&question, at);
    let zone = args.about.zones.given(args.at.timezone.as_deref())?;
    let zone = zone.as_ref();
    if args.json {
        say(&format!("{}\n", answer.json(&question, zone)))?;
    } else {
        say(&answer.text(&question, zone))?;
    }
    Ok(if answer.until.is_some() { ExitCode::SUCCESS } else { ExitCode::from(AUDIBLE) })
}

struct Answer<'a> {
    at: Timestamp,
    until: Option<End>,
    effect: Option<Effect>,
    state: Option<EntityState>,
    by: Vec<&'a Window>,
    next: Next,
}

impl<'a> Answer<'a> {
    fn new(question: &'a Question<'a>, at: Timestamp) -> Self {
        let (silencer, subject) = (&question.silencer, question.subject());
        Self {
            at,
            until: silencer.silenced_until(&subject, at),
            effect: silencer.effect(&subject, at),
            state: silencer.state(&subject, at),
            by: silencer.silenced_by(&subject, at).collect(),
            next: silencer.next_silence(&subject, at),
        }
    }

    fn text(&self, question: &Question<'_>, zone: Option<&Zone>) -> String {
        let (title, at) = (question.title(), self.at);
        let mut text = String::new();
        let mut line = |key: &str, value: String| _ = writeln!(text, "  {key:<8}{value}");
        let first = match self.until {
            Some(until) => {
                let until = words::end(until, None);
                format!("{title} is silenced at {at} until {until}\n")
            }
            None => format!("{title} is not silenced at {at}\n"),
        };
        if let Some(zone) = zone {
            line("at", format!("{} {zone}", words::instant(at, Some(zone))));
        }
        if let Some(effect) = self.effect {
            line("effect", effect_in_words(effect).to_owned());
        }
        if let Some(state) = self.state {
            line("state", state.number().to_string());
        }
        for (index, window) in self.by.iter().enumerate() {
            line(if index == 0 { "by" } else { "" }, words::name(window));
            line("", format!("  {}; {}", words::schedule(window), window.effect()));
        }
        if let Some(until) = self.until {
            let wait = match until {
                End::At(end) => words::wait(at, end),
                _ => String::new(),
            };
            line("until", format!("{}{wait}", words::end(until, zone)));
        }
        line(
            "next",
            match self.next {
                Next::At(silence) => {
                    let wait = words::wait(at, silence.start);
                    let end = words::end(silence.end, zone);
                    format!("{}{wait}; until {end}", words::instant(silence.start, zone))
                }
                Next::NotBefore(t) => format!("not before {}", words::instant(t, zone)),
                _ => "never".to_owned(),
            },
        );
        if let Some(doubt) = question.doubt() {
            line("note", doubt);
        }
        first + &text
    }

    fn json(&self, question: &Question<'_>, zone: Option<&Zone>) -> Value {
        let subject = question.subject();
        let by = |window: &&Window| {
            json!({
                "id": window.id().as_str(),
                "name": window.name(),
                "effect": window.effect().to_string(),
                "schedule": words::form(window, "schedule"),
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
                Next::At(silence) => json!({
                    "kind": "at",
                    "start": instant(silence.start, zone),
                    "end": end(silence.end, zone),
                }),
                Next::NotBefore(t) => json!({ "kind": "not_before", "at": instant(t, zone) }),
                _ => json!({ "kind": "never" }),
            },
        })
    }
}

fn effect_in_words(effect: Effect) -> &'static str {
    match effect {
        Effect::Monitoring => "monitoring (suspended, and notifications with it)",
        _ => "notifications (muted; monitoring goes on)",
    }
}

fn instant(t: Timestamp, zone: Option<&Zone>) -> Value {
    let mut form = json!({ "utc": t.to_string(), "ms": t.as_millis() });
    if let Some(zone) = zone {
        form["local"] = words::rfc3339(t, zone).into();
    }
    form
}

fn end(end: End, zone: Option<&Zone>) -> Value {
    match end {
        End::At(t) => json!({ "kind": "at", "at": instant(t, zone) }),
        End::AtLeast(t) => json!({ "kind": "at_least", "at": instant(t, zone) }),
        _ => json!({ "kind": "never" }),
    }
}
