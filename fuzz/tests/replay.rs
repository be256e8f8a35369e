//! Runs each body on its corpus, and on random bytes.

use std::fs;
use std::path::Path;

/// The sizes of the random inputs.
const SIZES: [usize; 6] = [16, 64, 200, 500, 1200, 3000];

/// The inputs of a corpus, sorted by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("a file of the corpus").path();
            let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path.display().to_string(), bytes)
        })
        .collect();
    inputs.sort();
    inputs
}

/// Runs a body on its corpus and on `count` random inputs. Files named `good-` must be
/// usable, and at least `used_at_least` of the random inputs.
fn replay(target: &str, body: fn(&[u8]) -> bool, count: u64, used_at_least: u64) {
    let inputs = corpus(target);
    assert!(inputs.len() >= 3, "{target}: {} inputs", inputs.len());
    for (path, bytes) in inputs {
        println!("{path}");
        let is_used = body(&bytes);
        assert!(is_used || !path.contains("good-"), "{path} is not usable");
    }
    let mut used = 0;
    for seed in 0..count {
        println!("seed {seed}");
        let size = SIZES[seed as usize % SIZES.len()];
        used += u64::from(body(&quietude_fuzz::random_bytes(seed << 32, size)));
    }
    assert!(used >= used_at_least, "{target}: {used} of {count} inputs are usable");
}

macro_rules! replayed {
    ($($target:ident: $count:literal, $used:literal;)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), quietude_fuzz::$target, $count, $used);
        })*

        #[test]
        fn every_target_is_replayed() {
            let targets_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
            let mut targets: Vec<_> = fs::read_dir(targets_dir)
                .expect("the targets_dir")
                .map(|entry| entry.expect("a target").path())
                .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
                .collect();
            targets.sort();
            assert_eq!(targets, [$(stringify!($target)),*]);
        }
    };
}

replayed! {
    alertmanager: 300, 100;
    changes: 500, 500;
    cron: 1500, 300;
    document: 500, 80;
    grafana: 1500, 500;
    icinga2: 1500, 300;
    ics: 1500, 500;
    index: 500, 500;
    matchers: 2000, 800;
    nagios: 1500, 300;
    rule: 2000, 800;
    schedule: 2000, 2000;
    tzif: 2000, 2000;
    vendors: 2000, 900;
    yaml: 1500, 300;
    zabbix: 1500, 300;
    zone: 2000, 2000;
}
