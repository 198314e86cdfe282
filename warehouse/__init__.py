"""REMEMBERS: facts as values, the DuckDB store, its tables, views and truths. Imports no other room."""
