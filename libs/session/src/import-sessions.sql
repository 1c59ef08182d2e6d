-- Sessions that come from elsewhere, as they were there. Who holds an id already keeps it.
INSERT INTO memori.sessions (id, tenant_id, user_id, external_id, namespace, title, isolated, ttl_seconds, created_at,
  last_active_at, expires_at, archived_at, consolidated_at, drawn_seq, summary_seq)
SELECT g.id, $1, $2, g."externalId", g.namespace, g.title, g.isolated, g."ttlSeconds",
  coalesce(g."createdAt", clock_timestamp()), coalesce(g."lastActiveAt", g."createdAt", clock_timestamp()),
  coalesce(g."expiresAt", clock_timestamp() + make_interval(secs => g."ttlSeconds")), g."archivedAt", g."consolidatedAt",
  g."drawnSeq", g."summarySeq"
FROM jsonb_to_recordset($3) AS g (id uuid, "externalId" text, namespace text, title text, isolated boolean,
  "ttlSeconds" integer, "createdAt" timestamptz, "lastActiveAt" timestamptz, "expiresAt" timestamptz,
  "archivedAt" timestamptz, "consolidatedAt" timestamptz, "drawnSeq" integer, "summarySeq" integer)
ON CONFLICT (id) DO NOTHING
RETURNING id
