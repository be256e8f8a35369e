//! Queries do not allocate, and none panics at any instant.
//!
//! The global allocator counts allocations per thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use quietude::{
    ClockRange, Daily, Effect, Matcher, MonthDay, Monthly, NaiveDate, Once, Periodic, Registry,
    Schedule, Scope, Silencer, Subject, Timestamp, Topology, Weekday, Weekly, Window,
};

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// A custom allocator needs `unsafe`; the crate itself forbids it.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The number of allocations that `work` makes on this thread.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

fn clock(text: &str) -> ClockRange {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Schedules of every kind, with every option.
fn schedules() -> Vec<Schedule> {
    let eve = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
    let nth = [MonthDay::nth(2, Weekday::Tue).unwrap(), MonthDay::LAST];
    vec![
        Once::new(at("2026-06-06T19:00:00Z"), at("2026-06-06T20:00:00Z")).unwrap().into(),
        Once::new(Timestamp::MIN, Timestamp::MAX).unwrap().into(),
        Periodic::new(at("2026-06-06T19:00:00Z"), 600_000, 3_600_000).unwrap().into(),
        Periodic::new(Timestamp::MIN, 1, 2).unwrap().into(),
        Periodic::new(Timestamp::MAX, i64::MAX, 1).unwrap().into(),
        Daily::new(clock("22:00-02:00"), chrono_tz::Europe::Berlin).into(),
        Daily::new(clock("00:00-24:00"), chrono_tz::Pacific::Apia).into(),
        Daily::new(clock("01:30-02:30"), chrono_tz::Australia::Lord_Howe)
            .with_interval(3, eve)
            .unwrap()
            .without_dates([eve])
            .unwrap()
            .with_count(100)
            .unwrap()
            .into(),
        Weekly::new([Weekday::Sun], clock("02:00-03:00"), chrono_tz::America::New_York)
            .unwrap()
            .with_months([3, 11])
            .unwrap()
            .into(),
        Monthly::on_days(nth, clock("22:00-22:30"), chrono_tz::Asia::Tokyo).unwrap().into(),
        #[cfg(feature = "serde")]
        from_document(),
    ]
}

/// A schedule parsed from a document.
#[cfg(feature = "serde")]
fn from_document() -> Schedule {
    let text = r#"{ "version": 1, "windows": [ { "id": "w", "scope": "everything", "schedule":
        { "kind": "monthly", "day": 31, "short_month": "clamp", "clock": "22:00-23:00",
          "timezone": "America/Sao_Paulo" } } ] }"#;
    let document = quietude::Document::from_json(text).unwrap();
    document.registry.get("w").unwrap().schedule().clone()
}

fn topology() -> Topology {
    Topology::builder()
        .add_child("rack", "host")
        .add_child("host", "disk")
        .add_member("prod-eu", "rack")
        .add_subgroup("prod", "prod-eu")
        .add_attribute("host", "tier", "gold")
        .build()
        .unwrap()
}

fn scopes() -> Vec<Scope> {
    vec![
        Scope::everything(),
        Scope::entity("host"),
        Scope::entities(["rack", "lonely"]),
        Scope::group("prod").and(!Scope::entity("disk")),
        Scope::group("prod").and(Scope::alert_type("BACKUP")),
        !Scope::alert_type("DISK"),
        Matcher::matches("tier", "g.*").unwrap().into(),
        !Scope::from(Matcher::present("tier")),
    ]
}

fn silencer(schedules: &[Schedule], scopes: &[Scope]) -> Silencer {
    let mut registry = Registry::new();
    for (i, schedule) in schedules.iter().enumerate() {
        for (j, scope) in scopes.iter().enumerate() {
            let window = Window::builder(format!("{i}-{j}"))
                .schedule(schedule.clone())
                .scope(scope.clone())
                .effect(if j % 2 == 0 { Effect::Notifications } else { Effect::Monitoring });
            registry.insert(window.build().unwrap()).unwrap();
        }
    }
    Silencer::builder().topology(topology()).build(&registry).unwrap()
}

/// The ends of the range, clock changes, and instants years apart.
fn instants() -> Vec<Timestamp> {
    let mut all = vec![Timestamp::MIN, Timestamp::MAX, Timestamp::END];
    for text in ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2011-12-30T10:00:00Z"] {
        let t = at(text).as_millis();
        all.extend([t - 1, t, t + 1].map(Timestamp::constant));
    }
    all.extend((-60..250).map(|i| Timestamp::constant(i * 1_000_000_000_123)));
    all
}

const KNOWN: [&str; 3] = ["rack", "host", "disk"];
const UNKNOWN: [&str; 3] = ["lonely", "stranger", ""];

