"""Readers of the national portals beside our countries: the Netherlands, Germany, Luxembourg."""
