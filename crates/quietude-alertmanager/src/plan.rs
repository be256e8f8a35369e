//! From the silences that there should be and those that Alertmanager has to a list of
//! actions. A pure function.
//!
//! A silence that Alertmanager has is *kept* if it mutes the same alerts over the same rest of
//! time. Otherwise it is paired with a wanted silence, if there is one that begins at the same
//! time: that of the same window and matchers, or of the same matchers, or of the same window.
//! Alertmanager replaces the one by the other in one step, so that no alert gets through
//! between them. What has no partner is expired or created.
//!
//! What mutes wrongly comes first: after each action of a plan, no alert is muted that was not
//! muted before the plan and that the document does not mute. Of equal silences the one with
//! the least id is kept, so that two bridges agree.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use quietude::Timestamp;

use crate::clock;
use crate::silence::{Held, MatcherList, Silence, State};

/// A silence that begins within this time may mute before a plan ends.
const SOON_MS: i64 = 15_000;

/// How a silence changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It ends later, and nothing else differs.
    Extend,
    /// It ends earlier, and nothing else differs.
    Shorten,
    /// Its matchers, its window, its comment or its start differ.
    Replace,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new silence.
    Create(Silence),
    /// Another end, or other matchers, for a silence that Alertmanager has.
    Change {
        /// Alertmanager's id.
        id: String,
        /// What changes.
        change: Change,
        /// Whether the silence mutes now.
        state: State,
        /// What it becomes.
        silence: Silence,
    },
    /// The end of a silence now.
    Expire(Held),
}

impl Action {
    /// The name of the kind: `create`, `extend`, `shorten`, `replace` or `expire`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Change { change: Change::Extend, .. } => "extend",
            Self::Change { change: Change::Shorten, .. } => "shorten",
            Self::Change { change: Change::Replace, .. } => "replace",
            Self::Expire(_) => "expire",
        }
    }

    /// The silence that is created, that results, or that ends.
    #[must_use]
    pub fn silence(&self) -> &Silence {
        match self {
            Self::Create(silence) | Self::Change { silence, .. } => silence,
            Self::Expire(held) => &held.silence,
        }
    }

    /// Whether it ends or changes what mutes now, or soon: before such actions are done no
    /// others begin.
    #[must_use]
    pub fn is_urgent(&self, now: Timestamp) -> bool {
        let is_soon = |state: State, starts: Timestamp| {
            state == State::Active || starts <= clock::after(now, SOON_MS)
        };
        match self {
            Self::Create(_) => false,
            // A silence that does not mute yet keeps its start.
            Self::Change { state, silence, .. } => is_soon(*state, silence.starts),
            Self::Expire(held) => is_soon(held.state, held.silence.starts),
        }
    }

    /// The place in a plan: what mutes wrongly first, then what should mute now, then what
    /// begins soonest.
    fn rank(&self, now: Timestamp) -> (u8, Timestamp) {
        let of_start = |starts: Timestamp| if starts <= now { 2 } else { 4 };
        match self {
            Self::Expire(held) if self.is_urgent(now) => (0, held.silence.starts),
            Self::Change { silence, .. } if self.is_urgent(now) => (1, silence.starts),
            Self::Expire(held) => (3, held.silence.starts),
            Self::Change { silence, .. } => (3, silence.starts),
            Self::Create(silence) => (of_start(silence.starts), silence.starts),
        }
    }
}

impl fmt::Display for Action {
    /// A line for people: `create  window nightly: team="db" from .. to ..`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silence = self.silence();
        write!(f, "{:8} window {:?}: {{", self.name(), silence.window)?;
        for (index, matcher) in silence.matchers.iter().enumerate() {
            let operator = match (matcher.is_regex, matcher.is_equal) {
                (false, true) => "=",
                (false, false) => "!=",
                (true, true) => "=~",
                (true, false) => "!~",
            };
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}{operator}{:?}", matcher.name, matcher.value)?;
        }
        write!(f, "}} from {} to {}", silence.starts, silence.last)?;
        match self {
            Self::Create(_) => Ok(()),
            Self::Change { id, .. } => write!(f, ", id {id}"),
            Self::Expire(held) => write!(f, ", id {}", held.id),
        }
    }
}

