//! What every store of files must do.

use std::sync::Arc;

use uuid::Uuid;

use super::NOW;
use crate::{
    application::ports::{
        AttachmentStore, BlobName, BlobStore, Cancelled, DueFolder, Kept, NewUpload, Removal,
        UploadStore,
    },
    domain::{
        attachment::{Attachment, FileName, Kind, Voice},
        ids::{AttachmentId, ClientId, FolderId, UserId},
        time::Timestamp,
        upload::{FILE_MIN_BYTES, Upload, UploadDenied},
    },
};

/// How long an upload waits.
const KEPT_S: i64 = 1_000;

/// Four of the smallest files, and a little more.
const QUOTA_BYTES: i64 = 4 * FILE_MIN_BYTES + 9;

/// Longer than what stores wait before something is removed in which somebody may be writing.
const LATER_S: i64 = 600;

/// Until when what is complete waits for its message.
const LATER: Timestamp = NOW.plus_seconds(3 * KEPT_S);

/// Messages for those tests that need no more of them.
pub(crate) trait Carries: Send + Sync {
    /// Posts a message that carries somebody's attachment.
    fn carry(&self, owner: UserId, id: AttachmentId);
    /// Deletes one of these messages for everyone.
    fn let_go(&self, id: AttachmentId, now: Timestamp);
}

/// One implementation, with two people.
pub(crate) struct UploadStores {
    uploads: Arc<dyn UploadStore>,
    attachments: Arc<dyn AttachmentStore>,
    messages: Arc<dyn Carries>,
    people: [UserId; 2],
    /// Where the implementation keeps its files.
    _folder: Option<tempfile::TempDir>,
}

impl UploadStores {
    pub(crate) fn of<Store>(
        store: Arc<Store>,
        people: [UserId; 2],
        folder: Option<tempfile::TempDir>,
    ) -> Self
    where
        Store: UploadStore + AttachmentStore + Carries + 'static,
    {
        Self {
            uploads: store.clone(),
            attachments: store.clone(),
            messages: store,
            people,
            _folder: folder,
        }
    }

    fn new_upload(&self, size: i64) -> NewUpload {
        NewUpload {
            id: AttachmentId::new(Uuid::now_v7()),
            owner: self.people[0],
            client_upload_id: ClientId::new(Uuid::now_v7()),
            name: FileName::of_claim("a.txt"),
            claimed_type: "text/plain".to_owned(),
            size,
            voice: Voice::new(7, vec![1, 2]).ok(),
            expires_at: NOW.plus_seconds(KEPT_S),
            quota_bytes: QUOTA_BYTES,
            open_max: 3,
        }
    }

    fn begin(&self, size: i64) -> Result<Upload, UploadDenied> {
        let begun = self.uploads.begin_upload(&self.new_upload(size)).unwrap();
        begun.map(|begun| begun.upload)
    }

    /// An attachment that has its upload's own folder.
    fn completed(&self, size: i64) -> AttachmentId {
        let upload = self.begin(size).unwrap();
        let folder = FolderId::new(*upload.id.as_uuid());
        let made = self
            .uploads
            .complete_upload(&kept(&upload, folder), NOW, LATER);
        assert!(made.unwrap().is_some());
        upload.id
    }

    fn is_there(&self, id: AttachmentId) -> (bool, bool) {
        let upload = self.uploads.upload(self.people[0], id).unwrap();
        let attachment = self.attachments.attachment(id).unwrap();
        (upload.is_some(), attachment.is_some())
    }

    fn due(&self, after_s: i64) -> Vec<FolderId> {
        let now = NOW.plus_seconds(after_s);
        let due = self.uploads.due_folders(now, 99).unwrap();
        let mut due: Vec<FolderId> = due.into_iter().map(|due| due.folder).collect();
        due.sort_unstable();
        due
    }

    fn removal(&self, folder: FolderId, bytes: i64, after_s: i64) -> Removal {
        Removal::new(folder, self.people[0], bytes, NOW.plus_seconds(after_s))
    }
}

fn parts(id: AttachmentId) -> FolderId {
    FolderId::new(*id.as_uuid())
}

fn new_folder() -> FolderId {
    FolderId::new(Uuid::now_v7())
}

pub(super) fn kept(upload: &Upload, folder: FolderId) -> Kept {
    let is_picture = folder != parts(upload.id);
    Kept {
        attachment: Attachment {
            id: upload.id,
            kind: if is_picture {
                Kind::Picture
            } else {
                Kind::Voice
            },
            name: upload.name.clone(),
            media_type: "image/jpeg".to_owned(),
            size: upload.size,
            width: is_picture.then_some(4),
            height: is_picture.then_some(3),
            blurhash: is_picture.then(|| "L".to_owned()),
            duration_ms: (!is_picture).then_some(7),
            waveform: (!is_picture).then(|| vec![1, 2]),
            thumbnail: is_picture,
        },
        owner: upload.owner,
        folder,
        thumbnail_type: is_picture.then(|| "image/webp".to_owned()),
    }
}

