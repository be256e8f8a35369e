//! Lines of a crontab, each with the duration of the options.
//!
//! A line is one window that silences everything, with the identifier `line-12`.
//!
//! # Meaning
//!
//! Five fields and the nicknames are those of Vixie cron, which Debian's cron and cronie
//! follow: if the day of the month or the day of the week begins with `*`, both must hold,
//! otherwise either suffices. A line whose minute or hour begins with `*` runs in both
//! passes of a fold, any other one only in the first. Six and seven fields are those of
//! Quartz, with seconds first and Sunday as 1; they are recognised by their `?`.

mod quartz;

use quietude::calendar::{Cron, DayMatch, Fold, Gap};
use quietude::{Interval, Schedule, Scope, Zone};

use crate::collect::{Collected, check_count, lines, required_zone, shown};
use crate::convert::{ImportOptions, Imported};
use crate::error::{Error, Place};

/// Reads a crontab.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let mut into = Collected::default();
    let mut jobs = Vec::new();
    let mut zone = options.timezone.clone();
    let mut has_user_column = false;
    for line in lines(text) {
        let (number, line) = line?;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            has_user_column |= names_user_column(comment);
        } else if let Some((name, value)) = environment(line) {
            if matches!(name, "CRON_TZ" | "TZ") {
                zone = Some(options.zone(value).map_err(|error| {
                    let message = format_args!("{name}: {error}");
                    Error::new(Place::line(number), message)
                })?);
            }
            if name == "TZ" {
                let message = "it is the zone of the lines below it here; Vixie cron and cronie \
                               take only CRON_TZ as that";
                into.note(format!("line {number}"), "TZ", message)?;
            }
        } else if let Some(job) = job(number, line, &mut into)? {
            if zone.is_none() {
                required_zone(options, Place::line(number), "the times of a crontab")?;
            }
            jobs.push((job, zone.clone()));
            check_count(jobs.len())?;
        }
    }
    let is_root = |job: &Job<'_>| job.command.split_whitespace().next() == Some("root");
    let has_user_column =
        has_user_column || (!jobs.is_empty() && jobs.iter().all(|(job, _)| is_root(job)));
    if has_user_column && !jobs.is_empty() {
        let message = "the sixth column is taken as the user, as in /etc/crontab; it becomes the \
                       tag `user`, and has no other effect";
        into.note("crontab", "user", message)?;
    }
    let mut gaps = Gaps::default();
    for (job, zone) in &jobs {
        let Some(zone) = zone else { continue };
        add(job, zone, options, has_user_column, &mut gaps, &mut into)?;
    }
    Ok(into.finish())
}

/// A line with a schedule.
struct Job<'a> {
    line: usize,
    /// In the syntax of [`Cron`].
    schedule: String,
    day_match: DayMatch,
    /// Whether the minute or the hour begins with `*`.
    is_wild: bool,
    is_quartz: bool,
    command: &'a str,
}

/// Whether a comment names the columns of /etc/crontab, such as
/// `m h dom mon dow user command`.
fn names_user_column(comment: &str) -> bool {
    let words: Vec<_> = comment.split_whitespace().collect();
    words.windows(2).any(|pair| {
        matches!(pair[0], "user" | "user-name" | "username" | "who")
            && pair[1].starts_with("command")
    })
}

/// The name and the value of a line such as `NAME=value` or `NAME = "value"`.
fn environment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = trim_quotes(name.trim());
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name, trim_quotes(value.trim())))
}

/// The text in a pair of quotes, or the text.
fn trim_quotes(text: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    text
}

/// Reads a line with a schedule. What has no schedule is noted.
fn job<'a>(line: usize, text: &'a str, into: &mut Collected) -> Result<Option<Job<'a>>, Error> {
    // cronie: a line that is not logged.
    let text = text.strip_prefix('-').unwrap_or(text);
    let item = || format!("line {line}");
    let (tokens, rests) = split(text);
    let first = tokens.first().copied().unwrap_or_default();
    if first.starts_with('@') {
        let command = rests.first().copied().unwrap_or_default();
        let name = first.to_ascii_lowercase();
        if name == "@reboot" {
            into.note(item(), "@reboot", "left out: the start of the host is not a time")?;
            return Ok(None);
        }
        if name == "@every" {
            let why = "left out: its times depend on when the program was started";
            into.note(item(), "@every", why)?;
            return Ok(None);
        }
        check(line, &name)?;
        let (day_match, is_wild) = (DayMatch::Or, name == "@hourly");
        let (schedule, is_quartz) = (name, false);
        return Ok(Some(Job { line, schedule, day_match, is_wild, is_quartz, command }));
    }
    let fields = &tokens[..tokens.len().min(5)];
    if let Some(field) = fields.iter().find(|field| field.contains('~')) {
        let why = format!("left out: {} is a random time, drawn by cron", shown(field));
        into.note(item(), "", why)?;
        return Ok(None);
    }
    if let Some(schedule) = quartz::translate(&tokens).map_err(|why| at(line, why))? {
        check(line, &schedule)?;
        let (day_match, is_wild, is_quartz) = (DayMatch::Or, false, true);
        return Ok(Some(Job { line, schedule, day_match, is_wild, is_quartz, command: "" }));
    }
    if tokens.len() < 5 {
        let why = format!(
            "{} is not a line of a crontab, such as \"0 22 * * 1-5 command\" or \"@daily \
             command\", or \"NAME=value\"",
            shown(text)
        );
        return Err(at(line, why));
    }
    let schedule = fields.join(" ");
    check(line, &schedule)?;
    // Vixie cron: a field that begins with a star does not make the other one optional.
    let is_star_with_step = |field: &str| field.starts_with('*') && field != "*";
    let is_and = is_star_with_step(fields[2]) || is_star_with_step(fields[4]);
    let day_match = if is_and { DayMatch::And } else { DayMatch::Or };
    let is_wild = fields[0].starts_with('*') || fields[1].starts_with('*');
    let (is_quartz, command) = (false, rests[4]);
    Ok(Some(Job { line, schedule, day_match, is_wild, is_quartz, command }))
}

