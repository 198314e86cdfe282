"""Keys, blind signatures, sealed records and the chained ledger."""
