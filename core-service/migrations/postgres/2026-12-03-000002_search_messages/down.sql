DROP TABLE message_terms;
UPDATE messages SET indexed = FALSE;
