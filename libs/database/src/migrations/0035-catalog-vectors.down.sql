DROP TABLE memori.catalog_vectors;
