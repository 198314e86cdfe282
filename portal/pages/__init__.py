"""TODO portal/pages."""
