//! The listener: connections, their number and their time; bodies, their length; health and
//! metrics.
//!
//! A client that is slow, silent or broken costs a connection until its time is over, and
//! nothing else. Beyond the maximal number of connections a new one is closed at once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};

use crate::limits::{MAX_BODIES_BYTES, MAX_BODY_BYTES, MAX_DISCARDED_BYTES, MAX_HEAD_BYTES};
use crate::metrics::{Counter, Text};

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// How often a connection looks whether it was silent for too long.
const TICK: Duration = Duration::from_secs(5);

/// How long an accept is left out after an error, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bounds of time and number.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many connections there may be.
    pub connections: usize,
    /// How long the head of a request may take, and a connection may be silent before it.
    pub head: Duration,
    /// How long the body of a request may take.
    pub body: Duration,
    /// How long a connection may be without any progress.
    pub idle: Duration,
    /// How long requests may take to end after a signal to stop.
    pub stop: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(90),
            stop: Duration::from_secs(5),
        }
    }
}

/// What a listener counts.
#[derive(Debug, Default)]
pub struct Metrics {
    accepted: Counter,
    refused: Counter,
    timed_out: Counter,
    panicked: Counter,
}

impl Metrics {
    /// Writes them.
    pub fn write(&self, text: &mut Text) {
        text.metric("quietude_connections_total", "counter", "Connections of clients, by outcome.");
        for (outcome, counter) in [
            ("accepted", &self.accepted),
            ("refused", &self.refused),
            ("timed_out", &self.timed_out),
            ("panicked", &self.panicked),
        ] {
            text.sample("quietude_connections_total", &[("outcome", outcome)], counter.get());
        }
    }
}

impl Metrics {
    fn count_panic(&self, ended: &Result<(), JoinError>) {
        if ended.as_ref().is_err_and(JoinError::is_panic) {
            self.panicked.add(1);
        }
    }
}

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request.
    fn handle(
        &self,
        request: Request<Incoming>,
        progress: &Progress,
    ) -> impl Future<Output = Reply> + Send;
}

/// The last time at which something happened on a connection.
#[derive(Debug)]
pub struct Progress {
    begin: Instant,
    last_ms: AtomicU64,
}

impl Progress {
    fn new() -> Self {
        Self { begin: Instant::now(), last_ms: AtomicU64::new(0) }
    }

    /// Something happened.
    pub fn mark(&self) {
        let ms = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(ms, Ordering::Relaxed);
    }

    fn silent_for(&self) -> Duration {
        self.begin
            .elapsed()
            .saturating_sub(Duration::from_millis(self.last_ms.load(Ordering::Relaxed)))
    }
}

/// Accepts connections until `stop` becomes true. Then no connection is accepted, and requests
/// that have begun may end within [`Bounds::stop`].
pub async fn serve<H: Handler>(
    listener: TcpListener,
    handler: Arc<H>,
    bounds: Bounds,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                metrics.count_panic(&ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if connections.len() >= bounds.connections {
            metrics.refused.add(1);
            continue;
        }
        metrics.accepted.add(1);
        let _ = stream.set_nodelay(true);
        let (handler, metrics, mut stop) = (handler.clone(), metrics.clone(), stop.clone());
        connections.spawn(async move {
            let progress = Arc::new(Progress::new());
            let answer = {
                let progress = progress.clone();
                move |request| {
                    let (handler, progress) = (handler.clone(), progress.clone());
                    async move {
                        progress.mark();
                        let reply = handler.handle(request, &progress).await;
                        progress.mark();
                        Ok::<_, std::convert::Infallible>(reply)
                    }
                }
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(bounds.head)
                .max_buf_size(MAX_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service_fn(answer));
            let mut connection = pin!(connection);
            let mut is_stopping = false;
            loop {
                tokio::select! {
                    ended = connection.as_mut() => {
                        if ended.is_err_and(|error| error.is_timeout()) {
                            metrics.timed_out.add(1);
                        }
                        return;
                    }
                    _ = stop.wait_for(|stop| *stop), if !is_stopping => {
                        is_stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    () = tokio::time::sleep(TICK.min(bounds.idle)) => {
                        if progress.silent_for() > bounds.idle {
                            metrics.timed_out.add(1);
                            return;
                        }
                    }
                }
            }
        });
    }
    drop(listener);
    let all = async {
        while let Some(ended) = connections.join_next().await {
            metrics.count_panic(&ended);
        }
    };
    let _ = tokio::time::timeout(bounds.stop, all).await;
}

/// An answer with a text.
#[must_use]
pub fn reply(status: StatusCode, text: impl Into<String>) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(text.into())));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, plain);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply
}

