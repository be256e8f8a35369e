//! Laws of clones, transactions and synchronization of a registry, and of the silencers of
//! clones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use quietude::live::Engine;
use quietude::{Error, Registry, Silencer, Subject, Topology, Window};

use crate::generate::{cases, window_specs, zone_instants};
use crate::helpers::clamped;
use crate::specs::{END, FIRST, WindowSpec};
use crate::testing::HOUR;

/// A change of one of several clones.
#[derive(Clone, Debug)]
enum Change {
    Insert(Box<WindowSpec>),
    Remove(String),
    /// A list of windows with few ids, some of them twice.
    Sync(Vec<WindowSpec>),
    /// The same for ids with an even number.
    SyncEven(Vec<WindowSpec>),
    /// Several changes as one, maybe with an error at the end.
    Edit(Vec<WindowSpec>, bool),
}

fn even(id: &str) -> bool {
    id.ends_with(['0', '2', '4', '6', '8'])
}

/// Windows from a pool, with few ids, and where to look at them.
fn changes() -> impl Strategy<Value = (Vec<(Change, Index, Index)>, i64)> {
    let pools = zone_instants().prop_flat_map(|(zone, base)| {
        let base = base.clamp(FIRST, END - 1);
        (vec(window_specs(zone, base), 4), Just(base))
    });
    pools.prop_flat_map(|(pool, base)| {
        let id = (0..10u8).prop_map(|number| format!("w-{number}"));
        let spec = (select(pool), id.clone()).prop_map(|(spec, id)| WindowSpec { id, ..spec });
        let change = prop_oneof![
            2 => spec.clone().prop_map(|spec| Change::Insert(Box::new(spec))),
            1 => id.prop_map(Change::Remove),
            2 => vec(spec.clone(), 0..8).prop_map(Change::Sync),
            2 => vec(spec.clone(), 0..8).prop_map(Change::SyncEven),
            2 => (vec(spec, 0..4), any::<bool>()).prop_map(|(specs, fails)| Change::Edit(specs, fails)),
        ];
        (vec((change, any::<Index>(), any::<Index>()), 1..20), Just(base))
    })
}

fn windows(specs: &[WindowSpec]) -> Vec<Window> {
    specs.iter().map(WindowSpec::build).collect()
}

/// The windows in order, and the revision.
fn state_of(registry: &Registry) -> (Vec<Window>, u64) {
    (registry.iter().map(|window| Window::clone(window)).collect(), registry.revision())
}

/// What a sync leaves: windows of the list in their old places, new ones at the end.
fn synced(before: &[Window], list: &[Window], is_included: impl Fn(&str) -> bool) -> Vec<Window> {
    let of = |id: &Window| list.iter().find(|window| window.id() == id.id()).cloned();
    let kept = before.iter().filter_map(|window| {
        if is_included(window.id().as_str()) { of(window) } else { Some(window.clone()) }
    });
    let is_new = |window: &&Window| !before.iter().any(|known| known.id() == window.id());
    kept.chain(list.iter().filter(is_new).cloned()).collect()
}

