//! `eval`: questions from standard input, answers to standard output, a JSON
//! object a line each, in order.
//!
//! ```text
//! {"entity":"db-7","alert_type":null,"at_ms":[1795727700000,0]}
//! {"silenced":[true,false],"until_ms":[1795741200000,null],"by":[["w-42"],[]]}
//! ```
//!
//! A bad line is answered with `{"error":".."}`, and the next one is read.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use quietude::{End, Silencer, Subject, Timestamp};
use serde::Deserialize;

use crate::args::EvalArgs;
use crate::{Failure, question};

/// The longest line, in bytes: some four million instants.
const MAX_LINE_BYTES: usize = 64 << 20;

const BUFFER_BYTES: usize = 1 << 17;

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode, Failure> {
    let silencer = question::silencer(&question::document(&args.file, &args.zones)?)?;
    let questions = BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock());
    let answers = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    match answer_all(&silencer, questions, answers) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn answer_all(
    silencer: &Silencer,
    mut questions: BufReader<impl io::Read>,
    mut answers: impl Write,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut answer = Answer::default();
    loop {
        // Whoever asks one question at a time waits for its answer.
        if questions.buffer().is_empty() {
            answers.flush()?;
        }
        match read_line(&mut questions, &mut line)? {
            Line::End => return answers.flush(),
            Line::TooLong => {
                answer.refuse(&format!("the line is longer than {MAX_LINE_BYTES} bytes"))
            }
            Line::Whole => match answer.fill(silencer, &line) {
                Ok(()) => {}
                Err(error) => answer.refuse(&error),
            },
        }
        answers.write_all(&answer.text)?;
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads a line without its end into `line`; of one that is too long nothing
/// is kept.
fn read_line(questions: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut too_long) = (false, false);
    loop {
        let buffer = questions.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        too_long |= line.len() + piece.len() > MAX_LINE_BYTES;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(end.is_some());
        questions.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(match (any, too_long) {
        (false, _) => Line::End,
        (_, true) => Line::TooLong,
        _ => Line::Whole,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked<'a> {
    #[serde(borrow)]
    entity: Cow<'a, str>,
    #[serde(borrow, default)]
    alert_type: Option<Cow<'a, str>>,
    at_ms: Vec<i64>,
}

/// The answer to one line; kept, so that its memory is used again.
#[derive(Default)]
struct Answer {
    text: Vec<u8>,
    until: Vec<u8>,
    by: Vec<u8>,
}

impl Answer {
    /// Answers a question. The three lists are written side by side, in one
    /// pass over the instants.
    fn fill(&mut self, silencer: &Silencer, line: &[u8]) -> Result<(), String> {
        // serde would read a list as the fields in their order.
        if !matches!(line.trim_ascii_start(), [b'{', ..]) {
            return Err("the line is not a JSON object".to_owned());
        }
        let asked: Asked<'_> = serde_json::from_slice(line).map_err(|error| place(&error))?;
        let mut subject = Subject::entity(&asked.entity);
        if let Some(alert_type) = &asked.alert_type {
            subject = subject.with_alert_type(alert_type);
        }

        let Self { text, until, by } = self;
        text.clear();
        until.clear();
        by.clear();
        text.extend_from_slice(b"{\"silenced\":[");
        for (index, at_ms) in asked.at_ms.iter().enumerate() {
            let at = Timestamp::from_millis(*at_ms)
                .map_err(|error| format!("at_ms[{index}]: {error}"))?;
            if index > 0 {
                for list in [&mut *text, &mut *until, &mut *by] {
                    list.push(b',');
                }
            }
            let end = silencer.silenced_until(&subject, at);
            text.extend_from_slice(if end.is_some() { b"true" } else { b"false" });
            match end {
                Some(End::At(end)) => number(until, end.as_millis()),
                Some(End::AtLeast(end)) => {
                    return Err(format!(
                        "at_ms[{index}]: silenced until {end} at least; too many occurrences join \
                         for it to be followed to its end"
                    ));
                }
                _ => until.extend_from_slice(b"null"),
            }
            by.push(b'[');
            if end.is_some() {
                for (index, window) in silencer.silenced_by(&subject, at).enumerate() {
                    if index > 0 {
                        by.push(b',');
                    }
                    string(by, window.id().as_str());
                }
            }
            by.push(b']');
        }
        text.extend_from_slice(b"],\"until_ms\":[");
        text.extend_from_slice(until);
        text.extend_from_slice(b"],\"by\":[");
        text.extend_from_slice(by);
        text.extend_from_slice(b"]}\n");
        Ok(())
    }

    fn refuse(&mut self, error: &str) {
        self.text.clear();
        self.text.extend_from_slice(b"{\"error\":");
        string(&mut self.text, error);
        self.text.extend_from_slice(b"}\n");
    }
}

/// The error of a line with its place in front; the line's number says
/// nothing, as each is read by itself.
fn place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    format!("column {}: {message}", error.column())
}

fn number(out: &mut Vec<u8>, value: i64) {
    write!(out, "{value}").expect("memory takes what is written");
}

fn string(out: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(out, value).expect("memory takes what is written");
}
