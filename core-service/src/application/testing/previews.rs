//! Previews without a database.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    application::ports::{NewPreview, PreviewStore, Stored},
    domain::{ids::PreviewId, link_preview::KEPT_S, time::Timestamp},
};

/// Previews that no message has taken yet.
#[derive(Default)]
pub(crate) struct MemoryPreviews(Mutex<BTreeMap<PreviewId, NewPreview>>);

impl MemoryPreviews {
    fn previews(&self) -> MutexGuard<'_, BTreeMap<PreviewId, NewPreview>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn kept(&self, id: PreviewId) -> Option<NewPreview> {
        self.previews().get(&id).cloned()
    }
}

impl PreviewStore for MemoryPreviews {
    fn keep_preview(&self, new: &NewPreview) -> Stored<()> {
        self.previews().insert(new.preview.id, new.clone());
        Ok(())
    }

    fn preview_image(&self, id: PreviewId) -> Stored<Option<String>> {
        let image = self.kept(id).and_then(|kept| kept.image);
        Ok(image.map(|(media_type, _)| media_type.to_owned()))
    }

    fn expire_previews(&self, now: Timestamp, limit: i64) -> Stored<usize> {
        let mut previews = self.previews();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let due: Vec<PreviewId> = previews
            .iter()
            .filter(|(_, kept)| kept.now.plus_seconds(KEPT_S) < now)
            .map(|(id, _)| *id)
            .take(limit)
            .collect();
        previews.retain(|id, _| !due.contains(id));
        Ok(due.len())
    }
}
