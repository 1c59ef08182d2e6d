-- The languages in which the model is asked what people call tables and columns, as BCP 47 tags.
ALTER TABLE memori.data_sources ADD COLUMN languages text[] NOT NULL DEFAULT '{en,zh}';

-- What a person wrote tells no language ('und') and stands in place of all that the model wrote of that table or column.
