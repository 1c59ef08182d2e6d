SELECT sessions, turns, memories FROM memori.forget($1, $2, $3, $4)
