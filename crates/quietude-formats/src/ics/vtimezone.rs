//! A zone from the rules of a VTIMEZONE (RFC 5545, section 3.6.5).

use quietude::{Rule, Schedule, Zone};

use crate::ics::calendar::ZoneDefinition;
use crate::ics::lines::Line;
use crate::ics::rrule::Parts;
use crate::ics::value::{DAY, SECOND, Value, day_number, interval, parse_offset, timestamp, utc};
use crate::limits::MAX_ZONE_CHANGES;

/// A zone, and how far its rules go.
pub(super) struct DefinedZone {
    pub(super) zone: Zone,
    /// From here on, its last offset is all that the definition says.
    pub(super) known_until: i64,
}

/// A change: the instant, the offset before and after.
type Change = (i64, i64, i64);

/// The end of the rules that are expanded.
pub(super) fn end_of_rules() -> i64 {
    day_number(2100, 1, 1) * DAY
}

/// The zone of a definition, from about the instant `from` on.
pub(super) fn defined_zone(
    definition: &ZoneDefinition<'_>,
    from: i64,
) -> Result<DefinedZone, String> {
    let mut changes = Vec::new();
    let mut is_endless = definition.observances.len() == 1;
    for observance in &definition.observances {
        is_endless |= observed(observance, from - 800 * DAY, &mut changes)?;
    }
    changes.sort_unstable_by_key(|(at, ..)| *at);
    changes.dedup_by_key(|(at, ..)| *at);
    let Some((last, ..)) = changes.last() else {
        return Err("has neither STANDARD nor DAYLIGHT".to_owned());
    };
    let known_until = if is_endless { end_of_rules() } else { last + 1 };
    let zone = Zone::from_tzif("VTIMEZONE", &tzif(&changes)?).map_err(|error| error.to_string())?;
    Ok(DefinedZone { zone, known_until })
}

/// Adds the changes of a STANDARD or DAYLIGHT; whether they have no end.
fn observed(lines: &[Line<'_>], from: i64, changes: &mut Vec<Change>) -> Result<bool, String> {
    let one = |name: &str| {
        let found = lines.iter().find(|line| line.is(name));
        found.ok_or_else(|| format!("has a STANDARD or DAYLIGHT without {name}"))
    };
    let offset = |name: &str| {
        let line = one(name)?;
        parse_offset(line.value()).ok_or_else(|| {
            let value = crate::ics::lines::truncated(line.value());
            format!("{name}: \"{value}\" is not an offset such as +0100 (RFC 5545, 3.3.14)")
        })
    };
    let (before, after) = (offset("TZOFFSETFROM")?, offset("TZOFFSETTO")?);
    let start = Value::parse(one("DTSTART")?.value()).map_err(|why| format!("DTSTART: {why}"))?;
    let mut add = |reading: i64| changes.push((reading - before, before, after));
    let rules: Vec<&Line<'_>> = lines.iter().filter(|line| line.is("RRULE")).collect();
    let mut is_endless = false;
    for line in &rules {
        let mut parts = Parts::parse(line.value());
        is_endless |= parts.is_endless();
        // UNTIL is in UTC; the rule is evaluated on the clock before the change.
        if let Some(until) = parts.get("UNTIL") {
            let until = Value::parse(until).map_err(|why| format!("UNTIL: {why}"))?;
            let shift = if until.form == crate::ics::value::Form::Utc { before } else { 0 };
            parts.set("UNTIL", &utc(until.reading + shift).to_string());
        }
        let text = format!("DTSTART:{}\nRRULE:{}", utc(start.reading), parts);
        let rule = Rule::parse(&text, SECOND).map_err(|error| error.to_string())?;
        let schedule = Schedule::from(rule);
        if let Some(earlier) = schedule.previous_occurrence(timestamp(from)) {
            add(earlier.start().as_millis());
        }
        if let Some(within) = interval(from, end_of_rules()) {
            for (index, change) in schedule.occurrences(within).enumerate() {
                if index >= MAX_ZONE_CHANGES {
                    return Err(format!("has more than {MAX_ZONE_CHANGES} changes"));
                }
                add(change.start().as_millis());
            }
        }
    }
    if rules.is_empty() {
        add(start.reading);
    }
    for line in lines.iter().filter(|line| line.is("RDATE")) {
        for (index, text) in line.value().split(',').enumerate() {
            if index >= MAX_ZONE_CHANGES {
                return Err(format!("has more than {MAX_ZONE_CHANGES} changes"));
            }
            let text = text.split('/').next().unwrap_or(text);
            let value = Value::parse(text).map_err(|why| format!("RDATE: {why}"))?;
            let shift = if value.form == crate::ics::value::Form::Utc { before } else { 0 };
            add(value.reading + shift);
        }
    }
    Ok(is_endless)
}

/// TZif data (RFC 9636) with these changes.
fn tzif(changes: &[Change]) -> Result<Vec<u8>, String> {
    let mut offsets = vec![changes[0].1];
    let mut indices = Vec::new();
    for (.., after) in changes {
        let index = offsets.iter().position(|offset| offset == after).unwrap_or_else(|| {
            offsets.push(*after);
            offsets.len() - 1
        });
        indices.push(u8::try_from(index).map_err(|_| "has more than 256 offsets".to_owned())?);
    }
    let mut bytes = Vec::new();
    // The first block, for readers of version 1, is empty.
    for (times, types) in [(0, 0), (changes.len(), offsets.len())] {
        bytes.extend(b"TZif2");
        bytes.extend([0; 15]);
        for count in [0, 0, 0, times, types, types.min(1)] {
            bytes.extend((count as u32).to_be_bytes());
        }
    }
    bytes.extend(changes.iter().flat_map(|(at, ..)| at.div_euclid(SECOND).to_be_bytes()));
    bytes.extend(&indices);
    for offset in offsets {
        bytes.extend(((offset / SECOND) as i32).to_be_bytes());
        bytes.extend([0, 0]);
    }
    // One empty name, and a footer without a rule.
    bytes.extend(b"\0\n\n");
    Ok(bytes)
}

/// The first instant in `from..to` at which two zones differ.
pub(super) fn first_difference(a: &Zone, b: &Zone, from: i64, to: i64) -> Option<i64> {
    if a.offset_ms(timestamp(from)) != b.offset_ms(timestamp(from)) {
        return Some(from);
    }
    let within = interval(from + 1, to)?;
    let (mut of_a, mut of_b) = (a.transitions(within), b.transitions(within));
    loop {
        match (of_a.next(), of_b.next()) {
            (Some(a), Some(b)) if (a.at, a.offset_after_ms) == (b.at, b.offset_after_ms) => {}
            (None, None) => return None,
            (a, b) => {
                return [a, b].into_iter().flatten().map(|change| change.at.as_millis()).min();
            }
        }
    }
}
