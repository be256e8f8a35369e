//! The largest numbers: 100,000 windows under one key, 10,000 values in one window, 10,000
//! groups, a subject with 256 labels, 1,000 regular expressions without a literal.

use quietude::{Silencer, Window};

use crate::crowds::{Crowd, crowds};
use crate::helpers::clamped;
use crate::testing::HOUR;
use crate::workload::NOW;

fn check(crowd: &Crowd) {
    let builder = Silencer::builder().topology(crowd.topology.clone()).now(clamped(NOW));
    let silencer = builder.build(&crowd.registry).expect("within the limits");
    let mut silenced = 0;
    // Few subjects where many windows are tested one by one.
    let step = if crowd.registry.len() > 20_000 { 13 } else { 1 };
    for subject in crowd.subjects.iter().step_by(step) {
        let view = subject.view();
        let subject = view.subject();
        let covers = |window: &&Window| window.covers(&subject, &crowd.topology);
        let covering: Vec<&Window> =
            crowd.registry.iter().map(AsRef::as_ref).filter(covers).collect();
        for t in [NOW, NOW - HOUR, NOW - HOUR - 1, NOW + 90 * HOUR / 60].map(clamped) {
            let by = covering.iter().filter(|window| window.is_active(t)).map(|w| w.id());
            assert_eq!(silencer.is_silenced(subject, t), by.clone().next().is_some());
            assert!(silencer.silenced_by(subject, t).map(Window::id).eq(by.clone()), "{t}");
            silenced += by.count();
        }
    }
    assert!(silenced > 0, "{}: nothing is silenced", crowd.name);
}

#[test]
fn crowds_answered_right() {
    for crowd in crowds(NOW, 1) {
        check(&crowd);
    }
}

#[test]
fn small_crowds_answered_right() {
    for crowd in crowds(NOW, 100) {
        check(&crowd);
    }
}
