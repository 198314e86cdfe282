"""TODO bench/identity."""
