//! Deleting one's own account.

use super::{Accounts, Origin};
use crate::{
    application::{error::Error, ports::AccountDeletion},
    domain::ids::UserId,
};

impl Accounts {
    /// Deletes the account of somebody who shows what a sign-in asks for. All their sessions end; what they
    /// have left elsewhere is removed by [`AccountRemoval`](crate::application::deletion::AccountRemoval).
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`Error::SecondFactor`].
    pub fn delete_account(
        &self,
        user: UserId,
        password: &str,
        code: Option<&str>,
        erase_messages: bool,
        from: &Origin,
    ) -> Result<(), Error> {
        let known = self.known(user, password, from)?;
        self.check_second_factor(&known, code)?;
        self.forget_failures(&known.attempt)?;
        let deleted = self.deletions.delete_account(&AccountDeletion {
            user,
            before: known.kept,
            erase_messages,
            now: self.clock.now(),
        })?;
        // Another device may have changed the password, or deleted the account, meanwhile.
        self.publisher.publish(deleted.ok_or(Error::WrongPassword)?);
        Ok(())
    }
}
