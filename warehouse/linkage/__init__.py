"""TODO warehouse/linkage."""
