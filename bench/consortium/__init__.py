"""TODO bench/consortium."""
