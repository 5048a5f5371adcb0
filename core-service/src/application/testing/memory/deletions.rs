//! Deleted accounts in memory, where they leave nothing else.

use uuid::Uuid;

use super::MemoryStore;
use crate::{
    application::ports::{AccountDeletion, DeletionStore, RemovalStep, Stored},
    domain::{
        account::{DisplayName, Handle},
        event::LoggedEvent,
        ids::SessionId,
        time::Timestamp,
    },
};

impl DeletionStore for MemoryStore {
    fn delete_account(&self, deletion: &AccountDeletion) -> Stored<Option<Vec<LoggedEvent>>> {
        let AccountDeletion { user, now, .. } = *deletion;
        let mut state = self.state();
        let found = state.accounts.iter().find(|(_, account)| {
            account.user.id == user && account.password_hash == deletion.before
        });
        let Some(handle) = found.map(|(handle, _)| handle.clone()) else {
            return Ok(None);
        };
        if let Some(mut account) = state.accounts.remove(&handle) {
            let shown = format!("deleted-{}", user.as_uuid().simple());
            account.user.handle = Handle::stored(shown.clone());
            account.user.display_name = DisplayName::stored("Deleted account".to_owned());
            account.password_hash = String::new();
            state.accounts.insert(shown, account);
        }
        state.retired_handles.insert(handle);
        state.factors.remove(&user);
        let nothing_stays = SessionId::new(Uuid::nil());
        state.end_others(user, nothing_stays, now).map(Some)
    }

    fn remove_next(&self, _: Timestamp) -> Stored<RemovalStep> {
        Ok(RemovalStep::default())
    }
}
