DROP INDEX messages_by_preview;
ALTER TABLE messages DROP COLUMN preview_id;
DROP INDEX link_previews_by_due;
DROP TABLE link_previews;
