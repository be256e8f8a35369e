//! Which alerts reach a route, and the windows that mute it.
//!
//! An alert goes down the tree. At each route it tries the children in order: it goes to each
//! child whose tests it passes, up to the first of these that has no `continue`. A route of
//! which it passes no child is one where it ends, and there it is notified, unless a time
//! interval of this route (not of one above) mutes it. These are the rules of Alertmanager's
//! `dispatch/route.go` and of `TimeMuteStage` and `TimeActiveStage` in `notify/notify.go`.
//!
//! So an alert ends at a route if it passes the tests of the route and of all above it, those
//! of no earlier sibling without `continue`, on each level, and those of no child.
//!
//! By `continue` an alert may end at several routes. Each notifies by itself, so the alert is
//! silenced while all of them are muted. A window is about alerts that end at one route and,
//! besides it, only at routes with the same time intervals. For other alerts it mutes one of
//! several notifications, which a document does not express, and a note says so.

use quietude::{Effect, Propagation, Registry, Schedule, Scope, Window};

use super::matchers::Test;
use super::routes::{Route, Timing, Tree};
use crate::convert::Note;
use crate::error::Error;
use crate::ids::Ids;
use crate::limits::MAX_SCOPE_TESTS;

/// Tests that an alert passes, and conditions that it does not fulfil.
#[derive(Clone, Default)]
struct Condition<'a> {
    tests: Vec<&'a Test>,
    nots: Vec<Condition<'a>>,
}

/// What a condition is for alerts that pass certain tests.
enum Under<'a> {
    Always,
    Never,
    Sometimes(Condition<'a>),
}

/// Adds a window for each route with time intervals to the registry.
///
/// `schedule` gives the schedule of a name; `prefix` begins the ids.
pub(crate) fn windows(
    tree: &Tree,
    prefix: &str,
    schedule: &dyn Fn(&str) -> Option<Schedule>,
    ids: &mut Ids,
    registry: &mut Registry,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let mut routing = Routing { tree, tests: 0 };
    for (index, route) in tree.routes.iter().enumerate() {
        if route.timing.is_empty() {
            continue;
        }
        let item = &*route.place.path;
        if let Some(missing) = route.timing.names().find(|name| schedule(name).is_none()) {
            let message = format!(
                "the time interval {missing:?} is not in this file, so that this route has no window"
            );
            notes.push(Note::new(item, "", message));
            continue;
        }
        let scope = match routing.scope(index)? {
            Reach::Scope(scope, others) => {
                if !others.is_empty() {
                    notes.push(Note::new(
                        item,
                        "continue",
                        shared(tree, &others, "the window leaves them out"),
                    ));
                }
                scope
            }
            Reach::NoAlert => {
                notes.push(Note::new(
                    item,
                    "",
                    "no alert ends at this route, so that it has no window",
                ));
                continue;
            }
            Reach::NoAlone(others) => {
                notes.push(Note::new(
                    item,
                    "continue",
                    shared(tree, &others, "there is no window, since these are all alerts"),
                ));
                continue;
            }
        };
        let of = |error: quietude::Error| Error::new(route.place.clone(), error.message());
        let schedule = muted(&route.timing, schedule).map_err(of)?;
        let mut builder = Window::builder(ids.unique(&format!("{prefix}{}", tree.name(index))))
            .schedule(schedule)
            .scope(scope)
            .effect(Effect::Notifications)
            .propagation(Propagation::Entity);
        if let Some(receiver) = &route.receiver {
            builder = builder.tag("receiver", receiver);
        }
        registry.insert(builder.build().map_err(of)?).map_err(of)?;
    }
    Ok(())
}

/// The note of a route that shares alerts with others.
fn shared(tree: &Tree, others: &[usize], result: &str) -> String {
    const LISTED: usize = 3;
    let path = |index: &usize| tree.routes[*index].place.path.clone();
    let mut paths: Vec<String> = others.iter().take(LISTED).map(path).collect();
    if others.len() > LISTED {
        paths.push(format!("{} more", others.len() - LISTED));
    }
    format!(
        "alerts that also end at {} have other time intervals there: this route mutes one of their notifications, \
         which is no silence; {result}",
        paths.join(", ")
    )
}