/// Makes a module of tests; `$make` gives an empty store as [`UploadStores`].
macro_rules! upload_store_contract {
    ($module:ident, $make:expr) => {
        $crate::application::testing::contract::store_contract! {
            $module, $make,
            upload_is_begun_once_and_is_its_owners,
            person_has_so_much_at_a_time_and_in_all,
            what_is_given_up_counts_until_it_is_removed,
            part_moves_an_upload_once,
            first_completion_counts,
            upload_is_cancelled_unless_it_was_sent,
            expired_uploads_go_unless_they_were_sent,
            attachment_goes_with_the_last_message_that_carries_it,
            folders_are_due_from_their_time_on,
            folder_that_cannot_be_removed_is_due_later,
        }
    };
}
pub(crate) use upload_store_contract;

/// As [`upload_store_contract`], with an empty store of blobs and what it lives on.
macro_rules! blob_store_contract {
    ($module:ident, $make:expr) => {
        mod $module {
            use super::*;

            #[test]
            fn blob_is_written_once_and_read_in_parts() {
                let (blobs, _guards) = $make;
                $crate::application::testing::contract::blob_is_written_once(&*blobs);
            }

            #[test]
            fn folder_is_removed_with_all_that_it_has() {
                let (blobs, _guards) = $make;
                $crate::application::testing::contract::folder_is_removed(&*blobs);
            }
        }
    };
}
pub(crate) use blob_store_contract;

pub(crate) fn upload_is_begun_once_and_is_its_owners(stores: &UploadStores) {
    let new = stores.new_upload(9);
    let first = stores.uploads.begin_upload(&new).unwrap().unwrap();
    assert!(first.is_new);
    let again = NewUpload {
        id: AttachmentId::new(Uuid::now_v7()),
        size: 8,
        ..new.clone()
    };
    let repeat = stores.uploads.begin_upload(&again).unwrap().unwrap();
    assert!(!repeat.is_new);
    assert_eq!(repeat.upload, first.upload);
    assert_eq!((first.upload.received, first.upload.size), (0, 9));
    assert_eq!(first.upload.voice, new.voice);
    let of = |owner| stores.uploads.upload(owner, new.id).unwrap();
    assert_eq!(of(stores.people[0]), Some(first.upload));
    assert_eq!(of(stores.people[1]), None);
    // The other's client may have found the same name.
    let other = NewUpload {
        id: AttachmentId::new(Uuid::now_v7()),
        owner: stores.people[1],
        ..new
    };
    assert!(stores.uploads.begin_upload(&other).unwrap().unwrap().is_new);
}

pub(crate) fn person_has_so_much_at_a_time_and_in_all(stores: &UploadStores) {
    let open: Vec<Upload> = (0..3).map(|_| stores.begin(10).unwrap()).collect();
    let too_many = Err(UploadDenied::TooManyOpen { open_max: 3 });
    assert_eq!(stores.begin(10), too_many);
    // What is complete is not being sent any more, and still counts in all. Nothing counts as less than
    // the smallest file.
    let made = kept(&open[0], parts(open[0].id));
    stores.uploads.complete_upload(&made, NOW, LATER).unwrap();
    let quota_bytes = QUOTA_BYTES;
    let too_much = Err(UploadDenied::QuotaExceeded { quota_bytes });
    assert_eq!(stores.begin(FILE_MIN_BYTES + 10), too_much);
    assert!(stores.begin(FILE_MIN_BYTES + 9).is_ok());
}

pub(crate) fn what_is_given_up_counts_until_it_is_removed(stores: &UploadStores) {
    let quota_bytes = QUOTA_BYTES;
    let too_much = Err(UploadDenied::QuotaExceeded { quota_bytes });
    let whole = |upload: &Upload| {
        let moved = stores.uploads.move_upload(upload.id, 0, upload.size, LATER);
        moved.unwrap();
    };
    let cancel = |upload: &Upload| {
        let cancelled = stores.uploads.cancel_upload(upload.owner, upload.id, NOW);
        assert_eq!(cancelled.unwrap(), Cancelled::Gone);
    };
    let removed = |folders: &[FolderId]| stores.uploads.forget_folders(folders).unwrap();
    // One that came whole, one of which a part may be coming, and one that a message carried.
    let first = stores.begin(FILE_MIN_BYTES + 1).unwrap();
    whole(&first);
    let second = stores.begin(1).unwrap();
    let sent = stores.completed(1);
    stores.messages.carry(stores.people[0], sent);
    cancel(&first);
    cancel(&second);
    stores.messages.let_go(sent, NOW);
    // A picture that is being made.
    let made = stores.removal(new_folder(), 1, LATER_S);
    stores.uploads.reserve_folder(&made).unwrap();
    assert_eq!(stores.begin(1), too_much);
    let mut left = vec![parts(first.id), parts(second.id), parts(sent), made.folder];
    left.sort_unstable();
    assert_eq!(stores.due(LATER_S), left);
    removed(&[second.id, sent].map(parts));
    assert_eq!(stores.begin(2 * FILE_MIN_BYTES + 9), too_much);
    cancel(&stores.begin(2 * FILE_MIN_BYTES + 8).unwrap());
    removed(&left);
    removed(&stores.due(LATER_S));
    assert!(stores.begin(QUOTA_BYTES).is_ok());
}

