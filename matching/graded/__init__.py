"""Lots that a reader judged for the members of a folder: read, scored fold by fold, and learned from."""
