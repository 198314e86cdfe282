"""The release gate: what is decided, stored and exported."""