fn apply(registry: &mut Registry, change: &Change) -> Result<(), TestCaseError> {
    let (before, revision) = state_of(registry);
    let differs = |after: &[Window]| u64::from(before != after);
    match change {
        Change::Insert(spec) => drop(registry.insert(spec.build())),
        Change::Remove(id) => drop(registry.remove(id)),
        Change::Sync(specs) | Change::SyncEven(specs) => {
            let list = windows(specs);
            let is_included = |id: &str| matches!(change, Change::Sync(_)) || even(id);
            let result = registry.sync_where(|id| is_included(id.as_str()), list.clone());
            let is_twice =
                |window: &Window| list.iter().filter(|other| other.id() == window.id()).count() > 1;
            let refused =
                list.iter().any(|window| is_twice(window) || !is_included(window.id().as_str()));
            prop_assert_eq!(result.is_err(), refused);
            let Ok(result) = result else {
                prop_assert_eq!(state_of(registry), (before, revision));
                return Ok(());
            };
            let after = synced(&before, &list, is_included);
            prop_assert_eq!(state_of(registry), (after.clone(), revision + differs(&after)));
            prop_assert_eq!(
                result.inserted.len() + result.replaced.len() + result.unchanged,
                list.len()
            );
            prop_assert_eq!(
                after.len() + result.removed.len(),
                before.len() + result.inserted.len()
            );
            for (old, new) in &result.replaced {
                prop_assert!(old != new && before.contains(old) && list.contains(new));
            }
            // Again: nothing changes.
            let again = registry.sync_where(|id| is_included(id.as_str()), list.clone()).unwrap();
            prop_assert!(!again.is_changed() && again.unchanged == list.len());
            prop_assert_eq!(state_of(registry), (after.clone(), revision + differs(&after)));
        }
        Change::Edit(specs, fails) => {
            let result: Result<(), Error> = registry.edit(|registry| {
                for window in windows(specs) {
                    if registry.get(window.id()).is_some() {
                        registry.replace(window)?;
                    } else {
                        registry.insert(window)?;
                    }
                }
                if *fails { registry.remove("unknown").map(drop) } else { Ok(()) }
            });
            prop_assert_eq!(result.is_err(), *fails);
            let (after, now) = state_of(registry);
            prop_assert!(!fails || after == before);
            // A replacement by an equal window may count.
            prop_assert!(now == revision + differs(&after) || (!fails && now == revision + 1));
        }
    }
    Ok(())
}

/// Asserts that the answers are those of a new build.
fn assert_built(silencer: &Silencer, registry: &Registry, base: i64) -> Result<(), TestCaseError> {
    let built = Silencer::new(registry).unwrap();
    prop_assert_eq!(silencer.revision(), registry.revision());
    for id in ["db-7", "db-8", "rack-1", "x"] {
        for hours in -30..30 {
            let t = clamped(base + hours * HOUR);
            let by = |silencer: &Silencer| -> Vec<String> {
                let subject = Subject::entity(id);
                silencer.silenced_by(subject, t).map(|window| window.id().to_string()).collect()
            };
            prop_assert_eq!(by(silencer), by(&built), "{} at {}", id, t);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(60))]

    /// Any silencer is updated to any clone, whatever changed in which of them.
    #[test]
    fn clones_sync_and_edit_equal_new_build((changes, base) in changes()) {
        let mut registries = vec![Registry::new()];
        let mut silencers = vec![Silencer::new(&registries[0]).unwrap()];
        for (change, which, from) in changes {
            let mut registry = registries[which.index(registries.len())].clone();
            apply(&mut registry, &change)?;
            let silencer = &silencers[from.index(silencers.len())];
            let updated = silencer.updated(&registry).unwrap();
            assert_built(&updated, &registry, base)?;
            registries.push(registry);
            silencers.push(updated);
        }
    }

    /// The engine has the windows of a registry with the same changes, and its snapshot
    /// their answers; a failed change leaves everything.
    #[test]
    fn engine_equals_registry_failed_edit_no_effect((changes, base) in changes()) {
        let mut registry = Registry::new();
        let mut engine = Engine::new(registry.clone(), Topology::default()).unwrap();
        for (change, ..) in changes {
            let before = (engine.revision(), engine.snapshot(), state_of(engine.registry()));
            let result = engine.edit(|windows, _| match &change {
                Change::Insert(spec) => windows.insert(spec.build()),
                Change::Remove(id) => windows.remove(id).map(drop),
                Change::Sync(specs) => windows.sync(self::windows(specs)).map(drop),
                Change::SyncEven(specs) => {
                    windows.sync_where(|id| even(id.as_str()), self::windows(specs)).map(drop)
                }
                Change::Edit(..) => {
                    windows.sync([] as [Window; 0])?;
                    Err(windows.remove("unknown").unwrap_err())
                }
            });
            let is_unchanged = std::sync::Arc::ptr_eq(&before.1, &engine.snapshot());
            if result.is_err() {
                prop_assert!(is_unchanged);
                prop_assert_eq!(before.2, state_of(engine.registry()));
                prop_assert_eq!(before.0, engine.revision());
            } else {
                apply(&mut registry, &change)?;
                prop_assert_eq!(engine.revision(), before.0 + u64::from(!is_unchanged));
            }
            prop_assert_eq!(state_of(engine.registry()), state_of(&registry));
            assert_built(&engine.snapshot(), &registry, base)?;
        }
    }
}
