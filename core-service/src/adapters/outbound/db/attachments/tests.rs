//! What the store promises, on both databases.

use std::{sync::Arc, thread};

use uuid::Uuid;

use super::*;
use crate::{
    adapters::outbound::db::tests::{on_postgres, on_sqlite},
    application::{
        ports::{
            AccountStore as _, At, ChatStore as _, Cursor, Deletion, LogRange, Made, MemberAct,
            MemberChange, MessageStore as _, NewAccount, NewConversation, NewMessage, NewUpload,
            Posted, TopicStore as _, UploadStore as _,
        },
        testing::contract::{Carries, Seats as _, UploadStores, person, upload_store_contract},
    },
    domain::{
        contact::ContactDenied,
        conversation::{Blueprint, Title},
        event::Topic,
        ids::ClientId,
        message::{Text, Windows},
    },
};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

const WINDOWS: Windows = Windows {
    edit_s: 900,
    delete_s: 999_999_999,
};

/// A word that is nowhere else.
const SECRET: &str = "zwiebelfisch";

/// A database, and where it keeps its files.
type Opened = (Arc<Database>, Option<tempfile::TempDir>);

impl Database {
    fn delete(&self, at: At, now: Timestamp) {
        let deletion = Deletion {
            at,
            windows: WINDOWS,
            now,
        };
        self.delete_message(&deletion).unwrap().unwrap();
    }

    fn send(&self, chat: ConversationId, sender: UserId, carried: Option<AttachmentId>) -> Posted {
        let new = NewMessage {
            id: MessageId::new(Uuid::now_v7()),
            conversation: chat,
            sender,
            client_msg_id: name(),
            text: Text::caption(if carried.is_some() { "" } else { "words" }).unwrap(),
            forward_of: None,
            reply_to: None,
            mentions: Vec::new(),
            attachment: carried,
            preview: None,
            created_at: NOW,
        };
        self.post_messages(&[new]).unwrap().remove(0)
    }

    fn forward(&self, chat: ConversationId, sender: UserId, message: &Message) -> Posted {
        let new = NewMessage {
            id: MessageId::new(Uuid::now_v7()),
            conversation: chat,
            sender,
            client_msg_id: name(),
            text: Text::gone(),
            forward_of: Some(message.id),
            reply_to: None,
            mentions: Vec::new(),
            attachment: None,
            preview: None,
            created_at: NOW,
        };
        self.post_messages(&[new]).unwrap().remove(0)
    }
}

impl Carries for Database {
    fn carry(&self, owner: UserId, id: AttachmentId) {
        let chat = ConversationId::new(Uuid::now_v7());
        self.seat(owner, chat, NOW);
        let posted = self.send(chat, owner, Some(id));
        assert!(matches!(posted, Posted::Made(Made::New(..))), "{posted:?}");
    }

    fn let_go(&self, id: AttachmentId, now: Timestamp) {
        let carrier = self.read_one(|connection| {
            messages::table
                .filter(messages::attachment_id.eq(id))
                .select((messages::conversation_id, messages::id, messages::sender_id))
                .first(connection)
        });
        let (conversation, message, user) = carrier.unwrap();
        let at = At {
            conversation,
            message,
            user,
        };
        self.delete(at, now);
    }
}

fn name() -> ClientId {
    ClientId::new(Uuid::now_v7())
}

fn people<const N: usize>(database: &Database, handles: [&str; N]) -> [UserId; N] {
    handles.map(|handle| {
        let account = NewAccount {
            user: person(handle),
            password_hash: "hash".to_owned(),
            created_at: NOW,
        };
        database.create_account(&account).unwrap();
        account.user.id
    })
}

fn upload_stores((database, folder): Opened) -> UploadStores {
    let people = people(&database, ["ada", "ben"]);
    UploadStores::of(database, people, folder)
}

upload_store_contract!(uploads_on_sqlite, upload_stores(on_sqlite()));
upload_store_contract!(uploads_on_postgres, upload_stores(on_postgres()));

fn upload(owner: UserId) -> NewUpload {
    NewUpload {
        id: AttachmentId::new(Uuid::now_v7()),
        owner,
        client_upload_id: name(),
        name: FileName::of_claim(SECRET),
        claimed_type: String::new(),
        size: 9,
        voice: None,
        expires_at: NOW,
        quota_bytes: i64::MAX,
        open_max: 9,
    }
}

