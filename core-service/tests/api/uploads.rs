//! Files that people send.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::mpsc::sync_channel,
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    app::{Answer, TestApp},
    files::{eventually, load},
    person::{Person, id, message, uuid},
    races::at_once,
};

pub(crate) const PART_BYTES: usize = 1024 * 1024;

/// A message that carries something.
pub(crate) fn carrying(attachment: &Value, text: &str) -> Value {
    let mut body = message(text);
    body["attachment_id"] = attachment["id"].clone();
    body
}

fn new_upload(name: &str, size: usize) -> Value {
    json!({ "client_upload_id": uuid(), "name": name, "size": size, "type": "text/plain" })
}

#[track_caller]
fn begin(person: &Person<'_>, name: &str, size: usize) -> String {
    id(&person.post("/uploads", &new_upload(name, size)).ok(201))
}

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

fn part_at(
    person: &Person<'_>,
    replica: usize,
    upload: &str,
    offset: usize,
    bytes: &[u8],
) -> Answer {
    let path = format!("/uploads/{upload}/parts/{offset}");
    let headers = [("content-digest", &digest(bytes)[..])];
    person.send_bytes(replica, "PUT", &path, &headers, bytes)
}

fn part(person: &Person<'_>, upload: &str, offset: usize, bytes: &[u8]) -> Answer {
    part_at(person, person.app.next(), upload, offset, bytes)
}

pub(crate) fn complete(person: &Person<'_>, upload: &str) -> Answer {
    person.post(&format!("/uploads/{upload}/complete"), &json!({}))
}

/// An upload of these bytes that has come whole.
#[track_caller]
pub(crate) fn whole(person: &Person<'_>, name: &str, bytes: &[u8]) -> String {
    let upload = begin(person, name, bytes.len());
    for (index, bytes) in bytes.chunks(PART_BYTES).enumerate() {
        part(person, &upload, index * PART_BYTES, bytes).check_status(200);
    }
    upload
}

/// The attachment that is made of these bytes.
#[track_caller]
pub(crate) fn sent(person: &Person<'_>, name: &str, bytes: &[u8]) -> Value {
    complete(person, &whole(person, name, bytes)).ok(200)
}

/// Bytes that are like no others, whatever their place.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// Says that it sends a part, and sends half of it.
fn send_half(
    person: &Person<'_>,
    replica: usize,
    upload: &str,
    offset: usize,
    bytes: &[u8],
) -> TcpStream {
    let port = person.app.replicas[replica].http;
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "PUT /api/v1/uploads/{upload}/parts/{offset} HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer {}\r\ncontent-digest: {}\r\ncontent-length: {}\r\n\r\n",
        person.token,
        digest(bytes),
        bytes.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&bytes[..bytes.len() / 2]).unwrap();
    socket
}

