"""TODO bench/interest."""
