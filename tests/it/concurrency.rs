//! Readers query while a writer updates windows and topology: every answer is that of the version the reader
//! holds, readers do not wait, and memory does not grow.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quietude::live::Engine;
use quietude::{
    Daily, Once, Periodic, Registry, Schedule, Scope, Silencer, Subject, Topology, Window,
};

use crate::helpers::clamped;
use crate::measure::resident_bytes;
use crate::testing::{DAY, MINUTE, SplitMix64};

/// 2026-11-26T00:00:00Z.
const NOW: i64 = 1_795_651_200_000;

/// Windows per entity at the start, and entities per chunk of the model.
const WINDOWS_PER_ENTITY: usize = 10;
const CHUNK_LEN: usize = 64;

/// Groups, each with a window. Half of the entities are in one.
const GROUPS: usize = 64;

/// The id of the window of the first group.
const FIRST_OF_GROUPS: u64 = 1 << 60;

/// After this many changes, the silencer gets another current time.
const NOW_CHANGES_EVERY: u64 = 5_000;

/// For this many turns, a reader keeps an old version.
const KEEP_TURNS: u64 = 10_000;

/// The number of reader threads.
const READERS: usize = 3;

/// A window as plain numbers: active in `[start, start + length)`, repeated every `period`.
#[derive(Clone, Copy, Debug)]
struct PlainWindow {
    id: u64,
    start: i64,
    length: i64,
    period: Option<i64>,
    closed: i64,
}

