//! Measures the candidates of a table in turn, in one process. The result is the ratio of
//! each candidate to the first one in the same round.
//!
//! Time is the processor time of the thread, which other processes affect less than wall
//! time. Frequency and caches affect all candidates of a round alike, so ratios are more
//! stable than nanoseconds.

use std::collections::BTreeSet;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Command-line options.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) json: bool,
    pub(crate) quick: bool,
    /// A minimal run that only tests the assertions.
    pub(crate) test: bool,
    pub(crate) tables: BTreeSet<String>,
    pub(crate) sizes: BTreeSet<usize>,
}

impl Options {
    /// `test` is the default unless cargo passes `--bench`.
    pub(crate) fn parse(known: &[&str], test: bool) -> Self {
        let mut options = Self {
            json: false,
            quick: false,
            test,
            tables: BTreeSet::new(),
            sizes: BTreeSet::new(),
        };
        let usage = || {
            eprintln!("[--json] [--quick] [--test] [--table NAME].. [--n N]..");
            eprintln!("tables: {}", known.join(", "));
            std::process::exit(2)
        };
        let mut tests = test;
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--json" => options.json = true,
                "--quick" => options.quick = true,
                "--test" => options.test = true,
                "--bench" => tests = false,
                "--table" => match arguments.next() {
                    Some(name) if known.contains(&&*name) => {
                        options.tables.insert(name);
                    }
                    _ => usage(),
                },
                "--n" => match arguments.next().and_then(|n| n.replace('_', "").parse().ok()) {
                    Some(n) if n >= 10 => {
                        options.sizes.insert(n);
                    }
                    _ => usage(),
                },
                _ => usage(),
            }
        }
        options.test = tests || std::env::args().any(|argument| argument == "--test");
        options
    }

    pub(crate) fn wants(&self, table: &str) -> bool {
        self.tables.is_empty() || self.tables.contains(table)
    }

    /// The sizes on the command line, or the default sizes of the mode.
    pub(crate) fn sizes(&self, tiny: usize, quick: &[usize], full: &[usize]) -> Vec<usize> {
        if self.test {
            vec![tiny]
        } else if !self.sizes.is_empty() {
            self.sizes.iter().copied().collect()
        } else if self.quick {
            quick.to_vec()
        } else {
            full.to_vec()
        }
    }

    /// The number of distinct queries of a table.
    pub(crate) fn query_count(&self) -> usize {
        if self.test { 1 << 10 } else { 1 << 18 }
    }

    fn effort(&self) -> Effort {
        if self.test {
            Effort { pass: Duration::from_micros(20), rounds: 2, budget: Duration::ZERO }
        } else if self.quick {
            Effort {
                pass: Duration::from_micros(800),
                rounds: 9,
                budget: Duration::from_millis(700),
            }
        } else {
            Effort { pass: Duration::from_millis(2), rounds: 15, budget: Duration::from_secs(6) }
        }
    }
}

struct Effort {
    /// The target duration of one measurement.
    pass: Duration,
    rounds: usize,
    budget: Duration,
}

/// A candidate: one row of a table.
pub(crate) struct Candidate<'a> {
    name: String,
    /// Answers `count` queries from index `first` on; returns the number of positive
    /// answers.
    pass: Box<dyn FnMut(usize, usize) -> usize + 'a>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(
        name: impl Into<String>,
        pass: impl FnMut(usize, usize) -> usize + 'a,
    ) -> Self {
        Self { name: name.into(), pass: Box::new(pass) }
    }

    /// A candidate that answers one query at a time.
    pub(crate) fn single_queries<Q>(
        name: impl Into<String>,
        queries: &'a [Q],
        mut answer: impl FnMut(&Q) -> bool + 'a,
    ) -> Self {
        Self::new(name, move |first, count| {
            let batch = &queries[first..first + count];
            batch.iter().map(|q| usize::from(answer(std::hint::black_box(q)))).sum()
        })
    }
}

/// A row of a table.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) candidate: String,
    pub(crate) value: f64,
    pub(crate) x_floor: Option<f64>,
    /// The ratio to the best of the other crates.
    pub(crate) x_peer: Option<f64>,
}

