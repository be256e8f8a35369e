//! The vendors' services answer every request within the budget of a request, and a request
//! that fails changes nothing.

use std::fmt::Debug;

use quietude::vendors::{
    Context, ConvertOptions, MAX_REQUEST_BYTES, MAX_REQUEST_STEPS, Method, Request, Vendor,
    VendorApi, opsmanager, spaceone, uptrends, virtana,
};
use quietude::{Document, Error, Registry, Silencer, Timestamp};

use crate::choices::Choices;
use crate::clock::{FIRST, LAST, clamped};
use crate::requests;
use crate::text_or_bytes;

/// 2026-11-26T12:00:00Z, the time of the first request.
const NOW: i64 = 1_795_694_400_000;

/// A vendor and requests to its service, one per line: the bytes as a text, or a text
/// generated from them.
///
/// ```text
/// uptrends
/// POST /Monitor/monitor-1/MaintenancePeriod {"ScheduleMode":"Daily", ...}
/// +3600000
/// import {"Id":125,"ScheduleMode":"Monthly", ...}
/// ```
///
/// A number advances the time by milliseconds. `import` reads a document of the vendor,
/// `native` one of the crate.
pub fn vendors(data: &[u8]) -> bool {
    let text = text_or_bytes(data).unwrap_or_else(|| requests::lines(&mut Choices::new(data)));
    let Some((name, lines)) = text.split_once('\n') else { return false };
    let Ok(vendor) = name.parse::<Vendor>() else { return false };
    match vendor {
        Vendor::SpaceOne => {
            let id = |n| format!("mw-{n:012}");
            run(vendor, spaceone::Service::new(), spaceone::Service::from_json, id, lines)
        }
        Vendor::OpsManager => {
            let service = opsmanager::Service::new("http://localhost/api/public/v1.0");
            run(vendor, service, opsmanager::Service::from_json, |n| format!("{n:024x}"), lines)
        }
        Vendor::Virtana => {
            let service = virtana::Service::new("acme").expect("a tenant");
            run(vendor, service, virtana::Service::from_json, |n| format!("mw-{n}"), lines)
        }
        Vendor::Uptrends => {
            let service = monitors().expect("monitors and a group");
            run(vendor, service, uptrends::Service::from_json, |n| n.to_string(), lines)
        }
        _ => unreachable!("there are four vendors"),
    }
}

fn monitors() -> Result<uptrends::Service, Error> {
    let mut service = uptrends::Service::new("acme", chrono_tz::Europe::Amsterdam)?;
    service.add_monitor("m-1")?;
    service.add_monitor("m-2")?;
    service.set_group("g-1", ["m-1", "m-2"])?;
    Ok(service)
}

/// A service, the current time, and the registry that it is synchronized to.
struct Host<S> {
    service: S,
    from_json: fn(&str) -> Result<S, Error>,
    now: Timestamp,
    ids: u64,
    id: fn(u64) -> String,
    registry: Registry,
}

fn run<S: VendorApi + Clone + PartialEq + Debug>(
    vendor: Vendor,
    service: S,
    from_json: fn(&str) -> Result<S, Error>,
    id: fn(u64) -> String,
    lines: &str,
) -> bool {
    let (now, registry) = (clamped(NOW), Registry::new());
    let mut host = Host { service, from_json, now, ids: 0, id, registry };
    let mut is_any_done = false;
    for line in lines.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        is_any_done |= match (word, word.parse::<Method>()) {
            ("import", _) => import(vendor, rest),
            ("native", _) => Document::from_json(rest).is_ok_and(|native| export(vendor, &native)),
            (_, Ok(method)) => host.request(method, rest),
            (number, _) => {
                let ms = number.parse().unwrap_or(0);
                host.now = clamped(host.now.as_millis().saturating_add(ms).clamp(FIRST, LAST));
                false
            }
        };
    }
    host.check_end();
    is_any_done
}

impl<S: VendorApi + Clone + PartialEq + Debug> Host<S> {
    /// Sends a request, `target body`; returns whether it succeeded.
    fn request(&mut self, method: Method, line: &str) -> bool {
        let (target, body) = line.split_once(' ').unwrap_or((line, ""));
        let before = self.service.clone();
        let (ids, id) = (&mut self.ids, self.id);
        let mut new_id = || {
            *ids += 1;
            id(*ids)
        };
        let mut context = Context::new(self.now, &mut new_id).with_user("ops@example.com");
        let request = Request::new(method, target, body.as_bytes());
        let response = self.service.handle(&request, &mut context);
        let (steps, bytes) = (context.steps(), context.bytes());
        assert!(
            steps <= MAX_REQUEST_STEPS && bytes <= MAX_REQUEST_BYTES,
            "{line}: {steps} {bytes}"
        );
        // A response is within the bytes that are counted, if the vendor counts them.
        let is_counted = bytes > 0 && response.status < 400;
        assert!(!is_counted || response.body.len() as u64 <= bytes + 256, "{line}: {bytes}");
        assert!((200..600).contains(&response.status), "{response:?}");
        assert_ne!(response.status, 500, "{line}: {response:?}");
        if !response.body.is_empty() {
            let json = serde_json::from_str::<serde_json::Value>(&response.body);
            assert!(json.is_ok(), "{line}: {json:?} {response:?}");
        }
        if response.status >= 400 {
            assert_eq!(self.service, before, "{line} failed");
            assert_eq!(self.service.sync(&mut self.registry).ok(), Some(0), "{line} failed");
            return false;
        }
        self.check_state();
        true
    }

    /// The state round-trips, and the registry is synchronized.
    fn check_state(&mut self) {
        let text = self.service.to_json();
        let again = (self.from_json)(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(again, self.service, "{text}");
        self.service.sync(&mut self.registry).unwrap_or_else(|e| panic!("{e}: {text}"));
        let windows = self.service.windows();
        assert_eq!(windows.len(), self.registry.len(), "{text}");
        for window in &windows {
            assert_eq!(self.registry.get(window.id()).map(|known| &**known), Some(window));
            assert!(window.id().as_str().starts_with(&self.service.window_id_prefix()));
        }
        assert_eq!(self.service.sync(&mut self.registry).ok(), Some(0), "{text}");
    }

    /// A silencer can be built, and the native document round-trips.
    fn check_end(&self) {
        self.service.notes();
        Silencer::new(&self.registry).expect("some windows are within the limits");
        let topology = quietude::Topology::default();
        let written = Document::new(self.registry.clone(), topology).to_json();
        let read = Document::from_json(&written).unwrap_or_else(|e| panic!("{e}: {written}"));
        assert!(read.registry.iter().eq(self.registry.iter()), "{written}");
    }
}

fn options() -> ConvertOptions {
    ConvertOptions::new().timezone(chrono_tz::Europe::Amsterdam).monitor("m-1")
}

/// Imports a vendor's document; if it is accepted, the native document round-trips.
fn import(vendor: Vendor, text: &str) -> bool {
    let Ok(imported) = vendor.import(text, &options()) else { return false };
    let written = imported.document.to_json();
    let read = Document::from_json(&written).unwrap_or_else(|e| panic!("{e}: {written}"));
    assert!(read.registry.iter().eq(imported.document.registry.iter()), "{written}");
    export(vendor, &read)
}

/// An exported document can be imported.
fn export(vendor: Vendor, document: &Document) -> bool {
    let exported = vendor.export(document, &options()).expect("the zone is given");
    let imported = vendor.import(&exported.text, &options());
    assert!(imported.is_ok(), "{imported:?}: {}", exported.text);
    true
}
