"""The members' file, from CSV or TOML."""
