//! The proxy: `POST /api/v2/alerts` of Prometheus in, the alerts out to Alertmanager.
//!
//! An alert that a window silences at the millisecond at which it is evaluated is marked by
//! two annotations, or dropped. A silenced alert that fires is held, and sent without marks at
//! the millisecond at which its silence ends. What cannot be evaluated is passed on as it is.
//!
//! The answer 200 means that all alerts of the body are in the queue of at least one
//! Alertmanager; from there they are delivered in order, and again until they are accepted. If
//! no queue has space for [`Options::wait`], the answer is 503 and nothing of the body was
//! accepted. If some alerts of a body are wrong, the answer is 400 with their places, and the
//! other alerts are accepted, as Alertmanager does it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use quietude::{SilenceEnd, Silencer, Subject, Timestamp};
use tokio::sync::{Notify, watch};

use crate::alert::{Alert, texts};
use crate::client::Client;
use crate::delivery::{self, Peer};
use crate::document::{self, Snapshot};
use crate::held::{Held, HeldAlert};
use crate::limits::{
    MAX_ANNOTATED_WINDOWS, MAX_BODY_ALERTS, MAX_EVALUATED_BYTES, MAX_EVALUATED_LABELS,
    MAX_SHOWN_ALERTS, MAX_SHOWN_BYTES,
};
use crate::metrics::{Counter, Histogram, Text};
use crate::queue::{Entry, Key, Keys};
use crate::server::{self, Bounds, Budget, Handler, Progress, Reply, reply};
use crate::{Error, clock};

/// After how many alerts other requests may go on.
const YIELD_AFTER: usize = 64;

/// How long an alert without an end fires, in milliseconds: Alertmanager's `resolve_timeout`.
const RESOLVE_TIMEOUT_MS: i64 = 300_000;

/// An alert for which no queue has space is tried again after this time.
const RETRY_MS: i64 = 1_000;

/// What happens to alerts that are silenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silenced {
    /// They are passed on with the annotations `silenced_by` and `silenced_until`.
    Mark,
    /// They are not passed on. Those that have ended are, since they end what is there.
    Drop,
}

/// What a proxy is to do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What happens to alerts that are silenced.
    pub silenced: Silenced,
    /// The bytes of alerts that wait for each Alertmanager.
    pub queue_bytes: usize,
    /// The bytes of alerts that are held until their silence ends.
    pub held_bytes: usize,
    /// How long a request waits for space in a queue.
    pub wait: Duration,
    /// Bounds of connections.
    pub bounds: Bounds,
}

#[derive(Debug, Default)]
struct Counters {
    received: Counter,
    passed: Counter,
    marked: Counter,
    dropped: Counter,
    unjudged: Counter,
    released: Counter,
    not_held: Counter,
    wrong: Counter,
    malformed: Counter,
    full: Counter,
    seconds: Histogram,
}

#[derive(Clone, Copy)]
enum Outcome {
    Passed,
    Marked,
    Dropped,
    Unjudged,
}

/// The proxy as a service.
#[derive(Debug)]
pub struct Proxy {
    options: Options,
    versions: watch::Receiver<Arc<Snapshot>>,
    peers: Vec<Peer>,
    keys: Keys,
    held: Mutex<Held>,
    held_changed: Notify,
    budget: Budget,
    counters: Counters,
    document: Arc<document::Metrics>,
    connections: Arc<server::Metrics>,
}

/// What becomes of an alert.
struct Judged {
    key: Key,
    outcome: Outcome,
    /// What is passed on; `None` if it is dropped.
    text: Option<Bytes>,
    held: Option<HeldAlert>,
}

/// The wrong alerts of a body.
#[derive(Default)]
struct Wrong {
    count: usize,
    /// The first of them: place and error, a line each.
    lines: String,
}

impl Wrong {
    fn add(&mut self, index: usize, error: &Error) {
        self.count += 1;
        if self.count <= MAX_SHOWN_ALERTS {
            let error: String = error.to_string().chars().take(MAX_SHOWN_BYTES).collect();
            self.lines += &format!("[{index}]: {error}\n");
        }
    }

    /// The answer to a body of that many alerts, if some are wrong.
    fn reply(self, of: usize) -> Option<Reply> {
        let Self { count, mut lines } = self;
        if count == 0 {
            return None;
        }
        if count > MAX_SHOWN_ALERTS {
            lines += &format!("and {} more\n", count - MAX_SHOWN_ALERTS);
        }
        lines += &format!("{count} of {of} alerts are refused, {} accepted\n", of - count);
        Some(reply(StatusCode::BAD_REQUEST, lines))
    }
}

