"""Tables that operators write in a spreadsheet or by hand: CSV, xlsx and TOML, as cells with their line and column."""
