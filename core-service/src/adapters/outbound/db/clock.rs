//! The database's clock.

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::BigInt};

use super::{Database, connection::AnyConnection};
use crate::{application::ports::Stored, domain::time::Timestamp};

#[derive(QueryableByName)]
struct TimeRow {
    #[diesel(sql_type = BigInt)]
    micros: i64,
}

impl Database {
    /// What its clock says; nothing for SQLite, which has the machine's.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn time(&self) -> Stored<Option<Timestamp>> {
        self.read_one(|connection| {
            let AnyConnection::Postgres(connection) = connection else {
                return Ok(None);
            };
            // The builder has no function for the time of a moment, only for a transaction's.
            let row: TimeRow = sql_query(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros",
            )
            .get_result(connection)?;
            Ok(Some(Timestamp::from_micros(row.micros)))
        })
    }
}
