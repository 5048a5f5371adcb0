use uuid::Uuid;

use super::{
    sweep::{Swept, UploadSweep},
    *,
};
use crate::{
    application::{
        ports::{Removal, Stored},
        testing::{
            Broken, BrokenDisk, CountedIds, FakeClock, MemoryBlobs, MemoryFiles, MemoryPreviews,
            MemoryStore, PlainReader, StuckFolder, contract::Carries as _,
        },
    },
    domain::{
        attachment::{Attachment, Kind, NotAVoice},
        upload::PART_BYTES,
    },
};

const RULES: UploadRules = UploadRules {
    max_bytes: 64 * PART_BYTES,
    quota_bytes: 100 * PART_BYTES,
    open_max: 2,
    kept_s: 1_000,
};

#[derive(Default)]
struct World {
    files: Arc<MemoryFiles>,
    blobs: Arc<MemoryBlobs>,
    reader: Arc<PlainReader>,
    clock: Arc<FakeClock>,
    ids: Arc<CountedIds>,
    leases: Arc<MemoryStore>,
}

impl World {
    fn uploads(&self) -> Uploads {
        Uploads {
            uploads: self.files.clone(),
            attachments: self.files.clone(),
            blobs: self.blobs.clone(),
            reader: self.reader.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            rules: RULES,
        }
    }

    fn sweep(&self, instance: &str) -> UploadSweep {
        UploadSweep {
            leases: self.leases.clone(),
            uploads: self.files.clone(),
            previews: Arc::<MemoryPreviews>::default(),
            blobs: self.blobs.clone(),
            clock: self.clock.clone(),
            instance: instance.to_owned(),
        }
    }

    /// An upload of these bytes that has come whole.
    #[track_caller]
    fn sent(&self, bytes: &[u8], claim: Claim) -> AttachmentId {
        let size = i64::try_from(bytes.len()).unwrap();
        let claim = Claim { size, ..claim };
        let id = self.uploads().begin(ADA, claim).unwrap().0.id;
        let part_bytes = usize::try_from(PART_BYTES).unwrap();
        for (index, part) in (0..).zip(bytes.chunks(part_bytes)) {
            self.uploads()
                .take_part(ADA, id, index * PART_BYTES, part)
                .unwrap();
        }
        id
    }

    fn complete(&self, id: AttachmentId) -> Result<Attachment, Error> {
        self.uploads().complete(ADA, id)
    }
}

const ADA: UserId = UserId::new(Uuid::from_u128(1));
const BEN: UserId = UserId::new(Uuid::from_u128(2));

fn claim(name: u128) -> Claim {
    Claim {
        client_upload_id: ClientId::new(Uuid::from_u128(name)),
        name: "dir/a.txt".to_owned(),
        media_type: "image/png".to_owned(),
        size: 9,
        voice: None,
    }
}

