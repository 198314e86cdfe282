"""TODO warehouse/database."""
