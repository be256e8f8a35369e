//! The newest state of each alert, until Alertmanager has it.
//!
//! An alert is known by its labels. A newer state of an alert that waits takes the place of
//! the older one, as it would in Alertmanager. So an Alertmanager that is away for long costs
//! memory for the alerts that there are, and not for how often they were sent. What is
//! accepted is never dropped; what does not fit is not accepted.

use std::borrow::Cow;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::Notify;

/// What an entry takes beside its text, in bytes, roughly.
const OVERHEAD: usize = 160;

/// The identity of an alert: 128 bits of a keyed hash of its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u64, u64);

/// Makes keys. Keys of two makers have nothing in common.
#[derive(Clone, Debug, Default)]
pub struct Keys(RandomState, RandomState);

impl Keys {
    /// The key of some labels, in any order.
    ///
    /// ```
    /// use quietude_alertmanager::queue::Keys;
    ///
    /// let keys = Keys::default();
    /// let key = |labels: [(&'static str, &'static str); 2]| {
    ///     keys.of(&labels.map(|(name, value)| (name.into(), value.into())))
    /// };
    /// assert_eq!(key([("a", "1"), ("b", "2")]), key([("b", "2"), ("a", "1")]));
    /// assert_ne!(key([("a", "1"), ("b", "2")]), key([("a", "2"), ("b", "1")]));
    /// ```
    #[must_use]
    pub fn of(&self, labels: &[(Cow<'_, str>, Cow<'_, str>)]) -> Key {
        let mut labels: Vec<&(Cow<'_, str>, Cow<'_, str>)> = labels.iter().collect();
        labels.sort_unstable();
        let (mut one, mut two) = (self.0.build_hasher(), self.1.build_hasher());
        labels.hash(&mut one);
        labels.hash(&mut two);
        Key(one.finish(), two.finish())
    }
}

/// An alert that waits.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its identity.
    pub key: Key,
    /// Its text.
    pub text: Bytes,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.text.len() + OVERHEAD
    }
}

/// Alerts on their way, with their places.
#[derive(Debug)]
pub struct Batch(Vec<(u64, Entry)>);

impl Batch {
    /// The alerts.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.0.iter().map(|(_, entry)| entry)
    }

    /// The number of alerts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The second half, which is taken away.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.0.split_off(self.0.len() / 2))
    }
}

/// Alerts that wait, in the order in which they came.
#[derive(Debug)]
pub struct Queue {
    max_bytes: usize,
    inner: Mutex<Inner>,
    items: Notify,
    space: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    order: BTreeMap<u64, Entry>,
    places: HashMap<Key, u64>,
    /// Of all that wait and all on their way.
    bytes: usize,
    on_their_way: usize,
    replaced: u64,
}

impl Queue {
    /// An empty queue for alerts of that many bytes, including those on their way.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, inner: Mutex::default(), items: Notify::new(), space: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Adds all alerts, or none if they do not fit. Returns whether they are in.
    #[must_use]
    pub fn push(&self, entries: &[Entry]) -> bool {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let held = |entry: &Entry| {
            let place = inner.places.get(&entry.key)?;
            inner.order.get(place).map(Entry::bytes)
        };
        // Of an alert that comes several times the last state stays.
        let last: HashMap<Key, &Entry> = entries.iter().map(|entry| (entry.key, entry)).collect();
        let more: usize = last.values().map(|entry| entry.bytes()).sum();
        let less: usize = last.values().filter_map(|entry| held(entry)).sum();
        if inner.bytes + more > self.max_bytes + less {
            return false;
        }
        for entry in entries {
            let place = *inner.places.entry(entry.key).or_insert_with(|| {
                inner.next += 1;
                inner.next
            });
            inner.bytes += entry.bytes();
            if let Some(before) = inner.order.insert(place, entry.clone()) {
                inner.bytes -= before.bytes();
                inner.replaced += 1;
            }
        }
        self.items.notify_one();
        true
    }

    /// Waits until there may be space.
    pub async fn space(&self) {
        self.space.notified().await;
    }

    /// Takes the alerts that came first, up to that many, and about that many bytes. Waits
    /// while there are none.
    pub async fn take(&self, max_alerts: usize, max_bytes: usize) -> Batch {
        loop {
            let batch = self.take_now(max_alerts, max_bytes);
            if !batch.is_empty() {
                return batch;
            }
            self.items.notified().await;
        }
    }

    fn take_now(&self, max_alerts: usize, max_bytes: usize) -> Batch {
        let mut inner = self.lock();
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < max_alerts && bytes < max_bytes {
            let Some((place, entry)) = inner.order.pop_first() else { break };
            inner.places.remove(&entry.key);
            bytes += entry.text.len();
            taken.push((place, entry));
        }
        inner.on_their_way += taken.len();
        Batch(taken)
    }

