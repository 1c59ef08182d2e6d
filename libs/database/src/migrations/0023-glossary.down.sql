DROP TABLE memori.glossary_entries;
DROP FUNCTION memori.glossary_changed();
ALTER TABLE memori.data_sources DROP COLUMN glossary_version;
