//! Tests of the block builder: patched blocks against compiled ones.

use super::*;
use crate::index::block;
use crate::index::block::Context;
use crate::index::near::ALWAYS;
use crate::index::prefilter::TimeOfWeekBits;
use crate::index::test_util::{at, once, window};
use crate::schedule::{Daily, Monthly, Periodic, Schedule, Weekly};
use crate::scope::Scope;
use crate::time::{MonthDay, ShortMonth};
use chrono::Weekday;

/// One schedule of each kind. No two of them are adjacent or overlap.
fn kinds() -> Vec<Schedule> {
    let clock = |text: &str| text.parse().unwrap();
    let berlin = chrono_tz::Europe::Berlin;
    let weekly = Weekly::new([Weekday::Sat, Weekday::Sun], clock("22:00-02:30"), berlin);
    let short = Periodic::new(at(-70_000_000_123), 1_234, 7_000).unwrap();
    vec![
        once(100_000, 200_000).into(),
        once(-3_000_000, -2_000_001).into(),
        short.into(),
        Periodic::new(at(5), 3_600_000, 86_400_000).unwrap().into(),
        Daily::new(clock("09:00-09:30"), chrono_tz::UTC).into(),
        weekly.unwrap().into(),
        Monthly::new(MonthDay::LAST, clock("00:00-24:00"), berlin).into(),
        Monthly::new(MonthDay::new(31).unwrap(), clock("23:00-01:00"), berlin)
            .with_short_month(ShortMonth::Clamp)
            .into(),
    ]
}

fn windows(schedules: impl IntoIterator<Item = Schedule>) -> Vec<Arc<Window>> {
    let scope = || Scope::entity("a");
    schedules.into_iter().map(|schedule| window("w", schedule, scope())).collect()
}

fn block_of_all(table: &WindowTable, zones: &mut ZoneInterner<'_>) -> Block {
    let inputs =
        (0..table.len() as u32).map(|id| table.lookup().build_input(id, AlertTypeFilter::any()));
    Block::compile(inputs, zones)
}

/// The answers of a block at many instants.
fn answers(block: BlockRef<'_>, zones: &[Zone]) -> Vec<bool> {
    let instants = (-4_000_000..4_000_000).step_by(9_973);
    let days = (-400..400).map(|half_day| half_day * 43_199_999);
    let context = || Context { zones, windows: block.windows };
    let is_active = |t: i64| block::is_active(block.words, true, TimeOfWeekBits::of(t), context, t);
    instants.chain(days).map(is_active).collect()
}

#[test]
fn patch_matches_compile() {
    let validity = crate::window::Validity::new(Some(at(-50_000_000)), Some(at(90_000_000)));
    let bounded = |schedule: Schedule| {
        let window = Window::builder("w").schedule(schedule).scope(Scope::entity("a"));
        Arc::new(window.validity(validity).build().unwrap())
    };
    let mut windows = windows(kinds());
    // It starts long before it is valid.
    windows.push(bounded(Periodic::new(at(-70_000_000_123), 5_000, 13_000).unwrap().into()));
    let daily = Daily::new("10:00-22:00".parse().unwrap(), chrono_tz::Asia::Kolkata);
    let bounded = bounded(daily.into());
    let table = WindowTable::of(&windows);
    let mut zones = ZoneInterner::default();
    let whole = block_of_all(&table, &mut zones);
    let everything = zones.merged_if_changed().unwrap();
    for new in windows.iter().cloned().chain([bounded]).map(Some).chain([None]) {
        for position in 0..=windows.len() as WindowSeq {
            let mut zones = ZoneInterner::of(&everything);
            let block = whole.view(&table);
            let patched = block.patch(position, new.as_ref(), &mut zones);
            let input = new.as_ref().map(|new| (new, AlertTypeFilter::any()));
            let inputs = block.build_inputs(position, input);
            let slow = Block::compile(inputs, &mut zones);
            let patched = patched.expect("each has a piece of its local");
            let zones = zones.merged_if_changed().unwrap_or_else(|| everything.clone());
            let (a, b) = (patched.view(&table), slow.view(&table));
            assert_eq!(answers(a, &zones), answers(b, &zones), "{position} {new:?}");
            let listed = |block: BlockRef<'_>| -> Vec<(WindowSeq, *const Window)> {
                let windows = block.windows(None);
                windows.map(|(position, window)| (position, std::ptr::from_ref(window))).collect()
            };
            assert_eq!(listed(a), listed(b), "{position} {new:?}");
        }
    }
}

#[test]
fn patch_repeated_keeps_order() {
    let others = (7..10).map(|hour| once(hour * 3_600_000, hour * 3_600_000 + 60_000).into());
    let table = WindowTable::of(&windows(others));
    let windows = windows(kinds());
    let mut zones = ZoneInterner::default();
    let mut block = block_of_all(&table, &mut zones);
    // All are added, at positions before, between and after the others; then removed.
    let positions = [7, 1, 9, 3, 20, 0, 2, 8];
    for (position, window) in positions.into_iter().zip(&windows) {
        block = block.view(&table).patch(position, Some(window), &mut zones).unwrap();
    }
    let order: Vec<WindowSeq> = block.view(&table).windows(None).map(|(at, _)| at).collect();
    assert_eq!(order, [0, 1, 2, 3, 7, 8, 9, 20]);
    for position in positions {
        block = block.view(&table).patch(position, None, &mut zones).unwrap();
    }
    assert_eq!((block.view(&table).windows(None).count(), block.local.len()), (0, 0));
    let zones = zones.merged_if_changed().unwrap();
    assert!(answers(block.view(&table), &zones).iter().all(|active| !active));
}

