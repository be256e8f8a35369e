//! `fmt`: writes a document with its fields in the fixed order.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::output::{print, write_file};
use crate::source::{Source, read_text};
use crate::zones::ZoneArgs;
use crate::{EXIT_FOUND, Error, yaml_text};

#[derive(Debug, clap::Args)]
pub(crate) struct FmtArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Write to the file itself, as a whole or not at all
    #[arg(long, conflicts_with_all = ["check", "to"])]
    write: bool,
    /// Only compare, and exit with code 1 if the file is not formatted
    #[arg(long)]
    check: bool,
    /// The form to print; that of the file unless given
    #[arg(long, value_enum, value_name = "FORM")]
    to: Option<Form>,
    /// Write to a YAML file that has comments; they are lost
    #[arg(long, requires = "write")]
    drop_comments: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Json,
    Yaml,
}

pub(crate) fn run(args: &FmtArgs) -> Result<ExitCode, Error> {
    let source = Source::read(&args.file)?;
    let document = source.document(&args.zones)?;
    let own = if source.is_yaml() { Form::Yaml } else { Form::Json };
    let text = match args.to.unwrap_or(own) {
        Form::Json => format!("{}\n", document.to_json()),
        Form::Yaml => yaml_text::from_json(&document.to_json())?,
    };
    if args.check {
        if text == source.text() {
            return Ok(ExitCode::SUCCESS);
        }
        let same = text.lines().zip(source.text().lines()).take_while(|(new, old)| new == old);
        let line = same.count() + 1;
        print(&format!("{} is not formatted, from line {line} on\n", source.name()))?;
        return Ok(ExitCode::from(EXIT_FOUND));
    }
    if !args.write {
        print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let name = source.name();
    if args.file == Path::new("-") {
        return Err("--write needs a file, and not standard input".into());
    }
    if text == source.text() {
        return Ok(ExitCode::SUCCESS);
    }
    if source.is_yaml() && !args.drop_comments && may_have_comments(source.text()) {
        return Err(format!(
            "{name}: it has comments, which would be lost; print to another file, or give \
             --drop-comments"
        )
        .into());
    }
    let (_, now) = read_text(&args.file)?;
    if now.strip_prefix('\u{feff}').unwrap_or(&now) != source.text() {
        return Err(format!("{name}: the file changed while it was formatted; try again").into());
    }
    write_file(&args.file, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a YAML text has a `#` where a comment could begin; in a quoted text it is none.
fn may_have_comments(text: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start().starts_with('#') || line.contains(" #") || line.contains("\t#")
    })
}
