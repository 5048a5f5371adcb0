DROP INDEX messages_by_expiry;
ALTER TABLE messages DROP COLUMN expires_at;
ALTER TABLE topics DROP COLUMN disappear_s;