#[test]
fn patch_merged_rule_is_none() {
    let span = |from, until| Schedule::from(once(from, until));
    let period = |length| Schedule::from(Periodic::new(at(0), length, 1000).unwrap());
    let day = |text: &str| Schedule::from(Daily::new(text.parse().unwrap(), chrono_tz::UTC));
    let many = || (0..8).map(|hour| day(&format!("0{hour}:00-0{hour}:30"))).collect::<Vec<_>>();
    let together = [
        vec![span(0, 10), span(5, 15)],
        vec![span(0, 10), span(10, 20)],
        vec![span(0, 10), span(0, 10)],
        vec![period(10), period(20)],
        many(),
    ];
    for schedules in together {
        let table = WindowTable::of(&windows(schedules.clone()));
        let mut zones = ZoneInterner::default();
        let block = block_of_all(&table, &mut zones);
        assert!(block.view(&table).patch(0, None, &mut zones).is_none(), "{schedules:?}");
        let rest = block.view(&table).replace(0, None, &mut zones);
        assert_eq!(rest.view(&table).windows(None).count(), schedules.len() - 1);
        let alone = WindowTable::of(&windows(schedules[1..].iter().cloned()));
        let alone = block_of_all(&alone, &mut ZoneInterner::default()).words;
        let zones = zones.merged_if_changed().unwrap_or_default();
        let block = BlockRef { words: &alone, windows: table.lookup() };
        assert_eq!(answers(rest.view(&table), &zones), answers(block, &zones));
    }
    // A window that is never active, or is alert-typed, has no rule either.
    let off = Window::builder("w").schedule(once(0, 10)).scope(Scope::entity("a"));
    let table = WindowTable::of(&[off.disable().build().unwrap().into()]);
    let block = block_of_all(&table, &mut ZoneInterner::default());
    assert!(block.view(&table).patch(5, None, &mut ZoneInterner::default()).is_none());
    let table = WindowTable::of(&windows([span(0, 10)]));
    let alert_typed = AlertTypeFilter { exceptions: [0].into(), default: false };
    let block =
        Block::compile([table.lookup().build_input(0, alert_typed)], &mut ZoneInterner::default());
    assert!(block.view(&table).patch(5, None, &mut ZoneInterner::default()).is_none());
}

#[test]
fn build_inputs_keep_order() {
    let windows = windows((0..4).map(|_| once(0, 10).into()));
    let each = [0, 10, 20, 30];
    let table = WindowTable::sparse(&windows, &each);
    let alert_typed = AlertTypeFilter { exceptions: [0].into(), default: false };
    let inputs = (0..4).map(|id| {
        table
            .lookup()
            .build_input(id, if id == 1 { alert_typed.clone() } else { AlertTypeFilter::any() })
    });
    let block = Block::compile(inputs, &mut ZoneInterner::default());
    let with = |position, new: Option<&Arc<Window>>| -> Vec<(WindowSeq, bool)> {
        let new = new.map(|window| (window, AlertTypeFilter::any()));
        let inputs = block.view(&table).build_inputs(position, new);
        inputs.iter().map(|input| (input.position, input.filter.is_any())).collect()
    };
    let (untyped, filter) = (true, false);
    let new = window("new", once(5, 6), Scope::entity("a"));
    assert_eq!(with(20, None), [(0, untyped), (10, filter), (30, untyped)]);
    assert_eq!(with(10, Some(&new)), [(0, untyped), (10, untyped), (20, untyped), (30, untyped)]);
    let five = [(0, untyped), (5, untyped), (10, filter), (20, untyped), (30, untyped)];
    assert_eq!(with(5, Some(&new)), five);
}

#[test]
fn heap_bytes_counts_spilled_local_windows() {
    let mut zones = ZoneInterner::default();
    let local = windows(kinds());
    let bytes = |many: usize, zones: &mut ZoneInterner<'_>| {
        let inputs = local[..many].iter().zip(0..).map(|(window, position)| BuildInput {
            position,
            id: None,
            window,
            filter: AlertTypeFilter::any(),
        });
        let block = Block::compile(inputs, zones);
        block.heap_bytes() - size_of_val(&*block.words)
    };
    assert_eq!([0, 1, 2].map(|many| bytes(many, &mut zones)), [0; 3]);
    assert_eq!(bytes(3, &mut zones), 3 * size_of::<LocalWindow>());
}

#[test]
fn can_share_table_needs_one_zone_without_interval() {
    let of = |zone, bounds| CalendarRule {
        zone,
        days: Days::Month(MonthDayMask { from_start: 1, from_end: 0, clamp: false }),
        clock: "09:00-11:00".parse().unwrap(),
        bounds,
    };
    let (ever, bound) = (ALWAYS, (0, ALWAYS.1));
    assert!(!of(0, ever).is_bounded() && of(0, bound).is_bounded());
    assert!(can_share_table(&of(1, ever), &of(1, ever)));
    assert!(!can_share_table(&of(1, ever), &of(2, ever)));
    assert!(
        !can_share_table(&of(1, bound), &of(1, ever))
            && !can_share_table(&of(1, ever), &of(1, bound))
    );
    assert!(!can_share_table(&of(1, bound), &of(1, bound)));
}
