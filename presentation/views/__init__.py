"""What letters and pages show of an item, as values and sentences."""
