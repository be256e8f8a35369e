//! The arguments of the program.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use quietude_alertmanager::client::Endpoint;
use quietude_alertmanager::proxy::Silenced;

/// Recurring silences for Prometheus Alertmanager, from a document of Quietude.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep the silences of Alertmanagers equal to a document.
    Bridge(BridgeArgs),
    /// Mark or drop silenced alerts on their way from Prometheus to Alertmanager.
    Proxy(ProxyArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DocumentArgs {
    /// The document, as JSON or YAML; it is read again when it changes, and on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Read time zones from the TZif files in this folder, and not from what is built in
    #[arg(long, value_name = "DIR")]
    pub(crate) tzdir: Option<PathBuf>,

    /// How long a request to Alertmanager may take
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BridgeArgs {
    #[command(flatten)]
    pub(crate) document: DocumentArgs,

    /// An Alertmanager, or the members of one cluster, separated by commas; repeated for
    /// Alertmanagers that have nothing to do with each other
    #[arg(long, value_name = "URL,..", required = true, value_parser = members)]
    pub(crate) alertmanager: Vec<Members>,

    /// Where health and metrics are
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9096")]
    pub(crate) listen: String,

    /// How far ahead silences are created; none lasts longer than this and an eighth
    #[arg(long, value_name = "TIME", default_value = "2d", value_parser = duration)]
    pub(crate) horizon: Duration,

    /// How often Alertmanager is asked
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub(crate) interval: Duration,

    /// The name in the marker of the silences: bridges with different documents for the same
    /// Alertmanager need different names
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) owner: String,

    /// The author of the silences, `createdBy`
    #[arg(long, value_name = "NAME", default_value = "quietude")]
    pub(crate) author: String,

    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProxyArgs {
    #[command(flatten)]
    pub(crate) document: DocumentArgs,

    /// An Alertmanager; repeated for those that get the same alerts
    #[arg(long, value_name = "URL", required = true, value_parser = endpoint)]
    pub(crate) alertmanager: Vec<Endpoint>,

    /// Where alerts are accepted, and health and metrics are
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9095")]
    pub(crate) listen: String,

    /// What happens to alerts that are silenced
    #[arg(long, default_value = "mark")]
    pub(crate) silenced: SilencedArg,

    /// The memory for alerts that wait for one Alertmanager, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(32..=65_536))]
    pub(crate) queue: u64,

    /// How long a request waits for space in the queue before it is refused
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub(crate) wait: Duration,

    /// How many connections there may be
    #[arg(long, value_name = "NUMBER", default_value_t = 4_096)]
    pub(crate) connections: usize,

    /// How long waiting alerts may be delivered after a signal to stop
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration)]
    pub(crate) drain: Duration,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SilencedArg {
    /// Pass them on with the annotations silenced_by and silenced_until
    Mark,
    /// Do not pass them on, until their silence ends
    Drop,
}

impl From<SilencedArg> for Silenced {
    fn from(silenced: SilencedArg) -> Self {
        match silenced {
            SilencedArg::Mark => Self::Mark,
            SilencedArg::Drop => Self::Drop,
        }
    }
}

/// The members of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Members(pub(crate) Vec<Endpoint>);

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, endpoint) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{endpoint}")?;
        }
        Ok(())
    }
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    Endpoint::parse(text).map_err(|error| error.to_string())
}

fn members(text: &str) -> Result<Members, String> {
    text.split(',').map(endpoint).collect::<Result<_, _>>().map(Members)
}

/// Reads `500ms`, `2s`, `5m`, `36h` or `2d`; more than 0, at most 366 days.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time is a number and ms, s, m, h or d, such as 500ms; 1ms to 366d".to_owned();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit_ms = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match number.checked_mul(unit_ms) {
        Some(ms) if (1..=366 * 86_400_000).contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err(wrong()),
    }
}
