//! What both HTTP servers agree on with the nginx before them.

use std::time::Duration;

/// How long a server keeps an idle connection. Longer than nginx does: otherwise nginx sends a request
/// on a connection that is being closed, and what may not be sent twice fails.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_lets_go_of_connections_before_the_servers_do() {
        let nginx = include_str!("../../nginx/nginx.conf");
        for upstream in ["cores", "hub"] {
            let (_, block) = nginx
                .split_once(&format!("upstream {upstream} {{"))
                .unwrap();
            let (block, _) = block.split_once("\n    }").unwrap();
            let (_, kept) = block.split_once("keepalive_timeout ").unwrap();
            let (kept, _) = kept.split_once("s;").unwrap();
            let kept = Duration::from_secs(kept.parse().unwrap());
            // What is on its way when nginx lets go.
            assert!(kept + Duration::from_secs(5) <= KEEP_ALIVE, "{upstream}");
        }
    }
}
