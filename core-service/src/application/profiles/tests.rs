use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Changed, Refused, Stored},
        testing::{
            Broken, BrokenDisk, CountedIds, FakeClock, MemoryBlobs, MemoryFiles, PlainReader,
            RecordingPublisher,
        },
    },
    domain::{
        account::{AccountError, Handle, User},
        conversation::ConversationError,
        event::{Effects, LoggedEvent},
        ids::FolderId,
        permission::Denied,
        time::Timestamp,
        upload::UploadDenied,
    },
};

const ADA: UserId = UserId::new(Uuid::from_u128(1));
const CHAT: ConversationId = ConversationId::new(Uuid::from_u128(2));
const FILE: AttachmentId = AttachmentId::new(Uuid::from_u128(3));
const FOLDER: FolderId = FolderId::new(Uuid::from_u128(4));
const OWN: PictureOf = PictureOf::User(ADA);

const BYTES: &[u8] = b"picture of a mill";

/// Answers as it was prepared, and keeps what it was told to do; fails where nothing is prepared.
#[derive(Default)]
struct FakeProfiles {
    profile: Mutex<Option<Profile>>,
    changed: Mutex<Option<Changed>>,
    sources: Mutex<Vec<Result<PictureSource, Refused>>>,
    shown: Mutex<Vec<PictureId>>,
    profile_changes: Mutex<Vec<ProfileChange>>,
    info_changes: Mutex<Vec<InfoChange>>,
    pictures: Mutex<Vec<NewPicture>>,
}

fn broken() -> StoreError {
    StoreError::Unavailable("the network is down".into())
}

impl FakeProfiles {
    fn changed(&self) -> Stored<Changed> {
        self.changed.lock().unwrap().take().ok_or_else(broken)
    }
}

impl ProfileStore for FakeProfiles {
    fn profile(&self, user: UserId, _: UserId) -> Stored<Option<Profile>> {
        let profile = self.profile.lock().unwrap();
        let profile = profile.as_ref().ok_or_else(broken)?;
        Ok((profile.user.id == user).then(|| profile.clone()))
    }

    fn change_profile(&self, change: &ProfileChange) -> Stored<Changed> {
        self.profile_changes.lock().unwrap().push(change.clone());
        self.changed()
    }

    fn change_info(&self, change: &InfoChange) -> Stored<Changed> {
        self.info_changes.lock().unwrap().push(change.clone());
        self.changed()
    }

    fn picture_source(
        &self,
        _: PictureOf,
        _: AttachmentId,
    ) -> Stored<Result<PictureSource, Refused>> {
        let mut sources = self.sources.lock().unwrap();
        if sources.is_empty() {
            return Err(broken());
        }
        Ok(sources.remove(0))
    }

    fn set_picture(&self, new: &NewPicture) -> Stored<Changed> {
        self.pictures.lock().unwrap().push(*new);
        self.changed()
    }

    fn remove_picture(&self, _: PictureOf, _: Timestamp) -> Stored<Changed> {
        self.changed()
    }

    fn has_picture(&self, id: PictureId) -> Stored<bool> {
        Ok(self.shown.lock().unwrap().contains(&id))
    }
}

struct World {
    store: Arc<FakeProfiles>,
    files: Arc<MemoryFiles>,
    blobs: Arc<MemoryBlobs>,
    reader: Arc<PlainReader>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
    profiles: Profiles,
}

impl World {
    /// Somebody's profile, and a picture that they have sent.
    fn new() -> Self {
        let store = Arc::<FakeProfiles>::default();
        let files = Arc::<MemoryFiles>::default();
        let blobs = Arc::<MemoryBlobs>::default();
        let reader = Arc::<PlainReader>::default();
        let publisher = Arc::<RecordingPublisher>::default();
        let clock = Arc::<FakeClock>::default();
        *store.profile.lock().unwrap() = Some(profile());
        blobs
            .put_blob(FOLDER, BlobName::Piece(0), BYTES.to_vec())
            .unwrap();
        let profiles = Profiles {
            profiles: store.clone(),
            uploads: files.clone(),
            blobs: blobs.clone(),
            reader: reader.clone(),
            publisher: publisher.clone(),
            clock: clock.clone(),
            ids: Arc::<CountedIds>::default(),
        };
        Self {
            store,
            files,
            blobs,
            reader,
            publisher,
            clock,
            profiles,
        }
    }

    fn answer(&self, changed: Changed) {
        *self.store.changed.lock().unwrap() = Some(changed);
    }

    fn sources(&self, sources: &[Result<PictureSource, Refused>]) {
        *self.store.sources.lock().unwrap() = sources.to_vec();
    }

    fn published(&self) -> usize {
        self.publisher.take_events().len()
    }

