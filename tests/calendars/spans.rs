//! A zone as a list of spans of constant offset, and what each rule for changes of the clocks
//! makes of local times in it.

use quietude::calendar::{Dst, Fold, Gap};

/// Spans of constant offset: start, end, offset; ascending, without gaps.
pub(crate) struct Spans(pub(crate) Vec<(i64, i64, i64)>);

impl Spans {
    pub(crate) fn local(&self, t: i64) -> i64 {
        let span = self.0.iter().find(|(start, end, _)| *start <= t && t < *end);
        t + span.unwrap().2
    }

    /// The first instant at which the clock shows `reading` or a later time.
    pub(crate) fn first_at_least(&self, reading: i64) -> i64 {
        let found = self.0.iter().find_map(|(start, end, offset)| {
            let t = (reading - offset).max(*start);
            (t < *end).then_some(t)
        });
        found.unwrap()
    }

    /// The instants at which the clock shows `reading`.
    pub(crate) fn showing(&self, reading: i64) -> Vec<i64> {
        let all = self.0.iter().map(|(start, end, offset)| (reading - offset, *start, *end));
        all.filter(|(t, start, end)| start <= t && t < end).map(|(t, ..)| t).collect()
    }

    /// The first instant that shows `reading`; in a gap, `reading` with the offset before it.
    pub(crate) fn shifted(&self, reading: i64) -> i64 {
        if let Some(first) = self.showing(reading).first() {
            return *first;
        }
        let gap = self
            .0
            .windows(2)
            .find(|pair| pair[0].1 + pair[0].2 <= reading && reading < pair[1].0 + pair[1].2);
        reading - gap.unwrap()[0].2
    }

    /// The occurrences of a range of a date.
    pub(crate) fn resolve(&self, dst: Dst, from: i64, to: i64) -> Vec<(i64, i64)> {
        let one = |start: i64, end: i64| if start < end { vec![(start, end)] } else { Vec::new() };
        match dst {
            Dst::HighWater => one(self.first_at_least(from), self.first_at_least(to)),
            Dst::Shift => one(self.shifted(from), self.shifted(to)),
            Dst::Reading => {
                let mut found: Vec<(i64, i64)> = Vec::new();
                for (start, end, offset) in &self.0 {
                    let (from, to) = ((from - offset).max(*start), (to - offset).min(*end));
                    if from < to {
                        match found.last_mut() {
                            Some(last) if last.1 == from => last.1 = to,
                            _ => found.push((from, to)),
                        }
                    }
                }
                found
            }
        }
    }

    /// The starts of a rule or cron expression that begins at some local times.
    pub(crate) fn starts(
        &self,
        readings: impl Iterator<Item = i64>,
        fold: Fold,
        gap: Gap,
    ) -> Vec<i64> {
        let mut found = Vec::new();
        for reading in readings {
            let shown = self.showing(reading);
            match (shown.is_empty(), fold, gap) {
                (true, _, Gap::Shift) => found.push(self.shifted(reading)),
                (true, ..) => {}
                (_, Fold::Both, _) => found.extend(shown),
                // A local time that was passed by a fold before is not the first showing.
                _ if self.first_at_least(reading) == shown[0] => found.push(shown[0]),
                _ => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