/// Measures the candidates on `query_count` queries. Ratios are to the first candidate.
/// Candidates from index `peers` on are other crates.
pub(crate) fn race(
    options: &Options,
    query_count: usize,
    mut candidates: Vec<Candidate<'_>>,
    peers: Option<usize>,
) -> Vec<Line> {
    let effort = options.effort();
    let counts: Vec<usize> = candidates
        .iter_mut()
        .map(|candidate| {
            // The number of queries per measurement, found by doubling.
            let mut count = 1;
            loop {
                let took = time(|| (candidate.pass)(0, count));
                if took * 2 > effort.pass || count * 2 > query_count {
                    break count;
                }
                count *= 2;
            }
        })
        .collect();
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
    let started = ThreadTime::now();
    let mut round = 0;
    while round < effort.rounds || started.elapsed() < effort.budget {
        // Each round starts with another candidate, and each measurement uses other
        // queries.
        for turn in 0..candidates.len() {
            let at = (turn + round) % candidates.len();
            let count = counts[at];
            let places = query_count / count;
            let first = round * 7 % places * count;
            let warm = (round * 7 + 3) % places * count;
            (candidates[at].pass)(warm, count.div_ceil(2));
            let took = time(|| (candidates[at].pass)(first, count));
            samples[at].push(took.as_secs_f64() * 1e9 / count as f64);
        }
        round += 1;
    }
    let best_peer: Option<Vec<f64>> = peers.map(|peers| {
        let best =
            |round: usize| samples[peers..].iter().map(|s| s[round]).fold(f64::MAX, f64::min);
        // The best by median, not by a single round.
        let best_at = (peers..samples.len())
            .min_by(|a, b| median(samples[*a].clone()).total_cmp(&median(samples[*b].clone())));
        (0..round).map(|r| best_at.map_or_else(|| best(r), |at| samples[at][r])).collect()
    });
    candidates
        .iter()
        .zip(&samples)
        .map(|(candidate, sample)| {
            let against = |other: &[f64]| {
                median(sample.iter().zip(other).map(|(mine, theirs)| mine / theirs).collect())
            };
            Line {
                candidate: candidate.name.clone(),
                value: median(sample.clone()),
                x_floor: Some(against(&samples[0])),
                x_peer: best_peer.as_deref().map(against),
            }
        })
        .collect()
}

/// The processor time of this thread for `work`.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let started = ThreadTime::now();
    std::hint::black_box(work());
    started.elapsed()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => (values[len / 2 - 1] + values[len / 2]) / 2.0,
    }
}

/// The unit of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Ns,
    Bytes,
}

/// Prints a table.
pub(crate) fn report(options: &Options, table: &str, n: usize, unit: Unit, lines: &[Line]) {
    let unit = match unit {
        Unit::Ns => "ns",
        Unit::Bytes => "bytes",
    };
    if options.json {
        for line in lines {
            let Line { candidate, value, .. } = line;
            let x_floor = line.x_floor.map_or("null".into(), |x| format!("{x:.4}"));
            let x_peer = line.x_peer.map_or(String::new(), |x| format!(",\"x_peer\":{x:.4}"));
            println!(
                "{{\"table\":\"{table}\",\"n\":{n},\"candidate\":\"{candidate}\",\
                 \"{unit}\":{value:.2},\"x_floor\":{x_floor}{x_peer}}}"
            );
        }
        return;
    }
    let widest = lines.iter().map(|line| line.candidate.len()).max().unwrap_or(0).max(24);
    let peers = lines.iter().any(|line| line.x_peer.is_some());
    let peer_head = if peers { "    x peer" } else { "" };
    println!("\n{:<widest$}  {unit:>12}   x floor{peer_head}", format!("{table}, n = {n}"));
    for line in lines {
        let ratio = |x: Option<f64>| match x {
            None => "-".to_owned(),
            Some(x) if x < 0.1 => format!("{x:.4}"),
            Some(x) => format!("{x:.2}"),
        };
        let peer = if peers { format!("{:>10}", ratio(line.x_peer)) } else { String::new() };
        println!(
            "{:<widest$}  {:>12.1}  {:>8}{peer}",
            line.candidate,
            line.value,
            ratio(line.x_floor)
        );
    }
}
