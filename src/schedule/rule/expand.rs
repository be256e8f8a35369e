//! Expands the parts of a rule to a set of local times, by the table of RFC 5545,
//! section 3.3.10.

use crate::error::{Error, ErrorKind};
use crate::schedule::dates::{DateSet, Ordinals, Unit, YearDays, YearFilters};
use crate::schedule::rule::daily_times::DailyTimes;
use crate::schedule::rule::local_times::LocalTimeSet;
use crate::schedule::rule::recur::{Freq, Recur, weekday_at};
use crate::schedule::rule::set_positions::SetPositions;
use crate::schedule::rule::steps::{StepTable, Steps};
use crate::schedule::rule::times::Times;
use crate::time::civil::{self, DAY_MS, Day, split};
use crate::time::{MonthDay, ShortMonth};

const ALL_HOURS: u64 = (1 << 24) - 1;
const ALL_SIXTY: u64 = (1 << 60) - 1;

/// Hours, minutes and seconds as bits.
#[derive(Clone, Copy)]
struct Clock {
    hours: u64,
    minutes: u64,
    seconds: u64,
}

/// The local times that a rule generates, not bounded by DTSTART. `start` is the
/// local time of DTSTART.
pub(super) fn local_times(recur: &Recur, start: i64) -> Result<LocalTimeSet, Error> {
    let (day, time) = split(start);
    let second = time / 1000;
    let own = Clock {
        hours: 1 << (second / 3600),
        minutes: 1 << (second / 60 % 60),
        seconds: 1 << (second % 60),
    };
    let dates = dates(recur, day);
    if dates.is_empty() {
        return Ok(LocalTimeSet::Nothing);
    }
    if recur.freq < Freq::Daily {
        return below_a_day(recur, dates, start, own);
    }
    let clock = given_or(recur, own);
    let times = Times::product(clock.hours, clock.minutes, clock.seconds);
    let Some(times) = times else { return Ok(LocalTimeSet::Nothing) };
    if recur.positions.is_empty() {
        return Ok(LocalTimeSet::Days(Box::new(DailyTimes { dates, times })));
    }
    if recur.freq == Freq::Daily {
        return Ok(on_days(dates, Times::list(at_positions(&times, &recur.positions))));
    }
    let unit = match recur.freq {
        Freq::Weekly => Unit::Week,
        Freq::Monthly => Unit::Month,
        _ => Unit::Year,
    };
    let mut local_times = LocalTimeSet::Positions(Box::new(SetPositions {
        dates,
        times,
        positions: recur.positions.as_slice().into(),
        unit,
        n: i64::from(recur.interval),
        anchor: day,
        week_start: recur.week_start,
        first: 0,
        last: 0,
    }));
    local_times.bound(start, i64::from(civil::LAST_DAY) * DAY_MS);
    Ok(local_times)
}

/// The times of day of the rule. Parts that are not given are those of DTSTART,
/// or everything for units below the frequency.
fn given_or(recur: &Recur, own: Clock) -> Clock {
    let given = |bits: u64, own: u64| if bits == 0 { own } else { bits };
    let or_all = |least: Freq, own: u64, all: u64| if recur.freq >= least { own } else { all };
    Clock {
        hours: given(recur.hours, or_all(Freq::Daily, own.hours, ALL_HOURS)),
        minutes: given(recur.minutes, or_all(Freq::Hourly, own.minutes, ALL_SIXTY)),
        seconds: given(recur.seconds, or_all(Freq::Minutely, own.seconds, ALL_SIXTY)),
    }
}

/// All of `times` on all of `dates`.
fn on_days(dates: DateSet, times: Option<Times>) -> LocalTimeSet {
    times.map_or(LocalTimeSet::Nothing, |times| {
        LocalTimeSet::Days(Box::new(DailyTimes { dates, times }))
    })
}

/// Applies BYSETPOS to the times of a period.
fn at_positions(times: &Times, positions: &[i32]) -> Vec<u32> {
    let count = times.len() as i32;
    let index = |n: &i32| if *n > 0 { *n - 1 } else { count + *n };
    let indices = positions.iter().map(index).filter(|index| (0..count).contains(index));
    indices.map(|index| times.nth(index as usize)).collect()
}

