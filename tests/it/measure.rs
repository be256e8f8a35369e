//! Time and memory of long tests.

use std::time::Instant;

/// The resident memory of the process in bytes; `None` if the host has no `/proc`.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Prints the time and memory that a long test took.
pub(crate) struct Stopwatch {
    name: &'static str,
    started: Instant,
}

impl Stopwatch {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, started: Instant::now() }
    }

    pub(crate) fn report(self) {
        let resident = resident_bytes().map_or("?".to_owned(), |bytes| (bytes >> 20).to_string());
        let seconds = self.started.elapsed().as_secs_f64();
        println!("{}: {seconds:.1} s, {resident} MiB resident", self.name);
    }
}
