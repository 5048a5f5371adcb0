-- The statements of core-service's `adapters/outbound/db/posting.rs`, in their order.
BEGIN;
UPDATE topics SET last_offset = last_offset + 1, last_seq = last_seq + 1, active_at = now()
    WHERE id = ANY (ARRAY[numbered(:client_id)]) AND EXISTS (
        SELECT 1 FROM memberships WHERE conversation_id = topics.id
            AND user_id = ANY (ARRAY[numbered(:client_id)]) AND state = 'active')
    RETURNING last_offset AS log_offset, last_seq AS seq \gset
INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, text, created_at)
    VALUES (numbered(:client_id), :seq, gen_random_uuid(), numbered(:client_id), gen_random_uuid(),
        'Nobody reads this, and still it counts.', now())
    RETURNING client_msg_id AS name \gset
UPDATE memberships SET
        delivered_seq = (SELECT max(seq) FROM messages WHERE conversation_id = memberships.conversation_id
            AND sender_id = memberships.user_id AND client_msg_id = ANY (ARRAY[:name]::UUID[])),
        read_seq = CASE WHEN EXISTS (
                SELECT 1 FROM messages WHERE conversation_id = memberships.conversation_id
                    AND seq > memberships.read_seq AND seq >= memberships.first_seq
                    AND sender_id <> memberships.user_id)
            THEN read_seq
            ELSE (SELECT max(seq) FROM messages WHERE conversation_id = memberships.conversation_id
                AND sender_id = memberships.user_id AND client_msg_id = ANY (ARRAY[:name]::UUID[])) END
    WHERE conversation_id = numbered(:client_id) AND user_id = ANY (ARRAY[numbered(:client_id)])
        AND state = 'active';
INSERT INTO topic_log (topic_id, log_offset, kind, subject_id, payload, effects, created_at)
    VALUES (numbered(:client_id), :log_offset, 'message.posted', gen_random_uuid(),
        '{"type":"message.posted","message":{"id":"00000000-0000-0000-0000-000000000000","conversation_id":"00000000-0000-0000-0000-000000000000","seq":1,"sender_id":"00000000-0000-0000-0000-000000000000","client_msg_id":"00000000-0000-0000-0000-000000000000","text":"Nobody reads this, and still it counts.","created_at":"2026-01-01T00:00:00.000000Z"}}',
        NULL, now());
COMMIT;