/// Sends half of a part, and is gone.
fn break_off(person: &Person<'_>, replica: usize, upload: &str, offset: usize, bytes: &[u8]) {
    let mut socket = send_half(person, replica, upload, offset, bytes);
    socket.shutdown(Shutdown::Write).unwrap();
    // Until the replica has noticed.
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

pub(crate) fn interrupted_upload_goes_on_at_any_replica(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let bytes = noise(10 * PART_BYTES + 77);
    let new = new_upload("noise.bin", bytes.len());
    let upload = ada.post("/uploads", &new).ok(201);
    let asked = |upload: &Value| {
        assert_eq!(upload["size"], json!(bytes.len()));
        assert_eq!(upload["part_bytes"], json!(PART_BYTES));
        upload["offset"].as_u64().unwrap()
    };
    assert_eq!(asked(&upload), 0);
    let (upload, path) = (id(&upload), format!("/uploads/{}", id(&upload)));
    for (index, bytes) in bytes.chunks(PART_BYTES).enumerate() {
        let offset = index * PART_BYTES;
        break_off(&ada, index % 2, &upload, offset, bytes);
        // Whoever begins anew, with the same name, is told where to go on.
        let again = ada.post("/uploads", &new);
        assert!(again.is_replay());
        assert_eq!(asked(&again.ok(200)), offset as u64);
        assert_eq!(asked(&ada.get(&path).ok(200)), offset as u64);
        // The answer to the first one may have been lost.
        for replica in [index % 2, 1 - index % 2] {
            let taken = part_at(&ada, replica, &upload, offset, bytes).ok(200);
            assert_eq!(taken["offset"], json!(offset + bytes.len()));
        }
    }
    let file = complete(&ada, &upload).ok(200);
    assert_eq!(complete(&ada, &upload).ok(200), file);
    let facts = json!({
        "id": upload, "kind": "file", "name": "noise.bin", "type": "application/octet-stream",
        "size": bytes.len(), "width": null, "height": null, "blurhash": null,
        "duration_ms": null, "waveform": null, "thumbnail": false,
    });
    assert_eq!(file, facts);
    let chat = ada.group(&[]);
    ada.post(
        &format!("/conversations/{chat}/messages"),
        &carrying(&file, ""),
    )
    .check_status(201);
    assert!(load(&ada, &file).body == bytes, "other bytes came back");
}

/// A JPEG of 60 × 40 pixels, held upright, that says where it was taken.
pub(crate) const PHOTOGRAPH: &[u8] = include_bytes!("../../testdata/photograph.jpg");

pub(crate) fn upload_completed_everywhere_at_once_is_one(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let upload = whole(&ada, "photograph.jpg", PHOTOGRAPH);
    let path = format!("/uploads/{upload}/complete");
    let answers = at_once(6, |_, replica| ada.post_to(replica, &path, &json!({})));
    let pictures: Vec<Value> = answers.iter().map(|answer| answer.ok(200)).collect();
    for picture in &pictures {
        assert_eq!(picture, &pictures[0]);
    }
    let picture = &pictures[0];
    assert_eq!(picture["kind"], "picture");
    assert_eq!(
        (&picture["width"], &picture["height"]),
        (&json!(40), &json!(60))
    );
    let chat = ada.group(&[]);
    ada.post(
        &format!("/conversations/{chat}/messages"),
        &carrying(picture, ""),
    )
    .check_status(201);
    let loaded = load(&ada, picture);
    assert_eq!(picture["size"], json!(loaded.body.len()));
    let secret = b"zwiebelfisch";
    let has_secret = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
    assert!(has_secret(PHOTOGRAPH) && !has_secret(&loaded.body));
}

pub(crate) fn upload_is_its_owners(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let upload = whole(&ada, "a.txt", b"just text");
    let path = format!("/uploads/{upload}");
    for other in [upload.clone(), uuid(), "x".to_owned()] {
        let path = format!("/uploads/{other}");
        ben.get(&path).check_problem(404, "not_found");
        ben.delete(&path).check_problem(404, "not_found");
        part(&ben, &other, 0, b"just text").check_problem(404, "not_found");
        complete(&ben, &other).check_problem(404, "not_found");
    }
    let file = complete(&ada, &upload).ok(200);
    let chat = ben.group(&[&ada]);
    let messages = format!("/conversations/{chat}/messages");
    ben.post(&messages, &carrying(&file, ""))
        .check_problem(422, "no_attachment");
    let said = ada.post(&messages, &carrying(&file, "look")).ok(201);
    assert_eq!(said["attachment"], file);
    ada.delete(&path).check_problem(409, "file_was_sent");
    let other = whole(&ada, "b.txt", b"just text");
    ada.delete(&format!("/uploads/{other}")).check_status(204);
    complete(&ada, &other).check_problem(404, "not_found");
    // It is not complete.
    let open = json!({ "id": begin(&ada, "c.txt", 9) });
    ada.post(&messages, &carrying(&open, "look"))
        .check_problem(422, "no_attachment");
}

pub(crate) fn slow_parts_of_one_person_leave_turns_to_others(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let upload = begin(&ada, "a.txt", 9);
    let (answered, first_answer) = sync_channel(5);
    let slow: Vec<TcpStream> = (0..5)
        .map(|_| send_half(&ada, 0, &upload, 0, b"just text"))
        .collect();
    let readers: Vec<_> = slow
        .iter()
        .map(|socket| {
            let (mut socket, answered) = (socket.try_clone().unwrap(), answered.clone());
            thread::spawn(move || {
                let mut answer = [0; 1_024];
                let length = socket.read(&mut answer).unwrap_or_default();
                let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
                let _ = answered.send(answer);
            })
        })
        .collect();
    // Four of them wait for their bytes, whichever came first.
    let refused = first_answer.recv().unwrap();
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    part_at(&ada, 0, &upload, 0, b"just text").check_problem(503, "busy");
    // Whose upload it is not has no turn of it, and is told so before they have sent it.
    let mut other = send_half(&ben, 0, &upload, 0, b"just text");
    let mut answer = [0; 12];
    other.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");
    let own = begin(&ben, "b.txt", 9);
    part_at(&ben, 0, &own, 0, b"just text").check_status(200);
    for socket in &slow {
        let _ = socket.shutdown(Shutdown::Both);
    }
    for reader in readers {
        reader.join().unwrap();
    }
    part_at(&ada, 1, &upload, 0, b"just text").check_status(200);
}

pub(crate) fn parts_are_checked(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let bytes = noise(PART_BYTES + 9);
    let (first, last) = bytes.split_at(PART_BYTES);
    let upload = begin(&ada, "a", bytes.len());
    let raw = |headers: &[(&str, &str)], offset: &str, bytes: &[u8]| {
        let path = format!("/uploads/{upload}/parts/{offset}");
        ada.send_bytes(app.next(), "PUT", &path, headers, bytes)
    };
    raw(&[], "0", first).check_problem(400, "digest_missing");
    let other = digest(last);
    raw(&[("content-digest", &other)], "0", first).check_problem(422, "digest_mismatch");
    let own = digest(first);
    raw(&[("content-digest", &own)], "zero", first).check_problem(400, "bad_offset");
    raw(&[("content-digest", &digest(&bytes))], "0", &bytes).check_problem(413, "part_too_large");
    part(&ada, &upload, 0, &first[1..]).check_problem(422, "wrong_part_size");
    let incomplete = complete(&ada, &upload);
    incomplete.check_problem(409, "upload_incomplete");
    assert_eq!(incomplete.json()["offset"], 0);
    part(&ada, &upload, 0, first).check_status(200);
    for offset in [7, 2 * PART_BYTES] {
        let wrong = part(&ada, &upload, offset, first);
        wrong.check_problem(409, "wrong_offset");
        assert_eq!(wrong.json()["offset"], json!(PART_BYTES));
    }
    let mut changed = first.to_vec();
    changed[0] ^= 1;
    part(&ada, &upload, 0, &changed).check_problem(409, "part_differs");
    part(&ada, &upload, PART_BYTES, first).check_problem(422, "wrong_part_size");
    part(&ada, &upload, PART_BYTES, last).check_status(200);
    complete(&ada, &upload).check_status(200);
}

pub(crate) fn bytes_say_what_a_file_is(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let html = "<!DOCTYPE html><script>alert(1)</script>";
    for (name, text) in [("a.jpg", svg), ("b.png", html), ("c.webp", "alert(1)")] {
        let new = json!({
            "client_upload_id": uuid(), "name": name, "size": text.len(), "type": "image/jpeg",
        });
        let upload = id(&ada.post("/uploads", &new).ok(201));
        part(&ada, &upload, 0, text.as_bytes()).check_status(200);
        let file = complete(&ada, &upload).ok(200);
        assert_eq!(
            (&file["kind"], &file["width"]),
            (&json!("file"), &Value::Null)
        );
    }
    let polyglot = b"GIF89a/*<script>alert(1)</script>*/=1;";
    let refused = complete(&ada, &whole(&ada, "a.gif", polyglot));
    // Read as a GIF, its script says that it is 10 799 × 29 500 pixels large.
    refused.check_problem(422, "picture_too_large");
    let polyglot = b"GIF89a\x09\0\x09\0<script>alert(1)</script>";
    complete(&ada, &whole(&ada, "a.gif", polyglot)).check_problem(422, "picture_broken");
    let bomb = include_bytes!("../../testdata/bomb.png");
    let upload = whole(&ada, "bomb.png", bomb);
    complete(&ada, &upload).check_problem(422, "picture_too_large");
    let voice = json!({ "duration_ms": 1_200, "waveform": [0, 50, 100] });
    let sound = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead";
    let mut new = new_upload("voice.ogg", sound.len());
    new["voice"] = voice;
    let upload = id(&ada.post("/uploads", &new).ok(201));
    part(&ada, &upload, 0, sound).check_status(200);
    let note = complete(&ada, &upload).ok(200);
    assert_eq!(
        (&note["kind"], &note["type"]),
        (&json!("voice"), &json!("audio/ogg"))
    );
    assert_eq!(note["duration_ms"], 1_200);
    assert_eq!(note["waveform"], json!([0, 50, 100]));
    new["voice"]["waveform"] = json!([101]);
    new["client_upload_id"] = json!(uuid());
    ada.post("/uploads", &new).check_problem(422, "bad_voice");
}

#[test]
fn operator_bounds_what_people_send() {
    let app = TestApp::on_sqlite_with(&[
        ("ROOKERY_CORE_UPLOADS__MAX_BYTES", "40"),
        // Four files: each counts as 64 KiB at least.
        ("ROOKERY_CORE_UPLOADS__USER_QUOTA_BYTES", "262144"),
        ("ROOKERY_CORE_UPLOADS__OPEN_PER_PERSON", "2"),
        ("ROOKERY_CORE_UPLOADS__SWEEP_EVERY_S", "1"),
    ]);
    let (ada, ben) = (Person::new(&app, "ada"), Person::new(&app, "ben"));
    let config = app.send("GET", "/api/v1/client-config", &[], &[]).ok(200);
    assert_eq!(config["limits"]["upload_max_bytes"], 40);
    let ask = |person: &Person<'_>, size| person.post("/uploads", &new_upload("a", size));
    ask(&ada, 41).check_problem(413, "file_too_large");
    ask(&ada, 0).check_problem(422, "file_empty");
    let files: Vec<Value> = (0..3).map(|_| sent(&ada, "a", b"a")).collect();
    let open = id(&ask(&ada, 1).ok(201));
    ask(&ada, 1).check_problem(507, "quota_exceeded");
    // What is given up counts while it lies there.
    ada.delete(&format!("/uploads/{open}")).check_status(204);
    ask(&ada, 1).check_problem(507, "quota_exceeded");
    ask(&ben, 40).check_status(201);
    // What is deleted gives its room back.
    let chat = ada.group(&[&ben]);
    let messages = format!("/conversations/{chat}/messages");
    let said = ada.post(&messages, &carrying(&files[0], "")).ok(201);
    let delete = format!("{messages}/{}?for=everyone", id(&said));
    ada.delete(&delete).check_status(204);
    eventually(|| ask(&ada, 1).status == 201);
    ask(&ada, 1).check_problem(507, "quota_exceeded");
    ask(&ben, 40).check_status(201);
    ask(&ben, 1).check_problem(429, "too_many_uploads");
}
