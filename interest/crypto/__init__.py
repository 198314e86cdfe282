"""TODO interest/crypto."""
