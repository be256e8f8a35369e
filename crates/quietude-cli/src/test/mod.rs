//! `test`: checks the assertions of files against a document, and shows for each that
//! fails what differs, and why, as `explain` does.
//!
//! `cases` reads the files.

mod cases;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use quietude::explain::WindowExplanation;
use quietude::{Document, Effect, SilenceEnd, Silencer, Timestamp, Zone};
use quietude_formats::native::Position;
use serde_json::{Value, json};

use crate::check::{end, instant};
use crate::explain::{HEADINGS, describe, heading};
use crate::locate::Places;
use crate::output::print;
use crate::progress::Progress;
use crate::query::Known;
use crate::source::Source;
use crate::zones::ZoneArgs;
use crate::{EXIT_FOUND, Error, format, query, style};
use cases::{Case, Cases};

#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Files of assertions, as JSON or YAML
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Test this document of windows instead of the one that each file names
    #[arg(long = "file", value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// Read local times in this zone, and show times in it too; that of each file unless given
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Error> {
    let timezone = args.zones.timezone(args.timezone.as_deref())?;
    let (mut passed, mut failed) = (0, 0);
    let (mut text, mut forms) = (String::new(), Vec::new());
    let mut documents = HashMap::new();
    for file in &args.files {
        let source = Source::read(file)?;
        let cases = cases::read(&source, timezone.clone(), &args.zones)?;
        let path = document_path(args, file, &cases)?;
        if !documents.contains_key(&path) {
            let document = query::document(&path, &args.zones)?;
            let silencer = query::silencer(&document)?;
            documents.insert(path.clone(), (document, silencer));
        }
        let (document, silencer) = &documents[&path];
        let _progress = Progress::start(format!("testing {}", source.name()));
        let known = Known::new(document, silencer);
        let mut places = Places::new(&source);
        for case in &cases.list {
            let place = places.find(&case.path());
            let view = View { source: &source, zone: cases.zone.as_ref(), place };
            let note = case.subject.note(&known);
            if let Some(note) = note.filter(|_| !args.json) {
                view.note(&mut text, case, note);
            }
            for at in &case.at {
                let outcome = Outcome::new(case, *at, document, silencer);
                if outcome.differing.is_empty() {
                    passed += 1;
                } else {
                    failed += 1;
                    if !args.json {
                        outcome.describe(&mut text, &view);
                    }
                }
                if args.json {
                    forms.push(outcome.form(&view, note));
                }
            }
        }
    }
    if args.json {
        let answer = json!({ "passed": passed, "failed": failed, "tests": forms });
        text = format!("{answer}\n");
    } else {
        let style = style::stdout();
        let line = format!("{passed} passed, {failed} failed");
        let line = if failed == 0 { style.good(&line) } else { style.error(&line) };
        _ = writeln!(text, "{line}");
    }
    print(&text)?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FOUND) })
}

/// The document of the option, or that which the file names, relative to the file.
fn document_path(args: &TestArgs, file: &Path, cases: &Cases) -> Result<PathBuf, Error> {
    match (&args.document, &cases.document) {
        (Some(document), _) => Ok(document.clone()),
        (None, Some(document)) => Ok(file.parent().unwrap_or(Path::new("")).join(document)),
        (None, None) => {
            let file = file.display();
            Err(format!("{file}: document: is missing; name it in the file, or with --file").into())
        }
    }
}

/// Where a case is, and how it is shown.
struct View<'a> {
    source: &'a Source,
    zone: Option<&'a Zone>,
    /// The place of the case.
    place: Option<Position>,
}

impl View<'_> {
    /// `failed: name.tests.yaml: tests[0] the backup is silent`, and the place.
    fn heading(&self, text: &mut String, word: &str, case: &Case) {
        let style = style::stdout();
        let name = case.name.as_deref().map(format::plain).unwrap_or_default();
        let (file, name) = (self.source.name(), style.heading(&name));
        let line = format!("{word} {file}: {} {name}", case.path());
        _ = writeln!(text, "{}", line.trim_end());
        if let Some(place) = self.place {
            _ = writeln!(text, " {} {place}", style.faint("-->"));
        }
    }

    fn note(&self, text: &mut String, case: &Case, note: &str) {
        self.heading(text, &style::stdout().heading("note:"), case);
        _ = writeln!(text, "  {}: {note}\n", case.subject.title());
    }
}

/// A case at one of its instants, and the answer.
struct Outcome<'a> {
    case: &'a Case,
    at: Timestamp,
    document: &'a Document,
    silencer: &'a Silencer,
    silenced: bool,
    by: Vec<String>,
    until: Option<SilenceEnd>,
    effect: Option<Effect>,
    /// The fields in which the answer is not the expected one.
    differing: Vec<&'static str>,
}

