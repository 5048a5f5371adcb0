//! The log as an outbox: who sweeps, what is not confirmed, what is.

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _,
    NullableExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
};

use super::{
    Database,
    connection::on_each,
    schema::{leases, topic_acks, topic_log as log, topics},
    to_db,
    topic_log::{COLUMNS, Row},
};
use crate::{
    application::{
        error::Failure,
        ports::{Ack, OutboxStore},
    },
    domain::{time::Timestamp, topic::LoggedEvent},
};

const RELAY: &str = "relay";

impl OutboxStore for Database {
    fn hold_lease(&self, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool, Failure> {
        // Looking first keeps the replicas that have nothing to do from writing.
        let (owner, expires_at): (String, i64) = self.read(|connection| {
            on_each!(connection, concrete => {
                leases::table
                    .find(RELAY)
                    .select((leases::holder, leases::expires_at))
                    .first(concrete)
            })
        })?;
        let half = now.as_micros() + (until.as_micros() - now.as_micros()) / 2;
        match owner == holder {
            true if expires_at > half => return Ok(true),
            false if expires_at > now.as_micros() => return Ok(false),
            true | false => {}
        }
        let taken = self.write(|connection| {
            let free = leases::table.find(RELAY).filter(
                leases::holder
                    .eq(holder)
                    .or(leases::expires_at.le(now.as_micros())),
            );
            on_each!(connection, concrete => {
                diesel::update(free)
                    .set((
                        leases::holder.eq(holder),
                        leases::expires_at.eq(until.as_micros()),
                    ))
                    .execute(concrete)
            })
        })?;
        Ok(taken > 0)
    }

    fn unconfirmed(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<LoggedEvent>, Failure> {
        self.read(|connection| {
            let rows: Vec<(Row, String)> = on_each!(connection, concrete => {
                log::table
                    .inner_join(topics::table)
                    .left_join(topic_acks::table.on(topic_acks::topic.eq(log::topic)))
                    .filter(log::created_at.between(from.as_micros(), to.as_micros()))
                    .filter(
                        topic_acks::acked_offset
                            .nullable()
                            .is_null()
                            .or(topic_acks::acked_offset.nullable().lt(log::offset.nullable())),
                    )
                    .order((log::created_at, log::topic, log::offset))
                    .limit(limit.into())
                    .select((COLUMNS, topics::epoch))
                    .load(concrete)
            })?;
            rows.into_iter()
                .map(|(row, epoch)| row.into_event(epoch))
                .collect()
        })
    }

    fn confirm(&self, acks: &[Ack]) -> Result<(), Failure> {
        let mut acks: Vec<(String, i64)> = acks
            .iter()
            .map(|ack| (ack.topic.to_string(), to_db(ack.offset)))
            .collect();
        acks.sort_unstable();
        self.write(|connection| {
            for (topic, offset) in &acks {
                on_each!(connection, concrete => {
                    diesel::insert_into(topic_acks::table)
                        .values((
                            topic_acks::topic.eq(topic),
                            topic_acks::acked_offset.eq(offset),
                        ))
                        .on_conflict(topic_acks::topic)
                        .do_update()
                        .set(topic_acks::acked_offset.eq(offset))
                        .filter(topic_acks::acked_offset.lt(offset))
                        .execute(concrete)
                })?;
            }
            Ok(())
        })
    }
}
