//! Files without a database, a disk and a decoder.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::contract::Carries;
use crate::{
    application::{
        error::StoreError,
        ports::{
            AttachmentStore, Begun, BlobName, BlobStore, Cancelled, DueFolder, Kept, Link,
            LinkSigner, MediaReader, NewUpload, Picture, Portrait, Refused, Removal, Stored,
            UploadStore,
        },
    },
    domain::{
        attachment::{Content, Kind, PictureFormat},
        ids::{AttachmentId, ConversationId, FolderId, UserId},
        message::Message,
        permission::Denied,
        time::Timestamp,
        upload::{Upload, UploadDenied, charged_bytes, put_off_s, stored_bytes},
    },
};

/// As the databases.
const WRITTEN_WITHIN_S: i64 = 180;

#[derive(Default)]
struct Files {
    uploads: BTreeMap<AttachmentId, Upload>,
    attachments: BTreeMap<AttachmentId, Kept>,
    /// How many messages carry an attachment.
    carried: BTreeMap<AttachmentId, usize>,
    removals: BTreeMap<FolderId, (Removal, i64)>,
}

/// Uploads and attachments in memory, under one lock.
#[derive(Default)]
pub(crate) struct MemoryFiles(Mutex<Files>);

impl MemoryFiles {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn is_carried(&self, id: AttachmentId) -> bool {
        self.carried.get(&id).is_some_and(|count| *count > 0)
    }

    fn forget(&mut self, id: AttachmentId, now: Timestamp) {
        let due_at = now.plus_seconds(WRITTEN_WITHIN_S);
        if let Some(upload) = self.uploads.remove(&id) {
            let parts = FolderId::new(*id.as_uuid());
            let bytes = stored_bytes(upload.size, upload.received);
            self.remove(Removal::new(parts, upload.owner, bytes, due_at));
        }
        if let Some(kept) = self.attachments.remove(&id) {
            self.remove(kept.removal(due_at));
        }
    }

    fn remove(&mut self, removal: Removal) {
        self.removals.insert(removal.folder, (removal, 0));
    }
}

impl UploadStore for MemoryFiles {
    fn begin_upload(&self, new: &NewUpload) -> Stored<Result<Begun, UploadDenied>> {
        let mut files = self.files();
        let of_owner = |upload: &&Upload| upload.owner == new.owner;
        let own = || files.uploads.values().filter(of_owner);
        if let Some(before) = own().find(|of| of.client_upload_id == new.client_upload_id) {
            return Ok(Ok(Begun {
                upload: before.clone(),
                is_new: false,
            }));
        }
        let open = || own().filter(|upload| !files.attachments.contains_key(&upload.id));
        if i64::try_from(open().count()).unwrap_or(i64::MAX) >= new.open_max {
            let open_max = new.open_max;
            return Ok(Err(UploadDenied::TooManyOpen { open_max }));
        }
        let coming: i64 = open().map(|upload| charged_bytes(upload.size)).sum();
        let kept = files.attachments.values();
        let kept = kept.filter(|kept| kept.owner == new.owner);
        let kept: i64 = kept.map(|kept| charged_bytes(kept.attachment.size)).sum();
        let given_up = files.removals.values().map(|(removal, _)| removal);
        let given_up = given_up.filter(|removal| removal.owner == new.owner);
        let given_up: i64 = given_up.map(|removal| removal.bytes).sum();
        if coming + kept + given_up + charged_bytes(new.size) > new.quota_bytes {
            let quota_bytes = new.quota_bytes;
            return Ok(Err(UploadDenied::QuotaExceeded { quota_bytes }));
        }
        let upload = Upload {
            id: new.id,
            owner: new.owner,
            client_upload_id: new.client_upload_id,
            name: new.name.clone(),
            claimed_type: new.claimed_type.clone(),
            size: new.size,
            voice: new.voice.clone(),
            received: 0,
            expires_at: new.expires_at,
        };
        files.uploads.insert(new.id, upload.clone());
        Ok(Ok(Begun {
            upload,
            is_new: true,
        }))
    }

    fn upload(&self, owner: UserId, id: AttachmentId) -> Stored<Option<Upload>> {
        let files = self.files();
        let upload = files.uploads.get(&id);
        Ok(upload.filter(|upload| upload.owner == owner).cloned())
    }

    fn move_upload(
        &self,
        id: AttachmentId,
        from: i64,
        to: i64,
        expires_at: Timestamp,
    ) -> Stored<Option<i64>> {
        Ok(self.files().uploads.get_mut(&id).map(|upload| {
            if upload.received == from {
                upload.received = to;
                upload.expires_at = expires_at;
            }
            upload.received
        }))
    }

    fn cancel_upload(&self, owner: UserId, id: AttachmentId, now: Timestamp) -> Stored<Cancelled> {
        let mut files = self.files();
        let upload = files.uploads.get(&id);
        if upload.is_none_or(|upload| upload.owner != owner) {
            return Ok(Cancelled::NotThere);
        }
        if files.is_carried(id) {
            return Ok(Cancelled::Sent);
        }
        files.forget(id, now);
        Ok(Cancelled::Gone)
    }

