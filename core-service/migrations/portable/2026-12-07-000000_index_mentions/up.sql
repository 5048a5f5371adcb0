-- Unread messages that name their reader are counted with every list of chats. 0.2.0 knows nothing of it.
-- The index has the few messages that name somebody, so writing the others costs nothing.
CREATE INDEX messages_with_mentions ON messages (conversation_id, seq) WHERE mentions IS NOT NULL;
