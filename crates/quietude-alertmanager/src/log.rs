//! Messages to standard error: one line each, with the time.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::clock;

/// How long a message that repeats is left out.
const REPEATED_AFTER: Duration = Duration::from_secs(60);

/// How many different messages are remembered.
const MAX_REMEMBERED: usize = 1_000;

/// Writes a line. Control characters are escaped, so that a message is one line whatever a
/// peer sent.
#[allow(clippy::print_stderr, reason = "a service writes its messages to standard error")]
pub fn line(message: impl fmt::Display) {
    let message = message.to_string();
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    eprintln!("{} {text}", clock::now());
}

/// Writes each message once a minute.
#[derive(Debug, Default)]
pub struct Repeated(Mutex<HashMap<String, Instant>>);

impl Repeated {
    /// Writes the message unless the same one was written within the last minute.
    pub fn line(&self, message: impl fmt::Display) {
        let message = message.to_string();
        let mut written = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        if written.get(&message).is_some_and(|at| now.duration_since(*at) < REPEATED_AFTER) {
            return;
        }
        if written.len() >= MAX_REMEMBERED {
            written.clear();
        }
        line(&message);
        written.insert(message, now);
    }
}
