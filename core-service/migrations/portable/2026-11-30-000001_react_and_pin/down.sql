DROP TABLE pins;
DROP INDEX topic_log_of_reactions;
DROP TABLE reactions_due;
DROP TABLE reactions;
