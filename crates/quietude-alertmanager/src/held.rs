//! Silenced alerts that still fire, until their silence ends: then they are sent at once, and
//! not with the next repetition of Prometheus a minute later.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use quietude::Timestamp;

use crate::queue::Key;

/// What an entry takes beside its text, in bytes, roughly.
const OVERHEAD: usize = 200;

/// A silenced alert.
#[derive(Clone, Debug)]
pub struct HeldAlert {
    /// Its text, without marks.
    pub text: Bytes,
    /// When its silence ends, as far as that is known.
    pub until: Timestamp,
    /// When it does not fire any more unless it is sent again.
    pub expires: Timestamp,
}

impl HeldAlert {
    fn wakes(&self) -> Timestamp {
        self.until.min(self.expires)
    }

    fn bytes(&self) -> usize {
        self.text.len() + OVERHEAD
    }
}

/// Silenced alerts by the end of their silences.
#[derive(Debug)]
pub struct Held {
    max_bytes: usize,
    bytes: usize,
    alerts: HashMap<Key, HeldAlert>,
    order: BTreeSet<(Timestamp, Key)>,
}

impl Held {
    /// For alerts of that many bytes. What does not fit is not held: it is sent with the next
    /// repetition.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, bytes: 0, alerts: HashMap::new(), order: BTreeSet::new() }
    }

    /// Replaces what is held of an alert. Returns whether it is held, if it should be.
    pub fn set(&mut self, key: Key, alert: Option<HeldAlert>) -> bool {
        self.remove(key);
        let Some(alert) = alert else { return true };
        if self.bytes + alert.bytes() > self.max_bytes {
            return false;
        }
        self.bytes += alert.bytes();
        self.order.insert((alert.wakes(), key));
        self.alerts.insert(key, alert);
        true
    }

    fn remove(&mut self, key: Key) -> Option<HeldAlert> {
        let alert = self.alerts.remove(&key)?;
        self.bytes -= alert.bytes();
        self.order.remove(&(alert.wakes(), key));
        Some(alert)
    }

    /// Takes an alert whose silence has ended and that still fires. Those that do not fire any
    /// more are dropped.
    pub fn due(&mut self, now: Timestamp) -> Option<(Key, HeldAlert)> {
        loop {
            let &(wakes, key) = self.order.first()?;
            if wakes > now {
                return None;
            }
            let alert = self.remove(key)?;
            if alert.expires > now {
                return Some((key, alert));
            }
        }
    }

    /// The keys of all alerts.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.alerts.keys().copied().collect()
    }

    /// An alert.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&HeldAlert> {
        self.alerts.get(&key)
    }

    /// When the first alert is due or does not fire any more.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(wakes, _)| *wakes)
    }

    /// The number of alerts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Keys;

    #[test]
    fn due_in_the_order_of_the_ends_and_without_those_that_ended() {
        let keys = Keys::default();
        let key = |id: &'static str| keys.of(&[("a".into(), id.into())]);
        let at = |ms| Timestamp::from_millis(ms).unwrap();
        let alert = |until, expires| {
            Some(HeldAlert {
                text: Bytes::from_static(b"xx"),
                until: at(until),
                expires: at(expires),
            })
        };
        let mut held = Held::new(3 * (OVERHEAD + 2));
        assert!(held.set(key("1"), alert(200, 900)) && held.set(key("2"), alert(100, 900)));
        assert!(held.set(key("3"), alert(300, 50)));
        assert!(!held.set(key("4"), alert(10, 900)), "no memory");
        assert!(held.set(key("2"), alert(150, 900)), "replaced");
        assert_eq!((held.len(), held.next()), (3, Some(at(50))));
        assert!(held.due(at(149)).is_none());
        assert_eq!(held.len(), 2, "the third does not fire any more");
        assert_eq!(held.due(at(500)).unwrap().0, key("2"));
        assert_eq!(held.due(at(500)).unwrap().0, key("1"));
        assert!(held.due(at(500)).is_none() && held.is_empty() && held.bytes == 0);
        assert!(held.set(key("1"), alert(200, 900)) && held.set(key("1"), None) && held.is_empty());
    }
}
