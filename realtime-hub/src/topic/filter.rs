//! What a subscriber wants to hear of a topic, by the tags of its publications.

use std::{cmp::Ordering, collections::HashMap};

use shared_proto::client::v1::FilterNode;

/// Conditions inside conditions.
const DEPTH_MAX: usize = 8;

/// Conditions altogether.
const NODES_MAX: usize = 64;

/// Texts to compare with, altogether, in bytes.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// A filter that makes no sense or asks for too much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter cannot be used")]
pub struct BadFilter;

/// A checked filter expression over tags.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Tag(Box<str>, Test),
}

/// What is asked of one tag, or of its absence.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Is(Box<str>),
    IsNot(Box<str>),
    OneOf(Box<[String]>),
    NoneOf(Box<[String]>),
    Exists,
    Missing,
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    /// Numbers in these relations to that one.
    Number(&'static [Ordering], Box<str>),
}

/// What may still be spent on a filter.
struct Budget {
    nodes: usize,
    text_bytes: usize,
}

impl Filter {
    /// Checks a filter that came from a client.
    ///
    /// # Errors
    /// [`BadFilter`].
    pub fn new(root: &FilterNode) -> Result<Self, BadFilter> {
        let mut budget = Budget {
            nodes: NODES_MAX,
            text_bytes: TEXT_BYTES_MAX,
        };
        Node::new(root, DEPTH_MAX, &mut budget).map(Self)
    }

    /// Whether a publication with these tags passes.
    #[must_use]
    pub fn passes(&self, tags: &HashMap<String, String>) -> bool {
        self.0.holds(tags)
    }
}

impl Budget {
    fn take(&mut self, node: &FilterNode) -> Result<(), BadFilter> {
        let texts = [&node.key, &node.val].into_iter().chain(&node.vals);
        let bytes: usize = texts.map(String::len).sum();
        self.nodes = self.nodes.checked_sub(1).ok_or(BadFilter)?;
        self.text_bytes = self.text_bytes.checked_sub(bytes).ok_or(BadFilter)?;
        Ok(())
    }
}

impl Node {
    fn new(node: &FilterNode, depth: usize, budget: &mut Budget) -> Result<Self, BadFilter> {
        budget.take(node)?;
        if node.op.is_empty() {
            return Self::leaf(node);
        }
        let depth = depth.checked_sub(1).ok_or(BadFilter)?;
        let inner = node.nodes.iter().map(|node| Self::new(node, depth, budget));
        let mut inner = inner.collect::<Result<Vec<_>, _>>()?;
        match (&*node.op, inner.len()) {
            ("and", 1..) => Ok(Self::All(inner)),
            ("or", 1..) => Ok(Self::Any(inner)),
            ("not", 1) => Ok(Self::Not(Box::new(inner.remove(0)))),
            _ => Err(BadFilter),
        }
    }

    fn leaf(node: &FilterNode) -> Result<Self, BadFilter> {
        let FilterNode {
            key,
            cmp,
            val,
            vals,
            nodes,
            ..
        } = node;
        let text = || val.as_str().into();
        let list = || vals.as_slice().into();
        let has = match &**cmp {
            "in" | "nin" => val.is_empty() && !vals.is_empty(),
            "ex" | "nex" => val.is_empty() && vals.is_empty(),
            "lt" | "lte" | "gt" | "gte" => Decimal::read(val).is_some() && vals.is_empty(),
            _ => !val.is_empty() && vals.is_empty(),
        };
        if !has || key.is_empty() || !nodes.is_empty() {
            return Err(BadFilter);
        }
        let test = match &**cmp {
            "eq" => Test::Is(text()),
            "neq" => Test::IsNot(text()),
            "in" => Test::OneOf(list()),
            "nin" => Test::NoneOf(list()),
            "ex" => Test::Exists,
            "nex" => Test::Missing,
            "sw" => Test::StartsWith(text()),
            "ew" => Test::EndsWith(text()),
            "ct" => Test::Contains(text()),
            "lt" => Test::Number(&[Ordering::Less], text()),
            "lte" => Test::Number(&[Ordering::Less, Ordering::Equal], text()),
            "gt" => Test::Number(&[Ordering::Greater], text()),
            "gte" => Test::Number(&[Ordering::Greater, Ordering::Equal], text()),
            _ => return Err(BadFilter),
        };
        Ok(Self::Tag(key.as_str().into(), test))
    }

