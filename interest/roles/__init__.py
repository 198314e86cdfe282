"""The parties of the protocol: issuer, collector, vault, client, and the HTTP between them."""
