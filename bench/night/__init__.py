"""TODO bench/night."""
