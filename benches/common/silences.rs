//! Silences over labels, and alerts that are sets of labels. The same for the same seed; no
//! clock is read.
//!
//! An alert has the ten labels of [`LABELS`]. Values of a label are numbered, so that a
//! silence is a short list of tests on numbers.
//!
//! Shares of scopes, of all but 30 silences:
//!
//! | scope | share |
//! | --- | --- |
//! | alertname =, instance = | 58 % |
//! | instance = | 2 % |
//! | alertname =, namespace =, cluster = | 10 % |
//! | namespace =, alertname =, severity != | 8 % |
//! | alertname =~ "Kube.*", cluster =, instance = | 7 % |
//! | instance =~ one or two hosts by alternation, alertname = | 5 % |
//! | pod =~ "web-.*", namespace =, alertname = | 5 % |
//! | team =, instance =, alertname not one of three | 5 % |
//!
//! 20 are broad at every size: a region, a cluster prefix, a service prefix or a job prefix,
//! with a severity or a team. 10 have no key: their tests are `not`s.
//!
//! Time: 60 % are one-time and active now, 20 % ended within the last five days, 10 % begin
//! within the next five, 10 % are daily, weekly or monthly.
//!
//! Alerts: one in ten is about a host that no silence names; of the others, nine in ten are
//! about a tenth of the hosts. Some of those take labels from a silence that names their host
//! or their cluster: 12 %; below 3,000 silences, of which fewer name a host, 30 %; below 1,000
//! 50 %. All other labels are random. No alert is asked twice. Between 25 and 35 % are
//! silenced near now, at every size from 100 on; of the alerts within a year, below 1 %.

use std::collections::HashSet;
use std::sync::Arc;

use chrono_tz::Tz;
use quietude::{
    Effect, Matcher, Registry, Scope, Subject, Timestamp, Topology, TopologyBuilder, Window,
};

use super::testing::{DAY, MINUTE, SplitMix64};
use super::workload::{Kind, ScheduleSpec, YEAR, at, schedule_spec};

/// The labels of an alert, in the order of their names.
pub(crate) const LABELS: [&str; 10] = [
    "alertname",
    "cluster",
    "instance",
    "job",
    "namespace",
    "pod",
    "region",
    "service",
    "severity",
    "team",
];

pub(crate) const ALERTNAME: usize = 0;
pub(crate) const CLUSTER: usize = 1;
pub(crate) const INSTANCE: usize = 2;
pub(crate) const JOB: usize = 3;
pub(crate) const NAMESPACE: usize = 4;
pub(crate) const POD: usize = 5;
pub(crate) const REGION: usize = 6;
pub(crate) const SERVICE: usize = 7;
pub(crate) const SEVERITY: usize = 8;
pub(crate) const TEAM: usize = 9;

const REGIONS: [&str; 8] = [
    "eu-west-1",
    "eu-central-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-south-1",
    "ap-southeast-2",
    "sa-east-1",
];
const CLUSTERS: usize = 20;
const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];
const INFO: u32 = 2;
const TEAMS: usize = 40;
/// Racks and groups of a hundred hosts, racks of a row, groups of a fleet.
const RACKS: u32 = 5;
const GROUPS: u32 = 2;
const ROW: u32 = 10;
const FLEET: u32 = 10;
/// At every size.
const BROAD: usize = 20;
const WITHOUT_KEY: usize = 10;
/// Which ten hosts of each hundred are busy.
const BUSY: u32 = 3;

/// What a test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum On {
    /// An index into [`LABELS`].
    Label(usize),
    /// The entity itself, in the variant with a topology.
    Entity,
    /// Its rack.
    Rack,
    /// Its group.
    Group,
}

/// Which values a test accepts, as numbers of values.
#[derive(Clone, Debug)]
pub(crate) enum Accept {
    Equals(u32),
    OneOf(Vec<u32>),
    /// A regular expression that is an alternation of these values.
    Alternation(Vec<u32>),
    /// A regular expression: an index into [`PATTERNS`].
    Pattern(usize),
    Present,
}

/// The regular expressions that are no alternations.
pub(crate) const PATTERNS: [&str; 8] =
    ["Kube.*", "web-.*", "eu-.*", "us-.*", "ap-.*", "node.*", "svc-1.*", ".*-[02468]"];
const KUBE: usize = 0;
const WEB: usize = 1;

/// One test of a silence; all tests of a silence must hold.
#[derive(Clone, Debug)]
pub(crate) struct TestSpec {
    pub(crate) on: On,
    pub(crate) accept: Accept,
    pub(crate) negated: bool,
}

