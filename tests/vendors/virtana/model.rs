//! Random operations compared with a simple model: silence and production states.

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::Service;
use quietude::{EntityState, Subject, Topology};

use crate::helpers::ms;
use crate::testing::SplitMix64;

use super::{CREATE, DELETE, LIST, host};

/// The reference: applies the rule of production states millisecond by millisecond.
fn naive_states(windows: &[Row], entity: u64, base: i64, until: i64) -> Vec<i64> {
    let (mut state, mut before) = (base, base);
    let mut last: Vec<&Row> = Vec::new();
    let mut states = Vec::new();
    for t in 0..until {
        let active: Vec<&Row> =
            windows.iter().filter(|row| row.covers(entity) && row.is_on(t)).collect();
        if active.is_empty() {
            if !last.is_empty() {
                // The last ones have just ended.
                let exits = last.iter().filter_map(|row| row.exit);
                state = exits.min().unwrap_or(before);
            }
        } else {
            if last.is_empty() {
                before = state;
            }
            state = active.iter().map(|row| row.state).min().unwrap();
        }
        last = active;
        states.push(state);
    }
    states
}

#[derive(Clone, Debug)]
struct Row {
    id: String,
    name: String,
    entity: u64,
    start: i64,
    duration: i64,
    recurrence: Option<i64>,
    skip: i64,
    created: i64,
    deleted: Option<i64>,
    state: i64,
    exit: Option<i64>,
    own_only: bool,
    disabled: bool,
    runs: Option<Vec<i64>>,
}

impl Row {
    /// Entity 1 is a child of entity 0, and entity 2 of both.
    fn covers(&self, entity: u64) -> bool {
        self.entity == entity || (!self.own_only && self.entity < entity)
    }

    fn is_on(&self, t: i64) -> bool {
        if self.disabled || self.deleted.is_some_and(|deleted| t >= deleted) {
            return false;
        }
        let within = |start: i64| start <= t && t < start + self.duration;
        match &self.runs {
            Some(runs) => runs.iter().any(|run| within(*run)),
            None => {
                let mut skip = self.skip;
                let mut start = self.start;
                while start <= t {
                    if start > self.created && skip > 0 {
                        skip -= 1;
                    } else if within(start) {
                        return true;
                    }
                    match self.recurrence {
                        Some(recurrence) => start += recurrence,
                        None => break,
                    }
                }
                false
            }
        }
    }
}

