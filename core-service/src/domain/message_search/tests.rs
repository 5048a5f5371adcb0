use super::*;
use crate::domain::{
    attachment::FileName,
    ids::{AttachmentId, ClientId, MessageId},
};

fn message(text: &str) -> Message {
    Message {
        id: MessageId::new(Uuid::nil()),
        conversation_id: ConversationId::new(Uuid::from_u128(1)),
        seq: 1,
        sender_id: UserId::new(Uuid::from_u128(2)),
        client_msg_id: ClientId::new(Uuid::nil()),
        text: Text::stored(text.to_owned()),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: 0,
        created_at: Timestamp::from_micros(1),
        edited_at: None,
        deleted: false,
        reactions: Vec::new(),
        my_reaction: None,
        starred: false,
        attachment: None,
        expires_at: None,
        preview: None,
    }
}

fn carrying(kind: attachment::Kind, name: &str, text: &str) -> Message {
    let attachment = Attachment {
        id: AttachmentId::new(Uuid::nil()),
        kind,
        name: FileName::of_claim(name),
        media_type: "text/plain".to_owned(),
        size: 1,
        width: None,
        height: None,
        blurhash: None,
        duration_ms: None,
        waveform: None,
        thumbnail: false,
    };
    Message {
        attachment: Some(attachment),
        expires_at: None,
        ..message(text)
    }
}

/// The words among a message's terms.
fn words(message: &Message) -> Vec<String> {
    let is_word = |term: &&str| !term.starts_with(['\u{E000}', '\u{E001}', '\u{E002}']);
    let terms = terms(message);
    terms
        .split(' ')
        .filter(is_word)
        .map(str::to_owned)
        .collect()
}

fn kinds(message: &Message) -> Vec<String> {
    let terms = terms(message);
    let kinds = terms
        .split(' ')
        .filter_map(|term| term.strip_prefix(OF_KIND));
    kinds.map(str::to_owned).collect()
}

#[track_caller]
fn check_words(text: &str, expected: &[&str]) {
    assert_eq!(words(&message(text)), expected, "{text}");
}

#[test]
fn words_are_folded_and_stand_once() {
    check_words("Tea, tea & TEA!", &["tea"]);
    check_words("Crème brûlée", &["brulee", "creme"]);
    check_words("Müller", &["mueller", "muller"]);
    check_words("e-mail @ada #topic", &["ada", "e", "mail", "topic"]);
    check_words(
        "https://a.example/x?y=1",
        &["1", "a", "example", "https", "x", "y"],
    );
    check_words("👍 … — !", &[]);
    check_words("", &[]);
    check_words("a\u{200B}b so\u{AD}ft", &["ab", "soft"]);
    check_words("مـــرحبا أهلاً", &["اهلا", "مرحبا"]);
    check_words("हिन्दी में", &["में", "हिन्दी"]);
    check_words("½ x²", &["1", "2", "x2"]);
}

#[test]
fn script_without_blanks_is_found_from_any_character_on() {
    check_words("東京都", &["京都", "東京", "都"]);
    check_words("東 京", &["京", "東"]);
    check_words("v2東京", &["v2", "京", "東京"]);
    check_words("タワー", &["タワ", "ワー", "ー"]);
    let thai = words(&message("สวัสดี"));
    let part = MessageSearch::parse("วัสด").unwrap();
    assert_eq!(part.words().len(), 3);
    assert!(part.words().iter().all(|word| thai.contains(word)));
    check_words(
        "서울에서 봐",
        &["봐", "서울에서"].map(fold).each_ref().map(String::as_str),
    );
}

#[test]
fn long_word_is_known_by_its_beginning() {
    let long = "x".repeat(4_096);
    check_words(&long, &[&long[..WORD_MAX_CHARS]]);
    let search = MessageSearch::parse(&long[..100]).unwrap();
    assert_eq!(search.words(), [&long[..WORD_MAX_CHARS]]);
}

#[test]
fn name_and_caption_are_searched_and_what_a_recorder_says_is_not() {
    let file = carrying(attachment::Kind::File, "Report_2026.pdf", "for you");
    assert_eq!(words(&file), ["2026", "for", "pdf", "report", "you"]);
    assert_eq!(kinds(&file), ["file"]);
    let voice = carrying(attachment::Kind::Voice, "recording.webm", "");
    assert_eq!(words(&voice), [""; 0]);
    assert_eq!(kinds(&voice), ["voice"]);
}

#[track_caller]
fn check_link(text: &str, is_link: bool) {
    let expected: &[&str] = if is_link {
        &["text", "link"]
    } else {
        &["text"]
    };
    assert_eq!(kinds(&message(text)), expected, "{text}");
}

#[test]
fn message_with_an_address_is_a_link() {
    for text in [
        "https://example.org",
        "see HTTP://example.org.",
        "(www.example.org)",
        "見てhttps://example.org",
    ] {
        check_link(text, true);
    }
    for text in ["example", "xhttp://a", "www.", "https://", "awww.x"] {
        check_link(text, false);
    }
}

#[test]
fn eight_words_count_and_none_is_no_search() {
    let search = MessageSearch::parse(" One two,three 4 5 6 7 8 9 10").unwrap();
    assert_eq!(
        search.words(),
        ["one", "two", "three", "4", "5", "6", "7", "8"]
    );
    assert_eq!(MessageSearch::parse("東").unwrap().words(), ["東"]);
    assert_eq!(
        MessageSearch::parse("東京都").unwrap().words(),
        ["東京", "京都"]
    );
    assert!(MessageSearch::parse(&"é".repeat(SEARCH_MAX_CHARS)).is_ok());
    for typed in [
        "",
        " ",
        "👍",
        "\u{301}",
        "*\"'",
        "a\0",
        "\u{E000}",
        &"x".repeat(201),
    ] {
        assert_eq!(MessageSearch::parse(typed), Err(InvalidSearch), "{typed:?}");
    }
}

#[test]
fn every_term_of_a_filter_is_one_of_the_messages() {
    let message = carrying(attachment::Kind::Picture, "a.png", "www.example.org");
    let mut search = MessageSearch::parse("a").unwrap();
    search.conversation = Some(message.conversation_id);
    search.sender = Some(message.sender_id);
    let terms = terms(&message);
    let terms: Vec<&str> = terms.split(' ').collect();
    for kind in [
        SearchKind::Link,
        SearchKind::Carrying(attachment::Kind::Picture),
    ] {
        search.kind = Some(kind);
        assert_eq!(SearchKind::parse(kind.as_str()), Some(kind));
        let marks = search.marks();
        assert_eq!(marks.len(), 3);
        assert!(marks.iter().all(|mark| terms.contains(&mark.as_str())));
    }
    assert_eq!(SearchKind::parse("text"), Some(SearchKind::Text));
    assert_eq!(SearchKind::parse("image"), None);
}
