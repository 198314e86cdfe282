"""WRITES: composes one letter per member and edition, renders it, sends it once."""
