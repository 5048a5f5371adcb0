//! Removes files that nobody needs any more: a bounded part at a time, by one replica at a time.

use std::sync::Arc;

use crate::application::{
    error::Error,
    ports::{BlobStore, Clock, LeaseStore, UploadStore},
};

/// How long a replica keeps the job without renewing it: longer than the time between two runs and
/// than a run takes.
const LEASE_S: i64 = 300;

/// Uploads and folders of which one run takes care.
const ITEMS_MAX: i64 = 200;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads that were forgotten.
    pub uploads: usize,
    /// Folders that were removed.
    pub folders: usize,
}

/// The job.
pub struct UploadSweep {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is to forget.
    pub uploads: Arc<dyn UploadStore>,
    /// What there is to remove.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl UploadSweep {
    /// Does a part, if the job is this replica's.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep(&self) -> Result<Swept, Error> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_S);
        if !self
            .leases
            .hold_lease("uploads", &self.instance, now, until)?
        {
            return Ok(Swept::default());
        }
        let uploads = self.uploads.expire_uploads(now, ITEMS_MAX)?;
        let due = self.uploads.due_folders(now, ITEMS_MAX)?;
        for folder in &due {
            self.blobs.remove_folder(*folder)?;
        }
        self.uploads.forget_folders(&due)?;
        Ok(Swept {
            uploads,
            folders: due.len(),
        })
    }
}
