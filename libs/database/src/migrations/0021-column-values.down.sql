DROP TABLE memori.column_values;
