//! An Alertmanager in memory, which does what a test wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

use super::http::{self, Action, Request};
use super::model::Model;
use super::program::now;

/// How it behaves.
#[derive(Clone)]
pub(crate) enum Mode {
    Good,
    Hang,
    Close,
    /// This answer to everything.
    Status(u16, String),
    /// These bytes to everything, so many times.
    Raw(Vec<u8>, usize),
    /// The first bytes once, and the others so many times, to everything.
    Long(Vec<u8>, Vec<u8>, usize),
}

pub(crate) struct State {
    pub(crate) mode: Mode,
    pub(crate) model: Model,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) ahead_ms: i64,
    /// The bodies of `POST /api/v2/alerts` that were accepted, and when.
    pub(crate) alerts: Vec<(i64, Vec<u8>)>,
    /// The number of requests.
    pub(crate) requests: usize,
    /// Requests other than GET.
    pub(crate) writes: usize,
}

#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let state = State {
            mode: Mode::Good,
            model: Model::default(),
            ahead_ms: 0,
            alerts: Vec::new(),
            requests: 0,
            writes: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let handler = state.clone();
        let address = http::serve("127.0.0.1:0", move |request| {
            let mut state = handler.lock().expect("a state");
            answer(&mut state, &request)
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a state")
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state().mode = mode;
    }

    /// The alerts that were accepted, one by one.
    pub(crate) fn alerts(&self) -> Vec<Value> {
        let parse = |body: &[u8]| -> Vec<Value> { serde_json::from_slice(body).expect("a list") };
        self.state().alerts.iter().flat_map(|(_, body)| parse(body)).collect()
    }

    /// Whether an alert is muted now.
    pub(crate) fn mutes(&self, labels: &[(&str, &str)]) -> bool {
        let state = self.state();
        state.model.mutes(labels, now() + state.ahead_ms, |_| true)
    }
}

/// The header line `Date` of an instant.
fn date(ms: i64) -> String {
    let text = super::program::text(ms - ms.rem_euclid(1_000));
    let (year, month, day) =
        (&text[..4], text[5..7].parse::<usize>().expect("a month"), &text[8..10]);
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("date: Mon, {day} {} {year} {} GMT\r\n", months[month - 1], &text[11..19])
}

fn answer(state: &mut State, request: &Request) -> Action {
    state.requests += 1;
    match &state.mode {
        Mode::Good => {}
        Mode::Hang => return Action::Hang,
        Mode::Close => return Action::Close,
        Mode::Status(status, text) => {
            return Action::Reply(*status, String::new(), text.clone().into_bytes());
        }
        Mode::Raw(bytes, times) => return Action::Raw(Vec::new(), bytes.clone(), *times),
        Mode::Long(head, bytes, times) => {
            return Action::Raw(head.clone(), bytes.clone(), *times);
        }
    }
    if request.method != "GET" {
        state.writes += 1;
    }
    let at = now() + state.ahead_ms;
    let reply = |status, text: String| Action::Reply(status, date(at), text.into_bytes());
    match (&*request.method, &*request.path) {
        ("GET", "/api/v2/silences") => reply(200, state.model.list(at)),
        ("POST", "/api/v2/silences") => {
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            match state.model.set(&body, at) {
                Ok(id) => reply(200, format!(r#"{{"silenceID":"{id}"}}"#)),
                Err((status, message)) => reply(status, message),
            }
        }
        ("DELETE", path) => {
            let id = path.strip_prefix("/api/v2/silence/").expect("a path");
            match state.model.expire(id, at) {
                Ok(()) => reply(200, String::new()),
                Err((status, message)) => reply(status, message),
            }
        }
        ("POST", "/api/v2/alerts") => {
            let alerts: Vec<Value> = serde_json::from_slice(&request.body).expect("a list");
            if alerts.iter().any(|alert| alert["labels"]["bad"] == "1") {
                return reply(400, "\"invalid label set\"".to_owned());
            }
            state.alerts.push((at, request.body.clone()));
            reply(200, String::new())
        }
        _ => reply(404, "no such path".to_owned()),
    }
}