impl PlainWindow {
    fn is_active(&self, t: i64) -> bool {
        let since = t - self.start;
        let since = self.period.map_or(since, |period| {
            // A daily schedule has no first occurrence; a periodic one has.
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

    fn window(&self, scope: Scope) -> Window {
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
        Window::builder(self.id.to_string()).schedule(schedule).scope(scope).build().unwrap()
    }
}

fn name(entity: usize) -> String {
    format!("host-{entity:06}.example.org")
}

fn scope(entity: usize) -> Scope {
    Scope::entity(name(entity))
}

fn group_name(group: usize) -> String {
    format!("rack-{group}")
}

/// An entity as plain data.
#[derive(Clone)]
struct PlainEntity {
    windows: Vec<PlainWindow>,
    /// At most one group.
    group: Option<usize>,
}

/// All entities as plain data. Clones share unchanged chunks.
#[derive(Clone)]
struct Model {
    chunks: Vec<Arc<Vec<PlainEntity>>>,
    /// The windows of groups do not change.
    groups: Arc<[PlainWindow]>,
}

impl Model {
    fn new(entities: usize, rng: &mut SplitMix64) -> Self {
        let mut ids = 0..;
        let of_group = |group| PlainWindow::random(FIRST_OF_GROUPS + group as u64, rng);
        let groups = (0..GROUPS).map(of_group).collect();
        let mut entity = || {
            let mut window = || PlainWindow::random(ids.next().expect("endless"), rng);
            let windows = (0..WINDOWS_PER_ENTITY).map(|_| window()).collect();
            let group = (rng.below(2) == 0).then(|| rng.below(GROUPS));
            PlainEntity { windows, group }
        };
        let mut chunk = || Arc::new((0..CHUNK_LEN).map(|_| entity()).collect::<Vec<_>>());
        Self { chunks: (0..entities / CHUNK_LEN).map(|_| chunk()).collect(), groups }
    }

    fn entity(&self, entity: usize) -> &PlainEntity {
        &self.chunks[entity / CHUNK_LEN][entity % CHUNK_LEN]
    }

    fn entity_mut(&mut self, entity: usize) -> &mut PlainEntity {
        &mut Arc::make_mut(&mut self.chunks[entity / CHUNK_LEN])[entity % CHUNK_LEN]
    }

    /// The windows of an entity, and that of its group.
    fn windows(&self, entity: usize) -> impl Iterator<Item = &PlainWindow> {
        let PlainEntity { windows, group } = self.entity(entity);
        windows.iter().chain(group.map(|group| &self.groups[group]))
    }
}

/// A silencer and its expected answers.
struct Version {
    silencer: Silencer,
    model: Model,
    revision: u64,
}

struct Shared {
    newest: Mutex<Arc<Version>>,
    stop: AtomicBool,
    /// Whether the writer is creating a version at the moment.
    updating: AtomicBool,
    /// All answers, and those given while the writer was creating a version.
    answers: AtomicU64,
    during_update: AtomicU64,
    longest_us: AtomicU64,
}

/// Statistics of a run.
#[derive(Debug)]
struct RunStats {
    changes: u64,
    answers: u64,
    during_update: u64,
    longest_us: u64,
    /// Resident memory, once a second.
    resident: Vec<u64>,
}

/// Compares the answers for one entity at one instant.
fn compare(version: &Version, entity: usize, t: i64) {
    let id = name(entity);
    let (subject, at) = (Subject::entity(&id), clamped(t));
    let expected: Vec<u64> =
        version.model.windows(entity).filter(|w| w.is_active(t)).map(|w| w.id).collect();
    let silenced = version.silencer.is_silenced(subject, at);
    assert_eq!(silenced, !expected.is_empty(), "{id} at {at}, revision {}", version.revision);
    if t % 8 == 0 {
        let by = version.silencer.silenced_by(subject, at);
        let mut by: Vec<u64> = by.map(|window| window.id().as_str().parse().unwrap()).collect();
        by.sort_unstable();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(by, expected, "{id} at {at}, revision {}", version.revision);
    }
}

fn read(shared: &Shared, entities: usize, mut rng: SplitMix64) {
    let mut version = shared.newest.lock().unwrap().clone();
    let mut old = version.clone();
    let mut turns = 0u64;
    while !shared.stop.load(Ordering::Relaxed) {
        // If the lock is taken, the reader continues with its version.
        if let Ok(newest) = shared.newest.try_lock() {
            assert!(newest.revision >= version.revision);
            version = newest.clone();
        }
        assert_eq!(version.silencer.revision(), version.revision);
        // Keeping an old version costs memory for what has changed since.
        turns += 1;
        if turns.is_multiple_of(KEEP_TURNS) {
            old = version.clone();
        }
        let updating = shared.updating.load(Ordering::Relaxed);
        let started = Instant::now();
        for turn in 0..64 {
            // The old version is queried again; its answers do not change.
            let version = if turn == 0 { &old } else { &version };
            let entity = rng.below(entities);
            let windows: Vec<_> = version.model.windows(entity).collect();
            let edge = match windows.is_empty() {
                false if turn % 2 == 0 => {
                    let window = windows[rng.below(windows.len())];
                    let part = if rng.below(2) == 0 { 0 } else { window.length };
                    window.start + part + rng.below(3) - 1
                }
                _ => NOW - 40 * DAY + rng.below(80 * DAY),
            };
            compare(version, entity, edge);
        }
        let took = started.elapsed().as_micros() as u64;
        shared.longest_us.fetch_max(took, Ordering::Relaxed);
        shared.answers.fetch_add(64, Ordering::Relaxed);
        if updating && shared.updating.load(Ordering::Relaxed) {
            shared.during_update.fetch_add(64, Ordering::Relaxed);
        }
    }
}

/// Changes one window of one entity, in the registry and in the model.
fn change_one(
    registry: &mut Registry,
    model: &mut Model,
    rng: &mut SplitMix64,
    entity: usize,
    new: u64,
) {
    let windows = &mut model.entity_mut(entity).windows;
    let at = if windows.is_empty() { 0 } else { rng.below(windows.len()) };
    // Inserts are as frequent as removals.
    let insert = windows.is_empty() || windows.len() < WINDOWS_PER_ENTITY && rng.below(2) == 0;
    match rng.below(3) {
        _ if insert => {
            let plain = PlainWindow::random(new, rng);
            registry.insert(plain.window(scope(entity))).unwrap();
            windows.push(plain);
        }
        0 => {
            let plain = PlainWindow::random(windows[at].id, rng);
            registry.replace(plain.window(scope(entity))).unwrap();
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

/// Changes the group of one entity, in the topology and in the model; or removes the entity.
fn move_one(topology: &mut Topology, model: &mut Model, rng: &mut SplitMix64, entity: usize) {
    let (id, group) = (name(entity), &mut model.entity_mut(entity).group);
    let next = (rng.below(3) > 0).then(|| rng.below(GROUPS));
    match group.take() {
        Some(_) if next.is_none() && rng.below(2) == 0 => topology.remove_entity(&id).unwrap(),
        Some(before) => topology.remove_member(group_name(before), &id).unwrap(),
        None => {}
    }
    if let Some(next) = next {
        topology.add_member(group_name(next), &id).unwrap();
        *group = Some(next);
    }
}

fn run(windows: usize, time: Duration) -> RunStats {
    let entities = windows / WINDOWS_PER_ENTITY / CHUNK_LEN * CHUNK_LEN;
    let mut rng = SplitMix64::new(7);
    let mut model = Model::new(entities, &mut rng);
    let mut registry = Registry::new();
    for entity in 0..entities {
        for plain in &model.entity(entity).windows {
            registry.insert(plain.window(scope(entity))).unwrap();
        }
    }
    for (group, plain) in model.groups.iter().enumerate() {
        registry.insert(plain.window(Scope::group(group_name(group)))).unwrap();
    }
    let mut topology = Topology::builder();
    for entity in 0..entities {
        if let Some(group) = model.entity(entity).group {
            topology = topology.add_member(group_name(group), name(entity));
        }
    }
    let mut topology = topology.build().unwrap();
    let builder = Silencer::builder().topology(topology.clone()).now(clamped(NOW));
    let silencer = builder.build(&registry).unwrap();
    let revision = registry.revision();
    let version = Version { silencer: silencer.clone(), model: model.clone(), revision };
    let shared = Shared {
        newest: Mutex::new(Arc::new(version)),
        stop: AtomicBool::new(false),
        updating: AtomicBool::new(false),
        answers: AtomicU64::new(0),
        during_update: AtomicU64::new(0),
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
        let started = Instant::now();
        let mut silencer = silencer;
        while started.elapsed() < time && !readers.iter().any(|reader| reader.is_finished()) {
            let entity = rng.below(entities);
            // A third of the changes is one of the topology, with or without one of windows.
            let what = rng.below(6);
            if what < 2 {
                move_one(&mut topology, &mut model, &mut rng, entity);
            }
            if what > 0 {
                change_one(&mut registry, &mut model, &mut rng, entity, (windows as u64) + changes);
            }
            changes += 1;
            shared.updating.store(true, Ordering::Relaxed);
            silencer = silencer.updated_with(&registry, &topology).unwrap();
            if changes % NOW_CHANGES_EVERY == 0 {
                silencer = silencer.with_now(clamped(NOW - 10 * DAY + rng.below(20 * DAY)));
            }
            shared.updating.store(false, Ordering::Relaxed);
            let revision = registry.revision();
            let version = Version { silencer: silencer.clone(), model: model.clone(), revision };
            *shared.newest.lock().unwrap() = Arc::new(version);
            if started.elapsed().as_secs() >= resident.len() as u64 {
                resident.extend(resident_bytes());
            }
        }
        shared.stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().expect("no reader fails"));
    });
    RunStats {
        changes,
        answers: shared.answers.into_inner(),
        during_update: shared.during_update.into_inner(),
        longest_us: shared.longest_us.into_inner(),
        resident,
    }
}

#[test]
fn readers_with_writer_short_run() {
    let stats = run(20_000, Duration::from_secs(2));
    assert!(stats.changes > 100 && stats.answers > 10_000, "{stats:?}");
    // Readers got answers while a version was created, so they did not wait.
    assert!(stats.during_update > 0, "{stats:?}");
}

/// Run with `cargo test --release --test it -- --ignored --nocapture readers`.
/// `QUIETUDE_SECONDS` sets the duration.
#[test]
#[ignore = "a million windows for ten minutes, in release"]
fn readers_with_writer_long_run() {
    let seconds = std::env::var("QUIETUDE_SECONDS").map_or(600, |text| text.parse().unwrap());
    let stats = run(1_000_000, Duration::from_secs(seconds));
    assert!(stats.during_update > 0, "{stats:?}");
    let RunStats { changes, answers, during_update, longest_us, resident } = stats;
    println!(
        "{answers} answers of {READERS} readers during {changes} changes in {seconds} s, none \
         wrong; {during_update} of them while a version was created; 64 queries took {longest_us} us at most"
    );
    // Memory grows until the index is rebuilt, then falls. The second half of the run must
    // not use more than the first half.
    let (early, late) = resident.split_at(resident.len() / 2);
    if let (Some(early), Some(late)) = (early.iter().max(), late.iter().max()) {
        println!("resident: {} MiB at most, then {} MiB", early >> 20, late >> 20);
        assert!(*late <= early + early / 10, "{late} bytes after {early}");
    }
}

/// Each pair of entities has one member of a group, which moves to and fro; a window of the
/// other is there or not, changed with it.
#[test]
fn readers_with_writer_of_topology_see_whole_edits() {
    const PAIRS: usize = 40;
    let id = |pair: usize, side: usize| format!("{}-{side}", name(pair));
    let always = || Once::new(clamped(NOW), clamped(NOW + DAY)).unwrap();
    let mut registry = Registry::new();
    let mut topology = Topology::default();
    registry
        .insert(Window::builder("g").schedule(always()).scope(Scope::group("g")).build().unwrap())
        .unwrap();
    let window_of = |pair: usize, side: usize| {
        let scope = Scope::entity(id(pair, side));
        Window::builder(pair.to_string()).schedule(always()).scope(scope).build().unwrap()
    };
    for pair in 0..PAIRS {
        topology.add_member("g", id(pair, 0)).unwrap();
        topology.add_entity(id(pair, 1)).unwrap();
        registry.insert(window_of(pair, 1)).unwrap();
    }
    let mut engine = Engine::new(registry, topology).unwrap();
    let newest = Mutex::new(engine.snapshot());
    let stop = AtomicBool::new(false);
    let answers = AtomicU64::new(0);
    let read = |mut rng: SplitMix64| {
        let mut revision = 0;
        while !stop.load(Ordering::Relaxed) {
            let snapshot = newest.lock().unwrap().clone();
            assert!(snapshot.revision() >= revision);
            revision = snapshot.revision();
            for _ in 0..64 {
                let pair = rng.below(PAIRS);
                let by = |side: usize| -> Vec<String> {
                    let id = id(pair, side);
                    let by = snapshot.silenced_by(Subject::entity(&id), clamped(NOW + 1));
                    by.map(|window| window.id().to_string()).collect()
                };
                // One side is silenced by the group, and the other one by its own window.
                let (mut a, mut b) = (by(0), by(1));
                if a != ["g"] {
                    std::mem::swap(&mut a, &mut b);
                }
                assert_eq!((a, b), (vec!["g".to_owned()], vec![pair.to_string()]));
                answers.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|seed| {
                let read = &read;
                scope.spawn(move || read(SplitMix64::new(seed as u64)))
            })
            .collect();
        let mut rng = SplitMix64::new(9);
        let started = Instant::now();
        let mut edits = 0;
        while edits < 3_000 && started.elapsed() < Duration::from_secs(5) {
            let pair = rng.below(PAIRS);
            let from = usize::from(!engine.topology().groups_of(&id(pair, 0)).eq(["g"]));
            let fails = rng.below(4) == 0;
            let result = engine.edit(|registry, topology| {
                topology.remove_member("g", id(pair, from))?;
                topology.add_member("g", id(pair, 1 - from))?;
                registry.replace(window_of(pair, from))?;
                if fails { registry.remove("unknown").map(drop) } else { Ok(()) }
            });
            assert_eq!(result.is_err(), fails);
            *newest.lock().unwrap() = engine.snapshot();
            edits += 1;
            if readers.iter().any(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(answers.load(Ordering::Relaxed) > 0);
}
