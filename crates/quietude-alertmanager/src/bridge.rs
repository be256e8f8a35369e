//! The loop that keeps the silences of Alertmanagers equal to a document.
//!
//! A round asks every member of a cluster for its silences, plans, and sends the plan to one
//! member, from which the others have it by gossip. If another member still differs after
//! [`SETTLE`], it gets a plan of its own. A round needs nothing of the rounds before: so it
//! does not matter whether the bridge, an Alertmanager or both were away, or restarted empty.
//!
//! An Alertmanager that was killed has the silences of its last snapshot, also those that were
//! expired since. So a round begins as soon as a connection that was lost is made again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use quietude::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::{Answer, Client, MAX_IGNORED_SKEW_MS, RECONNECT_PAUSE};
use crate::document::{self, Snapshot};
use crate::log::{self, Repeated};
use crate::metrics::{Counter, Gauge, Text};
use crate::plan::{Action, plan};
use crate::server::{self, Handler, Progress, Reply, reply};
use crate::silence::{Held, Owner};
use crate::wanted::{Compiled, Horizon, Wanted};
use crate::{Error, clock};

/// How long a member of a cluster may differ before it gets a plan of its own.
pub const SETTLE: Duration = Duration::from_secs(4);

/// How long the actions of one plan may take; then the bridge looks again.
const APPLY_TIME: Duration = Duration::from_secs(5);

/// How many actions are under way at a time.
const CONCURRENT: usize = 4;

/// A clock that differs by more, in milliseconds, is not believed: nothing is changed.
const MAX_SKEW_MS: i64 = 600_000;

/// How long an action that was refused is not tried again.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// What a bridge is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose silences.
    pub owner: Owner,
    /// How far ahead.
    pub horizon: Horizon,
    /// The time from one round to the next.
    pub interval: Duration,
}

/// Names of actions, in the order of the metrics.
const ACTIONS: [&str; 5] = ["create", "extend", "shorten", "replace", "expire"];

/// The state of one cluster, for health and metrics.
#[derive(Debug, Default)]
struct Status {
    name: String,
    /// Members with their state.
    members: Vec<MemberStatus>,
    /// Whether the last round found nothing to do, or did it.
    is_equal: AtomicBool,
    equal_ms: Gauge,
    wanted: Gauge,
    deferred: Gauge,
    rounds: Counter,
    done: [Counter; ACTIONS.len()],
    refused: Counter,
    failed: Counter,
    problem: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct MemberStatus {
    name: String,
    is_up: AtomicBool,
    skew_ms: Gauge,
    held: Gauge,
    answer_bytes: Gauge,
    too_long: Arc<Counter>,
}

/// The bridge as a service: health and metrics.
#[derive(Debug)]
pub struct Bridge {
    options: Options,
    clusters: Vec<Arc<Status>>,
    left_out: Gauge,
    compiled: Mutex<Option<(u64, Arc<Compiled>)>>,
    document: Arc<document::Metrics>,
    connections: Arc<server::Metrics>,
}

impl Bridge {
    /// A bridge for some clusters, each with the addresses of its members.
    #[must_use]
    pub fn new(
        options: Options,
        clusters: &[Vec<Client>],
        document: Arc<document::Metrics>,
        connections: Arc<server::Metrics>,
    ) -> Self {
        let status = |members: &Vec<Client>| {
            let members: Vec<MemberStatus> = members
                .iter()
                .map(|client| MemberStatus {
                    name: client.endpoint().to_string(),
                    too_long: client.too_long(),
                    ..MemberStatus::default()
                })
                .collect();
            let name = members.iter().map(|member| &*member.name).collect::<Vec<_>>().join(",");
            Arc::new(Status { name, members, ..Status::default() })
        };
        Self {
            clusters: clusters.iter().map(status).collect(),
            options,
            left_out: Gauge::default(),
            compiled: Mutex::default(),
            document,
            connections,
        }
    }

