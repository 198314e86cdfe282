"""Digests, letters and mailboxes of an invented cluster."""