    fn holds(&self, tags: &HashMap<String, String>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(tags)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(tags)),
            Self::Not(node) => !node.holds(tags),
            Self::Tag(key, test) => test.holds(tags.get(&**key).map(String::as_str)),
        }
    }
}

impl Test {
    fn holds(&self, tag: Option<&str>) -> bool {
        let has = |asked: &dyn Fn(&str) -> bool| tag.is_some_and(asked);
        match self {
            Self::Is(text) => has(&|tag| *tag == **text),
            Self::IsNot(text) => !has(&|tag| *tag == **text),
            Self::OneOf(list) => has(&|tag| list.iter().any(|text| text == tag)),
            Self::NoneOf(list) => !has(&|tag| list.iter().any(|text| text == tag)),
            Self::Exists => tag.is_some(),
            Self::Missing => tag.is_none(),
            Self::StartsWith(text) => has(&|tag| tag.starts_with(&**text)),
            Self::EndsWith(text) => has(&|tag| tag.ends_with(&**text)),
            Self::Contains(text) => has(&|tag| tag.contains(&**text)),
            Self::Number(relations, number) => has(&|tag| {
                let numbers = Decimal::read(tag).zip(Decimal::read(number));
                numbers.is_some_and(|(tag, number)| relations.contains(&tag.cmp(&number)))
            }),
        }
    }
}

