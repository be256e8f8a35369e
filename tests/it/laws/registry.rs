//! Laws of the registry: a failed change changes nothing, and the rest does
//! what a plain list would do.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use quietude::{ErrorKind, Registry, Window};

use crate::generate::{cases, places, plans};
use crate::model::{END, FIRST, Plan};
use crate::oracle::scan;
use crate::text::clamped;

#[derive(Clone, Debug)]
enum Change {
    Insert(Plan),
    Replace(Plan),
    Remove(String),
    Close(String, i64),
    Expire(i64),
}

/// Few ids, so that they are often taken, and often not there.
fn ids() -> impl Strategy<Value = String> + Clone {
    (0..6u8).prop_map(|number| format!("w-{number}"))
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pools = places().prop_flat_map(|(zone, base)| {
        let base = base.clamp(FIRST, END - 1);
        // Making a window up costs more than putting it in.
        let pool = vec(plans(zone, base), 4);
        (pool, Just(base))
    });
    pools.prop_flat_map(|(pool, base)| {
        let plan = (select(pool), ids()).prop_map(|(plan, id)| Plan { id, ..plan });
        let near =
            (-20..=20i64).prop_map(move |hours| (base + hours * 3_600_000).clamp(FIRST, END - 1));
        let change = prop_oneof![
            4 => plan.clone().prop_map(Change::Insert),
            2 => plan.prop_map(Change::Replace),
            2 => ids().prop_map(Change::Remove),
            2 => (ids(), near.clone()).prop_map(|(id, at)| Change::Close(id, at)),
            1 => near.prop_map(Change::Expire),
        ];
        vec(change, 1..25)
    })
}

/// Whether a window silences nothing at `t` or later, told by the data alone;
/// only asked of windows whose end is in sight.
fn is_over(plan: &Plan, t: i64) -> Option<bool> {
    let on = Plan { disabled: false, ..plan.clone() };
    let bound = on.until.unwrap_or(END).min(on.closed_at.unwrap_or(END));
    if bound <= t {
        return Some(true);
    }
    let soon = (t + 40 * 86_400_000).min(bound);
    if !scan::active(&on, t, soon).is_empty() {
        return Some(false);
    }
    (soon == bound).then_some(true)
}

/// Everything that can be seen of a registry.
fn seen(registry: &Registry) -> (Vec<Window>, u64, usize) {
    let windows = registry.iter().map(|window| Window::clone(window)).collect();
    (windows, registry.revision(), registry.len())
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_registry_is_a_list_and_a_failed_change_changes_nothing(changes in changes()) {
        let mut registry = Registry::new();
        let mut list: Vec<(Plan, Window)> = Vec::new();
        for change in changes {
            let before = seen(&registry);
            let known =
                |list: &[(Plan, Window)], id: &str| list.iter().position(|(plan, _)| plan.id == id);
            let failed = match change.clone() {
                Change::Insert(plan) => {
                    let window = plan.build();
                    let result = registry.insert(window.clone());
                    match (known(&list, &plan.id), result) {
                        (None, Ok(())) => {
                            list.push((plan, window));
                            None
                        }
                        (Some(_), Err(error)) => Some((error, ErrorKind::Duplicate)),
                        other => panic!("{other:?}"),
                    }
                }
                Change::Replace(plan) => {
                    let window = plan.build();
                    let result = registry.replace(window.clone());
                    match (known(&list, &plan.id), result) {
                        (Some(index), Ok(previous)) => {
                            prop_assert_eq!(&*previous, &list[index].1);
                            list[index] = (plan, window);
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
                        let (plan, window) = &mut list[index];
                        plan.closed_at = Some(plan.closed_at.unwrap_or(END).min(at));
                        *window = plan.build();
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
                    for (plan, window) in list.drain(..) {
                        let went = gone.next_if(|id| **id == *plan.id).is_some();
                        if let Some(expected) = is_over(&plan, at) {
                            prop_assert_eq!(went, expected, "{:?}", plan);
                        }
                        if !went {
                            kept.push((plan, window));
                        }
                    }
                    prop_assert_eq!(gone.next(), None, "gone, and never there or out of order");
                    prop_assert_eq!(registry.revision(), before.1 + over.len() as u64);
                    list = kept;
                    None
                }
            };
            match failed {
                Some((error, kind)) => {
                    prop_assert_eq!(error.kind(), kind);
                    prop_assert_eq!(seen(&registry), before, "after {:?}", change);
                }
                None => prop_assert!(registry.revision() >= before.1),
            }
            prop_assert!(registry.iter().map(|window| &**window).eq(list.iter().map(|(_, w)| w)));
            for (plan, _) in &list {
                prop_assert!(registry.get(&plan.id).is_some());
            }
            prop_assert_eq!(registry.is_empty(), list.is_empty());
        }
    }

    #[test]
    fn a_change_that_works_moves_the_revision_by_one(changes in changes()) {
        let mut registry = Registry::new();
        for change in changes {
            let before = registry.revision();
            let worked = match change {
                Change::Insert(plan) => registry.insert(plan.build()).is_ok(),
                Change::Replace(plan) => registry.replace(plan.build()).is_ok(),
                Change::Remove(id) => registry.remove(id).is_ok(),
                Change::Close(id, at) => {
                    // Closing what was closed earlier is no change.
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
