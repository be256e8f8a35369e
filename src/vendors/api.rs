//! The trait of the vendors' services: requests in, responses and windows out.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::registry::Registry;
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

    /// Makes the windows of `registry` whose ids begin with
    /// [`window_id_prefix`](Self::window_id_prefix) equal to
    /// [`windows`](Self::windows): inserts, replaces and removes as needed.
    /// Other windows are not touched. Returns the number of windows that changed.
    ///
    /// Takes time linear in the size of the registry.
    ///
    /// # Errors
    ///
    /// If [`windows`](Self::windows) returns duplicate or invalid ids. The
    /// services of this crate never do.
    fn sync(&self, registry: &mut Registry) -> Result<usize, Error> {
        let prefix = self.window_id_prefix();
        let mut stale: HashMap<String, Arc<Window>> = registry
            .iter()
            .filter(|window| window.id().as_str().starts_with(&prefix))
            .map(|window| (window.id().to_string(), window.clone()))
            .collect();
        let mut changed = 0;
        for window in self.windows() {
            match stale.remove(window.id().as_str()) {
                Some(known) if *known == window => continue,
                Some(_) => drop(registry.replace(window)?),
                None => registry.insert(window)?,
            }
            changed += 1;
        }
        for id in stale.keys() {
            registry.remove(id)?;
            changed += 1;
        }
        Ok(changed)
    }
}
