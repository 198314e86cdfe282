"""Sentences that hold a need, told from procedure, forms and clauses: `python -m bench.needs`."""
