"""Pure readers from bytes to facts, one per format."""
