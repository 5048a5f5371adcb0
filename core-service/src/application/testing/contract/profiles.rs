//! What every store of profiles must do.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{NOW, files::kept, person};
use crate::{
    application::ports::{
        AccountStore, AttachmentStore, BlockChange, Changed, ChatStore, ContactStore, InfoChange,
        MemberAct, MemberChange, NewAccount, NewConversation, NewMessage, NewPicture, NewUpload,
        PictureOf, PictureSource, Posted, ProfileChange, ProfileStore, Refused, UploadStore,
        picture_folder,
    },
    domain::{
        account::DisplayName,
        attachment::FileName,
        conversation::{Blueprint, Role, Title},
        ids::{AttachmentId, ClientId, ConversationId, FolderId, MessageId, PictureId, UserId},
        message::Text,
        permission::Denied,
        profile::{About, Description, PictureDenied},
        time::Timestamp,
        upload::{FILE_MIN_BYTES, UploadDenied},
    },
};

/// When everything is due that is not needed now.
const LATER: Timestamp = NOW.plus_seconds(600);

/// More than the smallest file counts as.
const PICTURE_BYTES: i64 = FILE_MIN_BYTES + 9;

/// One implementation.
pub(crate) struct ProfileStores {
    accounts: Arc<dyn AccountStore>,
    chats: Arc<dyn ChatStore>,
    contacts: Arc<dyn ContactStore>,
    uploads: Arc<dyn UploadStore>,
    attachments: Arc<dyn AttachmentStore>,
    profiles: Arc<dyn ProfileStore>,
    /// Where the implementation keeps its files.
    _folder: Option<tempfile::TempDir>,
}

impl ProfileStores {
    pub(crate) fn of<Store>(store: Arc<Store>, folder: Option<tempfile::TempDir>) -> Self
    where
        Store: AccountStore + ChatStore + ContactStore + UploadStore + AttachmentStore,
        Store: ProfileStore + 'static,
    {
        Self {
            accounts: store.clone(),
            chats: store.clone(),
            contacts: store.clone(),
            uploads: store.clone(),
            attachments: store.clone(),
            profiles: store,
            _folder: folder,
        }
    }

    fn people<const N: usize>(&self, handles: [&str; N]) -> [UserId; N] {
        handles.map(|handle| {
            let account = NewAccount {
                user: person(handle),
                password_hash: "hash".to_owned(),
                created_at: NOW,
            };
            self.accounts.create_account(&account).unwrap();
            account.user.id
        })
    }

    fn make(&self, creator: UserId, blueprint: Blueprint) -> ConversationId {
        let new = NewConversation {
            id: ConversationId::new(Uuid::now_v7()),
            blueprint,
            creator,
            client_id: ClientId::new(Uuid::now_v7()),
            created_at: NOW,
            chats_max: 99,
        };
        self.chats.create_conversation(&new).unwrap().unwrap();
        new.id
    }

    fn group(&self, owner: UserId, others: &[UserId]) -> ConversationId {
        let title = Title::parse("Rooks").unwrap();
        self.make(owner, Blueprint::Group(title, others.to_vec()))
    }

    /// A direct chat that the other person has not accepted.
    fn ask(&self, one: UserId, other: UserId) -> ConversationId {
        self.make(one, Blueprint::Direct(other))
    }

    fn befriend(&self, one: UserId, other: UserId) -> ConversationId {
        let chat = self.ask(one, other);
        self.member(other, chat, other, MemberAct::Accept);
        chat
    }

    fn member(&self, by: UserId, conversation: ConversationId, user: UserId, act: MemberAct) {
        let change = MemberChange {
            conversation,
            by,
            user,
            act,
            now: NOW,
            chats_max: 99,
        };
        self.chats.change_member(&change).unwrap().unwrap();
    }

    fn block(&self, blocker: UserId, blocked: UserId, on: bool) {
        let change = BlockChange {
            blocker,
            blocked,
            on,
            now: NOW,
            blocks_max: 9,
        };
        self.contacts.set_block(&change).unwrap().unwrap();
    }

    /// A file of somebody that was sent whole; a picture, or none.
    fn file(&self, owner: UserId, is_picture: bool) -> AttachmentId {
        let new = new_upload(owner, i64::MAX);
        let begun = self.uploads.begin_upload(&new).unwrap().unwrap();
        let folder = if is_picture {
            Uuid::now_v7()
        } else {
            *new.id.as_uuid()
        };
        let kept = kept(&begun.upload, FolderId::new(folder));
        let made = self.uploads.complete_upload(&kept, NOW, LATER).unwrap();
        made.unwrap().attachment.id
    }

