//! The core as its clients and the hub see it: two replicas of the real program over one database,
//! SQLite and PostgreSQL, driven by HTTP and gRPC. No hub runs; publishers keep trying.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

mod accounts;
mod app;
mod attackers;
mod bad_input;
mod chat_settings;
mod contacts;
mod conversations;
mod deletion;
mod disappearing;
mod drafts;
mod files;
mod grpc;
mod invites;
mod message;
mod messages;
mod paging;
mod permissions;
mod person;
mod previews;
mod profiles;
mod races;
mod reactions;
mod search;
mod second_factor;
mod sessions;
mod starred;
mod start_up;
mod uploads;

/// Every fact holds on both databases.
macro_rules! facts {
    ($($module:ident: $($fact:ident),+ $(,)?);+ $(;)?) => {
        mod sqlite {
            $(mod $module {
                $(#[test] fn $fact() { crate::$module::$fact(&crate::app::TestApp::on_sqlite()) })+
            })+
        }
        mod postgres {
            $(mod $module {
                $(#[test] fn $fact() { crate::$module::$fact(&crate::app::TestApp::on_postgres()) })+
            })+
        }
    };
}

facts! {
    accounts:
        signing_up_in_and_out_works_on_any_replica,
        handle_belongs_to_one_person,
        search_finds_by_the_beginning_of_a_handle,
        search_finds_people_by_their_names_however_they_are_written,
        lost_refresh_answer_is_given_again,
        refresh_token_whose_successor_was_used_ends_the_session,
        guessers_wait_and_the_owner_does_not;
    previews:
        message_shows_the_page_that_it_links_to,
        preview_goes_with_its_text_and_its_message,
        page_that_is_not_there_is_not_shown;
    conversations:
        direct_chat_is_one_whoever_asks_first,
        chat_with_oneself_takes_everything,
        group_members_come_and_go,
        new_member_sees_nothing_from_before,
        changes_that_begin_behind_a_hole_say_reset,
        removed_member_sees_nothing_at_all,
        repeated_creation_answers_the_first_one;
    messages:
        repeated_message_answers_the_first_one,
        pages_are_found_from_either_side,
        quoted_message_is_found_among_others,
        changes_continue_after_an_offset,
        changes_that_do_not_fit_are_announced,
        receipts_only_move_up,
        unread_counts_what_others_wrote;
    message:
        reply_names_a_message_that_its_writer_may_read,
        forwarded_message_says_what_its_sender_can_read,
        mentions_are_members,
        unread_messages_that_name_their_reader_are_counted_and_found,
        writer_learns_who_has_read_a_message,
        message_is_edited_and_its_versions_kept,
        deleted_text_is_in_no_answer,
        message_is_deleted_for_one_person,
        nobody_changes_what_was_before_them;
    reactions:
        reaction_is_one_and_replaceable,
        large_group_hears_of_gathered_reactions_once,
        three_messages_are_pinned_at_a_time,
        nobody_reacts_to_or_pins_what_they_do_not_read;
    starred:
        stars_are_listed_over_all_chats,
        nobody_stars_what_they_do_not_read;
    search:
        messages_are_found_in_all_chats_of_their_reader,
        files_are_found_by_their_names_and_captions,
        nobody_finds_what_they_do_not_read,
        search_takes_words_and_nothing_else,
        pages_of_what_is_found_go_on_where_they_ended;
    drafts:
        draft_is_on_all_devices_of_its_writer,
        draft_goes_with_its_writer;
    invites:
        link_brings_people_into_a_group,
        link_is_revoked_or_refused_for_a_reason;
    deletion:
        deleted_account_is_gone_for_everybody,
        messages_go_with_an_account_whose_person_asks_for_it,
        second_factor_is_asked_for_at_a_deletion,
        deletion_beside_a_post_and_an_invitation_ends_in_one_truth;
    second_factor:
        factor_is_turned_on_asked_for_and_turned_off,
        code_is_used_once_over_all_replicas,
        operator_turns_a_factor_off;
    sessions:
        sessions_are_listed_and_ended,
        password_is_changed_by_whoever_knows_it,
        sign_in_beside_a_change_of_the_password_has_one_outcome,
        password_is_changed_once_at_a_time;
    chat_settings:
        chat_is_arranged_for_one_person,
        chat_is_muted_for_a_while_or_for_ever,
        cleared_chat_is_empty_for_one_person;
    disappearing:
        chat_lets_messages_disappear;
    profiles:
        person_shows_a_name_a_text_and_a_picture,
        group_shows_a_title_a_description_and_a_picture,
        picture_is_made_of_ones_own_picture_alone,
        picture_that_is_replaced_is_gone,
        pictures_set_at_once_end_in_one,
        group_that_is_left_gets_no_picture;
    uploads:
        interrupted_upload_goes_on_at_any_replica,
        upload_completed_everywhere_at_once_is_one,
        upload_is_its_owners,
        slow_parts_of_one_person_leave_turns_to_others,
        parts_are_checked,
        bytes_say_what_a_file_is;
    files:
        message_carries_a_file_that_its_readers_load,
        file_is_loaded_in_ranges,
        request_carries_no_file,
        deleted_file_is_gone,
        media_of_a_chat_come_in_pages;
    paging:
        lists_come_in_pages_to_their_end,
        page_that_nobody_was_given_is_refused;
    races:
        one_of_many_gets_a_handle,
        both_sides_create_one_direct_chat,
        chat_with_oneself_is_made_once,
        message_sent_to_both_replicas_is_posted_once,
        many_senders_leave_no_gap,
        members_added_and_removed_at_once_stay_consistent,
        nobody_reads_of_their_own_removal,
        refresh_on_both_replicas_has_one_successor,
        repeated_refresh_beside_the_next_one_has_one_outcome,
        edit_against_deletion_ends_in_one_truth,
        reactions_of_one_person_at_once_leave_one,
        last_pins_are_given_once,
        last_place_above_the_chats_is_given_once,
        last_use_of_a_link_is_one_persons,
        marks_do_not_fall_while_their_owner_writes;
    attackers:
        strangers_find_nothing_and_change_nothing,
        forged_tokens_are_refused,
        refresh_token_of_an_ended_session_is_refused,
        page_of_another_origin_cannot_use_the_cookie;
    contacts:
        request_takes_three_messages_until_it_is_accepted,
        reply_accepts_a_request,
        hidden_chat_comes_back_with_the_next_message,
        whoever_left_is_asked_before_coming_back,
        whoever_accepts_is_in_again,
        group_is_never_without_an_owner,
        blocked_person_learns_nothing_new,
        no_message_comes_in_behind_a_block;
    permissions:
        group_is_as_the_table_says,
        direct_chat_is_as_the_table_says,
        people_are_to_each_other_as_the_table_says,
        nobody_may_do_anything;
    bad_input:
        malformed_requests_get_a_problem;
    grpc:
        hub_must_know_the_secret,
        hub_learns_who_may_hear_what,
        nonsense_is_refused_politely;
}
