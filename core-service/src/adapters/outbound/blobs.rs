//! [`BlobStore`] on `object_store`: a folder. Further stores come with a suite that runs on them.

use std::{
    fs,
    io::ErrorKind,
    ops::Range,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use object_store::{
    Error as ObjectError, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload,
    local::LocalFileSystem, path::Path as Place,
};
use tokio::runtime::Handle;

use crate::{
    application::{
        error::StoreError,
        ports::{BlobName, BlobStore, Stored},
    },
    domain::ids::FolderId,
};

/// The address names no store that is offered.
#[derive(Debug, thiserror::Error)]
#[error("blobs.url must begin with file:, such as file:data/blobs")]
pub struct UnknownStore;

/// Blobs in a folder of this machine, which all cores share.
pub struct FolderBlobs {
    root: PathBuf,
    /// Opened, and made, when it is needed first: who sends no files needs no folder.
    store: OnceLock<LocalFileSystem>,
    /// Its threads wait for the disk. They must not be those on which use cases run: each of these
    /// waits for one of them.
    runtime: Handle,
}

impl FolderBlobs {
    /// The folder that an address names.
    ///
    /// # Errors
    /// [`UnknownStore`].
    pub fn path(url: &str) -> Result<&Path, UnknownStore> {
        let path = url
            .strip_prefix("file://")
            .or_else(|| url.strip_prefix("file:"));
        path.filter(|path| !path.is_empty())
            .map(Path::new)
            .ok_or(UnknownStore)
    }

    /// Blobs in a folder, which need not be there yet, read and written by the threads of a runtime
    /// that has nothing else to do.
    #[must_use]
    pub fn new(root: PathBuf, runtime: Handle) -> Self {
        Self {
            root,
            store: OnceLock::new(),
            runtime,
        }
    }

    fn store(&self) -> Stored<&LocalFileSystem> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        fs::create_dir_all(&self.root).map_err(|error| StoreError::Unavailable(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(&self.root).map_err(failed)?;
        // What was stored survives a power cut.
        let store = store.with_fsync(true);
        Ok(self.store.get_or_init(|| store))
    }
}

fn failed(error: ObjectError) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// Folders stand in 256 others, so that none has too many entries.
fn folder_place(folder: FolderId) -> Place {
    let id = folder.as_uuid().simple().to_string();
    let group = &id[id.len() - 2..];
    Place::from(format!("{group}/{id}"))
}

fn place(folder: FolderId, name: BlobName) -> Place {
    let folder = folder_place(folder);
    match name {
        BlobName::Piece(index) => folder.join(format!("{index:06}")),
        BlobName::Thumbnail => folder.join("thumbnail"),
    }
}

impl BlobStore for FolderBlobs {
    fn put_blob(&self, folder: FolderId, name: BlobName, bytes: Vec<u8>) -> Stored<bool> {
        let put = self.store()?;
        let place = place(folder, name);
        let put = put.put_opts(&place, PutPayload::from(bytes), PutMode::Create.into());
        match self.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(ObjectError::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    fn blob(&self, folder: FolderId, name: BlobName, range: Range<u64>) -> Stored<Option<Vec<u8>>> {
        let store = self.store()?;
        let place = place(folder, name);
        match self.runtime.block_on(store.get_range(&place, range)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(ObjectError::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// With what a process that died has written half, which the store itself would pass over.
    fn remove_folder(&self, folder: FolderId) -> Stored<()> {
        let place = folder_place(folder);
        let path = self.store()?.path_to_filesystem(&place).map_err(failed)?;
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::Unavailable(error.into()));
            }
            Ok(()) | Err(_) => {}
        }
        if let Some(group) = path.parent() {
            // It stays while it has others.
            let _ = fs::remove_dir(group);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use tokio::runtime::{Builder, Runtime};

    use super::*;
    use crate::application::testing::contract::blob_store_contract;

    fn on_folder() -> (Arc<dyn BlobStore>, (tempfile::TempDir, Runtime)) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .build()
            .unwrap();
        let root = folder.path().join("not").join("yet");
        let blobs = FolderBlobs::new(root, runtime.handle().clone());
        (Arc::new(blobs), (folder, runtime))
    }

    blob_store_contract!(folder, on_folder());

    #[test]
    fn nothing_is_left_of_a_removed_folder() {
        let (blobs, (root, _runtime)) = on_folder();
        let root = root.path().join("not").join("yet");
        let folder = FolderId::new(uuid::Uuid::now_v7());
        for index in 0..3 {
            let name = BlobName::Piece(index);
            assert!(blobs.put_blob(folder, name, vec![7; 9]).unwrap());
        }
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
        // A process has died while it wrote.
        let group = fs::read_dir(&root).unwrap().next().unwrap().unwrap().path();
        let half = group
            .join(folder.as_uuid().simple().to_string())
            .join("000003#1");
        fs::write(half, b"half").unwrap();
        blobs.remove_folder(folder).unwrap();
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }

    /// As many as the program's threads that may block, which wait for those of this adapter.
    #[test]
    fn many_threads_wait_for_the_disk_at_once() {
        let (blobs, _guards) = on_folder();
        thread::scope(|scope| {
            for number in 0..32 {
                let blobs = &blobs;
                scope.spawn(move || {
                    let folder = FolderId::new(uuid::Uuid::now_v7());
                    let name = BlobName::Piece(0);
                    assert!(blobs.put_blob(folder, name, vec![number; 64]).unwrap());
                    let read = blobs.blob(folder, name, 0..64).unwrap();
                    assert_eq!(read, Some(vec![number; 64]));
                });
            }
        });
    }

    #[test]
    fn address_names_a_folder() {
        let path = |url| FolderBlobs::path(url).ok();
        assert_eq!(path("file:data/blobs"), Some(Path::new("data/blobs")));
        assert_eq!(path("file:///var/blobs"), Some(Path::new("/var/blobs")));
        for url in ["s3://bucket", "data/blobs", "file:", ""] {
            assert_eq!(path(url), None);
        }
    }
}
