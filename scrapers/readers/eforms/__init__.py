"""TODO scrapers/readers/eforms."""
