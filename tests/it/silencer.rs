//! Timelines as text: each line is a window, each column an hour, and the last line is the
//! expected union.

use quietude::{
    Daily, Effect, EntityState, Interval, Monthly, NextSilence, Once, Periodic, Registry, Schedule,
    Scope, SilenceEnd, Silencer, Subject, Timestamp, Topology, Validity, Weekday, Weekly, Window,
    WindowBuilder,
};

use crate::helpers::at;
use crate::testing::HOUR;

/// Midnight, a Thursday.
const BASE: &str = "2026-11-26T00:00:00Z";

fn hour(column: usize) -> Timestamp {
    Timestamp::from_millis(at(BASE).as_millis() + column as i64 * HOUR).unwrap()
}

/// The runs of equal letters of a line: start column, end column, letter.
fn runs(line: &str) -> Vec<(usize, usize, char)> {
    let mut found: Vec<(usize, usize, char)> = Vec::new();
    for (column, letter) in line.chars().enumerate().filter(|(_, letter)| *letter != '.') {
        match found.last_mut() {
            Some((_, end, last)) if *end == column && *last == letter => *end += 1,
            _ => found.push((column, column + 1, letter)),
        }
    }
    found
}

/// One-time windows on `db-7`, one for each run of a line: `n` silences notifications, `m`
/// suspends monitoring.
fn registry_from_lines(lines: &[&str]) -> Registry {
    let mut registry = Registry::new();
    for (row, line) in lines.iter().enumerate() {
        for (start, end, letter) in runs(line) {
            let once = Once::new(hour(start), hour(end)).unwrap();
            let window = Window::builder(format!("{row}-{start}")).schedule(once);
            let effect = if letter == 'm' { Effect::Monitoring } else { Effect::Notifications };
            let window = window.scope(Scope::entity("db-7")).effect(effect).build().unwrap();
            registry.insert(window).unwrap();
        }
    }
    registry
}

/// Asserts that every query of the silencer agrees with the line.
#[track_caller]
fn assert_timeline(registry: &Registry, line: &str) {
    let silencer = Silencer::new(registry).unwrap();
    let columns = line.chars().count();
    let at_noon = silencer.with_now(hour(columns / 2));
    let db = Subject::entity("db-7");
    for silencer in [&silencer, &at_noon] {
        let within = Interval::new(hour(0), hour(columns)).unwrap();
        let mut drawn = String::new();
        for segment in silencer.timeline(db, within) {
            let hours =
                (segment.interval.end().as_millis() - segment.interval.start().as_millis()) / HOUR;
            let letter = match segment.effect {
                None => ".",
                Some(Effect::Monitoring) => "m",
                Some(_) => "n",
            };
            drawn += &letter.repeat(hours as usize);
        }
        assert_eq!(drawn, line, "the timeline");
        for (column, letter) in line.chars().enumerate() {
            let effect = match letter {
                '.' => None,
                'm' => Some(Effect::Monitoring),
                _ => Some(Effect::Notifications),
            };
            let end_of_hour = Timestamp::from_millis(hour(column + 1).as_millis() - 1).unwrap();
            for t in [hour(column), end_of_hour] {
                assert_eq!(silencer.effect(db, t), effect, "{t}");
                assert_eq!(silencer.is_silenced(db, t), effect.is_some(), "{t}");
                assert_eq!(
                    silencer.entity("db-7").is_some_and(|db| db.is_silenced(t)),
                    effect.is_some()
                );
                let by = silencer.silenced_by(db, t).map(Window::effect).max();
                assert_eq!(by, effect, "{t}");
                let until = effect.map(|_| {
                    let rest = line.chars().skip(column).take_while(|letter| *letter != '.');
                    SilenceEnd::At(hour(column + rest.count()))
                });
                // A silence at the end of the line may continue after it.
                if until != Some(SilenceEnd::At(hour(columns))) {
                    assert_eq!(silencer.silenced_until(db, t), until, "{t}");
                }
            }
            // The first silence that starts after this hour.
            let letters: Vec<char> = line.chars().collect();
            let begins = |c: &usize| letters[*c] != '.' && letters[c - 1] == '.';
            let next = (column + 1..columns).find(begins);
            let found = silencer.next_silence(db, hour(column)).silence();
            let found = found.filter(|silence| silence.start < hour(columns));
            assert_eq!(found.map(|silence| silence.start), next.map(hour), "after {column}");
            if let (Some(found), Some(next)) = (found, next) {
                let length = letters[next..].iter().take_while(|letter| **letter != '.').count();
                let is_cut = next + length == columns;
                assert!(is_cut || found.end == SilenceEnd::At(hour(next + length)), "{found:?}");
            }
        }
    }
}

