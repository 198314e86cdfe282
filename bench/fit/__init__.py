"""The fit on awards: `python -m bench.fit`."""
