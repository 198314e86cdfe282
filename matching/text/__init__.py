"""TODO matching/text."""
