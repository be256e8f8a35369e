//! Deliveries of the proxy: what waits for one Alertmanager is sent in order, and again until
//! it is accepted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use tokio::sync::watch;

use crate::Error;
use crate::client::Client;
use crate::limits::{MAX_BATCH_ALERTS, MAX_BATCH_BYTES};
use crate::log::Repeated;
use crate::metrics::{Counter, Histogram, Text};
use crate::queue::{Batch, Queue};

/// To how few alerts a delivery is reduced.
const MIN_BATCH_ALERTS: usize = 10;

/// The first and the longest pause before a delivery is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// An Alertmanager with its queue.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) client: Client,
    pub(crate) queue: Queue,
    is_up: AtomicBool,
    delivered: Counter,
    refused: Counter,
    failed: Counter,
    /// Alerts that did not fit.
    pub(crate) dropped: Counter,
    seconds: Histogram,
    errors: Repeated,
}

impl Peer {
    /// An Alertmanager for which alerts of that many bytes may wait.
    pub(crate) fn new(client: Client, queue_bytes: usize) -> Self {
        Self {
            client,
            queue: Queue::new(queue_bytes),
            is_up: AtomicBool::new(true),
            delivered: Counter::default(),
            refused: Counter::default(),
            failed: Counter::default(),
            dropped: Counter::default(),
            seconds: Histogram::default(),
            errors: Repeated::default(),
        }
    }

    /// Whether the last delivery was answered.
    pub(crate) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// Delivers what waits, until `stop` becomes true and nothing waits.
    pub(crate) async fn deliver(&self, mut stop: watch::Receiver<bool>) {
        // Smaller deliveries for an Alertmanager that is too slow for large ones.
        let (mut pause, mut alerts) = (PAUSES.0, MAX_BATCH_ALERTS);
        loop {
            let batch = tokio::select! {
                batch = self.queue.take(alerts, MAX_BATCH_BYTES) => batch,
                () = is_true(&mut stop) => {
                    if self.queue.is_empty() {
                        return;
                    }
                    self.queue.take(alerts, MAX_BATCH_BYTES).await
                }
            };
            match self.send(batch).await {
                Ok(()) => {
                    self.is_up.store(true, Ordering::Relaxed);
                    pause = PAUSES.0;
                    alerts = (alerts * 2).min(MAX_BATCH_ALERTS);
                }
                Err(error) => {
                    self.is_up.store(false, Ordering::Relaxed);
                    self.errors.line(format_args!("error: {error}; the alerts wait"));
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                    alerts = (alerts / 2).max(MIN_BATCH_ALERTS);
                }
            }
        }
    }

    /// Sends alerts. What Alertmanager refuses is sent again in halves, so that one wrong alert
    /// costs no other.
    async fn send(&self, batch: Batch) -> Result<(), Error> {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let mut body =
                Vec::with_capacity(2 + part.entries().map(|e| e.text.len() + 1).sum::<usize>());
            body.push(b'[');
            for (index, entry) in part.entries().enumerate() {
                if index > 0 {
                    body.push(b',');
                }
                body.extend_from_slice(&entry.text);
            }
            body.push(b']');
            let begin = Instant::now();
            let path = "/api/v2/alerts";
            let sent = self.client.request(Method::POST, path, Bytes::from(body), true).await;
            let error = match sent {
                Ok(answer) if answer.is_success() => {
                    let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
                    self.seconds.observe(micros);
                    self.delivered.add(part.len() as u64);
                    self.queue.done(&part);
                    continue;
                }
                Ok(answer) if answer.is_about_content() => {
                    if part.len() > 1 {
                        parts.push(part.split());
                        parts.push(part);
                    } else {
                        self.refused.add(1);
                        self.errors.line(format_args!(
                            "error: {}: an alert was refused: {}",
                            self.client.endpoint(),
                            answer.shown()
                        ));
                        self.queue.done(&part);
                    }
                    continue;
                }
                Ok(answer) => {
                    Error::new(format_args!("{}: {}", self.client.endpoint(), answer.shown()))
                }
                Err(error) => error,
            };
            self.failed.add(1);
            self.queue.restore(part);
            parts.into_iter().for_each(|part| self.queue.restore(part));
            return Err(error);
        }
        Ok(())
    }
}

/// Waits until a value is true, or nobody can change it.
async fn is_true(value: &mut watch::Receiver<bool>) {
    let _ = value.wait_for(|value| *value).await;
}

/// Writes the metrics of all deliveries.
pub(crate) fn write(peers: &[Peer], text: &mut Text) {
    let each =
        |text: &mut Text, name: &str, kind: &str, help: &str, value: &dyn Fn(&Peer) -> u64| {
            text.metric(name, kind, help);
            for peer in peers {
                let address = peer.client.endpoint().to_string();
                text.sample(name, &[("alertmanager", &address)], value(peer));
            }
        };
    each(
        text,
        "quietude_alertmanager_up",
        "gauge",
        "Whether the last delivery was answered.",
        &|p| u64::from(p.is_up.load(Ordering::Relaxed)),
    );
    each(text, "quietude_queue_alerts", "gauge", "Alerts that wait or are on their way.", &|p| {
        p.queue.len() as u64
    });
    each(text, "quietude_queue_bytes", "gauge", "Bytes of these alerts.", &|p| {
        p.queue.usage().0 as u64
    });
    each(
        text,
        "quietude_queue_replaced_total",
        "counter",
        "States of alerts that a newer state replaced while they waited.",
        &|p| p.queue.usage().1,
    );
    each(text, "quietude_deliveries_total", "counter", "Alerts that were delivered.", &|p| {
        p.delivered.get()
    });
    each(
        text,
        "quietude_deliveries_refused_total",
        "counter",
        "Alerts that Alertmanager refused.",
        &|p| p.refused.get(),
    );
    each(
        text,
        "quietude_deliveries_failed_total",
        "counter",
        "Deliveries that are tried again.",
        &|p| p.failed.get(),
    );
    each(
        text,
        "quietude_queue_dropped_total",
        "counter",
        "Alerts that only other Alertmanagers got, since this queue was full.",
        &|p| p.dropped.get(),
    );
    for peer in peers.iter().take(1) {
        text.histogram(
            "quietude_delivery_seconds",
            "The time of a delivery to the first Alertmanager.",
            &peer.seconds,
        );
    }
}