    fn set(&self, of: PictureOf, made_of: AttachmentId) -> (PictureId, Changed) {
        let new = NewPicture {
            id: PictureId::new(Uuid::new_v4()),
            of,
            made_of,
            bytes: PICTURE_BYTES,
            now: NOW,
        };
        // As the use case does before it writes.
        self.uploads.reserve_folder(&new.removal(LATER)).unwrap();
        (new.id, self.profiles.set_picture(&new).unwrap())
    }

    fn shown(&self, user: UserId) -> Option<PictureId> {
        let profile = self.profiles.profile(user, user).unwrap();
        profile.unwrap().user.picture
    }

    fn sees(&self, asker: UserId, user: UserId) -> bool {
        self.profiles.profile(user, asker).unwrap().is_some()
    }

    fn due(&self, now: Timestamp) -> Vec<FolderId> {
        let due = self.uploads.due_folders(now, 99).unwrap();
        due.into_iter().map(|due| due.folder).collect()
    }
}

fn new_upload(owner: UserId, quota_bytes: i64) -> NewUpload {
    NewUpload {
        id: AttachmentId::new(Uuid::now_v7()),
        owner,
        client_upload_id: ClientId::new(Uuid::now_v7()),
        name: FileName::of_claim("a.jpg"),
        claimed_type: String::new(),
        size: 9,
        voice: None,
        expires_at: LATER,
        quota_bytes,
        open_max: 9,
    }
}

fn profile(user: UserId, name: Option<&str>, about: Option<&str>) -> ProfileChange {
    ProfileChange {
        user,
        display_name: name.map(|name| DisplayName::parse(name).unwrap()),
        about: about.map(|about| About::parse(about).unwrap()),
        now: NOW,
    }
}

/// Topic and payload of each event.
fn told(changed: &Changed) -> Vec<(String, Value)> {
    let payload = |text: &str| serde_json::from_str(text).unwrap();
    let events = changed.as_ref().unwrap().iter();
    events
        .map(|event| (event.topic.clone(), payload(&event.payload)))
        .collect()
}

pub(crate) fn profile_is_for_those_in_a_common_chat(stores: &ProfileStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    assert!(stores.sees(ada, ada) && !stores.sees(ben, ada));
    let chat = stores.ask(ben, ada);
    assert!(!stores.sees(ben, ada) && !stores.sees(ada, ben));
    stores.member(ada, chat, ada, MemberAct::Accept);
    assert!(stores.sees(ben, ada) && stores.sees(ada, ben));
    stores.member(ada, chat, ada, MemberAct::Remove);
    assert!(!stores.sees(ben, ada) && !stores.sees(ada, ben));

    let group = stores.group(eve, &[ada, ben]);
    assert!(stores.sees(ben, ada) && stores.sees(eve, ada));
    stores.block(ada, ben, true);
    assert!(!stores.sees(ben, ada) && !stores.sees(ada, ben));
    stores.block(ada, ben, false);
    stores.member(eve, group, ben, MemberAct::Remove);
    assert!(!stores.sees(ben, ada) && !stores.sees(ada, ben));
    assert!(!stores.sees(ada, UserId::new(Uuid::now_v7())));
}

pub(crate) fn person_tells_contacts_what_they_show(stores: &ProfileStores) {
    let [ada, ben, cat, dan, eve] = stores.people(["ada", "ben", "cat", "dan", "eve"]);
    stores.befriend(ada, ben);
    stores.ask(ada, cat);
    stores.befriend(dan, ada);
    stores.block(dan, ada, true);
    stores.group(ada, &[eve]);
    let change = profile(ada, Some("Ada Lovelace"), Some("Busy"));
    let changed = stores.profiles.change_profile(&change).unwrap();
    let event = json!({
        "type": "user.changed", "user_id": ada, "display_name": "Ada Lovelace", "picture_id": null,
    });
    let mut own = event.clone();
    own["about"] = json!("Busy");
    let told = told(&changed);
    assert_eq!(
        told,
        [(format!("user:{ada}"), own), (format!("user:{ben}"), event)]
    );
    let kept = stores.profiles.profile(ada, ben).unwrap().unwrap();
    assert_eq!(kept.about.as_str(), "Busy");
    assert_eq!(kept.user.display_name.as_str(), "Ada Lovelace");
    // What is so already is no change; what is only about themselves is told themselves alone.
    let again = stores.profiles.change_profile(&change).unwrap();
    assert_eq!(again, Ok(Vec::new()));
    let about = profile(ada, None, Some(""));
    let changed = stores.profiles.change_profile(&about).unwrap().unwrap();
    assert_eq!(changed.len(), 1);
    let nobody = profile(UserId::new(Uuid::now_v7()), None, None);
    let refused = stores.profiles.change_profile(&nobody).unwrap();
    assert_eq!(refused, Err(Refused::NoUser));
}