/// Up to eight words, and for each what follows it.
fn split(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut words, mut rests) = (Vec::new(), Vec::new());
    let mut rest = text.trim_start();
    while !rest.is_empty() && words.len() < 8 {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after.trim_start();
        words.push(word);
        rests.push(rest);
    }
    (words, rests)
}

fn at(line: usize, message: String) -> Error {
    Error::new(Place::line(line), message)
}

/// Checks an expression, in any zone.
fn check(line: usize, schedule: &str) -> Result<(), Error> {
    let checked = Cron::new(schedule, 1, Zone::utc());
    checked.map(|_| ()).map_err(|error| at(line, error.to_string()))
}

/// Adds the window of a job.
fn add(
    job: &Job<'_>,
    zone: &Zone,
    options: &ImportOptions,
    has_user_column: bool,
    gaps: &mut Gaps,
    into: &mut Collected,
) -> Result<(), Error> {
    let Some(millis) = options.duration_millis else {
        let why = "a crontab does not say how long a silence lasts; give the duration";
        return Err(at(job.line, why.into()));
    };
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let cron = Cron::new(&job.schedule, millis, zone.clone());
    let fold = if job.is_wild { Fold::Both } else { Fold::First };
    let cron = cron.map_err(|error| at(job.line, error.to_string()))?;
    let cron = cron.with_day_match(job.day_match).with_fold(fold).with_gap(Gap::Skip);
    let item = format!("line {}", job.line);
    if !job.is_wild && !job.is_quartz && gaps.contain(zone, &job.schedule) {
        let why = "on a date on which the clock skips this time, cron runs the command when the \
                   clock has moved on; here the line has no occurrence then";
        into.note(&item, "", why)?;
    }
    let mut command = job.command;
    let mut user = None;
    if has_user_column {
        let (words, rests) = split(command);
        user = words.first().copied();
        command = rests.first().copied().unwrap_or_default();
    }
    let id = format!("line-{}", job.line);
    into.window(&item, &id, |mut window| {
        window = window.schedule(cron).scope(Scope::everything());
        if !command.is_empty() {
            window = window.name(command);
        }
        if let Some(user) = user {
            window = window.tag("user", user);
        }
        window
    })
}

/// The times of day that zones skip, from the year 2000 on.
#[derive(Default)]
struct Gaps(Vec<(Zone, Vec<Interval>)>);

impl Gaps {
    /// Whether a time of day of an expression of five fields or a nickname is skipped on
    /// some date.
    fn contain(&mut self, zone: &Zone, schedule: &str) -> bool {
        let index = match self.0.iter().position(|(known, _)| known == zone) {
            Some(index) => index,
            None => {
                self.0.push((zone.clone(), times_of_gaps(zone)));
                self.0.len() - 1
            }
        };
        let times = match schedule.split(' ').collect::<Vec<_>>()[..] {
            [minute, hour, ..] => format!("{minute} {hour} * * *"),
            _ => "0 0 * * *".to_owned(),
        };
        let Ok(daily) = Cron::new(times, 1, Zone::utc()) else { return false };
        let daily = Schedule::from(daily);
        self.0[index].1.iter().any(|gap| daily.occurrences(*gap).next().is_some())
    }
}

/// The gaps as intervals of local time, of one day each, without repetition.
fn times_of_gaps(zone: &Zone) -> Vec<Interval> {
    const DAY_MS: i64 = 86_400_000;
    let instant = |text: &str| text.parse::<quietude::Timestamp>();
    let (Ok(from), Ok(to)) = (instant("2000-01-01T00:00:00Z"), instant("2100-01-01T00:00:00Z"))
    else {
        return Vec::new();
    };
    let Ok(century) = Interval::new(from, to) else { return Vec::new() };
    let mut times = Vec::new();
    for transition in zone.transitions(century) {
        let at = transition.at.as_millis();
        let (before, after) = (transition.offset_before_ms, transition.offset_after_ms);
        if after > before {
            let start = (at + before).rem_euclid(DAY_MS);
            times.push((start, start + after - before));
        }
    }
    times.sort_unstable();
    times.dedup();
    let local = |millis: i64| quietude::Timestamp::from_millis(millis);
    let intervals = times
        .into_iter()
        .filter_map(|(start, end)| Interval::new(local(start).ok()?, local(end).ok()?).ok());
    intervals.collect()
}
