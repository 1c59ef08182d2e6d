ALTER TABLE memori.data_sources DROP COLUMN share_rows;
