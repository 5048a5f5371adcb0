//! Watermarks: how far members have got.

use std::collections::BTreeMap;

use diesel::{
    QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{Answer, Database, connection::AnyConnection, log, messages::membership, rows};
use crate::{
    application::ports::{MarkReport, MarksMoved, Stored},
    domain::{
        conversation::Kind,
        event::{Event, ReceiptsMoved},
        ids::ConversationId,
        receipt::{Receipt, Watermarks},
        time::Timestamp,
    },
};

/// What moved in one conversation.
struct Movement {
    kind: Kind,
    receipts: Vec<Receipt>,
    /// The least marks that moved, as they were: a group's minimum can only have moved if one of
    /// them was it.
    least_before: Watermarks,
}

#[derive(QueryableByName)]
struct LeastRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    delivered_seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    read_seq: Option<i64>,
}

impl Database {
    pub(super) fn move_all(&self, reports: &[MarkReport], now: Timestamp) -> Stored<MarksMoved> {
        // In one order everywhere, so that two such transactions cannot lock each other out.
        let mut order: Vec<usize> = (0..reports.len()).collect();
        order.sort_by_key(|index| (reports[*index].user, reports[*index].conversation));
        self.write(|connection| {
            let mut moved = MarksMoved {
                marks: vec![None; reports.len()],
                ..MarksMoved::default()
            };
            let mut movements = BTreeMap::new();
            for index in &order {
                moved.marks[*index] = move_one(
                    connection,
                    &reports[*index],
                    now,
                    &mut moved,
                    &mut movements,
                )?;
            }
            for (conversation_id, movement) in movements {
                let receipts = told(connection, conversation_id, movement)?;
                if !receipts.is_empty() {
                    moved.receipts.push(ReceiptsMoved {
                        conversation_id,
                        receipts,
                    });
                }
            }
            Ok(moved)
        })
    }
}

fn move_one(
    connection: &mut AnyConnection,
    report: &MarkReport,
    now: Timestamp,
    moved: &mut MarksMoved,
    movements: &mut BTreeMap<ConversationId, Movement>,
) -> Answer<Option<Watermarks>> {
    let MarkReport {
        conversation,
        user,
        delivered_seq,
        read_seq,
    } = *report;
    let Some(member) = membership(connection, conversation, user)? else {
        return Ok(None);
    };
    let before = Watermarks {
        delivered_seq: member.delivered_seq,
        read_seq: member.read_seq,
    };
    let after = before.advanced(delivered_seq, read_seq, member.last_seq);
    if after == before {
        return Ok(Some(before));
    }
    let moved_rows = sql_query(
        "UPDATE memberships SET \
         delivered_seq = CASE WHEN delivered_seq < $1 THEN $1 ELSE delivered_seq END, \
         read_seq = CASE WHEN read_seq < $2 THEN $2 ELSE read_seq END \
         WHERE conversation_id = $3 AND user_id = $4",
    )
    .bind::<BigInt, _>(after.delivered_seq)
    .bind::<BigInt, _>(after.read_seq)
    .bind::<Text, _>(conversation.to_string())
    .bind::<Text, _>(user.to_string())
    .execute(connection)?;
    if moved_rows == 0 {
        // The member was removed meanwhile.
        return Ok(None);
    }
    if after.read_seq > before.read_seq {
        let read_seq = after.read_seq;
        let event = Event::ReadMoved {
            conversation_id: conversation,
            read_seq,
        };
        let logged = log::tell(connection, user, &event, conversation, now)?;
        moved.events.push(logged);
    }
    let kind = rows::kind(&member.kind)?;
    let movement = movements.entry(conversation).or_insert_with(|| Movement {
        kind,
        receipts: Vec::new(),
        least_before: before,
    });
    movement.receipts.push(Receipt {
        user_id: Some(user),
        marks: after,
    });
    movement.least_before = movement.least_before.min(before);
    Ok(Some(after))
}

/// What a room is told: each movement in a direct chat, a group's minimum when it moved.
fn told(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    movement: Movement,
) -> Answer<Vec<Receipt>> {
    if movement.kind == Kind::Direct {
        return Ok(movement.receipts);
    }
    let least: LeastRow = sql_query(
        "SELECT min(delivered_seq) AS delivered_seq, min(read_seq) AS read_seq \
         FROM memberships WHERE conversation_id = $1",
    )
    .bind::<Text, _>(conversation.to_string())
    .get_result(connection)?;
    let marks = Watermarks {
        delivered_seq: least.delivered_seq.unwrap_or(0),
        read_seq: least.read_seq.unwrap_or(0),
    };
    let before = movement.least_before;
    let moved = before.delivered_seq < marks.delivered_seq || before.read_seq < marks.read_seq;
    Ok(if moved {
        vec![Receipt {
            user_id: None,
            marks,
        }]
    } else {
        Vec::new()
    })
}
