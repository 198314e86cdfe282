"""TODO bench/crosslingual."""
