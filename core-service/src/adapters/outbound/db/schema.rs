//! The tables as the migrations leave them. The stores' tests run their queries on both databases.
//!
//! Long because it has every table, for queries that join them.

use super::values::{Id, Moment};

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    users (id) {
        id -> Id,
        handle -> Text,
        display_name -> Text,
        search_terms -> Text,
        password_hash -> Text,
        who_may_add -> Text,
        created_at -> Moment,
        disabled_at -> Nullable<Moment>,
        about -> Text,
        picture_id -> Nullable<Id>,
        deleted_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    link_previews (id) {
        id -> Id,
        owner_id -> Id,
        url -> Text,
        title -> Text,
        description -> Text,
        site_name -> Text,
        image_type -> Nullable<Text>,
        image_width -> Nullable<Integer>,
        image_height -> Nullable<Integer>,
        image_bytes -> Nullable<Integer>,
        due_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Id;

    pictures (id) {
        id -> Id,
        owner_id -> Id,
        made_of -> Id,
        bytes -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    sessions (id) {
        id -> Id,
        user_id -> Id,
        created_at -> Moment,
        expires_at -> Moment,
        revoked_at -> Nullable<Moment>,
        device -> Nullable<Text>,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    refresh_tokens (hash) {
        hash -> Text,
        session_id -> Id,
        successor_hash -> Nullable<Text>,
        replaced_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    sign_in_attempts (id, kind) {
        id -> Id,
        kind -> Text,
        account -> Text,
        origin -> Text,
        attempted_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    blocks (blocker_id, blocked_id) {
        blocker_id -> Id,
        blocked_id -> Id,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    conversations (id) {
        id -> Id,
        kind -> Text,
        title -> Nullable<Text>,
        creator_id -> Id,
        client_id -> Id,
        pair_low -> Nullable<Id>,
        pair_high -> Nullable<Id>,
        member_count -> BigInt,
        created_at -> Moment,
        description -> Text,
        picture_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    memberships (conversation_id, user_id) {
        conversation_id -> Id,
        user_id -> Id,
        role -> Text,
        state -> Text,
        requested_by -> Nullable<Id>,
        hidden_at -> Nullable<Moment>,
        readable_from -> BigInt,
        first_seq -> BigInt,
        delivered_seq -> BigInt,
        read_seq -> BigInt,
        joined_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    chat_settings (user_id, conversation_id) {
        user_id -> Id,
        conversation_id -> Id,
        muted -> Bool,
        muted_until -> Nullable<Moment>,
        archived -> Bool,
        pinned_at -> Nullable<Moment>,
        marked_unread -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    invites (id) {
        id -> Id,
        conversation_id -> Id,
        token -> Text,
        created_by -> Id,
        created_at -> Moment,
        expires_at -> Nullable<Moment>,
        max_uses -> Nullable<BigInt>,
        uses -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    departures (conversation_id, user_id) {
        conversation_id -> Id,
        user_id -> Id,
        left_at -> Moment,
        by_self -> Bool,
        asked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    messages (conversation_id, seq) {
        conversation_id -> Id,
        seq -> BigInt,
        id -> Id,
        sender_id -> Id,
        client_msg_id -> Id,
        text -> Text,
        created_at -> Moment,
        reply_to -> Nullable<Id>,
        mentions -> Nullable<Text>,
        forwarded -> BigInt,
        edited_at -> Nullable<Moment>,
        deleted_at -> Nullable<Moment>,
        attachment_id -> Nullable<Id>,
        preview_id -> Nullable<Id>,
        indexed -> Bool,
        expires_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Id;

    message_terms (position) {
        position -> BigInt,
        conversation_id -> Id,
        seq -> BigInt,
        terms -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    uploads (id) {
        id -> Id,
        owner_id -> Id,
        client_upload_id -> Id,
        name -> Text,
        claimed_type -> Text,
        size -> Integer,
        voice -> Nullable<Text>,
        received -> Integer,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    attachments (id) {
        id -> Id,
        owner_id -> Id,
        folder -> Id,
        kind -> Text,
        name -> Text,
        media_type -> Text,
        size -> Integer,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        blurhash -> Nullable<Text>,
        thumbnail_type -> Nullable<Text>,
        voice -> Nullable<Text>,
        completed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    blob_removals (folder) {
        folder -> Id,
        due_at -> Moment,
        owner_id -> Nullable<Id>,
        bytes -> Integer,
        failures -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    message_versions (message_id, version) {
        message_id -> Id,
        version -> BigInt,
        client_op_id -> Id,
        text -> Text,
        mentions -> Nullable<Text>,
        written_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    reactions (conversation_id, seq, user_id) {
        conversation_id -> Id,
        seq -> BigInt,
        user_id -> Id,
        emoji -> Text,
        reacted_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    reactions_due (conversation_id, seq) {
        conversation_id -> Id,
        seq -> BigInt,
        message_id -> Id,
        due_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    pins (conversation_id, seq) {
        conversation_id -> Id,
        seq -> BigInt,
        message_id -> Id,
        pinned_by -> Id,
        pinned_until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    hidden_messages (user_id, conversation_id, seq) {
        user_id -> Id,
        conversation_id -> Id,
        seq -> BigInt,
        hidden_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    topics (id) {
        id -> Id,
        kind -> Text,
        epoch -> Text,
        last_offset -> BigInt,
        trimmed_to -> BigInt,
        last_seq -> BigInt,
        active_at -> Moment,
        guarded -> Bool,
        disappear_s -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    topic_log (topic_id, log_offset) {
        topic_id -> Id,
        log_offset -> BigInt,
        kind -> Text,
        subject_id -> Id,
        payload -> Text,
        effects -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Id;

    topic_acks (topic_id) {
        topic_id -> Id,
        acked_offset -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Moment;

    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Moment;

    database_identity (id) {
        id -> SmallInt,
        generation -> Text,
        system_id -> Text,
        timeline -> BigInt,
        table_oid -> BigInt,
        beaten_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    heartbeats (core_id) {
        core_id -> Id,
        beats -> BigInt,
        beaten_at -> Moment,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    stars (user_id, message_id) {
        user_id -> Id,
        message_id -> Id,
        starred_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    drafts (user_id, conversation_id) {
        user_id -> Id,
        conversation_id -> Id,
        text -> Text,
        reply_to -> Nullable<Id>,
        updated_at -> Moment,
        log_offset -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    mark_moves (conversation_id, user_id, minute) {
        conversation_id -> Id,
        user_id -> Id,
        minute -> BigInt,
        delivered_from -> BigInt,
        delivered_to -> BigInt,
        delivered_at -> Moment,
        read_from -> BigInt,
        read_to -> BigInt,
        read_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    second_factors (user_id) {
        user_id -> Id,
        sealed_secret -> Text,
        offered_at -> Moment,
        confirmed_at -> Nullable<Moment>,
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Id;

    recovery_codes (user_id, hash) {
        user_id -> Id,
        hash -> Text,
    }
}

diesel::table! {
    retired_handles (hash) {
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Id, Moment};

    account_removals (user_id) {
        user_id -> Id,
        requested_at -> Moment,
        erase_messages -> Bool,
        erased_to -> Nullable<Id>,
    }
}

diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(memberships -> conversations (conversation_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(messages -> conversations (conversation_id));
diesel::joinable!(messages -> attachments (attachment_id));
diesel::joinable!(messages -> link_previews (preview_id));
diesel::joinable!(reactions -> users (user_id));
diesel::joinable!(topic_log -> topics (topic_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    refresh_tokens,
    conversations,
    memberships,
    chat_settings,
    messages,
    link_previews,
    message_terms,
    message_versions,
    hidden_messages,
    reactions,
    reactions_due,
    pins,
    stars,
    drafts,
    mark_moves,
    uploads,
    attachments,
    pictures,
    blob_removals,
    topics,
    topic_log,
    topic_acks,
    blocks,
    departures,
    invites,
);
