//! `Zone::from_tzif` rejects its input with an error, or makes a zone that agrees with the
//! file and obeys the laws of zones.

use quietude::{Daily, Interval, Schedule, Timestamp, Zone};

use crate::choices::Choices;
use crate::clock::{DAY, END, FIRST, LAST, SECOND, clamped};
use crate::generate;
use crate::laws;

/// Footers: some rules, and none.
const RULES: [&str; 6] = [
    "",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "IST-1GMT0,M10.5.0,M3.5.0/1",
    "XXX3EDT4,0/0,J365/23",
];

/// The bytes as a file, or a file generated from them.
pub fn tzif(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    if data.starts_with(b"TZif") {
        return match Zone::from_tzif("Fuzz/File", data) {
            Ok(zone) => {
                check(&zone, s);
                true
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                false
            }
        };
    }
    let made = TzifParts::new(s);
    let rule = s.pick(&RULES);
    let zone = match Zone::from_tzif("Fuzz/Made", &made.bytes(rule)) {
        Ok(zone) => zone,
        // A footer may contradict the last transition; any other error is wrong.
        Err(error) => {
            assert!(!rule.is_empty(), "{error}");
            return true;
        }
    };
    let last = made.transitions.last().map_or(i64::MIN, |(at, _)| *at);
    for (at, _) in &made.transitions {
        for t in [at - 1, *at, at + 1] {
            if (FIRST..=LAST).contains(&t) && (rule.is_empty() || t < last) {
                assert_eq!(zone.offset_ms(clamped(t)), made.offset(t), "at {t}");
            }
        }
    }
    check(&zone, s);
    true
}

/// Checks the laws of a zone, and of schedules in it.
fn check(zone: &Zone, s: &mut Choices<'_>) {
    let changes: Vec<_> = zone.transitions(Interval::ALWAYS).take(1000).collect();
    let mut before = zone.offset_ms(Timestamp::MIN);
    for pair in changes.windows(2) {
        assert!(pair[0].at < pair[1].at, "{pair:?}");
    }
    for change in &changes {
        let t = change.at.as_millis();
        assert_eq!(zone.offset_ms(clamped(t - 1)), before, "before {}", change.at);
        assert_eq!(zone.offset_ms(change.at), change.offset_after_ms, "at {}", change.at);
        assert_ne!(before, change.offset_after_ms, "nothing changes at {}", change.at);
        before = change.offset_after_ms;
    }
    for _ in 0..1 + s.below(4) {
        let base = match changes.len() {
            0 => s.within(FIRST, END),
            some => changes[s.below(some)].at.as_millis(),
        };
        let t = clamped(generate::near(s, base).clamp(FIRST, LAST));
        let from = s.within(0, DAY / 60_000 - 1);
        let length = s.within(1, DAY / 60_000 - 1);
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let clock = format!("{}-{}", clock(from), clock(from + length));
        let schedule = Schedule::from(Daily::new(clock.parse().expect("a range"), zone.clone()));
        laws::check(&schedule, t);
        laws::check_run(&schedule, t);
    }
}

/// A valid file of version 2.
struct TzifParts {
    /// Offset in seconds, and whether it is daylight saving time.
    types: Vec<(i32, bool)>,
    /// Transition times in milliseconds, ascending, and the type from then on.
    transitions: Vec<(i64, usize)>,
}

impl TzifParts {
    fn new(s: &mut Choices<'_>) -> Self {
        let types = s.few(4, |s| (s.within(-86_399, 86_399) as i32, s.once_in(3)));
        let mut at = s.within(FIRST - 10 * DAY, END) / SECOND;
        let transitions = s.some(12, |s| {
            at += match s.below(4) {
                0 => s.within(1, 10_000_000_000),
                1 => s.within(1, 100_000),
                _ => s.within(1_000_000, 30_000_000),
            };
            (at * SECOND, s.below(types.len()))
        });
        Self { types, transitions }
    }

    /// The offset at `t` in milliseconds, without a footer.
    fn offset(&self, t: i64) -> i64 {
        let after = self.transitions.iter().rev().find(|(at, _)| *at <= t);
        let (seconds, _) = self.types[after.map_or(0, |(_, number)| *number)];
        i64::from(seconds) * SECOND
    }

    fn bytes(&self, rule: &str) -> Vec<u8> {
        let header = |transitions: usize, types: usize, bytes: &mut Vec<u8>| {
            bytes.extend(b"TZif2");
            bytes.extend([0; 15]);
            // No indicators, no leap seconds; one name.
            let counts = [0, 0, 0, transitions as u32, types as u32, NAME.len() as u32];
            counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
        };
        let mut bytes = Vec::new();
        header(0, 1, &mut bytes);
        bytes.extend([0; 6]);
        bytes.extend(NAME);
        header(self.transitions.len(), self.types.len(), &mut bytes);
        self.transitions.iter().for_each(|(at, _)| bytes.extend((at / SECOND).to_be_bytes()));
        bytes.extend(self.transitions.iter().map(|(_, number)| *number as u8));
        for (seconds, is_dst) in &self.types {
            bytes.extend(seconds.to_be_bytes());
            bytes.extend([u8::from(*is_dst), 0]);
        }
        bytes.extend(NAME);
        bytes.extend(format!("\n{rule}\n").bytes());
        bytes
    }
}

/// The abbreviation of every type.
const NAME: &[u8] = b"ABC\0";
