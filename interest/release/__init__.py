"""The release gate: what is decided, kept and exported."""