pub(crate) fn group_tells_what_it_shows(stores: &ProfileStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    let group = stores.group(ada, &[ben]);
    let info = |by, conversation, title: Option<&str>, description: Option<&str>| {
        let change = InfoChange {
            conversation,
            by,
            title: title.map(|title| Title::parse(title).unwrap()),
            description: description.map(|text| Description::parse(text).unwrap()),
            now: NOW,
        };
        stores.profiles.change_info(&change).unwrap()
    };
    let changed = info(ada, group, Some("Owls"), None);
    let topic = format!("chat:{group}");
    let event = json!({ "type": "conversation.changed", "by": ada, "title": "Owls" });
    assert_eq!(told(&changed), [(topic.clone(), event)]);
    // Only what changed.
    let changed = info(ada, group, Some("Owls"), Some("of the night"));
    let event = json!({ "type": "conversation.changed", "by": ada, "description": "of the night" });
    assert_eq!(told(&changed), [(topic, event)]);
    let again = info(ada, group, Some("Owls"), Some("of the night"));
    assert_eq!(again, Ok(Vec::new()));
    let seen = stores.chats.conversation(ben, group).unwrap().unwrap();
    assert_eq!(seen.title.as_deref(), Some("Owls"));
    assert_eq!(seen.description.as_str(), "of the night");

    let direct = stores.befriend(ada, ben);
    for (by, chat, denied) in [
        (ben, group, Denied::RoleTooLow),
        (eve, group, Denied::NotFound),
        (ada, direct, Denied::NotAGroup),
    ] {
        let refused = info(by, chat, Some("Rooks"), None);
        assert_eq!(refused, Err(denied.into()));
    }
    stores.member(ada, group, ben, MemberAct::SetRole(Role::Admin));
    assert!(info(ben, group, Some("Rooks"), None).is_ok());
    // Who is asked back sees a title and who asks.
    stores.member(ben, group, ben, MemberAct::Remove);
    stores.member(ada, group, ben, MemberAct::Add);
    let asked = stores.chats.conversation(ben, group).unwrap().unwrap();
    assert_eq!(asked.description, Description::default());
}

pub(crate) fn file_becomes_a_picture_once(stores: &ProfileStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    stores.befriend(ada, ben);
    let (of, file) = (PictureOf::User(ada), stores.file(ada, true));
    let source = || stores.profiles.picture_source(of, file).unwrap();
    let found = stores.attachments.attachment(file).unwrap().unwrap();
    let (folder, size) = (found.folder, found.attachment.size);
    assert_eq!(source(), Ok(PictureSource::File { folder, size }));
    let (picture, changed) = stores.set(of, file);
    let told: Vec<Value> = told(&changed).into_iter().map(|event| event.1).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .all(|event| event["picture_id"] == json!(picture))
    );
    assert_eq!(stores.shown(ada), Some(picture));
    assert!(stores.profiles.has_picture(picture).unwrap());
    assert!(stores.attachments.attachment(file).unwrap().is_none());
    assert!(stores.uploads.upload(ada, file).unwrap().is_none());
    assert_eq!(source(), Ok(PictureSource::Made));
    // Another replica has made it, too.
    let (second, again) = stores.set(of, file);
    assert_eq!(again, Ok(Vec::new()));
    assert_eq!(stores.shown(ada), Some(picture));
    assert!(!stores.profiles.has_picture(second).unwrap());
    assert_eq!(stores.due(NOW), [picture_folder(second)]);
    let due = stores.due(LATER);
    assert!(due.contains(&folder) && !due.contains(&picture_folder(picture)));
}

