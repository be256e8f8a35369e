//! Parser of TZif data (RFC 9636, versions 1 to 4), the format of the files in
//! `/usr/share/zoneinfo`.
//!
//! The format is small, so the crate has its own parser: errors have a location, memory is
//! bounded by the length of the input, and no dependency is needed. Only offsets are
//! used; abbreviations and indicators are checked and ignored.

use crate::error::{Error, ErrorKind, truncated};
use crate::time::Timestamp;
use crate::time::zone::footer::{self, BEGIN_MS};
use crate::time::zone::table::{MAX_OFFSET_MS, ZoneTable};

/// Maximum length of the name of a zone.
const MAX_NAME_BYTES: usize = 255;

/// Maximum number of transitions in a file. Files of the tz database have at most a few
/// hundred.
const MAX_TRANSITIONS: u32 = 10_000;

/// Compiles the table of a zone. TZif data does not contain its release.
pub(super) fn table(name: &str, release: Option<&str>, bytes: &[u8]) -> Result<ZoneTable, Error> {
    check_name(name)?;
    let (offsets, lap) = offsets(bytes).map_err(|error| {
        let name = truncated(name);
        Error::new(error.kind(), format_args!("the TZif data of \"{name}\": {error}"))
    })?;
    Ok(ZoneTable::new(name, release, &offsets, lap))
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return Err(Error::invalid(format_args!(
            "\"{}\" is not a name of a zone: 1 to {MAX_NAME_BYTES} bytes without control characters",
            truncated(name).escape_debug()
        )));
    }
    Ok(())
}

/// The offsets, each with its first instant, and the instant from which on they repeat
/// (`i64::MAX` if they do not).
fn offsets(bytes: &[u8]) -> Result<(Vec<(i64, i64)>, i64), Error> {
    let mut bytes = Bytes(bytes);
    let first = Header::read(&mut bytes)?;
    if first.version == 1 {
        let data = Data::read(&mut bytes, &first, 4)?;
        bytes.end("data")?;
        return Ok((data.offsets(), i64::MAX));
    }
    // The second data block has the same transitions, with 64-bit times.
    bytes.take(first.data_bytes(4), "first data block")?;
    let second = Header::read(&mut bytes).map_err(|error| error.in_field("second"))?;
    if second.version != first.version {
        return Err(Error::invalid(format_args!(
            "{} is not {}, the version of the first header",
            second.version, first.version
        ))
        .in_field("second.header.version"));
    }
    let data = Data::read(&mut bytes, &second, 8)?;
    let rule = bytes.footer()?;
    bytes.end("footer")?;
    if rule.is_empty() {
        return Ok((data.offsets(), i64::MAX));
    }
    let footer = footer::parse(rule).map_err(|error| error.in_field("footer"))?;
    let mut offsets = data.offsets();
    // Transitions before the supported range are ignored.
    let last = data.last().filter(|last| *last >= BEGIN_MS);
    if last.is_some_and(|last| last >= Timestamp::END.as_millis()) {
        return Ok((offsets, i64::MAX));
    }
    let known = offsets[offsets.len() - 1].1;
    let lap = footer.extend(&mut offsets, last).map_err(|offset| {
        Error::invalid(format_args!(
            "\"{}\" adds {} s to UTC at the last transition, which itself adds {} s",
            truncated(&String::from_utf8_lossy(rule)),
            offset / 1000,
            known / 1000
        ))
        .in_field("footer")
    })?;
    Ok((offsets, lap))
}

