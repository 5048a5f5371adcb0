DROP TABLE mark_moves;
