//! Requests to one Alertmanager, bounded in time and size. HTTP/1.1 without TLS.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, DATE, HOST, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use quietude::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::limits::{MAX_ANSWER_BYTES, MAX_SHOWN_BYTES};
use crate::metrics::Counter;
use crate::{Error, clock};

/// How many connections without a request are kept.
const MAX_IDLE: usize = 8;

/// A difference of the clocks below this one, in milliseconds, is not visible in the header
/// `Date`, which has whole seconds.
pub const MAX_IGNORED_SKEW_MS: i64 = 2_000;

/// The pause between two attempts to reach a peer that went away.
pub const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where an Alertmanager is: `http://localhost:9093`, or with a path before its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    /// Without a slash at its end.
    prefix: String,
    host_header: HeaderValue,
}

impl Endpoint {
    /// Parses an address.
    ///
    /// # Errors
    ///
    /// If it is not of this form. `https`, users and queries are not supported.
    ///
    /// ```
    /// use quietude_alertmanager::client::Endpoint;
    ///
    /// let endpoint = Endpoint::parse("http://[::1]:9093/alertmanager/")?;
    /// assert_eq!(endpoint.to_string(), "http://[::1]:9093/alertmanager");
    /// assert!(Endpoint::parse("https://localhost:9093").is_err());
    /// # Ok::<(), quietude_alertmanager::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| {
            let text: String = text.chars().take(100).collect();
            Error::new(format_args!(
                "{text:?} is not an address such as http://localhost:9093: {why}"
            ))
        };
        let uri: Uri = text.parse().map_err(|error| wrong(&format!("{error}")))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(wrong("https is not supported; a local TLS proxy can be put between"));
            }
            _ => return Err(wrong("it does not begin with http://")),
        }
        let authority = uri.authority().ok_or_else(|| wrong("there is no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("a user is not supported"));
        }
        if uri.query().is_some() {
            return Err(wrong("there is a query"));
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(wrong("there is no host"));
        }
        let port = authority.port_u16().unwrap_or(80);
        let shown =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(Self {
            host: host.to_owned(),
            port,
            prefix: uri.path().trim_end_matches('/').to_owned(),
            host_header: shown.parse().map_err(|_| wrong("the host is not text"))?,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.host_header.to_str().unwrap_or_default(), self.prefix)
    }
}

/// An answer with any status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How far the clock of the peer is ahead of that of this host, in milliseconds, as far as
    /// the header `Date` has it: 0 for less than two seconds.
    pub skew_ms: Option<i64>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the content was refused, so that it will be again. Another status may come from
    /// what is between, and pass.
    #[must_use]
    pub fn is_about_content(&self) -> bool {
        [400, 413, 422].contains(&self.status)
    }

    /// Status and begin of the body, for a message.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = &self.body[..self.body.len().min(MAX_SHOWN_BYTES)];
        format!("status {}: {}", self.status, String::from_utf8_lossy(shown).trim())
    }
}

/// An Alertmanager, and connections to it.
pub struct Client {
    endpoint: Endpoint,
    timeout: Duration,
    idle: Mutex<Vec<Connection>>,
    /// Whether the last request found no connection, or a broken one.
    is_lost: AtomicBool,
    too_long: Arc<Counter>,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
    /// Closed when the connection has ended.
    end: watch::Receiver<()>,
    /// Whether the peer will close it.
    is_last: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// Nothing was sent.
    Unsent,
    /// The connection broke.
    Broken,
    /// The answer is longer than [`MAX_ANSWER_BYTES`].
    TooLong,
}

/// Ends the connection, whatever the peer does.
impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.endpoint).finish()
    }
}

