SELECT sessions, turns, memories, clock_timestamp() AS at FROM memori.forget($1, $2, $3, $4)
