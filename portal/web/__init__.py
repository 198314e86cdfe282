"""TODO portal/web."""
