-- One person and their group for each client of pgbench; both have the client's number as id.
CREATE FUNCTION numbered(n BIGINT) RETURNS UUID IMMUTABLE LANGUAGE SQL AS
    $$SELECT ('00000000-0000-7000-8000-' || lpad(n::TEXT, 12, '0'))::UUID$$;

INSERT INTO users (id, handle, display_name, search_terms, password_hash, created_at)
    SELECT numbered(n), 'bench_' || n, 'Bench', 'bench', 'none', now() FROM generate_series(0, 63) n;
INSERT INTO topics (id, kind, epoch, last_offset, trimmed_to, last_seq, active_at, guarded)
    SELECT numbered(n), 'chat', 'bench', 0, 0, 0, now(), false FROM generate_series(0, 63) n;
INSERT INTO conversations (id, kind, title, creator_id, client_id, member_count, created_at)
    SELECT numbered(n), 'group', 'Bench', numbered(n), numbered(n), 1, now() FROM generate_series(0, 63) n;
INSERT INTO memberships (conversation_id, user_id, role, readable_from, first_seq, delivered_seq, read_seq)
    SELECT numbered(n), numbered(n), 'owner', 0, 1, 0, 0 FROM generate_series(0, 63) n;
