"""Proposed groups compared with real joint awards."""