/// The input that is not parsed yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: u64, what: &str) -> Result<&'a [u8], Error> {
        let taken = usize::try_from(count).ok().and_then(|count| self.0.split_at_checked(count));
        let (taken, rest) = taken.ok_or_else(|| {
            Error::syntax(format_args!(
                "is cut off: it takes {count} bytes, and {} are left",
                self.0.len()
            ))
            .in_field(what)
        })?;
        self.0 = rest;
        Ok(taken)
    }

    /// The text between two line feeds.
    fn footer(&mut self) -> Result<&'a [u8], Error> {
        let refused = || Error::syntax("is not between two line feeds").in_field("footer");
        let text = self.0.strip_prefix(b"\n").ok_or_else(refused)?;
        let length = text.iter().position(|byte| *byte == b'\n').ok_or_else(refused)?;
        self.0 = &text[length + 1..];
        Ok(&text[..length])
    }

    /// Returns an error if there is input left.
    fn end(&self, after: &str) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let left = self.0.len();
        Err(Error::syntax(format_args!("{left} bytes follow that belong to nothing"))
            .in_field(after))
    }
}

/// A header (RFC 9636, section 3.1). The counts have the names of the RFC.
struct Header {
    version: u8,
    isutcnt: u32,
    isstdcnt: u32,
    leapcnt: u32,
    timecnt: u32,
    typecnt: u32,
    charcnt: u32,
}

impl Header {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self, Error> {
        let header = bytes.take(44, "header")?;
        if !header.starts_with(b"TZif") {
            let found = String::from_utf8_lossy(&header[..4]);
            return Err(Error::syntax(format_args!("\"{}\" is not TZif", found.escape_debug()))
                .in_field("header.magic"));
        }
        let version = match header[4] {
            0 => 1,
            digit @ b'2'..=b'4' => digit - b'0',
            other => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format_args!("the byte {other:#04x} is not one of the versions 1 to 4"),
                )
                .in_field("header.version"));
            }
        };
        let count = |index: usize| {
            let bytes = header[20 + 4 * index..].first_chunk().expect("there are 44 bytes");
            u32::from_be_bytes(*bytes)
        };
        Ok(Self {
            version,
            isutcnt: count(0),
            isstdcnt: count(1),
            leapcnt: count(2),
            timecnt: count(3),
            typecnt: count(4),
            charcnt: count(5),
        })
    }

    /// The length of the data block, if a time takes `time_bytes` bytes.
    fn data_bytes(&self, time_bytes: u64) -> u64 {
        u64::from(self.timecnt) * (time_bytes + 1)
            + u64::from(self.typecnt) * 6
            + u64::from(self.charcnt)
            + u64::from(self.leapcnt) * (time_bytes + 4)
            + u64::from(self.isstdcnt)
            + u64::from(self.isutcnt)
    }

    fn check(&self) -> Result<(), Error> {
        let is_type_count = |count: u32| count == 0 || count == self.typecnt;
        let of_types = || format!("0 or {}, as there are types", self.typecnt);
        let (name, count, allowed) = if self.timecnt > MAX_TRANSITIONS {
            let error = Error::beyond(self.timecnt, "transitions", MAX_TRANSITIONS);
            return Err(error.in_field("header.timecnt"));
        } else if self.leapcnt != 0 {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format_args!("{} leap seconds, and time has none here", self.leapcnt),
            )
            .in_field("header.leapcnt"));
        } else if !(1..=256).contains(&self.typecnt) {
            ("typecnt", self.typecnt, "1 to 256".to_owned())
        } else if self.charcnt == 0 {
            ("charcnt", self.charcnt, "1 or more".to_owned())
        } else if !is_type_count(self.isutcnt) {
            ("isutcnt", self.isutcnt, of_types())
        } else if !is_type_count(self.isstdcnt) {
            ("isstdcnt", self.isstdcnt, of_types())
        } else {
            return Ok(());
        };
        Err(Error::invalid(format_args!("{count} is not {allowed}"))
            .in_field(&format!("header.{name}")))
    }
}

/// The offsets of a data block (RFC 9636, section 3.2): times in seconds, offsets in
/// milliseconds.
struct Data {
    /// The times of transitions, ascending, each with the offset from then on.
    transitions: Vec<(i64, i64)>,
    /// The offset before the first transition.
    first: i64,
}

