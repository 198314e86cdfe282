"""Rooms of interest, their keys and their services."""
