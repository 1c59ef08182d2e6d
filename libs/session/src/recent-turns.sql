-- The version of a session and its last turns, read together: what is kept of them belongs to that version.
SELECT s.version::float8 AS session_version, s.last_seq AS session_last_seq, t.*
FROM memori.sessions s
LEFT JOIN LATERAL (
  SELECT * FROM memori.turns x WHERE x.session_id = s.id AND x.seq > s.last_seq - $4 ORDER BY x.seq
) AS t ON true
WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3
ORDER BY t.seq
