//! A line on standard error about work that takes more than a second, on a terminal only.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Work that goes on until this is dropped.
pub(crate) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins work, such as `reading fleet.json`.
    pub(crate) fn start(what: impl Into<String>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { running: None };
        }
        let what = crate::format::plain(&what.into());
        let (done, is_done) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || {
            let mut err = std::io::stderr();
            let mut seconds = 0u32;
            while is_done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                seconds += 1;
                _ = write!(err, "\r{what}: {seconds} s").and_then(|()| err.flush());
            }
            if seconds > 0 {
                // Erases the line.
                _ = write!(err, "\r\u{1b}[K").and_then(|()| err.flush());
            }
        });
        Self { running: thread.ok().map(|thread| (done, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.running.take() {
            drop(done);
            _ = thread.join();
        }
    }
}