impl Proxy {
    /// A proxy before some Alertmanagers, each of which gets all alerts.
    #[must_use]
    pub fn new(
        options: Options,
        versions: watch::Receiver<Arc<Snapshot>>,
        clients: Vec<Client>,
        document: Arc<document::Metrics>,
        connections: Arc<server::Metrics>,
    ) -> Self {
        let peer = |client| Peer::new(client, options.queue_bytes);
        Self {
            options,
            versions,
            peers: clients.into_iter().map(peer).collect(),
            keys: Keys::default(),
            held: Mutex::new(Held::new(options.held_bytes)),
            held_changed: Notify::new(),
            budget: Budget::default(),
            counters: Counters::default(),
            document,
            connections,
        }
    }

    /// The number of alerts that are not delivered.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.peers.iter().map(|peer| peer.queue.len()).sum()
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Evaluates an alert.
    fn judge(&self, alert: &Alert<'_>, silencer: &Silencer, now: Timestamp) -> Judged {
        let key = self.keys.of(&alert.labels);
        let bytes: usize = alert.labels.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MAX_EVALUATED_BYTES || alert.labels.len() > MAX_EVALUATED_LABELS {
            let text = Some(copy(alert.text));
            return Judged { key, outcome: Outcome::Unjudged, text, held: None };
        }
        let labels: Vec<(&str, &str)> =
            alert.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        let subject = Subject::labels(&labels);
        let answer =
            if silencer.is_silenced(subject, now) { silencer.answer(subject, now) } else { None };
        let Some(answer) = answer else {
            let text = Some(copy(alert.text));
            return Judged { key, outcome: Outcome::Passed, text, held: None };
        };
        let expires = alert.ends.unwrap_or_else(|| clock::after(now, RESOLVE_TIMEOUT_MS));
        let held = (expires > now).then(|| HeldAlert {
            text: copy(alert.text),
            until: match answer.until {
                SilenceEnd::At(at) | SilenceEnd::AtLeast(at) => at,
                _ => Timestamp::MAX,
            },
            expires,
        });
        if self.options.silenced == Silenced::Drop {
            // What has ended is passed on.
            let (outcome, text) = match held {
                Some(_) => (Outcome::Dropped, None),
                None => (Outcome::Passed, Some(copy(alert.text))),
            };
            return Judged { key, outcome, text, held };
        }
        let until = answer.until;
        let mut by: Vec<Cow<'_, str>> = answer
            .by
            .clone()
            .take(MAX_ANNOTATED_WINDOWS)
            .map(|window| window.id().as_str().into())
            .collect();
        let more = answer.by.count() - by.len();
        if more > 0 {
            by.push(format!("and {more} more").into());
        }
        let text = Some(alert.marked(&by.join(","), until).into());
        Judged { key, outcome: Outcome::Marked, text, held }
    }

    /// Evaluates a body, and puts its alerts into the queues. Wrong alerts are refused, and the
    /// others are accepted.
    async fn accept(&self, body: &[u8]) -> Result<(), Reply> {
        let malformed = |message: String| {
            self.counters.malformed.add(1);
            reply(StatusCode::BAD_REQUEST, message + "\n")
        };
        let texts = texts(body).map_err(|error| malformed(error.to_string()))?;
        if texts.len() > MAX_BODY_ALERTS {
            return Err(malformed(format!("more than {MAX_BODY_ALERTS} alerts")));
        }
        let snapshot = self.versions.borrow().clone();
        let mut judged = Vec::with_capacity(texts.len());
        let mut wrong = Wrong::default();
        let mut now = clock::now();
        for (index, text) in texts.iter().enumerate() {
            match Alert::parse(text) {
                Ok(alert) => judged.push(self.judge(&alert, &snapshot.silencer, now)),
                Err(error) => wrong.add(index, &error),
            }
            if index % YIELD_AFTER == YIELD_AFTER - 1 {
                tokio::task::yield_now().await;
                now = clock::now();
            }
        }
        let entry =
            |judged: &Judged| judged.text.clone().map(|text| Entry { key: judged.key, text });
        let entries: Vec<Entry> = judged.iter().filter_map(entry).collect();
        self.enqueue(&entries, |held| self.hold(held, &judged, &snapshot)).await?;
        self.counters.wrong.add(wrong.count as u64);
        match wrong.reply(texts.len()) {
            Some(reply) => Err(reply),
            None => Ok(()),
        }
    }

