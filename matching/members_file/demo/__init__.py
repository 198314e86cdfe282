"""The invented cluster for demonstrations; none of its firms exists."""
