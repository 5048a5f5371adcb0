DROP INDEX blob_removals_by_owner;
ALTER TABLE blob_removals DROP COLUMN failures;
ALTER TABLE blob_removals DROP COLUMN bytes;
ALTER TABLE blob_removals DROP COLUMN owner_id;
