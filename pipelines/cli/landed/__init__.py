"""Commands over landed or local files: backfill, rebuild, read, reread."""
