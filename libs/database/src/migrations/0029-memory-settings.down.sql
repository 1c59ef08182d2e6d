DROP TABLE memori.memory_settings;
