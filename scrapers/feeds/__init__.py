"""How a source is fetched, by shape of access."""
