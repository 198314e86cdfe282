"""What every page shares: security, forms, languages, pagination."""
