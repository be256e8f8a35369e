//! Each body on its corpus, and on bytes that look random.

use std::fs;
use std::path::Path;

/// How long the random inputs are.
const SIZES: [usize; 6] = [16, 64, 200, 500, 1200, 3000];

/// The inputs of a corpus, by name.
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

/// Runs a body on all of its corpus and on `count` random inputs. It must be
/// able to make use of each file of the first kind that is named `good-`, and
/// of so many of the others; some bodies can of all.
fn replay(target: &str, body: fn(&[u8]) -> bool, count: u64, used_at_least: u64) {
    let inputs = corpus(target);
    assert!(inputs.len() >= 3, "{target}: {} inputs", inputs.len());
    for (path, bytes) in inputs {
        println!("{path}");
        let is_used = body(&bytes);
        assert!(is_used || !path.contains("good-"), "{path} is of no use");
    }
    let mut used = 0;
    for seed in 0..count {
        println!("seed {seed}");
        let size = SIZES[seed as usize % SIZES.len()];
        used += u64::from(body(&quietude_fuzz::noise(seed << 32, size)));
    }
    assert!(used >= used_at_least, "{target}: {used} of {count} inputs are of use");
}

macro_rules! replayed {
    ($($target:ident: $count:literal, $used:literal;)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target), quietude_fuzz::$target, $count, $used);
        })*

        #[test]
        fn every_target_is_replayed() {
            let shells = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
            let mut targets: Vec<_> = fs::read_dir(shells)
                .expect("the shells")
                .map(|entry| entry.expect("a shell").path())
                .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
                .collect();
            targets.sort();
            assert_eq!(targets, [$(stringify!($target)),*]);
        }
    };
}

replayed! {
    changes: 500, 500;
    document: 500, 80;
    index: 500, 500;
    rule: 2000, 800;
    schedule: 2000, 2000;
    tzif: 2000, 2000;
    vendors: 2000, 900;
    zone: 2000, 2000;
}
