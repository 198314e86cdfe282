"""TODO scrapers/crawl."""
