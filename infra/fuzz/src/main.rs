//! libFuzzer's program for one target: `rookery-fuzz --target=NAME [libFuzzer's options]`.

#![no_main]
#![expect(
    clippy::expect_used,
    reason = "a program that was started wrongly says so and ends"
)]

use std::{env, sync::OnceLock};

use libfuzzer_sys::fuzz_target;
use rookery_fuzz::TARGETS;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

/// The target that the command line names; libFuzzer leaves options with two dashes alone.
fn target() -> fn(&[u8]) {
    let named = env::args().find_map(|arg| arg.strip_prefix("--target=").map(str::to_owned));
    let named = named.expect("--target=NAME is missing");
    let target = TARGETS.iter().find(|(name, _)| *name == named);
    target.expect("there is no target of this name").1
}

fuzz_target!(|input: &[u8]| TARGET.get_or_init(target)(input));
