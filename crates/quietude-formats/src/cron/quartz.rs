//! Cron expressions of Quartz, in the syntax of the library.

use crate::collect::shown;
use crate::words::{WEEKDAYS, meant};

/// The expression of six or seven fields, if the words are one: one of the day fields is
/// `?`, and no command has that form. The error is why such words are not valid.
pub(super) fn translate(words: &[&str]) -> Result<Option<String>, String> {
    if !matches!(words.len(), 6 | 7) {
        return Ok(None);
    }
    // Five fields have no `?` in the place of the month, and no command is called `?`.
    if words[3] != "?" && words[5] != "?" {
        return Ok(None);
    }
    let mut fields: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    fields[5] = weekdays(words[5])?;
    Ok(Some(fields.join(" ")))
}

/// The field of the days of the week. Quartz counts from 1 for Sunday, and ranges wrap.
fn weekdays(field: &str) -> Result<String, String> {
    if matches!(field, "*" | "?") {
        return Ok(field.to_owned());
    }
    let parts: Result<Vec<_>, _> = field.split(',').map(part).collect();
    Ok(parts?.join(","))
}

fn part(text: &str) -> Result<String, String> {
    // A bare L is the last day of the week, Saturday.
    if text == "L" {
        return Ok("6".into());
    }
    if let Some(day) = text.strip_suffix(['L', 'l']).filter(|day| !day.is_empty()) {
        return Ok(format!("{}L", number(day)?));
    }
    if let Some((day, nth)) = text.split_once('#') {
        return Ok(format!("{}#{nth}", number(day)?));
    }
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => {
            let parsed = step.parse::<usize>().ok().filter(|step| (1..=7).contains(step));
            let step = parsed
                .ok_or_else(|| format!("day of the week: the step {} is not 1 to 7", shown(step)));
            (range, Some(step?))
        }
        None => (text, None),
    };
    let (from, to) = match range.split_once('-') {
        Some((from, to)) => (number(from)?, number(to)?),
        None if range == "*" => (0, 6),
        None => {
            let from = number(range)?;
            (from, if step.is_some() { 6 } else { from })
        }
    };
    let last = if to < from { to + 7 } else { to };
    let days = (from..=last).step_by(step.unwrap_or(1)).map(|day| (day % 7).to_string());
    Ok(days.collect::<Vec<_>>().join(","))
}

/// The number of a weekday, 0 for Sunday.
fn number(text: &str) -> Result<usize, String> {
    if let Ok(number @ 1..=7) = text.parse::<usize>() {
        return Ok(number - 1);
    }
    let name = text.to_ascii_lowercase();
    let names = WEEKDAYS.map(|name| &name[..3]);
    names.iter().position(|known| *known == name).ok_or_else(|| {
        format!(
            "day of the week: {} is not 1 (Sunday) to 7 or SUN to SAT{}",
            shown(text),
            meant(&name, names)
        )
    })
}
