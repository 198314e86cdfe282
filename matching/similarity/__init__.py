"""TODO matching/similarity."""
