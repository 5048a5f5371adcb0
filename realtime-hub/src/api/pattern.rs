//! Patterns for names of channels: `*` stands for any number of characters, `?` for one.

/// Whether `text` is what `pattern` describes.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where the last `*` was, and where the text was that it has not taken.
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(one) if *one == '?' || *one == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                // The last `*` takes one more; earlier ones need not be tried again.
                let Some((star_at, taken)) = star else {
                    return false;
                };
                star = Some((star_at, taken + 1));
                (at_pattern, at_text) = (star_at + 1, taken + 1);
            }
        }
    }
    pattern[at_pattern..].iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_describes_names() {
        for (pattern, text, is) in [
            ("news:*", "news:a", true),
            ("news:*", "news:", true),
            ("news:*", "old news:a", false),
            ("*:a", "news:a", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("n?ws", "news", true),
            ("n?ws", "nws", false),
            ("", "", true),
            ("", "a", false),
            ("*", "é", true),
            ("?", "é", true),
            ("a*aab", "aaaab", true),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(100);
        assert!(!matches(&pattern, &"a".repeat(99)));
        assert!(matches(&pattern, &"a".repeat(10_000)));
    }
}
