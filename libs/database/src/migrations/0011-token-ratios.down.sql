DROP FUNCTION memori.note_token_ratios(jsonb);
DROP TABLE memori.token_ratios;
