DROP INDEX conversations_by_picture;
DROP INDEX users_by_picture;
ALTER TABLE conversations DROP COLUMN picture_id;
ALTER TABLE conversations DROP COLUMN description;
ALTER TABLE users DROP COLUMN picture_id;
ALTER TABLE users DROP COLUMN about;
DROP TABLE pictures;
