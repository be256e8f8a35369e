//! Combinations on one clock: parts that are daily and weekly clock ranges of one zone, by
//! high water, are a pattern of local times that repeats each week. A combination with such
//! a pattern is lowered if it is that of one clock range on days of the week; or, if one
//! part is on days of the month, of one clock range on these.

use crate::index::block::calendar::Days;
use crate::schedule::{ALL_WEEKDAYS, ClockDates, Kind, Operator, Schedule};
use crate::time::civil::{DAY_MS, WEEK_MS};
use crate::time::{ClockRange, Zone};

/// More calendars are not looked at.
const MOST_CALENDARS: usize = 8;

/// What a combination is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OneClock<'a> {
    /// It is never active.
    Never,
    /// A clock range on some days, on the clock of a zone.
    Rule(&'a Zone, Days, ClockRange),
}

/// Intervals of local time within a week or some days, in milliseconds from its start;
/// ascending, neither empty nor touching.
type Pattern = Vec<(i64, i64)>;

/// What a combination of schedules is; `None` if it is not a single rule.
pub(super) fn single_rule(operator: Operator, parts: &[Schedule]) -> Option<OneClock<'_>> {
    let mut left = MOST_CALENDARS;
    let mut zone = None;
    if let Some(pattern) = combined(operator, parts.iter(), &mut zone, &mut left) {
        return weekly_rule(zone?, pattern);
    }
    // One part on days of the month, and times of the day.
    if operator != Operator::All {
        return None;
    }
    let on_days = |part: &&Schedule| plain_calendar(part).is_some_and(|c| mask(c).is_some());
    let calendar = plain_calendar(parts.iter().find(on_days)?)?;
    let others = parts.iter().filter(|part| !on_days(part));
    if others.clone().count() + 1 != parts.len() {
        return None;
    }
    let (mut zone, mut left) = (Some(&calendar.zone), MOST_CALENDARS);
    let daily = daily_pattern(&combined(Operator::All, others, &mut zone, &mut left)?)?;
    let from = i64::from(calendar.clock.from_ms());
    let twice = daily.iter().chain(&daily).enumerate().map(|(index, (start, end))| {
        let later = if index < daily.len() { 0 } else { DAY_MS };
        (start + later, end + later)
    });
    let range = vec![(from, from + calendar.clock.duration_ms())];
    match intersection(&range, &union(twice.collect()))[..] {
        [] => Some(OneClock::Never),
        [(start, end)] if start < DAY_MS => {
            let clock = ClockRange::from_duration(start as u32, end - start);
            Some(OneClock::Rule(&calendar.zone, mask(calendar)?, clock))
        }
        _ => None,
    }
}

fn plain_calendar(schedule: &Schedule) -> Option<&ClockDates> {
    match schedule.kind() {
        Kind::Calendar(calendar) if calendar.is_plain() => Some(calendar),
        _ => None,
    }
}

fn mask(calendar: &ClockDates) -> Option<Days> {
    calendar.dates.month_day_mask().map(Days::Month)
}

/// The pattern of a schedule; `None` if it has none, or is in another zone than `zone`.
fn pattern<'a>(
    schedule: &'a Schedule,
    zone: &mut Option<&'a Zone>,
    left: &mut usize,
) -> Option<Pattern> {
    if let Kind::Combined(operator, parts) = schedule.kind() {
        return combined(operator, parts.iter(), zone, left);
    }
    let calendar = plain_calendar(schedule)?;
    let weekdays = calendar.dates.weekday_bits()?;
    if *zone.get_or_insert(&calendar.zone) != &calendar.zone {
        return None;
    }
    *left = left.checked_sub(1)?;
    let from = i64::from(calendar.clock.from_ms());
    let mut ranges = Pattern::new();
    for day in (0..7).filter(|day| weekdays >> day & 1 != 0) {
        let start = day * DAY_MS + from;
        let end = start + calendar.clock.duration_ms();
        ranges.push((start, end.min(WEEK_MS)));
        if end > WEEK_MS {
            ranges.push((0, end - WEEK_MS));
        }
    }
    Some(union(ranges))
}

