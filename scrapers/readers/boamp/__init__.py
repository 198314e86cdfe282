"""Readers of BOAMP records."""
