"""A digest as HTML, text and a signed MIME message."""
