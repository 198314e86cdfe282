"""Precision and recall of record linkage: `python -m bench.identity`."""
