//! `list`: the windows, or the entities, that are active, upcoming or over.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use quietude::calendar::Search;
use quietude::{
    EntityId, Interval, NextSilence, SilenceEnd, Silencer, Subject, Timestamp, Window, WindowState,
    Zone,
};
use serde_json::{Value, json};

use crate::alone::Alone;
use crate::args::AtArgs;
use crate::check::{end, instant};
use crate::output::print;
use crate::progress::Progress;
use crate::query;
use crate::table::Table;
use crate::zones::ZoneArgs;
use crate::{Error, format, style, when};

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
    /// What begins within this time is upcoming: 30m, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = when::duration, default_value = "24h")]
    within: Duration,
    /// List windows, or the known entities that they silence
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// List only these; may be repeated
    #[arg(long = "state", value_enum, value_name = "STATE")]
    states: Vec<State>,
    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum By {
    #[default]
    Window,
    Entity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum State {
    /// Silences at the instant
    Active,
    /// Begins within the time
    Upcoming,
    /// Silences nothing from now on
    Over,
}

const STATES: [State; 3] = [State::Active, State::Upcoming, State::Over];

pub(crate) fn run(args: &ListArgs) -> Result<ExitCode, Error> {
    let document = query::document(&args.file, &args.zones)?;
    let silencer = query::silencer(&document)?;
    let (at, zone) = query::instant(&args.at, &args.zones)?;
    let progress = Progress::start("listing");
    let list = List {
        silencer: &silencer,
        windows: document.registry.iter().map(|window| &**window).collect(),
        within: when::following(at, args.within)?,
        zone: zone.as_ref(),
        states: if args.states.is_empty() { STATES.to_vec() } else { args.states.clone() },
    };
    let text = match (args.by, args.json) {
        (By::Window, false) => list.windows_text()?,
        (By::Window, true) => format!("{}\n", list.windows_json()?),
        (By::Entity, false) => list.entities_text(),
        (By::Entity, true) => format!("{}\n", list.entities_json()),
    };
    drop(progress);
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

struct List<'a> {
    silencer: &'a Silencer,
    windows: Vec<&'a Window>,
    /// From the instant on, for the time of `--within`.
    within: Interval,
    zone: Option<&'a Zone>,
    states: Vec<State>,
}

/// The windows by state.
#[derive(Default)]
struct Windows<'a> {
    active: Vec<(&'a Window, SilenceEnd)>,
    /// In order of time.
    upcoming: Vec<(&'a Window, Timestamp, SilenceEnd)>,
    /// With the end of the last occurrence, if there was one.
    over: Vec<(&'a Window, WindowState, Option<Timestamp>)>,
    /// How many are in none of these states.
    later: usize,
    disabled: usize,
}

/// The known entities by state.
#[derive(Default)]
struct Entities<'a> {
    active: Vec<(&'a str, SilenceEnd, Vec<&'a Window>)>,
    /// In order of time.
    upcoming: Vec<(&'a str, Timestamp, SilenceEnd, Vec<&'a Window>)>,
    /// Those that are silenced never again, though windows cover them.
    over: Vec<&'a str>,
    others: usize,
}

impl<'a> List<'a> {
    fn at(&self) -> Timestamp {
        self.within.start()
    }

    fn windows(&self) -> Result<Windows<'a>, Error> {
        let (at, mut found) = (self.at(), Windows::default());
        let active: Vec<&Window> = self.silencer.active(at).map(|window| &**window).collect();
        let mut listed: HashSet<&str> = active.iter().map(|window| window.id().as_str()).collect();
        let mut upcoming: Vec<(&Window, Timestamp)> = Vec::new();
        // One search for each window: a walk over all that begins has no bound, because a window
        // may begin every other millisecond.
        for window in &self.windows {
            if !listed.contains(window.id().as_str())
                && let Search::At(next) = window.search_next(at)
                && next.start() < self.within.end()
            {
                upcoming.push((window, next.start()));
            }
        }
        upcoming.sort_by_key(|(_, start)| *start);
        listed.extend(upcoming.iter().map(|(window, _)| window.id().as_str()));
        let begun = upcoming.iter().map(|(window, _)| *window);
        let alone = Alone::new(active.iter().copied().chain(begun))?;
        let until = |window: &Window, t| alone.until(window, t).unwrap_or(SilenceEnd::At(t));
        found.active = active.into_iter().map(|window| (window, until(window, at))).collect();
        let end = |(window, start): (&'a Window, Timestamp)| (window, start, until(window, start));
        found.upcoming = upcoming.into_iter().map(end).collect();
        for window in &self.windows {
            if listed.contains(window.id().as_str()) {
                continue;
            }
            match window.state_at(at) {
                WindowState::Disabled => found.disabled += 1,
                state @ (WindowState::Expired | WindowState::Closed) => {
                    let last = window.previous_occurrence(at).map(Interval::end);
                    found.over.push((window, state, last));
                }
                _ => found.later += 1,
            }
        }
        Ok(found)
    }

    fn entities(&self) -> Entities<'a> {
        let (at, mut found) = (self.at(), Entities::default());
        let is_over = |window: &&&Window| {
            matches!(window.state_at(at), WindowState::Expired | WindowState::Closed)
        };
        let over = self.windows.iter().filter(is_over);
        let was_silenced: HashSet<EntityId> =
            over.flat_map(|window| self.silencer.entities_of(window)).collect();
        for entity in self.silencer.known_entities() {
            let by = |t| -> Vec<&'a Window> {
                let by = self.silencer.silenced_by(Subject::entity(entity), t);
                by.collect()
            };
            if let Some(end) = self.silencer.silenced_until(entity, at) {
                found.active.push((entity, end, by(at)));
                continue;
            }
            match self.silencer.next_silence(entity, at) {
                NextSilence::At(next) if next.start < self.within.end() => {
                    found.upcoming.push((entity, next.start, next.end, by(next.start)));
                }
                NextSilence::Never if was_silenced.contains(entity) => found.over.push(entity),
                _ => found.others += 1,
            }
        }
        found.upcoming.sort_by_key(|(_, start, ..)| *start);
        found
    }

    fn windows_text(&self) -> Result<String, Error> {
        let found = self.windows()?;
        let id = |window: &Window| format::plain(window.id().as_str());
        let mut sections: BTreeMap<State, Table> = BTreeMap::new();
        let mut row = |state, cells: Vec<String>| {
            let table = sections.entry(state).or_insert_with(|| Table::indented(&[]));
            table.row(cells);
        };
        for (window, end) in &found.active {
            row(State::Active, vec![id(window), self.until(*end), window.effect().to_string()]);
        }
        for (window, start, end) in &found.upcoming {
            let times = vec![self.from(*start), self.until_after(*start, *end)];
            row(
                State::Upcoming,
                [vec![id(window)], times, vec![window.effect().to_string()]].concat(),
            );
        }
        for (window, state, last) in &found.over {
            let last = last.map_or_else(
                || "never began".to_owned(),
                |last| format!("ended {}", format::instant(last, self.zone)),
            );
            row(State::Over, vec![id(window), last, state.to_string()]);
        }
        let mut text = self.sections(&sections);
        _ = writeln!(
            text,
            "{} of {} windows begin later; disabled: {}",
            found.later,
            self.windows.len(),
            found.disabled
        );
        Ok(text)
    }

    fn entities_text(&self) -> String {
        let found = self.entities();
        let ids = |by: &[&Window]| {
            let ids: Vec<_> = by.iter().map(|window| format::plain(window.id().as_str())).collect();
            format!("by {}", ids.join(", "))
        };
        let mut sections: BTreeMap<State, Table> = BTreeMap::new();
        let mut row = |state, cells: Vec<String>| {
            let table = sections.entry(state).or_insert_with(|| Table::indented(&[]));
            table.row(cells);
        };
        for (entity, end, by) in &found.active {
            row(State::Active, vec![format::plain(entity), self.until(*end), ids(by)]);
        }
        for (entity, start, end, by) in &found.upcoming {
            let until = self.until_after(*start, *end);
            row(State::Upcoming, vec![format::plain(entity), self.from(*start), until, ids(by)]);
        }
        for entity in &found.over {
            row(State::Over, vec![format::plain(entity)]);
        }
        let mut text = self.sections(&sections);
        _ = writeln!(text, "{} other known entities", found.others);
        text
    }

    /// The tables of the states that are listed, with their headings.
    fn sections(&self, tables: &BTreeMap<State, Table>) -> String {
        let (style, at) = (style::stdout(), self.at());
        let mut text = String::new();
        for state in STATES.into_iter().filter(|state| self.states.contains(state)) {
            let heading = match state {
                State::Active => format!("active at {}", format::instant(at, self.zone)),
                State::Upcoming => {
                    format!("upcoming within {}", format::duration(self.within.duration_ms()))
                }
                State::Over => "over".to_owned(),
            };
            let lines = tables.get(&state).map_or_else(Vec::new, Table::lines);
            _ = writeln!(text, "{} ({})", style.heading(&heading), lines.len());
            for line in lines {
                _ = writeln!(text, "{line}");
            }
            text.push('\n');
        }
        text
    }

    fn until(&self, end: SilenceEnd) -> String {
        let wait = match end {
            SilenceEnd::At(end) => format::wait(self.at(), end),
            _ => String::new(),
        };
        match end {
            SilenceEnd::Never => "forever".to_owned(),
            end => format!("until {}{wait}", format::end(end, self.zone)),
        }
    }

    fn from(&self, start: Timestamp) -> String {
        let wait = format::wait(self.at(), start);
        format!("from {}{wait}", format::instant(start, self.zone))
    }

    /// The end of what is upcoming, with its length.
    fn until_after(&self, start: Timestamp, end: SilenceEnd) -> String {
        match end {
            SilenceEnd::At(end) if end != Timestamp::END => {
                let length = format::duration(end.as_millis() - start.as_millis());
                format!("for {length}")
            }
            SilenceEnd::AtLeast(_) => format!("until {}", format::end(end, self.zone)),
            _ => "forever".to_owned(),
        }
    }

    fn windows_json(&self) -> Result<Value, Error> {
        let found = self.windows()?;
        let form = |window: &Window| {
            json!({
                "id": window.id().as_str(),
                "name": window.name(),
                "effect": window.effect().to_string(),
                "schedule": window.schedule().describe(),
            })
        };
        let with = |mut form: Value, fields: Value| {
            if let (Value::Object(form), Value::Object(fields)) = (&mut form, fields) {
                form.extend(fields);
            }
            form
        };
        let active = found.active.iter();
        let active = active
            .map(|(window, until)| with(form(window), json!({ "until": end(*until, self.zone) })));
        let upcoming = found.upcoming.iter().map(|(window, start, until)| {
            let times =
                json!({ "start": instant(*start, self.zone), "end": end(*until, self.zone) });
            with(form(window), times)
        });
        let over = found.over.iter().map(|(window, state, last)| {
            let last = last.map(|last| instant(last, self.zone));
            with(form(window), json!({ "state": state.to_string(), "ended": last }))
        });
        let mut answer = self.answer(active.collect(), upcoming.collect(), over.collect());
        answer["later"] = found.later.into();
        answer["disabled"] = found.disabled.into();
        Ok(answer)
    }

    fn entities_json(&self) -> Value {
        let found = self.entities();
        let ids = |by: &[&Window]| -> Vec<_> {
            by.iter().map(|window| window.id().as_str().to_owned()).collect()
        };
        let active = found.active.iter().map(|(entity, until, by)| {
            json!({ "entity": entity, "until": end(*until, self.zone), "by": ids(by) })
        });
        let upcoming = found.upcoming.iter().map(|(entity, start, until, by)| {
            json!({
                "entity": entity,
                "start": instant(*start, self.zone),
                "end": end(*until, self.zone),
                "by": ids(by),
            })
        });
        let over = found.over.iter().map(|entity| json!({ "entity": entity }));
        let mut answer = self.answer(active.collect(), upcoming.collect(), over.collect());
        answer["others"] = found.others.into();
        answer
    }

    /// The lists of the states that are asked for.
    fn answer(&self, active: Vec<Value>, upcoming: Vec<Value>, over: Vec<Value>) -> Value {
        let mut answer = json!({
            "at": instant(self.at(), self.zone),
            "until": instant(self.within.end(), self.zone),
        });
        for (state, name, list) in [
            (State::Active, "active", active),
            (State::Upcoming, "upcoming", upcoming),
            (State::Over, "over", over),
        ] {
            if self.states.contains(&state) {
                answer[name] = list.into();
            }
        }
        answer
    }
}