impl<'a> Outcome<'a> {
    fn new(case: &'a Case, at: Timestamp, document: &'a Document, silencer: &'a Silencer) -> Self {
        let (by, until, effect) = case.subject.with(|subject| match silencer.answer(subject, at) {
            Some(answer) => {
                let by = answer.by.map(|window| window.id().as_str().to_owned());
                (by.collect(), Some(answer.until), Some(answer.effect))
            }
            None => (BTreeSet::new(), None, None),
        });
        let silenced = until.is_some();
        let by: Vec<String> = by.into_iter().collect();
        let tests = [
            ("silenced", case.silenced != silenced),
            ("by", case.by.as_ref().is_some_and(|expected| *expected != by)),
            ("until", case.until.is_some_and(|expected| Some(expected) != until)),
            ("effect", case.effect.is_some_and(|expected| Some(expected) != effect)),
        ];
        let differing = tests.into_iter().filter_map(|(name, differs)| differs.then_some(name));
        let differing = differing.collect();
        Self { case, at, document, silencer, silenced, by, until, effect, differing }
    }

    /// What is expected and what is, as text, of a field of the case.
    fn values(&self, field: &str, zone: Option<&Zone>) -> (String, String) {
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let list = |ids: &[String]| match ids {
            [] => "nothing".to_owned(),
            ids => format::plain(&ids.join(", ")),
        };
        let until = |until: Option<SilenceEnd>| match until {
            Some(until) => format::end(until, zone),
            None => "-".to_owned(),
        };
        let effect = |effect: Option<Effect>| match effect {
            Some(effect) => effect.to_string(),
            None => "-".to_owned(),
        };
        match field {
            "by" => (list(self.case.by.as_deref().unwrap_or_default()), list(&self.by)),
            "until" => (until(self.case.until), until(self.until)),
            "effect" => (effect(self.case.effect), effect(self.effect)),
            _ => (yes(self.case.silenced), yes(self.silenced)),
        }
    }

    fn describe(&self, text: &mut String, view: &View<'_>) {
        let (style, zone) = (style::stdout(), view.zone);
        view.heading(text, &style.error("failed:"), self.case);
        let at = format::instant(self.at, zone);
        _ = writeln!(text, "  {} at {at}", self.case.subject.title());
        for field in &self.differing {
            let (expected, found) = self.values(field, zone);
            let expected = style.error(&format!("- {field:<9} {expected}"));
            let found = style.good(&format!("+ {field:<9} {found}"));
            _ = writeln!(text, "  {expected}\n  {found}");
        }
        self.reason(text, zone);
        text.push('\n');
    }

    /// Writes the explanation of the windows that silence the subject and of those that
    /// should; of all that concern it, if there is no such window.
    fn reason(&self, text: &mut String, zone: Option<&Zone>) {
        let explanation = self.case.subject.with(|subject| self.silencer.explain(subject, self.at));
        let expected: &[String] = self.case.by.as_deref().unwrap_or_default();
        let id = |window: &WindowExplanation| window.window.id().as_str().to_owned();
        for missing in expected {
            let shown = format::plain(missing);
            if self.document.registry.get(missing).is_none() {
                _ = writeln!(text, "  the document has no window `{shown}`");
            } else if !explanation.windows.iter().any(|window| id(window) == *missing) {
                _ = writeln!(text, "  the scope of `{shown}` does not cover it");
            }
        }
        let named = |window: &&WindowExplanation| {
            let id = id(window);
            expected.contains(&id) || self.by.contains(&id)
        };
        let mut relevant: Vec<_> = explanation.windows.iter().filter(named).collect();
        if relevant.is_empty() {
            relevant = explanation.windows.iter().collect();
        }
        if relevant.is_empty() {
            text.push_str("  no window concerns it\n");
        }
        for title in HEADINGS {
            let mut windows = relevant.iter().filter(|w| heading(&w.verdict) == title).peekable();
            if windows.peek().is_some() {
                _ = writeln!(text, "  {title}");
            }
            for window in windows {
                let mut lines = String::new();
                describe(&mut lines, window, self.at, zone);
                for line in lines.lines() {
                    _ = writeln!(text, "  {line}");
                }
            }
        }
    }

    fn form(&self, view: &View<'_>, note: Option<&str>) -> Value {
        let zone = view.zone;
        let mut reason = String::new();
        if !self.differing.is_empty() {
            self.reason(&mut reason, zone);
        }
        let effect = |effect: Option<Effect>| effect.map(|effect| effect.to_string());
        json!({
            "file": view.source.name(),
            "line": view.place.map(|place| place.line),
            "index": self.case.index,
            "name": self.case.name,
            "subject": self.case.subject.title(),
            "at": instant(self.at, zone),
            "passed": self.differing.is_empty(),
            "differing": self.differing,
            "expected": {
                "silenced": self.case.silenced,
                "by": self.case.by,
                "until": self.case.until.map(|until| end(until, zone)),
                "effect": effect(self.case.effect),
            },
            "found": {
                "silenced": self.silenced,
                "by": self.by,
                "until": self.until.map(|until| end(until, zone)),
                "effect": effect(self.effect),
            },
            "reason": reason,
            "note": note,
        })
    }
}
