"""TODO matching/requirements."""
