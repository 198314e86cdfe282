"""The past of a source fetched, and everything landed read again."""
