"""`pib backup` and `pib restore`."""
