//! Differences between payloads in the Fossil delta format
//! (<https://fossil-scm.org/home/doc/tip/www/delta_format.wiki>).
//!
//! A delta is the target's size, then commands that copy from the source or insert text, then the
//! target's checksum. Between texts it is a text itself, so that it can travel in JSON: what is
//! copied begins and ends where a character does.

use std::{collections::HashMap, iter::successors};

/// Bytes that two texts must have in common before that is looked at. Few, because in JSON what
/// changes is close to what else does; as many as a key holds.
const BLOCK: usize = 8;

/// Places in the source that are tried for one place in the target.
const CANDIDATES_MAX: usize = 16;

/// What a copy costs at least: two numbers, their ends, and the head of the insertion after it.
const COPY_COST: usize = 8;

const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

/// What turns `source` into `target`.
#[must_use]
pub fn delta(source: &[u8], target: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(target.len() / 2 + 16);
    number(&mut out, target.len());
    out.push(b'\n');
    let index = Index::of(source);
    // Everything before `done` is written.
    let (mut done, mut at) = (0, 0);
    while at + BLOCK <= target.len() {
        let Some(copy) = index.longest(target, done, at) else {
            at += 1;
            continue;
        };
        insert(&mut out, &target[done..copy.to]);
        number(&mut out, copy.bytes);
        out.push(b'@');
        number(&mut out, copy.from);
        out.push(b',');
        done = copy.to + copy.bytes;
        at = done;
    }
    insert(&mut out, &target[done..]);
    number(&mut out, checksum(target) as usize);
    out.push(b';');
    out
}

/// A part that source and target have in common.
struct Copy {
    from: usize,
    to: usize,
    bytes: usize,
}

/// Where each block of the source begins.
struct Index<'a> {
    source: &'a [u8],
    /// Block → the last place where it is, as a number of blocks.
    last: HashMap<u64, usize>,
    /// Number of a block → the number of the same one before it.
    earlier: Vec<Option<usize>>,
}

impl<'a> Index<'a> {
    fn of(source: &'a [u8]) -> Self {
        let blocks = source.chunks_exact(BLOCK);
        let mut last = HashMap::with_capacity(blocks.len());
        let earlier = blocks
            .enumerate()
            .map(|(number, block)| last.insert(key(block), number))
            .collect();
        Self {
            source,
            last,
            earlier,
        }
    }

    /// The longest common part around `at` that begins at `done` or later and is worth a copy.
    fn longest(&self, target: &[u8], done: usize, at: usize) -> Option<Copy> {
        let last = self.last.get(&key(&target[at..at + BLOCK])).copied();
        let places = successors(last, |number| self.earlier[*number]);
        let common = places.take(CANDIDATES_MAX).map(|number| {
            let from = number * BLOCK;
            let (past, written) = (&self.source[..from], &target[done..at]);
            let before = alike(past.iter().rev(), written.iter().rev());
            let after = alike(&self.source[from..], &target[at..]);
            let copy = Copy {
                from: from - before,
                to: at - before,
                bytes: before + after,
            };
            whole_characters(target, copy)
        });
        common
            .filter(|copy| copy.bytes > COPY_COST)
            .max_by_key(|copy| copy.bytes)
    }
}