    /// Holds the alerts of a body that are silenced, and no longer those that are not.
    fn hold(&self, held: &mut Held, judged: &[Judged], snapshot: &Snapshot) {
        self.counters.received.add(judged.len() as u64);
        // `release` has passed for a newer document, or will: these are evaluated again.
        let is_old = self.versions.borrow().revision != snapshot.revision;
        let before = held.next();
        for Judged { key, outcome, held: alert, .. } in judged {
            let counter = match outcome {
                Outcome::Passed => &self.counters.passed,
                Outcome::Marked => &self.counters.marked,
                Outcome::Dropped => &self.counters.dropped,
                Outcome::Unjudged => &self.counters.unjudged,
            };
            counter.add(1);
            let mut alert = alert.clone();
            if is_old && let Some(alert) = &mut alert {
                alert.until = clock::now();
            }
            if !held.set(*key, alert) {
                self.counters.not_held.add(1);
            }
        }
        if held.next() != before {
            self.held_changed.notify_one();
        }
    }

    /// Puts alerts into all queues that have space. Returns whether one had.
    fn push(&self, entries: &[Entry]) -> bool {
        let is_in: Vec<bool> = self.peers.iter().map(|peer| peer.queue.push(entries)).collect();
        if !is_in.contains(&true) {
            return false;
        }
        for (peer, _) in self.peers.iter().zip(is_in).filter(|(_, is_in)| !is_in) {
            peer.dropped.add(entries.len() as u64);
        }
        true
    }

