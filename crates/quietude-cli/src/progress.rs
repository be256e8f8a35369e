//! A line on standard error about work that takes more than a second, on a terminal only.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What goes on; the last one is shown. Work may have work of another kind within it.
static WORK: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Work that goes on until this is dropped.
pub(crate) struct Progress {
    is_shown: bool,
    /// The thread that writes the line; it is that of the outermost work.
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins work, such as `reading fleet.json`.
    pub(crate) fn start(what: impl Into<String>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { is_shown: false, thread: None };
        }
        let mut work = work();
        work.push(crate::format::plain(&what.into()));
        let is_outermost = work.len() == 1;
        Self { is_shown: true, thread: is_outermost.then(start_thread).flatten() }
    }
}

fn work() -> MutexGuard<'static, Vec<String>> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_thread() -> Option<(Sender<()>, JoinHandle<()>)> {
    let (done, is_done) = mpsc::channel();
    let thread = thread::Builder::new().spawn(move || {
        let mut err = std::io::stderr();
        let (mut seconds, mut shown) = (0u32, String::new());
        while is_done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            seconds += 1;
            let what = work().last().cloned().unwrap_or_default();
            // What was shown may be longer.
            let erase = if seconds > 1 && what != shown { "\r\u{1b}[K" } else { "" };
            _ = write!(err, "{erase}\r{what}: {seconds} s").and_then(|()| err.flush());
            shown = what;
        }
        if seconds > 0 {
            // Erases the line.
            _ = write!(err, "\r\u{1b}[K").and_then(|()| err.flush());
        }
    });
    thread.ok().map(|thread| (done, thread))
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            work().pop();
        }
        if let Some((done, thread)) = self.thread.take() {
            drop(done);
            _ = thread.join();
        }
    }
}
