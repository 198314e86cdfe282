"""TODO warehouse/model."""
