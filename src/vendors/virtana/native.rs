//! Conversion of a maintenance window to windows of this crate.

use crate::error::Error;
use crate::schedule::{Once, Schedule};
use crate::scope::Scope;
use crate::time::{Interval, Timestamp};
use crate::vendors::ids::vendor_id;
use crate::vendors::virtana::document::{MaintWindow, RunMode, Status, Target, occurrence_end};
use crate::window::{EntityState, Propagation, Validity, Window, WindowBuilder};

impl MaintWindow {
    /// The id of the window of this crate, or what the ids of several begin with.
    fn window_name(&self) -> String {
        vendor_id(&["virtana", &self.tenant, &self.id])
    }

    /// The ids of the windows of this crate.
    pub(super) fn window_ids(&self) -> Vec<String> {
        let name = self.window_name();
        if self.lacks_patterns() {
            return Vec::new();
        }
        match self.specification.run_mode {
            RunMode::Manual => {
                let runs = self.internal.runs.iter();
                runs.map(|at| run_id(&name, *at)).collect()
            }
            RunMode::Auto => {
                let count = self.specification.plan.schedules(self.internal.skip_after).len();
                (0..count).map(|index| schedule_id(&name, index, count)).collect()
            }
        }
    }

    /// The id of the window of a run.
    pub(super) fn run_id(&self, at: Timestamp) -> String {
        run_id(&self.window_name(), at)
    }

    /// Whether the window is deleted and its patterns were dropped.
    fn lacks_patterns(&self) -> bool {
        self.internal.patterns_dropped
    }

    /// Drops the compiled patterns of a deleted window that has silenced nothing, and with
    /// them its windows of this crate: no query can tell.
    pub(super) fn drop_unused_patterns(&mut self) {
        if self.has_silenced() {
            return;
        }
        if let Target::Query(clause) = &mut self.specification.target
            && clause.pattern_bytes() > 0
        {
            clause.drop_patterns();
            self.internal.patterns_dropped = true;
        }
    }

    /// Whether the window has an occurrence that began before it was deleted. True for a
    /// window that is not deleted.
    fn has_silenced(&self) -> bool {
        let Some(deleted) = self.internal.deleted_at else { return true };
        let spec = &self.specification;
        if spec.status == Status::Disabled {
            return false;
        }
        match spec.run_mode {
            RunMode::Manual => self.internal.runs.iter().any(|at| *at < deleted),
            RunMode::Auto => {
                let schedules = spec.plan.schedules(self.internal.skip_after);
                let before = Interval::new(Timestamp::MIN, deleted);
                let began = |schedule: &Schedule| {
                    before
                        .as_ref()
                        .is_ok_and(|before| schedule.occurrences(*before).next().is_some())
                };
                schedules.iter().any(|(schedule, _)| began(schedule))
            }
        }
    }

    /// The windows of this crate: one for each schedule of [`Plan::schedules`], or one
    /// for each run of a MANUAL window. None if the patterns were dropped.
    pub(super) fn windows(&self) -> Result<Vec<Window>, Error> {
        let Some(scope) = self.specification.scope(&self.tenant) else { return Ok(Vec::new()) };
        match self.specification.run_mode {
            RunMode::Manual => {
                self.internal.runs.iter().map(|at| self.run_window(*at, scope.clone())).collect()
            }
            RunMode::Auto => {
                let schedules = self.specification.plan.schedules(self.internal.skip_after);
                let (name, count) = (self.window_name(), schedules.len());
                let each =
                    schedules.into_iter().enumerate().map(|(index, (schedule, validity))| {
                        let id = schedule_id(&name, index, count);
                        self.native(id, schedule, validity, scope.clone())
                    });
                each.collect()
            }
        }
    }

    /// The window of [`windows`](Self::windows) with this id. Another run does not matter.
    pub(super) fn window(&self, id: &str) -> Option<Window> {
        let name = self.window_name();
        let window = match self.specification.run_mode {
            RunMode::Manual => {
                let run = id.strip_prefix(&name)?.strip_prefix(":run:")?.parse().ok()?;
                let at = Timestamp::from_millis(run).ok()?;
                if !self.internal.runs.contains(&at) || run_id(&name, at) != id {
                    return None;
                }
                self.run_window(at, self.specification.scope(&self.tenant)?)
            }
            RunMode::Auto => {
                let schedules = self.specification.plan.schedules(self.internal.skip_after);
                let count = schedules.len();
                let mut numbered = schedules.into_iter().enumerate();
                let (_, (schedule, validity)) =
                    numbered.find(|(index, _)| schedule_id(&name, *index, count) == id)?;
                let scope = self.specification.scope(&self.tenant)?;
                self.native(id.to_owned(), schedule, validity, scope)
            }
        };
        Some(window.expect("the windows were validated when they were stored"))
    }

    /// The window of a run.
    fn run_window(&self, at: Timestamp, scope: Scope) -> Result<Window, Error> {
        let end = occurrence_end(at, self.specification.plan.duration_ms)?;
        let id = self.run_id(at);
        self.native(id, Once::new(at, end)?.into(), Validity::ALWAYS, scope)
    }

    fn native(
        &self,
        id: String,
        schedule: Schedule,
        validity: Validity,
        scope: Scope,
    ) -> Result<Window, Error> {
        let spec = &self.specification;
        let mut window: WindowBuilder = Window::builder(id)
            .name(&spec.name)
            .schedule(schedule)
            .scope(scope)
            .validity(validity)
            .state_during(EntityState::new(spec.maintenance_state));
        if spec.override_exit_state {
            window = window.state_after(EntityState::new(spec.exit_state));
        }
        if spec.entity_only {
            window = window.propagation(Propagation::Entity);
        }
        if spec.status == Status::Disabled {
            window = window.disable();
        }
        if let Some(deleted) = self.internal.deleted_at {
            window = window.closed_at(deleted);
        }
        window.build()
    }

    /// What [`windows`](Self::windows) does not carry over.
    pub(super) fn notes(&self) -> Vec<String> {
        let (spec, plan) = (&self.specification, &self.specification.plan);
        let mut notes = Vec::new();
        if plan.recurrence_ms.is_some_and(|recurrence| recurrence <= plan.duration_ms) {
            notes.push("the recurrence is not longer than the duration: always on from its start");
        }
        if spec.run_mode == RunMode::Manual && self.internal.runs.is_empty() {
            notes.push("MANUAL: never active until it is run");
        }
        if spec.notification.is_some() {
            notes.push("the notification is not carried over");
        }
        if !spec.tags.is_empty() || !spec.owner.is_empty() || !spec.description.is_empty() {
            notes.push("description, owner and tags are not carried over");
        }
        notes.into_iter().map(|note| format!("{}: {note}", self.id)).collect()
    }
}

/// The id of the window of a run.
fn run_id(name: &str, at: Timestamp) -> String {
    format!("{name}:run:{}", at.as_millis())
}

/// The id of the window of a schedule: one of `count`.
fn schedule_id(name: &str, index: usize, count: usize) -> String {
    let earlier = if index + 1 < count { ":earlier" } else { "" };
    format!("{name}{earlier}")
}
