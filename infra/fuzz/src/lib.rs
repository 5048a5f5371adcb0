//! What must hold of any bytes that a client sends.
//!
//! A target takes any input and panics where something does not hold. libFuzzer looks for such
//! inputs (`cargo xtask fuzz`); the corpus beside this crate, which holds an input for each kind of
//! thing that a client says and every input that was ever found, is run by `cargo test`.

#![expect(
    clippy::expect_used,
    reason = "a target reports what does not hold by panicking"
)]

mod targets {
    pub(crate) mod commands;
    pub(crate) mod frames;
    pub(crate) mod upgrade;
}

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. A folder of the same name in `corpus` holds its inputs.
pub const TARGETS: [Target; 4] = [
    ("json", targets::commands::json),
    ("protobuf", targets::commands::protobuf),
    ("frames", targets::frames::frames),
    ("upgrade", targets::upgrade::upgrade),
];