pub(crate) fn part_moves_an_upload_once(stores: &UploadStores) {
    let upload = stores.begin(9).unwrap();
    let later = NOW.plus_seconds(2 * KEPT_S);
    let moved = |from, to| stores.uploads.move_upload(upload.id, from, to, later);
    assert_eq!(moved(0, 4).unwrap(), Some(4));
    assert_eq!(moved(0, 4).unwrap(), Some(4));
    assert_eq!(moved(5, 9).unwrap(), Some(4));
    let now = stores.uploads.upload(upload.owner, upload.id).unwrap();
    let now = now.unwrap();
    assert_eq!((now.received, now.expires_at), (4, later));
    stores
        .uploads
        .cancel_upload(upload.owner, upload.id, NOW)
        .unwrap();
    assert_eq!(moved(4, 9).unwrap(), None);
}

pub(crate) fn first_completion_counts(stores: &UploadStores) {
    let upload = stores.begin(9).unwrap();
    let [first, second] = [new_folder(), new_folder()];
    for folder in [first, second] {
        let removal = stores.removal(folder, 9, 2 * LATER_S);
        stores.uploads.reserve_folder(&removal).unwrap();
    }
    let complete = |folder| {
        let made = kept(&upload, folder);
        stores.uploads.complete_upload(&made, NOW, LATER).unwrap()
    };
    let counts = Some(kept(&upload, first));
    assert_eq!(complete(first), counts);
    assert_eq!(complete(second), counts);
    assert_eq!(complete(first), counts);
    assert_eq!(stores.attachments.attachment(upload.id).unwrap(), counts);
    // What the second replica made goes at once, the parts when nobody reads them any more.
    assert_eq!(stores.due(0), [second]);
    let mut gone = [second, parts(upload.id)];
    gone.sort_unstable();
    assert_eq!(stores.due(9 * LATER_S), gone);

    let cancelled = stores.begin(9).unwrap();
    let cancel = stores
        .uploads
        .cancel_upload(cancelled.owner, cancelled.id, NOW);
    assert_eq!(cancel.unwrap(), Cancelled::Gone);
    let late = kept(&cancelled, new_folder());
    assert_eq!(
        stores.uploads.complete_upload(&late, NOW, LATER).unwrap(),
        None
    );
    assert!(stores.due(0).contains(&late.folder));
}

pub(crate) fn upload_is_cancelled_unless_it_was_sent(stores: &UploadStores) {
    let [owner, other] = stores.people;
    let cancel = |user, id| stores.uploads.cancel_upload(user, id, NOW).unwrap();
    let open = stores.begin(9).unwrap().id;
    assert_eq!(cancel(other, open), Cancelled::NotThere);
    assert_eq!(cancel(owner, open), Cancelled::Gone);
    assert_eq!(cancel(owner, open), Cancelled::NotThere);
    let whole = stores.completed(9);
    assert_eq!(cancel(owner, whole), Cancelled::Gone);
    assert_eq!(stores.is_there(whole), (false, false));
    let sent = stores.completed(9);
    stores.messages.carry(owner, sent);
    assert_eq!(cancel(owner, sent), Cancelled::Sent);
    assert_eq!(stores.is_there(sent), (true, true));
    let mut due = [parts(open), parts(whole)];
    due.sort_unstable();
    assert_eq!(stores.due(LATER_S), due);
}

pub(crate) fn expired_uploads_go_unless_they_were_sent(stores: &UploadStores) {
    let sent = stores.completed(1);
    stores.messages.carry(stores.people[0], sent);
    let (unsent, open) = (stores.completed(1), stores.begin(1).unwrap());
    let expire = |after_s, limit| {
        let now = NOW.plus_seconds(after_s);
        stores.uploads.expire_uploads(now, limit).unwrap()
    };
    assert_eq!(expire(KEPT_S, 9), 0);
    assert_eq!(expire(KEPT_S + 1, 9), 1);
    assert_eq!(stores.is_there(open.id), (false, false));
    // What is complete waits anew.
    assert_eq!(expire(3 * KEPT_S, 9), 0);
    assert_eq!(expire(3 * KEPT_S + 1, 1), 1);
    assert_eq!(expire(3 * KEPT_S + 1, 9), 1);
    assert_eq!(expire(3 * KEPT_S + 1, 9), 0);
    assert_eq!(stores.is_there(sent), (false, true));
    assert_eq!(stores.is_there(unsent), (false, false));
    let mut due = [parts(unsent), parts(open.id)];
    due.sort_unstable();
    assert_eq!(stores.due(3 * KEPT_S + LATER_S), due);
}

