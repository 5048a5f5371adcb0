use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    runtime::Handle,
};

use super::*;

#[test]
fn head_says_what_it_is() {
    let head = Head::read(
        "<!doctype html><html><head><script>var a = '<title>no</title>';</script>\
         <title>Plain &amp; simple</title>\
         <meta name=description content='plain'>\
         <meta property=\"og:title\" content=\"Mills &lt;3\">\
         <META PROPERTY='og:description' CONTENT='about mills'>\
         <meta property='og:image' content=' '><meta property='og:image' content='/mill.jpg'>\
         <meta property='og:site_name' content='Millers'></head>\
         <body><meta property='og:image' content='/other.jpg'></body></html>",
    );
    let expected = Head {
        title: "Mills <3".into(),
        description: "about mills".into(),
        site_name: "Millers".into(),
        image: Some("/mill.jpg".into()),
    };
    assert_eq!(head, expected);
    let plain = Head::read("<title> A\npage </title><meta name=description content=words>");
    assert_eq!(plain.title, " A\npage ");
    assert_eq!(plain.description, "words");
    assert_eq!(Head::read("no html at all"), Head::default());
    assert_eq!(Head::read("<title"), Head::default());
    assert_eq!(
        Head::read("<title></title><body><title>no"),
        Head::default()
    );
}

#[test]
fn text_is_read_in_the_charset_that_is_named() {
    let latin = b"<meta charset=\"iso-8859-1\"><title>M\xfchle</title>";
    assert!(decoded("text/html", latin).contains("Mühle"));
    assert!(decoded("text/html; charset=ISO-8859-1", b"M\xfchle").contains("Mühle"));
    assert!(decoded("text/html; charset=\"utf-8\"", "Mühle".as_bytes()).contains("Mühle"));
    assert_eq!(decoded("text/html; charset=nonsense", b"hi"), "hi");
}

#[test]
fn address_needs_no_scheme() {
    let host = |text| address_of(text).map(|url| url.to_string());
    assert_eq!(host("example.org/a").unwrap(), "https://example.org/a");
    assert_eq!(host("http://example.org").unwrap(), "http://example.org/");
    assert_eq!(host("https://"), None);
    assert_eq!(host("://"), None);
}

/// Answers as a path tells; counts the requests. `{base}` in an answer is the address, `{host}` that without its scheme.
async fn site(answers: &'static [(&'static str, &'static str)]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicUsize>::default();
    let (own_base, count) = (base.clone(), asked.clone());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            let mut line = String::new();
            BufReader::new(&mut stream)
                .read_line(&mut line)
                .await
                .unwrap();
            let path = line.split(' ').nth(1).unwrap();
            let answer = answers.iter().find(|(at, _)| *at == path);
            let answer = answer.map_or("HTTP/1.1 404 Not Found\n\n", |(_, answer)| answer);
            let (head, body) = answer.split_once("\n\n").unwrap();
            let body = body.replace("{base}", &own_base);
            let head = head.replace('\n', "\r\n").replace("{base}", &own_base);
            let head = head.replace("{host}", own_base.trim_start_matches("http://"));
            let answer = format!("{head}\r\nConnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (base, asked)
}

async fn read(address: &str) -> Option<WebPage> {
    let pages = WebPages::new(Web::new(true, Handle::current()).unwrap());
    pages.read_page(address).await
}

#[tokio::test]
async fn page_is_read_behind_redirects_with_its_picture() {
    let (base, _) = site(&[
        ("/", "HTTP/1.1 301 Moved\nLocation: /mills\n\n"),
        ("/mills", "HTTP/1.1 302 Found\nLocation: {base}/mills/\n\n"),
        (
            "/mills/",
            "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<title>Mills</title>\
             <meta property=og:image content=mill.jpg>",
        ),
        (
            "/mills/mill.jpg",
            "HTTP/1.1 200 OK\nContent-Type: image/jpeg\n\npicture of a mill",
        ),
    ])
    .await;
    let page = read(&base).await.unwrap();
    assert_eq!(page.words.title, "Mills");
    assert_eq!(page.image.unwrap(), b"picture of a mill");
}

#[tokio::test]
async fn what_is_no_page_is_not_shown() {
    let (base, asked) = site(&[
        ("/round", "HTTP/1.1 302 Found\nLocation: /round\n\n"),
        (
            "/file",
            "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n<title>no</title>",
        ),
        (
            "/untitled",
            "HTTP/1.1 200 OK\nContent-Type: text/html\n\nhi",
        ),
        (
            "/broken",
            "HTTP/1.1 500 Oh\nContent-Type: text/html\n\n<title>no</title>",
        ),
        (
            "/image-is-gone",
            "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<title>Mills</title>\
             <meta property=og:image content=/gone.jpg>",
        ),
    ])
    .await;
    for path in ["/file", "/untitled", "/broken", "/nowhere"] {
        assert_eq!(read(&format!("{base}{path}")).await, None, "{path}");
    }
    let before = asked.load(Ordering::Relaxed);
    assert_eq!(read(&format!("{base}/round")).await, None);
    assert_eq!(asked.load(Ordering::Relaxed) - before, REDIRECTS_MAX + 1);
    let without = read(&format!("{base}/image-is-gone")).await.unwrap();
    assert_eq!(without.image, None);
}

#[tokio::test]
async fn address_that_is_not_public_is_not_asked() {
    let guarded = WebPages::new(Web::new(false, Handle::current()).unwrap());
    let (base, asked) = site(&[]).await;
    assert_eq!(guarded.read_page(&base).await, None);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn redirect_is_checked_like_the_first_address() {
    let (base, _) = site(&[
        (
            "/page",
            "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<title>Mills</title>",
        ),
        (
            "/allowed",
            "HTTP/1.1 302 Found\nLocation: http://{host}/page\n\n",
        ),
        (
            "/forbidden",
            "HTTP/1.1 302 Found\nLocation: http://a:b@{host}/page\n\n",
        ),
    ])
    .await;
    assert!(read(&format!("{base}/allowed")).await.is_some());
    assert_eq!(read(&format!("{base}/forbidden")).await, None);
}