/// When a silence begins: now or before, or at an instant to come.
type Slot = Option<Timestamp>;

fn slot(starts: Timestamp, now: Timestamp) -> Slot {
    (starts > now).then_some(starts)
}

/// Wanted silences that have no partner yet, by some property, and the order in which they are
/// taken.
struct Open<K>(HashMap<K, Vec<usize>>);

impl<K: Hash + Eq> Open<K> {
    fn new(wanted: &[Silence], is_taken: &[bool], key: impl Fn(&Silence) -> K) -> Self {
        let mut map: HashMap<K, Vec<usize>> = HashMap::new();
        for index in (0..wanted.len()).rev().filter(|index| !is_taken[*index]) {
            map.entry(key(&wanted[index])).or_default().push(index);
        }
        Self(map)
    }

    fn take(&mut self, key: &K) -> Option<usize> {
        self.0.get_mut(key)?.pop()
    }
}

/// The actions after which Alertmanager has the wanted silences and no others of this owner.
/// `now` is the time of Alertmanager's clock. Wanted silences that have ended are skipped.
///
/// O(n log n) in the silences. An empty plan means that nothing differs.
#[must_use]
pub fn plan(wanted: &[Silence], held: &[Held], now: Timestamp) -> Vec<Action> {
    let mut is_taken: Vec<bool> = wanted.iter().map(|silence| silence.last <= now).collect();
    let mut open: Vec<&Held> = held.iter().collect();
    open.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    // By the starts alone: near a start, the clocks of the two may differ a little.
    let slot_of = |held: &Held| slot(held.silence.starts, now);

    let mut same = Open::new(wanted, &is_taken, |silence| {
        let window = silence.window.clone();
        (window, silence.matchers.clone(), slot(silence.starts, now), silence.last)
    });
    open.retain(|held| {
        let Silence { window, matchers, last, .. } = &held.silence;
        let key = (window.clone(), matchers.clone(), slot_of(held), *last);
        let kept = same.take(&key);
        match kept {
            Some(index) if wanted[index].comment == held.silence.comment => {
                is_taken[index] = true;
                false
            }
            Some(index) => {
                same.0.entry(key).or_default().push(index);
                true
            }
            None => true,
        }
    });

    let mut actions = Vec::new();
    let mut pair = |held: &Held, index: usize, is_taken: &mut [bool]| {
        is_taken[index] = true;
        let wanted = &wanted[index];
        let mut silence = wanted.clone();
        if slot_of(held).is_none() {
            // Alertmanager changes the end of an active silence in place if its start stays.
            silence.starts = held.silence.starts;
        }
        let is_same =
            silence.matchers == held.silence.matchers && silence.comment == held.silence.comment;
        let change = match silence.last.cmp(&held.silence.last) {
            std::cmp::Ordering::Greater if is_same => Change::Extend,
            std::cmp::Ordering::Less if is_same => Change::Shorten,
            _ => Change::Replace,
        };
        actions.push(Action::Change { id: held.id.clone(), change, state: held.state, silence });
    };
    type Full = (Arc<str>, MatcherList, Slot);
    let full = |s: &Silence, slot: Slot| -> Full { (s.window.clone(), s.matchers.clone(), slot) };
    let matchers = |s: &Silence, slot: Slot| (s.matchers.clone(), slot);
    let window = |s: &Silence, slot: Slot| (s.window.clone(), slot);
    macro_rules! pass {
        ($key:expr) => {
            let mut free = Open::new(wanted, &is_taken, |s| $key(s, slot(s.starts, now)));
            open.retain(|held| match free.take(&$key(&held.silence, slot_of(held))) {
                Some(index) => {
                    pair(held, index, &mut is_taken);
                    false
                }
                None => true,
            });
        };
    }
    pass!(full);
    pass!(matchers);
    pass!(window);

    actions.extend(open.into_iter().cloned().map(Action::Expire));
    let missing = wanted.iter().zip(&is_taken).filter(|(_, is_taken)| !**is_taken);
    actions.extend(missing.map(|(silence, _)| Action::Create(silence.clone())));
    actions.sort_by_key(|action| action.rank(now));
    actions
}
