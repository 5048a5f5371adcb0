//! Removes files that nobody needs any more: a bounded part at a time, by one replica at a time.

use std::sync::Arc;

use crate::application::{
    error::{Error, StoreError},
    ports::{BlobStore, Clock, DueFolder, LeaseStore, PreviewStore, UploadStore},
};

/// How long a replica keeps the job without renewing it: longer than the time between two runs and
/// than a part of a run takes.
const LEASE_S: i64 = 300;

/// Uploads and folders of which one part of a run takes care.
pub(super) const ITEMS_MAX: i64 = 200;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads that were forgotten.
    pub uploads: usize,
    /// Folders that were removed.
    pub folders: usize,
    /// Folders that could not be removed and are tried again later.
    pub put_off: usize,
}

/// The job.
pub struct UploadSweep {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is to forget.
    pub uploads: Arc<dyn UploadStore>,
    /// What no message took in time.
    pub previews: Arc<dyn PreviewStore>,
    /// What there is to remove.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl UploadSweep {
    /// Does all that there is to do, if the job is this replica's. People may give up files as fast as
    /// they can ask for it: a part that is full is followed by the next one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        loop {
            let now = self.clock.now();
            let until = now.plus_seconds(LEASE_S);
            let is_own = self
                .leases
                .hold_lease("uploads", &self.instance, now, until)?;
            if !is_own {
                return Ok(swept);
            }
            let uploads = self.uploads.expire_uploads(now, ITEMS_MAX)?;
            let previews = self.previews.expire_previews(now, ITEMS_MAX)?;
            let due = self.uploads.due_folders(now, ITEMS_MAX)?;
            let removed = self.remove(&due)?;
            swept.uploads += uploads;
            swept.folders += removed;
            swept.put_off += due.len() - removed;
            let items_max = usize::try_from(ITEMS_MAX).unwrap_or(usize::MAX);
            let is_full = uploads >= items_max || previews >= items_max || due.len() >= items_max;
            // Where nothing can be removed, the disk is to blame and not the folders.
            let is_stuck = removed == 0 && !due.is_empty();
            if !is_full || is_stuck {
                return Ok(swept);
            }
        }
    }

    /// Removes folders; how many could be removed. One that cannot be keeps none of the others.
    fn remove(&self, due: &[DueFolder]) -> Result<usize, Error> {
        let mut removed = Vec::with_capacity(due.len());
        let mut failed: Vec<(DueFolder, StoreError)> = Vec::new();
        for due in due {
            match self.blobs.remove_folder(due.folder) {
                Ok(()) => removed.push(due.folder),
                Err(error) => failed.push((*due, error)),
            }
        }
        self.uploads.forget_folders(&removed)?;
        // Each is told of once.
        let new = || failed.iter().filter(|(due, _)| due.failures == 0);
        if let Some((first, error)) = new().next() {
            tracing::warn!(
                folders = new().count(),
                first = %first.folder.as_uuid(),
                error = error as &dyn std::error::Error,
                "folders of the blob store cannot be removed; they are tried again, and count in \
                 their owners' quotas until then"
            );
        }
        let failed: Vec<DueFolder> = failed.into_iter().map(|(due, _)| due).collect();
        self.uploads.put_off_folders(&failed, self.clock.now())?;
        Ok(removed.len())
    }
}
