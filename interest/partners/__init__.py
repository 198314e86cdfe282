"""TODO interest/partners."""
