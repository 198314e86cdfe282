"""CPV and NUTS codes, code lists, labels and company numbers."""
