//! Schedules with one occurrence that is longer.

use crate::error::Error;
use crate::schedule::{Once, Operator, Schedule};
use crate::time::{Interval, Timestamp};

impl Schedule {
    /// The schedule with an occurrence that ends at `until`.
    pub(crate) fn extended(&self, occurrence: Interval, until: Timestamp) -> Result<Self, Error> {
        let (start, end) = (occurrence.start(), occurrence.end());
        let known = self.occurrence_at(Timestamp::saturating(end.as_millis() - 1));
        if known.is_none_or(|known| known.end() != end || known.start() > start) {
            let message = match known {
                Some(known) => format!("{occurrence} is not an occurrence; there is {known}"),
                None => format!("{occurrence} is not an occurrence"),
            };
            return Err(Error::invalid(message));
        }
        if until <= end {
            let message = format_args!("{until} is not after the end of the occurrence, {end}");
            return Err(Error::invalid(message));
        }
        let longer = Once::new(start, until)?;
        match self {
            Self::Once(once) => Ok(Once::new(once.interval().start(), until)?.into()),
            // Extended before: what the new interval contains is no longer needed.
            Self::Combined(combination) if combination.operator() == Operator::Any => {
                let is_needed = |part: &&Self| match part {
                    Self::Once(once) => {
                        let known = once.interval();
                        known.start() < start || until < known.end()
                    }
                    _ => true,
                };
                let parts = combination.parts().iter().filter(is_needed).cloned();
                Self::any(parts.chain([longer.into()]))
            }
            _ => Self::any([self.clone(), longer.into()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Daily;
    use crate::testing::{DAY, HOUR};

    fn at(ms: i64) -> Timestamp {
        Timestamp::saturating(ms)
    }

    #[test]
    fn extended_again_stays_small() {
        let night: Schedule = Daily::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC).into();
        let first = night.occurrence_at(at(22 * HOUR)).unwrap();
        let mut longer = night.clone();
        for minutes in 1..100 {
            let occurrence = longer.occurrence_at(at(22 * HOUR)).unwrap();
            longer = longer.extended(occurrence, at(23 * HOUR + minutes * 60_000)).unwrap();
        }
        let Schedule::Combined(any) = &longer else { panic!("{longer:?}") };
        assert_eq!(any.parts().len(), 2);
        for t in (0..3 * DAY).step_by(HOUR as usize / 4) {
            let is_extended = (22 * HOUR..23 * HOUR + 99 * 60_000).contains(&t);
            assert_eq!(longer.contains(at(t)), is_extended || night.contains(at(t)), "{t}");
        }
        let error = night.extended(first, first.end()).unwrap_err();
        assert!(error.to_string().contains("is not after the end"), "{error}");
    }

    #[test]
    fn extended_other_interval_is_error() {
        let once = Once::new(at(0), at(HOUR)).unwrap();
        let schedule = Schedule::from(once);
        let other = Interval::clipped(0, 2 * HOUR).unwrap();
        assert!(schedule.extended(other, at(DAY)).is_err());
        let longer = schedule.extended(once.interval(), at(DAY)).unwrap();
        assert_eq!(longer, Once::new(at(0), at(DAY)).unwrap().into());
    }
}