impl Data {
    fn read(bytes: &mut Bytes<'_>, header: &Header, time_bytes: u64) -> Result<Self, Error> {
        header.check()?;
        let mut data = Bytes(bytes.take(header.data_bytes(time_bytes), "data")?);
        let mut part = |count: u32, size: u64| {
            data.take(u64::from(count) * size, "data").map(|part| part.chunks_exact(size as usize))
        };
        let times = part(header.timecnt, time_bytes)?;
        let indices = part(header.timecnt, 1)?;
        let types = part(header.typecnt, 6)?;
        let names = part(header.charcnt, 1)?;
        let offsets = types
            .enumerate()
            .map(|(index, record)| {
                let offset = offset_of(record, names.clone());
                offset.map_err(|error| error.in_element(index).in_field("types"))
            })
            .collect::<Result<Vec<i64>, Error>>()?;
        // Indicators are checked, but not used: they are for rules of other years.
        for (name, count) in [("isstd", header.isstdcnt), ("isut", header.isutcnt)] {
            if let Some(at) = part(count, 1)?.position(|byte| byte[0] > 1) {
                return Err(Error::invalid("is not 0 or 1").in_element(at).in_field(name));
            }
        }

        let mut transitions: Vec<(i64, i64)> = Vec::with_capacity(times.len());
        for (index, (time, kind)) in times.zip(indices).enumerate() {
            let time = match time {
                [a, b, c, d] => i64::from(i32::from_be_bytes([*a, *b, *c, *d])),
                time => i64::from_be_bytes(*time.first_chunk().expect("eight bytes")),
            };
            let refused = |error: Error| error.in_element(index).in_field("transitions");
            if let Some((last, _)) = transitions.last().filter(|(last, _)| *last >= time) {
                return Err(refused(Error::invalid(format_args!(
                    "{time} s is not after {last} s, the one before it"
                ))));
            }
            let offset = offsets.get(usize::from(kind[0])).ok_or_else(|| {
                refused(Error::out_of_range(format_args!(
                    "type {} is not one of the {} types",
                    kind[0],
                    offsets.len()
                )))
            })?;
            transitions.push((time, *offset));
        }
        Ok(Self { transitions, first: offsets[0] })
    }

    /// The time of the last transition, in milliseconds.
    fn last(&self) -> Option<i64> {
        self.transitions.last().map(|(time, _)| time.saturating_mul(1000))
    }

    /// The offsets in the supported range, each with its first instant in milliseconds.
    /// The first one starts at `i64::MIN`.
    fn offsets(&self) -> Vec<(i64, i64)> {
        let mut offsets = vec![(i64::MIN, self.first)];
        for (time, offset) in &self.transitions {
            let at = time.saturating_mul(1000);
            let last = offsets.len() - 1;
            if at >= Timestamp::END.as_millis() {
                break;
            } else if at < BEGIN_MS {
                offsets[0].1 = *offset;
            } else if offsets[last].1 != *offset {
                offsets.push((at, *offset));
            }
        }
        offsets
    }
}

/// The offset of a local time type, in milliseconds.
fn offset_of<'a>(
    record: &[u8],
    names: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Result<i64, Error> {
    let [a, b, c, d, is_dst, name] = *record else { unreachable!("a type has six bytes") };
    let seconds = i32::from_be_bytes([a, b, c, d]);
    let offset = i64::from(seconds) * 1000;
    if offset.abs() >= MAX_OFFSET_MS {
        return Err(
            Error::out_of_range(format_args!("{seconds} s is not below a day")).in_field("utoff")
        );
    }
    if is_dst > 1 {
        return Err(Error::invalid(format_args!("{is_dst} is not 0 or 1")).in_field("isdst"));
    }
    let mut name_and_rest = names.skip(usize::from(name));
    if !name_and_rest.any(|byte| byte == [0]) {
        return Err(Error::out_of_range(format_args!(
            "no name ends after byte {name} of the names"
        ))
        .in_field("desigidx"));
    }
    Ok(offset)
}
