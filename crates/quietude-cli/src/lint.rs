//! `lint`: what about the windows was probably not meant, with the line of the document.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use quietude::lint::{self, Code, Finding, Severity};
use quietude::{WindowId, Zone};
use quietude_formats::native::Position;
use serde_json::{Value, json};

use crate::args::AtArgs;
use crate::check::instant;
use crate::locate::Places;
use crate::output::print;
use crate::progress::Progress;
use crate::source::{Problems, Source};
use crate::zones::ZoneArgs;
use crate::{EXIT_ERROR, EXIT_FOUND, Error, format, query, style};

#[derive(Debug, clap::Args)]
pub(crate) struct LintArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
    /// Exit with code 1 if there is a warning. A window that is over is one, so that the answer
    /// changes with time; --allow over leaves it out
    #[arg(long)]
    deny: bool,
    /// Leave out the findings with this code, such as `over`; may be repeated
    #[arg(long = "allow", value_name = "CODE", value_parser = code)]
    allowed: Vec<Code>,
    /// Print warnings only
    #[arg(long)]
    quiet: bool,
    /// Answer with one JSON object; it has the errors of the document, too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

pub(crate) fn run(args: &LintArgs) -> Result<ExitCode, Error> {
    let (at, zone) = query::instant(&args.at, &args.zones)?;
    let read = Source::read(&args.file);
    let read = read.and_then(|source| {
        let document = source.document(&args.zones)?;
        Ok((source, document))
    });
    let (source, document) = match read {
        Ok(read) => read,
        Err(error) => {
            return match error.downcast_ref::<Problems>().filter(|_| args.json) {
                Some(problems) => {
                    print(&format!("{}\n", problems_json(problems)))?;
                    Ok(ExitCode::from(EXIT_ERROR))
                }
                None => Err(error),
            };
        }
    };
    let progress = Progress::start("checking the windows");
    let report = lint::check(&document.registry, &document.topology, at)?;
    let is_shown = |finding: &&Finding| {
        !args.allowed.contains(&finding.code)
            && (!args.quiet || finding.severity() >= Severity::Warning)
    };
    let mut places = Places::new(&source);
    let findings = report.findings.iter().filter(is_shown);
    let findings: Vec<(&Finding, Option<Position>)> = findings
        .map(|finding| (finding, places.find_in_window(finding.window.as_str(), &finding.path)))
        .collect();
    let warnings =
        findings.iter().filter(|(finding, _)| finding.severity() >= Severity::Warning).count();
    let text = if args.json {
        let zone = zone.as_ref();
        let list = findings.iter().map(|(finding, place)| form(finding, *place, zone));
        let list: Vec<_> = list.collect();
        let answer = json!({
            "errors": [],
            "findings": list,
            "warnings": warnings,
            "incomplete": report.incomplete.len(),
            "incomplete_windows": report.incomplete.iter().map(WindowId::as_str).collect::<Vec<_>>(),
        });
        format!("{answer}\n")
    } else {
        let mut text = String::new();
        for (finding, place) in &findings {
            describe(&mut text, &source, finding, *place, zone.as_ref());
        }
        let windows = document.registry.len();
        let others = findings.len() - warnings;
        _ = writeln!(text, "windows: {windows}, warnings: {warnings}, other findings: {others}");
        if let Some(line) = incomplete(&report.incomplete) {
            _ = writeln!(text, "{line}");
        }
        text
    };
    drop(progress);
    print(&text)?;
    let is_denied = args.deny && warnings > 0;
    Ok(if is_denied { ExitCode::from(EXIT_FOUND) } else { ExitCode::SUCCESS })
}

/// ```text
/// warning: fleet.json: window `w-1`: scope.entity: .. [unknown-entity]
///   --> line 7, column 12
/// ```
fn describe(
    text: &mut String,
    source: &Source,
    finding: &Finding,
    place: Option<Position>,
    zone: Option<&Zone>,
) {
    let style = style::stdout();
    let severity = match finding.severity() {
        Severity::Warning => style.warning("warning:"),
        severity => style.heading(&format!("{severity}:")),
    };
    let Finding { code, window, path, fix, .. } = finding;
    let message = message(finding, zone);
    let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let line = format!("window `{window}`: {path}{message} [{code}]");
    _ = writeln!(text, "{severity} {}: {}", source.name(), format::plain(&line));
    let excerpt = source.excerpt(place, style);
    if !excerpt.is_empty() {
        _ = writeln!(text, "{excerpt}");
    }
    if let Some(fix) = fix {
        _ = writeln!(text, "   = {}", format::plain(fix));
    }
}

/// The windows that were not checked completely, the first few of them by id.
fn incomplete(windows: &[WindowId]) -> Option<String> {
    const SHOWN: usize = 3;
    let (first, others) = windows.split_at(windows.len().min(SHOWN));
    let ids: Vec<_> = first.iter().map(|id| format!("`{}`", format::plain(id.as_str()))).collect();
    let more =
        if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    let (were, have, cover) = match windows {
        [] => return None,
        [_] => ("window was", "it has", "covers"),
        _ => ("windows were", "they have", "cover"),
    };
    Some(format!(
        "{} {were} not checked completely, because {have} too many or too rare occurrences, or \
         {cover} too much: {}{more}",
        windows.len(),
        ids.join(", ")
    ))
}

/// The message, whose instants are also in a zone if one is given.
fn message(finding: &Finding, zone: Option<&Zone>) -> String {
    if zone.is_none() {
        return finding.message.clone();
    }
    let (mut message, mut rest) = (String::new(), finding.message.as_str());
    for t in &finding.instants {
        let Some((before, after)) = rest.split_once(&t.to_string()) else { break };
        message.push_str(before);
        message.push_str(&format::instant(*t, zone));
        rest = after;
    }
    message + rest
}

fn form(finding: &Finding, place: Option<Position>, zone: Option<&Zone>) -> Value {
    let instants = finding.instants.iter().map(|t| instant(*t, zone));
    json!({
        "code": finding.code.as_str(),
        "severity": finding.severity().to_string(),
        "window": finding.window.as_str(),
        "path": finding.path,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "message": message(finding, zone),
        "instants": instants.collect::<Vec<_>>(),
        "fix": finding.fix,
    })
}

fn problems_json(problems: &Problems) -> Value {
    let errors = problems.list().iter().map(|problem| {
        let found = &problem.found;
        json!({
            "window": found.window,
            "path": found.path,
            "line": found.position.map(|position| position.line),
            "column": found.position.map(|position| position.column),
            "message": found.message,
        })
    });
    json!({
        "errors": errors.collect::<Vec<_>>(),
        "findings": [],
        "warnings": 0,
        "incomplete": 0,
        "incomplete_windows": [],
    })
}

fn code(text: &str) -> Result<Code, String> {
    Code::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| {
        let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        format!("it is not one of {}", known.join(", "))
    })
}
