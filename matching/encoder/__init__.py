"""Texts to vectors: the embedded model and any other by name."""
