//! What was found once stays mended.

use std::{fs, path::Path};

use rookery_fuzz::TARGETS;

/// Ends of an input that is longer than this are cut off in longer steps.
const CUTS: usize = 64;

#[test]
fn corpus_holds_what_must_hold() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in TARGETS {
        let mut seeds = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let input = fs::read(&path).unwrap();
            // Printed with a failure: which input it was.
            println!("{}", path.display());
            target(&input);
            for end in (0..input.len()).step_by(1 + input.len() / CUTS) {
                target(&input[..end]);
            }
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no corpus");
    }
}
