-- Documents that come from elsewhere, as they were there: whose key is known by another id stays what it is.
INSERT INTO memori.documents AS d (id, tenant_id, user_id, namespace, key, external_id, title, source, format, category,
  importance, trust, occurred_at, content_hash, version, created_by, created_at, updated_at)
SELECT g.id, $1, CASE WHEN g.scope = 'tenant' THEN NULL ELSE $2 END, g.namespace, g.key, g."externalId", g.title, g.source,
  g.format, g.category, g.importance, g.trust, g."occurredAt", g."contentHash", g.version, $2,
  coalesce(g."createdAt", clock_timestamp()), coalesce(g."updatedAt", g."createdAt", clock_timestamp())
FROM jsonb_to_recordset($3) AS g (id uuid, scope text, namespace text, key text, "externalId" text, title text, source text,
  format text, category text, importance real, trust real, "occurredAt" timestamptz, "contentHash" text, version integer,
  "createdAt" timestamptz, "updatedAt" timestamptz)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, source = excluded.source, format = excluded.format,
  category = excluded.category, importance = excluded.importance, trust = excluded.trust, occurred_at = excluded.occurred_at,
  content_hash = excluded.content_hash, version = excluded.version, updated_at = excluded.updated_at
WHERE d.tenant_id = $1 AND d.user_id IS NOT DISTINCT FROM excluded.user_id AND d.version < excluded.version
RETURNING id