/// A decimal number of any length: tags carry identifiers and amounts of money, which a binary
/// fraction would change.
#[derive(PartialEq, Eq)]
struct Decimal<'a> {
    negative: bool,
    /// Without zeros in front.
    whole: &'a str,
    /// Without zeros behind.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        let mut all = whole.bytes().chain(fraction.bytes());
        if whole.is_empty() || !all.all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !is_zero,
            whole,
            fraction,
        })
    }

    fn magnitude(&self) -> (usize, &str, &str) {
        (self.whole.len(), self.whole, self.fraction)
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude().cmp(&other.magnitude()),
            (true, true) => other.magnitude().cmp(&self.magnitude()),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filter(node: &serde_json::Value) -> Result<Filter, BadFilter> {
        Filter::new(&serde_json::from_value(node.clone()).unwrap())
    }

    #[track_caller]
    fn check(node: &serde_json::Value, passes: bool) {
        let tags = [("ticker", "AAPL"), ("price", "150.25"), ("empty", "")];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(filter(node).unwrap().passes(&tags.into()), passes, "{node}");
    }

    fn leaf(key: &str, cmp: &str, val: &str) -> serde_json::Value {
        json!({ "key": key, "cmp": cmp, "val": val })
    }

    #[test]
    fn tag_is_compared() {
        for (key, cmp, val, passes) in [
            ("ticker", "eq", "AAPL", true),
            ("ticker", "eq", "aapl", false),
            ("other", "eq", "AAPL", false),
            ("ticker", "neq", "AAPL", false),
            ("ticker", "neq", "MSFT", true),
            ("other", "neq", "AAPL", true),
            ("ticker", "sw", "AA", true),
            ("ticker", "sw", "AP", false),
            ("ticker", "ew", "PL", true),
            ("ticker", "ew", "AA", false),
            ("ticker", "ct", "AP", true),
            ("ticker", "ct", "PA", false),
            ("other", "ct", "A", false),
            ("price", "gt", "150.250", false),
            ("price", "gte", "150.250", true),
            ("price", "gt", "99.9", true),
            ("price", "lt", "1000", true),
            ("price", "lte", "150.24", false),
            ("price", "gt", "-200", true),
            ("ticker", "gt", "1", false),
            ("ticker", "lt", "1", false),
            ("other", "lt", "1", false),
        ] {
            check(&leaf(key, cmp, val), passes);
        }
        for (key, cmp, passes) in [
            ("ticker", "ex", true),
            ("empty", "ex", true),
            ("other", "ex", false),
            ("ticker", "nex", false),
            ("other", "nex", true),
        ] {
            check(&json!({ "key": key, "cmp": cmp }), passes);
        }
        for (key, cmp, passes) in [
            ("ticker", "in", true),
            ("price", "in", false),
            ("other", "in", false),
            ("ticker", "nin", false),
            ("price", "nin", true),
            ("other", "nin", true),
        ] {
            check(
                &json!({ "key": key, "cmp": cmp, "vals": ["MSFT", "AAPL"] }),
                passes,
            );
        }
    }

    #[test]
    fn conditions_are_combined() {
        let (yes, no) = (leaf("ticker", "eq", "AAPL"), leaf("ticker", "eq", "MSFT"));
        for (op, nodes, passes) in [
            ("and", vec![&yes, &yes], true),
            ("and", vec![&yes, &no], false),
            ("or", vec![&no, &yes], true),
            ("or", vec![&no], false),
            ("not", vec![&no], true),
            ("not", vec![&yes], false),
        ] {
            check(&json!({ "op": op, "nodes": nodes }), passes);
        }
    }

    #[test]
    fn filter_that_makes_no_sense_is_refused() {
        let leaf_of = |key, cmp, val| leaf(key, cmp, val);
        for node in [
            json!({}),
            leaf_of("k", "", "v"),
            leaf_of("k", "like", "v"),
            leaf_of("", "eq", "v"),
            leaf_of("k", "eq", ""),
            leaf_of("k", "ex", "v"),
            leaf_of("k", "in", "v"),
            leaf_of("k", "gt", "many"),
            leaf_of("k", "gt", "1."),
            leaf_of("k", "gt", "1e3"),
            json!({ "key": "k", "cmp": "in" }),
            json!({ "key": "k", "cmp": "eq", "val": "v", "vals": ["v"] }),
            json!({ "key": "k", "cmp": "ex", "nodes": [leaf("k", "eq", "v")] }),
            json!({ "op": "and" }),
            json!({ "op": "or", "nodes": [] }),
            json!({ "op": "not", "nodes": [leaf("k", "eq", "v"), leaf("k", "eq", "w")] }),
            json!({ "op": "xor", "nodes": [leaf("k", "eq", "v")] }),
            json!({ "op": "and", "nodes": [json!({})] }),
        ] {
            assert_eq!(filter(&node), Err(BadFilter), "{node}");
        }
    }

    #[test]
    fn filter_is_bounded() {
        let node = leaf("k", "eq", "v");
        let deep = |depth| {
            (0..depth).fold(
                node.clone(),
                |node, _| json!({ "op": "not", "nodes": [node] }),
            )
        };
        assert!(filter(&deep(DEPTH_MAX)).is_ok());
        assert!(filter(&deep(DEPTH_MAX + 1)).is_err());
        let wide = |nodes| json!({ "op": "or", "nodes": vec![node.clone(); nodes] });
        assert!(filter(&wide(NODES_MAX - 1)).is_ok());
        assert!(filter(&wide(NODES_MAX)).is_err());
        assert!(filter(&leaf("k", "eq", &"v".repeat(TEXT_BYTES_MAX - 1))).is_ok());
        assert!(filter(&leaf("k", "eq", &"v".repeat(TEXT_BYTES_MAX))).is_err());
    }

    proptest! {
        #[test]
        fn decimals_are_ordered_as_numbers(one in -10_000..10_000_i32, other in -10_000..10_000_i32) {
            // With two places behind the point, in several spellings.
            let written = |number: i32| {
                let (sign, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
                [
                    format!("{sign}{}.{:02}", size / 100, size % 100),
                    format!("{sign}00{}.{:02}0", size / 100, size % 100),
                ]
            };
            for (a, b) in written(one).iter().zip(&written(other)) {
                let (a, b) = (Decimal::read(a).unwrap(), Decimal::read(b).unwrap());
                prop_assert_eq!(a.cmp(&b), one.cmp(&other));
            }
        }
    }
}