/// When a route is muted: in a `mute` interval, and outside of all `active` intervals if
/// there are any.
fn muted(
    timing: &Timing,
    schedule: &dyn Fn(&str) -> Option<Schedule>,
) -> Result<Schedule, quietude::Error> {
    let named = |name: &String| schedule(name).map(|schedule| Schedule::named(name, schedule));
    let mut parts: Vec<Schedule> = timing.mute.iter().filter_map(named).collect();
    let mut active: Vec<Schedule> = timing.active.iter().filter_map(named).collect();
    if !active.is_empty() {
        let one = if active.len() == 1 { active.remove(0) } else { Schedule::any(active)? };
        parts.push(Schedule::not(one)?);
    }
    if parts.len() == 1 { Ok(parts.remove(0)) } else { Schedule::any(parts) }
}

enum Reach {
    /// The alerts of the window, and the other routes at which left-out alerts end.
    Scope(Scope, Vec<usize>),
    NoAlert,
    /// All alerts that end at the route also end at others.
    NoAlone(Vec<usize>),
}

struct Routing<'a> {
    tree: &'a Tree,
    /// Tests used so far, in all scopes.
    tests: usize,
}

impl<'a> Routing<'a> {
    fn route(&self, index: usize) -> &'a Route {
        &self.tree.routes[index]
    }

    fn count(&mut self, tests: usize, route: &Route) -> Result<(), Error> {
        self.tests += tests;
        if self.tests > MAX_SCOPE_TESTS {
            let message =
                format!("the scopes of the routes have more than {MAX_SCOPE_TESTS} tests");
            return Err(Error::new(route.place.clone(), message));
        }
        Ok(())
    }

    /// Adds what `negated` is not, for alerts that pass `tests`. Returns false if all of
    /// them fulfil it.
    fn exclude(
        &mut self,
        condition: &mut Condition<'a>,
        negated: &Condition<'a>,
        route: &Route,
    ) -> Result<bool, Error> {
        self.count(1 + negated.size() + condition.tests.len(), route)?;
        match negated.under(&condition.tests) {
            Under::Always => return Ok(false),
            Under::Never => {}
            Under::Sometimes(rest) => condition.nots.push(rest),
        }
        Ok(true)
    }

    fn scope(&mut self, index: usize) -> Result<Reach, Error> {
        let route = self.route(index);
        // The tests of the route and of those above come first: what these exclude need not
        // be said again.
        let mut condition = Condition::default();
        let mut above = Some(index);
        while let Some(at) = above {
            let new = self.route(at).tests.iter().filter(|test| !condition.tests.contains(test));
            let new: Vec<_> = new.collect();
            condition.tests.splice(0..0, new);
            above = self.route(at).parent;
        }
        self.count(condition.tests.len(), route)?;
        if condition.is_contradictory() {
            return Ok(Reach::NoAlert);
        }
        let mut path = index;
        while let Some(parent) = self.route(path).parent {
            for &sibling in
                self.route(parent).children.iter().take_while(|sibling| **sibling != path)
            {
                let passes = Condition::of(self.route(sibling));
                if !self.route(sibling).continues
                    && !self.exclude(&mut condition, &passes, route)?
                {
                    return Ok(Reach::NoAlert);
                }
            }
            path = parent;
        }
        for &child in &route.children {
            if !self.exclude(&mut condition, &Condition::of(self.route(child)), route)? {
                return Ok(Reach::NoAlert);
            }
        }
        let mut others = Vec::new();
        if !self.exclude_others(index, &mut condition, &mut others)? {
            return Ok(Reach::NoAlone(others));
        }
        Ok(Reach::Scope(condition.scope(), others))
    }

    /// Excludes the alerts that also end at a route with other time intervals; adds these
    /// routes to `others`. Returns false if no alert remains.
    fn exclude_others(
        &mut self,
        index: usize,
        condition: &mut Condition<'a>,
        others: &mut Vec<usize>,
    ) -> Result<bool, Error> {
        let route = self.route(index);
        let mut path = index;
        while let Some(parent) = self.route(path).parent {
            let mut is_after = false;
            // What stops an alert between `path` and a later sibling.
            let mut between: Vec<Condition<'a>> = Vec::new();
            for &sibling in &self.route(parent).children {
                if sibling == path {
                    is_after = true;
                    if !self.route(path).continues {
                        break;
                    }
                    continue;
                }
                let passes = Condition::of(self.route(sibling));
                if !is_after && !self.route(sibling).continues {
                    continue; // It is excluded already.
                }
                let visited = Condition { tests: passes.tests.clone(), nots: between.clone() };
                self.count(visited.size(), route)?;
                if !matches!(visited.under(&condition.tests), Under::Never) {
                    for (end, ends_there) in
                        self.ends_below(sibling, &visited, &route.timing, route)?
                    {
                        if !matches!(ends_there.under(&condition.tests), Under::Never) {
                            others.push(end);
                            if !self.exclude(condition, &ends_there, route)? {
                                return Ok(false);
                            }
                        }
                    }
                }
                if is_after && !self.route(sibling).continues {
                    between.push(passes);
                }
            }
            path = parent;
        }
        Ok(true)
    }

    /// The conditions under which an alert ends at a route from `top` downwards with other
    /// time intervals than `timing`. One condition for all of them if none below has these.
    fn ends_below(
        &mut self,
        top: usize,
        visited: &Condition<'a>,
        timing: &Timing,
        route: &Route,
    ) -> Result<Vec<(usize, Condition<'a>)>, Error> {
        let mut below = vec![(top, visited.clone())];
        let mut ends = Vec::new();
        let mut is_mixed = false;
        while let Some((index, visited)) = below.pop() {
            let mut end = visited.clone();
            let mut stopped: Vec<Condition<'a>> = Vec::new();
            for &child in &self.route(index).children {
                let passes = Condition::of(self.route(child));
                let mut visited = visited.clone();
                visited.tests.extend(&passes.tests);
                visited.nots.extend(stopped.iter().cloned());
                self.count(visited.size(), route)?;
                below.push((child, visited));
                if !self.route(child).continues {
                    stopped.push(passes.clone());
                }
                end.nots.push(passes);
            }
            self.count(end.size(), route)?;
            if self.route(index).timing == *timing {
                is_mixed = true;
            } else {
                ends.push((index, end));
            }
        }
        if !is_mixed && ends.len() > 1 {
            return Ok(vec![(top, visited.clone())]);
        }
        Ok(ends)
    }
}

