//! [`LeaseStore`].

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, query_dsl::methods, upsert::excluded,
};

use super::{Database, connection::on_either, schema::leases};
use crate::{
    application::ports::{LeaseStore, Stored},
    domain::time::Timestamp,
};

impl LeaseStore for Database {
    fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Stored<bool> {
        // Most of the time another replica has it, or this one has it for a while yet: no write.
        let held: Option<(String, Timestamp)> = self.read_one(|connection| {
            leases::table
                .find(name)
                .select((leases::holder, leases::expires_at))
                .first(connection)
                .optional()
        })?;
        let half_way = Timestamp::from_micros(i64::midpoint(now.micros(), until.micros()));
        match held {
            Some((owner, expires_at)) if owner != holder && expires_at > now => return Ok(false),
            Some((owner, expires_at)) if owner == holder && expires_at > half_way => {
                return Ok(true);
            }
            _ => {}
        }
        self.write(|connection| {
            let taken = on_either!(connection, |connection| {
                let upsert = diesel::insert_into(leases::table)
                    .values((
                        leases::name.eq(name),
                        leases::holder.eq(holder),
                        leases::expires_at.eq(until),
                    ))
                    .on_conflict(leases::name)
                    .do_update()
                    .set((
                        leases::holder.eq(excluded(leases::holder)),
                        leases::expires_at.eq(excluded(leases::expires_at)),
                    ));
                let is_free = leases::holder
                    .eq(excluded(leases::holder))
                    .or(leases::expires_at.le(now));
                methods::FilterDsl::filter(upsert, is_free).execute(connection)
            })?;
            Ok(taken > 0)
        })
    }
}
