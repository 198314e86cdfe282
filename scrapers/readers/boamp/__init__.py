"""TODO scrapers/readers/boamp."""
