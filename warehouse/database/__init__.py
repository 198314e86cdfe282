"""DuckDB: schema, rows, writers and queries behind `Store`."""
