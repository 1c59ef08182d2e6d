-- Whether the model may see a few rows of a result, to say in a sentence what came out. An administrator decides.
ALTER TABLE memori.data_sources ADD COLUMN share_rows boolean NOT NULL DEFAULT false;
