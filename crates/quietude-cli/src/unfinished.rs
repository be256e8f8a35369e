//! The file that is being written, which a signal removes before it ends the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static FILE: Mutex<Option<PathBuf>> = Mutex::new(None);

fn file() -> MutexGuard<'static, Option<PathBuf>> {
    FILE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Creates a file that a signal removes until it is forgotten.
pub(crate) fn create<T>(path: &Path, create: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    #[cfg(unix)]
    remove_on_signals();
    // A signal waits, and then knows the file.
    let mut file = file();
    let created = create()?;
    *file = Some(path.to_owned());
    Ok(created)
}

/// The file is finished, or removed.
pub(crate) fn forget() {
    *file() = None;
}

/// Waits for signals on a thread. The program ends as it would without.
#[cfg(unix)]
fn remove_on_signals() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        let (sender, receiver) = std::sync::mpsc::channel::<Signals>();
        let wait = move || {
            let Ok(mut signals) = receiver.recv() else { return };
            for signal in signals.forever() {
                // Held until the end, so that no other file is begun.
                let file = file();
                if let Some(file) = file.as_deref() {
                    _ = fs::remove_file(file);
                }
                _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        };
        // Without the thread, signals end the program as always, and may leave the file; the
        // one that it is to replace is whole.
        if std::thread::Builder::new().spawn(wait).is_ok()
            && let Ok(signals) = Signals::new([SIGINT, SIGTERM])
        {
            _ = sender.send(signals);
        }
    });
}
