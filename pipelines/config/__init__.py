"""Settings, the data folder, the addresses of portals, the clock."""