#[test]
fn overlapping_windows_union() {
    assert_timeline(
        &registry_from_lines(&["..nnnn......", "....nnnn....", "..........n."]),
        "..nnnnnn..n.",
    );
    assert_timeline(
        &registry_from_lines(&["..nnnn......", "......nnnn..", "............"]),
        "..nnnnnnnn..",
    );
    assert_timeline(
        &registry_from_lines(&[".nnnnnnnnnn.", "...nn.......", "......nn.n.."]),
        ".nnnnnnnnnn.",
    );
    assert_timeline(
        &registry_from_lines(&["n.n.n.n.n.n.", ".n...n......", "............"]),
        "nnn.nnn.n.n.",
    );
    assert_timeline(&registry_from_lines(&["...........n"]), "...........n");
    assert_timeline(&registry_from_lines(&["............"]), "............");
}

#[test]
fn effect_strongest_wins() {
    assert_timeline(&registry_from_lines(&["..nnnnnn....", "....mm......"]), "..nnmmnn....");
    assert_timeline(&registry_from_lines(&["..nnnn......", "....mmmm...."]), "..nnmmmm....");
    assert_timeline(&registry_from_lines(&["..mm..nn....", "....nn..mm.."]), "..mmnnnnmm..");
    assert_timeline(
        &registry_from_lines(&[".mmmmmmmmmm.", "...nn...nnn.", ".nn........."]),
        ".mmmmmmmmmm.",
    );
}

/// A window on db-7; `change` sets further options.
fn over_db7(
    id: &str,
    schedule: impl Into<Schedule>,
    change: impl FnOnce(WindowBuilder) -> WindowBuilder,
) -> Window {
    let window = Window::builder(id).schedule(schedule).scope(Scope::entity("db-7"));
    change(window).build().unwrap()
}

fn registry(windows: impl IntoIterator<Item = Window>) -> Registry {
    let mut registry = Registry::new();
    for window in windows {
        registry.insert(window).unwrap();
    }
    registry
}

#[test]
fn union_of_every_schedule_kind() {
    let utc = chrono_tz::UTC;
    let daily = |clock: &str| Daily::new(clock.parse().unwrap(), utc);
    let fridays = Weekly::new([Weekday::Fri], "01:00-03:00".parse().unwrap(), utc).unwrap();
    let day = quietude::MonthDay::new(27).unwrap();
    let monthly = Monthly::new(day, "03:00-04:00".parse().unwrap(), utc);
    let periodic = Periodic::new(at("2026-01-01T05:00:00Z"), HOUR, 12 * HOUR).unwrap();
    let all = [
        over_db7("daily", daily("22:00-01:00"), |w| w),
        over_db7("fridays", fridays, |w| w.effect(Effect::Monitoring)),
        over_db7("monthly", monthly, |w| w),
        over_db7("periodic", periodic, |w| w),
        over_db7("disabled", daily("08:00-09:00"), WindowBuilder::disable),
    ];
    // Thursday, then Friday the 27th.
    assert_timeline(&registry(all), "n....n...........n....nnnmmn.n...........n....nn");
}

#[test]
fn validity_and_closing_clip_silences() {
    let daily = || Daily::new("02:00-06:00".parse().unwrap(), chrono_tz::UTC);
    let valid = |from: Option<usize>, until: Option<usize>| {
        let validity = Validity::new(from.map(hour), until.map(hour));
        registry([over_db7("w", daily(), |w| w.validity(validity))])
    };
    assert_timeline(&valid(None, None), "..nnnn....................nnnn..");
    assert_timeline(&valid(Some(4), None), "....nn....................nnnn..");
    assert_timeline(&valid(Some(8), None), "..........................nnnn..");
    assert_timeline(&valid(None, Some(27)), "..nnnn....................n.....");
    assert_timeline(&valid(Some(3), Some(5)), "...nn...........................");
    let closed = |column| registry([over_db7("w", daily(), |w| w.closed_at(hour(column)))]);
    assert_timeline(&closed(4), "..nn............................");
    assert_timeline(&closed(10), "..nnnn..........................");
    assert_timeline(&closed(0), "................................");
}

#[test]
fn entity_state_is_minimum() {
    let once = |from, to| Once::new(hour(from), hour(to)).unwrap();
    let windows = [
        over_db7("a", once(1, 4), |w| w.state_during(EntityState::new(300))),
        over_db7("b", once(2, 5), |w| w.state_during(EntityState::new(100))),
        over_db7("c", once(3, 6), |w| w.state_during(EntityState::new(200))),
        over_db7("d", once(0, 8), |w| w),
    ];
    let silencer = Silencer::new(&registry(windows)).unwrap();
    let states: Vec<_> = (0..9)
        .map(|column| {
            silencer.entity_state(Subject::entity("db-7"), hour(column)).map(EntityState::number)
        })
        .collect();
    let [none, a, b, c] = [None, Some(300), Some(100), Some(200)];
    assert_eq!(states, [none, a, b, b, b, c, none, none, none]);
}

