"""TODO scrapers/readers/normalise."""