impl Accept {
    /// The values of an equality, a list or an alternation.
    pub(crate) fn numbers(&self) -> &[u32] {
        match self {
            Self::Equals(number) => std::slice::from_ref(number),
            Self::OneOf(numbers) | Self::Alternation(numbers) => numbers,
            Self::Pattern(_) | Self::Present => &[],
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SilenceSpec {
    pub(crate) id: usize,
    pub(crate) tests: Vec<TestSpec>,
    pub(crate) schedule: ScheduleSpec,
    pub(crate) effect: Effect,
}

/// Silences and what alerts are made of.
#[derive(Debug)]
pub(crate) struct Silences {
    pub(crate) specs: Vec<SilenceSpec>,
    /// The values of each label.
    values: [Vec<String>; 10],
    hosts: usize,
    clusters_of_hosts: Vec<u32>,
    /// The silences that name a host, and those that name a cluster.
    by_host: Vec<Vec<u32>>,
    by_cluster: Vec<Vec<u32>>,
    now: i64,
    with_topology: bool,
    pub(crate) seed: u64,
}

/// `n` silences over labels, without a topology. At least 30 are made.
pub(crate) fn silences(n: usize, seed: u64, now: i64) -> Silences {
    Silences::new(n, seed, now, false)
}

/// [`silences`] in a topology: the instance is also the entity of an alert, a child of a rack
/// and a member of a group. Half of the silences of one instance name the entity instead, one
/// in 400 of those its rack; one in five silences of a cluster names a group instead.
pub(crate) fn silences_of_entities(n: usize, seed: u64, now: i64) -> Silences {
    Silences::new(n, seed, now, true)
}

fn equals(label: usize, value: u32) -> TestSpec {
    on(On::Label(label), Accept::Equals(value))
}

fn on(on: On, accept: Accept) -> TestSpec {
    TestSpec { on, accept, negated: false }
}

fn not(test: TestSpec) -> TestSpec {
    TestSpec { negated: !test.negated, ..test }
}

impl Silences {
    fn new(n: usize, seed: u64, now: i64, with_topology: bool) -> Self {
        let mut rng = SplitMix64::new(seed);
        let hosts = (n / 10).max(100);
        let (values, clusters_of_hosts) = values(n, hosts, &mut rng);
        let mut made = Self {
            specs: Vec::with_capacity(n),
            values,
            hosts,
            clusters_of_hosts,
            by_host: vec![Vec::new(); hosts],
            by_cluster: vec![Vec::new(); CLUSTERS],
            now,
            with_topology,
            seed,
        };
        let count = n.max(BROAD + WITHOUT_KEY);
        // The special silences are spread over the others.
        let special: Vec<usize> =
            (0..BROAD + WITHOUT_KEY).map(|i| i * (count / (BROAD + WITHOUT_KEY))).collect();
        let (mut seen, mut seen_of_share) = (0, [0; 100]);
        for id in 0..count {
            let (tests, time) = match special.binary_search(&id) {
                Ok(index) if index % 3 == 0 => (made.without_key(index / 3, &mut rng), index * 7),
                Ok(index) => (made.broad(index - index / 3 - 1, &mut rng), index * 7),
                Err(_) => {
                    // Hosts take turns. Any ten hosts in a row have every share of scopes,
                    // and each share of scopes has every share of time.
                    let (host, turn) = (seen % hosts, seen / hosts);
                    let share = (host * 37 + turn * 10) % 100;
                    seen += 1;
                    seen_of_share[share] += 1;
                    let time = share * 61 + seen_of_share[share] * 37;
                    (made.tests(host as u32, share, &mut rng), time)
                }
            };
            for test in &tests {
                match (test.on, &test.accept) {
                    (On::Label(INSTANCE) | On::Entity, Accept::Equals(host)) => {
                        made.by_host[*host as usize].push(id as u32);
                    }
                    (On::Label(CLUSTER), Accept::Equals(cluster)) if tests.len() > 2 => {
                        made.by_cluster[*cluster as usize].push(id as u32);
                    }
                    _ => {}
                }
            }
            let schedule = made.schedule(time % 100, &mut rng);
            let effect = if rng.percent(20) { Effect::Monitoring } else { Effect::Notifications };
            made.specs.push(SilenceSpec { id, tests, schedule, effect });
        }
        made
    }

    /// The tests of an ordinary silence; `share` is from 0 to 99.
    fn tests(&self, host: u32, share: usize, rng: &mut SplitMix64) -> Vec<TestSpec> {
        let any = |label: usize, rng: &mut SplitMix64| rng.below(self.values[label].len() as u32);
        let alertname = any(ALERTNAME, rng);
        let instance = equals(INSTANCE, host);
        match share {
            0..58 => vec![equals(ALERTNAME, alertname), instance],
            58..60 => match (self.with_topology, rng.below(400)) {
                (true, 0) => vec![on(On::Rack, Accept::Equals(place(host).0))],
                (true, 1..200) => vec![on(On::Entity, Accept::Equals(host))],
                _ => vec![instance],
            },
            60..70 => {
                let place = if self.with_topology && rng.one_in(5) {
                    on(On::Group, Accept::Equals(place(host).1))
                } else {
                    equals(CLUSTER, any(CLUSTER, rng))
                };
                vec![equals(ALERTNAME, alertname), equals(NAMESPACE, any(NAMESPACE, rng)), place]
            }
            70..78 => vec![
                equals(NAMESPACE, any(NAMESPACE, rng)),
                equals(ALERTNAME, alertname),
                not(equals(SEVERITY, any(SEVERITY, rng))),
            ],
            78..85 => vec![
                on(On::Label(ALERTNAME), Accept::Pattern(KUBE)),
                equals(CLUSTER, self.clusters_of_hosts[host as usize]),
                instance,
            ],
            85..90 => {
                let mut hosts = vec![host];
                if rng.percent(50) {
                    hosts.push(rng.below(self.hosts as u32));
                }
                vec![
                    on(On::Label(INSTANCE), Accept::Alternation(hosts)),
                    equals(ALERTNAME, alertname),
                ]
            }
            90..95 => vec![
                on(On::Label(POD), Accept::Pattern(WEB)),
                equals(NAMESPACE, any(NAMESPACE, rng)),
                equals(ALERTNAME, alertname),
            ],
            _ => {
                let others = (0..3).map(|_| any(ALERTNAME, rng)).collect();
                vec![
                    equals(TEAM, any(TEAM, rng)),
                    instance,
                    not(on(On::Label(ALERTNAME), Accept::OneOf(others))),
                ]
            }
        }
    }

    /// Broad silences: each covers from 0.05 to 7 % of all alerts.
    fn broad(&self, index: usize, rng: &mut SplitMix64) -> Vec<TestSpec> {
        let pattern = |label, pattern| on(On::Label(label), Accept::Pattern(pattern));
        let team = equals(TEAM, rng.below(TEAMS as u32));
        let region = equals(REGION, rng.below(REGIONS.len() as u32));
        match index % 10 {
            0 if index == 0 => vec![pattern(CLUSTER, 2), equals(SEVERITY, INFO)],
            0 => vec![pattern(CLUSTER, 3), equals(SEVERITY, INFO), team],
            1 => vec![pattern(CLUSTER, 4), equals(SEVERITY, INFO), region],
            2 => vec![pattern(JOB, 5), region, equals(SEVERITY, 0), team],
            3 => vec![pattern(SERVICE, 6), region, team],
            4 => vec![pattern(SERVICE, 7), pattern(CLUSTER, 2), team],
            5 => vec![region, team],
            6 => vec![pattern(JOB, 5), pattern(CLUSTER, 3), equals(SEVERITY, INFO)],
            7 => vec![equals(SEVERITY, INFO), team],
            8 => vec![pattern(SERVICE, 6), equals(SEVERITY, INFO), region],
            _ => vec![pattern(CLUSTER, 2), not(equals(SEVERITY, INFO)), team],
        }
    }

    /// Silences of which every test is a `not`: they cover 2 % of all alerts, or none, as
    /// every alert has all labels.
    fn without_key(&self, index: usize, rng: &mut SplitMix64) -> Vec<TestSpec> {
        let list = |label: usize, numbers: Vec<u32>| on(On::Label(label), Accept::OneOf(numbers));
        let absent = |label: usize| not(on(On::Label(label), Accept::Present));
        let region = rng.below(REGIONS.len() as u32);
        let others = (0..REGIONS.len() as u32).filter(|other| *other != region).collect();
        match index % 5 {
            0 => vec![not(list(SEVERITY, vec![0, 1])), not(list(REGION, others))],
            1 | 2 => vec![absent(NAMESPACE), not(equals(SEVERITY, 0))],
            _ => vec![not(list(SEVERITY, vec![0, 1])), absent(TEAM)],
        }
    }

    fn schedule(&self, share: usize, rng: &mut SplitMix64) -> ScheduleSpec {
        let minutes = |low: i64, high: i64, rng: &mut SplitMix64| rng.between(low, high) * MINUTE;
        let days = 5 * DAY / MINUTE;
        match share {
            0..60 => ScheduleSpec::Once {
                start: self.now - minutes(2, days, rng),
                end: self.now + minutes(2, days, rng),
            },
            60..80 => {
                let end = self.now - minutes(2, days, rng);
                ScheduleSpec::Once { start: end - minutes(10, days, rng), end }
            }
            80..90 => {
                let start = self.now + minutes(2, days, rng);
                ScheduleSpec::Once { start, end: start + minutes(10, days, rng) }
            }
            _ => {
                let zone = rng.pick(&[Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York]);
                loop {
                    let schedule = schedule_spec(rng, zone);
                    if schedule.zone().is_some() {
                        return schedule;
                    }
                }
            }
        }
    }

    /// The value with a number.
    pub(crate) fn value(&self, label: usize, number: u32) -> &str {
        &self.values[label][number as usize]
    }

    /// More silences of the same kinds about the same hosts, with new ids.
    pub(crate) fn more(&self, count: usize, seed: u64) -> Vec<SilenceSpec> {
        let mut rng = SplitMix64::new(seed);
        let made = (0..count).map(|number| {
            let (host, share) = (rng.below(self.hosts as u32), rng.below(100));
            let tests = self.tests(host, share, &mut rng);
            let time = rng.below(100);
            let schedule = self.schedule(time, &mut rng);
            let id = self.specs.len() + number;
            SilenceSpec { id, tests, schedule, effect: Effect::Notifications }
        });
        made.collect()
    }

    /// The silence, but over since some time within the last five days.
    pub(crate) fn ended(&self, spec: &SilenceSpec) -> SilenceSpec {
        let mut rng = SplitMix64::new(spec.id as u64);
        SilenceSpec { schedule: self.schedule(60, &mut rng), ..spec.clone() }
    }

    /// The number of hosts that silences may name.
    pub(crate) fn host_count(&self) -> usize {
        self.hosts
    }

    pub(crate) fn has_topology(&self) -> bool {
        self.with_topology
    }

    pub(crate) fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        let patterns = Patterns::default();
        for spec in &self.specs {
            registry.insert(self.window_with(spec, &patterns)).expect("ids are unique");
        }
        registry
    }

    pub(crate) fn window(&self, spec: &SilenceSpec) -> Arc<Window> {
        self.window_with(spec, &Patterns::default())
    }

    fn window_with(&self, spec: &SilenceSpec, patterns: &Patterns) -> Arc<Window> {
        let scope = match &*spec.tests {
            [test] => self.scope(test, patterns),
            tests => Scope::all(tests.iter().map(|test| self.scope(test, patterns))),
        };
        Window::builder(format!("s-{:07}", spec.id))
            .schedule(spec.schedule.build())
            .scope(scope)
            .effect(spec.effect)
            .build()
            .expect("the workload is valid")
            .into()
    }

    fn scope(&self, test: &TestSpec, patterns: &Patterns) -> Scope {
        let scope = match test.on {
            On::Label(label) => Scope::attribute(self.matcher(label, &test.accept, patterns)),
            other => {
                let Accept::Equals(number) = test.accept else { panic!("it names one") };
                match other {
                    On::Entity => Scope::entity(self.value(INSTANCE, number)),
                    On::Rack => Scope::entity(rack(number)),
                    _ => Scope::group(group(number)),
                }
            }
        };
        if test.negated { !scope } else { scope }
    }

    fn matcher(&self, label: usize, accept: &Accept, patterns: &Patterns) -> Matcher {
        let name = LABELS[label];
        let texts = |numbers: &[u32]| -> Vec<String> {
            numbers.iter().map(|number| self.value(label, *number).to_owned()).collect()
        };
        match accept {
            Accept::Equals(number) => Matcher::equals(name, self.value(label, *number)),
            Accept::OneOf(numbers) => Matcher::one_of(name, texts(numbers)),
            Accept::Alternation(numbers) => {
                let escaped: Vec<String> =
                    texts(numbers).iter().map(|text| text.replace('.', "\\.")).collect();
                Matcher::matches(name, escaped.join("|")).expect("it is a pattern")
            }
            Accept::Pattern(pattern) => patterns.matcher(label, *pattern),
            Accept::Present => Matcher::present(name),
        }
    }

    /// The topology; empty in the variant without.
    pub(crate) fn topology(&self) -> Topology {
        let builder = Topology::builder();
        let builder = if self.with_topology { self.add_entities(builder) } else { builder };
        builder.build().expect("the workload is valid")
    }

    fn add_entities(&self, mut builder: TopologyBuilder) -> TopologyBuilder {
        for number in 0..self.hosts as u32 {
            let host = self.value(INSTANCE, number);
            let (in_rack, in_group) = place(number);
            builder = builder.add_child(rack(in_rack), host);
            builder = builder.add_member(group(in_group), host);
            if number % 100 < RACKS {
                let row = format!("row-{:04}", in_rack / ROW);
                builder = builder.add_child(row, rack(in_rack));
            }
            if number % 100 < GROUPS {
                let fleet = format!("fleet-{:04}", in_group / FLEET);
                builder = builder.add_subgroup(fleet, group(in_group));
            }
        }
        builder
    }

    /// Distinct alerts.
    pub(crate) fn alerts(&self, kind: Kind, count: usize, seed: u64) -> Alerts {
        let mut rng = SplitMix64::new(seed ^ self.seed);
        let mut hosts: Vec<u32> = (0..self.hosts as u32).collect();
        // The same hosts are busy in every list of alerts: in each hundred, ten in a row.
        hosts.sort_by_key(|host| (host / 10 % 10 != BUSY, *host));
        let busy = hosts.len() / 10;
        let taken = match self.specs.len() {
            0..1_000 => 50,
            1_000..3_000 => 30,
            _ => 12,
        };
        let mut known = HashSet::with_capacity(count);
        let mut alerts = Alerts::default();
        while alerts.spans.len() < count {
            let unknown = self.values[INSTANCE].len() - self.hosts;
            let host = if rng.percent(10) {
                (self.hosts + rng.below(unknown)) as u32
            } else {
                let among = if rng.percent(90) { busy } else { hosts.len() };
                hosts[rng.below(among)]
            };
            let mut values = self.random_alert(host, &mut rng);
            if (host as usize) < self.hosts && rng.percent(taken) {
                self.take_from_silence(&mut values, host, &mut rng);
            }
            if known.insert(values) {
                let reach = if kind == Kind::Random { YEAR } else { MINUTE };
                alerts.push(self, values, self.now + rng.between(-reach, reach));
            }
        }
        alerts
    }

    fn random_alert(&self, host: u32, rng: &mut SplitMix64) -> [u32; 10] {
        let mut values: [u32; 10] =
            std::array::from_fn(|label| rng.below(self.values[label].len() as u32));
        values[INSTANCE] = host;
        values[POD] = 3 * host + rng.below(3u32);
        values[CLUSTER] = self.clusters_of_hosts[host as usize];
        values[REGION] = values[CLUSTER] % REGIONS.len() as u32;
        // Half of the alerts are warnings.
        values[SEVERITY] = [0, 0, 0, 1, 1, 1, 1, 1, INFO, INFO][rng.below(10usize)];
        values
    }

    /// Takes the values that a silence of the host or of its cluster asks for.
    fn take_from_silence(&self, values: &mut [u32; 10], host: u32, rng: &mut SplitMix64) {
        let cluster = &self.by_cluster[values[CLUSTER] as usize];
        let mine = &self.by_host[host as usize];
        let by_host = !mine.is_empty() && (cluster.is_empty() || rng.percent(80));
        let from = if by_host { mine } else { cluster };
        if from.is_empty() {
            return;
        }
        let spec = &self.specs[*rng.choose(from) as usize];
        for test in &spec.tests {
            match (test.on, &test.accept, test.negated) {
                (On::Label(label), Accept::Equals(number), false) => values[label] = *number,
                // The first sixth of the names begins with Kube.
                (On::Label(ALERTNAME), Accept::Pattern(KUBE), false) => values[ALERTNAME] %= 50,
                _ => {}
            }
        }
        values[INSTANCE] = host;
        values[CLUSTER] = self.clusters_of_hosts[host as usize];
    }
}

/// The values of each label, and the cluster of each host. Of the instances, those after the
/// first `hosts` are named by no silence.
fn values(n: usize, hosts: usize, rng: &mut SplitMix64) -> ([Vec<String>; 10], Vec<u32>) {
    let all_hosts = hosts + hosts / 10 + 10;
    let roles: Vec<&str> =
        (0..all_hosts).map(|_| rng.pick(&["web", "web", "db", "api", "cache"])).collect();
    let clusters_of_hosts: Vec<u32> = (0..all_hosts).map(|_| rng.below(CLUSTERS as u32)).collect();
    let cluster =
        |number: usize| format!("{}-{}", REGIONS[number % REGIONS.len()], number / REGIONS.len());
    let numbered = |count: usize, text: &dyn Fn(usize) -> String| (0..count).map(text).collect();
    let names = ["High", "Low", "Slow", "Missing", "Failing"];
    let things = ["Latency", "Disk", "Memory", "Replica", "Backup", "Queue", "Probe"];
    let values = [
        numbered(300, &|i| {
            let thing = things[i % things.len()];
            match i {
                0..50 => format!("Kube{thing}{i}"),
                _ => format!("{}{thing}{i}", names[i % names.len()]),
            }
        }),
        numbered(CLUSTERS, &cluster),
        numbered(all_hosts, &|i| {
            let cluster = clusters_of_hosts[i] as usize;
            format!("{}-{i:06}.{}.internal:9100", roles[i], REGIONS[cluster % REGIONS.len()])
        }),
        numbered(30, &|i| {
            format!("{}-{i:02}", ["node", "kubelet", "postgres", "ingress", "app"][i % 5])
        }),
        numbered((n / 50).max(200), &|i| format!("ns-{i:05}")),
        numbered(3 * all_hosts, &|i| format!("{}-{:06}-{}", roles[i / 3], i / 3, i % 3)),
        numbered(REGIONS.len(), &|i| REGIONS[i].to_owned()),
        numbered(400, &|i| format!("svc-{i:03}")),
        numbered(SEVERITIES.len(), &|i| SEVERITIES[i].to_owned()),
        numbered(TEAMS, &|i| format!("team-{i:02}")),
    ];
    (values, clusters_of_hosts)
}

pub(crate) fn rack(number: u32) -> String {
    format!("rack-{number:05}")
}

pub(crate) fn group(number: u32) -> String {
    format!("group-{number:04}")
}

/// The number of the rack and of the group of a host. Hosts in a row are in different ones,
/// so that no rack has all the busy hosts.
pub(crate) fn place(host: u32) -> (u32, u32) {
    let hundred = host / 100;
    (hundred * RACKS + host % RACKS, hundred * GROUPS + host % GROUPS)
}

/// Patterns are compiled once and shared.
#[derive(Default)]
struct Patterns(std::cell::RefCell<std::collections::HashMap<(usize, usize), Matcher>>);

impl Patterns {
    fn matcher(&self, label: usize, pattern: usize) -> Matcher {
        let compile = || Matcher::matches(LABELS[label], PATTERNS[pattern]).expect("a pattern");
        self.0.borrow_mut().entry((label, pattern)).or_insert_with(compile).clone()
    }
}

/// Alerts. All values are in one string, as in a stream, so they are not in cache.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    text: String,
    /// The end of each value in the text.
    spans: Vec<([usize; 10], i64)>,
}

/// An alert: its labels, and the instant of the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alert<'a> {
    pub(crate) labels: [(&'a str, &'a str); 10],
    pub(crate) at: Timestamp,
}

