//! [`Broken`]: a database that nobody can reach.

use uuid::Uuid;

use crate::{
    application::{
        error::StoreError,
        ports::{
            AccountDeletion, AccountStore, AttachmentStore, AttemptStore, Begun, BlockChange,
            Cancelled, Changed, ContactStore, DeletionStore, DueFolder, Ended, Factor, Grant, Kept,
            LeaseStore, LogRange, LogSlice, NewAccount, NewAttempt, NewFactor, NewPreview,
            NewSession, NewUpload, Opened, PasswordChange, PreviewStore, Refused, Removal,
            RemovalStep, RetentionStore, Rotation, SecondFactorStore, SecretSealer, SessionStore,
            StepUse, Stored, TopicHead, TopicStore, UploadStore,
        },
    },
    domain::{
        account::{Handle, User},
        attachment::Kind,
        attempt::{Attempts, Subject},
        contact::WhoMayAdd,
        event::LoggedEvent,
        ids::{AttachmentId, ConversationId, FolderId, PreviewId, SessionId, UserId},
        message::Message,
        search::PeopleSearch,
        session::LivingSession,
        time::Timestamp,
        upload::{Upload, UploadDenied},
    },
};

/// Every store; every call fails.
pub(crate) struct Broken;

fn broken<T>() -> Stored<T> {
    Err(StoreError::Unavailable("the network is down".into()))
}

impl AccountStore for Broken {
    fn create_account(&self, _: &NewAccount) -> Stored<()> {
        broken()
    }

    fn credentials(&self, _: &Handle) -> Stored<Option<(User, String)>> {
        broken()
    }

    fn user(&self, _: UserId) -> Stored<Option<User>> {
        broken()
    }

    fn change_password(&self, _: &PasswordChange) -> Stored<Option<Vec<LoggedEvent>>> {
        broken()
    }

    fn search_users(&self, _: &PeopleSearch, _: UserId, _: i64) -> Stored<Vec<User>> {
        broken()
    }
}

impl AttemptStore for Broken {
    fn note_attempt(&self, _: &NewAttempt) -> Stored<()> {
        broken()
    }

    fn attempts(&self, _: &Subject, _: Timestamp, _: Uuid) -> Stored<Attempts> {
        broken()
    }

    fn withdraw_attempt(&self, _: Uuid) -> Stored<()> {
        broken()
    }

    fn forget_attempts(&self, _: &Subject) -> Stored<()> {
        broken()
    }

    fn unlock_account(&self, _: &Handle) -> Stored<()> {
        broken()
    }
}

impl DeletionStore for Broken {
    fn delete_account(&self, _: &AccountDeletion) -> Stored<Option<Vec<LoggedEvent>>> {
        broken()
    }

    fn remove_next(&self, _: Timestamp) -> Stored<RemovalStep> {
        broken()
    }
}

impl SecondFactorStore for Broken {
    fn second_factor(&self, _: UserId) -> Stored<Option<Factor>> {
        broken()
    }

    fn offer_secret(&self, _: UserId, _: &str, _: Timestamp) -> Stored<bool> {
        broken()
    }

    fn turn_on(&self, _: &NewFactor) -> Stored<bool> {
        broken()
    }

    fn use_step(&self, _: &StepUse<'_>) -> Stored<bool> {
        broken()
    }

    fn use_recovery_code(&self, _: UserId, _: &str) -> Stored<bool> {
        broken()
    }

    fn turn_off(&self, _: UserId) -> Stored<bool> {
        broken()
    }
}

impl SecretSealer for Broken {
    fn seal(&self, _: UserId, _: &[u8]) -> Stored<String> {
        broken()
    }

    fn open(&self, _: UserId, _: &str) -> Stored<Opened> {
        broken()
    }
}

impl SessionStore for Broken {
    fn create_session(&self, _: &NewSession) -> Stored<Option<Vec<LoggedEvent>>> {
        broken()
    }

    fn living_sessions(&self, _: UserId, _: Timestamp) -> Stored<Vec<LivingSession>> {
        broken()
    }

    fn end_session(
        &self,
        _: UserId,
        _: SessionId,
        _: Timestamp,
    ) -> Stored<Option<Vec<LoggedEvent>>> {
        broken()
    }

    fn end_other_sessions(
        &self,
        _: UserId,
        _: SessionId,
        _: Timestamp,
    ) -> Stored<Vec<LoggedEvent>> {
        broken()
    }

