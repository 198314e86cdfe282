"""Facts as values, the DuckDB store with its tables, views and data checks. Imports no other room."""
