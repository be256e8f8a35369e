//! Readers and a writer at the same time: every answer is that of the version
//! which the reader holds, nobody waits, and memory stays as it is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quietude::{Daily, Once, Periodic, Registry, Schedule, Scope, Silencer, Subject, Window};

use crate::helpers::clamped;
use crate::measure::resident_bytes;
use crate::testing::{DAY, MINUTE, SplitMix64};

/// 2026-11-26T00:00:00Z.
const NOW: i64 = 1_795_651_200_000;

/// Windows of one entity at the start, and entities of one chunk of the model.
const EACH: usize = 10;
const CHUNK: usize = 64;

/// How many changes there are between two looks at another present.
const PRESENTS: u64 = 5_000;

/// For how many turns a reader holds on to an old version.
const HOLD: u64 = 10_000;

/// Readers, besides the writer.
const READERS: usize = 3;

/// What a window is, in plain numbers: of `[start, start + length)`, and that
/// again after every `period` if there is one.
#[derive(Clone, Copy, Debug)]
struct Plain {
    id: u64,
    start: i64,
    length: i64,
    period: Option<i64>,
    closed: i64,
}

impl Plain {
    fn is_active(&self, t: i64) -> bool {
        let since = t - self.start;
        let since = self.period.map_or(since, |period| {
            // Days have no beginning; what repeats otherwise begins.
            if period == DAY || since >= 0 { since.rem_euclid(period) } else { since }
        });
        (0..self.length).contains(&since) && t < self.closed
    }

    fn random(id: u64, rng: &mut SplitMix64) -> Self {
        let start = NOW - 30 * DAY + rng.below(60 * DAY) / MINUTE * MINUTE;
        let minutes = 1 + rng.below(8 * 60);
        let (length, period) = match rng.below(4) {
            0 => (minutes * MINUTE, Some(DAY)),
            1 => (minutes * MINUTE, Some((500 + rng.below(10_000)) * MINUTE)),
            _ => (minutes * MINUTE, None),
        };
        Self { id, start, length, period, closed: i64::MAX }
    }

    fn window(&self, entity: usize) -> Window {
        let schedule: Schedule = match self.period {
            None => {
                Once::new(clamped(self.start), clamped(self.start + self.length)).unwrap().into()
            }
            Some(DAY) => {
                let from = self.start.rem_euclid(DAY);
                let to = (from + self.length) % DAY;
                let text = |t: i64| format!("{:02}:{:02}", t / MINUTE / 60, t / MINUTE % 60);
                let clock = format!("{}-{}", text(from), text(to)).parse().unwrap();
                Daily::new(clock, chrono_tz::UTC).into()
            }
            Some(period) => Periodic::new(clamped(self.start), self.length, period).unwrap().into(),
        };
        let scope = Scope::entity(name(entity));
        Window::builder(self.id.to_string()).schedule(schedule).scope(scope).build().unwrap()
    }
}

fn name(entity: usize) -> String {
    format!("host-{entity:06}.example.org")
}

/// The windows of all entities, as plain numbers; copies share what did not
/// change.
#[derive(Clone)]
struct Model {
    chunks: Vec<Arc<Vec<Vec<Plain>>>>,
}

impl Model {
    fn new(entities: usize, rng: &mut SplitMix64) -> Self {
        let mut next = 0..;
        let mut windows = || Plain::random(next.next().expect("there is no end"), rng);
        let mut entity = || (0..EACH).map(|_| windows()).collect::<Vec<_>>();
        let mut chunk = || Arc::new((0..CHUNK).map(|_| entity()).collect::<Vec<_>>());
        Self { chunks: (0..entities / CHUNK).map(|_| chunk()).collect() }
    }

    fn of(&self, entity: usize) -> &[Plain] {
        &self.chunks[entity / CHUNK][entity % CHUNK]
    }

    fn of_mut(&mut self, entity: usize) -> &mut Vec<Plain> {
        &mut Arc::make_mut(&mut self.chunks[entity / CHUNK])[entity % CHUNK]
    }
}

/// A silencer, and what it must say.
struct Version {
    silencer: Silencer,
    model: Model,
    revision: u64,
}

