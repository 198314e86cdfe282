"""XML, JSON and tar read with bounds, for bytes from outside."""
