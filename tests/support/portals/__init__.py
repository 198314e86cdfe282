"""Portals over an invented cluster, and who visits them."""
