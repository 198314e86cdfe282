"""TODO bench/fit."""