#[test]
fn silenced_until_endless_and_alternating() {
    let db = Subject::entity("db-7");
    let always = Daily::new("00:00-24:00".parse().unwrap(), chrono_tz::UTC);
    let silencer = Silencer::new(&registry([over_db7("w", always, |w| w)])).unwrap();
    assert_eq!(silencer.silenced_until(db, hour(0)), Some(SilenceEnd::Never));
    assert_eq!(silencer.next_silence(db, hour(0)), NextSilence::Never);
    assert_eq!(silencer.silenced_until(db, Timestamp::MAX), Some(SilenceEnd::Never));

    // Two windows alternate every millisecond.
    let alternating = |until: Option<&str>| {
        let later = Timestamp::from_millis(hour(0).as_millis() + 1).unwrap();
        let windows = [("tick", hour(0)), ("tock", later)].map(|(id, start)| {
            let validity = Validity::new(None, until.map(at));
            over_db7(id, Periodic::new(start, 1, 2).unwrap(), |w| w.validity(validity))
        });
        Silencer::new(&registry(windows)).unwrap()
    };
    assert_eq!(alternating(None).silenced_until(db, hour(0)), Some(SilenceEnd::Never));
    assert_eq!(alternating(None).next_silence(db, hour(0)), NextSilence::Never);
    let minute = alternating(Some("2026-11-26T00:01:00Z")).silenced_until(db, hour(0));
    assert_eq!(minute, Some(SilenceEnd::At(at("2026-11-26T00:01:00Z"))));
    // Until the year 9000 there are too many steps to find the end.
    let silencer = alternating(Some("9000-01-01T00:00:00Z"));
    let Some(SilenceEnd::AtLeast(known)) = silencer.silenced_until(db, hour(0)) else {
        panic!("the end was found");
    };
    // A thousand seconds are a million steps; the entity is silenced up to the known bound.
    assert!(known.as_millis() - hour(0).as_millis() > 1_000_000, "{known}");
    assert!(silencer.is_silenced(db, Timestamp::from_millis(known.as_millis() - 1).unwrap()));
    assert_eq!(silencer.next_silence(db, hour(0)), NextSilence::NotBefore(known));
}

#[test]
fn explain_text_of_every_window() {
    let daily = |clock: &str| Daily::new(clock.parse().unwrap(), chrono_tz::UTC);
    let topology = Topology::builder()
        .add_member("prod", "rack-1")
        .add_child("rack-1", "db-7")
        .add_child("rack-1", "db-8")
        .build()
        .unwrap();
    let window = |id: &str, clock: &str, scope: Scope| {
        Window::builder(id).schedule(daily(clock)).scope(scope).build().unwrap()
    };
    let backup = Scope::alert_type("BACKUP").and(Scope::group("prod"));
    let registry = registry([
        window("on-it", "21:00-23:00", Scope::entity("db-7")),
        window("above-it", "20:00-22:00", Scope::group("prod")),
        window("not-now", "04:00-05:00", Scope::entity("db-7")),
        window("for-backups", "00:00-24:00", backup),
        window("but-not-it", "21:00-22:00", Scope::group("prod").and(!Scope::entity("db-7"))),
        window("elsewhere", "21:00-22:00", Scope::entity("db-9")),
        over_db7("over", Once::new(hour(0), hour(1)).unwrap(), |w| w),
        over_db7("coming", Once::new(hour(40), hour(41)).unwrap(), |w| w),
        over_db7("off", daily("21:00-22:00"), WindowBuilder::disable),
        over_db7("closed", daily("21:00-22:00"), |w| w.closed_at(hour(2))),
    ]);
    let silencer = Silencer::builder().topology(topology).build(&registry).unwrap();
    let db = Subject::entity("db-7");
    let text = silencer.explain(db, at("2026-11-26T21:15:00Z")).to_string();
    let expected = "\
db-7 is silenced (notifications) at 2026-11-26T21:15:00Z until 2026-11-26T23:00:00Z
  on-it: silences it; occurs 2026-11-26T21:00:00Z/2026-11-26T23:00:00Z; last ended 2026-11-25T23:00:00Z; next begins 2026-11-27T21:00:00Z
  above-it: silences it through rack-1; occurs 2026-11-26T20:00:00Z/2026-11-26T22:00:00Z; last ended 2026-11-25T22:00:00Z; next begins 2026-11-27T20:00:00Z
  not-now: covers it, and is idle; last ended 2026-11-26T05:00:00Z; next begins 2026-11-27T04:00:00Z
  for-backups: covers it for alert type BACKUP; occurs 2026-11-26T00:00:00Z/2026-11-27T00:00:00Z; last ended 2026-11-26T00:00:00Z; next begins 2026-11-27T00:00:00Z
  but-not-it: does not cover it: all[1].not.entity: the entity must not be \"db-7\"; it is \"db-7\", \"rack-1\"; occurs 2026-11-26T21:00:00Z/2026-11-26T22:00:00Z; last ended 2026-11-25T22:00:00Z; next begins 2026-11-27T21:00:00Z
  over: covers it, and is expired; last ended 2026-11-26T01:00:00Z
  coming: covers it, and is pending; next begins 2026-11-27T16:00:00Z
  off: covers it, and is disabled
  closed: covers it, and is closed; last ended 2026-11-25T22:00:00Z
";
    assert_eq!(text, expected);
}
