DELETE FROM memori.catalog_aliases WHERE language = 'und';
ALTER TABLE memori.data_sources DROP COLUMN languages;
