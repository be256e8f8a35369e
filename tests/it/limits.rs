//! Each limit: the largest allowed value, and one more. The error names the limit and the
//! value.

use std::sync::Arc;

use quietude::limits::{
    MAX_COVERED_ENTITIES, MAX_ENTITIES, MAX_ID_BYTES, MAX_LINKS, MAX_OCCURRENCES,
    MAX_PATTERN_BYTES, MAX_SCOPE_DEPTH, MAX_UNION_STEPS, MAX_WINDOWS,
};
use quietude::live::Engine;
use quietude::{
    Error, ErrorKind, Interval, Matcher, Once, Periodic, Registry, Schedule, Scope, SilenceEnd,
    Silencer, Subject, Timestamp, Topology, Validity, Window,
};

use crate::measure::Stopwatch;

const ZERO: Timestamp = Timestamp::constant(0);

fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn once() -> Schedule {
    Once::new(ZERO, ms(1)).unwrap().into()
}

/// `[0, 1)`, `[2, 3)` and so on.
fn every_other(start: i64) -> Schedule {
    Periodic::new(ms(start), 1, 2).unwrap().into()
}

fn window(id: &str, scope: Scope) -> Result<Window, Error> {
    Window::builder(id).schedule(once()).scope(scope).build()
}

/// Asserts an error of kind `Limit` with this text.
#[track_caller]
fn assert_limit<T>(refused: Result<T, Error>, text: &str) {
    let Err(error) = refused else { panic!("accepted instead of: {text}") };
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Limit, text.to_owned()));
}

#[test]
fn id_length_limit() {
    let long = "x".repeat(MAX_ID_BYTES);
    let too_long = "x".repeat(MAX_ID_BYTES + 1);
    let scopes = |id: &str| {
        [
            Scope::entity(id),
            Scope::entities(["a", id]),
            Scope::group(id),
            Scope::alert_type(id),
            Matcher::present(id).into(),
        ]
    };
    for (good, bad) in scopes(&long).into_iter().zip(scopes(&too_long)) {
        assert!(window("w", good).is_ok());
        let error = window("w", bad).unwrap_err().to_string();
        assert!(error.ends_with("1 to 1024 bytes without control characters"), "{error}");
    }
    assert!(window(&long, Scope::everything()).is_ok());
    assert!(window(&too_long, Scope::everything()).is_err());
    let topologies = |id: &str| {
        [
            Topology::builder().entity(id).build(),
            Topology::builder().group(id).build(),
            Topology::builder().add_child("a", id).build(),
            Topology::builder().add_attribute("a", id, "v").build(),
        ]
    };
    assert!(topologies(&long).iter().all(Result::is_ok));
    assert!(topologies(&too_long).iter().all(Result::is_err));
}

