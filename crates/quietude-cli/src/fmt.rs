//! `fmt`: writes a document with its fields in the fixed order.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::output::{print, write_file};
use crate::progress::Progress;
use crate::source::{Source, read_text};
use crate::zones::ZoneArgs;
use crate::{EXIT_FOUND, Error, yaml_comments, yaml_text};

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
    /// Answer with one JSON object about what was done; without --check and --write, the
    /// document is its field `text`. For the document as JSON, --to json
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Json,
    Yaml,
}

pub(crate) fn run(args: &FmtArgs) -> Result<ExitCode, Error> {
    if args.write && args.file == Path::new("-") {
        return Err("--write needs a file, and not standard input".into());
    }
    let source = Source::read(&args.file)?;
    let document = source.document(&args.zones)?;
    let progress = Progress::start("formatting");
    let own = if source.is_yaml() { Form::Yaml } else { Form::Json };
    let form = args.to.unwrap_or(own);
    let text = match form {
        Form::Json => format!("{}\n", document.to_json()),
        Form::Yaml => yaml_text::from_json(&document.to_json())?,
    };
    let line = first_difference(&text, source.text());
    let is_written = args.write && line.is_some();
    if is_written {
        write(args, &source, &text)?;
    }
    drop(progress);
    if args.json {
        let answer = json!({
            "file": source.name(),
            "form": if form == Form::Json { "json" } else { "yaml" },
            "is_formatted": line.is_none(),
            "line": line,
            "written": is_written,
            "text": (!args.check && !args.write).then_some(&text),
        });
        print(&format!("{answer}\n"))?;
    } else if !args.check && !args.write {
        print(&text)?;
    } else if let Some(line) = line.filter(|_| args.check) {
        print(&format!("{} is not formatted, from line {line} on\n", source.name()))?;
    }
    let is_found = args.check && line.is_some();
    Ok(if is_found { ExitCode::from(EXIT_FOUND) } else { ExitCode::SUCCESS })
}

/// The first line in which two texts differ, from 1.
fn first_difference(new: &str, old: &str) -> Option<usize> {
    let same = new.lines().zip(old.lines()).take_while(|(new, old)| new == old);
    (new != old).then(|| same.count() + 1)
}

fn write(args: &FmtArgs, source: &Source, text: &str) -> Result<(), Error> {
    let name = source.name();
    if source.is_yaml() && !args.drop_comments && yaml_comments::has_comments(source.text()) {
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
    write_file(&args.file, text.as_bytes())
}
