//! Why a combination is active at an instant, or not.

use crate::schedule::{Combination, Operator, Schedule};
use crate::time::Timestamp;

/// More parts than these are counted only.
const MOST: usize = 20;

impl Schedule {
    /// The parts of a combination, each with whether it is active at an instant: `within
    /// office-hours`, `outside of office-hours`. A part with a name is listed by its name, and
    /// its own parts are not. Empty for other schedules.
    ///
    /// ```
    /// use quietude::{Daily, Schedule, Zone};
    ///
    /// let office = Daily::new("09:00-17:00".parse()?, Zone::utc());
    /// let outside = Schedule::not(Schedule::named("office-hours", office.into()))?;
    /// let parts = outside.explain_parts("2026-11-26T18:00:00Z".parse()?);
    /// assert_eq!(parts, ["outside of office-hours"]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn explain_parts(&self, at: Timestamp) -> Vec<String> {
        let mut parts = Vec::new();
        let mut count = 0;
        if let Self::Combined(combination) = self {
            for part in combination.parts() {
                // The parts of a name at the top are those of the combination it stands for.
                match (combination.operator(), part) {
                    (Operator::Named, Self::Combined(_)) => return part.explain_parts(at),
                    (Operator::Named, _) => return parts,
                    _ => part.add_parts(at, &mut parts, &mut count),
                }
            }
        }
        if count > MOST {
            parts.push(format!("and {} more parts", count - MOST));
        }
        parts
    }

    fn add_parts(&self, at: Timestamp, parts: &mut Vec<String>, count: &mut usize) {
        match self {
            Self::Combined(combination) if combination.operator() != Operator::Named => {
                combination.parts().iter().for_each(|part| part.add_parts(at, parts, count));
            }
            _ => {
                *count += 1;
                if *count <= MOST {
                    let state = if self.contains(at) { "within" } else { "outside of" };
                    let name = self.combination().and_then(Combination::name);
                    let text = name.map_or_else(|| self.describe(), str::to_owned);
                    parts.push(format!("{state} {text}"));
                }
            }
        }
    }

    /// The combination, if the schedule is one.
    fn combination(&self) -> Option<&Combination> {
        if let Self::Combined(combination) = self { Some(combination) } else { None }
    }
}
