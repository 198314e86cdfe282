"""What a lot asks for: requirements, certificates, ICT inside it, and facets."""
