//! What the hub asks.

use rookery_kit::{grpc::PresentCredential, secret::Secret};
use serde_json::json;
use shared_proto::core::v1::{
    AuthorizeRequest, DeliveredMark, ListGrantsRequest, PingRequest, ReadHeadsRequest, ReadRequest,
    ReportRequest, TopicRange, VerifyTokenRequest, auth_client::AuthClient,
    diagnostics_client::DiagnosticsClient, log_client::LogClient, receipts_client::ReceiptsClient,
};
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

use crate::{
    app::{SECRET, TestApp},
    person::{Person, uuid},
};

pub(crate) type Guarded = InterceptedService<Channel, PresentCredential>;

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn channel(app: &TestApp, replica: usize) -> Channel {
    let address = format!("http://127.0.0.1:{}", app.replicas[replica].grpc);
    Channel::from_shared(address)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

pub(crate) async fn connect(app: &TestApp, replica: usize, secret: &str) -> Guarded {
    let credential = PresentCredential::new(&Secret::new(secret)).unwrap();
    InterceptedService::new(channel(app, replica).await, credential)
}

#[track_caller]
fn check_code<T: std::fmt::Debug>(answer: Result<T, tonic::Status>, code: Code) {
    assert_eq!(answer.unwrap_err().code(), code);
}

pub(crate) fn hub_must_know_the_secret(app: &TestApp) {
    let ada = Person::new(app, "ada");
    runtime().block_on(async {
        let request = || VerifyTokenRequest {
            token: ada.token.clone(),
        };
        for (replica, name) in ["core-1", "core-2"].into_iter().enumerate() {
            let nobody = channel(app, replica).await;
            let verified = AuthClient::new(nobody.clone())
                .verify_token(request())
                .await;
            check_code(verified, Code::Unauthenticated);
            let pong = DiagnosticsClient::new(nobody)
                .ping(PingRequest::default())
                .await;
            check_code(pong, Code::Unauthenticated);

            for wrong in ["", "x", &ada.token, &SECRET[1..]] {
                let stranger = connect(app, replica, wrong).await;
                let (mut auth, mut log) = (
                    AuthClient::new(stranger.clone()),
                    LogClient::new(stranger.clone()),
                );
                check_code(auth.verify_token(request()).await, Code::Unauthenticated);
                check_code(
                    auth.authorize(AuthorizeRequest::default()).await,
                    Code::Unauthenticated,
                );
                check_code(
                    auth.list_grants(ListGrantsRequest::default()).await,
                    Code::Unauthenticated,
                );
                check_code(
                    log.read(ReadRequest::default()).await,
                    Code::Unauthenticated,
                );
                check_code(
                    log.read_heads(ReadHeadsRequest::default()).await,
                    Code::Unauthenticated,
                );
                let report = ReceiptsClient::new(stranger)
                    .report(ReportRequest::default())
                    .await;
                check_code(report, Code::Unauthenticated);
            }

            let hub = connect(app, replica, SECRET).await;
            let verified = AuthClient::new(hub.clone())
                .verify_token(request())
                .await
                .unwrap();
            assert_eq!(verified.into_inner().user_id, ada.id);
            let ping = PingRequest { sequence: 7 };
            let pong = DiagnosticsClient::new(hub)
                .ping(ping)
                .await
                .unwrap()
                .into_inner();
            assert_eq!((pong.sequence, pong.instance_id.as_str()), (7, name));
        }
    });
}

pub(crate) fn hub_learns_who_may_hear_what(app: &TestApp) {
    let people = ["ada", "ben", "eve"].map(|handle| Person::new(app, handle));
    let [ada, ben, eve] = &people;
    let chat = ada.group(&[]);
    ada.say(&chat, "before");
    ada.add(&chat, ben);
    let topic = format!("chat:{chat}");
    runtime().block_on(async {
        let hub = connect(app, 1, SECRET).await;
        let (mut auth, mut log) = (AuthClient::new(hub.clone()), LogClient::new(hub.clone()));
        let mut granted = async |user: &Person<'_>| {
            let own = format!("user:{}", user.id);
            let topics = vec![
                topic.clone(),
                own.clone(),
                "control".into(),
                "chat:x".into(),
            ];
            let request = AuthorizeRequest {
                user_id: user.id.clone(),
                topics,
            };
            let mut grants = auth.authorize(request).await.unwrap().into_inner().grants;
            // Everybody hears their own topic.
            assert!(
                grants
                    .iter()
                    .any(|grant| grant.topic == own && grant.readable_from == 1)
            );
            grants.retain(|grant| grant.topic != own);
            grants
        };
        assert!(granted(eve).await.is_empty());
        let [of_ada, of_ben] = [granted(ada).await, granted(ben).await].map(|grants| {
            assert_eq!(grants.len(), 1);
            assert_eq!(
                (grants[0].topic.as_str(), grants[0].member_count),
                (topic.as_str(), 2)
            );
            (grants[0].readable_from, grants[0].head)
        });
        assert_eq!((of_ada, of_ben), ((1, 3), (3, 3)));
        // With the token, what is newest; the rest on request.
        let token = ada.token.clone();
        let verified = auth.verify_token(VerifyTokenRequest { token }).await;
        let verified = verified.unwrap().into_inner();
        let topics: Vec<&str> = verified.grants.iter().map(|grant| &*grant.topic).collect();
        assert_eq!(topics, [&format!("user:{}", ada.id), &topic]);
        assert_eq!(verified.next_grants, "");
        let request = ListGrantsRequest {
            user_id: ada.id.clone(),
            cursor: "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
        };
        let listed = auth.list_grants(request).await.unwrap().into_inner();
        assert_eq!(
            (listed.grants, &*listed.next),
            (vec![verified.grants[1].clone()], "")
        );

        let range = TopicRange {
            topic: topic.clone(),
            after_offset: 1,
            limit_events: 10,
            ..TopicRange::default()
        };
        let ranges = vec![
            range,
            TopicRange {
                topic: "chat:x".into(),
                ..TopicRange::default()
            },
        ];
        let read = log.read(ReadRequest { ranges }).await.unwrap().into_inner();
        assert_eq!(read.slices.len(), 2);
        let offsets: Vec<u64> = read.slices[0]
            .events
            .iter()
            .map(|event| event.offset)
            .collect();
        assert_eq!(offsets, vec![2, 3]);
        assert!(read.slices[1].events.is_empty());

        let mark = DeliveredMark {
            conversation_id: chat.clone(),
            user_id: ada.id.clone(),
            delivered_seq: 99,
        };
        let marks = vec![
            mark.clone(),
            DeliveredMark {
                user_id: eve.id.clone(),
                ..mark
            },
        ];
        ReceiptsClient::new(hub)
            .report(ReportRequest { marks })
            .await
            .unwrap();
    });
    let seen = ada.conversation(&chat);
    assert_eq!(
        (&seen["delivered_seq"], &seen["read_seq"]),
        (&json!(1), &json!(1))
    );
}

