"""JUDGES: profiles, facets, embeddings, scores with their reasons, consortia."""