    fn rotate_refresh(&self, _: &str, _: &str, _: Timestamp, _: Timestamp) -> Stored<Rotation> {
        broken()
    }

    fn is_session_active(&self, _: SessionId) -> Stored<bool> {
        broken()
    }

    fn session_of_refresh(&self, _: &str) -> Stored<Option<SessionId>> {
        broken()
    }

    fn revoke_session(&self, _: SessionId, _: Timestamp) -> Stored<Vec<LoggedEvent>> {
        broken()
    }
}

impl TopicStore for Broken {
    fn newest_grants(&self, _: UserId, _: i64) -> Stored<Vec<Grant>> {
        broken()
    }

    fn grants_before(&self, _: UserId, _: ConversationId, _: i64) -> Stored<Vec<Grant>> {
        broken()
    }

    fn authorize(&self, _: UserId, _: &[String]) -> Stored<Vec<Grant>> {
        broken()
    }

    fn read_log(&self, _: &LogRange) -> Stored<Option<LogSlice>> {
        broken()
    }

    fn heads(&self, _: &[String]) -> Stored<Vec<TopicHead>> {
        broken()
    }

    fn ack_topics(&self, _: &[(String, i64)]) -> Stored<()> {
        broken()
    }

    fn unacknowledged(&self, _: Timestamp, _: Timestamp, _: i64) -> Stored<Vec<LoggedEvent>> {
        broken()
    }
}

impl LeaseStore for Broken {
    fn hold_lease(&self, _: &str, _: &str, _: Timestamp, _: Timestamp) -> Stored<bool> {
        broken()
    }
}

impl ContactStore for Broken {
    fn who_may_add(&self, _: UserId) -> Stored<WhoMayAdd> {
        broken()
    }

    fn set_who_may_add(&self, _: UserId, _: WhoMayAdd) -> Stored<()> {
        broken()
    }

    fn set_block(&self, _: &BlockChange) -> Stored<Changed> {
        broken()
    }

    fn blocked(&self, _: UserId, _: Option<UserId>, _: i64) -> Stored<Vec<User>> {
        broken()
    }
}

impl RetentionStore for Broken {
    fn delete_ended(&self, _: &Ended, _: i64) -> Stored<usize> {
        broken()
    }
}

impl UploadStore for Broken {
    fn begin_upload(&self, _: &NewUpload) -> Stored<Result<Begun, UploadDenied>> {
        broken()
    }

    fn upload(&self, _: UserId, _: AttachmentId) -> Stored<Option<Upload>> {
        broken()
    }

    fn move_upload(&self, _: AttachmentId, _: i64, _: i64, _: Timestamp) -> Stored<Option<i64>> {
        broken()
    }

    fn cancel_upload(&self, _: UserId, _: AttachmentId, _: Timestamp) -> Stored<Cancelled> {
        broken()
    }

    fn reserve_folder(&self, _: &Removal) -> Stored<()> {
        broken()
    }

    fn complete_upload(&self, _: &Kept, _: Timestamp, _: Timestamp) -> Stored<Option<Kept>> {
        broken()
    }

    fn expire_uploads(&self, _: Timestamp, _: i64) -> Stored<usize> {
        broken()
    }

    fn due_folders(&self, _: Timestamp, _: i64) -> Stored<Vec<DueFolder>> {
        broken()
    }

    fn put_off_folders(&self, _: &[DueFolder], _: Timestamp) -> Stored<()> {
        broken()
    }

    fn forget_folders(&self, _: &[FolderId]) -> Stored<()> {
        broken()
    }
}

impl AttachmentStore for Broken {
    fn attachment(&self, _: AttachmentId) -> Stored<Option<Kept>> {
        broken()
    }

    fn readable_attachments(
        &self,
        _: UserId,
        _: &[AttachmentId],
    ) -> Stored<Vec<(AttachmentId, bool)>> {
        broken()
    }

    fn messages_with_attachments(
        &self,
        _: ConversationId,
        _: UserId,
        _: &[Kind],
        _: Option<i64>,
        _: i64,
    ) -> Stored<Result<Vec<Message>, Refused>> {
        broken()
    }
}

impl PreviewStore for Broken {
    fn keep_preview(&self, _: &NewPreview) -> Stored<()> {
        broken()
    }

    fn preview_image(&self, _: PreviewId) -> Stored<Option<String>> {
        broken()
    }

    fn expire_previews(&self, _: Timestamp, _: i64) -> Stored<usize> {
        broken()
    }
}