    fn set(&self) -> Result<(), Error> {
        self.profiles.set_picture(OWN, FILE)
    }

    fn due_within(&self, seconds: i64) -> Vec<FolderId> {
        let now = self.clock.now().plus_seconds(seconds);
        let due = self.files.due_folders(now, 9).unwrap();
        due.into_iter().map(|due| due.folder).collect()
    }
}

fn profile() -> Profile {
    Profile {
        user: User {
            id: ADA,
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            picture: None,
        },
        about: About::default(),
    }
}

fn event() -> LoggedEvent {
    LoggedEvent {
        topic: "user:x".to_owned(),
        epoch: "now".to_owned(),
        offset: 1,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(0),
        effects: Effects::default(),
    }
}

fn file() -> Result<PictureSource, Refused> {
    Ok(PictureSource::File {
        folder: FOLDER,
        size: i64::try_from(BYTES.len()).unwrap(),
    })
}

#[track_caller]
fn check_store_failed<T: std::fmt::Debug>(done: &Result<T, Error>) {
    assert!(matches!(done, Err(Error::Store(_))), "{done:?}");
}

#[test]
fn profile_is_shown_or_there_is_none() {
    let world = World::new();
    assert_eq!(world.profiles.show(ADA, ADA).unwrap(), profile());
    let nobody = UserId::new(Uuid::max());
    let shown = world.profiles.show(ADA, nobody);
    assert!(matches!(shown, Err(Error::NotFound("user"))));
    *world.store.profile.lock().unwrap() = None;
    check_store_failed(&world.profiles.show(ADA, ADA));
}

#[test]
fn changes_of_a_profile_are_checked_and_published() {
    let world = World::new();
    let change = |name, about| world.profiles.change(ADA, name, about);
    world.answer(Ok(vec![event(), event()]));
    assert_eq!(change(Some(" Ada "), None).unwrap(), profile());
    assert_eq!(world.published(), 2);
    let told = world.store.profile_changes.lock().unwrap().remove(0);
    assert_eq!(told.display_name.unwrap().as_str(), "Ada");
    assert_eq!((told.user, told.about), (ADA, None));
    for (name, about, error) in [
        (Some(""), Some("Busy"), AccountError::DisplayName),
        (Some("Ada"), Some("a\0"), AccountError::About),
    ] {
        match change(name, about) {
            Err(Error::Account(denied)) => assert_eq!(denied, error),
            other => panic!("{other:?}"),
        }
    }
    assert!(world.store.profile_changes.lock().unwrap().is_empty());
    world.answer(Err(Refused::NoUser));
    assert!(matches!(change(None, None), Err(Error::NotFound("user"))));
    check_store_failed(&change(None, Some("Busy")));
    assert_eq!(world.published(), 0);
}

#[test]
fn changes_of_a_group_are_checked_and_published() {
    let world = World::new();
    let change = |title, description| world.profiles.change_info(ADA, CHAT, title, description);
    world.answer(Ok(vec![event()]));
    change(None, Some("of\na feather")).unwrap();
    assert_eq!(world.published(), 1);
    let told = world.store.info_changes.lock().unwrap().remove(0);
    assert_eq!(told.description.unwrap().as_str(), "of\na feather");
    assert_eq!((told.by, told.conversation, told.title), (ADA, CHAT, None));
    for (title, description, error) in [
        (Some(""), None, ConversationError::Title),
        (None, Some("a\0"), ConversationError::Description),
    ] {
        match change(title, description) {
            Err(Error::Conversation(denied)) => assert_eq!(denied, error),
            other => panic!("{other:?}"),
        }
    }
    assert!(world.store.info_changes.lock().unwrap().is_empty());
    world.answer(Err(Denied::RoleTooLow.into()));
    let refused = change(Some("Owls"), None);
    assert!(matches!(refused, Err(Error::Denied(Denied::RoleTooLow))));
    check_store_failed(&change(Some("Owls"), None));
    assert_eq!(world.published(), 0);
}

#[test]
fn picture_is_kept_in_two_sizes_and_shown() {
    let world = World::new();
    world.sources(&[file()]);
    world.answer(Ok(vec![event()]));
    world.set().unwrap();
    assert_eq!(world.published(), 1);
    let new = world.store.pictures.lock().unwrap().remove(0);
    assert_eq!((new.of, new.made_of), (OWN, FILE));
    let sizes = [
        (PictureSize::Large, b"large ".as_slice()),
        (PictureSize::Small, b"small ".as_slice()),
    ];
    let bytes: usize = sizes.iter().map(|(_, of)| of.len() + BYTES.len()).sum();
    assert_eq!(new.bytes, i64::try_from(bytes).unwrap());
    // The store has kept it from being removed, if it answers so.
    assert!(world.due_within(60).is_empty());
    assert_eq!(world.due_within(MADE_WITHIN_S), [picture_folder(new.id)]);

    let load = |size| world.profiles.picture(new.id, size);
    let unknown = load(PictureSize::Small);
    assert!(matches!(unknown, Err(Error::NotFound("picture"))));
    world.store.shown.lock().unwrap().push(new.id);
    for (size, of) in sizes {
        assert_eq!(load(size).unwrap(), [of, BYTES].concat());
    }
    // Removed between the two looks.
    world.blobs.remove_folder(picture_folder(new.id)).unwrap();
    let removed = load(PictureSize::Large);
    assert!(matches!(removed, Err(Error::NotFound("picture"))));
}