/// Expands HOURLY, MINUTELY and SECONDLY rules.
///
/// Units are counted in local time, as in 3.3.10: three hours after 23:00 is 02:00,
/// independent of the elapsed time.
fn below_a_day(
    recur: &Recur,
    dates: DateSet,
    start: i64,
    own: Clock,
) -> Result<LocalTimeSet, Error> {
    let mut clock = given_or(recur, own);
    let unit_ms: i64 = match recur.freq {
        Freq::Hourly => 3_600_000,
        Freq::Minutely => 60_000,
        _ => 1000,
    };
    let per_day = DAY_MS / unit_ms;
    let n = i64::from(recur.interval);
    let start_unit = start.div_euclid(unit_ms);

    // If the step divides the next larger unit, or is a whole number of days,
    // every date has the same times.
    let (units, in_units) = match recur.freq {
        Freq::Hourly => (24, &mut clock.hours),
        Freq::Minutely => (60, &mut clock.minutes),
        _ => (60, &mut clock.seconds),
    };
    let divides = units % n == 0;
    if divides {
        *in_units &= (0..units)
            .filter(|unit| (unit - start_unit).rem_euclid(n) == 0)
            .fold(0, |bits, unit| bits | 1 << unit);
    }
    let dates = if n % per_day == 0 {
        clock.hours &= own.hours;
        if recur.freq <= Freq::Minutely {
            clock.minutes &= own.minutes;
        }
        if recur.freq == Freq::Secondly {
            clock.seconds &= own.seconds;
        }
        match n / per_day {
            1 => dates,
            days => dates.with_stride(days as u32, Unit::Day, split(start).0, 0),
        }
    } else {
        dates
    };

    // The instances of one unit, from which BYSETPOS selects.
    let within_unit = match recur.freq {
        Freq::Hourly => Times::product(1, clock.minutes, clock.seconds),
        Freq::Minutely => Times::product(1, 1, clock.seconds),
        _ => Some(Times::One(0)),
    };
    let Some(mut offsets) = within_unit else { return Ok(LocalTimeSet::Nothing) };
    if !recur.positions.is_empty() {
        let Some(chosen) = Times::list(at_positions(&offsets, &recur.positions)) else {
            return Ok(LocalTimeSet::Nothing);
        };
        offsets = chosen;
        if recur.freq == Freq::Minutely {
            clock.seconds =
                (0..offsets.len()).fold(0, |bits, n| bits | 1 << (offsets.nth(n) / 1000));
        }
    }
    if divides || n % per_day == 0 {
        let times = if recur.freq == Freq::Hourly && !recur.positions.is_empty() {
            let hours = (0..24).filter(|hour| clock.hours >> hour & 1 != 0);
            let all = hours.flat_map(|hour| (0..offsets.len()).map(move |n| (hour, n)));
            Times::list(all.map(|(hour, n)| hour * 3_600_000 + offsets.nth(n)).collect())
        } else {
            Times::product(clock.hours, clock.minutes, clock.seconds)
        };
        return Ok(on_days(dates, times));
    }

    let all_dates = dates == DateSet::every_day();
    if !all_dates && n > per_day {
        return Err(Error::new(
            ErrorKind::Limit,
            format_args!(
                "{n} is more than a day ({per_day}) and not whole days; that is not supported \
                 with BYMONTH, BYYEARDAY, BYMONTHDAY or BYDAY"
            ),
        )
        .in_field("INTERVAL"));
    }
    let every_time = clock.hours == ALL_HOURS
        && (recur.freq > Freq::Minutely || clock.minutes == ALL_SIXTY)
        && (recur.freq > Freq::Secondly || clock.seconds == ALL_SIXTY);
    let table = if every_time {
        None
    } else {
        let chosen = |unit: &u32| {
            let second = u64::from(*unit) * unit_ms as u64 / 1000;
            let (hour, minute) = (second / 3600, second / 60 % 60);
            clock.hours >> hour & 1 != 0
                && (recur.freq > Freq::Minutely || clock.minutes >> minute & 1 != 0)
                && (recur.freq > Freq::Secondly || clock.seconds >> (second % 60) & 1 != 0)
        };
        match StepTable::new((0..per_day as u32).filter(chosen), per_day, n, start_unit) {
            None => return Ok(LocalTimeSet::Nothing),
            table => table,
        }
    };
    let dates = (!all_dates).then_some(dates);
    let start = match &table {
        None => start_unit,
        Some(_) => 0,
    };
    Ok(LocalTimeSet::Steps(Box::new(Steps { dates, unit_ms, n, start, table, offsets })))
}

