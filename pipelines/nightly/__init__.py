"""The stages of a night."""
