"""TODO interest/roles."""
