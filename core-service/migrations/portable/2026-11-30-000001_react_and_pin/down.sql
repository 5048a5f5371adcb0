DROP TABLE pins;
DROP TABLE reactions_due;
DROP TABLE reactions;
