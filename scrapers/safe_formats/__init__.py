"""TODO scrapers/safe_formats."""
