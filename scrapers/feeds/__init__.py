"""TODO scrapers/feeds."""