struct Shared {
    newest: Mutex<Arc<Version>>,
    stop: AtomicBool,
    /// Whether the writer is making a version at this moment.
    making: AtomicBool,
    /// Answers, and those of them that were given meanwhile.
    answers: AtomicU64,
    meanwhile: AtomicU64,
    longest_us: AtomicU64,
}

/// What one run has seen.
#[derive(Debug)]
struct Seen {
    changes: u64,
    answers: u64,
    meanwhile: u64,
    longest_us: u64,
    /// What was resident, second by second.
    resident: Vec<u64>,
}

/// Asks one entity about an instant, and compares.
fn ask(version: &Version, entity: usize, t: i64) {
    let id = name(entity);
    let (subject, at) = (Subject::entity(&id), clamped(t));
    let right: Vec<u64> =
        version.model.of(entity).iter().filter(|w| w.is_active(t)).map(|w| w.id).collect();
    let silenced = version.silencer.is_silenced(&subject, at);
    assert_eq!(silenced, !right.is_empty(), "{id} at {at}, revision {}", version.revision);
    if t % 8 == 0 {
        let by = version.silencer.silenced_by(&subject, at);
        let mut by: Vec<u64> = by.map(|window| window.id().as_str().parse().unwrap()).collect();
        by.sort_unstable();
        let mut right = right;
        right.sort_unstable();
        assert_eq!(by, right, "{id} at {at}, revision {}", version.revision);
    }
}

fn read(shared: &Shared, entities: usize, mut rng: SplitMix64) {
    let mut version = shared.newest.lock().unwrap().clone();
    let mut old = version.clone();
    let mut turns = 0u64;
    while !shared.stop.load(Ordering::Relaxed) {
        // Whoever cannot have the newest at once goes on with what it holds.
        if let Ok(newest) = shared.newest.try_lock() {
            assert!(newest.revision >= version.revision);
            version = newest.clone();
        }
        assert_eq!(version.silencer.revision(), version.revision);
        // An old one is held on to, and costs what has changed since.
        turns += 1;
        if turns.is_multiple_of(HOLD) {
            old = version.clone();
        }
        let making = shared.making.load(Ordering::Relaxed);
        let begun = Instant::now();
        for turn in 0..64 {
            // The old one is asked again, too: it is what it was.
            let version = if turn == 0 { &old } else { &version };
            let entity = rng.below(entities);
            let windows = version.model.of(entity);
            let edge = match windows.is_empty() {
                false if turn % 2 == 0 => {
                    let window = rng.choose(windows);
                    let part = if rng.below(2) == 0 { 0 } else { window.length };
                    window.start + part + rng.below(3) - 1
                }
                _ => NOW - 40 * DAY + rng.below(80 * DAY),
            };
            ask(version, entity, edge);
        }
        let took = begun.elapsed().as_micros() as u64;
        shared.longest_us.fetch_max(took, Ordering::Relaxed);
        shared.answers.fetch_add(64, Ordering::Relaxed);
        if making && shared.making.load(Ordering::Relaxed) {
            shared.meanwhile.fetch_add(64, Ordering::Relaxed);
        }
    }
}

/// Changes one window of one entity: in the registry, and in the model.
fn change(
    registry: &mut Registry,
    model: &mut Model,
    rng: &mut SplitMix64,
    entity: usize,
    new: u64,
) {
    let windows = model.of_mut(entity);
    let at = if windows.is_empty() { 0 } else { rng.below(windows.len()) };
    // As many are put in as are taken out.
    let insert = windows.is_empty() || windows.len() < EACH && rng.below(2) == 0;
    match rng.below(3) {
        _ if insert => {
            let plain = Plain::random(new, rng);
            registry.insert(plain.window(entity)).unwrap();
            windows.push(plain);
        }
        0 => {
            let plain = Plain::random(windows[at].id, rng);
            registry.replace(plain.window(entity)).unwrap();
            windows[at] = plain;
        }
        1 => {
            let closed = NOW - 30 * DAY + rng.below(60 * DAY);
            registry.close(windows[at].id.to_string(), clamped(closed)).unwrap();
            windows[at].closed = windows[at].closed.min(closed);
        }
        _ => {
            registry.remove(windows[at].id.to_string()).unwrap();
            windows.swap_remove(at);
        }
    }
}

