"""TODO pipelines/config."""