    fn reserve_folder(&self, removal: &Removal) -> Stored<()> {
        self.files().remove(*removal);
        Ok(())
    }

    fn complete_upload(
        &self,
        kept: &Kept,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Option<Kept>> {
        let mut files = self.files();
        let id = kept.attachment.id;
        let parts = FolderId::new(*id.as_uuid());
        let upload_bytes = files.uploads.get_mut(&id).map(|upload| {
            upload.expires_at = expires_at;
            upload.size
        });
        let before = files.attachments.get(&id).cloned();
        let (None, Some(upload_bytes)) = (&before, upload_bytes) else {
            let is_needed = before.as_ref().is_some_and(|of| of.folder == kept.folder);
            if kept.folder != parts && !is_needed {
                files.remove(kept.removal(now));
            }
            return Ok(before);
        };
        files.attachments.insert(id, kept.clone());
        if kept.folder != parts {
            files.removals.remove(&kept.folder);
            let due_at = now.plus_seconds(WRITTEN_WITHIN_S);
            files.remove(Removal::new(parts, kept.owner, upload_bytes, due_at));
        }
        Ok(Some(kept.clone()))
    }

    fn expire_uploads(&self, now: Timestamp, limit: i64) -> Stored<usize> {
        let mut files = self.files();
        let mut expired: Vec<(Timestamp, AttachmentId)> = files
            .uploads
            .values()
            .filter(|upload| upload.expires_at < now)
            .map(|upload| (upload.expires_at, upload.id))
            .collect();
        expired.sort_unstable();
        expired.truncate(usize::try_from(limit).unwrap_or_default());
        for (_, id) in &expired {
            if files.is_carried(*id) {
                files.uploads.remove(id);
            } else {
                files.forget(*id, now);
            }
        }
        Ok(expired.len())
    }

    fn due_folders(&self, now: Timestamp, limit: i64) -> Stored<Vec<DueFolder>> {
        let files = self.files();
        let due = files.removals.values();
        let mut due: Vec<_> = due.filter(|(removal, _)| removal.due_at <= now).collect();
        due.sort_unstable_by_key(|(removal, _)| (removal.due_at, removal.folder));
        due.truncate(usize::try_from(limit).unwrap_or_default());
        let due = due.into_iter().map(|(removal, failures)| DueFolder {
            folder: removal.folder,
            failures: *failures,
        });
        Ok(due.collect())
    }

    fn put_off_folders(&self, folders: &[DueFolder], now: Timestamp) -> Stored<()> {
        let mut files = self.files();
        for due in folders {
            if let Some((removal, failures)) = files.removals.get_mut(&due.folder) {
                removal.due_at = now.plus_seconds(put_off_s(due.failures));
                *failures += 1;
            }
        }
        Ok(())
    }

    fn forget_folders(&self, folders: &[FolderId]) -> Stored<()> {
        self.files().removals.retain(|id, _| !folders.contains(id));
        Ok(())
    }
}

impl AttachmentStore for MemoryFiles {
    fn attachment(&self, id: AttachmentId) -> Stored<Option<Kept>> {
        Ok(self.files().attachments.get(&id).cloned())
    }

    /// Whoever asks reads every message here.
    fn readable_attachments(
        &self,
        _: UserId,
        ids: &[AttachmentId],
    ) -> Stored<Vec<(AttachmentId, bool)>> {
        let files = self.files();
        let wanted: BTreeSet<AttachmentId> = ids.iter().copied().collect();
        let carried = wanted.into_iter().filter(|id| files.is_carried(*id));
        let found = carried.filter_map(|id| files.attachments.get(&id));
        Ok(found
            .map(|kept| (kept.attachment.id, kept.attachment.thumbnail))
            .collect())
    }

    fn messages_with_attachments(
        &self,
        _: ConversationId,
        _: UserId,
        _: &[Kind],
        _: Option<i64>,
        _: i64,
    ) -> Stored<Result<Vec<Message>, Refused>> {
        Ok(Err(Denied::NotAccepted.into()))
    }
}

impl Carries for MemoryFiles {
    fn carry(&self, _: UserId, id: AttachmentId) {
        *self.files().carried.entry(id).or_default() += 1;
    }

