//! Finding messages by what they say, and making those findable that are not yet.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{Clock, Found, LeaseStore, SearchStore, Wanted},
};

/// Looks of one request. Nearly always the first one finds enough; where a word is common in chats that are
/// not the reader's, the client asks again for what is behind.
const LOOKS_MAX: usize = 2;

/// How long a replica keeps the job without renewing it: longer than the time between two runs.
const LEASE_S: i64 = 30;

/// Messages that are made findable in one transaction.
const INDEXED_AT_ONCE: i64 = 250;

/// Transactions of one run. So a million messages take a quarter of an hour, beside everything else.
const TRANSACTIONS_MAX: usize = 4;

/// The use case.
pub struct Search {
    /// What there is.
    pub store: Arc<dyn SearchStore>,
}

impl Search {
    /// Messages that the reader can read, the newest first. Fewer than the limit does not mean that there are
    /// no more.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Denied`] of the conversation.
    pub fn find(&self, wanted: Wanted) -> Result<Found, Error> {
        let limit = wanted.limit;
        let mut wanted = wanted;
        let mut found = Vec::new();
        for _ in 0..LOOKS_MAX {
            let more = self.store.search_messages(&wanted)?.map_err(refused)?;
            found.extend(more.messages);
            wanted.after = more.next;
            wanted.limit = limit - i64::try_from(found.len()).unwrap_or(limit);
            if wanted.after.is_none() || wanted.limit <= 0 {
                break;
            }
        }
        Ok(Found {
            messages: found,
            next: wanted.after,
        })
    }
}

/// The job that makes messages findable which were written before there was a search, or by a core that
/// knows of none.
pub struct Indexing {
    /// Who does it.
    pub leases: Arc<dyn LeaseStore>,
    /// What there is to do.
    pub store: Arc<dyn SearchStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which replica this is.
    pub instance: String,
}

impl Indexing {
    /// Does a part, if the job is this replica's. Returns how many messages.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn run(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_S);
        if !self
            .leases
            .hold_lease("search", &self.instance, now, until)?
        {
            return Ok(0);
        }
        let mut indexed = 0;
        for _ in 0..TRANSACTIONS_MAX {
            let part = self.store.index_messages(INDEXED_AT_ONCE)?;
            indexed += part;
            if part == 0 {
                break;
            }
        }
        Ok(indexed)
    }
}
