"""Notices, awards and calls written for tests, and how they are varied."""