pub(crate) fn attachment_goes_with_the_last_message_that_carries_it(stores: &UploadStores) {
    let id = stores.completed(9);
    for _ in 0..2 {
        stores.messages.carry(stores.people[0], id);
    }
    stores.messages.let_go(id, NOW);
    assert_eq!(stores.is_there(id), (true, true));
    assert_eq!(stores.due(LATER_S), []);
    stores.messages.let_go(id, NOW);
    assert_eq!(stores.is_there(id), (false, false));
    assert_eq!(stores.due(0), [parts(id)]);
}

pub(crate) fn folders_are_due_from_their_time_on(stores: &UploadStores) {
    let [one, two] = [new_folder(), new_folder()];
    for (folder, after_s) in [(one, 10), (two, 5), (one, 1)] {
        let removal = stores.removal(folder, 9, after_s);
        stores.uploads.reserve_folder(&removal).unwrap();
    }
    assert_eq!(stores.due(0), []);
    assert_eq!(stores.due(1), [one]);
    let oldest = stores.uploads.due_folders(NOW.plus_seconds(9), 1).unwrap();
    let oldest: Vec<FolderId> = oldest.iter().map(|due| due.folder).collect();
    assert_eq!(oldest, [one]);
    stores.uploads.forget_folders(&[one]).unwrap();
    stores.uploads.forget_folders(&[]).unwrap();
    assert_eq!(stores.due(9), [two]);
}

pub(crate) fn folder_that_cannot_be_removed_is_due_later(stores: &UploadStores) {
    let [one, two] = [new_folder(), new_folder()];
    for folder in [one, two] {
        let removal = stores.removal(folder, 9, 0);
        stores.uploads.reserve_folder(&removal).unwrap();
    }
    let put_off = |failures, now| {
        let due = DueFolder {
            folder: one,
            failures,
        };
        stores.uploads.put_off_folders(&[due], now).unwrap();
    };
    put_off(0, NOW);
    assert_eq!(stores.due(59), [two]);
    stores.uploads.forget_folders(&[two]).unwrap();
    let later = NOW.plus_seconds(60);
    let due = stores.uploads.due_folders(later, 9).unwrap();
    let once = DueFolder {
        folder: one,
        failures: 1,
    };
    assert_eq!(due, [once]);
    put_off(1, later);
    assert_eq!(stores.due(60 + 119), []);
    assert_eq!(stores.due(60 + 120), [one]);
    stores.uploads.put_off_folders(&[], later).unwrap();
}

pub(crate) fn blob_is_written_once(blobs: &dyn BlobStore) {
    let (folder, name) = (new_folder(), BlobName::Piece(0));
    let read = |name, range| blobs.blob(folder, name, range).unwrap();
    assert_eq!(read(name, 0..9), None);
    assert!(blobs.put_blob(folder, name, b"hello".to_vec()).unwrap());
    assert!(!blobs.put_blob(folder, name, b"other".to_vec()).unwrap());
    assert!(
        blobs
            .put_blob(folder, BlobName::Piece(1), vec![0; 3])
            .unwrap()
    );
    assert!(
        blobs
            .put_blob(folder, BlobName::Thumbnail, vec![1])
            .unwrap()
    );
    assert_eq!(read(name, 0..5), Some(b"hello".to_vec()));
    assert_eq!(read(name, 1..3), Some(b"el".to_vec()));
    // As much as there is.
    assert_eq!(read(name, 3..99), Some(b"lo".to_vec()));
    assert_eq!(read(BlobName::Thumbnail, 0..9), Some(vec![1]));
    assert_eq!(blobs.blob(new_folder(), name, 0..9).unwrap(), None);
}

pub(crate) fn folder_is_removed(blobs: &dyn BlobStore) {
    let [gone, left] = [new_folder(), new_folder()];
    for folder in [gone, left] {
        for name in [BlobName::Piece(0), BlobName::Piece(1), BlobName::Thumbnail] {
            assert!(blobs.put_blob(folder, name, vec![1]).unwrap());
        }
    }
    for _ in 0..2 {
        blobs.remove_folder(gone).unwrap();
    }
    let read = |folder| blobs.blob(folder, BlobName::Piece(1), 0..1).unwrap();
    assert_eq!((read(gone), read(left)), (None, Some(vec![1])));
    blobs.remove_folder(new_folder()).unwrap();
}
