"""Cost of a night and its growth: `python -m bench.night`."""
