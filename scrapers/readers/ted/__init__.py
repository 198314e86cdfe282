"""TODO scrapers/readers/ted."""
