//! The value types of answers.

use std::fmt;
use std::iter::FusedIterator;
use std::vec;

use crate::registry::WindowSeq;
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
/// use quietude::{SilenceEnd, Timestamp};
///
/// let end = SilenceEnd::At(Timestamp::constant(0));
/// assert_eq!(end.to_string(), "1970-01-01T00:00:00Z");
/// assert_eq!(SilenceEnd::Never.to_string(), "forever");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SilenceEnd {
    /// At this instant, which is no longer silenced.
    At(Timestamp),
    /// Not within the range of time.
    Never,
    /// After this instant, which is still silenced. The search stopped there, because
    /// it evaluated [`MAX_UNION_STEPS`](crate::limits::MAX_UNION_STEPS) contiguous
    /// occurrences.
    AtLeast(Timestamp),
}

impl fmt::Display for SilenceEnd {
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
    pub end: SilenceEnd,
}

/// The next silence of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NextSilence {
    /// The next silence.
    At(Silence),
    /// There is no further silence.
    Never,
    /// The subject is silenced already, and the end of that silence is not known (see
    /// [`SilenceEnd::AtLeast`]). If there is a next silence, it begins after this instant.
    NotBefore(Timestamp),
}

impl NextSilence {
    /// The next silence, if one is known.
    #[must_use]
    pub fn silence(self) -> Option<Silence> {
        match self {
            Self::At(silence) => Some(silence),
            Self::Never | Self::NotBefore(_) => None,
        }
    }
}

/// An iterator over the windows that silence a subject at an instant, in the order of
/// insertion in the registry; see [`Silencer::silenced_by`](crate::Silencer::silenced_by).
///
/// A window that was replaced keeps its place in that order. `Debug` lists the ids of the
/// remaining windows.
#[derive(Clone)]
#[must_use = "iterators are lazy"]
pub struct SilencedBy<'a> {
    pub(super) windows: vec::IntoIter<(WindowSeq, &'a Window)>,
}

impl<'a> Iterator for SilencedBy<'a> {
    type Item = &'a Window;

    fn next(&mut self) -> Option<&'a Window> {
        self.windows.next().map(|(_, window)| window)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.windows.size_hint()
    }
}

impl DoubleEndedIterator for SilencedBy<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.windows.next_back().map(|(_, window)| window)
    }
}

impl ExactSizeIterator for SilencedBy<'_> {}

impl FusedIterator for SilencedBy<'_> {}

impl fmt::Debug for SilencedBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.windows.as_slice().iter().map(|(_, w)| w.id())).finish()
    }
}
