-- What was given up counts in its owner's quota while it still lies in the blob store. 0.2.0 lives beside
-- it: what that names here counts for nobody.

-- An account that is removed one day leaves its files to be removed after it: no reference to `users`.
ALTER TABLE blob_removals ADD COLUMN owner_id UUID;
-- What it counts as, in bytes.
ALTER TABLE blob_removals ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
-- How often removing it has failed. Each time it is put off for longer.
ALTER TABLE blob_removals ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blob_removals_by_owner ON blob_removals (owner_id, bytes) WHERE owner_id IS NOT NULL;
