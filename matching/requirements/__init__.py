"""What a lot requires: requirements, certificates, ICT inside it, and facets."""