#[test]
fn picture_that_is_shown_already_is_not_made_again() {
    let world = World::new();
    world.sources(&[Ok(PictureSource::Made)]);
    world.set().unwrap();
    assert!(world.store.pictures.lock().unwrap().is_empty());
    // Another replica was faster, and what it is made of was removed.
    world.blobs.remove_folder(FOLDER).unwrap();
    world.sources(&[file(), Ok(PictureSource::Made)]);
    world.set().unwrap();
    world.sources(&[file(), file()]);
    check_store_failed(&world.set());
    assert_eq!(world.published(), 0);
}

#[test]
fn picture_that_is_refused_is_not_shown() {
    let world = World::new();
    world.sources(&[Err(Refused::NoAttachment)]);
    assert!(matches!(world.set(), Err(Error::NoAttachment)));
    for denied in [UploadDenied::PictureTooLarge, UploadDenied::PictureBroken] {
        *world.reader.denies.lock().unwrap() = Some(denied);
        world.sources(&[file(), file()]);
        match world.set() {
            Err(Error::Upload(said)) => assert_eq!(said, denied),
            other => panic!("{other:?}"),
        }
    }
    world.blobs.remove_folder(FOLDER).unwrap();
    let text = vec![b'x'; BYTES.len()];
    world
        .blobs
        .put_blob(FOLDER, BlobName::Piece(0), text)
        .unwrap();
    world.sources(&[file(), file()]);
    let refused = world.set();
    let not_a_picture = PictureDenied::NotAPicture;
    assert!(matches!(refused, Err(Error::Picture(denied)) if denied == not_a_picture));
    // Nothing was written of any of them.
    assert!(world.due_within(MADE_WITHIN_S).is_empty());
    assert_eq!(world.blobs.folders(), [FOLDER]);

    let world = World::new();
    world.sources(&[file()]);
    world.answer(Err(PictureDenied::WasSent.into()));
    let refused = world.set();
    assert!(matches!(
        refused,
        Err(Error::Picture(PictureDenied::WasSent))
    ));
    assert_eq!(world.published(), 0);
}

#[test]
fn picture_is_removed_by_whoever_may() {
    let world = World::new();
    let of = PictureOf::Group {
        conversation: CHAT,
        by: ADA,
    };
    world.answer(Ok(vec![event()]));
    world.profiles.remove_picture(of).unwrap();
    assert_eq!(world.published(), 1);
    world.answer(Err(Denied::NotAGroup.into()));
    let refused = world.profiles.remove_picture(of);
    assert!(matches!(refused, Err(Error::Denied(Denied::NotAGroup))));
    check_store_failed(&world.profiles.remove_picture(of));
    assert_eq!(world.published(), 0);
}

#[test]
fn failures_are_told_and_leave_nothing_that_nobody_removes() {
    let world = World::new();
    // The store of profiles: before, and after the picture was made.
    check_store_failed(&world.set());
    world.sources(&[file()]);
    check_store_failed(&world.set());
    let folders = world.blobs.folders();
    let left = folders.into_iter().filter(|folder| *folder != FOLDER);
    assert_eq!(world.due_within(MADE_WITHIN_S), left.collect::<Vec<_>>());

    let world = World::new();
    let disk = Profiles {
        blobs: Arc::new(BrokenDisk),
        ..world.profiles
    };
    world.store.sources.lock().unwrap().extend([file(), file()]);
    check_store_failed(&disk.set_picture(OWN, FILE));
    world
        .store
        .shown
        .lock()
        .unwrap()
        .push(PictureId::new(Uuid::max()));
    check_store_failed(&disk.picture(PictureId::new(Uuid::max()), PictureSize::Small));

    let world = World::new();
    let uploads = Profiles {
        uploads: Arc::new(Broken),
        ..world.profiles
    };
    world.store.sources.lock().unwrap().extend([file(), file()]);
    check_store_failed(&uploads.set_picture(OWN, FILE));
    // A folder that nobody knows of gets nothing.
    assert_eq!(world.blobs.folders(), [FOLDER]);
    assert_eq!(world.publisher.take_events().len(), 0);
}
