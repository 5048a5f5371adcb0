//! What a device calls itself.

use actix_web::{HttpRequest, http::header::USER_AGENT};
use woothee::{parser::Parser, woothee::VALUE_UNKNOWN};

use crate::domain::session::DeviceName;

/// What is looked at of a `User-Agent`, in bytes: browsers' are half as long.
const AGENT_MAX_BYTES: usize = 512;

/// Browser and system, as in `Firefox, Linux`; of other programs, what they begin with.
pub(super) fn device_name(request: &HttpRequest) -> Option<DeviceName> {
    let agent = request.headers().get(USER_AGENT)?;
    named(agent.to_str().ok()?)
}

fn named(agent: &str) -> Option<DeviceName> {
    let agent = agent.get(..AGENT_MAX_BYTES).unwrap_or(agent);
    let known = Parser::new().parse(agent);
    let known = known.filter(|known| known.name != VALUE_UNKNOWN && known.os != VALUE_UNKNOWN);
    match known {
        Some(known) => DeviceName::of_claim(&format!("{}, {}", known.name, known.os)),
        None => DeviceName::of_claim(agent.split_whitespace().next()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &str, name: Option<&str>) {
        let named = named(agent);
        assert_eq!(named.as_ref().map(DeviceName::as_str), name, "{agent}");
    }

    #[test]
    fn browsers_are_named_with_their_system() {
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            Some("Firefox, Linux"),
        );
        check(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/140.0.0.0 Mobile Safari/537.36",
            Some("Chrome, Android"),
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
             (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            Some("Safari, iPhone"),
        );
    }

    #[test]
    fn other_programs_are_named_as_they_say() {
        check(
            "rookery-bot/1.2 (+https://chat.example)",
            Some("rookery-bot/1.2"),
        );
        check(&"x".repeat(10_000), Some(&"x".repeat(64)));
        check("", None);
        check(" ", None);
    }
}
