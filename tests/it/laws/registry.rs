//! Laws of the registry: it behaves like a list of windows, and a failed change has no
//! effect.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use quietude::{ErrorKind, Registry, Window};

use crate::generate::{cases, window_specs, zone_instants};
use crate::helpers::clamped;
use crate::oracle::enumerate;
use crate::specs::{END, FIRST, WindowSpec};
use crate::testing::{DAY, HOUR};

#[derive(Clone, Debug)]
enum Change {
    Insert(WindowSpec),
    Replace(WindowSpec),
    Remove(String),
    Close(String, i64),
    Expire(i64),
}

/// Few ids, so that an id is often taken and often unknown.
fn ids() -> impl Strategy<Value = String> + Clone {
    (0..6u8).prop_map(|number| format!("w-{number}"))
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pools = zone_instants().prop_flat_map(|(zone, base)| {
        let base = base.clamp(FIRST, END - 1);
        // Generating a window takes longer than inserting one, so changes share a few.
        let pool = vec(window_specs(zone, base), 4);
        (pool, Just(base))
    });
    pools.prop_flat_map(|(pool, base)| {
        let spec = (select(pool), ids()).prop_map(|(spec, id)| WindowSpec { id, ..spec });
        let near = (-20..=20i64).prop_map(move |hours| (base + hours * HOUR).clamp(FIRST, END - 1));
        let change = prop_oneof![
            4 => spec.clone().prop_map(Change::Insert),
            2 => spec.prop_map(Change::Replace),
            2 => ids().prop_map(Change::Remove),
            2 => (ids(), near.clone()).prop_map(|(id, at)| Change::Close(id, at)),
            1 => near.prop_map(Change::Expire),
        ];
        vec(change, 1..25)
    })
}

/// Whether the window is inactive at `t` and later, from the plain data alone. `None` if
/// the data does not show it within 40 days.
fn is_over(spec: &WindowSpec, t: i64) -> Option<bool> {
    let on = WindowSpec { disabled: false, ..spec.clone() };
    let bound = on.until.unwrap_or(END).min(on.closed_at.unwrap_or(END));
    if bound <= t {
        return Some(true);
    }
    let soon = (t + 40 * DAY).min(bound);
    if !enumerate::active(&on, t, soon).is_empty() {
        return Some(false);
    }
    (soon == bound).then_some(true)
}

/// The observable state of a registry.
fn state_of(registry: &Registry) -> (Vec<Window>, u64, usize) {
    let windows = registry.iter().map(|window| Window::clone(window)).collect();
    (windows, registry.revision(), registry.len())
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn registry_equals_list_failed_change_no_effect(changes in changes()) {
        let mut registry = Registry::new();
        let mut list: Vec<(WindowSpec, Window)> = Vec::new();
        for change in changes {
            let before = state_of(&registry);
            let known =
                |list: &[(WindowSpec, Window)], id: &str| list.iter().position(|(spec, _)| spec.id == id);
            let failed = match change.clone() {
                Change::Insert(spec) => {
                    let window = spec.build();
                    let result = registry.insert(window.clone());
                    match (known(&list, &spec.id), result) {
                        (None, Ok(())) => {
                            list.push((spec, window));
                            None
                        }
                        (Some(_), Err(error)) => Some((error, ErrorKind::Duplicate)),
                        other => panic!("{other:?}"),
                    }
                }
                Change::Replace(spec) => {
                    let window = spec.build();
                    let result = registry.replace(window.clone());
                    match (known(&list, &spec.id), result) {
                        (Some(index), Ok(previous)) => {
                            prop_assert_eq!(&*previous, &list[index].1);
                            list[index] = (spec, window);
                            None
                        }
                        (None, Err(error)) => Some((error, ErrorKind::NotFound)),
                        other => panic!("{other:?}"),
                    }
                }
                Change::Remove(id) => match (known(&list, &id), registry.remove(&id)) {
                    (Some(index), Ok(removed)) => {
                        prop_assert_eq!(&*removed, &list.remove(index).1);
                        None
                    }
                    (None, Err(error)) => Some((error, ErrorKind::NotFound)),
                    other => panic!("{other:?}"),
                },
                Change::Close(id, at) => match (known(&list, &id), registry.close(&id, clamped(at))) {
                    (Some(index), Ok(closed)) => {
                        let (spec, window) = &mut list[index];
                        spec.closed_at = Some(spec.closed_at.unwrap_or(END).min(at));
                        *window = spec.build();
                        prop_assert_eq!(&*closed, &*window);
                        None
                    }
                    (None, Err(error)) => Some((error, ErrorKind::NotFound)),
                    other => panic!("{other:?}"),
                },
                Change::Expire(at) => {
                    let over = registry.remove_expired(clamped(at));
                    let mut gone = over.iter().map(|window| window.id().as_str()).peekable();
                    let mut kept = Vec::new();
                    for (spec, window) in list.drain(..) {
                        let went = gone.next_if(|id| **id == *spec.id).is_some();
                        if let Some(expected) = is_over(&spec, at) {
                            prop_assert_eq!(went, expected, "{:?}", spec);
                        }
                        if !went {
                            kept.push((spec, window));
                        }
                    }
                    prop_assert_eq!(gone.next(), None, "removed, but unknown or out of order");
                    prop_assert_eq!(registry.revision(), before.1 + over.len() as u64);
                    list = kept;
                    None
                }
            };
            match failed {
                Some((error, kind)) => {
                    prop_assert_eq!(error.kind(), kind);
                    prop_assert_eq!(state_of(&registry), before, "after {:?}", change);
                }
                None => prop_assert!(registry.revision() >= before.1),
            }
            prop_assert!(registry.iter().map(|window| &**window).eq(list.iter().map(|(_, w)| w)));
            for (spec, _) in &list {
                prop_assert!(registry.get(&spec.id).is_some());
            }
            prop_assert_eq!(registry.is_empty(), list.is_empty());
        }
    }

    #[test]
    fn revision_incremented_by_each_change(changes in changes()) {
        let mut registry = Registry::new();
        for change in changes {
            let before = registry.revision();
            let worked = match change {
                Change::Insert(spec) => registry.insert(spec.build()).is_ok(),
                Change::Replace(spec) => registry.replace(spec.build()).is_ok(),
                Change::Remove(id) => registry.remove(id).is_ok(),
                Change::Close(id, at) => {
                    // Closing a window that was closed earlier is no change.
                    let closed = registry.get(&id).and_then(|window| window.closed_at());
                    let earlier = closed.is_some_and(|closed| closed <= clamped(at));
                    registry.close(id, clamped(at)).is_ok() && !earlier
                }
                Change::Expire(_) => false,
            };
            prop_assert_eq!(registry.revision(), before + u64::from(worked));
        }
    }
}
