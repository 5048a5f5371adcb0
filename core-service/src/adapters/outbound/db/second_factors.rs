//! [`SecondFactorStore`].

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    prelude::Insertable, query_dsl::methods, upsert::excluded,
};

use super::{
    Database,
    connection::on_either,
    schema::{recovery_codes, second_factors},
};
use crate::{
    application::ports::{Factor, NewFactor, SecondFactorStore, StepUse, Stored},
    domain::{ids::UserId, time::Timestamp},
};

#[derive(Insertable)]
#[diesel(table_name = recovery_codes, treat_none_as_default_value = false)]
struct CodeRow<'a> {
    user_id: UserId,
    hash: &'a str,
}

impl SecondFactorStore for Database {
    fn second_factor(&self, user: UserId) -> Stored<Option<Factor>> {
        self.read(|connection| {
            let row: Option<(String, Option<Timestamp>)> = second_factors::table
                .find(user)
                .select((second_factors::sealed_secret, second_factors::confirmed_at))
                .first(connection)
                .optional()?;
            let Some((sealed_secret, confirmed_at)) = row else {
                return Ok(None);
            };
            let codes_left = recovery_codes::table
                .filter(recovery_codes::user_id.eq(user))
                .count()
                .get_result(connection)?;
            Ok(Some(Factor {
                sealed_secret,
                is_on: confirmed_at.is_some(),
                codes_left,
            }))
        })
    }

    fn offer_secret(&self, user: UserId, sealed_secret: &str, now: Timestamp) -> Stored<bool> {
        self.write(|connection| {
            let offered = on_either!(connection, |connection| {
                let upsert = diesel::insert_into(second_factors::table)
                    .values((
                        second_factors::user_id.eq(user),
                        second_factors::sealed_secret.eq(sealed_secret),
                        second_factors::offered_at.eq(now),
                        second_factors::last_step.eq(0),
                    ))
                    .on_conflict(second_factors::user_id)
                    .do_update()
                    .set((
                        second_factors::sealed_secret.eq(excluded(second_factors::sealed_secret)),
                        second_factors::offered_at.eq(excluded(second_factors::offered_at)),
                    ));
                let is_off = second_factors::confirmed_at.is_null();
                methods::FilterDsl::filter(upsert, is_off).execute(connection)
            })?;
            Ok(offered > 0)
        })
    }

    fn turn_on(&self, factor: &NewFactor) -> Stored<bool> {
        self.write(|connection| {
            let confirmed = diesel::update(second_factors::table.find(factor.user))
                .filter(second_factors::confirmed_at.is_null())
                .filter(second_factors::sealed_secret.eq(&factor.sealed_secret))
                .set((
                    second_factors::confirmed_at.eq(factor.now),
                    second_factors::last_step.eq(factor.step),
                ))
                .execute(connection)?;
            if confirmed == 0 {
                return Ok(false);
            }
            let hashes = factor.code_hashes.iter();
            let rows: Vec<CodeRow<'_>> = hashes
                .map(|hash| CodeRow {
                    user_id: factor.user,
                    hash,
                })
                .collect();
            on_either!(connection, |connection| diesel::insert_into(
                recovery_codes::table
            )
            .values(&rows)
            .execute(connection))?;
            Ok(true)
        })
    }

    fn use_step(&self, used: &StepUse<'_>) -> Stored<bool> {
        self.write(|connection| {
            let taken = diesel::update(second_factors::table.find(used.user))
                .filter(second_factors::confirmed_at.is_not_null())
                .filter(second_factors::sealed_secret.eq(used.sealed_secret))
                .filter(second_factors::last_step.lt(used.step))
                .set((
                    second_factors::last_step.eq(used.step),
                    second_factors::sealed_secret.eq(used.resealed.unwrap_or(used.sealed_secret)),
                ))
                .execute(connection)?;
            Ok(taken > 0)
        })
    }

    fn use_recovery_code(&self, user: UserId, hash: &str) -> Stored<bool> {
        self.write(|connection| {
            let used =
                diesel::delete(recovery_codes::table.find((user, hash))).execute(connection)?;
            Ok(used > 0)
        })
    }

    fn turn_off(&self, user: UserId) -> Stored<bool> {
        self.write(|connection| {
            let ended = diesel::delete(second_factors::table.find(user))
                .filter(second_factors::confirmed_at.is_not_null())
                .execute(connection)?;
            if ended > 0 {
                diesel::delete(recovery_codes::table)
                    .filter(recovery_codes::user_id.eq(user))
                    .execute(connection)?;
            }
            Ok(ended > 0)
        })
    }
}
