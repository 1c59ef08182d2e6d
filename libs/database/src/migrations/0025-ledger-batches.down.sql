DROP FUNCTION memori.settle_all(jsonb);
DROP FUNCTION memori.reserve_all(jsonb);
DROP FUNCTION memori.hold_all(memori.limited_call[]);
DROP FUNCTION memori.limited_calls(jsonb);
DROP TYPE memori.limited_call;
