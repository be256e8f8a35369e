//! Helpers of the vendors' tests.

use quietude::vendors::{
    Context, MAX_REQUEST_BYTES, MAX_REQUEST_STEPS, Method, Request, Response, VendorApi,
};
use quietude::{Registry, Silencer, Subject, Timestamp, Topology};

/// Reads a file of `tests/data`.
pub(crate) fn data(path: &str) -> String {
    let path = format!("{}/tests/data/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Removes whitespace outside of strings. The order of fields stays.
pub(crate) fn without_whitespace(json: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for char in json.chars() {
        if quoted || !char.is_whitespace() {
            out.push(char);
        }
        quoted = if char == '"' && !escaped { !quoted } else { quoted };
        escaped = char == '\\' && !escaped;
    }
    out
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).unwrap()
}

/// A service, with the time, the user and the ids that the test sets.
pub(crate) struct Host<S> {
    pub(crate) system: S,
    pub(crate) now: Timestamp,
    pub(crate) ids: Vec<String>,
    pub(crate) user: &'static str,
    /// The steps and the bytes of the last request.
    pub(crate) work: (u64, u64),
}

impl<S: VendorApi + Clone + PartialEq + std::fmt::Debug> Host<S> {
    pub(crate) fn new(system: S, now: &str) -> Self {
        Self { system, now: at(now), ids: Vec::new(), user: "", work: (0, 0) }
    }

    /// Sets the next new ids.
    pub(crate) fn ids(&mut self, ids: &[&str]) {
        self.ids = ids.iter().rev().map(|id| (*id).to_owned()).collect();
    }

    /// Sends a request: `"GET /path?query"` and a body. Asserts that a failed request changes
    /// nothing.
    pub(crate) fn send(&mut self, line: &str, body: &str) -> Response {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let method: Method = method.parse().unwrap();
        let before = self.system.clone();
        let ids = &mut self.ids;
        let mut new_id = || ids.pop().unwrap_or_default();
        let mut context = Context::new(self.now, &mut new_id).with_user(self.user);
        let response =
            self.system.handle(&Request::new(method, target, body.as_bytes()), &mut context);
        self.work = (context.steps(), context.bytes());
        assert!(self.work.0 <= MAX_REQUEST_STEPS && self.work.1 <= MAX_REQUEST_BYTES);
        if response.status >= 400 {
            assert_eq!(self.system, before, "{line} failed and changed something");
        }
        response
    }

    /// Sends a request that must succeed, and returns the body of the response.
    pub(crate) fn ok(&mut self, line: &str, body: &str) -> String {
        let response = self.send(line, body);
        assert!(response.status < 300, "{line} {body}: {response:?}");
        response.body
    }

    /// Sends a request that must fail with this status, and with this text in the body.
    pub(crate) fn fails(&mut self, line: &str, body: &str, status: u16, text: &str) {
        let response = self.send(line, body);
        assert_eq!(response.status, status, "{line} {body}: {response:?}");
        let unescaped = response.body.replace("\\\"", "\"");
        assert!(unescaped.contains(text), "{line} {body}: {text:?} is not in {}", response.body);
    }

    /// A silencer of the current windows.
    pub(crate) fn silencer(&self, topology: &Topology) -> Silencer {
        let mut registry = Registry::new();
        self.system.sync(&mut registry).unwrap();
        Silencer::builder().topology(topology.clone()).build(&registry).unwrap()
    }

    pub(crate) fn is_silenced(&self, subject: &Subject<'_>, t: Timestamp) -> bool {
        self.silencer(&Topology::default()).is_silenced(subject, t)
    }
}

/// The JSON between the first brace and the last of a recorded request.
pub(crate) fn body_of(recorded: &str) -> &str {
    &recorded[recorded.find('{').unwrap()..=recorded.rfind('}').unwrap()]
}
