//! Asks addresses that users supply: pages that messages link to, and services that push.
//!
//! A core reaches what its users must not: the database, the hub, other machines of its network and
//! the metadata of its cloud. So it connects to public addresses alone, on the ports of the web.
//! A name is resolved once and the connection goes to what was checked, so that a second answer of the
//! name server changes nothing; a redirect is an address that is checked like the first one.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use tokio::{runtime::Handle, sync::Semaphore};

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// How long a whole request may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Idle connections that are kept to one host.
const IDLE_MAX: usize = 2;

/// Names that are looked up at the same time. A name server that does not answer holds its place until the
/// system gives up, long after whoever asked has gone.
const LOOKUPS_MAX: usize = 32;

const WEB_PORTS: [u16; 2] = [80, 443];

/// Networks of IPv4 that are not the public Internet: IANA's registry of special-purpose addresses,
/// group addresses, and what is reserved.
const SPECIAL_V4: [Ipv4Net; 16] = [
    Ipv4Net::new_assert(Ipv4Addr::new(0, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 0, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 88, 99, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    // A service of one cloud, which asks no password of its machines.
    Ipv4Net::new_assert(Ipv4Addr::new(168, 63, 129, 16), 32),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 51, 100, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 4),
    Ipv4Net::new_assert(Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All that is given out for single machines of the Internet.
const GLOBAL_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// IPv4 as machines that have IPv6 alone reach it (RFC 6052).
const TRANSLATED_V4: Ipv6Net =
    Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Parts of [`GLOBAL_V6`] that are not: protocols (Teredo among them), documentation, and tunnels to
/// addresses of IPv4.
const SPECIAL_V6: [Ipv6Net; 4] = [
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    Ipv6Net::new_assert(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    Ipv6Net::new_assert(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// An address that is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Neither http nor https, or without a host, or with a password.
    #[error("this is no address of the web")]
    NotOfTheWeb,
    /// A machine or a port that is not for the public.
    #[error("this address is not public")]
    NotPublic,
}

/// So many names are looked up that one more has no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many names are looked up")]
struct TooManyLookups;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// See [`Forbidden`].
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The name is not known, nobody listens there, the answer is broken or comes too late.
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
    /// Too many addresses that point to the next one.
    #[error("too many redirects")]
    TooManyRedirects,
}

/// A client of the web that goes to public addresses.
#[derive(Clone)]
pub struct Web {
    client: Client,
    guard: Guard,
}

/// Which addresses are asked.
#[derive(Clone, Copy, Debug)]
struct Guard {
    private_too: bool,
}

impl Web {
    /// With `private_too` also addresses of networks that are not public, and all ports: for tests, and
    /// for installations whose people may reach those anyway. Names are looked up by threads of `runtime`
    /// that may wait: whoever asks has few, and needs them for the database.
    ///
    /// # Errors
    /// When TLS cannot be set up: this machine has no certificates of authorities.
    pub fn new(private_too: bool, runtime: Handle) -> Result<Self, reqwest::Error> {
        // Whoever was first has set the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard { private_too };
        let client = Client::builder()
            .user_agent(concat!("Rookery/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_max_idle_per_host(IDLE_MAX)
            .redirect(Policy::none())
            .referer(false)
            // One would resolve the names itself.
            .no_proxy()
            .dns_resolver(Arc::new(Resolver {
                guard,
                runtime,
                places: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            }))
            .build()?;
        Ok(Self { client, guard })
    }

    /// A request to an address that may be asked. It does not follow redirects.
    ///
    /// # Errors
    /// [`Forbidden`]. What the name turns out to be is checked when the request is sent.
    pub fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, Forbidden> {
        self.guard.check(&url)?;
        Ok(self.client.request(method, url))
    }

    /// Whether an address may be asked, as far as its words tell.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        self.guard.check(url)
    }
}

/// The first `max` bytes of an answer, and whether that is all of it.
///
/// # Errors
/// When the connection ends before.
pub async fn read_first(
    answer: &mut Response,
    max: usize,
) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        let room = max - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((bytes, false));
        }
    }
    Ok((bytes, true))
}

impl Guard {
    fn check(self, url: &Url) -> Result<(), Forbidden> {
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::NotOfTheWeb);
        }
        let host = url.host_str().ok_or(Forbidden::NotOfTheWeb)?;
        let port = url.port_or_known_default();
        if !self.private_too && port.is_none_or(|port| !WEB_PORTS.contains(&port)) {
            return Err(Forbidden::NotPublic);
        }
        // An address in numbers is resolved by nobody.
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(ip) if !self.allows(ip) => Err(Forbidden::NotPublic),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn allows(self, ip: IpAddr) -> bool {
        self.private_too || is_public(ip)
    }
}

/// Looks names up.
struct Resolver {
    guard: Guard,
    runtime: Handle,
    places: Arc<Semaphore>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, runtime) = (self.guard, self.runtime.clone());
        let place = self.places.clone().try_acquire_owned();
        Box::pin(async move {
            let place = place.map_err(|_| boxed(TooManyLookups))?;
            let looked_up = runtime.spawn_blocking(move || {
                // Not given back by whoever waits: they may have gone.
                let _place = place;
                (name.as_str(), 0).to_socket_addrs()
            });
            let found = looked_up.await??;
            let allowed: Vec<SocketAddr> = found.filter(|found| guard.allows(found.ip())).collect();
            if allowed.is_empty() {
                return Err(boxed(Forbidden::NotPublic));
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn boxed(error: impl StdError + Send + Sync + 'static) -> Box<dyn StdError + Send + Sync> {
    Box::new(error)
}

/// Whether everybody on the Internet may reach an address.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !SPECIAL_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => match inner_v4(ip) {
            Some(inner) => is_public(inner.into()),
            None => GLOBAL_V6.contains(&ip) && !SPECIAL_V6.iter().any(|net| net.contains(&ip)),
        },
    }
}

/// The address of IPv4 that one of IPv6 means.
fn inner_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = ip.octets();
    let translated = TRANSLATED_V4.contains(&ip);
    ip.to_ipv4_mapped()
        .or_else(|| translated.then(|| Ipv4Addr::new(a, b, c, d)))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        runtime::Builder,
    };

    use super::*;

    fn check(url: &str) -> Result<(), Forbidden> {
        Guard { private_too: false }.check(&url.parse().unwrap())
    }

    #[test]
    fn addresses_that_are_not_public_are_not_asked() {
        for private in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://100.100.100.200/",
            "http://169.254.169.254/latest/meta-data/",
            "http://168.63.129.16/",
            "http://172.31.0.1/",
            "http://192.168.1.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[64:ff9b:1::a00:1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[ff02::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001::1]/",
            "http://[2001:db8::1]/",
            "https://example.org:22/",
            "http://example.org:9101/",
        ] {
            assert_eq!(check(private), Err(Forbidden::NotPublic), "{private}");
        }
        for other in [
            "file:///etc/passwd",
            "ftp://example.org/",
            "gopher://example.org/",
            "data:text/html,hi",
            "https://somebody:secret@example.org/",
            "https://somebody@example.org/",
        ] {
            assert_eq!(check(other), Err(Forbidden::NotOfTheWeb), "{other}");
        }
        for public in [
            "http://example.org/",
            "https://example.org:443/a?b",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "http://[64:ff9b::101:101]/",
        ] {
            assert_eq!(check(public), Ok(()), "{public}");
        }
    }

    async fn answering(answer: &'static [u8]) -> (Url, tokio::task::JoinHandle<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            read > 0
        });
        // A name that the resolver is asked for.
        let url = format!("http://localhost:{port}/").parse().unwrap();
        (url, asked)
    }

    #[tokio::test]
    async fn name_of_a_private_address_is_not_connected_to() {
        let guarded = Web::new(false, Handle::current()).unwrap();
        let url: Url = "http://localhost/".parse().unwrap();
        let failed = guarded.request(Method::GET, url).unwrap().send().await;
        let failed = failed.unwrap_err();
        let causes: Vec<&dyn StdError> =
            std::iter::successors(failed.source(), |error| (*error).source()).collect();
        assert!(
            causes
                .iter()
                .any(|cause| cause.to_string() == Forbidden::NotPublic.to_string()),
            "{failed:?}"
        );
    }

    #[tokio::test]
    async fn redirects_are_left_to_whoever_checks_them_and_answers_are_cut() {
        let open = Web::new(true, Handle::current()).unwrap();
        let (url, asked) = answering(
            b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 6\r\n\r\nabcdef",
        )
        .await;
        let request = open.request(Method::GET, url).unwrap();
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 302);
        let first = read_first(&mut answer, 4).await.unwrap();
        assert_eq!(first, (b"abcd".to_vec(), false));
        assert!(asked.await.unwrap());
        let (url, _) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef").await;
        let request = open.request(Method::GET, url).unwrap();
        let mut answer = request.send().await.unwrap();
        let all = read_first(&mut answer, 6).await.unwrap();
        assert_eq!(all, (b"abcdef".to_vec(), true));
    }

    #[test]
    fn names_are_looked_up_beside_the_threads_of_whoever_asks() {
        let web = Builder::new_multi_thread().build().unwrap();
        let asking = Builder::new_current_thread()
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (release, held) = mpsc::sync_channel::<()>(0);
        asking.spawn_blocking(move || held.recv());
        asking.block_on(async {
            let open = Web::new(true, web.handle().clone()).unwrap();
            let (url, _) = answering(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let request = open.request(Method::GET, url).unwrap();
            assert_eq!(request.send().await.unwrap().status(), 204);
        });
        drop(release);
    }

    #[tokio::test]
    async fn lookups_have_a_bound() {
        let resolver = Resolver {
            guard: Guard { private_too: true },
            runtime: Handle::current(),
            places: Arc::new(Semaphore::new(1)),
        };
        let name = || "localhost".parse::<Name>().unwrap();
        let first = resolver.resolve(name());
        let second = resolver.resolve(name()).await.map(drop).unwrap_err();
        assert_eq!(second.to_string(), TooManyLookups.to_string());
        assert!(first.await.unwrap().next().is_some());
        // A place comes back with the answer.
        let _one = resolver.places.acquire().await.unwrap();
    }
}
