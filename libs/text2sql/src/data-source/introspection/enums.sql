-- Enums, and the domains and arrays that may be made of them.
SELECT t.oid::int8::text AS id,
       (CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typtype = 'b' THEN t.typelem ELSE 0 END)::int8::text AS "madeOf",
       CASE WHEN t.typtype = 'e' THEN ARRAY(
         SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) END AS labels
FROM pg_type AS t
LEFT JOIN pg_type AS element ON element.oid = t.typelem
WHERE t.typtype IN ('e', 'd') OR (t.typtype = 'b' AND t.typcategory = 'A' AND element.typtype IN ('e', 'd'))
ORDER BY t.oid
