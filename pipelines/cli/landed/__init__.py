"""Commands over what was fetched or is on disk: backfill, rebuild, read, reread."""
