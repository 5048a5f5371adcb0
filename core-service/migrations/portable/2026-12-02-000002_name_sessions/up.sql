-- People see where they are signed in. 0.2.0 signs in without a name, and moves no time of use.
ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE sessions ADD COLUMN used_at TIMESTAMPTZ;
