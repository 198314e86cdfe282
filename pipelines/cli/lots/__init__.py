"""Commands about one lot or the lots of a night."""
