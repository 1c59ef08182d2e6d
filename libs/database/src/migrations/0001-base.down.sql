DROP TABLE memori.audit_log, memori.api_keys, memori.users, memori.tenants, memori.settings;
DROP FUNCTION memori.refuse_change();
DROP FUNCTION memori.enter(text, text);
DROP FUNCTION memori.wall(regclass, boolean);
DROP SCHEMA memori;
