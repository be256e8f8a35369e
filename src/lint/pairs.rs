//! Windows that repeat or touch another window of the same scope.
#![allow(clippy::mutable_key_type, reason = "a scope's pattern is its text, not its caches")]

use std::collections::HashMap;
use std::sync::Arc;

use crate::lint::steps::Steps;
use crate::lint::{Code, Finding};
use crate::registry::Registry;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::window::Window;

/// The windows of one scope that are compared with each other for equal occurrences, at
/// most; others are compared with these only.
const MAX_COMPARED: usize = 16;

/// The findings of each window of a registry, in its order.
pub(super) fn find(registry: &Registry, now: Timestamp, steps: &mut Steps) -> Vec<Vec<Finding>> {
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
        touches(&windows, &numbers, now, steps, &mut findings);
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
    steps: &mut Steps,
    findings: &mut [Vec<Finding>],
) {
    let mut starts: HashMap<i64, usize> = HashMap::new();
    let mut ends: Vec<(usize, i64)> = Vec::new();
    for number in numbers {
        let window = windows[*number];
        let ((start, end), _) = steps.for_window(|steps| {
            let start = steps.first_active(window, now).flatten();
            let end = start.and_then(|start| steps.end_of(window, start));
            // An end at which the window begins again is none.
            let is_end = |end: &i64| !window.is_active(Timestamp::saturating(*end));
            (start, end.filter(is_end))
        });
        if let Some(start) = start.filter(|start| *start > now.as_millis()) {
            starts.entry(start).or_insert(*number);
        }
        ends.extend(end.map(|end| (*number, end)));
    }
    for (number, end) in ends {
        let Some(other) = starts.get(&end).filter(|other| **other != number) else { continue };
        let (other, end) = (windows[*other].id(), Timestamp::saturating(end));
        let message = format!("it ends at {end}, when `{other}` of the same scope begins");
        let finding = Finding::new(Code::Touches, windows[number], "schedule", message);
        findings[number].push(finding.with_instants([end]));
    }
}
