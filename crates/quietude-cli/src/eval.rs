//! `eval`: reads queries from standard input and writes answers to standard
//! output, in the same order. Both are JSON objects, one per line.
//!
//! ```text
//! {"entity":"db-7","alert_type":null,"at_ms":[1795727700000,0]}
//! {"silenced":[true,false],"until_ms":[1795741200000,null],"by":[["w-42"],[]]}
//! ```
//!
//! The answer to an invalid line is `{"error":".."}`; the following lines are
//! still read. `request.rs` has the fields of a question.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use quietude::{SilenceEnd, Silencer, Subject, Timestamp};

use crate::args::EvalArgs;
use crate::request::Request;
use crate::{Error, query};

/// Maximum length of a line in bytes; enough for about four million instants.
const MAX_LINE_BYTES: usize = 64 << 20;

const BUFFER_BYTES: usize = 1 << 17;

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode, Error> {
    if args.file == Path::new("-") {
        return Err("--file -: standard input has the questions".into());
    }
    let silencer = query::silencer(&query::document(&args.file, &args.zones)?)?;
    let requests = BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock());
    let answers = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    match answer_all(&silencer, requests, answers) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn answer_all(
    silencer: &Silencer,
    mut requests: BufReader<impl io::Read>,
    mut answers: impl Write,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut answer = Answer::default();
    loop {
        // Flush before the next read could block: the client may be waiting for
        // this answer before it sends another query.
        if requests.buffer().is_empty() {
            answers.flush().map_err(output)?;
        }
        match read_line(&mut requests, &mut line).map_err(input)? {
            Line::End => return answers.flush().map_err(output),
            Line::TooLong => {
                answer.set_error(&format!("the line is longer than {MAX_LINE_BYTES} bytes"))
            }
            Line::Whole => match answer.fill(silencer, &line) {
                Ok(()) => {}
                Err(error) => answer.set_error(&error),
            },
        }
        answers.write_all(&answer.text).map_err(output)?;
    }
}

fn input(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("standard input: {error}"))
}

fn output(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("standard output: {error}"))
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads a line into `line`, without the line feed. A line that is too long is
/// consumed and discarded.
fn read_line(requests: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut too_long) = (false, false);
    loop {
        let buffer = requests.fill_buf()?;
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
        requests.consume(used);
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

/// The answer to one line. It is reused for every line, with its buffers.
#[derive(Default)]
struct Answer {
    text: Vec<u8>,
    until: Vec<u8>,
    by: Vec<u8>,
}

impl Answer {
    /// Evaluates the query of one line.
    fn fill(&mut self, silencer: &Silencer, line: &[u8]) -> Result<(), String> {
        // serde would also accept an array with the fields in order.
        if !matches!(line.trim_ascii_start(), [b'{', ..]) {
            return Err("the line is not a JSON object".to_owned());
        }
        let request: Request<'_> =
            serde_json::from_slice(line).map_err(|error| describe_error(&error))?;
        request.with_subject(|subject| self.fill_for(silencer, &subject, &request.at_ms))
    }

    /// Fills the three lists of the answer in one pass over the instants.
    fn fill_for(
        &mut self,
        silencer: &Silencer,
        subject: &Subject<'_>,
        at_ms: &[i64],
    ) -> Result<(), String> {
        let Self { text, until, by } = self;
        text.clear();
        until.clear();
        by.clear();
        text.extend_from_slice(b"{\"silenced\":[");
        for (index, at_ms) in at_ms.iter().enumerate() {
            let at = Timestamp::from_millis(*at_ms)
                .map_err(|error| format!("at_ms[{index}]: {error}"))?;
            if index > 0 {
                for list in [&mut *text, &mut *until, &mut *by] {
                    list.push(b',');
                }
            }
            let end = silencer.silenced_until(subject, at);
            text.extend_from_slice(if end.is_some() { b"true" } else { b"false" });
            match end {
                Some(SilenceEnd::At(end)) => write_number(until, end.as_millis()),
                Some(SilenceEnd::AtLeast(end)) => {
                    return Err(format!(
                        "at_ms[{index}]: silenced until {end} at least; too many occurrences join \
                         for it to be followed to its end"
                    ));
                }
                _ => until.extend_from_slice(b"null"),
            }
            by.push(b'[');
            if end.is_some() {
                for (index, window) in silencer.silenced_by(subject, at).enumerate() {
                    if index > 0 {
                        by.push(b',');
                    }
                    write_string(by, window.id().as_str());
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

    fn set_error(&mut self, error: &str) {
        self.text.clear();
        self.text.extend_from_slice(b"{\"error\":");
        write_string(&mut self.text, error);
        self.text.extend_from_slice(b"}\n");
    }
}

/// The error text with the column in front. The line number is dropped: it is
/// always 1, because each line is parsed separately.
fn describe_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    format!("column {}: {message}", error.column())
}

fn write_number(out: &mut Vec<u8>, value: i64) {
    write!(out, "{value}").expect("memory takes what is written");
}

fn write_string(out: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(out, value).expect("memory takes what is written");
}
