"""TODO digests/composing."""
