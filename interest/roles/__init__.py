"""The parties of the protocol: issuer, collector, vault, client, and how they are reached."""