/// Ada's group with Ben.
struct World {
    database: Arc<Database>,
    _folder: Option<tempfile::TempDir>,
    chat: ConversationId,
    ada: UserId,
    ben: UserId,
}

fn make(database: &Database, creator: UserId, blueprint: Blueprint) -> ConversationId {
    let new = NewConversation {
        id: ConversationId::new(Uuid::now_v7()),
        blueprint,
        creator,
        client_id: name(),
        created_at: NOW,
        chats_max: 99,
    };
    database.create_conversation(&new).unwrap().unwrap();
    new.id
}

fn group(members: Vec<UserId>) -> Blueprint {
    Blueprint::Group(Title::parse("Rooks").unwrap(), members)
}

impl World {
    fn new((database, folder): Opened) -> Self {
        let [ada, ben] = people(&database, ["ada", "ben"]);
        let chat = make(&database, ada, group(vec![ben]));
        Self {
            database,
            _folder: folder,
            chat,
            ada,
            ben,
        }
    }

    fn attachment(&self, owner: UserId, kind: Kind) -> Attachment {
        let new = upload(owner);
        let id = new.id;
        self.database.begin_upload(&new).unwrap().unwrap();
        let kept = Kept {
            attachment: Attachment {
                id,
                kind,
                name: new.name,
                media_type: "text/plain".to_owned(),
                size: 9,
                width: None,
                height: None,
                blurhash: None,
                duration_ms: None,
                waveform: None,
                thumbnail: false,
            },
            owner,
            folder: FolderId::new(*id.as_uuid()),
            thumbnail_type: None,
        };
        let made = self.database.complete_upload(&kept, NOW, NOW).unwrap();
        assert_eq!(made, Some(kept.clone()));
        kept.attachment
    }

    fn sent(&self, kind: Kind) -> (Message, Attachment) {
        let carried = self.attachment(self.ada, kind);
        match self.database.send(self.chat, self.ada, Some(carried.id)) {
            Posted::Made(Made::New(message, _)) => (message, carried),
            other => panic!("{other:?}"),
        }
    }

    fn at(&self, user: UserId, message: &Message) -> At {
        At {
            conversation: self.chat,
            message: message.id,
            user,
        }
    }

    fn hide(&self, user: UserId, message: &Message) {
        let hidden = self.database.hide_message(self.at(user, message), NOW);
        hidden.unwrap().unwrap();
    }

    fn is_readable(&self, user: UserId, id: AttachmentId) -> bool {
        let found = self.database.readable_attachments(user, &[id]).unwrap();
        found == [(id, false)]
    }

    fn due(&self) -> Vec<FolderId> {
        let due = self.database.due_folders(NOW, 99).unwrap();
        due.into_iter().map(|due| due.folder).collect()
    }

    fn read(&self, user: UserId) -> Vec<Option<Attachment>> {
        let page = self.database.messages(self.chat, user, Cursor::Latest, 99);
        let items = page.unwrap().unwrap().items.into_iter();
        items.map(|message| message.attachment).collect()
    }
}

fn message_carries_what_its_sender_has(opened: Opened) {
    let world = World::new(opened);
    let (message, carried) = world.sent(Kind::File);
    assert_eq!(message.attachment, Some(carried.clone()));
    assert_eq!(world.read(world.ben), [Some(carried.clone())]);
    let listed = world.database.conversation(world.ben, world.chat).unwrap();
    let last = listed.unwrap().last_message.unwrap();
    assert_eq!(last.attachment, Some(carried.clone()));
    let of_ben = world.attachment(world.ben, Kind::File).id;
    let nothing = AttachmentId::new(Uuid::now_v7());
    for id in [of_ben, nothing] {
        let refused = world.database.send(world.chat, world.ada, Some(id));
        assert_eq!(refused, Posted::Refused(Refused::NoAttachment));
    }
    // A repeat says what the first one carried.
    let again = NewMessage {
        id: MessageId::new(Uuid::now_v7()),
        conversation: world.chat,
        sender: world.ada,
        client_msg_id: message.client_msg_id,
        text: Text::gone(),
        forward_of: None,
        reply_to: None,
        mentions: Vec::new(),
        attachment: Some(carried.id),
        preview: None,
        created_at: NOW,
    };
    let repeat = world.database.post_messages(&[again]).unwrap().remove(0);
    assert_eq!(repeat, Posted::Made(Made::Replayed(message)));
}