/// The model is a list of windows; silence and states are computed by iterating over it.
#[test]
fn random_operations_match_model() {
    for seed in 1..=120 {
        let mut rng = SplitMix64::new(seed);
        let mut host = host();
        let mut model: Vec<Row> = Vec::new();
        let mut now = 0;
        for step in 0..25 {
            now += rng.below(6) as i64;
            host.now = ms(now);
            match rng.below(6) {
                0..=2 => {
                    let row = Row {
                        id: format!("mw-{step}"),
                        name: format!("n-{}", rng.below(12)),
                        entity: rng.below(3),
                        start: rng.below(40) as i64,
                        duration: 1 + rng.below(10) as i64,
                        recurrence: [None, Some(1 + rng.below(15) as i64)][rng.below(2) as usize],
                        skip: [0, 0, 1, 3][rng.below(4) as usize],
                        created: now,
                        deleted: None,
                        state: *rng.choose(&[100, 300, 500]),
                        exit: [None, Some(*rng.choose(&[400, 1000]))][rng.below(2) as usize],
                        own_only: rng.below(3) == 0,
                        disabled: rng.below(6) == 0,
                        runs: [None, Some(Vec::new())][usize::from(rng.below(4) == 0)].clone(),
                    };
                    let force = rng.below(2) == 0;
                    let recurrence = row.recurrence.map_or("null".to_owned(), |ms| ms.to_string());
                    let body = format!(
                        r#"{{"specification":{{"name":"{}","schedule":{{"start":{},"duration":"{}","recurrence":{recurrence},"skipNext":{}}},"maintenanceState":{},"exitState":{},"overrideExitState":{},"doNotPropagateToChildren":{},"status":{},"runMode":{},"force":{force},"with_ids":{{"ids":["e-{}"]}}}}}}"#,
                        row.name,
                        row.start,
                        row.duration,
                        row.skip,
                        row.state,
                        row.exit.unwrap_or(0),
                        row.exit.is_some(),
                        row.own_only,
                        u8::from(row.disabled),
                        u8::from(row.runs.is_some()),
                        row.entity
                    );
                    let live = || model.iter().filter(|other| other.deleted.is_none());
                    let named = live().any(|other| other.name == row.name);
                    let same = live().any(|other| {
                        (other.entity, other.start, other.duration, other.recurrence)
                            == (row.entity, row.start, row.duration, row.recurrence)
                    });
                    host.ids(&[&row.id]);
                    let status = host.send(CREATE, &body).status;
                    assert_eq!(status, if named || (same && !force) { 400 } else { 200 });
                    if status == 200 {
                        model.push(row);
                    }
                }
                3 | 4 => {
                    let ids: Vec<String> =
                        (0..rng.below(3)).map(|_| format!("mw-{}", rng.below(step + 1))).collect();
                    let live = |id: &String| {
                        model.iter().any(|row| row.id == *id && row.deleted.is_none())
                    };
                    let all = ids.iter().all(live);
                    let status = host.send(DELETE, &format!("{{\"ids\":{ids:?}}}")).status;
                    assert_eq!(
                        status,
                        if ids.is_empty() {
                            400
                        } else if all {
                            200
                        } else {
                            404
                        }
                    );
                    if status == 200 {
                        model
                            .iter_mut()
                            .filter(|row| ids.contains(&row.id))
                            .for_each(|row| row.deleted = Some(now));
                    }
                }
                _ => {
                    let (id, t) = (format!("mw-{}", rng.below(step + 1)), rng.below(80) as i64);
                    let found = model.iter_mut().find(|row| row.id == id && row.deleted.is_none());
                    let ran = host.system.run(&id, ms(t)).is_ok();
                    match found {
                        Some(Row { runs: Some(runs), disabled: false, .. }) => {
                            assert!(ran);
                            runs.push(t);
                        }
                        _ => assert!(!ran),
                    }
                }
            }
            let listed: serde_json::Value =
                serde_json::from_str(&host.ok(LIST, r#"{"page_input":{}}"#)).unwrap();
            let names: Vec<_> = listed["maintWindows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|w| w["name"].as_str().unwrap())
                .collect();
            let expected: Vec<_> = model
                .iter()
                .filter(|row| row.deleted.is_none())
                .map(|row| row.name.as_str())
                .collect();
            assert_eq!(names, expected);
        }
        assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
        let topology = host.system.add_to_topology(Topology::builder(), "e-1", &[], &["e-0"]);
        let topology = host.system.add_to_topology(topology, "e-2", &[], &["e-1"]).build().unwrap();
        let silencer = host.silencer(&topology);
        for entity in 0..3 {
            let name = format!("virtana:acme:e-{entity}");
            let subject = Subject::entity(&name);
            let states = naive_states(&model, entity, 700, 100);
            for (t, state) in states.into_iter().enumerate() {
                let t = t as i64;
                let on = model.iter().any(|row| row.covers(entity) && row.is_on(t));
                assert_eq!(
                    silencer.is_silenced(subject, ms(t)),
                    on,
                    "seed {seed}, {name} at {t}: {model:?}"
                );
                let answer = host
                    .system
                    .state_at(&subject, &topology, ms(t), EntityState::new(700))
                    .unwrap();
                assert_eq!(answer.number(), state, "seed {seed}, {name} at {t}: {model:#?}");
            }
        }
    }
}