impl<'a> Condition<'a> {
    /// The tests of a route itself.
    fn of(route: &'a Route) -> Self {
        Self { tests: route.tests.iter().collect(), nots: Vec::new() }
    }

    /// The number of tests.
    fn size(&self) -> usize {
        1 + self.tests.len() + self.nots.iter().map(Self::size).sum::<usize>()
    }

    /// Whether no alert passes all tests, as far as that is known.
    fn is_contradictory(&self) -> bool {
        let values = self.tests.iter().filter(|test| test.only_value().is_some());
        values.into_iter().any(|value| self.tests.iter().any(|test| value.excludes(test)))
    }

    /// What remains of the condition for alerts that pass `known`.
    fn under(&self, known: &[&'a Test]) -> Under<'a> {
        let mut rest = Condition::default();
        for &test in &self.tests {
            if known.iter().any(|known| known.excludes(test)) {
                return Under::Never;
            }
            if !known.iter().chain(&rest.tests).any(|known| known.implies(test)) {
                rest.tests.push(test);
            }
        }
        if rest.is_contradictory() {
            return Under::Never;
        }
        let all: Vec<&Test> = known.iter().chain(&rest.tests).copied().collect();
        for not in &self.nots {
            match not.under(&all) {
                Under::Always => return Under::Never,
                Under::Never => {}
                Under::Sometimes(not) => rest.nots.push(not),
            }
        }
        if rest.tests.is_empty() && rest.nots.is_empty() {
            Under::Always
        } else {
            Under::Sometimes(rest)
        }
    }

    fn scope(&self) -> Scope {
        let tests = self.tests.iter().map(|test| test.scope());
        let mut parts: Vec<Scope> =
            tests.chain(self.nots.iter().map(Self::negated_scope)).collect();
        match parts.len() {
            0 => Scope::everything(),
            1 => parts.remove(0),
            _ => Scope::all(parts),
        }
    }

    fn negated_scope(&self) -> Scope {
        let tests = self.tests.iter().map(|test| test.negated_scope());
        let mut parts: Vec<Scope> = tests.chain(self.nots.iter().map(Self::scope)).collect();
        match parts.len() {
            1 => parts.remove(0),
            _ => Scope::any(parts),
        }
    }
}
