"""HTML, plain text and the signed MIME message of a digest."""
