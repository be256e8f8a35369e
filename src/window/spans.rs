//! The intervals in which a window is active, within an interval.

use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_OCCURRENCES, MAX_SEARCH_STEPS};
use crate::schedule::Kind;
use crate::time::{Interval, Timestamp};
use crate::window::Window;

/// An interval in milliseconds, `[start, end)`.
pub(crate) type Span = (i64, i64);

impl Window {
    /// How long the window is active within an interval, in milliseconds. The scope does not
    /// matter; [`Silencer::silenced_time`](crate::Silencer::silenced_time) is about a subject. A
    /// window that is not enabled is never active.
    ///
    /// It is the length of the union of the occurrences, clipped to the interval and to the
    /// validity. O(n) for n occurrences in the interval.
    ///
    /// # Errors
    ///
    /// If the window is active more than [`MAX_OCCURRENCES`] times within the interval.
    ///
    /// ```
    /// use quietude::{Daily, Interval, Scope, Window, Zone};
    ///
    /// let window = Window::builder("nightly")
    ///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///     .scope(Scope::everything())
    ///     .build()?;
    /// let day = Interval::new("2026-11-26T00:00:00Z".parse()?, "2026-11-27T00:00:00Z".parse()?)?;
    /// assert_eq!(window.active_ms(day)?, 4 * 3_600_000);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn active_ms(&self, within: Interval) -> Result<i64, Error> {
        let mut spans = Vec::new();
        self.active_spans(within, &mut spans)?;
        Ok(spans.iter().map(|(start, end)| end - start).sum())
    }

    /// Appends the maximal intervals in which the window is active within `within`, ascending.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`], or a combination changes more often than
    /// [`MAX_SEARCH_STEPS`] allows. What was appended is then incomplete.
    pub(crate) fn active_spans(
        &self,
        within: Interval,
        found: &mut Vec<Span>,
    ) -> Result<(), Error> {
        let (from, until) = self.bounds();
        let from = from.max(within.start().as_millis());
        let until = until.min(within.end().as_millis());
        if from >= until {
            return Ok(());
        }
        let first = found.len();
        let is_complete = match self.schedule().kind() {
            Kind::Once(occurrence) => {
                found.extend(occurrence.and_then(|occurrence| clip(occurrence, from, until)));
                true
            }
            Kind::Periodic(periodic) => {
                periodic.append_spans((from, until), found, MAX_OCCURRENCES)
            }
            Kind::Combined(..) => self.spans_of_runs(from, until, found),
            Kind::Calendar(calendar) => {
                let plain = calendar.append_spans((from, until), found, MAX_OCCURRENCES);
                plain.unwrap_or_else(|| self.spans_of_occurrences(from, until, found))
            }
            _ => self.spans_of_occurrences(from, until, found),
        };
        if !is_complete || found.len() - first > MAX_OCCURRENCES {
            let message = format_args!("is active more than {MAX_OCCURRENCES} times in {within}");
            return Err(Error::new(ErrorKind::Limit, message).in_window(self.id().as_str()));
        }
        Ok(())
    }

    /// Whether it got to the end.
    fn spans_of_occurrences(&self, from: i64, until: i64, found: &mut Vec<Span>) -> bool {
        let schedule = self.schedule();
        let most = found.len() + MAX_OCCURRENCES;
        let mut steps = MAX_SEARCH_STEPS;
        let mut t = from;
        loop {
            // Contiguous occurrences are one interval.
            let start = t;
            loop {
                let end = schedule.covered_until(Timestamp::saturating(t)).as_millis();
                if end <= t || end >= until {
                    t = end;
                    break;
                }
                t = end;
                steps -= 1;
                if steps == 0 {
                    return false;
                }
            }
            if t > start {
                found.push((start, t.min(until)));
                if found.len() > most {
                    return false;
                }
            }
            if t >= until {
                return true;
            }
            match schedule.next_occurrence(Timestamp::saturating(t)) {
                Some(next) if next.start().as_millis() < until => t = next.start().as_millis(),
                _ => return true,
            }
        }
    }

    /// [`spans_of_occurrences`](Self::spans_of_occurrences) of a combination.
    fn spans_of_runs(&self, from: i64, until: i64, found: &mut Vec<Span>) -> bool {
        let (schedule, first) = (self.schedule(), found.len());
        let mut steps = MAX_SEARCH_STEPS;
        let mut t = from;
        while t < until {
            let run = schedule.run_after(t);
            let end = run.bound.max(t + 1).min(until);
            if run.active {
                match found[first..].last_mut() {
                    Some((_, last)) if *last == t => *last = end,
                    _ => found.push((t, end)),
                }
            }
            t = end;
            let Some(left) = steps.checked_sub(schedule.nodes()) else { return false };
            steps = left;
        }
        true
    }
}

