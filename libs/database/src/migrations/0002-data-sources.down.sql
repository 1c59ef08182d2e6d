DROP TABLE memori.data_source_snapshots, memori.data_sources;
