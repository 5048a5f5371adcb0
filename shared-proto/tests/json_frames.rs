//! JSON frames of the client protocol, as the official SDK writes and expects them.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use shared_proto::{
    client::v1::{
        Command, ConnectRequest, EmulationRequest, Publication, Push, Reply, SubscribeRequest,
        SubscribeResult,
    },
    hub::api::v1::{DisconnectRequest, HistoryRequest, PublishRequest},
};

#[track_caller]
fn check_reply(reply: &Reply, json: &str) {
    assert_eq!(serde_json::to_string(reply).unwrap(), json);
    assert_eq!(&serde_json::from_str::<Reply>(json).unwrap(), reply);
}

#[test]
fn zero_values_are_left_out() {
    check_reply(&Reply::default(), "{}");
    check_reply(
        &Reply {
            id: 7,
            subscribe: Some(SubscribeResult::default()),
            ..Reply::default()
        },
        r#"{"id":7,"subscribe":{}}"#,
    );
}

#[test]
fn payload_is_raw_json() {
    let publication = Publication {
        data: br#"{"type":"typing"}"#.as_slice().into(),
        offset: 3,
        ..Publication::default()
    };
    check_reply(
        &Reply {
            push: Some(Push {
                channel: "chat:1".into(),
                r#pub: Some(publication),
                ..Push::default()
            }),
            ..Reply::default()
        },
        r#"{"push":{"channel":"chat:1","pub":{"data":{"type":"typing"},"offset":3}}}"#,
    );
}

#[test]
fn payload_that_is_not_json_is_refused() {
    let publication = Publication {
        data: b"{".as_slice().into(),
        ..Publication::default()
    };
    assert!(serde_json::to_string(&publication).is_err());
}

#[test]
fn message_inside_a_message_is_an_object() {
    for json in [
        r#"{"subscribe":[]}"#,
        r#"{"subscribe":["chat:1"]}"#,
        r#"{"subscribe":{"tf":[]}}"#,
        r#"{"subscribe":{"tf":{"op":"not","nodes":[[]]}}}"#,
        r#"{"history":{"since":[1,"e"]}}"#,
        r#"{"connect":{"subs":{"user:1":[]}}}"#,
    ] {
        let error = serde_json::from_str::<Command>(json).unwrap_err();
        assert!(
            error.to_string().contains("expected an object"),
            "{json}: {error}"
        );
    }
    let json = r#"{"connect":{"subs":{"user:1":{}}},"subscribe":{"tf":{"nodes":[{},{}]}}}"#;
    let command = serde_json::from_str::<Command>(json).unwrap();
    assert_eq!(command.connect.unwrap().subs.len(), 1);
    assert_eq!(command.subscribe.unwrap().tf.unwrap().nodes.len(), 2);
    assert_eq!(
        serde_json::from_str::<Command>(r#"{"ping":null}"#).unwrap(),
        Command::default()
    );
}

#[test]
fn unknown_fields_are_tolerated() {
    let json = r#"{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"e","offset":9,"flag":1,"cursor":"c"}}"#;
    let command: Command = serde_json::from_str(json).unwrap();
    assert_eq!(
        command.subscribe,
        Some(SubscribeRequest {
            channel: "chat:1".into(),
            recover: true,
            epoch: "e".into(),
            offset: 9,
            flag: 1,
            ..SubscribeRequest::default()
        })
    );
}

#[test]
fn connect_carries_its_token_and_data() {
    let json = r#"{"id":1,"connect":{"token":"t","data":{"a": [1]},"name":"js"}}"#;
    let command: Command = serde_json::from_str(json).unwrap();
    assert_eq!(
        command.connect,
        Some(ConnectRequest {
            token: "t".into(),
            data: br#"{"a": [1]}"#.as_slice().into(),
            name: "js".into(),
            ..ConnectRequest::default()
        })
    );
}

#[test]
fn emulated_commands_are_a_string() {
    let json = r#"{"node":"n","session":"s","data":"{\"id\":2,\"ping\":{}}\n"}"#;
    let request: EmulationRequest = serde_json::from_str(json).unwrap();
    assert_eq!(request.data, "{\"id\":2,\"ping\":{}}\n");
    assert_eq!(serde_json::to_string(&request).unwrap(), json);
}

/// Libraries in languages with null write it for whatever their caller left out.
#[test]
fn null_is_a_field_that_is_not_set() {
    let request: PublishRequest = serde_json::from_str(
        r#"{"channel":"news:a","data":{},"b64data":null,"skip_history":null,"tags":null,
            "idempotency_key":null,"version":null,"version_epoch":null}"#,
    )
    .unwrap();
    let expected = PublishRequest {
        channel: "news:a".into(),
        data: "{}".into(),
        ..PublishRequest::default()
    };
    assert_eq!(request, expected);

    let request: DisconnectRequest = serde_json::from_str(
        r#"{"user":"ada","client":null,"session":null,"whitelist":null,"disconnect":null}"#,
    )
    .unwrap();
    assert_eq!((&*request.user, request.disconnect), ("ada", None));

    let history: HistoryRequest =
        serde_json::from_str(r#"{"channel":"a","limit":null,"since":null,"reverse":null}"#)
            .unwrap();
    assert_eq!(history.limit, 0);

    let connect: Command = serde_json::from_str(
        r#"{"id":1,"connect":{"token":null,"subs":null,"name":null,"headers":null},"send":null}"#,
    )
    .unwrap();
    assert_eq!(connect.connect, Some(ConnectRequest::default()));
    // What is there and of another kind is still a mistake.
    assert!(serde_json::from_str::<HistoryRequest>(r#"{"limit":"5"}"#).is_err());
}
