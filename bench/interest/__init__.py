"""The re-identification simulator: `python -m bench.interest`."""
