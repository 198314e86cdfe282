"""TODO interest/release."""