#[test]
fn pattern_length_and_compiled_size_limit() {
    let text = |bytes: usize| "x".repeat(bytes);
    assert!(Matcher::matches("n", text(MAX_PATTERN_BYTES)).is_ok());
    assert_limit(
        Matcher::matches("n", text(MAX_PATTERN_BYTES + 1)),
        "a pattern of 4097 bytes is longer than 4096",
    );
    // The limit of one MiB is between 10 and 1000 repetitions.
    let repeated = |times: usize| Matcher::matches("n", format!(r"\w{{{times}}}"));
    let (mut max, mut refused) = (10, 1000);
    while max + 1 < refused {
        let middle = (max + refused) / 2;
        *(if repeated(middle).is_ok() { &mut max } else { &mut refused }) = middle;
    }
    assert!(repeated(max).is_ok());
    let text = format!(r#""\\w{{{refused}}}" compiles to more than 1048576 bytes"#);
    assert_limit(repeated(refused), &text);
}

#[test]
#[cfg(feature = "rrule")]
fn rule_text_limit() {
    use quietude::Rule;
    use quietude::limits::MAX_RULE_BYTES;
    // Empty lines count towards the limit.
    let rule = |bytes: usize| {
        let text = "DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY";
        Rule::parse(&format!("{text}{}", "\n".repeat(bytes - text.len())), 1)
    };
    assert!(rule(MAX_RULE_BYTES).is_ok());
    assert_limit(rule(MAX_RULE_BYTES + 1), "rrule: 65537 bytes are more than 65536");
}

#[test]
#[cfg(feature = "serde")]
fn scope_depth_limit_round_trip() {
    let nested = |levels: usize| {
        // The leaf with the deepest JSON.
        let leaf = Scope::attribute(Matcher::one_of("n", ["v"]));
        let scope = (1..levels).fold(leaf, |scope, _| Scope::all([Scope::group("g"), scope]));
        window("w", scope)
    };
    let mut registry = Registry::new();
    registry.insert(nested(MAX_SCOPE_DEPTH).unwrap()).unwrap();
    let text = quietude::Document::new(registry.clone(), Topology::default()).to_json();
    let read = quietude::Document::from_json(&text).unwrap();
    assert!(read.registry.iter().eq(registry.iter()));
    let text = "window `w`: scope: the scope nests more than 60 levels deep";
    assert_limit(nested(MAX_SCOPE_DEPTH + 1), text);
}

#[test]
#[cfg(feature = "serde")]
fn document_bytes_limit() {
    use quietude::Document;
    use quietude::limits::MAX_DOCUMENT_BYTES;
    let mut text = r#"{ "version": 1, "windows": [] }"#.to_owned();
    text.reserve_exact(MAX_DOCUMENT_BYTES + 1 - text.len());
    text.extend(std::iter::repeat_n(' ', MAX_DOCUMENT_BYTES - text.len()));
    assert!(Document::from_json(&text).is_ok());
    text.push(' ');
    assert_limit(Document::from_json(&text), "268435457 bytes are more than 268435456");
}

#[test]
#[cfg(feature = "serde")]
fn document_depth_limit() {
    use quietude::Document;
    use quietude::limits::MAX_DOCUMENT_DEPTH;
    let nested = |levels: usize| {
        let lists = levels - 1;
        let (open, close) = ("[".repeat(lists), "]".repeat(lists));
        Document::from_json(&format!(r#"{{"version":{open}{close}}}"#))
    };
    // The nesting is allowed; the value is no version.
    let error = nested(MAX_DOCUMENT_DEPTH).unwrap_err();
    assert_eq!(error.to_string(), "version: a list is not 1, the version there is");
    let text = "JSON: nests more than 127 levels deep at line 1 column 138";
    assert_limit(nested(MAX_DOCUMENT_DEPTH + 1), text);
}

#[test]
#[ignore = "a thousand large patterns: seconds, in release"]
#[cfg(feature = "serde")]
fn document_patterns_limit() {
    use quietude::Document;
    use quietude::limits::MAX_DOCUMENT_PATTERN_BYTES;
    let stopwatch = Stopwatch::new("1024 patterns of a mebibyte at max");
    let document = |patterns: usize| {
        let windows = (0..patterns).map(|n| {
            format!(
                r#"{{"id":"{n}","schedule":{{"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}},
                "scope":{{"attribute":{{"name":"n","matches":"\\w{{20}}{n}"}}}}}}"#
            )
        });
        let windows: Vec<String> = windows.collect();
        Document::from_json(&format!(r#"{{"version":1,"windows":[{}]}}"#, windows.join(",")))
    };
    let max = MAX_DOCUMENT_PATTERN_BYTES >> 20;
    assert_eq!(document(max).unwrap().registry.len(), max);
    let text = "window `1024`: scope: 1074790400 bytes of compiled patterns in the document are \
                more than 1073741824";
    assert_limit(document(max + 1), text);
    stopwatch.report();
}

#[test]
fn occurrences_and_segments_limit() {
    // An occurrence and a gap take two milliseconds.
    let max = MAX_OCCURRENCES as i64;
    let until = |end: i64| Interval::new(ZERO, ms(end)).unwrap();
    let often = every_other(0);
    let all = often.occurrences(until(2 * max)).into_vec().unwrap();
    assert_eq!(all.len(), MAX_OCCURRENCES);
    assert_eq!(all[all.len() - 1].start(), ms(2 * max - 2));
    assert_limit(
        often.occurrences(until(2 * max + 1)).into_vec(),
        "1000001 occurrences are more than 1000000",
    );

    let mut registry = Registry::new();
    let window = Window::builder("w").schedule(often).scope(Scope::everything());
    registry.insert(window.build().unwrap()).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let timeline = |end: i64| silencer.timeline(Subject::entity("e"), until(end)).into_vec();
    assert_eq!(timeline(max).unwrap().len(), MAX_OCCURRENCES);
    assert_limit(timeline(max + 1), "1000001 segments are more than 1000000");
}

#[test]
fn union_steps_limit() {
    // Two windows alternate every millisecond until their validity ends.
    let until = |end: i64| {
        let mut registry = Registry::new();
        for start in [0, 1] {
            let window = Window::builder(format!("w-{start}"))
                .schedule(every_other(start))
                .scope(Scope::entity("e"))
                .validity(Validity::new(None, Some(ms(end))));
            registry.insert(window.build().unwrap()).unwrap();
        }
        Silencer::new(&registry).unwrap().silenced_until(Subject::entity("e"), ZERO)
    };
    let max = MAX_UNION_STEPS as i64;
    assert_eq!(until(max), Some(SilenceEnd::At(ms(max))));
    // Each step evaluates both windows.
    assert_eq!(until(max + 2), Some(SilenceEnd::AtLeast(ms(max + 2))));
}

#[test]
#[ignore = "ten million windows: a minute and gigabytes, in release"]
fn registry_windows_limit() {
    let stopwatch = Stopwatch::new("10,000,000 windows in a registry");
    let mut registry = Registry::new();
    let pattern = window("w", Scope::entity("e")).unwrap().to_builder();
    for number in 0..MAX_WINDOWS {
        registry.insert(pattern.clone().id(number.to_string()).build().unwrap()).unwrap();
    }
    let before = registry.clone();
    let one_more: Arc<Window> = pattern.clone().id("one-more").build().unwrap().into();
    let text = "window `one-more`: 10000001 windows are more than 10000000";
    assert_limit(registry.insert(one_more.clone()), text);
    assert_limit(registry.edit(|registry| registry.insert(one_more.clone())), text);
    let mut list: Vec<Arc<Window>> = registry.iter().cloned().chain([one_more.clone()]).collect();
    assert_limit(registry.sync(list.iter().cloned()), text);
    let is_same = |(a, b): (&Arc<Window>, &Arc<Window>)| Arc::ptr_eq(a, b);
    assert!(registry.iter().zip(before.iter()).all(is_same));
    assert_eq!((registry.len(), registry.revision()), (MAX_WINDOWS, before.revision()));

    let mut engine = Engine::new(registry.clone(), Topology::default()).unwrap();
    let snapshot = engine.snapshot();
    assert_limit(engine.edit(|registry, _| registry.insert(one_more.clone())), text);
    assert_limit(engine.sync(list.iter().cloned()), text);
    assert!(Arc::ptr_eq(&snapshot, &engine.snapshot()) && engine.revision() == 0);
    assert!(snapshot.is_silenced("e", ZERO) && !snapshot.is_silenced("e", ms(1)));
    drop((engine, snapshot));

    // One for another is possible, and after a removal there is room for a window.
    list.swap_remove(7);
    let synced = registry.sync(list).unwrap();
    assert_eq!((synced.inserted.len(), synced.removed.len()), (1, 1));
    assert_eq!((registry.len(), synced.unchanged), (MAX_WINDOWS, MAX_WINDOWS - 1));
    registry.remove("8").unwrap();
    registry.insert(before.get("7").unwrap().clone()).unwrap();
    assert_eq!(registry.len(), MAX_WINDOWS);
    stopwatch.report();
}

#[test]
#[ignore = "ten million entities: a minute and gigabytes, in release"]
fn topology_entities_and_groups_limit() {
    let stopwatch = Stopwatch::new("10,000,000 entities in a topology");
    let entities = |count: usize| {
        let entities = (0..count).map(|number| number.to_string());
        entities.fold(Topology::builder(), |builder, id| builder.entity(id)).build()
    };
    let mut topology = entities(MAX_ENTITIES).unwrap();
    assert!(topology.contains("9999999"));
    let text = "10000001 entities are more than 10000000";
    assert_limit(topology.add_entity("x"), text);
    assert_limit(topology.add_member("g", "x"), text);
    assert!(!topology.contains("x") && topology.groups().len() == 0);
    topology.remove_entity("7").unwrap();
    topology.add_entity("x").unwrap();
    drop(topology);
    assert_limit(entities(MAX_ENTITIES + 1), text);
    let groups = |count: usize| {
        let groups = (0..count).map(|number| number.to_string());
        groups.fold(Topology::builder(), |builder, id| builder.group(id)).build()
    };
    let mut topology = groups(MAX_ENTITIES).unwrap();
    let text = "10000001 groups are more than 10000000";
    assert_limit(topology.add_member("x", "e"), text);
    assert!(!topology.contains("e") && topology.groups().len() == MAX_ENTITIES);
    drop(topology);
    assert_limit(groups(MAX_ENTITIES + 1), text);
    stopwatch.report();
}

#[test]
#[ignore = "fifty million links: a minute and gigabytes, in release"]
fn topology_links_limit() {
    let stopwatch = Stopwatch::new("50,000,000 links in a topology");
    let members = |count: usize| {
        // The same link repeatedly: each mention counts.
        (0..count).fold(Topology::builder(), |builder, _| builder.add_member("g", "e")).build()
    };
    assert!(members(MAX_LINKS).unwrap().groups_of("e").eq(["g"]));
    assert_limit(members(MAX_LINKS + 1), "50000001 members of groups are more than 50000000");
    stopwatch.report();
}

#[test]
#[ignore = "ten thousand scopes of ten thousand entities: half a minute, in release"]
fn covered_entities_limit() {
    const ENTITIES: usize = 10_000;
    let stopwatch = Stopwatch::new("100,000,000 entities covered");
    let ids = || (0..ENTITIES).map(|number| format!("e-{number}"));
    let topology = ids().fold(Topology::builder(), |builder, id| builder.add_member("g", id));
    let topology = ids().take(100).fold(topology, |builder, id| builder.add_member("h", id));
    let topology = topology.build().unwrap();
    let mut registry = Registry::new();
    // Every entity but one, ten thousand times; every entity; some.
    for id in ids() {
        registry.insert(window(&id, !Scope::entity(&id)).unwrap()).unwrap();
    }
    for group in ["g", "h"] {
        registry.insert(window(group, Scope::group(group)).unwrap()).unwrap();
    }
    assert!(ENTITIES * ENTITIES + 100 > MAX_COVERED_ENTITIES as usize);
    // What is beyond a limit is left to the queries.
    let silencer = Silencer::builder().topology(topology).build(&registry).unwrap();
    for (id, count) in [("e-7", ENTITIES + 1), ("e-107", ENTITIES), ("x", ENTITIES)] {
        assert_eq!(silencer.silenced_by(Subject::entity(id), ZERO).count(), count, "{id}");
        assert!(silencer.is_silenced(Subject::entity(id), ZERO));
        assert!(!silencer.is_silenced(Subject::entity(id), ms(1)));
    }
    stopwatch.report();
}
