"""TODO digests/delivery."""
