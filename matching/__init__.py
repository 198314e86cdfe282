"""Members' statements, facets, embeddings, scores with their reasons, consortia."""
