"""TODO pipelines/nightly."""
