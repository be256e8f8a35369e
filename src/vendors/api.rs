//! The trait of the vendors' services: requests in, responses and windows out.

use std::collections::HashSet;

use crate::error::Error;
use crate::registry::Registry;
use crate::vendors::changes::ChangeLog;
use crate::vendors::http::{Context, Request, Response};
use crate::window::Window;

/// A vendor's maintenance-window API as a pure state machine.
///
/// An implementation has no clock, no randomness and no I/O. The host passes the
/// time, the user and a source of ids with each request ([`Context`]), sends the
/// [`Response`], and copies the windows to its registry with [`sync`](Self::sync).
pub trait VendorApi {
    /// Executes a request and returns the response.
    ///
    /// Errors are responses with a status of 400 or more, in the vendor's form. A
    /// request that is answered with an error has changed nothing.
    fn handle(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Response;

    /// The response to a request that the host refuses by itself, in the vendor's form: with
    /// 401 for a user who is not known, or 400 for a body that cannot be read.
    ///
    /// ```
    /// use quietude::Zone;
    /// use quietude::vendors::{VendorApi, uptrends};
    ///
    /// let service = uptrends::Service::new("acme", Zone::utc())?;
    /// let response = service.refusal(400, "the body cannot be read");
    /// assert_eq!(response.body, r#"{"Message":"the body cannot be read"}"#);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    fn refusal(&self, status: u16, message: &str) -> Response;

    /// The prefix of the ids of all windows of this service, for example
    /// `uptrends:acme:`.
    fn window_id_prefix(&self) -> String;

    /// The windows of this service, converted to windows of this crate.
    ///
    /// Their ids are:
    ///
    /// | object | id |
    /// | --- | --- |
    /// | window | `vendor:tenant:id`, see [`window_id_prefix`](Self::window_id_prefix) |
    /// | entity | `virtana:tenant:id`, `uptrends:guid` |
    /// | group | `spaceone:domain:project`, `opsmanager:group` |
    /// | attribute | `virtana:tenant:field` |
    ///
    /// The parts are escaped by [`vendor_id`](crate::vendors::vendor_id). A window
    /// that covers an entity also covers the group with the same id. So an
    /// application that uses ids of its own can pass the vendors' ids as groups
    /// and needs one query only.
    fn windows(&self) -> Vec<Window>;

    /// What [`windows`](Self::windows) does not carry over, one line for each
    /// loss. A line begins with the id of the window.
    fn notes(&self) -> Vec<String>;

    /// The complete state as JSON. `Service::from_json` of the same vendor
    /// restores an equal service.
    fn to_json(&self) -> String;

    /// The window of [`windows`](Self::windows) with this id.
    ///
    /// The default looks through all windows. The services of this crate convert only
    /// this one.
    fn window(&self, id: &str) -> Option<Window> {
        self.windows().into_iter().find(|window| window.id().as_str() == id)
    }

    /// The log of the windows that changed, for [`sync`](Self::sync). Whatever changes
    /// [`windows`](Self::windows) must record the ids.
    ///
    /// The default has no log. The services of this crate have one.
    fn changes(&self) -> Option<&ChangeLog> {
        None
    }

    /// Makes the windows of `registry` whose ids begin with
    /// [`window_id_prefix`](Self::window_id_prefix) equal to
    /// [`windows`](Self::windows): inserts, replaces and removes as needed.
    /// Other windows are not touched. Returns the number of windows that changed.
    ///
    /// If the registry was synchronized with this service before, and its windows with
    /// that prefix were not changed by others since, only the windows of
    /// [`changes`](Self::changes) are looked at: the number of other windows does not
    /// matter, and after a request that changed nothing there is nothing to do.
    /// Otherwise, all windows are compared: for the first synchronization, a clone or a
    /// restored service, a log that does not reach back far enough, or no log. That
    /// takes time linear in the size of the registry.
    ///
    /// # Errors
    ///
    /// If [`windows`](Self::windows) returns duplicate or invalid ids, or the registry
    /// would have more than [`MAX_WINDOWS`](crate::limits::MAX_WINDOWS) windows. The services of
    /// this crate never return such ids.
    fn sync(&self, registry: &mut Registry) -> Result<usize, Error> {
        let prefix = self.window_id_prefix();
        let Some(log) = self.changes() else { return compare_all(self, &prefix, registry) };
        let copied = registry.source_revision(&prefix, log.instance_id());
        let changed = match copied.and_then(|revision| log.since(revision)) {
            Some(ids) if ids.len() == 0 => return Ok(0),
            Some(ids) => {
                let mut seen = HashSet::new();
                let mut changed = 0;
                for id in ids.filter(|id| seen.insert(*id)) {
                    changed += usize::from(put(registry, id, self.window(id))?);
                }
                changed
            }
            None => compare_all(self, &prefix, registry)?,
        };
        registry.set_source(prefix, log.instance_id(), log.revision());
        Ok(changed)
    }
}

/// Compares all windows of a service with those of the registry.
fn compare_all(
    service: &(impl VendorApi + ?Sized),
    prefix: &str,
    registry: &mut Registry,
) -> Result<usize, Error> {
    let ids = registry.iter().map(|window| window.id().as_str());
    let mut stale: HashSet<String> =
        ids.filter(|id| id.starts_with(prefix)).map(str::to_owned).collect();
    let mut changed = 0;
    for window in service.windows() {
        let id = window.id().to_string();
        // The registry refuses a second window with the same id.
        if stale.remove(&id) {
            changed += usize::from(put(registry, &id, Some(window))?);
        } else {
            registry.insert(window)?;
            changed += 1;
        }
    }
    for id in stale {
        registry.remove(id)?;
        changed += 1;
    }
    Ok(changed)
}

/// Makes the registry have this window under its id, or none. Returns whether that is a
/// change.
fn put(registry: &mut Registry, id: &str, window: Option<Window>) -> Result<bool, Error> {
    match (window, registry.get(id)) {
        (Some(window), Some(known)) if **known == window => return Ok(false),
        (Some(window), Some(_)) => drop(registry.replace(window)?),
        (Some(window), None) => registry.insert(window)?,
        (None, Some(_)) => drop(registry.remove(id)?),
        (None, None) => return Ok(false),
    }
    Ok(true)
}
