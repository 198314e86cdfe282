"""Composes one letter per member and edition, renders it and delivers it once."""
