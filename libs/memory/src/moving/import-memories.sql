-- Memories that come from elsewhere, as they were there; one that is here already follows when it was changed there since.
-- Sources are turns and memories that the user may read: what else is named is left out.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($3) AS g (id uuid, scope text, "userId" text, namespace text, "sessionId" uuid,
    isolated boolean, content text, category text, importance real, trust real, origin text, "sourceTurnIds" uuid[],
    "sourceMemoryIds" uuid[], "documentId" uuid, heading text, place integer, "validFrom" timestamptz, "validTo" timestamptz,
    "statedTo" timestamptz, "saidAt" timestamptz, "lastUsedAt" timestamptz, "createdAt" timestamptz, "updatedAt" timestamptz,
    subject text, predicate text, "factKey" text, negated boolean, fingerprint text, support integer, uses integer,
    supersedes uuid, "supersededBy" uuid, essential boolean, version integer, terms text, "scopeVersion" bigint)
)
INSERT INTO memori.memories AS m (id, tenant_id, user_id, scope, namespace, session_id, isolated, category, content, importance,
  trust, origin, source_turn_ids, source_memory_ids, document_id, heading, place, valid_from, valid_to, stated_to, said_at,
  last_used_at, created_at, updated_at, subject, predicate, fact_key, negated, fingerprint, support, uses, supersedes,
  superseded_by, essential, version, created_by, terms, scope_version)
SELECT g.id, $1, g."userId", g.scope, g.namespace, g."sessionId", g.isolated, g.category, g.content, g.importance, g.trust,
  g.origin,
  ARRAY(SELECT u.id FROM unnest(g."sourceTurnIds") WITH ORDINALITY AS u (id, place)
        JOIN memori.turns t ON t.id = u.id AND t.tenant_id = $1 AND t.user_id = $2 ORDER BY u.place),
  g."sourceMemoryIds", g."documentId", g.heading, g.place, g."validFrom", g."validTo", g."statedTo", g."saidAt",
  g."lastUsedAt", coalesce(g."createdAt", clock_timestamp()), coalesce(g."updatedAt", g."createdAt", clock_timestamp()),
  g.subject, g.predicate, g."factKey", g.negated, g.fingerprint, g.support, g.uses, g.supersedes, g."supersededBy",
  g.essential, g.version, $2, g.terms, g."scopeVersion"
FROM given g
ON CONFLICT (id) DO UPDATE SET category = excluded.category, content = excluded.content, importance = excluded.importance,
  trust = excluded.trust, source_turn_ids = excluded.source_turn_ids, source_memory_ids = excluded.source_memory_ids,
  heading = excluded.heading, place = excluded.place, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
  stated_to = excluded.stated_to, said_at = excluded.said_at, last_used_at = greatest(m.last_used_at, excluded.last_used_at),
  updated_at = excluded.updated_at, subject = excluded.subject, predicate = excluded.predicate, fact_key = excluded.fact_key,
  negated = excluded.negated, fingerprint = excluded.fingerprint, support = greatest(m.support, excluded.support),
  uses = greatest(m.uses, excluded.uses), supersedes = excluded.supersedes, superseded_by = excluded.superseded_by,
  essential = excluded.essential, version = excluded.version, terms = excluded.terms, scope_version = excluded.scope_version
WHERE m.tenant_id = $1 AND m.user_id IS NOT DISTINCT FROM excluded.user_id
RETURNING id
