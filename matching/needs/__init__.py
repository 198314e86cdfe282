"""Needs of a lot in short: which sentences hold one, and how a sentence is shortened."""
