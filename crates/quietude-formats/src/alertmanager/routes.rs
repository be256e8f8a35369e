//! A tree of routes as it is written.

use super::matchers::{self, Test};
use crate::error::{Error, Place};
use crate::tree::{At, Fields};

/// A route. The root is the first of [`Tree::routes`].
#[derive(Debug)]
pub(crate) struct Route {
    /// Where it is: `route.routes[0]`.
    pub(crate) place: Place,
    pub(crate) parent: Option<usize>,
    /// In the order in which an alert tries them.
    pub(crate) children: Vec<usize>,
    pub(crate) tests: Vec<Test>,
    /// An alert that matches it tries the next siblings, too.
    pub(crate) continues: bool,
    pub(crate) timing: Timing,
    /// Its own, or the parent's.
    pub(crate) receiver: Option<String>,
}

/// The names of the time intervals of a route, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) mute: Vec<String>,
    pub(crate) active: Vec<String>,
}

impl Timing {
    /// Whether notifications are never muted.
    pub(crate) fn is_empty(&self) -> bool {
        self.mute.is_empty() && self.active.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.mute.iter().chain(&self.active).map(String::as_str)
    }
}

/// The routes, each after its parent, depth first.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) routes: Vec<Route>,
}

/// What differs between Alertmanager and Grafana.
pub(crate) struct Dialect<'a> {
    /// What to do with the fields that are not known.
    pub(crate) unknown: &'a mut dyn FnMut(&Fields<'_>) -> Result<(), Error>,
    /// The meaning of text in a matcher or a name.
    pub(crate) text: fn(&At<'_>) -> Result<String, Error>,
    /// Whether a matcher may be a list of a label, an operator and a value.
    pub(crate) has_object_matchers: bool,
    /// Checks the name of a time interval.
    pub(crate) name: &'a dyn Fn(&At<'_>, &str) -> Result<(), Error>,
}

/// Reads a tree of routes.
pub(crate) fn read(at: &At<'_>, dialect: &mut Dialect<'_>) -> Result<Tree, Error> {
    let mut tree = Tree { routes: Vec::new() };
    route(at, None, &mut tree, dialect)?;
    let root = &tree.routes[0];
    for (list, field) in
        [(&root.timing.mute, "mute_time_intervals"), (&root.timing.active, "active_time_intervals")]
    {
        if !list.is_empty() {
            let at = at.fields()?.required(field)?;
            return Err(at.error("the root route has no time intervals; put them on its routes"));
        }
    }
    Ok(tree)
}

fn route(
    at: &At<'_>,
    parent: Option<usize>,
    tree: &mut Tree,
    dialect: &mut Dialect<'_>,
) -> Result<(), Error> {
    let fields = at.fields()?;
    (dialect.unknown)(&fields)?;
    let mut tests = Vec::new();
    if let Some(at) = fields.get("match") {
        tests.extend(matchers::values(&at, false, dialect.text)?);
    }
    if let Some(at) = fields.get("match_re") {
        tests.extend(matchers::values(&at, true, dialect.text)?);
    }
    if let Some(at) = fields.get("matchers") {
        tests.extend(matchers::texts(&at, dialect.text)?);
    }
    if let Some(at) = fields.get("object_matchers").filter(|_| dialect.has_object_matchers) {
        let list = at.list()?;
        matchers::check_count(&at, list.len())?;
        for at in list {
            tests.push(object_matcher(&at, dialect)?);
        }
    }
    let mut kept: Vec<Test> = Vec::with_capacity(tests.len());
    for test in tests {
        if !kept.contains(&test) {
            kept.push(test);
        }
    }
    let names = |field: &str| -> Result<Vec<String>, Error> {
        let Some(at) = fields.get(field) else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for at in at.list()? {
            let name = (dialect.text)(&at)?;
            (dialect.name)(&at, &name)?;
            names.push(name);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    };
    let timing =
        Timing { mute: names("mute_time_intervals")?, active: names("active_time_intervals")? };
    let receiver = match fields.get("receiver") {
        Some(at) => Some(at.text()?.to_owned()),
        None => parent.and_then(|parent| tree.routes[parent].receiver.clone()),
    };
    let continues = fields.get("continue").map(|at| at.bool()).transpose()?.unwrap_or(false);
    let index = tree.routes.len();
    if let Some(parent) = parent {
        tree.routes[parent].children.push(index);
    }
    let place = at.place();
    tree.routes.push(Route {
        place,
        parent,
        children: Vec::new(),
        tests: kept,
        continues,
        timing,
        receiver,
    });
    if let Some(at) = fields.get("routes") {
        for at in at.list()? {
            route(&at, Some(index), tree, dialect)?;
        }
    }
    Ok(())
}

/// `['alertname', '=', 'Down']`.
fn object_matcher(at: &At<'_>, dialect: &Dialect<'_>) -> Result<Test, Error> {
    let parts = at.list()?;
    let [name, operator, value] = &*parts else {
        return Err(at.error(format_args!(
            "{} parts are not a label, an operator and a value",
            parts.len()
        )));
    };
    let (is_regex, is_equal) = match operator.text()? {
        "=" => (false, true),
        "!=" => (false, false),
        "=~" => (true, true),
        "!~" => (true, false),
        other => return Err(operator.error(format_args!("{other:?} is not =, !=, =~ or !~"))),
    };
    let name = (dialect.text)(name)?;
    Test::new(&name, &(dialect.text)(value)?, is_regex, is_equal)
        .map_err(|message| at.error(message))
}

impl Tree {
    /// A readable name of a route: the tests from the root to it.
    pub(crate) fn name(&self, index: usize) -> String {
        let mut levels = Vec::new();
        let mut next = Some(index);
        while let Some(route) = next.map(|index| &self.routes[index]) {
            next = route.parent;
            if next.is_some() || !route.tests.is_empty() {
                let tests: Vec<String> = route.tests.iter().map(Test::to_string).collect();
                levels.push(if tests.is_empty() { "*".to_owned() } else { tests.join(",") });
            }
        }
        levels.reverse();
        levels.join("/")
    }
}
