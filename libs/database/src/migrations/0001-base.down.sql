DROP FUNCTION memori.forget_replies();
DROP TABLE memori.reply_keys, memori.audit_log, memori.api_keys, memori.users, memori.tenants, memori.settings;
DROP FUNCTION memori.take_reply_key(text, text, text, text, bytea);
DROP FUNCTION memori.ensure_user(text, text);
DROP FUNCTION memori.find_api_key(bytea);
DROP FUNCTION memori.refuse_change();
DROP FUNCTION memori.enter(text, text);
DROP FUNCTION memori.wall(regclass, boolean);
DROP SCHEMA memori;