/// The part of an occurrence in `from..until`; `None` if there is none.
fn clip(occurrence: Interval, from: i64, until: i64) -> Option<Span> {
    let start = occurrence.start().as_millis().max(from);
    let end = occurrence.end().as_millis().min(until);
    (start < end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Daily, Once, Periodic, Schedule};
    use crate::scope::Scope;
    use crate::testing::{DAY, HOUR, SplitMix64};
    use crate::window::WindowBuilder;

    fn window(schedule: impl Into<Schedule>) -> WindowBuilder {
        Window::builder("w").schedule(schedule).scope(Scope::everything())
    }

    fn spans(window: WindowBuilder, from: i64, until: i64) -> Result<Vec<Span>, Error> {
        let mut found = Vec::new();
        let within = Interval::clipped(from, until).unwrap();
        window.build().unwrap().active_spans(within, &mut found).map(|()| found)
    }

    fn hour(number: i64) -> Timestamp {
        Timestamp::saturating(number * HOUR)
    }

    #[test]
    fn active_spans_clipped_to_validity_and_interval() {
        let once = || window(Once::new(hour(2), hour(9)).unwrap());
        assert_eq!(spans(once(), 0, DAY).unwrap(), [(2 * HOUR, 9 * HOUR)]);
        assert_eq!(spans(once(), 3 * HOUR, 8 * HOUR).unwrap(), [(3 * HOUR, 8 * HOUR)]);
        let valid = once().validity(hour(4)..hour(5));
        assert_eq!(spans(valid, 0, DAY).unwrap(), [(4 * HOUR, 5 * HOUR)]);
        assert_eq!(spans(once().disable(), 0, DAY).unwrap(), []);
        assert_eq!(spans(once().closed_at(hour(1)), 0, DAY).unwrap(), []);
    }

    #[test]
    fn active_spans_contiguous_are_one() {
        let whole = || Daily::new("00:00-24:00".parse().unwrap(), chrono_tz::UTC);
        assert_eq!(spans(window(whole()), 5, 5 * DAY).unwrap(), [(5, 5 * DAY)]);
        let not = Schedule::not(Once::new(hour(24), hour(48)).unwrap().into()).unwrap();
        assert_eq!(spans(window(not), 0, 3 * DAY).unwrap(), [(0, DAY), (2 * DAY, 3 * DAY)]);
    }

    /// By arithmetic, as one occurrence after the other.
    #[test]
    fn active_spans_of_period_equal_occurrences() {
        let random = &mut SplitMix64::new(4);
        for round in 0..2000 {
            let scale = random.pick(&[1, 7, HOUR, 400 * DAY, i64::MAX / 4]);
            let period = random.between(1, scale);
            let duration = random.between(1, scale.min(period.saturating_mul(2)));
            let mut end = || random.between(-30, 30).saturating_mul(scale / 7 + 1);
            let bounds = [end(), end()].map(|t| Timestamp::saturating(t).as_millis());
            let start = Timestamp::saturating(end());
            let Some(within) = Interval::clipped(bounds[0], bounds[1]) else { continue };
            let Ok(periodic) = Periodic::new(start, duration, period) else { continue };
            let schedule = Schedule::from(periodic);
            let expected: Vec<Span> = schedule
                .occurrences(within)
                .filter_map(|one| clip(one, within.start().as_millis(), within.end().as_millis()))
                .collect();
            let found = spans(window(schedule), bounds[0], bounds[1]).unwrap();
            assert_eq!(found, expected, "{round}: {periodic:?} {within}");
        }
    }

    #[test]
    fn active_spans_beyond_limit_is_error() {
        let often = window(Periodic::new(hour(0), 1, 2).unwrap());
        let error = spans(often.clone(), 0, 30 * DAY).unwrap_err();
        assert_eq!((error.kind(), error.window()), (ErrorKind::Limit, Some("w")));
        assert_eq!(spans(often, 0, 2000).unwrap().len(), 1000);
    }
}
