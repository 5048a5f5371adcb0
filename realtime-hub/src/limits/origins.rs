//! Which pages may connect: the origins (RFC 6454) that an operator lists.

use std::{collections::HashSet, net::Ipv6Addr};

/// Stands for the host name by which the hub was reached.
const HOST: &str = "{host}";

/// Why an entry of `allowed_origins` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("allowed_origins: {entry:?} {reason}")]
pub struct OriginError {
    entry: String,
    reason: &'static str,
}

/// The origins whose pages may connect.
#[derive(Clone, Debug)]
pub struct Origins(HashSet<String>);

impl Origins {
    /// From a list that is separated by commas; empty entries are passed over.
    ///
    /// # Errors
    /// The first entry that no browser would ever send as its `Origin`.
    pub fn parse(list: &str) -> Result<Self, OriginError> {
        let entries = list.split(',').map(str::trim);
        let origins = entries.filter(|entry| !entry.is_empty()).map(|entry| {
            normalize(entry).map_err(|reason| OriginError {
                entry: entry.to_owned(),
                reason,
            })
        });
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }

    /// Whether a page of `origin` may connect to the hub that it reached as `host`.
    #[must_use]
    pub fn admit(&self, origin: &str, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let of_host = |entry: &String| {
            entry.contains(HOST) && entry.replace(HOST, name).eq_ignore_ascii_case(origin)
        };
        self.0.contains(origin) || self.0.iter().any(of_host)
    }
}

/// The origin as browsers write it: in lower case, without the scheme's own port.
fn normalize(entry: &str) -> Result<String, &'static str> {
    if entry.eq_ignore_ascii_case("null") {
        return Err("is the origin of every sandboxed page; list the page's own origin");
    }
    let fixed = entry.replace(HOST, "");
    if fixed.contains(['*', '?', '(', '[', '^', '|', '{', '}']) && ipv6(entry).is_none() {
        return Err(
            "is a pattern, and patterns are not supported; list every origin by itself, such as https://chat.example",
        );
    }
    let (scheme, rest) = entry
        .split_once("://")
        .ok_or("has no scheme; write it like https://chat.example")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'));
    if !is_scheme {
        return Err("has a scheme that is none; write it like https://chat.example");
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '#', '@', '\\']) {
        return Err("is more than an origin; leave out user, path and fragment");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_name = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    let is_host = host == HOST || is_name(host) || ipv6(entry).is_some();
    if !is_host {
        return Err(
            "has a host that is none; names in other scripts are written in punycode (xn--…)",
        );
    }
    let port = match port.map(str::parse::<u16>) {
        None => String::new(),
        Some(Ok(443)) if scheme == "https" => String::new(),
        Some(Ok(80)) if scheme == "http" => String::new(),
        Some(Ok(port)) => format!(":{port}"),
        Some(Err(_)) => return Err("has a port that is none"),
    };
    let host = if host == HOST {
        host.to_owned()
    } else {
        host.to_ascii_lowercase()
    };
    Ok(format!("{scheme}://{host}{port}"))
}

/// The IPv6 address that is an origin's host, in brackets.
fn ipv6(entry: &str) -> Option<Ipv6Addr> {
    let (_, host) = entry.split_once("://[")?;
    let (address, rest) = host.split_once(']')?;
    let ends = rest.trim_end_matches('/');
    let ends = ends.is_empty() || ends.starts_with(':');
    ends.then(|| address.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_are_admitted() {
        let origins = Origins::parse("https://chat.example, http://{host}:8080").unwrap();
        assert!(origins.admit("https://chat.example", "hub.example"));
        assert!(origins.admit("http://192.168.0.7:8080", "192.168.0.7:8081"));
        assert!(origins.admit("http://[::1]:8080", "[::1]:8081"));
        assert!(!origins.admit("http://192.168.0.8:8080", "192.168.0.7:8081"));
        assert!(!origins.admit("https://chat.example.evil", "hub.example"));
        assert!(!origins.admit("null", "hub.example"));
    }

    #[test]
    fn origin_is_meant_however_it_is_written() {
        for (entry, origin) in [
            ("HTTPS://Chat.Example/", "https://chat.example"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://chat.example:80/", "http://chat.example"),
            ("https://chat.example:8443", "https://chat.example:8443"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            let origins = Origins::parse(entry).unwrap();
            assert!(origins.admit(origin, "hub.example"), "{entry}");
        }
        let none = Origins::parse(" , ").unwrap();
        assert!(!none.admit("", "hub.example"));
        let own = Origins::parse("https://{host}").unwrap();
        assert!(own.admit("https://hub.example", "Hub.Example:8081"));
    }

    #[test]
    fn entry_that_no_browser_sends_is_refused_by_name() {
        for (entry, reason) in [
            ("*", "patterns are not supported"),
            ("https://*", "patterns are not supported"),
            ("https://*.chat.example", "patterns are not supported"),
            ("http://localhost:*", "patterns are not supported"),
            ("https://chat[0-9].example", "patterns are not supported"),
            ("{hostname}", "patterns are not supported"),
            ("null", "sandboxed page"),
            ("chat.example", "no scheme"),
            ("localhost:8080", "no scheme"),
            ("://chat.example", "scheme that is none"),
            ("https://chat.example/app", "leave out"),
            ("https://ada@chat.example", "leave out"),
            ("https://", "host that is none"),
            ("https://пример.example", "punycode"),
            ("https://chat example", "host that is none"),
            ("https://chat.example:99999", "port that is none"),
            ("https://chat.example:", "port that is none"),
        ] {
            let list = format!("https://fine.example, {entry}");
            let error = Origins::parse(&list).unwrap_err().to_string();
            assert!(error.contains(reason), "{entry}: {error}");
            assert!(error.contains(&format!("{entry:?}")), "{error}");
        }
    }
}
