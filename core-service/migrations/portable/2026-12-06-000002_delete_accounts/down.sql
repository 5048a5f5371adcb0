DROP TABLE account_removals;
DROP TABLE retired_handles;
ALTER TABLE users DROP COLUMN deleted_at;
