//! Whether a program that runs on this machine is ready, for health checks of containers: their
//! images hold nothing that could ask.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// An answer is a status line, some headers and a short reason.
const ANSWER_MAX_BYTES: u64 = 8 * 1024;

/// Why a program is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It does not answer.
    #[error("nothing answers at {0}: {1}")]
    Silent(SocketAddr, #[source] io::Error),
    /// It says so itself.
    #[error("not ready: {0}")]
    Refused(String),
}

/// Asks `/health/ready` of the program that listens at `listen`.
///
/// # Errors
/// [`NotReady`].
pub fn ask(listen: SocketAddr) -> Result<(), NotReady> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let answer = get(address, "/health/ready").map_err(|error| NotReady::Silent(address, error))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(NotReady::Refused(format!("{status} {body}")))
    }
}

/// Where to reach a program that listens on every address.
fn reachable(listen: IpAddr) -> IpAddr {
    match listen {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// What [`ask`] makes of a program that answers so.
    fn asked(answer: &'static str) -> Result<(), NotReady> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let program = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let asked = ask(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
        assert!(program.join().unwrap().starts_with("GET /health/ready "));
        asked
    }

    #[test]
    fn answer_is_understood() {
        assert!(asked("HTTP/1.1 204 No Content\r\n\r\n").is_ok());
        let refused = asked("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"code\":\"draining\"}");
        let reason = refused.unwrap_err().to_string();
        assert_eq!(reason, "not ready: 503 {\"code\":\"draining\"}");
    }

    #[test]
    fn silence_is_not_readiness() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(matches!(ask(address), Err(NotReady::Silent(..))));
    }
}
