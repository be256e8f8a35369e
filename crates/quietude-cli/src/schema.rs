//! `schema`: prints the JSON Schema of the document, which stands in the package as
//! `quietude.schema.json`.

use std::process::ExitCode;

use crate::Error;
use crate::output::print;

const SCHEMA: &str = include_str!("../quietude.schema.json");

pub(crate) fn run() -> Result<ExitCode, Error> {
    print(SCHEMA)?;
    Ok(ExitCode::SUCCESS)
}
