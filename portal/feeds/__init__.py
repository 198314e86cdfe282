"""TODO portal/feeds."""