fn combined<'a>(
    operator: Operator,
    parts: impl Iterator<Item = &'a Schedule>,
    zone: &mut Option<&'a Zone>,
    left: &mut usize,
) -> Option<Pattern> {
    let mut whole: Option<Pattern> = None;
    for part in parts {
        let part = pattern(part, zone, left)?;
        whole = Some(match whole {
            None => part,
            Some(whole) if operator == Operator::All => intersection(&whole, &part),
            Some(whole) => union([whole, part].concat()),
        });
    }
    let whole = whole?;
    Some(if operator == Operator::Not { complement(&whole) } else { whole })
}

/// Sorts and merges intervals.
fn union(mut intervals: Pattern) -> Pattern {
    intervals.sort_unstable();
    let mut merged = Pattern::new();
    for (start, end) in intervals {
        match merged.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn complement(pattern: &Pattern) -> Pattern {
    let starts = std::iter::once(0).chain(pattern.iter().map(|(_, end)| *end));
    let ends = pattern.iter().map(|(start, _)| *start).chain([WEEK_MS]);
    starts.zip(ends).filter(|(start, end)| start < end).collect()
}

fn intersection(a: &Pattern, b: &Pattern) -> Pattern {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
    pairs.filter(|(start, end)| start < end).collect()
}

/// The rule with a pattern of a week.
fn weekly_rule(zone: &Zone, mut pattern: Pattern) -> Option<OneClock<'_>> {
    let Some((first, last)) = pattern.first().copied().zip(pattern.last().copied()) else {
        return Some(OneClock::Never);
    };
    if first == (0, WEEK_MS) {
        return Some(OneClock::Rule(zone, Days::Week(ALL_WEEKDAYS), ClockRange::WHOLE_DAY));
    }
    // An interval over midnight of Sunday.
    if first.0 == 0 && last.1 == WEEK_MS {
        pattern.remove(0);
        pattern.last_mut()?.1 += first.1;
    }
    let (start, end) = pattern[0];
    let (from, length) = (start % DAY_MS, end - start);
    let is_same = |(start, end): &(i64, i64)| (start % DAY_MS, end - start) == (from, length);
    if length > DAY_MS || !pattern.iter().all(is_same) {
        return None;
    }
    let weekdays = pattern.iter().fold(0, |all, (start, _)| all | 1 << (start / DAY_MS));
    let clock = ClockRange::from_duration(from as u32, length);
    Some(OneClock::Rule(zone, Days::Week(weekdays), clock))
}

/// The pattern of each day of a week, if all days have the same.
fn daily_pattern(week: &Pattern) -> Option<Pattern> {
    let of_day = |day: i64| -> Pattern {
        let within = intersection(week, &vec![(day * DAY_MS, (day + 1) * DAY_MS)]);
        within.iter().map(|(start, end)| (start - day * DAY_MS, end - day * DAY_MS)).collect()
    };
    let first = of_day(0);
    (1..7).all(|day| of_day(day) == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Daily, Monthly, Weekly};
    use crate::time::MonthDay;
    use chrono::Weekday;
    use chrono_tz::Europe::{Berlin, Paris};

    fn daily(clock: &str) -> Schedule {
        Daily::new(clock.parse().unwrap(), Berlin).into()
    }

    fn weekly(day: Weekday, clock: &str) -> Schedule {
        Weekly::new([day], clock.parse().unwrap(), Berlin).unwrap().into()
    }

    fn monthly(clock: &str) -> Schedule {
        Monthly::on_days([MonthDay::LAST], clock.parse().unwrap(), Berlin).unwrap().into()
    }

    fn all(parts: impl IntoIterator<Item = Schedule>) -> Schedule {
        Schedule::all(parts).unwrap()
    }

    fn not(part: Schedule) -> Schedule {
        Schedule::not(part).unwrap()
    }

    /// `never`, the days as bits and the clock range, or an empty text for no rule.
    fn rule(schedule: &Schedule) -> String {
        let Kind::Combined(operator, parts) = schedule.kind() else { panic!("a combination") };
        match single_rule(operator, parts) {
            None => String::new(),
            Some(OneClock::Never) => "never".to_owned(),
            Some(OneClock::Rule(_, Days::Week(days), clock)) => format!("{days:07b} {clock}"),
            Some(OneClock::Rule(_, Days::Month(_), clock)) => format!("month {clock}"),
        }
    }

    #[test]
    fn single_rule_of_week_found() {
        use Weekday::{Mon, Sun, Tue};
        for (schedule, expected) in [
            (all([daily("22:00-02:00"), not(daily("12:00-13:00"))]), "1111111 22:00-02:00"),
            (all([weekly(Mon, "09:00-17:00"), not(daily("16:00-18:00"))]), "0000001 09:00-16:00"),
            // The rest begins on the next day.
            (all([weekly(Sun, "22:00-02:00"), not(daily("22:00-01:00"))]), "0000001 01:00-02:00"),
            (all([weekly(Sun, "22:00-02:00"), not(daily("12:00-13:00"))]), "1000000 22:00-02:00"),
            (all([daily("00:00-24:00"), weekly(Mon, "22:00-02:00")]), "0000001 22:00-02:00"),
            (all([weekly(Mon, "09:00-17:00"), weekly(Tue, "09:00-17:00")]), "never"),
            (not(daily("08:00-20:00")), "1111111 20:00-08:00"),
            (
                Schedule::any([daily("00:00-12:00"), daily("12:00-00:00")]).unwrap(),
                "1111111 00:00-24:00",
            ),
            (
                Schedule::any([weekly(Mon, "20:00-00:00"), weekly(Tue, "00:00-01:00")]).unwrap(),
                "0000001 20:00-01:00",
            ),
            // Two ranges a day, one of more than a day, and two zones.
            (all([daily("09:00-17:00"), not(daily("12:00-13:00"))]), ""),
            (not(weekly(Mon, "09:00-17:00")), ""),
            (
                all([
                    daily("09:00-17:00"),
                    not(Daily::new("12:00-18:00".parse().unwrap(), Paris).into()),
                ]),
                "",
            ),
            (all(std::iter::repeat_n(daily("09:00-17:00"), 8)), "1111111 09:00-17:00"),
            (all(std::iter::repeat_n(daily("09:00-17:00"), 9)), ""),
        ] {
            assert_eq!(rule(&schedule), expected, "{schedule}");
        }
    }

    #[test]
    fn single_rule_of_month_found() {
        let lunch = || not(daily("12:00-13:00"));
        for (schedule, expected) in [
            (all([monthly("22:00-02:00"), lunch()]), "month 22:00-02:00"),
            (all([lunch(), monthly("12:30-17:00")]), "month 13:00-17:00"),
            (all([lunch(), monthly("12:10-12:50")]), "never"),
            (all([monthly("22:00-02:00"), not(daily("23:00-06:00"))]), "month 22:00-23:00"),
            (all([monthly("22:00-12:30"), lunch()]), "month 22:00-12:00"),
            // The rest begins on the next day, or there are two; not of each day the same.
            (all([monthly("22:00-02:00"), not(daily("21:00-01:00"))]), ""),
            (all([monthly("09:00-17:00"), lunch()]), ""),
            (all([monthly("09:00-17:00"), not(weekly(Weekday::Mon, "12:00-18:00"))]), ""),
            (all([monthly("09:00-17:00"), monthly("09:00-17:00")]), ""),
            (Schedule::any([monthly("09:00-17:00"), lunch()]).unwrap(), ""),
        ] {
            assert_eq!(rule(&schedule), expected, "{schedule}");
        }
    }
}
