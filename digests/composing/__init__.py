"""Selection and order of the items of a digest."""
