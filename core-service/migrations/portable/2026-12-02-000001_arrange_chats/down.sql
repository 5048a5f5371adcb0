ALTER TABLE memberships DROP COLUMN joined_seq;
DROP TABLE chat_settings;
