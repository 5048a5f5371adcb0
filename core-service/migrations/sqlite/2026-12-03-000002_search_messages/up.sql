-- What messages are found by (docs/adr/0028), in a row each.
CREATE TABLE message_terms (
    -- In the order of time, so that the newest are found first: new messages take the next number, those
    -- from before this migration the numbers below the first.
    position INTEGER NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    -- Words as `domain/message_search.rs` makes them, with a blank between.
    terms TEXT NOT NULL,
    UNIQUE (conversation_id, seq)
);

-- The words are made in Rust, so this one only has to split at blanks. It knows in which message a word
-- is and not where; beginnings of one to three characters have entries of their own.
CREATE VIRTUAL TABLE message_words USING fts5 (
    terms,
    content = 'message_terms', content_rowid = 'position',
    tokenize = 'ascii', detail = none, columnsize = 0, prefix = '1 2 3'
);

-- What is deleted leaves the index at once, and not when its parts are merged.
INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER message_terms_inserted AFTER INSERT ON message_terms BEGIN
    INSERT INTO message_words (rowid, terms) VALUES (new.position, new.terms);
END;

CREATE TRIGGER message_terms_deleted AFTER DELETE ON message_terms BEGIN
    INSERT INTO message_words (message_words, rowid, terms)
    VALUES ('delete', old.position, old.terms);
END;

CREATE TRIGGER message_terms_updated AFTER UPDATE OF terms ON message_terms BEGIN
    INSERT INTO message_words (message_words, rowid, terms)
    VALUES ('delete', old.position, old.terms);
    INSERT INTO message_words (rowid, terms) VALUES (new.position, new.terms);
END;