impl Client {
    /// A client whose requests take at most `timeout` each.
    #[must_use]
    pub fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        Self {
            endpoint,
            timeout,
            idle: Mutex::default(),
            is_lost: AtomicBool::new(false),
            too_long: Arc::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The number of answers that were longer than [`MAX_ANSWER_BYTES`].
    #[must_use]
    pub fn too_long(&self) -> Arc<Counter> {
        self.too_long.clone()
    }

    /// Sends a request and reads the answer. A request that can be repeated is sent again if a
    /// connection that was kept turns out to be closed.
    ///
    /// # Errors
    ///
    /// If there is no connection, no answer in time, or the answer is not HTTP or too long.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        can_repeat: bool,
    ) -> Result<Answer, Error> {
        let failed = |error: Error| Error::new(format_args!("{}: {error}", self.endpoint));
        let exchange = self.exchange(method, path, body, can_repeat);
        let Ok(answer) = tokio::time::timeout(self.timeout, exchange).await else {
            self.is_lost.store(false, Ordering::Relaxed);
            return Err(failed(Error::new(format_args!(
                "no answer within {} s",
                clock::seconds(i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX))
            ))));
        };
        let is_lost = answer.as_ref().is_err_and(|(_, failure)| *failure != Failure::TooLong);
        self.is_lost.store(is_lost, Ordering::Relaxed);
        answer.map_err(|(error, _)| failed(error))
    }

    /// Whether the last request found no connection, or a broken one.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Waits until the peer may be another process than the one that answered last: the
    /// connection to it ended, and after a pause a new one is made. Never returns for a peer
    /// that answers and keeps no connection open.
    ///
    /// The pause is for a process that ends: its port may be open longer than its connections.
    pub async fn reconnected(&self, pause: Duration) {
        if !self.is_lost() {
            let end = self.idle().last().map(|connection| connection.end.clone());
            let Some(mut end) = end else { return std::future::pending().await };
            // Nothing is sent: an error means that the connection has ended.
            while end.changed().await.is_ok() {}
        }
        tokio::time::sleep(pause).await;
        loop {
            if let Ok(connection) = self.connect().await {
                self.keep(connection);
                return;
            }
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        can_repeat: bool,
    ) -> Result<Answer, (Error, Failure)> {
        loop {
            let (mut connection, is_kept) = match self.kept() {
                Some(connection) => (connection, true),
                None => {
                    let connected = self.connect().await;
                    (connected.map_err(|error| (error, Failure::Unsent))?, false)
                }
            };
            let mut request = Request::builder()
                .method(method.clone())
                .uri(format!("{}{path}", self.endpoint.prefix))
                .header(HOST, &self.endpoint.host_header);
            if !body.is_empty() {
                request = request.header(CONTENT_TYPE, "application/json");
            }
            let request = request.body(Full::new(body.clone()));
            let request = request.map_err(|error| (Error::new(error), Failure::Unsent))?;
            match self.answer(&mut connection, request).await {
                Ok(answer) => {
                    self.keep(connection);
                    return Ok(answer);
                }
                Err((_, Failure::Unsent)) if is_kept => {}
                Err((_, Failure::Broken)) if is_kept && can_repeat => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE && !connection.is_last && !connection.sender.is_closed() {
            idle.push(connection);
        }
    }

    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find(|connection| connection.sender.is_ready())
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let address = (&*self.endpoint.host, self.endpoint.port);
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address))
            .await
            .map_err(|_| Error::new("no connection in time"))?
            .map_err(Error::new)?;
        let _ = stream.set_nodelay(true);
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| shown(&error))?;
        let (alive, end) = watch::channel(());
        let task = tokio::spawn(async move {
            let _ = connection.await;
            drop(alive);
        });
        Ok(Connection { sender, task, end, is_last: false })
    }

    async fn answer(
        &self,
        connection: &mut Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, (Error, Failure)> {
        let ready = connection.sender.ready().await;
        ready.map_err(|error| (shown(&error), Failure::Unsent))?;
        let response = connection.sender.send_request(request).await;
        let response = response.map_err(|error| {
            let is_unsent = error.is_canceled();
            (shown(&error), if is_unsent { Failure::Unsent } else { Failure::Broken })
        })?;
        let closes = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
        connection.is_last = response.headers().get(CONNECTION).is_some_and(closes);
        let status = response.status().as_u16();
        let date =
            response.headers().get(DATE).and_then(|date| date.to_str().ok()).and_then(instant);
        let skew_ms = date.map(|date| skew(date, clock::now()));
        let too_long = || {
            self.too_long.add(1);
            let message = format!("the answer is longer than {MAX_ANSWER_BYTES} bytes");
            (Error::new(message), Failure::TooLong)
        };
        if response.body().size_hint().lower() > MAX_ANSWER_BYTES as u64 {
            return Err(too_long());
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => too_long(),
            None => (Error::new(format_args!("the answer ends early: {error}")), Failure::Broken),
        })?;
        Ok(Answer { status, skew_ms, body: body.to_bytes() })
    }
}

/// An error with its cause.
fn shown(error: &hyper::Error) -> Error {
    match std::error::Error::source(error) {
        Some(cause) => Error::new(format_args!("{error}: {cause}")),
        None => Error::new(error),
    }
}

/// The difference of the clocks. `date` has whole seconds, rounded down.
fn skew(date: Timestamp, now: Timestamp) -> i64 {
    let skew = date.as_millis() + 500 - now.as_millis();
    if skew.abs() < MAX_IGNORED_SKEW_MS { 0 } else { skew }
}

/// The instant of a header `Date`: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn instant(date: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = date.split_ascii_whitespace().take(7).collect();
    let [_, day, month, year, time, "GMT"] = *parts else { return None };
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    format!("{year}-{month:02}-{day:0>2}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_parse_wrong_addresses() {
        for text in
            ["", "localhost:9093", "http://", "https://a", "http://u:p@a", "http://a?b", "ftp://a"]
        {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(error.contains("is not an address such as"), "{error}");
        }
        assert_eq!(Endpoint::parse("http://a").unwrap().to_string(), "http://a:80");
    }

    #[test]
    fn instant_of_date_header() {
        let at = instant("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at, "1994-11-06T08:49:37Z".parse().unwrap());
        assert_eq!((instant("soon"), instant("Sun, 06 Foo 1994 08:49:37 GMT")), (None, None));
        assert_eq!((skew(at, at), skew(at, clock::after(at, 900))), (0, 0));
        assert_eq!(skew(at, clock::after(at, 60_000)), -59_500);
    }
}
