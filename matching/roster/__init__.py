"""Members files: read, checked, and refused cell by cell with what to write."""
