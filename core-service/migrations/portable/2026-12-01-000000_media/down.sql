DROP INDEX messages_with_attachment;
DROP INDEX messages_by_attachment;
ALTER TABLE messages DROP COLUMN attachment_id;
DROP TABLE blob_removals;
DROP TABLE attachments;
DROP TABLE uploads;