    /// The matchers of a version of the document, made once for all clusters.
    async fn compiled(&self, snapshot: &Arc<Snapshot>) -> Result<Arc<Compiled>, Error> {
        let lock = || self.compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((revision, compiled)) = &*lock()
            && *revision == snapshot.revision
        {
            return Ok(compiled.clone());
        }
        let (snapshot, owner) = (snapshot.clone(), self.options.owner.clone());
        let revision = snapshot.revision;
        let make = move || Arc::new(Compiled::new(&snapshot.registry, &snapshot.topology, &owner));
        let compiled = tokio::task::spawn_blocking(make).await.map_err(Error::new)?;
        *lock() = Some((revision, compiled.clone()));
        Ok(compiled)
    }

    /// Runs rounds for one cluster, by its position, until `stop` becomes true. The silences
    /// stay as they are then.
    pub async fn run(
        self: Arc<Self>,
        position: usize,
        clients: Vec<Client>,
        mut versions: watch::Receiver<Arc<Snapshot>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let Some(status) = self.clusters.get(position).cloned() else { return };
        let mut cluster = Cluster {
            bridge: self.clone(),
            status,
            clients: clients.into_iter().map(Arc::new).collect(),
            differs_since: HashMap::new(),
            refused: HashMap::new(),
            wanted: None,
            errors: Repeated::default(),
        };
        // How often in a row a round began early, since a member may have restarted.
        let mut early = 0;
        loop {
            let snapshot = versions.borrow_and_update().clone();
            let round = cluster.round(&snapshot, &versions);
            tokio::select! {
                () = round => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            // Whatever the connections do, a round that was answered is followed by a pause,
            // and one that was not is repeated more and more slowly.
            let may_be_early = early == 0 || cluster.clients.iter().any(|client| client.is_lost());
            let pause = RECONNECT_PAUSE * 4_u32.pow(early.min(5));
            tokio::select! {
                () = tokio::time::sleep(self.options.interval) => early = 0,
                () = cluster.reconnected(pause), if may_be_early => early += 1,
                changed = versions.changed() => match changed {
                    Ok(()) => early = 0,
                    Err(_) => return,
                },
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Why the bridge is not ready.
    fn unready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for cluster in &self.clusters {
            if !cluster.is_equal.load(Ordering::Relaxed) {
                let problem =
                    cluster.problem.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let problem = problem.as_deref().unwrap_or("no round has ended");
                reasons.push(format!("{}: {problem}", cluster.name));
            }
        }
        reasons
    }

    fn write(&self, text: &mut Text) {
        self.document.write(text);
        self.connections.write(text);
        text.single(
            "quietude_windows_left_out",
            "gauge",
            "Windows that no matchers express, or whose occurrences are too many.",
            self.left_out.get(),
        );
        let each = |text: &mut Text,
                    name: &str,
                    kind: &str,
                    help: &str,
                    value: &dyn Fn(&Status) -> String| {
            text.metric(name, kind, help);
            for cluster in &self.clusters {
                text.sample(name, &[("cluster", &cluster.name)], value(cluster));
            }
        };
        each(
            text,
            "quietude_equal",
            "gauge",
            "Whether the silences were equal to the document after the last round.",
            &|c| u8::from(c.is_equal.load(Ordering::Relaxed)).to_string(),
        );
        each(
            text,
            "quietude_equal_timestamp_seconds",
            "gauge",
            "When the silences were last found equal to the document.",
            &|c| clock::seconds(c.equal_ms.get()),
        );
        each(text, "quietude_silences_wanted", "gauge", "Silences that there should be.", &|c| {
            c.wanted.get().to_string()
        });
        each(
            text,
            "quietude_silences_deferred",
            "gauge",
            "Silences beyond the maximal number; they begin later than the others.",
            &|c| c.deferred.get().to_string(),
        );
        each(text, "quietude_rounds_total", "counter", "Rounds.", &|c| c.rounds.get().to_string());
        each(
            text,
            "quietude_actions_refused_total",
            "counter",
            "Actions that Alertmanager refused.",
            &|c| c.refused.get().to_string(),
        );
        each(
            text,
            "quietude_actions_failed_total",
            "counter",
            "Actions without an answer.",
            &|c| c.failed.get().to_string(),
        );
        text.metric("quietude_actions_total", "counter", "Actions that succeeded, by kind.");
        for cluster in &self.clusters {
            for (name, counter) in ACTIONS.iter().zip(&cluster.done) {
                let labels = [("cluster", &*cluster.name), ("action", name)];
                text.sample("quietude_actions_total", &labels, counter.get());
            }
        }
        let member =
            |text: &mut Text, name: &str, help: &str, value: &dyn Fn(&MemberStatus) -> String| {
                let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
                text.metric(name, kind, help);
                for status in self.clusters.iter().flat_map(|cluster| &cluster.members) {
                    text.sample(name, &[("alertmanager", &status.name)], value(status));
                }
            };
        member(
            text,
            "quietude_alertmanager_up",
            "Whether the last request for its silences was answered.",
            &|m| u8::from(m.is_up.load(Ordering::Relaxed)).to_string(),
        );
        member(
            text,
            "quietude_alertmanager_clock_ahead_seconds",
            "How far its clock is ahead of that of this host; 0 for less than two seconds.",
            &|m| clock::seconds(m.skew_ms.get()),
        );
        member(
            text,
            "quietude_alertmanager_silences",
            "Silences of this bridge that it has and that have not ended.",
            &|m| m.held.get().to_string(),
        );
        member(
            text,
            "quietude_alertmanager_answer_bytes",
            "The length of its last list of silences; beyond 134217728 it is not read.",
            &|m| m.answer_bytes.get().to_string(),
        );
        member(
            text,
            "quietude_alertmanager_answers_too_long_total",
            "Answers that were too long to be read.",
            &|m| m.too_long.get().to_string(),
        );
    }
}

impl Handler for Bridge {
    async fn handle(&self, request: Request<Incoming>, _: &Progress) -> Reply {
        server::status(&request, |text| self.write(text), || self.unready()).unwrap_or_else(|| {
            reply(StatusCode::NOT_FOUND, "the paths are /metrics, /-/healthy and /-/ready\n")
        })
    }
}

/// The silences of one member, and the time of its clock.
struct View {
    held: Vec<Held>,
    now: Timestamp,
}

struct Cluster {
    bridge: Arc<Bridge>,
    status: Arc<Status>,
    clients: Vec<Arc<Client>>,
    /// Since when a member differs.
    differs_since: HashMap<usize, Instant>,
    /// Bodies that were refused, and when.
    refused: HashMap<String, Instant>,
    /// The silences of a version of the document up to an end of the horizon.
    wanted: Option<(u64, Timestamp, Arc<Wanted>)>,
    errors: Repeated,
}

impl Cluster {
    /// Waits until a member may have restarted.
    async fn reconnected(&self, pause: Duration) {
        let mut tasks = JoinSet::new();
        for client in &self.clients {
            let client = client.clone();
            tasks.spawn(async move { client.reconnected(pause).await });
        }
        tasks.join_next().await;
    }

    async fn round(&mut self, snapshot: &Arc<Snapshot>, versions: &watch::Receiver<Arc<Snapshot>>) {
        let result = self.try_round(snapshot, versions).await;
        self.status.rounds.add(1);
        let problem = match result {
            Ok(()) => None,
            Err(error) => {
                self.errors.line(format_args!("error: {error}"));
                Some(error.to_string())
            }
        };
        self.status.is_equal.store(problem.is_none(), Ordering::Relaxed);
        if problem.is_none() {
            self.status.equal_ms.set(clock::now().as_millis());
        }
        *self.status.problem.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = problem;
    }

    async fn try_round(
        &mut self,
        snapshot: &Arc<Snapshot>,
        versions: &watch::Receiver<Arc<Snapshot>>,
    ) -> Result<(), Error> {
        let compiled = self.bridge.compiled(snapshot).await?;
        let mut views = self.views().await;
        let (mut away, mut problem) = (None, None);
        let mut has_leader = false;
        for (position, view) in views.drain(..).enumerate() {
            let view = match view {
                Ok(view) => view,
                Err(error) => {
                    self.errors.line(format_args!("error: {error}"));
                    away = Some(error);
                    continue;
                }
            };
            let wanted = self.wanted(snapshot.revision, &compiled, view.now).await?;
            let actions = plan(&wanted.silences, &view.held, view.now);
            if actions.is_empty() {
                self.differs_since.remove(&position);
                has_leader = true;
                continue;
            }
            if has_leader {
                let since = *self.differs_since.entry(position).or_insert_with(Instant::now);
                if since.elapsed() < SETTLE {
                    continue;
                }
            }
            has_leader = true;
            if let Err(error) = self.apply(position, actions, view.now, versions).await {
                problem.get_or_insert(error);
            }
        }
        // If one is away, others of the cluster are enough.
        match problem.or(away.filter(|_| !has_leader)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What each member has.
    async fn views(&self) -> Vec<Result<View, Error>> {
        let mut tasks = JoinSet::new();
        for (position, client) in self.clients.iter().enumerate() {
            let (client, status, owner) =
                (client.clone(), self.status.clone(), self.bridge.options.owner.clone());
            tasks.spawn(async move {
                let view = view(&client, &owner, &status.members[position]).await;
                status.members[position].is_up.store(view.is_ok(), Ordering::Relaxed);
                (position, view)
            });
        }
        let mut views: Vec<_> = self.clients.iter().map(|_| Err(Error::new("no answer"))).collect();
        while let Some(joined) = tasks.join_next().await {
            if let Ok((position, view)) = joined {
                views[position] = view;
            }
        }
        views
    }

    async fn wanted(
        &mut self,
        revision: u64,
        compiled: &Arc<Compiled>,
        now: Timestamp,
    ) -> Result<Arc<Wanted>, Error> {
        let end = self.bridge.options.horizon.end(now);
        if let Some((made_for, until, wanted)) = &self.wanted
            && (*made_for, *until) == (revision, end)
        {
            return Ok(wanted.clone());
        }
        let is_new = self.wanted.as_ref().is_none_or(|(made_for, ..)| *made_for != revision);
        let compiled = compiled.clone();
        let make = move || Arc::new(compiled.wanted(now, end));
        let wanted = tokio::task::spawn_blocking(make).await.map_err(Error::new)?;
        self.status.wanted.set(wanted.silences.len() as i64);
        self.status.deferred.set(wanted.deferred as i64);
        self.bridge.left_out.set(wanted.left_out.len() as i64);
        if is_new {
            self.refused.clear();
        }
        for left_out in &wanted.left_out {
            let (window, reason) = (&left_out.window, &left_out.reason);
            self.errors.line(format_args!("warning: window {window:?} is left out: {reason}"));
        }
        self.wanted = Some((revision, end, wanted.clone()));
        Ok(wanted)
    }

    /// Sends a plan to a member. Ends early if there is a newer document, or time is over.
    async fn apply(
        &mut self,
        position: usize,
        actions: Vec<Action>,
        now: Timestamp,
        versions: &watch::Receiver<Arc<Snapshot>>,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        // The clocks may differ a little.
        let ended = clock::after(now, MAX_IGNORED_SKEW_MS);
        self.refused.retain(|_, at| at.elapsed() < REFUSED_FOR);
        let (client, owner) = (self.clients[position].clone(), self.bridge.options.owner.clone());
        let total = actions.len();
        let (mut done, mut first_problem) = ([0_u64; ACTIONS.len()], None);
        let mut tasks: JoinSet<(Action, String, Result<Answer, Error>)> = JoinSet::new();
        let mut queue = actions.into_iter().peekable();
        let (mut is_first_part, mut is_over) = (true, false);
        loop {
            // What mutes wrongly is over before anything else begins.
            while !is_over && tasks.len() < CONCURRENT {
                match queue.peek() {
                    Some(action) if is_first_part && !action.is_urgent(now) => {
                        if !tasks.is_empty() {
                            break;
                        }
                        is_first_part = false;
                    }
                    Some(_) => {}
                    None => break,
                }
                if begin.elapsed() > APPLY_TIME || versions.has_changed().unwrap_or(true) {
                    is_over = true;
                    break;
                }
                let Some(action) = queue.next() else { break };
                let (method, path, body) = request(&owner, &action);
                let key = format!("{path} {body}");
                if self.refused.contains_key(&key) {
                    first_problem.get_or_insert_with(|| {
                        Error::new(format_args!("{}: refused: {action}", client.endpoint()))
                    });
                    continue;
                }
                let client = client.clone();
                tasks.spawn(async move {
                    let answer = client.request(method, &path, Bytes::from(body), false).await;
                    (action, key, answer)
                });
            }
            let Some(joined) = tasks.join_next().await else { break };
            let (action, key, answer) = joined.map_err(Error::new)?;
            let position = ACTIONS.iter().position(|name| *name == action.name()).unwrap_or(0);
            match answer {
                Ok(answer) if answer.is_success() => {
                    self.status.done[position].add(1);
                    done[position] += 1;
                }
                // It ended in the meantime.
                Ok(_) if action.silence().last < ended => {}
                Ok(answer) => {
                    self.status.refused.add(1);
                    let error = Error::new(format_args!(
                        "{}: {action}: {}",
                        client.endpoint(),
                        answer.shown()
                    ));
                    self.errors.line(format_args!("error: {error}"));
                    // The next round tries again what may pass then; and what mutes wrongly.
                    if answer.is_about_content() && !matches!(action, Action::Expire(_)) {
                        self.refused.insert(key, Instant::now());
                    }
                    first_problem.get_or_insert(error);
                }
                Err(error) => {
                    self.status.failed.add(1);
                    first_problem.get_or_insert(error);
                    is_over = true;
                }
            }
        }
        let done: Vec<String> = ACTIONS
            .iter()
            .zip(done)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        if !done.is_empty() {
            log::line(format_args!("{}: {} of {total}", client.endpoint(), done.join(", ")));
        }
        match first_problem {
            Some(problem) => Err(problem),
            None if queue.peek().is_some() => {
                Err(Error::new(format_args!("{}: more to do", client.endpoint())))
            }
            None => Ok(()),
        }
    }
}

/// The request of an action.
fn request(owner: &Owner, action: &Action) -> (Method, String, String) {
    let create = "/api/v2/silences".to_owned();
    match action {
        Action::Create(silence) => (Method::POST, create, owner.body(silence, None)),
        Action::Change { id, silence, .. } => (Method::POST, create, owner.body(silence, Some(id))),
        Action::Expire(held) => {
            (Method::DELETE, format!("/api/v2/silence/{}", held.id), String::new())
        }
    }
}

/// What a member has.
async fn view(client: &Client, owner: &Owner, status: &MemberStatus) -> Result<View, Error> {
    let answer = client.request(Method::GET, "/api/v2/silences", Bytes::new(), true).await?;
    let wrong = |what: &str| Error::new(format_args!("{}: {what}", client.endpoint()));
    if answer.status != 200 {
        return Err(wrong(&answer.shown()));
    }
    status.answer_bytes.set(answer.body.len() as i64);
    let skew_ms = answer.skew_ms.unwrap_or(0);
    status.skew_ms.set(skew_ms);
    if skew_ms.abs() > MAX_SKEW_MS {
        let message = format!(
            "its clock differs by {} s, which is more than {}; nothing is changed",
            clock::seconds(skew_ms),
            MAX_SKEW_MS / 1_000
        );
        return Err(wrong(&message));
    }
    let held = owner.held(&answer.body).map_err(|error| wrong(&error.to_string()))?;
    status.held.set(held.len() as i64);
    Ok(View { held, now: clock::after(clock::now(), skew_ms) })
}

/// The plan for one Alertmanager, as lines for people; nothing is changed.
///
/// # Errors
///
/// If it does not answer as it should.
pub async fn dry_run(
    client: &Client,
    options: &Options,
    snapshot: &Snapshot,
) -> Result<String, Error> {
    let status = MemberStatus::default();
    let view = view(client, &options.owner, &status).await?;
    let compiled = Compiled::new(&snapshot.registry, &snapshot.topology, &options.owner);
    let wanted = compiled.wanted(view.now, options.horizon.end(view.now));
    let actions = plan(&wanted.silences, &view.held, view.now);
    let mut lines = vec![format!(
        "{}: {} wanted, {} held, {} actions",
        client.endpoint(),
        wanted.silences.len(),
        view.held.len(),
        actions.len()
    )];
    if status.skew_ms.get() != 0 {
        lines.push(format!("its clock is {} s ahead", clock::seconds(status.skew_ms.get())));
    }
    lines.extend(actions.iter().map(ToString::to_string));
    lines.extend(
        wanted
            .left_out
            .iter()
            .map(|left| format!("left out window {:?}: {}", left.window, left.reason)),
    );
    if wanted.deferred > 0 {
        lines.push(format!("{} more silences are deferred", wanted.deferred));
    }
    Ok(lines.join("\n") + "\n")
}