fn request_carries_words_alone(opened: Opened) {
    let world = World::new(opened);
    let [cat] = people(&world.database, ["cat"]);
    let chat = make(&world.database, world.ada, Blueprint::Direct(cat));
    let of_ada = Some(world.attachment(world.ada, Kind::File).id);
    let of_cat = Some(world.attachment(cat, Kind::File).id);
    let send = |sender, carried| world.database.send(chat, sender, carried);
    let refused = Posted::Refused(ContactDenied::RequestWithoutFiles.into());
    assert_eq!(send(world.ada, of_ada), refused);
    assert!(matches!(send(world.ada, None), Posted::Made(_)));
    assert_eq!(send(world.ada, of_ada), refused);
    // Writing back accepts, and that may be with a picture.
    assert!(matches!(send(cat, of_cat), Posted::Made(_)));
    assert!(matches!(send(world.ada, of_ada), Posted::Made(_)));
}

fn attachment_is_read_by_those_who_read_its_message(opened: Opened) {
    let world = World::new(opened);
    let [cat] = people(&world.database, ["cat"]);
    let (message, carried) = world.sent(Kind::File);
    let add = MemberChange {
        conversation: world.chat,
        by: world.ada,
        user: cat,
        act: MemberAct::Add,
        now: NOW,
        chats_max: 99,
    };
    assert!(!world.is_readable(cat, carried.id));
    world.database.change_member(&add).unwrap().unwrap();
    assert!(world.is_readable(world.ada, carried.id));
    assert!(world.is_readable(world.ben, carried.id));
    // Who came later reads nothing of what was before, unless it is sent again.
    assert!(!world.is_readable(cat, carried.id));
    world.hide(world.ben, &message);
    assert!(!world.is_readable(world.ben, carried.id));
    let again = world.database.send(world.chat, world.ada, Some(carried.id));
    assert!(matches!(again, Posted::Made(_)));
    assert!(world.is_readable(cat, carried.id) && world.is_readable(world.ben, carried.id));
    let leave = MemberChange {
        by: cat,
        act: MemberAct::Remove,
        ..add
    };
    world.database.change_member(&leave).unwrap().unwrap();
    assert!(!world.is_readable(cat, carried.id));
}

fn forwarded_message_carries_the_same(opened: Opened) {
    let world = World::new(opened);
    let [cat] = people(&world.database, ["cat"]);
    let (message, carried) = world.sent(Kind::File);
    let forward = |chat, sender, message: &Message| world.database.forward(chat, sender, message);
    let elsewhere = make(&world.database, world.ben, group(vec![cat]));
    match forward(elsewhere, world.ben, &message) {
        Posted::Made(Made::New(forwarded, _)) => {
            assert_eq!(forwarded.attachment, Some(carried.clone()));
        }
        other => panic!("{other:?}"),
    }
    world.database.delete(world.at(world.ada, &message), NOW);
    assert!(world.is_readable(cat, carried.id));
    // A request carries no file of another's either.
    let (message, _) = world.sent(Kind::File);
    let asked = make(&world.database, world.ben, Blueprint::Direct(cat));
    let refused = forward(asked, world.ben, &message);
    let denied = ContactDenied::RequestWithoutFiles;
    assert_eq!(refused, Posted::Refused(denied.into()));
}

fn forwarded_file_counts_for_somebody_who_carries_it(opened: Opened) {
    let world = World::new(opened);
    let (message, carried) = world.sent(Kind::File);
    let elsewhere = make(&world.database, world.ben, group(Vec::new()));
    let forwarded = world.database.forward(elsewhere, world.ben, &message);
    let Posted::Made(Made::New(forwarded, _)) = forwarded else {
        panic!("{forwarded:?}");
    };
    let again = world.database.send(world.chat, world.ada, Some(carried.id));
    let Posted::Made(Made::New(again, _)) = again else {
        panic!("{again:?}");
    };
    let owner = || {
        let kept = world.database.attachment(carried.id).unwrap();
        kept.map(|kept| kept.owner)
    };
    world.database.delete(world.at(world.ada, &message), NOW);
    assert_eq!(owner(), Some(world.ada));
    world.database.delete(world.at(world.ada, &again), NOW);
    assert_eq!(owner(), Some(world.ben));
    let last = At {
        conversation: elsewhere,
        message: forwarded.id,
        user: world.ben,
    };
    world.database.delete(last, NOW);
    assert_eq!(owner(), None);
    assert_eq!(world.due(), [FolderId::new(*carried.id.as_uuid())]);
}

