//! At which routes an alert ends.
//!
//! An alert goes down the tree. At each route it tries the children in order: it goes to each
//! child whose tests it passes, up to the first of these that has no `continue`. A route of
//! which it passes no child is one where it ends. So it ends at a route if it passes the tests
//! of the route and of all above it, those of no earlier sibling without `continue`, on each
//! level, and those of no child. These are the rules of Alertmanager's `dispatch/route.go`.

use super::condition::Condition;
use super::routes::{Route, Tree};
use crate::error::Error;
use crate::limits::{MAX_SCOPE_STEPS, MAX_SCOPE_TESTS};

/// Conditions of routes.
pub(super) struct Reach<'a> {
    tree: &'a Tree,
    /// Comparisons of tests so far.
    steps: usize,
    /// Tests of the scopes that are written.
    tests: usize,
}

/// The routes with other time intervals from one downwards at which an alert may end, too.
pub(super) struct Shared<'a> {
    top: usize,
    /// The condition to come to the first of them.
    visited: Condition<'a>,
    ends: Vec<(usize, Condition<'a>)>,
    /// Whether a route among them has the same time intervals, and is not in `ends`.
    is_mixed: bool,
}

impl<'a> Shared<'a> {
    /// Conditions that together are fulfilled by the alerts that end at one of the routes.
    pub(super) fn conditions(&self) -> Vec<(usize, &Condition<'a>)> {
        if !self.is_mixed && self.ends.len() > 1 {
            return vec![(self.top, &self.visited)];
        }
        self.ends().collect()
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = (usize, &Condition<'a>)> {
        self.ends.iter().map(|(end, condition)| (*end, condition))
    }
}

impl<'a> Reach<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, steps: 0, tests: 0 }
    }

    fn route(&self, index: usize) -> &'a Route {
        &self.tree.routes[index]
    }

    /// # Errors
    ///
    /// If there are more than [`MAX_SCOPE_STEPS`] in all.
    fn count(&mut self, steps: usize, route: &Route) -> Result<(), Error> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_SCOPE_STEPS {
            let message = format!(
                "comparing the tests of the routes takes more than {MAX_SCOPE_STEPS} steps"
            );
            return Err(Error::new(route.place.clone(), message));
        }
        Ok(())
    }

    /// Counts the tests of a scope that is written.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_SCOPE_TESTS`] in all.
    pub(super) fn count_written(
        &mut self,
        condition: &Condition<'_>,
        route: &Route,
    ) -> Result<(), Error> {
        self.tests += condition.size();
        if self.tests > MAX_SCOPE_TESTS {
            let message =
                format!("the scopes of the routes have more than {MAX_SCOPE_TESTS} tests");
            return Err(Error::new(route.place.clone(), message));
        }
        Ok(())
    }

    /// Adds that an alert does not fulfil a condition. Returns false if all of them do.
    pub(super) fn exclude(
        &mut self,
        condition: &mut Condition<'a>,
        excluded: &Condition<'a>,
        route: &Route,
    ) -> Result<bool, Error> {
        self.count((1 + excluded.size()) * (1 + condition.tests.len()), route)?;
        Ok(condition.exclude(excluded))
    }

    /// The condition of the alerts that end at a route; `None` if there are none.
    pub(super) fn ends(&mut self, index: usize) -> Result<Option<Condition<'a>>, Error> {
        let route = self.route(index);
        // The tests of the route and of those above come first: what these exclude need not
        // be said again.
        let mut above = vec![index];
        while let Some(parent) = self.route(above[above.len() - 1]).parent {
            above.push(parent);
        }
        let mut condition = Condition::default();
        for &at in above.iter().rev() {
            let own = Condition::of(self.route(at)).tests;
            self.count(own.len() * (own.len() + condition.tests.len()), route)?;
            condition.add(&own);
        }
        self.count(condition.tests.len() * condition.tests.len(), route)?;
        if condition.is_contradictory() {
            return Ok(None);
        }
        for pair in above.windows(2) {
            let (path, parent) = (pair[0], pair[1]);
            let siblings = &self.route(parent).children;
            for &sibling in siblings.iter().take_while(|sibling| **sibling != path) {
                let passes = Condition::of(self.route(sibling));
                if !self.route(sibling).continues
                    && !self.exclude(&mut condition, &passes, route)?
                {
                    return Ok(None);
                }
            }
        }
        for &child in &route.children {
            if !self.exclude(&mut condition, &Condition::of(self.route(child)), route)? {
                return Ok(None);
            }
        }
        Ok(Some(condition))
    }

    /// The routes with other time intervals at which alerts that end at this one may end, too.
    pub(super) fn shared(
        &mut self,
        index: usize,
        condition: &Condition<'a>,
    ) -> Result<Vec<Shared<'a>>, Error> {
        let route = self.route(index);
        let mut all = Vec::new();
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
                    continue; // Alerts that pass it do not come to `path`.
                }
                let visited = Condition { tests: passes.tests.clone(), nots: between.clone() };
                self.count((1 + visited.size()) * (1 + condition.tests.len()), route)?;
                if !condition.rules_out(&visited) {
                    let mut shared = self.below(sibling, visited, route)?;
                    let sizes: usize = shared.ends.iter().map(|(_, ends)| 1 + ends.size()).sum();
                    self.count(sizes * (1 + condition.tests.len()), route)?;
                    shared.ends.retain(|(_, ends)| !condition.rules_out(ends));
                    if !shared.ends.is_empty() {
                        all.push(shared);
                    }
                }
                if is_after && !self.route(sibling).continues {
                    between.push(passes);
                }
            }
            path = parent;
        }
        Ok(all)
    }

    /// The routes from `top` downwards, without those that have the time intervals of `route`.
    fn below(
        &mut self,
        top: usize,
        visited: Condition<'a>,
        route: &Route,
    ) -> Result<Shared<'a>, Error> {
        let mut below = vec![(top, visited.clone())];
        let mut shared = Shared { top, visited, ends: Vec::new(), is_mixed: false };
        while let Some((index, visited)) = below.pop() {
            let mut ends = visited.clone();
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
                ends.nots.push(passes);
            }
            self.count(ends.size(), route)?;
            if self.route(index).timing == route.timing {
                shared.is_mixed = true;
            } else {
                shared.ends.push((index, ends));
            }
        }
        Ok(shared)
    }
}
