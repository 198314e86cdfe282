"""Exact consortia beside HiGHS and brute force: `python -m bench.consortium`."""