fn nothing_is_left_of_what_is_deleted(opened: Opened) {
    let world = World::new(opened);
    let (message, carried) = world.sent(Kind::File);
    let log = || {
        let range = LogRange {
            topic: Topic::Chat(world.chat).to_string(),
            epoch: String::new(),
            after: 0,
            up_to: None,
            limit: 99,
        };
        let slice = world.database.read_log(&range).unwrap().unwrap();
        let payloads = slice.events.into_iter().map(|event| event.payload);
        payloads.collect::<String>()
    };
    assert!(log().contains(SECRET));
    world.database.delete(world.at(world.ada, &message), NOW);
    assert!(!log().contains(SECRET));
    assert_eq!(world.read(world.ada), [None]);
    assert!(!world.is_readable(world.ada, carried.id));
    assert_eq!(world.database.attachment(carried.id).unwrap(), None);
    assert_eq!(world.due(), [FolderId::new(*carried.id.as_uuid())]);
}

fn media_come_by_kind_and_in_parts(opened: Opened) {
    let world = World::new(opened);
    let kinds = [Kind::Picture, Kind::File, Kind::Picture, Kind::Voice];
    let sent: Vec<Message> = kinds.iter().map(|kind| world.sent(*kind).0).collect();
    world.database.send(world.chat, world.ada, None);
    let listed = |user, kinds: &[Kind], before, limit| {
        let (database, chat) = (&world.database, world.chat);
        let found = database.messages_with_attachments(chat, user, kinds, before, limit);
        found.unwrap().map(|found| {
            let shown = |message: Message| (message.seq, message.attachment.map(|of| of.kind));
            found.into_iter().map(shown).collect::<Vec<_>>()
        })
    };
    let all = |before, limit| listed(world.ben, &Kind::ALL, before, limit).unwrap();
    let of = |seq: i64, kind| (seq, Some(kind));
    assert_eq!(all(None, 2), [of(4, Kind::Voice), of(3, Kind::Picture)]);
    assert_eq!(all(Some(3), 9), [of(2, Kind::File), of(1, Kind::Picture)]);
    let pictures = |user| listed(user, &[Kind::Picture], None, 9).unwrap();
    assert_eq!(
        pictures(world.ben),
        [of(3, Kind::Picture), of(1, Kind::Picture)]
    );
    world.hide(world.ben, &sent[0]);
    world.database.delete(world.at(world.ada, &sent[2]), NOW);
    assert_eq!(pictures(world.ben), []);
    assert_eq!(pictures(world.ada), [of(1, Kind::Picture)]);
    let [cat] = people(&world.database, ["cat"]);
    let outside = listed(cat, &Kind::ALL, None, 9);
    assert_eq!(outside, Err(Refused::from(Denied::NotFound)));
}

/// Each would find that the other one still carries it.
fn two_messages_let_go_of_it_at_once(opened: Opened) {
    let world = World::new(opened);
    for _ in 0..5 {
        let id = world.attachment(world.ada, Kind::File).id;
        let carrier = || {
            let chat = make(&world.database, world.ada, group(Vec::new()));
            match world.database.send(chat, world.ada, Some(id)) {
                Posted::Made(Made::New(message, _)) => At {
                    conversation: chat,
                    message: message.id,
                    user: world.ada,
                },
                other => panic!("{other:?}"),
            }
        };
        let carriers = [carrier(), carrier()];
        thread::scope(|scope| {
            for at in carriers {
                let database = &world.database;
                scope.spawn(move || database.delete(at, NOW));
            }
        });
        assert_eq!(world.database.attachment(id).unwrap(), None);
        assert!(world.due().contains(&FolderId::new(*id.as_uuid())));
    }
}

macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $fact() { super::$fact(super::on_sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $fact() { super::$fact(super::on_postgres()); })+
        }
    };
}

facts! {
    message_carries_what_its_sender_has,
    request_carries_words_alone,
    attachment_is_read_by_those_who_read_its_message,
    forwarded_message_carries_the_same,
    forwarded_file_counts_for_somebody_who_carries_it,
    nothing_is_left_of_what_is_deleted,
    media_come_by_kind_and_in_parts,
    two_messages_let_go_of_it_at_once,
}
