//! The blocks of a text of Nagios: `define kind { .. }` and `kind { .. }`.

use crate::collect::{check_count, lines, shown};
use crate::error::{Error, Place};
use crate::limits::MAX_ENTRIES;
use crate::words::meant;

/// A block whose kind is read.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) kind: &'a str,
    /// The line of the brace.
    pub(super) line: usize,
    /// The number of each line, and the line without comment and outer spaces. A line that
    /// ended with a backslash goes on in the next one.
    pub(super) lines: Vec<(usize, String)>,
}

/// The kinds that are read; others are skipped.
const KINDS: [&str; 3] = ["timeperiod", "hostdowntime", "servicedowntime"];

/// Calls `visit` for each block of a kind that is read.
pub(super) fn read<'a>(
    text: &'a str,
    mut visit: impl FnMut(Block<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut open: Option<Block<'a>> = None;
    let mut count = 0;
    let mut continued = String::new();
    for line in lines(text) {
        let (number, line) = line?;
        let is_data = open.as_ref().is_some_and(|block| block.kind.ends_with("downtime"));
        let line = if is_data { line.trim() } else { without_comment(line).trim() };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let error = |message: String| Error::new(Place::line(number), message);
        match &mut open {
            None => {
                let Some(header) = line.strip_suffix('{') else {
                    // Other files of Nagios, such as nagios.cfg, have no blocks.
                    let message = format!(
                        "{} is outside of a block such as \"define timeperiod {{\"",
                        shown(line)
                    );
                    return Err(error(message));
                };
                let mut words = header.split_whitespace();
                let kind = match words.next() {
                    Some("define") => words.next().unwrap_or_default(),
                    first => first.unwrap_or_default(),
                };
                let hint = meant(kind, KINDS);
                if !hint.is_empty() && !KINDS.contains(&kind) {
                    return Err(error(format!("{} is no kind of object{hint}", shown(kind))));
                }
                open = Some(Block { kind, line: number, lines: Vec::new() });
            }
            Some(block) => {
                let is_end = line == "}" || (!is_data && line.ends_with('}'));
                let content = if line == "}" { "" } else { line };
                let content =
                    if is_end { content.trim_end_matches('}').trim_end() } else { content };
                if let Some(part) = content.strip_suffix('\\').filter(|_| !is_data) {
                    continued.push_str(part);
                    if continued.len() > crate::limits::MAX_LINE_BYTES {
                        return Err(error("the continued line is too long".into()));
                    }
                    continue;
                }
                if KINDS.contains(&block.kind) && !(content.is_empty() && continued.is_empty()) {
                    if block.lines.len() >= MAX_ENTRIES {
                        return Err(error(format!("more than {MAX_ENTRIES} lines in a block")));
                    }
                    let content = std::mem::take(&mut continued) + content;
                    block.lines.push((number, content));
                }
                continued.clear();
                if is_end
                    && let Some(block) = open.take()
                    && KINDS.contains(&block.kind)
                {
                    count += 1;
                    check_count(count)?;
                    visit(block)?;
                }
            }
        }
    }
    match open {
        Some(block) => {
            let message = format_args!("the block {} has no end", shown(block.kind));
            Err(Error::new(Place::line(block.line), message))
        }
        None => Ok(()),
    }
}

/// The line up to a semicolon without a backslash before it.
fn without_comment(line: &str) -> &str {
    let mut start = 0;
    while let Some(found) = line[start..].find(';') {
        let at = start + found;
        if !line[..at].ends_with('\\') {
            return &line[..at];
        }
        start = at + 1;
    }
    line
}

impl Block<'_> {
    /// The pairs of a block of status data: `name=value`.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        self.lines.iter().map(|(number, line)| {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            (*number, name.trim(), value.trim())
        })
    }
}