/// The answer to another method than the one that is allowed.
#[must_use]
pub fn wrong_method(allowed: &'static str) -> Reply {
    let mut reply = reply(StatusCode::METHOD_NOT_ALLOWED, format!("the method is {allowed}\n"));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// The answers that every listener gives: `/metrics`, `/-/healthy` and `/-/ready`. `None` for
/// other paths. `unready` returns why the service is not ready; empty if it is.
pub fn status(
    request: &Request<Incoming>,
    metrics: impl FnOnce(&mut Text),
    unready: impl FnOnce() -> Vec<String>,
) -> Option<Reply> {
    let path = request.uri().path();
    if !["/metrics", "/-/healthy", "/-/ready"].contains(&path) {
        return None;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Some(wrong_method("GET"));
    }
    Some(match path {
        "/metrics" => {
            let mut text = Text::default();
            metrics(&mut text);
            let mut reply = reply(StatusCode::OK, text.into_string());
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            reply.headers_mut().insert(CONTENT_TYPE, kind);
            reply
        }
        "/-/healthy" => reply(StatusCode::OK, "healthy\n"),
        _ => match unready() {
            reasons if reasons.is_empty() => reply(StatusCode::OK, "ready\n"),
            reasons => reply(StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n"),
        },
    })
}

/// The memory that the bodies of requests may take, all together.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_BODIES_BYTES)))
    }
}

/// A body that was read. It counts for the budget until it is dropped.
#[derive(Debug)]
pub struct ReadBody {
    /// The bytes.
    pub bytes: Vec<u8>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Reads a body.
///
/// # Errors
///
/// The answer to send: the body is too long, too slow or broken, or there is no memory left.
pub async fn body(
    body: Incoming,
    budget: &Budget,
    bounds: Bounds,
    progress: &Progress,
) -> Result<ReadBody, Reply> {
    let too_long = || {
        let message = format!("the body is longer than {MAX_BODY_BYTES} bytes\n");
        reply(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    if body.size_hint().lower() > (MAX_BODY_BYTES + MAX_DISCARDED_BYTES) as u64 {
        return Err(too_long());
    }
    let mut is_too_long = body.size_hint().lower() > MAX_BODY_BYTES as u64;
    let read = async {
        let mut body = pin!(body);
        let (mut bytes, mut permit) = (Vec::new(), None::<OwnedSemaphorePermit>);
        let mut total = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                reply(StatusCode::BAD_REQUEST, format!("the body ends early: {error}\n"))
            })?;
            let Ok(data) = frame.into_data() else { continue };
            progress.mark();
            total += data.len();
            is_too_long |= total > MAX_BODY_BYTES;
            if is_too_long {
                (bytes, permit) = (Vec::new(), None);
                if total > MAX_BODY_BYTES + MAX_DISCARDED_BYTES {
                    return Err(too_long());
                }
                continue;
            }
            let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
            let more = budget.0.clone().try_acquire_many_owned(count).map_err(|_| {
                reply(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("the bodies of all requests have more than {MAX_BODIES_BYTES} bytes\n"),
                )
            })?;
            match &mut permit {
                Some(permit) => permit.merge(more),
                None => permit = Some(more),
            }
            bytes.extend_from_slice(&data);
        }
        if is_too_long { Err(too_long()) } else { Ok(ReadBody { bytes, _permit: permit }) }
    };
    match tokio::time::timeout(bounds.body, read).await {
        Ok(read) => read,
        Err(_) => Err(reply(StatusCode::REQUEST_TIMEOUT, "the body is too slow\n")),
    }
}

/// Raises the number of files that this process may have open to what the system allows.
pub fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    struct Fragile;

    impl Handler for Fragile {
        async fn handle(&self, request: Request<Incoming>, _: &Progress) -> Reply {
            assert!(request.uri().path() != "/bug", "a bug");
            reply(StatusCode::OK, "")
        }
    }

    #[tokio::test]
    async fn serve_panic_of_a_handler_costs_its_connection_and_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let metrics = Arc::<Metrics>::default();
        let (handler, bounds) = (Arc::new(Fragile), Bounds::default());
        let service = tokio::spawn(serve(listener, handler, bounds, metrics.clone(), stopped));
        let get = async |path: &'static str| {
            let exchange = move || {
                let mut stream = TcpStream::connect(address).unwrap();
                let head = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).map(|_| answer).unwrap_or_default()
            };
            tokio::task::spawn_blocking(exchange).await.unwrap()
        };
        assert_eq!(get("/bug").await, "");
        assert!(get("/").await.starts_with("HTTP/1.1 200"));
        stop.send_replace(true);
        service.await.unwrap();
        assert_eq!((metrics.accepted.get(), metrics.panicked.get()), (2, 1));
    }
}
