-- A session that something is to be drawn from, locked against a second drawing; no row: somebody else is at it, or it is
-- gone. While a tenant draws no facts, what is said counts as seen.
SELECT s.namespace, s.isolated, s.drawn_seq, s.last_seq, t.time_zone, coalesce(m.draw_facts, true) AS draws
FROM memori.sessions s JOIN memori.tenants t ON t.id = s.tenant_id
LEFT JOIN memori.memory_settings m ON m.tenant_id = s.tenant_id
WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3
FOR NO KEY UPDATE OF s SKIP LOCKED
