//! [`PageReader`]: asks pages as [`Web`] allows, and reads what they say of themselves in their head: Open
//! Graph (<https://ogp.me>), else the title and the description that every page may have.

use std::time::Duration;

use encoding_rs::{Encoding, UTF_8};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use reqwest::{
    Method, Response, Url,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
};
use tokio::time::timeout;

use super::web::{Web, WebError, read_first};
use crate::{
    application::ports::{PageReader, ReadPage, WebPage},
    domain::link_preview::Words,
};

/// How long a page may take, its redirects included, and its picture after it. A writer waits for them.
const PAGE_WITHIN: Duration = Duration::from_secs(5);
const IMAGE_WITHIN: Duration = Duration::from_secs(4);

/// Addresses that point to the next one.
const REDIRECTS_MAX: usize = 4;

/// The head of a page ends before.
const PAGE_MAX_BYTES: usize = 512 * 1024;

/// Of a picture as it comes: all that are waiting to be made smaller are in memory.
const IMAGE_MAX_BYTES: usize = 2 * 1024 * 1024;

/// Where a charset that the page itself names may stand.
const CHARSET_WITHIN: usize = 1_024;

/// Looks at pages over HTTP.
pub struct WebPages(Web);

impl WebPages {
    /// Asks as that client does.
    #[must_use]
    pub fn new(web: Web) -> Self {
        Self(web)
    }

    async fn read(&self, address: &str) -> Option<WebPage> {
        let address = address_of(address)?;
        let (head, base) = timeout(PAGE_WITHIN, self.head(address)).await.ok()??;
        let words = Words::of(&head.title, &head.description, &head.site_name)?;
        let image = match head.image.and_then(|image| base.join(&image).ok()) {
            Some(image) => timeout(IMAGE_WITHIN, self.image(image))
                .await
                .ok()
                .flatten(),
            None => None,
        };
        Some(WebPage { words, image })
    }

    async fn head(&self, address: Url) -> Option<(Head, Url)> {
        let mut page = self.ask(address, "text/html").await.ok()?;
        let kind = page.headers().get(CONTENT_TYPE)?.to_str().ok()?.to_owned();
        let is_html = ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|html| kind.to_ascii_lowercase().starts_with(html));
        if !is_html {
            return None;
        }
        let (bytes, _) = read_first(&mut page, PAGE_MAX_BYTES).await.ok()?;
        Some((Head::read(&decoded(&kind, &bytes)), page.url().clone()))
    }

    async fn image(&self, address: Url) -> Option<Vec<u8>> {
        let mut image = self.ask(address, "image/*").await.ok()?;
        let announced = image.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > IMAGE_MAX_BYTES) {
            return None;
        }
        let (bytes, is_all) = read_first(&mut image, IMAGE_MAX_BYTES).await.ok()?;
        is_all.then_some(bytes)
    }

    /// The answer that an address has in the end.
    async fn ask(&self, mut address: Url, accept: &'static str) -> Result<Response, WebError> {
        for _ in 0..=REDIRECTS_MAX {
            let request = self.0.request(Method::GET, address.clone())?;
            let answer = request.header(ACCEPT, accept).send().await?;
            let next = answer.headers().get(LOCATION);
            let next = next.filter(|_| answer.status().is_redirection());
            match next.and_then(|next| address.join(next.to_str().ok()?).ok()) {
                Some(next) => address = next,
                None => return Ok(answer.error_for_status()?),
            }
        }
        Err(WebError::TooManyRedirects)
    }
}

impl PageReader for WebPages {
    fn read_page<'a>(&'a self, address: &'a str) -> ReadPage<'a> {
        Box::pin(self.read(address))
    }
}

/// An address as people write it.
fn address_of(text: &str) -> Option<Url> {
    let has_scheme = text.split_once("://").is_some();
    let address = if has_scheme {
        text.parse()
    } else {
        format!("https://{text}").parse()
    };
    address.ok()
}

/// A page as text: by the charset that its sender names, else by its own, else as UTF-8.
fn decoded(content_type: &str, bytes: &[u8]) -> String {
    let by_sender = charset(content_type.as_bytes());
    let own = || charset(&bytes[..bytes.len().min(CHARSET_WITHIN)]);
    let encoding = by_sender.or_else(own).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// What stands behind the first `charset=`.
fn charset(text: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let (_, rest) = text.split_once("charset=")?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let end = rest.find(|c| !is_label(c)).unwrap_or(rest.len());
    Encoding::for_label(&rest.as_bytes()[..end])
}

/// What a page says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Head {
    title: String,
    description: String,
    site_name: String,
    image: Option<String>,
}

impl Head {
    fn read(html: &str) -> Self {
        let mut emitter = DefaultEmitter::default();
        // A title and scripts are text up to their own end.
        emitter.naively_switch_states(true);
        let (mut named, mut title) = (Named::default(), None);
        let mut is_title = false;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => match tag.name.as_slice() {
                    b"title" => is_title = title.is_none(),
                    b"meta" => named.take(&tag),
                    b"body" => break,
                    _ => {}
                },
                Token::String(text) if is_title => {
                    title = Some(String::from_utf8_lossy(&text).into_owned());
                    is_title = false;
                }
                Token::EndTag(tag) if tag.name.as_slice() == b"head" => break,
                _ => {}
            }
        }
        Self {
            title: named.title.or(title).unwrap_or_default(),
            description: named
                .description
                .or(named.plain_description)
                .unwrap_or_default(),
            site_name: named.site_name.unwrap_or_default(),
            image: named.image,
        }
    }
}

/// What the `meta` elements of a page say.
#[derive(Default)]
struct Named {
    title: Option<String>,
    description: Option<String>,
    plain_description: Option<String>,
    site_name: Option<String>,
    image: Option<String>,
}

impl Named {
    fn take(&mut self, tag: &StartTag<()>) {
        let value = |name: &[u8]| {
            let value = tag.attributes.get(name)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let name = value(b"property").or_else(|| value(b"name"));
        let (Some(name), Some(content)) = (name, value(b"content")) else {
            return;
        };
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" => &mut self.title,
            "og:description" => &mut self.description,
            "description" => &mut self.plain_description,
            "og:site_name" => &mut self.site_name,
            "og:image" | "og:image:url" | "og:image:secure_url" => &mut self.image,
            _ => return,
        };
        if place.is_none() && !content.trim().is_empty() {
            *place = Some(content);
        }
    }
}

#[cfg(test)]
mod tests;