impl Alerts {
    fn push(&mut self, silences: &Silences, values: [u32; 10], at: i64) {
        let ends = std::array::from_fn(|label| {
            self.text.push_str(silences.value(label, values[label]));
            self.text.len()
        });
        self.spans.push((ends, at));
    }

    pub(crate) fn views(&self) -> Vec<Alert<'_>> {
        let mut begin = 0;
        let view = |(ends, ms): &([usize; 10], i64)| {
            let labels = std::array::from_fn(|label| {
                let value = &self.text[begin..ends[label]];
                begin = ends[label];
                (LABELS[label], value)
            });
            Alert { labels, at: at(*ms) }
        };
        self.spans.iter().map(view).collect()
    }
}

impl Alert<'_> {
    /// The labels alone.
    #[inline]
    pub(crate) fn subject(&self) -> Subject<'_> {
        labels(&self.labels)
    }

    /// The instance as the entity, and the labels.
    #[inline]
    pub(crate) fn subject_with_entity(&self) -> Subject<'_> {
        Subject::entity(self.labels[INSTANCE].1).with_attributes(&self.labels)
    }
}

/// A subject that has labels, and no entity.
#[inline]
pub(crate) fn labels<'a>(labels: &'a [(&'a str, &'a str)]) -> Subject<'a> {
    Subject::labels(labels)
}
