//! `page`: writes all windows and entities over some days as one HTML file, which loads
//! nothing and needs no server.
//!
//! `data` has what the page shows, `bars` the silences of a window, `entities` the windows
//! that refer to an entity, and `html` puts the
//! data, the style (`page.css`) and the script (`base.js` and the files after it) into the
//! template (`page.html`).

mod bars;
mod data;
mod entities;
mod html;

use std::path::PathBuf;
use std::process::ExitCode;

use quietude::{Interval, Timestamp, Zone};
use serde_json::json;

use crate::args::AtArgs;
use crate::check::instant;
use crate::output::{print, write_file};
use crate::progress::Progress;
use crate::timeline::most_used_zone;
use crate::when::Time;
use crate::zones::ZoneArgs;
use crate::{Error, format, query};

/// The longest span of a page, in days.
const MAX_DAYS: i64 = 400;
/// The days of a page without `--to`.
const DEFAULT_DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug, clap::Args)]
pub(crate) struct PageArgs {
    /// The document of windows, as JSON or YAML; - is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Write the page to this file
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    #[command(flatten)]
    at: AtArgs,
    /// Where the days begin: RFC 3339, or a local time, or a date for its midnight in the zone;
    /// the day before --at unless given
    #[arg(long, value_name = "TIME")]
    from: Option<Time>,
    /// Where they end, in the same forms; 14 days later unless given, at most 400
    #[arg(long, value_name = "TIME")]
    to: Option<Time>,
    /// Print one JSON object about what was written
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    zones: ZoneArgs,
}

pub(crate) fn run(args: &PageArgs) -> Result<ExitCode, Error> {
    let document = query::document(&args.file, &args.zones)?;
    let (at, zone) = query::instant(&args.at, &args.zones)?;
    let windows = || document.registry.iter().map(|window| &**window);
    let zone = zone.unwrap_or_else(|| most_used_zone(windows()));
    let within = days(args, at, &zone)?;
    let name = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy();
    let progress = Progress::start("laying out the page");
    let data = data::Data::new(&document, &format::plain(&name), at, within, &zone)?;
    let page = html::page(&data)?;
    write_file(&args.out, page.as_bytes())?;
    drop(progress);
    if args.json {
        let answer = json!({
            "out": args.out.display().to_string(),
            "bytes": page.len(),
            "at": instant(at, Some(&zone)),
            "from": instant(within.start(), Some(&zone)),
            "to": instant(within.end(), Some(&zone)),
            "timezone": zone.name(),
            "windows": data.windows(),
            "entities": data.entities(),
            "notes": data.notes(),
        });
        print(&format!("{answer}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The interval that the page shows.
fn days(args: &PageArgs, at: Timestamp, zone: &Zone) -> Result<Interval, Error> {
    let from = match &args.from {
        Some(from) => from.instant(zone)?,
        None => midnight(at, -1, zone),
    };
    let to = match &args.to {
        Some(to) => to.instant(zone)?,
        None => midnight(from, DEFAULT_DAYS, zone),
    };
    let within =
        Interval::new(from, to).map_err(|_| format!("--to {to} is not after --from {from}"))?;
    if within.duration_ms() > MAX_DAYS * DAY_MS {
        let days = within.duration_ms() / DAY_MS;
        return Err(format!("--from {from} --to {to}: {days} days; at most {MAX_DAYS}").into());
    }
    Ok(within)
}

/// The midnight of the date `by` days after that of `t`; near the ends of the range of
/// time, the instant that many times 24 hours after `t`.
fn midnight(t: Timestamp, by: i64, zone: &Zone) -> Timestamp {
    let date = format::clock(t, zone, "%Y-%m-%d").parse().ok();
    let date = date
        .and_then(|date: quietude::NaiveDate| date.checked_add_signed(chrono::TimeDelta::days(by)));
    let midnight = date.and_then(|date| {
        let date: Time = date.format("%Y-%m-%d").to_string().parse().ok()?;
        date.instant(zone).ok()
    });
    midnight.unwrap_or_else(|| saturating(t.as_millis() + by * DAY_MS))
}

/// The instant, or the end of the range of time that is next to it.
fn saturating(ms: i64) -> Timestamp {
    let ms = ms.clamp(Timestamp::MIN.as_millis(), Timestamp::END.as_millis());
    Timestamp::from_millis(ms).unwrap_or(Timestamp::END)
}
