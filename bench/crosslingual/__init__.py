"""Titles and labels found across languages: `python -m bench.crosslingual`."""
