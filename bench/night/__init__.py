"""What a night costs and how it grows: `python -m bench.night`."""
