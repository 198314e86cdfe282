"""TODO warehouse/export."""
