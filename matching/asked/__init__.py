"""What a lot asks, read from its words: facets, requirements, ICT inside, and how members stand before them."""
