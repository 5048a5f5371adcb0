DROP TABLE message_words;
DROP TABLE message_terms;
UPDATE messages SET indexed = FALSE;