fn run(windows: usize, time: Duration) -> Seen {
    let entities = windows / EACH / CHUNK * CHUNK;
    let mut rng = SplitMix64::new(7);
    let mut model = Model::new(entities, &mut rng);
    let mut registry = Registry::new();
    for entity in 0..entities {
        for plain in model.of(entity) {
            registry.insert(plain.window(entity)).unwrap();
        }
    }
    let silencer = Silencer::builder().now(clamped(NOW)).build(&registry).unwrap();
    let revision = registry.revision();
    let version = Version { silencer: silencer.clone(), model: model.clone(), revision };
    let shared = Shared {
        newest: Mutex::new(Arc::new(version)),
        stop: AtomicBool::new(false),
        making: AtomicBool::new(false),
        answers: AtomicU64::new(0),
        meanwhile: AtomicU64::new(0),
        longest_us: AtomicU64::new(0),
    };
    let mut changes = 0;
    let mut resident = Vec::new();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                let (shared, rng) = (&shared, SplitMix64::new(100 + reader as u64));
                scope.spawn(move || read(shared, entities, rng))
            })
            .collect();
        let begun = Instant::now();
        let mut silencer = silencer;
        while begun.elapsed() < time && !readers.iter().any(|reader| reader.is_finished()) {
            let entity = rng.below(entities);
            change(&mut registry, &mut model, &mut rng, entity, (windows as u64) + changes);
            changes += 1;
            shared.making.store(true, Ordering::Relaxed);
            silencer = silencer.updated(&registry).unwrap();
            if changes % PRESENTS == 0 {
                silencer = silencer.at(clamped(NOW - 10 * DAY + rng.below(20 * DAY)));
            }
            shared.making.store(false, Ordering::Relaxed);
            let revision = registry.revision();
            let version = Version { silencer: silencer.clone(), model: model.clone(), revision };
            *shared.newest.lock().unwrap() = Arc::new(version);
            if begun.elapsed().as_secs() >= resident.len() as u64 {
                resident.extend(resident_bytes());
            }
        }
        shared.stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().expect("a wrong answer"));
    });
    Seen {
        changes,
        answers: shared.answers.into_inner(),
        meanwhile: shared.meanwhile.into_inner(),
        longest_us: shared.longest_us.into_inner(),
        resident,
    }
}

#[test]
fn readers_with_writer_short_run() {
    let seen = run(20_000, Duration::from_secs(2));
    assert!(seen.changes > 100 && seen.answers > 10_000, "{seen:?}");
    // The writer was at work while they were answered: nobody waited for it.
    assert!(seen.meanwhile > 0, "{seen:?}");
}

/// Run it with `cargo test --release --test it -- --ignored --nocapture
/// readers_and_a_writer`; `QUIETUDE_SECONDS` says for how long.
#[test]
#[ignore = "a million windows for ten minutes, in release"]
fn readers_with_writer_long_run() {
    let seconds = std::env::var("QUIETUDE_SECONDS").map_or(600, |text| text.parse().unwrap());
    let seen = run(1_000_000, Duration::from_secs(seconds));
    assert!(seen.meanwhile > 0, "{seen:?}");
    let Seen { changes, answers, meanwhile, longest_us, resident } = seen;
    println!(
        "{answers} answers of {READERS} readers during {changes} changes in {seconds} s, none \
         wrong; {meanwhile} of them while a version was made; 64 took {longest_us} us at most"
    );
    // It grows until the index is built anew, and falls again: the second half
    // of the time may take no more than the first did.
    let (early, late) = resident.split_at(resident.len() / 2);
    if let (Some(early), Some(late)) = (early.iter().max(), late.iter().max()) {
        println!("resident: {} MiB at most, then {} MiB", early >> 20, late >> 20);
        assert!(*late <= early + early / 10, "{late} bytes after {early}");
    }
}