/// The dates that a rule generates; `start` is the date of DTSTART.
fn dates(recur: &Recur, start: Day) -> DateSet {
    let (month, dom) = civil::month_of(start);
    let (mut months, mut month_days) = (recur.months, recur.month_days.clone());
    let mut days = recur.days.clone();
    // "Information, not contained in the rule, necessary to determine the
    // various recurrence instance start time and dates are derived from the
    // Start Time (DTSTART) component attribute." (3.3.10)
    let no_day = days.is_empty() && month_days.is_empty() && recur.year_days.is_empty();
    match recur.freq {
        Freq::Yearly if no_day && recur.weeks.is_empty() => {
            if months == 0 {
                months = 1 << (month.rem_euclid(12) + 1);
            }
            month_days = vec![dom as i32];
        }
        Freq::Yearly | Freq::Weekly if no_day => days = vec![(0, civil::weekday_of(start))],
        Freq::Monthly if no_day => month_days = vec![dom as i32],
        _ => {}
    }

    let has_ordinals = days.iter().any(|(n, _)| *n != 0);
    let mut dates = DateSet::every_day();
    if !month_days.is_empty() {
        let numbers = month_days.iter().map(|day| MonthDay::new(*day).expect("checked"));
        dates = DateSet::on_month_days(numbers, ShortMonth::Skip).expect("not empty");
    }
    if !days.is_empty() && !has_ordinals {
        dates = dates.also_on_weekdays(days.iter().map(|(_, day)| weekday_at(*day)));
    }
    if months != 0 {
        let numbers = (1..=12).filter(|month| months >> month & 1 != 0);
        dates = dates.with_months(numbers).expect("not empty");
    }
    let in_month = recur.freq == Freq::Monthly || recur.months != 0;
    let year_filters = YearFilters {
        ordinals: (has_ordinals && in_month).then(|| month_ordinals(&days)),
        year_days: year_days(recur, if has_ordinals && !in_month { &days } else { &[] }),
    };
    if year_filters != YearFilters::default() {
        dates = dates.with_year_filters(year_filters);
    }
    let unit = match recur.freq {
        Freq::Yearly => Unit::Year,
        Freq::Monthly => Unit::Month,
        Freq::Weekly => Unit::Week,
        Freq::Daily => Unit::Day,
        _ => return dates,
    };
    match recur.interval {
        1 => dates,
        n => dates.with_stride(n, unit, start, recur.week_start),
    }
}

/// BYDAY within the month. No month has six of a weekday.
fn month_ordinals(days: &[(i32, u32)]) -> Ordinals {
    let mut ordinals = Ordinals::default();
    for (n, weekday) in days {
        match n {
            0 => (1..=5).for_each(|n| ordinals.insert(n, *weekday)),
            -5..=5 => ordinals.insert(*n as i8, *weekday),
            _ => {}
        }
    }
    ordinals
}

/// BYYEARDAY, BYWEEKNO and BYDAY within the year.
fn year_days(recur: &Recur, days: &[(i32, u32)]) -> Option<YearDays> {
    if recur.year_days.is_empty() && recur.weeks.is_empty() && days.is_empty() {
        return None;
    }
    let is_either =
        |list: &[i32], a: i32, b: i32| list.is_empty() || list.contains(&a) || list.contains(&b);
    Some(YearDays::new(recur.week_start, |day| {
        let (nth, nth_last) = ((day.number + 6) / 7, (day.number_from_end - 6) / 7);
        is_either(&recur.year_days, day.number, day.number_from_end)
            && is_either(&recur.weeks, day.week, day.week_from_end)
            && (days.is_empty()
                || days
                    .iter()
                    .any(|(n, weekday)| *weekday == day.weekday && [0, nth, nth_last].contains(n)))
    }))
}
