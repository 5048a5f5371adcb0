DROP INDEX messages_to_index;
ALTER TABLE messages DROP COLUMN indexed;