    /// Puts alerts into all queues that have space, and calls `hold` at the same time: no
    /// other state of an alert comes between. Waits while no queue has space.
    async fn enqueue(
        &self,
        entries: &[Entry],
        hold: impl FnOnce(&mut Held) + Send,
    ) -> Result<(), Reply> {
        let deadline = Instant::now() + self.options.wait;
        loop {
            {
                let mut held = self.held();
                if entries.is_empty() || self.push(entries) {
                    hold(&mut held);
                    return Ok(());
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.counters.full.add(1);
                return Err(reply(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the queue is full, and nothing of the body was accepted\n",
                ));
            }
            // A change between the attempt and this line is not seen: so the pause is short.
            let pause = left.min(Duration::from_millis(20));
            tokio::select! {
                () = self.space() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn space(&self) {
        match self.peers.first() {
            Some(peer) => peer.queue.space().await,
            None => std::future::pending().await,
        }
    }

    /// Delivers what waits for one Alertmanager, by its position, until `stop` becomes true and
    /// nothing waits.
    pub async fn deliver(self: Arc<Self>, position: usize, stop: watch::Receiver<bool>) {
        if let Some(peer) = self.peers.get(position) {
            peer.deliver(stop).await;
        }
    }

    /// Sends alerts whose silence ended, and all alerts again whose silence another version of
    /// the document ends.
    pub async fn release(self: Arc<Self>) {
        let mut versions = self.versions.clone();
        // Whether alerts are left that were not evaluated for the current version.
        let mut is_behind = false;
        loop {
            let next = self.held().next();
            let pause = next.map_or(60_000, |at| at.as_millis() - clock::now().as_millis());
            let longest = if is_behind { RETRY_MS } else { 60_000 };
            let pause = Duration::from_millis(u64::try_from(pause.clamp(0, longest)).unwrap_or(0));
            let is_changed = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                () = self.held_changed.notified() => false,
                changed = versions.changed() => match changed {
                    Ok(()) => true,
                    Err(_) => return,
                },
            };
            let snapshot = versions.borrow_and_update().clone();
            if is_changed || is_behind {
                is_behind = false;
                let keys = self.held().keys();
                for (index, key) in keys.into_iter().enumerate() {
                    let alert = self.held().get(key).cloned();
                    let is_sent = match &alert {
                        Some(alert) => self.send_again(key, alert, &snapshot.silencer),
                        None => true,
                    };
                    if !is_sent {
                        is_behind = true;
                        break;
                    }
                    if index % YIELD_AFTER == YIELD_AFTER - 1 {
                        tokio::task::yield_now().await;
                    }
                }
            }
            loop {
                let Some((key, alert)) = self.due() else { break };
                if !self.send_again(key, &alert, &snapshot.silencer) {
                    // No queue has space: another version may come before there is.
                    break;
                }
            }
        }
    }

    /// An alert whose silence has ended. It is held for a little longer, for another attempt if
    /// no queue has space.
    fn due(&self) -> Option<(Key, HeldAlert)> {
        let now = clock::now();
        let mut held = self.held();
        let (key, alert) = held.due(now)?;
        held.set(key, Some(HeldAlert { until: clock::after(now, RETRY_MS), ..alert.clone() }));
        Some((key, alert))
    }

    /// Evaluates a held alert again. If it is not silenced any more, it is sent without marks.
    /// Nothing is done for an alert of which another state has come. False if no queue has
    /// space.
    fn send_again(&self, key: Key, alert: &HeldAlert, silencer: &Silencer) -> bool {
        let Some(parsed) = std::str::from_utf8(&alert.text).ok().and_then(|t| Alert::parse(t).ok())
        else {
            return true;
        };
        let now = clock::now();
        let judged = self.judge(&parsed, silencer, now);
        let again = judged.held.filter(|_| alert.expires > now);
        let again = again.map(|again| HeldAlert { expires: alert.expires, ..again });
        let text = match &again {
            // The mark is another one.
            Some(again) => judged.text.filter(|_| again.until != alert.until),
            None => Some(alert.text.clone()).filter(|_| alert.expires > now),
        };
        let entries: Vec<Entry> = text.map(|text| Entry { key, text }).into_iter().collect();
        let is_same = |known: &HeldAlert| known.text.as_ptr() == alert.text.as_ptr();
        let mut held = self.held();
        if !held.get(key).is_some_and(is_same) {
            return true;
        }
        if !entries.is_empty() && !self.push(&entries) {
            return false;
        }
        if again.is_none() && !entries.is_empty() {
            self.counters.released.add(1);
        }
        held.set(key, again);
        true
    }

    fn unready(&self) -> Vec<String> {
        let down = |peer: &&Peer| !peer.is_up();
        let down: Vec<&Peer> = self.peers.iter().filter(down).collect();
        if down.len() < self.peers.len() {
            return Vec::new();
        }
        down.iter()
            .map(|peer| format!("{}: {} alerts wait", peer.client.endpoint(), peer.queue.len()))
            .collect()
    }

    fn write(&self, text: &mut Text) {
        self.document.write(text);
        self.connections.write(text);
        let c = &self.counters;
        for (name, help, counter) in [
            ("quietude_alerts_received_total", "Alerts that were accepted.", &c.received),
            (
                "quietude_alerts_passed_total",
                "Alerts that were passed on and not silenced.",
                &c.passed,
            ),
            ("quietude_alerts_marked_total", "Alerts that were marked as silenced.", &c.marked),
            (
                "quietude_alerts_dropped_total",
                "Silenced alerts that were not passed on.",
                &c.dropped,
            ),
            (
                "quietude_alerts_unjudged_total",
                "Alerts with too many or too long labels to evaluate, passed on.",
                &c.unjudged,
            ),
            (
                "quietude_alerts_released_total",
                "Held alerts that were sent when their silence ended.",
                &c.released,
            ),
            (
                "quietude_alerts_not_held_total",
                "Silenced alerts that there was no memory to hold.",
                &c.not_held,
            ),
            ("quietude_alerts_wrong_total", "Alerts that were refused as malformed.", &c.wrong),
            (
                "quietude_bodies_wrong_total",
                "Bodies that were refused as a whole as malformed.",
                &c.malformed,
            ),
            (
                "quietude_bodies_full_total",
                "Bodies that were refused because the queues were full.",
                &c.full,
            ),
        ] {
            text.single(name, "counter", help, counter.get());
        }
        text.single(
            "quietude_alerts_held",
            "gauge",
            "Silenced alerts that are held.",
            self.held().len(),
        );
        text.histogram(
            "quietude_request_seconds",
            "The time from the head of a request to its answer.",
            &c.seconds,
        );
        delivery::write(&self.peers, text);
    }
}

fn copy(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

impl Handler for Proxy {
    async fn handle(&self, request: Request<Incoming>, progress: &Progress) -> Reply {
        let begin = Instant::now();
        if let Some(status) = server::status(&request, |text| self.write(text), || self.unready()) {
            return status;
        }
        if request.uri().path() != "/api/v2/alerts" {
            let paths = "the paths are /api/v2/alerts, /metrics, /-/healthy and /-/ready\n";
            return reply(StatusCode::NOT_FOUND, paths);
        }
        if request.method() != Method::POST {
            return server::wrong_method("POST");
        }
        let read =
            server::body(request.into_body(), &self.budget, self.options.bounds, progress).await;
        let body = match read {
            Ok(body) => body,
            Err(reply) => return reply,
        };
        match self.accept(&body.bytes).await {
            Ok(()) => {
                let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.counters.seconds.observe(micros);
                reply(StatusCode::OK, "")
            }
            Err(reply) => reply,
        }
    }
}
