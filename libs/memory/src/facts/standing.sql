-- What stands in every prompt of a scope now, and how the tenant wants it: one row, in one snapshot. An isolated session
-- ($5) has its own and what is the whole tenant's. $7: only what was known at $6 (see `recall-rules.ts`).
SELECT coalesce(s.conscious, true) AS conscious, coalesce(s.automatic, true) AS automatic,
  coalesce(s.block_tokens, 600) AS "blockTokens",
  coalesce((
    SELECT json_agg(json_build_object('id', m.id, 'content', m.content, 'category', m.category, 'scope', m.scope,
      'sessionId', m.session_id, 'occurredAtMs', extract(epoch FROM coalesce(m.valid_from, m.created_at)) * 1000,
      'sources', m.source_turn_ids, 'importance', m.importance, 'trust', m.trust, 'support', m.support))
    FROM (
      SELECT x.* FROM memori.memories x
      CROSS JOIN LATERAL (
        SELECT coalesce(x.said_at, (SELECT max(o.occurred_at) FROM memori.turns o
          WHERE o.tenant_id = $1 AND o.user_id = $2 AND o.id = ANY (x.source_turn_ids))) AS said_at,
          x.superseded_by IS NULL OR EXISTS (SELECT FROM memori.memories n
            WHERE n.id = x.superseded_by AND coalesce(n.said_at, n.created_at) <= $6::timestamptz) AS is_end_known
        WHERE $7::boolean
        UNION ALL SELECT NULL, true WHERE NOT $7::boolean
      ) AS k
      WHERE x.tenant_id = $1 AND (x.user_id = $2 OR x.user_id IS NULL) AND x.essential
        AND (x.namespace IS NULL OR x.namespace = $3)
        AND CASE WHEN x.scope = 'session' THEN x.session_id = $4::uuid ELSE x.scope = 'tenant' OR NOT $5::boolean END
        AND coalesce(x.valid_from, '-infinity') <= $6::timestamptz
        AND $6::timestamptz < coalesce(CASE WHEN k.is_end_known THEN x.valid_to ELSE x.stated_to END, 'infinity')
        AND CASE WHEN NOT $7::boolean THEN true WHEN k.said_at IS NOT NULL THEN k.said_at <= $6::timestamptz
          ELSE x.created_at <= $6::timestamptz OR (x.valid_from IS NOT NULL AND $6::timestamptz < t.created_at) END
      ORDER BY (x.scope = 'tenant') DESC, x.importance DESC, x.id LIMIT 200
    ) AS m
  ), '[]') AS items,
  coalesce((
    -- TRAIT.wishes; what a memory was drawn from already stands above, in its words.
    SELECT json_agg(json_build_object('id', w.id, 'content', w.content, 'sessionId', w.session_id, 'role', w.role, 'name', w.name,
      'externalId', w.external_id, 'isQuestion', w.question_id IS NOT NULL, 'occurredAtMs', extract(epoch FROM w.occurred_at) * 1000) ORDER BY w.occurred_at DESC, w.id DESC)
    FROM (
      SELECT * FROM memori.turns y
      WHERE y.tenant_id = $1 AND y.user_id = $2 AND y.namespace = $3 AND (y.traits & 64) <> 0 AND y.occurred_at <= $6::timestamptz
        AND CASE WHEN $5::boolean THEN y.session_id = $4::uuid ELSE NOT y.isolated END
        AND NOT EXISTS (SELECT FROM memori.memories d WHERE d.tenant_id = $1 AND d.user_id = $2 AND d.essential
          AND d.source_turn_ids @> ARRAY[y.id])
      ORDER BY y.occurred_at DESC, y.id DESC LIMIT 100
    ) AS w
  ), '[]') AS wishes
FROM memori.tenants t LEFT JOIN memori.memory_settings s ON s.tenant_id = t.id
WHERE t.id = $1
