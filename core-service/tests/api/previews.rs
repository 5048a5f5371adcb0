//! What is shown of pages to which messages link.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{Person, message},
    races::at_once,
    uploads::PHOTOGRAPH,
};

/// A page with a photograph, at the address that is returned.
fn site(title: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let page = format!(
        "<title>{title}</title><meta property=og:description content='All about it'>\
         <meta property=og:site_name content=Millers><meta property=og:image content=/a.jpg>"
    );
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(&stream.unwrap(), &page);
        }
    });
    address
}

fn answer(mut stream: &TcpStream, page: &str) {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    let (status, kind, body) = match line.split(' ').nth(1) {
        Some("/") => ("200 OK", "text/html", page.as_bytes()),
        Some("/a.jpg") => ("200 OK", "image/jpeg", PHOTOGRAPH),
        _ => ("404 Not Found", "text/html", &b"<title>no</title>"[..]),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    // Whoever asks may not want all of it.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body));
}

fn look(person: &Person<'_>, url: &str) -> Answer {
    person.post("/link-previews", &json!({ "url": url }))
}

fn image(app: &TestApp, preview: &Value) -> Answer {
    let id = preview["id"].as_str().unwrap_or("none");
    app.send(
        "GET",
        &format!("/api/v1/link-previews/{id}/image"),
        &[],
        &[],
    )
}

fn showing(text: &str, preview: &Value) -> Value {
    let mut body = message(text);
    body["preview_id"] = preview["id"].clone();
    body
}

fn newest(person: &Person<'_>, chat: &str) -> Value {
    let page = person.get(&format!("/conversations/{chat}/messages?limit=1"));
    page.ok(200)["messages"][0].clone()
}

pub(crate) fn message_shows_the_page_that_it_links_to(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, address) = (ada.group(&[&ben]), site("Mills &amp; more"));
    let preview = look(&ada, &address).ok(200);
    let expected = json!({
        "id": preview["id"], "url": address, "title": "Mills & more", "description": "All about it",
        "site_name": "Millers", "image": { "width": 640, "height": 480 },
    });
    let sizes = (&preview["image"]["width"], &preview["image"]["height"]);
    assert!(sizes.0.as_i64().unwrap() > 0 && sizes.1.as_i64().unwrap() > 0);
    assert_eq!(preview["title"], expected["title"]);
    assert_eq!(preview["site_name"], expected["site_name"]);
    let messages = format!("/conversations/{chat}/messages");
    let text = format!("look: {address}!");
    let posted = ada.post(&messages, &showing(&text, &preview)).ok(201);
    assert_eq!(posted["preview"], preview);
    assert_eq!(newest(&ben, &chat)["preview"], preview);
    let changes = ben.changes(&chat, "limit=500");
    let last = changes["changes"].as_array().unwrap().last().unwrap();
    assert_eq!(last["event"]["message"]["preview"], preview);
    let loaded = image(app, &preview);
    loaded.check_status(200);
    assert_eq!(loaded.headers.get("content-type").unwrap(), "image/jpeg");
    assert!(!loaded.body.windows(4).any(|four| four == b"Exif"));

    // It is nobody else's to send, and of no other text.
    let (bens, chat_of_ben) = (format!("see {address}"), ben.group(&[]));
    let to_ben = format!("/conversations/{chat_of_ben}/messages");
    let stolen = ben.post(&to_ben, &showing(&bens, &preview)).ok(201);
    assert_eq!(stolen["preview"], Value::Null);
    let other = ada.post(&messages, &showing("no link", &preview)).ok(201);
    assert_eq!(other["preview"], Value::Null);
    let unknown = json!({ "id": crate::person::uuid() });
    let missing = ada.post(&messages, &showing(&text, &unknown)).ok(201);
    assert_eq!(missing["preview"], Value::Null);

    // Who forwards it shows it, too, and it stays with the last one that does.
    let mut forward = message("");
    forward["forward_of"] = posted["id"].clone();
    let forwarded = ben.post(&to_ben, &forward).ok(201);
    assert_eq!(forwarded["preview"], preview);
    let of = |chat: &str, message: &Value| {
        format!(
            "/conversations/{chat}/messages/{}?for=everyone",
            message["id"].as_str().unwrap()
        )
    };
    ada.delete(&of(&chat, &posted)).check_status(204);
    assert_eq!(newest(&ben, &chat_of_ben)["preview"], preview);
    image(app, &preview).check_status(200);
    ben.delete(&of(&chat_of_ben, &forwarded)).check_status(204);
    image(app, &preview).check_problem(404, "not_found");
    assert_eq!(newest(&ben, &chat_of_ben)["preview"], Value::Null);
}

pub(crate) fn preview_goes_with_its_text_and_its_message(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let (chat, address) = (ada.group(&[]), site("Marzipan"));
    let preview = look(&ada, &address).ok(200);
    let messages = format!("/conversations/{chat}/messages");
    let posted = ada.post(&messages, &showing(&address, &preview)).ok(201);
    let path = format!("{messages}/{}", posted["id"].as_str().unwrap());
    let edit = |text: &str| {
        let body = json!({ "text": text, "client_op_id": crate::person::uuid() });
        ada.patch(&path, &body).ok(200)
    };
    assert_eq!(edit(&format!("{address} again"))["preview"], preview);
    assert_eq!(edit("something else")["preview"], Value::Null);
    assert_eq!(newest(&ada, &chat)["preview"], Value::Null);
    image(app, &preview).check_problem(404, "not_found");

    // Two messages that let go of it at once leave nothing.
    let preview = look(&ada, &address).ok(200);
    let both: Vec<String> = (0..2)
        .map(|_| {
            let posted = ada.post(&messages, &showing(&address, &preview)).ok(201);
            assert_eq!(posted["preview"], preview);
            format!("{messages}/{}?for=everyone", posted["id"].as_str().unwrap())
        })
        .collect();
    at_once(2, |at, _| ada.delete_at(at, &both[at]).check_status(204));
    image(app, &preview).check_problem(404, "not_found");
    ada.delete(&format!("{path}?for=everyone"))
        .check_status(204);
    let log = ada
        .get(&format!("/conversations/{chat}/changes?limit=500"))
        .ok(200);
    assert!(!log.to_string().contains("Marzipan"), "{log}");
}

pub(crate) fn page_that_is_not_there_is_not_shown(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let address = site("Mills");
    for nothing in [
        format!("{address}/missing"),
        format!("{address}/a.jpg"),
        "http://127.0.0.1:1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "not an address".to_owned(),
        String::new(),
    ] {
        look(&ada, &nothing).check_status(204);
    }
    image(app, &json!({ "id": crate::person::uuid() })).check_problem(404, "not_found");
    image(app, &json!({ "id": "x" })).check_problem(404, "not_found");
    app.post("/api/v1/link-previews", &json!({ "url": address }))
        .check_status(401);
    let config = ada.get("/client-config").ok(200);
    assert_eq!(config["features"], json!(["link_previews"]));
}
