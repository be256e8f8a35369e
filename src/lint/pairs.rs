//! Windows that repeat or touch another window of the same scope.
#![allow(clippy::mutable_key_type, reason = "a scope's pattern is its text, not its caches")]

use std::collections::HashMap;
use std::sync::Arc;

use crate::lint::times::first_active;
use crate::lint::{Code, Finding};
use crate::registry::Registry;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::window::Window;

/// The windows of one scope that are compared with each other for equal occurrences, at
/// most; others are compared with these only.
const MAX_COMPARED: usize = 16;

/// The findings of each window of a registry, in its order.
pub(super) fn find(registry: &Registry, now: Timestamp) -> Vec<Vec<Finding>> {
    let windows: Vec<&Arc<Window>> = registry.iter().collect();
    let mut findings: Vec<Vec<Finding>> = windows.iter().map(|_| Vec::new()).collect();
    let mut by_scope: HashMap<(&Scope, bool), Vec<usize>> = HashMap::with_capacity(windows.len());
    for (number, window) in windows.iter().enumerate() {
        if window.is_enabled() {
            let key = (window.scope(), window.propagation().descends());
            by_scope.entry(key).or_default().push(number);
        }
    }
    for numbers in by_scope.into_values().filter(|numbers| numbers.len() > 1) {
        repeats(&windows, &numbers, &mut findings);
        touches(&windows, &numbers, now, &mut findings);
    }
    findings
}

fn repeats(windows: &[&Arc<Window>], numbers: &[usize], findings: &mut [Vec<Finding>]) {
    let mut firsts: Vec<usize> = Vec::new();
    for number in numbers {
        let window = windows[*number];
        let same = firsts.iter().find(|first| is_same(windows[**first], window));
        match same {
            Some(first) => {
                let other = windows[*first].id();
                let message =
                    format!("it has the scope, the effect and the occurrences of `{other}`");
                let finding = Finding::new(Code::Repeats, window, "schedule", message);
                findings[*number].push(finding.with_fix("remove one of them"));
            }
            None if firsts.len() < MAX_COMPARED => firsts.push(*number),
            None => {}
        }
    }
}

fn is_same(first: &Window, second: &Window) -> bool {
    first.bounds() == second.bounds()
        && first.effect() == second.effect()
        && first.schedule() == second.schedule()
}

/// Compares the current or next occurrence of each window with those of the others.
fn touches(
    windows: &[&Arc<Window>],
    numbers: &[usize],
    now: Timestamp,
    findings: &mut [Vec<Finding>],
) {
    let mut starts: HashMap<i64, usize> = HashMap::new();
    for number in numbers {
        if let Ok(Some(start)) = first_active(windows[*number], now)
            && start > now.as_millis()
        {
            starts.entry(start).or_insert(*number);
        }
    }
    for number in numbers {
        let window = windows[*number];
        let Ok(Some(start)) = first_active(window, now) else { continue };
        let end = window.covered_until(Timestamp::saturating(start));
        // The end of what is followed is that of the occurrence only if nothing follows it.
        if window.is_active(end) {
            continue;
        }
        let Some(other) = starts.get(&end.as_millis()).filter(|other| *other != number) else {
            continue;
        };
        let other = windows[*other].id();
        let message = format!("it ends at {end}, when `{other}` of the same scope begins");
        findings[*number].push(Finding::new(Code::Touches, window, "schedule", message));
    }
}
