-- Tenants, users, keys, settings and the audit log: what every other table refers to.

CREATE SCHEMA IF NOT EXISTS memori;

-- The second wall. The first is the WHERE clause of every query; this one holds when that one is forgotten.
-- Settings: memori.tenant_id and memori.user_id, set per transaction; '*' is the system itself. Unset sees nothing.
CREATE FUNCTION memori.wall(target regclass, by_user boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  tenant_rule text := $q$(SELECT current_setting('memori.tenant_id', true)) IN (tenant_id, '*')$q$;
  user_rule   text := $q$(SELECT current_setting('memori.user_id', true)) IN (user_id, '*')$q$;
  rule        text := tenant_rule;
BEGIN
  IF by_user THEN rule := tenant_rule || ' AND ' || user_rule; END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY scope ON %s USING (%s) WITH CHECK (%s)', target, rule, rule);
END
$$;

-- Scope for SQL functions that a hot path calls in one round trip: holds until the end of the transaction.
CREATE FUNCTION memori.enter(tenant text, usr text) RETURNS void LANGUAGE sql AS $$
  SELECT set_config('memori.tenant_id', tenant, true), set_config('memori.user_id', usr, true)
$$;

CREATE FUNCTION memori.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TABLE memori.settings (
  key   text PRIMARY KEY,
  value jsonb NOT NULL
);

CREATE TABLE memori.tenants (
  id         text PRIMARY KEY CHECK (id <> '*' AND id <> ''),
  name       text NOT NULL,
  time_zone  text NOT NULL DEFAULT 'UTC',
  language   text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memori.users (
  tenant_id  text NOT NULL REFERENCES memori.tenants (id) ON DELETE CASCADE,
  id         text NOT NULL CHECK (id <> '*' AND id <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE memori.api_keys (
  id           uuid PRIMARY KEY,
  tenant_id    text NOT NULL,
  user_id      text NOT NULL,
  name         text NOT NULL,
  prefix       text NOT NULL,
  hash         bytea NOT NULL UNIQUE,
  roles        text[] NOT NULL,
  may_act_for  boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memori.users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX api_keys_by_tenant ON memori.api_keys (tenant_id, id);

-- Who did what: ids and hashes, never the text of a question, SQL or a row.
CREATE TABLE memori.audit_log (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id    text NOT NULL REFERENCES memori.tenants (id),
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_id      text NOT NULL,
  acted_by     text,
  api_key_id   uuid,
  action       text NOT NULL,
  subject_type text,
  subject_id   text,
  request_id   text,
  details      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_tenant ON memori.audit_log (tenant_id, id);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON memori.audit_log
  FOR EACH ROW EXECUTE FUNCTION memori.refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON memori.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION memori.refuse_change();

-- The living key with a hash, in one round trip: who holds it is not known before, so the function looks as the system.
CREATE FUNCTION memori.find_api_key(wanted bytea)
RETURNS TABLE (id uuid, tenant_id text, user_id text, roles text[], may_act_for boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN QUERY SELECT k.id, k.tenant_id, k.user_id, k.roles, k.may_act_for FROM memori.api_keys k
    WHERE k.hash = wanted AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
END
$$;

-- Users come into being when somebody first speaks for them. The look before the insert spares a commit to disk.
CREATE FUNCTION memori.ensure_user(wanted_tenant text, wanted_user text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter(wanted_tenant, wanted_user);
  IF NOT EXISTS (SELECT 1 FROM memori.users u WHERE u.tenant_id = wanted_tenant AND u.id = wanted_user) THEN
    INSERT INTO memori.users (tenant_id, id) VALUES (wanted_tenant, wanted_user) ON CONFLICT DO NOTHING;
  END IF;
END
$$;

-- What creations answered under an Idempotency-Key; questions keep theirs beside themselves.
CREATE TABLE memori.reply_keys (
  tenant_id  text NOT NULL REFERENCES memori.tenants (id) ON DELETE CASCADE,
  user_id    text NOT NULL,
  route      text NOT NULL,
  key        text NOT NULL,
  body_hash  bytea NOT NULL,
  -- Sealed; null while the creation runs.
  reply      bytea,
  taken_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, user_id, route, key)
);
CREATE INDEX reply_keys_by_time ON memori.reply_keys (taken_at);

-- Takes the key, or tells who has it. No row: somebody took it in this very moment.
CREATE FUNCTION memori.take_reply_key(tenant text, usr text, wanted_route text, wanted_key text, hash bytea)
RETURNS TABLE (taken boolean, body_hash bytea, reply bytea) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter(tenant, usr);
  DELETE FROM memori.reply_keys k WHERE k.taken_at < clock_timestamp() - interval '24 hours'
     OR (k.reply IS NULL AND k.taken_at < clock_timestamp() - interval '1 minute');
  INSERT INTO memori.reply_keys AS k (tenant_id, user_id, route, key, body_hash)
    VALUES (tenant, usr, wanted_route, wanted_key, hash) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN QUERY SELECT true, hash, NULL::bytea; RETURN; END IF;
  RETURN QUERY SELECT false, k.body_hash, k.reply FROM memori.reply_keys k
    WHERE k.tenant_id = tenant AND k.user_id = usr AND k.route = wanted_route AND k.key = wanted_key;
END
$$;

-- Forgetting is complete: what a creation answered goes with what it created. Arguments: the routes, and the column of
-- the deleted rows that says who created them.
CREATE FUNCTION memori.forget_replies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  tenant text := coalesce(current_setting('memori.tenant_id', true), '');
  usr    text := coalesce(current_setting('memori.user_id', true), '');
BEGIN
  PERFORM memori.enter('*', '*');
  DELETE FROM memori.reply_keys k USING gone g
  WHERE k.tenant_id = g.tenant_id AND k.user_id = to_jsonb(g) ->> TG_ARGV[1] AND k.route LIKE TG_ARGV[0];
  PERFORM memori.enter(tenant, usr);
  RETURN NULL;
END
$$;

INSERT INTO memori.tenants (id, name) VALUES ('default', 'default');
INSERT INTO memori.users (tenant_id, id) VALUES ('default', 'admin');

SELECT memori.wall('memori.reply_keys', by_user => true);
SELECT memori.wall('memori.users', by_user => false);
SELECT memori.wall('memori.api_keys', by_user => false);
SELECT memori.wall('memori.audit_log', by_user => false);