    /// The alerts were delivered or refused.
    pub fn done(&self, batch: &Batch) {
        let mut inner = self.lock();
        inner.bytes -= batch.entries().map(Entry::bytes).sum::<usize>();
        inner.on_their_way -= batch.len();
        drop(inner);
        self.space.notify_waiters();
    }

    /// The alerts were not delivered: they have their places again, unless a newer state of
    /// them waits.
    pub fn restore(&self, batch: Batch) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.on_their_way -= batch.len();
        for (place, entry) in batch.0 {
            match inner.places.entry(entry.key) {
                Occupied(_) => {
                    inner.bytes -= entry.bytes();
                    inner.replaced += 1;
                }
                Vacant(free) => {
                    free.insert(place);
                    inner.order.insert(place, entry);
                }
            }
        }
        drop(guard);
        self.items.notify_one();
        self.space.notify_waiters();
    }

    /// The number of alerts that wait or are on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        let inner = self.lock();
        inner.order.len() + inner.on_their_way
    }

    /// Whether all alerts were delivered or refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of these alerts, and how many states were replaced by newer ones.
    #[must_use]
    pub fn usage(&self) -> (usize, u64) {
        let inner = self.lock();
        (inner.bytes, inner.replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(keys: &Keys, id: &str, text: &'static str) -> Entry {
        let key = keys.of(&[("a".into(), id.to_owned().into())]);
        Entry { key, text: Bytes::from_static(text.as_bytes()) }
    }

    fn texts(batch: &Batch) -> Vec<&[u8]> {
        batch.entries().map(|entry| &*entry.text).collect()
    }

    #[test]
    fn push_newer_state_takes_the_place() {
        let (queue, keys) = (Queue::new(10_000), Keys::default());
        assert!(queue.push(&[entry(&keys, "1", "a"), entry(&keys, "2", "b")]));
        assert!(queue.push(&[entry(&keys, "1", "cc")]));
        assert_eq!((queue.len(), queue.usage()), (2, (3 + 2 * OVERHEAD, 1)));
        let batch = queue.take_now(10, 100);
        assert_eq!(texts(&batch), [b"cc".as_slice(), b"b"]);
        assert!(queue.push(&[entry(&keys, "2", "d")]));
        queue.restore(batch);
        assert_eq!((queue.len(), queue.usage()), (2, (3 + 2 * OVERHEAD, 2)));
        let batch = queue.take_now(10, 100);
        assert_eq!(texts(&batch), [b"cc".as_slice(), b"d"]);
        queue.done(&batch);
        assert_eq!((queue.is_empty(), queue.usage().0), (true, 0));
    }

    #[test]
    fn push_beyond_the_limit_changes_nothing() {
        let (queue, keys) = (Queue::new(2 * OVERHEAD + 10), Keys::default());
        assert!(queue.push(&[entry(&keys, "1", "aaaaa"), entry(&keys, "2", "bbbbb")]));
        assert!(!queue.push(&[entry(&keys, "1", "a"), entry(&keys, "3", "c")]));
        let mut batch = queue.take_now(10, 100);
        assert!(!queue.push(&[entry(&keys, "1", "a")]), "what is on its way counts");
        let second = batch.split();
        assert_eq!(
            (texts(&batch), texts(&second)),
            (vec![b"aaaaa".as_slice()], vec![b"bbbbb".as_slice()])
        );
        queue.done(&batch);
        assert!(queue.push(&[entry(&keys, "3", "c")]));
        queue.restore(second);
        assert_eq!(texts(&queue.take_now(1, 100)), [b"bbbbb".as_slice()]);
    }

    #[test]
    fn push_of_one_alert_many_times_does_not_pass_the_limit() {
        let (queue, keys) = (Queue::new(4 * OVERHEAD), Keys::default());
        assert!(queue.push(&[entry(&keys, "1", "a long text that waits")]));
        let mut entries = vec![entry(&keys, "1", "a"); 20];
        entries.extend(["2", "3", "4"].map(|id| entry(&keys, id, "a")));
        assert!(!queue.push(&entries), "four alerts are longer than the limit");
        entries.pop();
        assert!(queue.push(&entries));
        assert_eq!(queue.usage().0, 3 * (OVERHEAD + 1));
    }

    #[test]
    fn take_stops_at_the_number_and_the_bytes() {
        let (queue, keys) = (Queue::new(10_000), Keys::default());
        let ids = ["1", "2", "3", "4", "5"];
        assert!(queue.push(&ids.map(|id| entry(&keys, id, "xxxx"))));
        assert_eq!(queue.take_now(2, 100).len(), 2);
        assert_eq!(queue.take_now(9, 5).len(), 2);
        assert_eq!(queue.take_now(9, 5).len(), 1);
    }
}
