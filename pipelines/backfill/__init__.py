"""Fetching the past of a source, and reading landed folders again."""