pub(crate) fn nonsense_is_refused_politely(app: &TestApp) {
    runtime().block_on(async {
        let hub = connect(app, 0, SECRET).await;
        let (mut auth, mut log) = (AuthClient::new(hub.clone()), LogClient::new(hub.clone()));
        for token in ["", "x", "a.b.c", "\0"] {
            let verified = auth
                .verify_token(VerifyTokenRequest {
                    token: token.into(),
                })
                .await;
            let status = verified.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated);
            assert_eq!(status.metadata().get("rookery-reason").unwrap(), "invalid");
        }
        let nobody = AuthorizeRequest {
            user_id: "ada".into(),
            topics: vec![],
        };
        check_code(auth.authorize(nobody).await, Code::InvalidArgument);
        let many = vec!["chat:x".to_owned(); 1001];
        let too_many = AuthorizeRequest {
            user_id: uuid(),
            topics: many.clone(),
        };
        check_code(auth.authorize(too_many).await, Code::InvalidArgument);
        check_code(
            log.read_heads(ReadHeadsRequest { topics: many }).await,
            Code::InvalidArgument,
        );

        let ranges = vec![TopicRange::default(); 65];
        check_code(
            log.read(ReadRequest { ranges }).await,
            Code::InvalidArgument,
        );
        for (user, cursor) in [(uuid(), ""), (uuid(), "x"), ("ada".into(), &*uuid())] {
            let request = ListGrantsRequest {
                user_id: user,
                cursor: cursor.to_owned(),
            };
            check_code(auth.list_grants(request).await, Code::InvalidArgument);
        }

        let odd = [
            "",
            "\0",
            "chat:\0",
            "user:",
            "chat:00000000-0000-0000-0000-000000000000",
        ];
        let topics: Vec<String> = odd.map(str::to_owned).into();
        let heads = log
            .read_heads(ReadHeadsRequest {
                topics: topics.clone(),
            })
            .await
            .unwrap();
        assert!(heads.into_inner().heads.is_empty());
        let range = |topic: String| TopicRange {
            topic,
            epoch: "\0".into(),
            after_offset: u64::MAX,
            up_to_offset: u64::MAX,
            limit_events: u32::MAX,
        };
        let ranges = topics.into_iter().map(range).collect();
        let read = log.read(ReadRequest { ranges }).await.unwrap().into_inner();
        assert!(read.slices.iter().all(|slice| slice.events.is_empty()));
        let mark = DeliveredMark {
            conversation_id: "x".into(),
            user_id: "\0".into(),
            delivered_seq: u64::MAX,
        };
        let marks = vec![mark];
        ReceiptsClient::new(hub)
            .report(ReportRequest { marks })
            .await
            .unwrap();
    });
    assert!(!app.logs().contains("ERROR"), "{}", app.logs());
}
