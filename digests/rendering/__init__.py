"""TODO digests/rendering."""