/// Subjects without alert type, with one that windows name, and with another one.
fn subjects(ids: [&'static str; 3]) -> Vec<Subject<'static>> {
    ids.into_iter()
        .flat_map(|id| {
            let subject = Subject::entity(id);
            [subject, subject.with_alert_type("BACKUP"), subject.with_alert_type("other")]
        })
        .collect()
}

/// The allocations of three queries, for all subjects at all instants.
fn query_allocations(silencer: &Silencer, subjects: &[Subject<'_>]) -> [u64; 3] {
    let instants = instants();
    let all = |ask: &dyn Fn(&Subject<'_>, Timestamp)| {
        allocations(|| {
            for subject in subjects {
                instants.iter().for_each(|t| ask(subject, *t));
            }
        })
    };
    [
        all(&|subject, t| discard(silencer.is_silenced(subject, t))),
        all(&|subject, t| discard(silencer.effect(subject, t))),
        all(&|subject, t| discard(silencer.silenced_until(subject, t))),
    ]
}

/// Computes and drops an answer; keeps the compiler from removing the query.
fn discard<T>(answer: T) {
    std::hint::black_box(answer);
}

#[test]
fn allocator_counts_allocations() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1, 2, 3]))), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn schedule_queries_no_allocation() {
    for schedule in schedules() {
        for t in instants() {
            assert_eq!(allocations(|| discard(schedule.contains(t))), 0, "{schedule:?} at {t}");
            assert_eq!(
                allocations(|| discard(schedule.occurrence_at(t))),
                0,
                "{schedule:?} at {t}"
            );
            assert_eq!(allocations(|| discard(schedule.next_occurrence(t))), 0, "{schedule:?}");
            assert_eq!(allocations(|| discard(schedule.previous_occurrence(t))), 0, "{schedule:?}");
        }
    }
}

#[test]
fn known_entities_no_allocation() {
    let silencer = silencer(&schedules(), &scopes());
    assert_eq!(query_allocations(&silencer, &subjects(KNOWN)), [0; 3]);
}

#[test]
fn unknown_entities_no_allocation() {
    let silencer = silencer(&schedules(), &scopes());
    assert_eq!(query_allocations(&silencer, &subjects(UNKNOWN)), [0; 3]);
}

/// With one window per entity, `silenced_until` needs no union.
#[test]
fn one_window_no_allocation() {
    for schedule in schedules() {
        let silencer = silencer(&[schedule], &[Scope::entity("host")]);
        assert_eq!(query_allocations(&silencer, &subjects(KNOWN)), [0; 3]);
    }
}

/// Queries with groups or attributes: `is_silenced` allocates nothing. The others keep up to
/// 32 windows that cover the subject without an allocation, and more of them with one.
#[test]
fn query_attributes_no_allocation() {
    let silencer = silencer(&schedules(), &scopes());
    let with_attributes = |subject: Subject<'static>| {
        let attributes = &[("a", "b"), ("tier", "gold"), ("tier", "grey")];
        subject.with_groups(&["prod-eu", "unheard-of"]).with_attributes(attributes)
    };
    let all = subjects(KNOWN).into_iter().chain(subjects(UNKNOWN));
    let all: Vec<_> = all.map(with_attributes).collect();
    // The first match allocates the cache of the regular expression.
    discard(silencer.is_silenced(all[0], Timestamp::MIN));
    assert_few_allocations(query_allocations(&silencer, &all), all.len());
    let silencer = self::silencer(&schedules()[..1], &scopes());
    discard(silencer.is_silenced(all[0], Timestamp::MIN));
    assert_eq!(query_allocations(&silencer, &all), [0; 3]);
}

/// Of subjects with labels: no allocation by `is_silenced`, and few by the other queries, which
/// double a list of windows as it grows.
fn assert_few_allocations([is_silenced, effect, until]: [u64; 3], subjects: usize) {
    let queries = (subjects * instants().len()) as u64;
    assert_eq!(is_silenced, 0);
    assert!(effect <= 3 * queries && until <= 3 * queries, "{effect} {until} of {queries}");
}

/// Scopes over labels, as silences have them: every test but regular expressions, with and
/// without a part that could be looked up.
fn label_scopes() -> Vec<Scope> {
    let equals = |name: &str, value: &str| Scope::attribute(Matcher::equals(name, value));
    vec![
        equals("alertname", "HighLatency").and(equals("instance", "web-1")),
        equals("instance", "web-2"),
        equals("alertname", "HighLatency")
            .and(equals("namespace", "shop"))
            .and(!equals("severity", "critical")),
        Scope::attribute(Matcher::one_of("team", ["blue", "red"])).and(equals("namespace", "shop")),
        Scope::attribute(Matcher::starts_with("cluster", "eu-")).and(equals("severity", "info")),
        Scope::attribute(Matcher::contains("pod", "-7f-")).and(Scope::group("prod")),
        Scope::attribute(Matcher::ends_with("pod", "-x")),
        Scope::attribute(Matcher::present("muted")),
        equals("alertname", "Backup").or(Scope::alert_type("BACKUP").and(equals("team", "red"))),
        (!equals("severity", "critical")).and(!Scope::attribute(Matcher::present("team"))),
        !Scope::attribute(Matcher::one_of("region", ["eu", "us"])),
    ]
}