pub(crate) fn replaced_picture_is_due_to_be_removed(stores: &ProfileStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let group = stores.group(ada, &[ben]);
    let of_group = PictureOf::Group {
        conversation: group,
        by: ada,
    };
    for of in [PictureOf::User(ada), of_group] {
        let (first, changed) = stores.set(of, stores.file(ada, true));
        assert!(changed.is_ok_and(|events| events.len() == 1));
        let (second, changed) = stores.set(of, stores.file(ada, true));
        assert!(changed.is_ok_and(|events| events.len() == 1));
        assert!(!stores.profiles.has_picture(first).unwrap());
        assert!(stores.due(NOW).contains(&picture_folder(first)));
        let removed = || stores.profiles.remove_picture(of, NOW).unwrap();
        let event = &told(&removed())[0].1;
        assert_eq!(event["picture_id"], Value::Null);
        assert!(event.get("picture_id").is_some());
        assert!(!stores.profiles.has_picture(second).unwrap());
        assert!(stores.due(NOW).contains(&picture_folder(second)));
        assert_eq!(removed(), Ok(Vec::new()));
    }
    let (picture, _) = stores.set(of_group, stores.file(ada, true));
    let seen = stores.chats.conversation(ben, group).unwrap().unwrap();
    assert_eq!(seen.picture, Some(picture));
    for by in [ben, UserId::new(Uuid::now_v7())] {
        let of = PictureOf::Group {
            conversation: group,
            by,
        };
        let refused = stores.profiles.remove_picture(of, NOW).unwrap();
        assert!(matches!(refused, Err(Refused::Denied(_))));
    }
    assert!(stores.profiles.has_picture(picture).unwrap());
}

pub(crate) fn picture_is_made_of_an_unsent_picture_of_ones_own(stores: &ProfileStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let group = stores.group(ada, &[ben]);
    let sent = stores.file(ada, true);
    let message = NewMessage {
        id: MessageId::new(Uuid::now_v7()),
        conversation: group,
        sender: ada,
        client_msg_id: ClientId::new(Uuid::now_v7()),
        text: Text::caption("").unwrap(),
        forward_of: None,
        reply_to: None,
        mentions: Vec::new(),
        attachment: Some(sent),
        preview: None,
        created_at: NOW,
    };
    let posted = stores.chats.post_messages(&[message]).unwrap();
    assert!(matches!(posted[..], [Posted::Made(_)]));
    let own = PictureOf::User(ada);
    let group_of = |by| PictureOf::Group {
        conversation: group,
        by,
    };
    for (of, file, refused) in [
        (own, sent, Refused::from(PictureDenied::WasSent)),
        (
            own,
            stores.file(ada, false),
            PictureDenied::NotAPicture.into(),
        ),
        (own, stores.file(ben, true), Refused::NoAttachment),
        (
            own,
            AttachmentId::new(Uuid::now_v7()),
            Refused::NoAttachment,
        ),
        (
            group_of(ben),
            stores.file(ben, true),
            Denied::RoleTooLow.into(),
        ),
    ] {
        let source = stores.profiles.picture_source(of, file).unwrap();
        assert_eq!(source, Err(refused));
        let (picture, changed) = stores.set(of, file);
        assert_eq!(changed, Err(refused));
        assert!(stores.due(NOW).contains(&picture_folder(picture)));
    }
    assert_eq!(stores.shown(ada), None);
    assert!(stores.attachments.attachment(sent).unwrap().is_some());
}

pub(crate) fn picture_counts_in_the_quota_of_who_chose_it(stores: &ProfileStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let group = stores.group(ada, &[ben]);
    let of = PictureOf::Group {
        conversation: group,
        by: ada,
    };
    stores.set(of, stores.file(ada, true)).1.unwrap();
    // What the picture was made of is gone when everything that is due is.
    let sweep = || stores.uploads.forget_folders(&stores.due(LATER)).unwrap();
    sweep();
    let begin = |quota_bytes| {
        let begun = stores.uploads.begin_upload(&new_upload(ada, quota_bytes));
        begun.unwrap().map(|begun| begun.upload.id)
    };
    let quota_bytes = PICTURE_BYTES + FILE_MIN_BYTES;
    let denied = UploadDenied::QuotaExceeded {
        quota_bytes: quota_bytes - 1,
    };
    assert_eq!(begin(quota_bytes - 1), Err(denied));
    let upload = begin(quota_bytes).unwrap();
    stores.uploads.cancel_upload(ada, upload, NOW).unwrap();
    stores.profiles.remove_picture(of, NOW).unwrap().unwrap();
    sweep();
    assert!(begin(FILE_MIN_BYTES).is_ok());
}