    fn let_go(&self, id: AttachmentId, now: Timestamp) {
        let mut files = self.files();
        if let Some(count) = files.carried.get_mut(&id) {
            *count -= 1;
        }
        if files.is_carried(id) {
            return;
        }
        files.uploads.remove(&id);
        if let Some(kept) = files.attachments.remove(&id) {
            files.remove(kept.removal(now));
        }
    }
}

/// Blobs in memory.
#[derive(Default)]
pub(crate) struct MemoryBlobs(Mutex<BTreeMap<(FolderId, BlobName), Vec<u8>>>);

impl MemoryBlobs {
    /// The folders that there are.
    pub(crate) fn folders(&self) -> Vec<FolderId> {
        let blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let folders: BTreeSet<FolderId> = blobs.keys().map(|(folder, _)| *folder).collect();
        folders.into_iter().collect()
    }
}

impl BlobStore for MemoryBlobs {
    fn put_blob(&self, folder: FolderId, name: BlobName, bytes: Vec<u8>) -> Stored<bool> {
        let mut blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !blobs.contains_key(&(folder, name));
        blobs.entry((folder, name)).or_insert(bytes);
        Ok(is_new)
    }

    fn blob(&self, folder: FolderId, name: BlobName, range: Range<u64>) -> Stored<Option<Vec<u8>>> {
        let blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(blobs.get(&(folder, name)).map(|bytes| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            bytes[place(range.start)..place(range.end)].to_vec()
        }))
    }

    fn remove_folder(&self, folder: FolderId) -> Stored<()> {
        let mut blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blobs.retain(|(of, _), _| *of != folder);
        Ok(())
    }
}

/// Takes what begins with `picture`, `video` or `sound` for that, and gives a picture back as it came.
#[derive(Default)]
pub(crate) struct PlainReader {
    /// What is said of the next picture.
    pub(crate) denies: Mutex<Option<UploadDenied>>,
}

impl PlainReader {
    fn check(&self) -> Result<(), UploadDenied> {
        let denies = self.denies.lock();
        let denied = denies.unwrap_or_else(PoisonError::into_inner).take();
        denied.map_or(Ok(()), Err)
    }
}

impl MediaReader for PlainReader {
    fn sniff(&self, head: &[u8]) -> Content {
        if head.starts_with(b"picture") {
            Content::Picture(PictureFormat::Jpeg)
        } else if head.starts_with(b"video") {
            Content::Video("video/webm")
        } else {
            Content::File("text/plain")
        }
    }

    fn picture(&self, _: PictureFormat, bytes: &[u8]) -> Result<Picture, UploadDenied> {
        self.check()?;
        Ok(Picture {
            bytes: bytes.to_vec(),
            media_type: "image/jpeg",
            width: 4,
            height: 3,
            blurhash: "L".to_owned(),
            thumbnail: b"small".to_vec(),
            thumbnail_type: "image/webp",
        })
    }

    fn portrait(&self, _: PictureFormat, bytes: &[u8]) -> Result<Portrait, UploadDenied> {
        self.check()?;
        Ok(Portrait {
            large: [b"large ", bytes].concat(),
            small: [b"small ", bytes].concat(),
        })
    }
}

/// Signs in plain text.
#[derive(Default)]
pub(crate) struct PlainSigner;

impl LinkSigner for PlainSigner {
    fn sign_link(&self, link: Link) -> String {
        format!("{} {:?} {}", link.id, link.variant, link.expires_s)
    }

    fn is_signed(&self, link: Link, signature: &str) -> bool {
        self.sign_link(link) == signature
    }
}

/// Blobs in memory, of which one folder cannot be removed.
pub(crate) struct StuckFolder(pub(crate) Arc<MemoryBlobs>, pub(crate) FolderId);

impl BlobStore for StuckFolder {
    fn put_blob(&self, folder: FolderId, name: BlobName, bytes: Vec<u8>) -> Stored<bool> {
        self.0.put_blob(folder, name, bytes)
    }

    fn blob(&self, folder: FolderId, name: BlobName, range: Range<u64>) -> Stored<Option<Vec<u8>>> {
        self.0.blob(folder, name, range)
    }

    fn remove_folder(&self, folder: FolderId) -> Stored<()> {
        if folder == self.1 {
            return broken();
        }
        self.0.remove_folder(folder)
    }
}

/// A disk that fails.
pub(crate) struct BrokenDisk;

fn broken<T>() -> Stored<T> {
    Err(StoreError::Unavailable("no space left on device".into()))
}

impl BlobStore for BrokenDisk {
    fn put_blob(&self, _: FolderId, _: BlobName, _: Vec<u8>) -> Stored<bool> {
        broken()
    }

    fn blob(&self, _: FolderId, _: BlobName, _: Range<u64>) -> Stored<Option<Vec<u8>>> {
        broken()
    }

    fn remove_folder(&self, _: FolderId) -> Stored<()> {
        broken()
    }
}

mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::application::testing::contract::{
        UploadStores, blob_store_contract, upload_store_contract,
    };

    fn in_memory() -> UploadStores {
        let people = [1, 2].map(|n| UserId::new(Uuid::from_u128(n)));
        UploadStores::of(Arc::<MemoryFiles>::default(), people, None)
    }

    upload_store_contract!(uploads, in_memory());
    blob_store_contract!(blobs, (Arc::<MemoryBlobs>::default(), ()));
}