/// The labels of subjects.
const LABELS: [&[(&str, &str)]; 5] = [
    &[("alertname", "HighLatency"), ("instance", "web-1"), ("severity", "info")],
    &[("alertname", "HighLatency"), ("namespace", "shop"), ("team", "red"), ("region", "eu")],
    &[("cluster", "eu-1"), ("severity", "info"), ("pod", "web-7f-x"), ("team", "blue")],
    &[("", "unheard"), ("alertname", ""), ("alertname", "Backup"), ("alertname", "Disk")],
    &[],
];

/// `is_silenced` with labels does not allocate if no scope has a regular expression.
#[test]
fn labels_no_allocation() {
    let mut all = Vec::new();
    for labels in LABELS {
        let named = ["", "host", "disk", "stranger"].map(Subject::entity);
        for subject in named.into_iter().chain([Subject::labels(&[])]) {
            let subject = subject.with_attributes(labels);
            all.extend([
                subject,
                subject.with_alert_type("BACKUP"),
                subject.with_groups(&["prod"]),
            ]);
        }
    }
    let schedules = schedules();
    for now in [None, Some(at("2026-06-06T19:30:00Z"))] {
        let silencer = silencer(&schedules, &label_scopes());
        let silencer = now.map_or(silencer.clone(), |now| silencer.with_now(now));
        let silenced = |subject: &Subject<'_>| {
            instants().iter().filter(|t| silencer.is_silenced(subject, **t)).count()
        };
        assert!(all.iter().filter(|subject| silenced(subject) > 0).count() > all.len() / 2);
        assert_few_allocations(query_allocations(&silencer, &all), all.len());
        let few = self::silencer(&schedules[..2], &label_scopes());
        let few = now.map_or(few.clone(), |now| few.with_now(now));
        assert_eq!(query_allocations(&few, &all), [0; 3]);
    }
}

/// Also among many windows, with many labels, and after updates.
#[test]
fn many_labels_no_allocation() {
    let mut registry = Registry::new();
    let hour = Once::new(at("2026-06-06T19:00:00Z"), at("2026-06-06T20:00:00Z")).unwrap();
    let window = |number: usize| {
        let scope = Scope::attribute(Matcher::equals("alertname", format!("A{}", number % 7)))
            .and(Matcher::equals(format!("label-{}", number % 300), "x").into());
        Window::builder(format!("w-{number}")).schedule(hour).scope(scope).build().unwrap()
    };
    (0..2_000).for_each(|number| registry.insert(window(number)).unwrap());
    let now = at("2026-06-06T19:30:00Z");
    let silencer = Silencer::builder().now(now).build(&registry).unwrap();
    (2_000..2_100).for_each(|number| registry.insert(window(number)).unwrap());
    let updated = silencer.updated(&registry).unwrap();
    let names: Vec<String> = (0..255).map(|label| format!("label-{label}")).collect();
    let mut labels: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "x")).collect();
    labels.push(("alertname", "A3"));
    let subjects = [&labels[..], &labels[200..], &labels[..255]].map(Subject::labels);
    for silencer in [&silencer, &updated] {
        assert!(silencer.is_silenced(subjects[0], now) && !silencer.is_silenced(subjects[2], now));
        for subject in &subjects {
            for t in [now, at("2026-06-06T19:00:00Z"), at("2027-01-01T00:00:00Z")] {
                assert_eq!(allocations(|| discard(silencer.is_silenced(subject, t))), 0, "{t}");
            }
        }
    }
}

#[test]
fn queries_at_range_ends_no_panic() {
    let silencer = silencer(&schedules(), &scopes());
    let edges = [
        Timestamp::MIN,
        Timestamp::constant(Timestamp::MIN.as_millis() + 1),
        Timestamp::constant(Timestamp::MAX.as_millis() - 1),
        Timestamp::MAX,
        Timestamp::END,
    ];
    for t in edges {
        for subject in subjects(KNOWN).into_iter().chain(subjects(UNKNOWN)) {
            let silenced = silencer.is_silenced(subject, t);
            assert_eq!(silencer.effect(subject, t).is_some(), silenced);
            assert_eq!(silencer.silenced_until(subject, t).is_some(), silenced);
            assert_eq!(silencer.silenced_by(subject, t).next().is_some(), silenced);
            assert!(!silenced || t < Timestamp::END, "Timestamp::END is never silenced");
            let _ = silencer.next_silence(subject, t);
            let _ = silencer.explain(subject, t).to_string();
        }
    }
}

#[test]
fn from_millis_any_number_no_panic() {
    let silencer = silencer(&schedules(), &scopes());
    let mut t = i64::MAX;
    let mut numbers = vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX];
    while t != 0 {
        numbers.extend([t, -t, t - 1]);
        t /= 3;
    }
    for number in numbers {
        match Timestamp::from_millis(number) {
            Ok(t) => {
                let silenced = silencer.is_silenced(Subject::entity("host"), t);
                assert_eq!(silencer.effect(Subject::entity("host"), t).is_some(), silenced);
            }
            Err(error) => assert!(error.to_string().starts_with(&number.to_string()), "{error}"),
        }
    }
}
