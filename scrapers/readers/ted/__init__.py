"""Readers of TED XML (R2.0.8, R2.0.9), packages and search results."""
