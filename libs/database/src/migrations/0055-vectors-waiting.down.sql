DROP FUNCTION memori.vectors_waiting(integer);