fn key(block: &[u8]) -> u64 {
    block
        .iter()
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

fn alike<'a>(
    one: impl IntoIterator<Item = &'a u8>,
    other: impl IntoIterator<Item = &'a u8>,
) -> usize {
    one.into_iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Without the parts of characters at both ends.
fn whole_characters(target: &[u8], mut copy: Copy) -> Copy {
    let is_inside = |at: usize| target.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    while copy.bytes > 0 && is_inside(copy.to) {
        copy.from += 1;
        copy.to += 1;
        copy.bytes -= 1;
    }
    while copy.bytes > 0 && is_inside(copy.to + copy.bytes) {
        copy.bytes -= 1;
    }
    copy
}

fn insert(out: &mut Vec<u8>, text: &[u8]) {
    if !text.is_empty() {
        number(out, text.len());
        out.push(b':');
        out.extend_from_slice(text);
    }
}

fn number(out: &mut Vec<u8>, value: usize) {
    let digits = (usize::BITS - value.leading_zeros()).div_ceil(6).max(1);
    for digit in (0..digits).rev() {
        out.push(DIGITS[value >> (6 * digit) & 63]);
    }
}

/// The sum of all 32-bit words, the last one filled up with zeros.
fn checksum(text: &[u8]) -> u32 {
    text.chunks(4).fold(0_u32, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// Reads a delta as the format says.
#[cfg(test)]
pub(crate) fn apply(source: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut at = 0;
    let mut target = Vec::new();
    let (size, _) = read(delta, &mut at);
    loop {
        match read(delta, &mut at) {
            (bytes, b'@') => {
                let (from, _) = read(delta, &mut at);
                target.extend_from_slice(&source[from..from + bytes]);
            }
            (bytes, b':') => {
                target.extend_from_slice(&delta[at..at + bytes]);
                at += bytes;
            }
            (sum, _) => {
                assert_eq!((at, target.len()), (delta.len(), size));
                assert_eq!(checksum(&target) as usize, sum);
                return target;
            }
        }
    }
}

/// A number, and what ends it.
#[cfg(test)]
fn read(delta: &[u8], at: &mut usize) -> (usize, u8) {
    let mut value = 0;
    loop {
        let byte = delta[*at];
        *at += 1;
        match DIGITS.iter().position(|digit| *digit == byte) {
            Some(digit) => value = value << 6 | digit,
            None => return (value, byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_delta(source: &str, target: &str, expected: &str) {
        let delta = delta(source.as_bytes(), target.as_bytes());
        assert_eq!(apply(source.as_bytes(), &delta), target.as_bytes());
        assert_eq!(String::from_utf8(delta).unwrap(), expected);
    }

    #[test]
    fn numbers_and_checksums_are_the_formats() {
        let written = |value| {
            let mut out = Vec::new();
            number(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            [0, 9, 10, 36, 63, 64, 4095].map(written),
            ["0", "9", "A", "_", "~", "10", "~~"]
        );
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"\x01\x02\x03\x04\x05"), 0x0602_0304);
        assert_eq!(checksum(&[0xff; 8]), 0xffff_fffe);
    }

    #[test]
    fn what_is_alike_is_copied() {
        let source = r#"{"price":1000,"name":"a long name that stays"}"#;
        check_delta(source, source, "j\nj@0,3KlxnM;");
        check_delta(
            source,
            r#"{"price":1001,"name":"a long name that stays"}"#,
            "j\nC@0,1:1X@D,3LlxnM;",
        );
        check_delta("", "{}", "2\n2:{}1wVG00;");
    }

    #[test]
    fn characters_stay_whole() {
        // The first bytes of both characters are the same.
        let of = |letter: &str| format!("{{\"a long name\":\"{letter}\",\"and another\":1}}");
        for (source, target) in [("ä", "ö"), ("😀", "😁"), ("ä", "a"), ("日本", "日木")]
        {
            let (source, target) = (of(source), of(target));
            let delta = delta(source.as_bytes(), target.as_bytes());
            let text = String::from_utf8(delta).unwrap();
            assert!(text.len() < target.len(), "{text}");
            assert_eq!(apply(source.as_bytes(), text.as_bytes()), target.as_bytes());
        }
    }

    /// Texts that have much in common: made of few words.
    fn texts() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "\"price\":",
            "1000",
            "ä",
            "日本",
            "😀",
            ",",
            "a long word",
            "aaaaaaaa",
            "{",
            "}",
        ]);
        prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn delta_makes_the_target_and_is_a_text(source in texts(), target in texts()) {
            let delta = delta(source.as_bytes(), target.as_bytes());
            prop_assert_eq!(apply(source.as_bytes(), &delta), target.into_bytes());
            prop_assert!(String::from_utf8(delta).is_ok());
        }

        #[test]
        fn delta_of_bytes_makes_the_target(
            source in prop::collection::vec(0..4_u8, 0..200),
            target in prop::collection::vec(0..4_u8, 0..200),
        ) {
            prop_assert_eq!(apply(&source, &delta(&source, &target)), target);
        }
    }
}
