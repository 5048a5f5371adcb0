-- Second factors at sign-in (docs/adr/0031). A 0.2.0 that runs beside does not ask for them.
CREATE TABLE second_factors (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    -- Sealed with a key of the cores'.
    sealed_secret TEXT NOT NULL,
    offered_at TIMESTAMPTZ NOT NULL,
    -- Since then it is asked for at sign-in.
    confirmed_at TIMESTAMPTZ,
    -- The newest step of 30 seconds since 1970 whose code was used; older ones are good no more.
    last_step BIGINT NOT NULL
);
-- Codes that were not used yet, as SHA-256 in hexadecimal digits.
CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id),
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);
