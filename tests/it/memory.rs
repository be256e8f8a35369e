//! How long a test takes and what it takes in memory, where that can be read.

use std::time::Instant;

/// What the process holds in memory, in bytes; `None` where the host does not
/// say.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Says what a long test took.
pub(crate) struct Watch {
    what: &'static str,
    begun: Instant,
}

impl Watch {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, begun: Instant::now() }
    }

    pub(crate) fn report(self) {
        let resident = resident_bytes().map_or("?".to_owned(), |bytes| (bytes >> 20).to_string());
        let seconds = self.begun.elapsed().as_secs_f64();
        println!("{}: {seconds:.1} s, {resident} MiB held", self.what);
    }
}
