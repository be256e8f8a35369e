//! The value types of answers.

use std::fmt;

use crate::time::Timestamp;
use crate::window::Window;

/// The windows that cover a subject; cheap to iterate again.
pub(crate) trait WindowIter<'a>: Iterator<Item = &'a Window> + Clone {}
impl<'a, I: Iterator<Item = &'a Window> + Clone> WindowIter<'a> for I {}

/// The memory used by a silencer, in bytes.
///
/// ```
/// use quietude::{Registry, Silencer};
///
/// let usage = Silencer::new(&Registry::new())?.memory_usage();
/// assert_eq!((usage.window_bytes(), usage.zone_bytes()), (0, 0));
/// assert!(usage.index_bytes() < 10_000);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    pub(super) index_bytes: usize,
    pub(super) window_bytes: usize,
    pub(super) zone_bytes: usize,
}

impl MemoryUsage {
    /// The memory that the silencer owns: entity ids, compiled windows, and pointers to
    /// the windows of the registry.
    #[must_use]
    pub const fn index_bytes(self) -> usize {
        self.index_bytes
    }

    /// The windows, which are shared with the registry, without the strings and scope
    /// trees on the heap.
    #[must_use]
    pub const fn window_bytes(self) -> usize {
        self.window_bytes
    }

    /// The tables of the zones in use, which are shared within the process.
    #[must_use]
    pub const fn zone_bytes(self) -> usize {
        self.zone_bytes
    }
}

/// The end of a silence.
///
/// ```
/// use quietude::{End, Timestamp};
///
/// let end = End::At(Timestamp::constant(0));
/// assert_eq!(end.to_string(), "1970-01-01T00:00:00Z");
/// assert_eq!(End::Never.to_string(), "forever");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// At this instant, which is no longer silenced.
    At(Timestamp),
    /// Not within the range of time.
    Never,
    /// After this instant, which is still silenced. The search stopped there, because
    /// it evaluated [`MAX_JOINED`](crate::MAX_JOINED) contiguous occurrences.
    AtLeast(Timestamp),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(end) => end.fmt(f),
            Self::Never => f.write_str("forever"),
            Self::AtLeast(end) => write!(f, "{end} at least"),
        }
    }
}

/// A silence of a subject: a maximal interval in the union of all its windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Silence {
    /// The first silenced instant.
    pub start: Timestamp,
    /// The end.
    pub end: End,
}

/// The next silence of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// The next silence.
    At(Silence),
    /// There is no further silence.
    Never,
    /// The subject is silenced already, and the end of that silence is not known (see
    /// [`End::AtLeast`]). If there is a next silence, it begins after this instant.
    NotBefore(Timestamp),
}

impl Next {
    /// The next silence, if one is known.
    #[must_use]
    pub fn silence(self) -> Option<Silence> {
        match self {
            Self::At(silence) => Some(silence),
            Self::Never | Self::NotBefore(_) => None,
        }
    }
}
