"""Sentences that hold a need, distinguished from procedure, forms and clauses: `python -m bench.needs`."""
