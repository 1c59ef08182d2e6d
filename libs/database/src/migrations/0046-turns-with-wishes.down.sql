DROP INDEX memori.turns_with_wishes;
