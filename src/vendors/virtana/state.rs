//! The production state of an entity as a function of time.

use crate::error::{Error, ErrorKind};
use crate::scope::{Subject, Topology};
use crate::time::{Interval, Timestamp};
use crate::vendors::virtana::service::Service;
use crate::window::{EntityState, Window};

/// The maximum number of occurrence ends that are examined.
const MAX_ENDS: usize = 100_000;

impl Service {
    /// The production state of an entity at `at`. `before` is its state before the first
    /// window.
    ///
    /// While windows cover the entity, the state is the lowest of their
    /// `maintenanceState`s. When the last of them ends, the state becomes the
    /// `exitState` of that window if it has `overrideExitState` (the lowest one if
    /// several end at the same time), else the state before the first of them began.
    ///
    /// # Errors
    ///
    /// If 100,000 occurrence ends do not determine the state.
    ///
    /// ```
    /// use quietude::{EntityState, Subject, Topology};
    /// use quietude::vendors::{Context, virtana::{Service, Specification}};
    ///
    /// let mut service = Service::new("acme")?;
    /// let mut new_id = || "mw-1".to_owned();
    /// let specification = Specification::from_json(r#"{ "name": "x", "maintenanceState": 300,
    ///     "schedule": { "start": 1000, "duration": 500 }, "exitState": 400,
    ///     "overrideExitState": true, "with_ids": { "ids": ["e-1"] } }"#)?;
    /// let at = |ms| quietude::Timestamp::from_millis(ms);
    /// service.create(specification, &mut Context::new(at(0)?, &mut new_id)).unwrap();
    ///
    /// let (topology, subject) = (Topology::default(), Subject::entity("virtana:acme:e-1"));
    /// let state = |ms| service.state_at(&subject, &topology, at(ms)?, EntityState::new(1000));
    /// assert_eq!(state(999)?.number(), 1000);
    /// assert_eq!(state(1000)?.number(), 300);
    /// assert_eq!(state(1500)?.number(), 400);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn state_at(
        &self,
        subject: &Subject<'_>,
        topology: &Topology,
        at: Timestamp,
        before: EntityState,
    ) -> Result<EntityState, Error> {
        let mut windows = Vec::new();
        for window in self.all() {
            windows.extend(window.windows()?);
        }
        windows.retain(|window| window.covers(subject, topology));
        let active = windows.iter().filter(|window| window.is_active(at));
        if let Some(lowest) = active.filter_map(Window::state_during).min() {
            return Ok(lowest);
        }
        // Only an end with an exit state has a lasting effect, so the state is set by
        // the latest such end at which no window is active.
        let mut until = at;
        let overriding: Vec<&Window> =
            windows.iter().filter(|window| window.state_after().is_some()).collect();
        for _ in 0..MAX_ENDS {
            let ends =
                overriding.iter().filter_map(|window| Some((last_end(window, until)?, window)));
            let Some((end, _)) = ends.clone().max_by_key(|(end, _)| *end) else {
                return Ok(before);
            };
            if !windows.iter().any(|window| window.is_active(end)) {
                let exits =
                    ends.filter(|(other, _)| *other == end).filter_map(|(_, w)| w.state_after());
                return Ok(exits.min().unwrap_or(before));
            }
            until = Timestamp::saturating(end.as_millis() - 1);
        }
        let message = format!("the state at {at} hangs on more than {MAX_ENDS} occurrences");
        Err(Error::new(ErrorKind::Limit, message))
    }
}

/// The latest end of an occurrence of the window that is not after `until`.
fn last_end(window: &Window, until: Timestamp) -> Option<Timestamp> {
    let next = Timestamp::saturating(until.as_millis() + 1);
    let last = window.previous_occurrence(next)?;
    if last.end() <= until {
        return Some(last.end());
    }
    // Occurrences of one window do not overlap, so the previous one has ended.
    window.previous_occurrence(last.start()).map(Interval::end)
}