#[track_caller]
fn check_denied<T: std::fmt::Debug>(outcome: Result<T, Error>, denied: UploadDenied) {
    match outcome {
        Err(Error::Upload(found)) => assert_eq!(found, denied),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check_not_found<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let error = outcome.expect_err("it is not found");
    assert!(matches!(error, Error::NotFound("upload")), "{error}");
}

#[test]
fn upload_is_begun_once_and_within_bounds() {
    let world = World::default();
    let uploads = world.uploads();
    let (first, origin) = uploads.begin(ADA, claim(1)).unwrap();
    assert_eq!((origin, first.received), (Origin::New, 0));
    assert_eq!(first.name.as_str(), "a.txt");
    assert_eq!(first.expires_at, world.clock.now().plus_seconds(1_000));
    let again = uploads.begin(ADA, claim(1)).unwrap();
    assert_eq!(again, (first.clone(), Origin::Replayed));
    let sized = |size| uploads.begin(ADA, Claim { size, ..claim(2) });
    check_denied(sized(0), UploadDenied::Empty);
    check_denied(sized(-1), UploadDenied::Empty);
    let max_bytes = RULES.max_bytes;
    check_denied(
        sized(max_bytes + 1),
        UploadDenied::FileTooLarge { max_bytes },
    );
    let voice = Some((1, vec![101]));
    let loud = uploads.begin(ADA, Claim { voice, ..claim(2) });
    check_denied(loud, UploadDenied::Voice(NotAVoice));
    sized(1).unwrap();
    let third = uploads.begin(ADA, claim(3));
    check_denied(third, UploadDenied::TooManyOpen { open_max: 2 });
    assert_eq!(uploads.get(ADA, first.id).unwrap(), first);
    check_not_found(uploads.get(BEN, first.id));
}

#[test]
fn part_that_came_already_changes_nothing() {
    let world = World::default();
    let uploads = world.uploads();
    let size = PART_BYTES + 3;
    let id = uploads.begin(ADA, Claim { size, ..claim(1) }).unwrap().0.id;
    let first = vec![7; usize::try_from(PART_BYTES).unwrap()];
    let take = |offset, bytes: &[u8]| uploads.take_part(ADA, id, offset, bytes);
    world.clock.pass_seconds(10);
    assert_eq!(take(0, &first).unwrap(), PART_BYTES);
    let later = world.clock.now().plus_seconds(RULES.kept_s);
    assert_eq!(uploads.get(ADA, id).unwrap().expires_at, later);
    assert_eq!(take(0, &first).unwrap(), PART_BYTES);
    let mut other = first.clone();
    other[9] = 8;
    check_denied(take(0, &other), UploadDenied::OtherBytes);
    let received = PART_BYTES;
    check_denied(take(9, &first), UploadDenied::WrongOffset { received });
    let expected = 3;
    check_denied(
        take(PART_BYTES, b"long"),
        UploadDenied::WrongPartSize { expected },
    );
    check_denied(
        uploads.complete(ADA, id),
        UploadDenied::Incomplete { received },
    );
    assert_eq!(take(PART_BYTES, b"end").unwrap(), size);
    check_not_found(uploads.take_part(BEN, id, 0, &first));
}

/// The answer to a part was lost, and with it that the part came: the bytes are there, and the database
/// does not know.
#[test]
fn part_whose_replica_died_comes_again() {
    let world = World::default();
    let uploads = world.uploads();
    let id = uploads.begin(ADA, claim(1)).unwrap().0.id;
    let half_done = Uploads {
        uploads: Arc::new(Broken),
        ..world.uploads()
    };
    // Whatever the store says, nothing is taken for stored that is not known to be.
    assert!(matches!(
        half_done.take_part(ADA, id, 0, b"some text"),
        Err(Error::Store(_))
    ));
    let folder = parts_of(id);
    world
        .blobs
        .put_blob(folder, BlobName::Piece(0), b"some text".to_vec())
        .unwrap();
    check_denied(
        uploads.take_part(ADA, id, 0, b"otherwise"),
        UploadDenied::OtherBytes,
    );
    assert_eq!(uploads.take_part(ADA, id, 0, b"some text").unwrap(), 9);
}

#[test]
fn bytes_say_what_a_file_is() {
    let world = World::default();
    let file = world.complete(world.sent(b"just text", claim(1))).unwrap();
    assert_eq!(
        (file.kind, &file.media_type[..]),
        (Kind::File, "text/plain")
    );
    assert_eq!((file.size, file.thumbnail, file.width), (9, false, None));
    let voice = Some((7, vec![1, 2]));
    let voice = Claim { voice, ..claim(2) };
    let voice = world.complete(world.sent(b"video", voice)).unwrap();
    assert_eq!(
        (voice.kind, &voice.media_type[..]),
        (Kind::Voice, "audio/webm")
    );
    assert_eq!(
        (voice.duration_ms, voice.waveform),
        (Some(7), Some(vec![1, 2]))
    );
}

#[test]
fn picture_is_made_anew_and_its_parts_are_removed() {
    let world = World::default();
    let mut bytes = b"picture".to_vec();
    bytes.resize(usize::try_from(PART_BYTES).unwrap() + 5, 7);
    let id = world.sent(&bytes, claim(1));
    let picture = world.complete(id).unwrap();
    assert_eq!((picture.kind, picture.thumbnail), (Kind::Picture, true));
    assert_eq!((picture.width, picture.height), (Some(4), Some(3)));
    let waits_until = world.uploads().get(ADA, id).unwrap().expires_at;
    assert_eq!(waits_until, world.clock.now().plus_seconds(RULES.kept_s));
    world.clock.pass_seconds(9);
    // A repeat moves nothing.
    assert_eq!(world.complete(id).unwrap(), picture);
    let after = world.uploads().get(ADA, id).unwrap().expires_at;
    assert_eq!(after, waits_until);
    let kept = world.files.attachment(id).unwrap().unwrap();
    assert_ne!(kept.folder, parts_of(id));
    let read = |name| world.blobs.blob(kept.folder, name, 0..9).unwrap();
    assert_eq!(read(BlobName::Piece(1)), Some(vec![7; 5]));
    assert_eq!(read(BlobName::Thumbnail), Some(b"small".to_vec()));
    world.clock.pass_seconds(2 * 60 * 60);
    let swept = Swept {
        uploads: 1,
        folders: 1,
        put_off: 0,
    };
    world.files.carry(ADA, id);
    assert_eq!(world.sweep("core-1").sweep().unwrap(), swept);
    assert_eq!(world.blobs.folders(), [kept.folder]);
}

#[test]
fn picture_that_cannot_be_made_is_refused_and_leaves_nothing() {
    let world = World::default();
    let id = world.sent(b"picture", claim(1));
    for denied in [UploadDenied::PictureTooLarge, UploadDenied::PictureBroken] {
        *world.reader.denies.lock().unwrap() = Some(denied);
        check_denied(world.complete(id), denied);
    }
    assert_eq!(world.blobs.folders(), [parts_of(id)]);
    // Not read whole.
    let mut long = b"picture".to_vec();
    long.resize(33 * usize::try_from(PART_BYTES).unwrap(), 0);
    let long = world.sent(&long, claim(2));
    check_denied(world.complete(long), UploadDenied::PictureTooLarge);
}

/// A reader in whose time another replica completes the same upload and its parts are removed.
struct Overtaken(Arc<World>, AttachmentId);

impl MediaReader for Overtaken {
    fn sniff(&self, head: &[u8]) -> crate::domain::attachment::Content {
        self.0.complete(self.1).unwrap();
        self.0.blobs.remove_folder(parts_of(self.1)).unwrap();
        self.0.reader.sniff(head)
    }

    fn picture(
        &self,
        _: crate::domain::attachment::PictureFormat,
        _: &[u8],
    ) -> Result<crate::application::ports::Picture, UploadDenied> {
        Err(UploadDenied::PictureBroken)
    }

    fn portrait(
        &self,
        _: crate::domain::attachment::PictureFormat,
        _: &[u8],
    ) -> Result<crate::application::ports::Portrait, UploadDenied> {
        Err(UploadDenied::PictureBroken)
    }
}

#[test]
fn replica_that_is_overtaken_answers_what_counts() {
    let world = Arc::new(World::default());
    let id = world.sent(b"picture", claim(1));
    let slow = Uploads {
        reader: Arc::new(Overtaken(world.clone(), id)),
        ..world.uploads()
    };
    let answered = slow.complete(ADA, id).unwrap();
    assert_eq!(answered, world.complete(id).unwrap());
}

#[test]
fn cancelled_upload_is_gone_unless_it_was_sent() {
    let world = World::default();
    let uploads = world.uploads();
    let id = world.sent(b"just text", claim(1));
    check_not_found(uploads.cancel(BEN, id));
    world.complete(id).unwrap();
    world.files.carry(ADA, id);
    check_denied(uploads.cancel(ADA, id), UploadDenied::Sent);
    let id = world.sent(b"just text", claim(2));
    uploads.cancel(ADA, id).unwrap();
    check_not_found(uploads.cancel(ADA, id));
    check_not_found(uploads.complete(ADA, id));
}

#[test]
fn what_nobody_needs_is_removed_by_one_replica() {
    let world = World::default();
    let ids = [1, 2].map(|name| world.sent(b"just text", claim(name)));
    world.complete(ids[0]).unwrap();
    world.files.carry(ADA, ids[0]);
    world.clock.pass_seconds(RULES.kept_s + 1);
    let swept = |uploads, folders| Swept {
        uploads,
        folders,
        put_off: 0,
    };
    assert_eq!(world.sweep("core-1").sweep().unwrap(), swept(2, 0));
    assert_eq!(world.blobs.folders().len(), 2);
    assert_eq!(world.sweep("core-2").sweep().unwrap(), swept(0, 0));
    world.clock.pass_seconds(200);
    assert_eq!(world.sweep("core-2").sweep().unwrap(), swept(0, 0));
    assert_eq!(world.sweep("core-1").sweep().unwrap(), swept(0, 1));
    assert_eq!(world.blobs.folders(), [parts_of(ids[0])]);
    let now = world.clock.now();
    world.files.let_go(ids[0], now);
    assert_eq!(world.sweep("core-1").sweep().unwrap(), swept(0, 1));
    assert_eq!(world.blobs.folders(), []);
}

/// More than one part of a run takes, as somebody does who begins and cancels in a loop.
#[test]
fn run_goes_on_while_there_is_more() {
    let world = World::default();
    let now = world.clock.now();
    let many = 2 * u128::try_from(sweep::ITEMS_MAX).unwrap() + 5;
    for n in 0..many {
        let folder = FolderId::new(Uuid::from_u128(n));
        let removal = Removal::new(folder, ADA, 1, now);
        world.files.reserve_folder(&removal).unwrap();
    }
    let swept = world.sweep("core-1").sweep().unwrap();
    assert_eq!(swept.folders, usize::try_from(many).unwrap());
    assert_eq!(world.files.due_folders(now, 9).unwrap(), []);
}

#[test]
fn folder_that_cannot_be_removed_keeps_none_of_the_others() {
    let world = World::default();
    let now = world.clock.now();
    let [stuck, other] = [1, 2].map(|name| parts_of(world.sent(b"just text", claim(name))));
    for folder in [stuck, other] {
        let removal = Removal::new(folder, ADA, 1, now);
        world.files.reserve_folder(&removal).unwrap();
    }
    let sweep = UploadSweep {
        blobs: Arc::new(StuckFolder(world.blobs.clone(), stuck)),
        ..world.sweep("core-1")
    };
    let swept = |folders, put_off| Swept {
        uploads: 0,
        folders,
        put_off,
    };
    assert_eq!(sweep.sweep().unwrap(), swept(1, 1));
    assert_eq!(world.blobs.folders(), [stuck]);
    assert_eq!(sweep.sweep().unwrap(), swept(0, 0));
    world.clock.pass_seconds(60);
    assert_eq!(sweep.sweep().unwrap(), swept(0, 1));
    world.clock.pass_seconds(120);
    assert_eq!(world.sweep("core-1").sweep().unwrap(), swept(1, 0));
    assert_eq!(world.blobs.folders(), []);
}

/// A part of a run that is full, of which nothing can be removed, is not followed by the next one.
#[test]
fn disk_that_fails_ends_a_run() {
    let world = World::default();
    let now = world.clock.now();
    for n in 0..2 * u128::try_from(sweep::ITEMS_MAX).unwrap() {
        let folder = FolderId::new(Uuid::from_u128(n));
        let removal = Removal::new(folder, ADA, 1, now);
        world.files.reserve_folder(&removal).unwrap();
    }
    let broken = UploadSweep {
        blobs: Arc::new(BrokenDisk),
        ..world.sweep("core-1")
    };
    let put_off = broken.sweep().unwrap().put_off;
    assert_eq!(put_off, usize::try_from(sweep::ITEMS_MAX).unwrap());
}

#[test]
fn each_store_that_fails_is_reported() {
    fn check<T>(outcome: Result<T, Error>) {
        let error = outcome.err().expect("it fails");
        assert!(matches!(error, Error::Store(_)));
    }
    let world = World::default();
    let id = world.sent(b"just text", claim(1));
    let picture = world.sent(b"picture", claim(2));
    let without_rows = || Uploads {
        uploads: Arc::new(Broken),
        ..world.uploads()
    };
    check(without_rows().begin(ADA, claim(3)));
    check(without_rows().get(ADA, id));
    check(without_rows().cancel(ADA, id));
    let without_disk = Uploads {
        blobs: Arc::new(BrokenDisk),
        ..world.uploads()
    };
    check(without_disk.take_part(ADA, id, 0, b"just text"));
    check(without_disk.complete(ADA, id));
    check(without_disk.complete(ADA, picture));
    let without_attachments = Uploads {
        attachments: Arc::new(Broken),
        ..world.uploads()
    };
    check(without_attachments.complete(ADA, id));
    let without_leases = UploadSweep {
        leases: Arc::new(Broken),
        ..world.sweep("core-1")
    };
    check(without_leases.sweep());
    let without_rows = UploadSweep {
        uploads: Arc::new(Broken),
        ..world.sweep("core-1")
    };
    check(without_rows.sweep());
    let without_previews = UploadSweep {
        previews: Arc::new(Broken),
        ..world.sweep("core-1")
    };
    check(without_previews.sweep());
    let kept: Stored<_> = world.files.attachment(id);
    assert_eq!(kept.unwrap(), None);
}
